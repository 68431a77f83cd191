package acceptance_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// A device that does not do what the procedure rests on: nothing is called
// done, and the old key stays, in use or not.
func TestBrokenRules(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	still := func(err error) bool { return errors.Is(err, rekey.ErrStillWeak) }
	notSeen := func(err error) bool { return errors.Is(err, remoteui.ErrRestartNotSeen) }
	anything := func(err error) bool { return err != nil }
	pageNotUnderstood := func(err error) bool { _, ok := errors.AsType[*remoteui.PageError](err); return ok }
	for _, tc := range []struct {
		row  string
		rule simdevice.Rule
		want func(error) bool
	}{
		{"M-1", simdevice.RuleControllerShown, pageNotUnderstood},
		{"M-5", simdevice.RuleKeyStrength, still},
		{"W-2", simdevice.RulePublicKeyShown, anything},
		{"W-5", simdevice.RuleUsageShown, anything},
		{"G-1", simdevice.RuleAutoRegister, anything},
		{"R-1", simdevice.RuleUseStoredAtOnce, anything},
		{"R-1", simdevice.RuleOthersKept, anything},
		{"R-5", simdevice.RuleApplyRestarts, notSeen},
		{"R-5", simdevice.RuleServedIsBound, anything},
		{"D-1", simdevice.RuleDeleteDeletes, anything},
	} {
		for _, seed := range race.Sample(seeds[:2]...) {
			t.Run(tc.row+"/"+string(tc.rule), func(t *testing.T) {
				t.Parallel()
				cfg := simdevice.Config{Seed: seed, Broken: []simdevice.Rule{tc.rule}, Tolerate: tolerated(tc.rule)}
				inBubble(t, varied(t, cfg), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
					o.AssumeTrusted, o.Timeouts.Restart, o.Timeouts.Generate = false, time.Minute, time.Minute
					r, err := rekey.Remediate(t.Context(), d, o)
					if err == nil || !tc.want(err) {
						t.Errorf("error: %v\n%v", err, r)
					}
					if !slices.Contains(names(dev), "TLS-2021") {
						t.Errorf("the old key was deleted: %q", names(dev))
					}
					if n := dev.OpenSessions(); n != 0 {
						t.Errorf("%d sessions left open", n)
					}
				})
			})
		}
	}
}

// The same of the other usages, where one thing that fails must not be called
// done either, and no key is deleted that a usage might still have.
func TestBrokenUsageRules(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	notAsPlanned := func(err error) bool { _, ok := errors.AsType[*rekey.VerifyError](err); return ok }
	oldServed := func(err error) bool { return errors.Is(err, usage.ErrOldServed) }
	anything := func(err error) bool { return err != nil }
	for _, tc := range []struct {
		row  string
		rule simdevice.Rule
		want func(error) bool
		kept []string // old keys that must stay
	}{
		{"R-2", simdevice.RuleFormsKept, notAsPlanned, []string{"dot1x"}},
		{"R-3", simdevice.RulePolicyAlone, anything, []string{"hq", "lab"}},
		{"R-5", simdevice.RuleOneRestart, oldServed, []string{"dot1x", "hq", "lab", "sip"}},
		{"C-4", simdevice.RuleSIPServed, oldServed, []string{"sip"}},
		{"S-1", simdevice.RuleSignatureRenewed, anything, nil},
		{"E-2", simdevice.RuleExportCurrent, anything, nil},
	} {
		for _, seed := range race.Sample[uint64](3) {
			t.Run(tc.row+"/"+string(tc.rule), func(t *testing.T) {
				t.Parallel()
				cfg := full(seed)
				cfg.Broken, cfg.Tolerate = []simdevice.Rule{tc.rule}, tolerated(tc.rule)
				inBubble(t, varied(t, cfg), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
					d.TLSPorts, o.Timeouts.Restart, o.Timeouts.Generate = []int{5061}, time.Minute, time.Minute
					r, err := rekey.Remediate(t.Context(), d, o)
					if err == nil || !tc.want(err) {
						t.Errorf("error: %v\n%v", err, r)
					}
					for _, name := range tc.kept {
						if !slices.Contains(names(dev), name) {
							t.Errorf("old key %q was deleted: %q", name, names(dev))
						}
					}
					if n := dev.OpenSessions(); n != 0 {
						t.Errorf("%d sessions left open", n)
					}
				})
			})
		}
	}
}

// tolerated are invariants that the device itself breaks with a rule.
func tolerated(r simdevice.Rule) []simdevice.Invariant {
	switch r {
	case simdevice.RuleOthersKept, simdevice.RuleFormsKept, simdevice.RulePolicyAlone:
		return []simdevice.Invariant{simdevice.InvariantSettingsKept}
	}
	return nil
}

// Firmware in range: refused with what to do, and nothing is changed. // M-5
func TestVulnerableFirmware(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, seed := range seeds {
			cfg := simdevice.Config{Seed: seed, Version: "37.30", MakesWeakKeys: true}
			dev := start(t, cfg)
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), options(t))
			if fe, ok := errors.AsType[*rekey.FirmwareError](err); !ok || fe.Row.Name != "iR-ADV C5560 III" || r == nil {
				t.Errorf("%v\n%v", err, r)
			}
			if n := dev.StateChanges(); n != 0 {
				t.Errorf("%d changes", n)
			}
		}
	})
}

// An assessment changes nothing, on any page of any layout.
func TestAssessIsReadOnly(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, seed := range race.Sample(append(seeds, 21, 22, 23)...) {
			cfg := simdevice.Config{Seed: seed}
			dev := start(t, cfg)
			o := options(t)
			a, err := rekey.Assess(bounded(t), access(dev, cfg), o)
			if err != nil {
				t.Fatal(err)
			}
			if n := dev.StateChanges(); n != 0 {
				t.Errorf("seed %d: %d changes", seed, n)
			}
			if n := dev.OpenSessions(); n != 0 {
				t.Errorf("seed %d: %d sessions left open", seed, n)
			}
			if a.Device.Model == "" || a.ServedKey != "TLS-2021" {
				t.Errorf("seed %d: %+v", seed, a)
			}
		}
	})
}
