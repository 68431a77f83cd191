package acceptance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// The way back leads back, however often it is asked for and wherever it was
// interrupted; it can be looked at beforehand, and it ends by saying that weak
// keys are in use again.
func TestBackOutAgain(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, stop := range race.Sample("", "R-1", "R-5", "C-1", "D-1") {
		t.Run("stopped at "+stop, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := simdevice.Config{Seed: 3, Keys: []simdevice.KeySpec{
					{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
				}}
				dev, o := start(t, cfg), options(t)
				o.AssumeTrusted, o.KeepOldKeys = true, true
				d := access(dev, cfg)
				before := dev.Settings()
				if r, err := rekey.Remediate(bounded(t), d, o); err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				a, err := rekey.Assess(bounded(t), d, o)
				if err != nil {
					t.Fatal(err)
				}
				changes := dev.StateChanges()
				p, err := a.PlanBackOut(d, o)
				if err != nil || len(p.Changes) != 2 || !strings.Contains(p.String(), `bind key "tls" to TLS`) || dev.StateChanges() != changes {
					t.Fatalf("%v\n%v", err, p)
				}
				if stop != "" {
					stopWith(t, rekey.BackOut, d, o, stop)
				}
				for range 2 {
					r, err := rekey.BackOut(bounded(t), d, o)
					if err != nil || dev.Settings() != before {
						t.Fatalf("%v: %+v\n%v", err, dev.Settings(), r)
					}
					for _, use := range []string{"TLS", "IEEE 802.1X"} {
						if !slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "R-1" && strings.Contains(task.Text, use+" uses key") }) {
							t.Errorf("no task about %s: %+v", use, r.Tasks)
						}
					}
				}
				restarts, changes := dev.Restarts(), dev.StateChanges()
				if r, err := rekey.BackOut(bounded(t), d, o); err != nil || dev.Restarts() != restarts || dev.StateChanges() != changes {
					t.Errorf("once more: %v, %d changes\n%v", err, dev.StateChanges()-changes, r)
				}
			})
		})
	}
}
