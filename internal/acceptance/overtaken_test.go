package acceptance_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/models"
)

// A run is stopped when it has sent the restart command, and the next one begins
// before the device goes down: whatever that one does at that moment, it finishes. It
// takes the device that comes back with the new key for what it is.
func TestRestartOvertakesARun(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, after := range []time.Duration{5, 20, 36, 60, -20} {
		looks := after < 0 // first, and changes nothing
		after = max(after, -after)
		t.Run(fmt.Sprintf("%d looks=%v", after, looks), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := simdevice.Config{
					Seed: 12, RestartDelay: after * time.Second, RestartTime: time.Second, Errorf: t.Errorf,
					Faults: []simdevice.Fault{{Kind: simdevice.FaultDelay, Delay: time.Second, Count: -1}},
				}
				dev, err := simdevice.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer dev.Close()
				d := access(dev, cfg)
				d.DialContext = dev.DialContext
				o := &rekey.Options{Dir: t.TempDir()}
				ctx, stop := context.WithCancel(t.Context())
				o.OnEvent = func(e rekey.Event) {
					t.Log(e.Step, e.Text)
					if log := dev.Log(); slices.ContainsFunc(log, func(e simdevice.LogEntry) bool { return e.Change == "restart" }) {
						stop()
					}
				}
				if _, err := rekey.Remediate(ctx, d, o); err == nil {
					t.Fatal("not stopped")
				}
				o.OnEvent = func(e rekey.Event) { t.Log(e.Step, e.Text) }
				if looks {
					requests := len(dev.Log())
					a, err := rekey.Assess(t.Context(), d, o)
					if err != nil || a.Device.Model == "" || a.Requests < len(dev.Log())-requests || len(a.Notices) != 0 {
						t.Errorf("%v: %d requests of %d, %q", err, a.Requests, len(dev.Log())-requests, a.Notices)
					}
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if err != nil {
					t.Errorf("%v\n%v", err, r)
				}
				if r.Device.Model == "" || r.Eligibility != models.Fixed {
					t.Errorf("report of %+v, %q", r.Device, r.Eligibility)
				}
				if n := dev.Restarts(); n != 1 {
					t.Errorf("%d restarts", n)
				}
				if k := dev.Keys(); slices.ContainsFunc(k, func(k simdevice.KeyState) bool { return k.Weak }) {
					t.Errorf("still weak: %v", k)
				}
			})
		})
	}
}
