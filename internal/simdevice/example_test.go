package simdevice_test

import (
	"fmt"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// Each rule that the device keeps can be broken, to see a program notice.
func ExampleRules() {
	for _, r := range simdevice.Rules() {
		if r.Rule == simdevice.RuleDeleteDeletes || r.Rule == simdevice.RuleBindingRestart {
			fmt.Printf("%s: %s; broken: %s\n", r.Row, r.Text, r.Broken)
		}
	}
	// Output:
	// R-5: a binding is in effect after the restart; broken: it is at once
	// D-1: a deleted key is gone; broken: the answer is the same but the key stays
}
