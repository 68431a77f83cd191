package acceptance_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// full is a device that uses weak keys for everything, a key each.
func full(seed uint64) simdevice.Config {
	return simdevice.Config{
		Seed: seed, Language: []string{"zh-TW", "en", "ja"}[seed%3], KeySlots: 16,
		Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key", Weak: true},
			{Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
			{Name: "hq", Weak: true, Uses: []string{"IPSec"}}, {Name: "lab", Weak: true, Uses: []string{"IPSec"}},
			{Name: "sip", Weak: true, Uses: []string{"SIP"}},
		},
		Policies:  []simdevice.PolicySpec{{Name: "HQ", Key: "hq"}, {Name: "Lab", Key: "lab"}, {Name: "Old", PreShared: true}},
		Bluetooth: simdevice.Yes, AMS: simdevice.Yes,
	}
}

// shared is a device with one weak key in all usages but the signature's.
func shared(seed uint64) simdevice.Config {
	cfg := full(seed)
	cfg.Keys = append(cfg.Keys[:2:2], simdevice.KeySpec{Name: "all", Weak: true, Uses: []string{"TLS", "IEEE 802.1X", "IPSec", "SIP"}})
	cfg.Policies = []simdevice.PolicySpec{{Name: "HQ", Key: "all"}, {Name: "Lab", Key: "all"}}
	return cfg
}

// sipPort has the device's SIP port looked at.
func sipPort(d rekey.Device, dev *simdevice.Device) rekey.Device {
	if _, port, ok := strings.Cut(dev.SIPAddr(), ":"); ok {
		var n int
		fmt.Sscan(port, &n)
		d.TLSPorts = []int{n}
	}
	return d
}

// others compares what is not a binding.
func others(s simdevice.Settings) [4]string {
	return [4]string{s.TLSMin, s.TLSMax, s.TLSCiphers, s.Others}
}

// One run and one restart replace every weak key in every usage; nothing else
// changes. // C-2 C-3 C-4 C-5 R-2 R-3 R-4 R-5 S-1 D-1
func TestEveryUsage(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, seed := range []uint64{2, 3} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				testEveryUsage(t, full(seed), []string{"tls", "dot1x", "hq", "lab", "sip"}, map[keys.Use]int{
					keys.UseTLS: 1, keys.UseIEEE8021X: 1, keys.UseIPSec: 2, keys.UseSIP: 1, keys.UseDeviceSignature: 1,
				})
			})
		})
	}
}

// One key in all usages gets one successor, and one for SIP. // R-4
func TestSharedKey(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, seed := range []uint64{1, 3} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				r := testEveryUsage(t, shared(seed), []string{"all"}, map[keys.Use]int{
					keys.UseTLS: 1, keys.UseIEEE8021X: 1, keys.UseIPSec: 2, keys.UseSIP: 1,
				})
				names := map[string]bool{}
				for _, u := range r.Usages {
					names[u.NewKey.Name] = true
				}
				if len(names) != 2 {
					t.Errorf("successors %v, want two", names)
				}
			})
		})
	}
}

func testEveryUsage(t *testing.T, cfg simdevice.Config, gone []string, want map[keys.Use]int) *rekey.Report {
	dev, o := start(t, cfg), options(t)
	o.AssumeTrusted = true
	before, d := dev.Settings(), sipPort(access(dev, cfg), dev)
	r, err := rekey.Remediate(bounded(t), d, o)
	if err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	withinBudget(t, r, mostForEveryUsage)
	if r.Restarts != 1 || dev.Restarts() != 1 {
		t.Errorf("R-5: %d restarts, the device counts %d; want one", r.Restarts, dev.Restarts())
	}
	if now := dev.Settings(); others(now) != others(before) || now.Pending {
		t.Errorf("settings:\n got %+v\nwere %+v", now, before)
	}
	for _, name := range gone {
		if slices.Contains(names(dev), name) {
			t.Errorf("D-1: %q is still there", name)
		}
	}
	for _, k := range dev.Keys() {
		if k.Weak {
			t.Errorf("%q is weak", k.Name)
		}
	}
	for _, k := range dev.Keys() {
		// What peers know the device by is its name: the old one's, also where only
		// a details page shows that. // G-3
		if strings.HasPrefix(k.Name, "rk") && k.Certificate.Subject.CommonName != "printer.example" {
			t.Errorf("G-1: %q is for %v", k.Name, k.Certificate.Subject)
		}
	}
	verified := map[keys.Use]int{}
	for _, u := range r.Usages {
		proof := map[keys.Use]string{keys.UseTLS: "served", keys.UseSIP: "served"}[u.Use]
		if proof == "" {
			proof = "bound"
		}
		if !u.Affected {
			continue
		}
		if !u.Verified || string(u.Proof) != proof {
			t.Errorf("%s %s: %+v", u.Use, u.Policy, u)
		}
		verified[u.Use]++
	}
	for u, n := range want {
		if verified[u] != n {
			t.Errorf("%s: %d verified, want %d\n%v", u, verified[u], n, r)
		}
	}
	for _, id := range []string{"V-1", "V-2", "V-3", "V-4", "E-1", "B-1", "A-1"} {
		if !slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == id && task.Text != "" }) {
			t.Errorf("no task %s", id)
		}
	}
	if n := dev.OpenSessions(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
	changes := dev.StateChanges()
	again, err := rekey.Remediate(bounded(t), d, o)
	if err != nil || len(again.Steps) != 0 || dev.StateChanges() != changes {
		t.Errorf("second run: %v\n%v", err, again)
	}
	return r
}

