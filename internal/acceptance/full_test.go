package acceptance_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// A full key store is known by the device's words, whatever number of keys it
// holds. The error says what was made by then, and names nothing of it as one that
// a person may delete; planned anew, the work is done.
func TestFullAtAnyNumber(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for slots, lang := range map[int]string{6: "en", 7: "ja", 9: "zh-TW"} {
		t.Run(fmt.Sprint(slots, " ", lang), func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Layout: plain(), Language: lang, KeySlots: slots, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}}, {Name: "port", Weak: true, Uses: []string{"IEEE 802.1X"}},
			}}
			var spare []string
			for len(cfg.Keys) < slots-1 {
				spare = append(spare, fmt.Sprint("spare", len(cfg.Keys)))
				cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: spare[len(spare)-1], Curve: "P256"})
			}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				a, err := rekey.Assess(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				p, err := a.Plan(o)
				if err != nil {
					t.Fatal(err)
				}
				_, err = rekey.Apply(t.Context(), d, p, o)
				full, ok := errors.AsType[*rekey.KeyStoreError](err)
				if !ok {
					t.Fatal(err)
				}
				if want := []string{fmt.Sprintf("key %q made", made(dev)[0])}; full.Keys != slots || full.Said == "" || !slices.Equal(full.Deletable, spare) || !slices.Equal(full.Done, want) {
					t.Errorf("%+v", full)
				}
				if strings.Contains(err.Error(), "nothing was changed") {
					t.Error(err)
				}
				asked := 0
				o.Approve = func(*rekey.Plan) error { asked++; return nil }
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
					t.Errorf("%v\n%v", err, r)
				}
				if asked != 1 {
					t.Errorf("asked %d times", asked)
				}
				for _, k := range dev.Keys() {
					if k.Weak || k.Generated && len(k.Active) == 0 {
						t.Errorf("%s is left", k.Name)
					}
				}
			})
		})
	}
}

// Whoever approves is asked once for the run; and once more where the device refuses
// a key, and the plan that is made anew has one more restart, say.
func TestApprovedOnce(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for known, want := range map[int]int{0: 2, 4: 1} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Layout: plain(), KeySlots: 4, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}}, {Name: "port", Weak: true, Uses: []string{"IEEE 802.1X"}},
			}}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				var asked []*rekey.Plan
				o.KeySlots = known
				if want == 2 { // whoever says no to the second plan is told what the first one did
					o.Approve = func(p *rekey.Plan) error {
						if asked = append(asked, p); len(asked) == 2 {
							return rekey.ErrDeclined
						}
						return nil
					}
					_, err := rekey.Remediate(t.Context(), d, o)
					if !errors.Is(err, rekey.ErrDeclined) || strings.Contains(err.Error(), "nothing was changed") != (dev.StateChanges() == 0) || len(asked) != 2 {
						t.Errorf("asked %d times, %d changes, %v", len(asked), dev.StateChanges(), err)
					}
					return
				}
				o.Approve = func(p *rekey.Plan) error { asked = append(asked, p); return nil }
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil || len(asked) != want {
					t.Errorf("asked %d times, %v\n%v\n%v", len(asked), err, r, asked)
				}
			})
		})
	}
}

// A step that failed, of a pass that the device refused, stands in the report of a
// run that ended well.
func TestFailedStepOfAGoodRun(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for known, want := range map[int]int{0: 1, 4: 0} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Layout: plain(), KeySlots: 4, Keys: []simdevice.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}}, {Name: "port", Weak: true, Uses: []string{"IEEE 802.1X"}},
			}}
			inBubble(t, cfg, func(t *testing.T, _ *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.KeySlots = known
				r, err := rekey.Remediate(t.Context(), d, o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				failed := 0
				for _, s := range r.Steps {
					if s.Outcome == rekey.Failed {
						failed++
					}
				}
				if failed != want || r.Exit.Code != 0 {
					t.Errorf("%d steps failed, want %d; exit %+v\n%v", failed, want, r.Exit, r.Steps)
				}
			})
		})
	}
}
