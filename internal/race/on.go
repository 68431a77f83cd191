//go:build race

package race

import (
	"runtime/debug"
	"strings"
)

// Enabled reports whether the race detector is built in.
const Enabled = true

// SlowScripts reports whether it watches the engine of scripts, too, which makes
// that a hundred times slower; .ci/run leaves the engine out (-gcflags): what is
// translated from C is used by one goroutine at a time.
var SlowScripts = slow()

const engine = "modernc.org/...=-race=false"

func slow() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return true
	}
	for _, s := range info.Settings {
		if s.Key == "-gcflags" && strings.Contains(s.Value, engine) {
			return false
		}
	}
	return true
}