// Stopped before any step, with the state kept or lost, every usage has a
// working key, and running again finishes: the simulated device watches.
func TestEveryUsageStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	stopEverywhere(t, full(2), 17, func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) { o.AssumeTrusted = true })
}

// setting is what a test sets for a device and a run.
type setting func(*testing.T, *simdevice.Config, *rekey.Options)

// stopEverywhere stops a run before each of its steps, or before every n-th of
// them, and finishes it.
func stopEverywhere(t *testing.T, cfg simdevice.Config, stride int, set setting) {
	if *everyFault {
		stride = 1
	}
	for at, all := 2, stepsOf(t, cfg, set); at < all; at += stride {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/lost=%v", at, lost), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					stopBefore(t, cfg, at, lost, set)
				})
			})
		}
	}
}

func stopBefore(t *testing.T, cfg simdevice.Config, at int, lost bool, set setting) {
	o := options(t)
	set(t, &cfg, o)
	dev := start(t, cfg)
	d := sipPort(access(dev, cfg), dev)
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	logged, seen := o.OnEvent, 0
	o.OnEvent = func(e rekey.Event) {
		logged(e)
		if e.Kind == rekey.EventStep {
			if seen++; seen == at {
				cancel()
			}
		}
	}
	_, err := rekey.Remediate(ctx, d, o)
	o.OnEvent = logged
	if err == nil {
		t.Fatal("not stopped")
	}
	if lost {
		o.Dir = t.TempDir()
	}
	var r *rekey.Report
	for run := 1; run <= 2; run++ {
		if r, err = rekey.Remediate(bounded(t), d, o); err == nil {
			break
		}
		t.Logf("run %d: %v", run, err)
	}
	if err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	for _, k := range dev.Keys() {
		if k.Weak && len(k.Active) > 0 || k.Weak && !lost {
			t.Errorf("%q is weak: %v", k.Name, k.Active)
		}
	}
	if n := dev.OpenSessions(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
}

// stepsOf counts the steps of a run that nothing stops.
func stepsOf(t *testing.T, cfg simdevice.Config, set setting) (steps int) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		o := options(t)
		set(t, &cfg, o)
		dev := start(t, cfg)
		o.OnEvent = func(e rekey.Event) {
			if e.Kind == rekey.EventStep {
				steps++
			}
		}
		if r, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o); err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
	})
	return steps
}

// A key store too small for old and new keys together: the device is finished
// all the same, whether its size was given or found out by a refused key.
func TestKeyStores(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	three := func(seed uint64) simdevice.Config {
		return simdevice.Config{Seed: seed, KeySlots: 3, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}},
		}}
	}
	five := func(seed uint64) simdevice.Config {
		return simdevice.Config{Seed: seed, KeySlots: 5, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}},
			{Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}}, {Name: "sip", Weak: true, Uses: []string{"SIP"}},
		}}
	}
	eight := func(seed uint64) simdevice.Config {
		cfg := full(seed)
		cfg.KeySlots = 8
		return cfg
	}
	for _, tc := range []struct {
		name     string
		cfg      func(uint64) simdevice.Config
		restarts int
	}{{"3", three, 2}, {"5", five, 3}, {"8", eight, 3}} {
		for seed, told := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/told=%v", tc.name, told), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					cfg := tc.cfg(uint64(seed + 7))
					dev, o := start(t, cfg), options(t)
					o.AssumeTrusted = true
					if told {
						o.KeySlots = cfg.KeySlots
					}
					r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
					if err != nil {
						t.Fatalf("%v\n%v", err, r)
					}
					for _, k := range dev.Keys() {
						if k.Weak {
							t.Errorf("%q is weak", k.Name)
						}
					}
					for i, task := range r.Tasks {
						if slices.ContainsFunc(r.Tasks[:i], func(other rekey.Task) bool { return other.Text == task.Text }) {
							t.Errorf("task %s %s comes twice", task.ID, task.Use)
						}
					}
					if bound(dev).Name == "Default Key" || r.Restarts != tc.restarts {
						t.Errorf("TLS has %q, %d restarts, want %d\n%v", bound(dev).Name, r.Restarts, tc.restarts, r)
					}
				})
			})
		}
	}
}

