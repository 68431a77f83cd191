//go:build !race

// Package race tells tests whether they run under the race detector, which
// slows the scripts of pages down a hundredfold.
package race

// Enabled reports whether the race detector is built in.
const Enabled = false
