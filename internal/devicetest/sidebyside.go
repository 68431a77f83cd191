package devicetest

import (
	"flag"
	"fmt"
	"runtime"

	"github.com/rekey-go/rekey/internal/race"
)

// SideBySide lets more tests of a package run at a time than there are processors,
// eight for each, unless the command line says how many: most of their time is a
// device restarting, making a key or wanting a pause, and waiting for it. It is for
// TestMain, before m.Run.
func SideBySide() error {
	flag.Parse()
	if race.Enabled {
		return nil // there they compute
	}
	if processors := runtime.GOMAXPROCS(0); flag.Lookup("test.parallel").Value.String() == fmt.Sprint(processors) {
		return flag.Set("test.parallel", fmt.Sprint(8*processors))
	}
	return nil
}
