package keys_test

import (
	"slices"
	"testing"

	"github.com/rekey-go/rekey/internal/meanwhile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// Details pages are opened by a row's place in the list. Whenever somebody
// deletes another key while they are read, what is reported of a key is its own:
// its thumbprint is that of the device's key of this name. // W-5
func TestDetailsWhileTheListShifts(t *testing.T) {
	t.Parallel()
	const confirm = simdevice.ConfirmDialogue
	for _, first := range []bool{true, false} {
		for k, acted := 0, true; acted; k += race.Step(5) {
			cfg := crowded(uint64(confirm), confirm)
			if first { // of all rows
				cfg.Keys = slices.Concat(cfg.Keys[2:3], cfg.Keys[:2], cfg.Keys[3:])
			}
			dev, other := open(t, cfg)
			want := map[string]string{}
			for _, e := range dev.Keys() {
				want[e.Name] = e.Certificate.SerialNumber.Text(16)
			}
			before := meanwhile.After(dev, k, func() {
				key, receipt, unused := papers(t, other, "aaa")
				if err := keys.Delete(t.Context(), other, key, receipt, unused); err != nil {
					t.Error(err)
				}
			})
			s := watched(t, dev, before)
			before.Begin()
			_, all, err := keys.ReadAllDetails(t.Context(), s)
			acted = before.End()
			for name, d := range all {
				if d.Problem != "" {
					continue
				}
				for _, e := range dev.Keys() {
					if ok, _, _ := d.Matches(e.Certificate, ""); ok != (e.Name == name) {
						t.Errorf("after page %d: key %q is reported with serial %s, and its key has %s: match with key %q %v", k, name, d.Serial, want[name], e.Name, ok)
					}
				}
			}
			if err != nil {
				t.Logf("after page %d: %v", k, err)
			}
		}
	}
}
