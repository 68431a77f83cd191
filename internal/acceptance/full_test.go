package acceptance_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
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
			cfg := remoteuitest.Config{Seed: 4, Layout: plain(), Language: lang, KeySlots: slots, Keys: []remoteuitest.KeySpec{
				{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}}, {Name: "port", Weak: true, Uses: []string{"IEEE 802.1X"}},
			}}
			var spare []string
			for len(cfg.Keys) < slots-1 {
				spare = append(spare, fmt.Sprint("spare", len(cfg.Keys)))
				cfg.Keys = append(cfg.Keys, remoteuitest.KeySpec{Name: spare[len(spare)-1], Curve: "P256"})
			}
			inBubble(t, cfg, func(t *testing.T, dev *remoteuitest.Device, d rekey.Device, o *rekey.Options) {
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
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
					t.Errorf("%v\n%v", err, r)
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
