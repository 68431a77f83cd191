package acceptance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// Peers of SIP are told after the restart. Where that failed they are told by
// the next run, before the old key goes; without a way to tell them it stays.
func TestDistributeToSIPAgain(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 3, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "sip", Weak: true, Uses: []string{"SIP"}},
		}}
		dev, o := start(t, cfg), options(t)
		d := sipPort(access(dev, cfg), dev)
		var told []keys.Use
		fails := errors.New("nobody answers")
		o.Distribute = func(_ context.Context, n rekey.Distribution) error {
			told = append(told, n.Use)
			return fails
		}
		there := func() bool { return slices.Contains(names(dev), "sip") }
		r, err := rekey.Remediate(bounded(t), d, o)
		if !errors.Is(err, fails) || !slices.Equal(told, []keys.Use{keys.UseSIP}) || !there() {
			t.Fatalf("%v, told %q, keys %q\n%v", err, told, names(dev), r)
		}
		// It is bound and proved: that it "was not replaced" would be untrue.
		if i := slices.IndexFunc(r.Usages, func(u rekey.UsageReport) bool { return u.Use == keys.UseSIP }); i < 0 || !r.Usages[i].Bound || strings.Contains(r.String(), `SIP: key "sip" has to be replaced, and was not`) {
			t.Errorf("%+v\n%v", r.Usages, r)
		}
		without := *o
		without.Distribute = nil
		if r, err := rekey.Remediate(bounded(t), d, &without); !errors.Is(err, rekey.ErrUnfinished) || !there() {
			t.Fatalf("without Distribute: %v, keys %q\n%v", err, names(dev), r)
		}
		fails = nil
		r, err = rekey.Remediate(bounded(t), d, o)
		if err != nil || len(told) != 2 || there() {
			t.Fatalf("again: %v, told %q, keys %q\n%v", err, told, names(dev), r)
		}
		// What is on record of the old key is what is reported.
		for _, u := range r.Usages {
			if u.Use == keys.UseSIP && u.OldKey.Name == "sip" && u.OldKey.Weak != keys.Proved {
				t.Errorf("the old key is reported as %+v", u.OldKey)
			}
		}
	})
}