// Way (b): the certificate is served by TLS, made known, and bound then, with a
// second restart; the callback has all that its peers need. // E-1
func TestDistribute(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, seed := range []uint64{1} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := full(seed)
				dev, o := start(t, cfg), options(t)
				told := map[string]rekey.Distribution{}
				o.Distribute = func(_ context.Context, d rekey.Distribution) error {
					told[string(d.Use)+d.Policy] = d
					if d.Use == keys.UseIEEE8021X && activeName(dev, "IEEE 802.1X") != "dot1x" {
						t.Error("the new key was in effect before anybody knew it")
					}
					return nil
				}
				r, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				if r.Restarts != 2 {
					t.Errorf("%d restarts, want 2", r.Restarts)
				}
				for _, place := range []string{"ieee8021x", "ipsecHQ", "ipsecLab", "sip"} {
					d := told[place]
					block, _ := pem.Decode([]byte(d.New.PEM))
					if block == nil {
						t.Errorf("%s: no certificate: %+v", place, d)
						continue
					}
					cert, err := x509.ParseCertificate(block.Bytes)
					i := slices.IndexFunc(dev.Keys(), func(k simdevice.KeyState) bool { return k.Name == d.NewKey.Name })
					if err != nil || i < 0 || !dev.Keys()[i].Certificate.Equal(cert) || len(d.Old.Fields) == 0 {
						t.Errorf("%s: %v, %+v", place, err, d)
					}
				}
				if slices.ContainsFunc(r.Tasks, func(t rekey.Task) bool { return t.ID == "E-1" && t.Use != keys.UseTLS }) {
					t.Error("a task asks for what Distribute did")
				}
			})
		})
	}
}

func activeName(dev *simdevice.Device, use string) string {
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, use) {
			return k.Name
		}
	}
	return ""
}

// Nobody sees to the trust: TLS is done, the rest withheld, and a second run
// that can do it finishes with one restart: TLS serves a key of ours already.
func TestWithheldThenFinished(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := shared(4)
		dev, o := start(t, cfg), options(t)
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if !errors.Is(err, rekey.ErrUnfinished) || bound(dev).Weak || !slices.Contains(names(dev), "all") {
			t.Fatalf("%v\n%v", err, r)
		}
		if !slices.ContainsFunc(r.Steps, func(s rekey.StepReport) bool { return s.Outcome == rekey.Withheld && s.Usage == keys.UseIEEE8021X }) {
			t.Errorf("steps %+v", r.Steps)
		}
		o.Distribute = func(context.Context, rekey.Distribution) error { return nil }
		r, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil || slices.Contains(names(dev), "all") || r.Restarts != 1 {
			t.Errorf("%v, keys %q\n%v", err, names(dev), r)
		}
	})
}

// The old keys are bound again while they are there. What was deleted is said
// to be out of reach.
func TestBackOut(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := full(3)
		dev, o := start(t, cfg), options(t)
		o.AssumeTrusted, o.KeepOldKeys = true, true
		d := access(dev, cfg)
		before := dev.Settings()
		if r, err := rekey.Remediate(bounded(t), d, o); err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		r, err := rekey.BackOut(bounded(t), d, o)
		if err != nil || r.Restarts != 1 {
			t.Fatalf("%v\n%v", err, r)
		}
		if now := dev.Settings(); now != before {
			t.Errorf("settings:\n got %+v\nwere %+v", now, before)
		}
		o.KeepOldKeys = false
		if r, err := rekey.Remediate(bounded(t), d, o); err != nil || bound(dev).Weak || slices.Contains(names(dev), "tls") {
			t.Fatalf("forward again: %v, %q\n%v", err, names(dev), r)
		}
		changes := dev.StateChanges()
		r, err = rekey.BackOut(bounded(t), d, o)
		if err != nil || dev.StateChanges() != changes || !strings.Contains(r.String(), "no way back") {
			t.Errorf("%v\n%v", err, r)
		}
	})
}

