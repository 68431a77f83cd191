package acceptance_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// elsewhere is a device whose TLS key is good, with weak keys where nobody can
// see the successors.
func elsewhere(weak bool) simdevice.Config {
	return simdevice.Config{
		Seed: 4, Language: "en", KeySlots: 16, MakesWeakKeys: weak,
		Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Uses: []string{"TLS"}},
			{Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}}, {Name: "hq", Weak: true, Uses: []string{"IPSec"}},
		},
		Policies: []simdevice.PolicySpec{{Name: "HQ", Key: "hq"}},
	}
}

// keepsTLS is how these devices are treated.
func keepsTLS(t *testing.T) *rekey.Options {
	o := options(t)
	o.AssumeTrusted, o.ExternalKeys = true, []string{"tls"}
	return o
}

func using(dev *simdevice.Device, use string) (name string) {
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, use) {
			name = k.Name
		}
	}
	return name
}

// No key that nobody can see is trusted before one was seen that this firmware
// made. // M-5
func TestGeneratorIsProvedFirst(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	noCSR := func(cfg *simdevice.Config, o *rekey.Options) {
		cfg.Family, cfg.Labels = simdevice.FamilyAdvance, map[string]string{"Key and Certificate Signing Request (CSR)": "Something else"}
	}
	for name, c := range map[string]struct {
		set      func(*simdevice.Config, *rekey.Options)
		by       rekey.ProbeKind
		weak     bool
		restarts int
	}{
		"weak, by a CSR":  {func(*simdevice.Config, *rekey.Options) {}, rekey.ByRequest, true, 0},
		"sound, by a CSR": {func(*simdevice.Config, *rekey.Options) {}, rekey.ByRequest, false, 1},
		"weak, by the device signature": {func(cfg *simdevice.Config, o *rekey.Options) {
			noCSR(cfg, o)
			cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: "Device Signature Key", Weak: true})
		}, rekey.BySignature, true, 0},
		"sound, by the device signature": {func(cfg *simdevice.Config, o *rekey.Options) {
			noCSR(cfg, o)
			cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: "Device Signature Key", Weak: true})
		}, rekey.BySignature, false, 1},
		"weak, by showing":         {noCSR, rekey.ByShowing, true, 2},
		"sound, by showing":        {noCSR, rekey.ByShowing, false, 2},
		"weak, no state directory": {func(cfg *simdevice.Config, o *rekey.Options) { o.Dir = "" }, rekey.ByShowing, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg, o := elsewhere(c.weak), keepsTLS(t)
				c.set(&cfg, o)
				dev := start(t, cfg)
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				if r == nil || r.Plan == nil || r.Plan.Probe == nil || r.Plan.Probe.By != c.by {
					t.Fatalf("%v: not planned: %+v", err, r)
				}
				if !strings.Contains(r.Plan.String(), map[rekey.ProbeKind]string{rekey.ByRequest: "rkprobe", rekey.BySignature: "first of all", rekey.ByShowing: "for one restart"}[c.by]) {
					t.Errorf("the plan does not say so:\n%v", r.Plan)
				}
				if dev.Restarts() != c.restarts || bound(dev).Name != "tls" {
					t.Errorf("%d restarts, TLS has %q", dev.Restarts(), bound(dev).Name)
				}
				if slices.ContainsFunc(names(dev), func(n string) bool { return strings.HasPrefix(n, "rkprobe") }) {
					t.Errorf("the key for the look is still there: %q", names(dev))
				}
				old := using(dev, "IEEE 802.1X") == "dot1x" && using(dev, "IPSec") == "hq"
				gone := !slices.Contains(names(dev), "dot1x") && !slices.Contains(names(dev), "hq")
				if !c.weak {
					if err != nil || old || !gone {
						t.Fatalf("%v; keys %q\n%v", err, names(dev), r)
					}
					return
				}
				if !errors.Is(err, rekey.ErrStillWeak) || !old {
					t.Errorf("%v; 802.1X has %q, IPSec %q", err, using(dev, "IEEE 802.1X"), using(dev, "IPSec"))
				}
				if o.Dir == "" {
					return
				}
				changes := dev.StateChanges()
				_, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
				if e, ok := errors.AsType[*rekey.FirmwareError](err); !ok || !e.Caught || dev.StateChanges() != changes || dev.Restarts() != c.restarts {
					t.Errorf("again with the same version: %v, %d changes", err, dev.StateChanges()-changes)
				}
			})
		})
	}
}

// What was proved of a version is remembered, and not asked again; of another
// version it says nothing.
func TestGeneratorIsRemembered(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		o := keepsTLS(t)
		cfg := elsewhere(false)
		dev := start(t, cfg)
		if r, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		for version, asked := range map[string]bool{"": false, "137.31": true} {
			again := elsewhere(false)
			again.Version = version
			other := start(t, again)
			d := access(dev, cfg)
			d.DialContext = standIn(other)
			a, err := rekey.Assess(bounded(t), d, o)
			if err != nil {
				t.Fatal(err)
			}
			p, err := a.Plan(o)
			if err != nil || len(p.Changes) != 2 || (p.Probe != nil) != asked {
				t.Errorf("version %q: %v, %+v", version, err, p)
			}
		}
	})
}
