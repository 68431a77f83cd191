package devicetest

import (
	"flag"
	"fmt"
	"runtime"
)

// SideBySide lets more tests of a package run at a time than there are processors,
// eight for each, unless the command line says how many: most of their time is a
// device restarting, making a key or wanting a pause, and waiting for it. It is for
// TestMain, before m.Run.
func SideBySide() error {
	flag.Parse()
	if processors := runtime.GOMAXPROCS(0); flag.Lookup("test.parallel").Value.String() == fmt.Sprint(processors) {
		return flag.Set("test.parallel", fmt.Sprint(8*processors))
	}
	return nil
}
