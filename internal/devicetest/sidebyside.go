package devicetest

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/rekey-go/rekey/internal/race"
)

// SideBySide runs the tests of a package, more of them at a time than there are
// processors, eight for each, unless the command line says how many: most of their time
// is a device restarting, making a key or wanting a pause, and waiting for it. The heap
// is small beside what is thrown away, and may grow to five times what is alive before
// it is collected, unless GOGC says otherwise. It is for TestMain, which exits with what
// it returns.
func SideBySide(m interface{ Run() int }) int {
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	said := race.Enabled // there they compute
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		if err := flag.Set("test.parallel", fmt.Sprint(8*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	return m.Run()
}
