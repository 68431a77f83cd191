//go:build !race

package rekey_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
)

// Two printers are looked at, at the same time.
func ExampleAssessAll() {
	devices, o, done := exampleFleet(2)
	defer done()
	var weak []string
	for a, err := range rekey.AssessAll(context.Background(), devices, &rekey.FleetOptions{Options: o}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, k := range a.Keys {
			if k.Finding.State == keys.Proved {
				weak = append(weak, k.Name)
			}
		}
	}
	fmt.Println(len(weak), "weak keys")
	// Output:
	// 2 weak keys
}

// The first printer is a wave by itself; the others are begun once it is well.
func ExampleRemediateAll() {
	devices, o, done := exampleFleet(3)
	defer done()
	fleet := &rekey.FleetOptions{
		Options: o,
		Waves:   []rekey.Wave{{Count: 1}, {}},
		Gate: func(_ context.Context, w rekey.WaveResult) error {
			fmt.Println("wave", w.Number, "ended:", w.Counts[rekey.FleetDone], "done,", w.Left, "left")
			if w.Counts[rekey.FleetFailed] > 0 {
				return errors.New("look at what failed first")
			}
			return nil
		},
	}
	ended := map[rekey.FleetOutcome]int{}
	for report, err := range rekey.RemediateAll(context.Background(), devices, fleet) {
		ended[rekey.FleetOutcomeOf(report.Exit, err)]++
	}
	fmt.Println(ended)
	// Output:
	// wave 1 ended: 1 done, 2 left
	// map[done:3]
}

// exampleFleet is so many devices like that of ExampleRemediate, at one state
// directory.
func exampleFleet(n int) (devices iter.Seq2[rekey.Device, error], o *rekey.Options, done func()) {
	var all []rekey.Device
	var ends []func()
	for i := range n {
		printer, d, own := exampleDevice()
		d.URL = fmt.Sprintf("https://printer%d.example/", i+1)
		if o == nil {
			o = own
		}
		all, ends = append(all, d), append(ends, func() { printer.Close(); os.RemoveAll(own.Dir) })
	}
	devices = func(yield func(rekey.Device, error) bool) {
		for d := range slices.Values(all) {
			if !yield(d, nil) {
				return
			}
		}
	}
	return devices, o, func() {
		for _, end := range ends {
			end()
		}
	}
}
