package devicetest

import (
	"flag"
	"fmt"
	"runtime"

	"github.com/rekey-go/rekey/internal/race"
)

// SideBySide runs the tests of a package, more of them at a time than there are
// processors, eight for each, unless the command line says how many: most of their time
// is a device restarting, making a key or wanting a pause, and waiting for it. It is
// for TestMain, which exits with what it returns.
func SideBySide(m interface{ Run() int }) int {
	flag.Parse()
	said := race.Enabled // there they compute
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		if err := flag.Set("test.parallel", fmt.Sprint(8*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	return m.Run()
}
