package acceptance_test

import (
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// plain is a layout that needs no script: what the race detector slows down.
func plain() simdevice.Layout {
	return simdevice.Layout{
		Fields: simdevice.FieldsHeaderCells, Buttons: simdevice.ButtonsInput, Links: simdevice.LinksAddress,
		Lists: simdevice.ListsMarkup, Menus: simdevice.MenusMarkup, Confirm: simdevice.ConfirmPage, HopPages: simdevice.No,
	}
}

// One run for each kind of fault, in the middle of a write, on pages that need
// few scripts: these are the runs that the race detector watches.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	for i, kind := range faultKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: uint64(i), Layout: plain(), Faults: []simdevice.Fault{{
				Kind: kind, Page: simdevice.PageGenerate, Delay: 3 * time.Minute,
			}, {Kind: kind, Page: simdevice.PageApply, Delay: 3 * time.Minute}}}
			inBubble(t, varied(t, cfg), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				r, err := rekey.Remediate(t.Context(), d, o)
				if err != nil {
					t.Log(err)
					time.Sleep(10 * time.Minute) // a restart that nobody waited for is over
					r, err = rekey.Remediate(t.Context(), d, o)
				}
				if now := bound(dev); err != nil || now.Weak {
					t.Errorf("%v\n%v", err, r)
				}
			})
		})
	}
}
