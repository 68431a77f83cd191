package acceptance_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// What is planned is approved and carried out in the session in which it was read:
// nothing is written before, and nobody logs in again for it but where the device
// forgot the session meanwhile. What changed meanwhile is noticed.
func TestOneVisit(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	declined := errors.New("declined")
	weak := simdevice.Config{Seed: 6, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "spare"},
	}}
	for name, tc := range map[string]struct {
		approve func(*testing.T, *simdevice.Device, rekey.Device) error
		logins  int
		want    func(error) bool
	}{
		"approved":        {nil, 2, func(err error) bool { return err == nil }}, // one after the restart
		"declined":        {func(*testing.T, *simdevice.Device, rekey.Device) error { return declined }, 1, func(err error) bool { return errors.Is(err, declined) }},
		"session expired": {func(_ *testing.T, dev *simdevice.Device, _ rekey.Device) error { dev.ExpireSessions(); return nil }, 3, func(err error) bool { return err == nil }},
		"another administrator": {func(t *testing.T, _ *simdevice.Device, d rekey.Device) error {
			another(t, d, usage.Place{Use: keys.UseTLS}, "spare")
			return nil
		}, 2, func(err error) bool { _, ok := errors.AsType[*rekey.DriftError](err); return ok }}, // theirs, too
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, weak, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				changes := 0
				o.ExternalKeys = []string{"spare"}
				o.Approve = func(*rekey.Plan) error {
					if dev.StateChanges() != 0 || dev.OpenSessions() != 1 || dev.LoginAttempts() != 1 {
						t.Errorf("when the plan is shown: %d changes, %d sessions, %d logins", dev.StateChanges(), dev.OpenSessions(), dev.LoginAttempts())
					}
					defer func() { changes = dev.StateChanges() }()
					if tc.approve == nil {
						return nil
					}
					return tc.approve(t, dev, d)
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if !tc.want(err) {
					t.Fatalf("%v\n%v", err, r)
				}
				if n := dev.LoginAttempts(); n != tc.logins || dev.OpenSessions() != 0 {
					t.Errorf("%d logins, want %d; %d sessions left open", n, tc.logins, dev.OpenSessions())
				}
				if done := err == nil; done == slices.Contains(names(dev), "tls") || !done && dev.StateChanges() != changes {
					t.Errorf("keys %q, %d changes", names(dev), dev.StateChanges()-changes)
				}
				if n := len(dev.Log()); tc.logins < 3 && name != "another administrator" && r.Requests != n {
					t.Errorf("the report counts %d requests, the device %d", r.Requests, n)
				}
			})
		})
	}
}
