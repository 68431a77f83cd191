package acceptance_test

import (
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// plain is a layout that needs no script: what the race detector slows down.
func plain() remoteuitest.Layout {
	return remoteuitest.Layout{
		Fields: remoteuitest.FieldsHeaderCells, Buttons: remoteuitest.ButtonsInput, Links: remoteuitest.LinksAddress,
		Lists: remoteuitest.ListsMarkup, Menus: remoteuitest.MenusMarkup, Confirm: remoteuitest.ConfirmPage, HopPages: remoteuitest.No,
	}
}

// One run for each kind of fault, in the middle of a write, on pages that need
// no script: these are the runs that the race detector watches.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	for i, kind := range faultKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			cfg := remoteuitest.Config{Seed: uint64(i), Layout: plain(), Faults: []remoteuitest.Fault{{
				Kind: kind, Page: remoteuitest.PageGenerate, Delay: 3 * time.Second,
			}, {Kind: kind, Page: remoteuitest.PageApply, Delay: 3 * time.Second}}}
			dev := start(t, cfg)
			d, o := access(dev, cfg), options(t)
			o.RequestTimeout = time.Second
			t0 := time.Now()
			r, err := rekey.Remediate(bounded(t), d, o)
			t.Log(time.Since(t0), err)
			if err != nil {
				r, err = rekey.Remediate(bounded(t), d, o)
			}
			t.Log(time.Since(t0), err)
			if now := bound(dev); err != nil || now.Weak {
				t.Errorf("%v\n%v", err, r)
			}
		})
	}
}
