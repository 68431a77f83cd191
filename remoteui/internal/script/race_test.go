//go:build race

package script_test

// raced says that the race detector is on, under which the script engine is a
// hundred times slower: tests that measure time then say nothing.
const raced = true
