//go:build !race

// Package race tells tests whether they run under the race detector, and whether
// that slows the scripts of pages down a hundredfold.
package race

const (
	// Enabled reports whether the race detector is built in.
	Enabled = false
	// SlowScripts reports whether it watches the engine of scripts, too.
	SlowScripts = false
)
