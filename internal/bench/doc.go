// Package bench measures this module against what people would use instead; see
// docs/benchmarks.md. It is a module of its own, because the library must not
// depend on what it is compared with.
package bench
