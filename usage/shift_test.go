package usage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/meanwhile"
	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// Keys are chosen by their place in a list. Whenever somebody deletes another key
// meanwhile, a key that is said to be chosen is the one that was meant.
// //
func TestBindWhileTheListShifts(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		device string // what the simulated device calls the usage
		place  usage.Place
	}{
		{"TLS", usage.Place{Use: keys.UseTLS}}, {"IEEE 802.1X", usage.Place{Use: keys.UseIEEE8021X}},
		{"IPSec", usage.Place{Use: keys.UseIPSec, Policy: "HQ"}}, {"SIP", usage.Place{Use: keys.UseSIP}},
	} {
		t.Run(c.device, func(t *testing.T) {
			t.Parallel()
			for k, acted := 0, true; acted; k++ {
				dev, other := open(t, simdevice.Config{
					Seed: uint64(i + 1), Language: "en", KeySlots: 12, Policies: []simdevice.PolicySpec{{Name: "HQ", Key: "old"}},
					Keys: []simdevice.KeySpec{
						{Name: "Default Key"}, {Name: "AMS"}, {Name: "aaa"}, {Name: "old", Curve: "P256", Uses: []string{"TLS", "IEEE 802.1X", "IPSec", "SIP"}},
						{Name: "new", CommonName: "printer.example"}, {Name: "zzz", CommonName: "printer.example"},
					},
					Tolerate: []simdevice.Invariant{simdevice.InvariantProvedSuccessor, simdevice.InvariantOneSuccessor, simdevice.InvariantNoOpenSession},
				})
				before := meanwhile.After(dev, k, func() { remove(t, other, "aaa") })
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: dev.URL(), DialContext: before.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
					Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
				})
				if err != nil {
					t.Fatal(err)
				}
				before.Begin()
				_, err = usage.Bind(t.Context(), s, c.place, "new")
				acted = before.End()
				s.Close(context.WithoutCancel(t.Context()))
				for _, e := range dev.Keys() {
					if chosen := slices.Contains(e.Uses, c.device); err == nil && chosen != (e.Name == "new") {
						t.Errorf("after page %d: without an error, key %q has %q", k, e.Name, e.Uses)
					}
				}
			}
		})
	}
}

// remove deletes a key that nobody uses.
func remove(t *testing.T, s *remoteui.Session, name string) {
	d, err := keys.ReadDetails(t.Context(), s, name)
	if err != nil {
		t.Error(err)
		return
	}
	var shown []proof.Shown
	for _, f := range d.Fields {
		shown = append(shown, proof.Shown{Label: f.Label, Value: f.Value})
	}
	key := proof.Key{Device: proof.DeviceOf(s.URL()), Name: name, Fingerprint: "of " + name}
	if err := keys.Delete(t.Context(), s, key, proof.MintReceipt(key, "record", shown...), proof.MintUnused(key, time.Now())); err != nil {
		t.Error(err)
	}
}
