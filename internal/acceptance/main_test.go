package acceptance_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestMain runs more tests side by side than there are processors: most of a
// test's time is a device restarting or making a key, and waiting for it.
func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(child(job))
	}
	flag.Parse()
	if n := 4 * runtime.GOMAXPROCS(0); flag.Lookup("test.parallel").Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		if err := flag.Set("test.parallel", fmt.Sprint(n)); err != nil {
			panic(err)
		}
	}
	if os.Getenv(childURL) == "" { // where memory is measured
		debug.SetGCPercent(400) // it is little memory, and collecting took a tenth of the time
	}
	os.Exit(m.Run())
}