// The machines that hold the old S/MIME certificate get the new one in the same
// run; those that do not are left alone, and one that cannot be reached is
// listed. // V-5 E-2
func TestOtherMachines(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := full(5)
		dev, o := start(t, cfg), options(t)
		o.AssumeTrusted = true
		old := signature(dev)
		holder := inMemory(t, simdevice.Config{Seed: 6, Hostname: "holder.example", SMIMECertificates: [][]byte{stranger5(t), old.Raw}})
		stranger := inMemory(t, simdevice.Config{Seed: 7, Hostname: "stranger.example", SMIMECertificates: [][]byte{stranger5(t)}})
		for _, other := range []*simdevice.Device{holder, stranger} {
			o.OtherDevices = append(o.OtherDevices, access(other, simdevice.Config{}))
		}
		changes := stranger.StateChanges()
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		renewed := signature(dev)
		if got := holder.SMIMECertificates(); len(got) != 2 || !slices.Equal(got[0], stranger5(t)) || !slices.Equal(got[1], renewed.Raw) || renewed.Equal(old) {
			t.Errorf("V-5: the holder has %d certificates", len(got))
		}
		if stranger.StateChanges() != changes {
			t.Error("a machine without the certificate was changed")
		}
	})
}

// inMemory is a device that is reached without the network.
func inMemory(t *testing.T, cfg simdevice.Config) *simdevice.Device {
	t.Helper()
	cfg.Errorf = t.Errorf
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	return dev
}

// stranger5 is the certificate of a machine that has nothing to do with it.
func stranger5(t *testing.T) []byte {
	t.Helper()
	dev, err := simdevice.New(simdevice.Config{Seed: 55, Hostname: "elsewhere.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	return bound(dev).Certificate.Raw
}

func signature(dev *simdevice.Device) *x509.Certificate {
	for _, k := range dev.Keys() {
		if k.Name == "Device Signature Key" {
			return k.Certificate
		}
	}
	return nil
}

// A restart waits for jobs, and does not come while they run, unless asked.
func TestJobs(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 3, Jobs: 1, Received: 1}
		dev, o := start(t, cfg), options(t)
		o.Timeouts.Jobs = 500 * time.Millisecond
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err == nil || dev.Restarts() != 0 || !strings.Contains(err.Error(), "IgnoreJobs") {
			t.Errorf("%v\n%v", err, r)
		}
		// What waits for any restart is a task until it is proved.
		waits := func(task rekey.Task) bool {
			return task.ID == "P-4" && task.Use == keys.UseTLS && strings.Contains(task.Text, bound(dev).Name)
		}
		if r.Exit.Class != rekey.ExitWaiting || !slices.ContainsFunc(r.Tasks, waits) || r.Tasks[0].ID != "P-4" {
			t.Errorf("%+v, tasks %+v", r.Exit, r.Tasks)
		}
		dev.FinishJobs()
		if r, err = rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil || dev.Restarts() != 1 || slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "P-4" }) {
			t.Errorf("%v\n%v", err, r)
		}
	})
}

// A peer's word counts, and its silence keeps the old key.
func TestVerify(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	cfg := simdevice.Config{Seed: 2, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
	}}
	for _, seen := range []bool{true, false} {
		t.Run(fmt.Sprint(seen), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				dev, o := start(t, cfg), options(t)
				o.AssumeTrusted, o.RequireProof = true, "peer"
				o.Verify = func(_ context.Context, v rekey.Verification) error {
					if seen {
						return nil
					}
					return fmt.Errorf("the switch did not see key %s", v.NewKey.Name)
				}
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				_, failed := errors.AsType[*rekey.VerifyError](err)
				if failed == seen || seen && err != nil || slices.Contains(names(dev), "dot1x") == seen {
					t.Errorf("%v, keys %q\n%v", err, names(dev), r)
				}
				if slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "P-4" }) {
					t.Errorf("nothing waits for a restart: %+v", r.Tasks)
				}
				i := slices.IndexFunc(r.Usages, func(u rekey.UsageReport) bool { return u.Use == keys.UseIEEE8021X })
				if seen && r.Usages[i].Proof != "peer" {
					t.Errorf("%+v", r.Usages[i])
				}
			})
		})
	}
}
