package rekey_test

import (
	"fmt"

	"github.com/rekey-go/rekey"
)

// How a run ended, for scripts: a code for each class, and whether the same run again
// would help.
func ExampleExitOf() {
	for _, err := range []error{nil, rekey.ErrUnfinished, rekey.ErrStillWeak} {
		exit := rekey.ExitOf(err)
		fmt.Println(exit.Code, exit.Class, exit.Retry, rekey.FleetOutcomeOf(exit, err))
	}
	// Output:
	// 0 done no done
	// 8 decision change withheld
	// 6 failed change failed
}
