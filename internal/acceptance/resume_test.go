package acceptance_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// stopAt runs the job on a device and stops it where a step begins.
func stopAt(t *testing.T, d rekey.Device, o *rekey.Options, step string) {
	t.Helper()
	stopWith(t, rekey.Remediate, d, o, step)
}

func stopWith(t *testing.T, do func(context.Context, rekey.Device, *rekey.Options) (*rekey.Report, error), d rekey.Device, o *rekey.Options, step string) {
	t.Helper()
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	o.OnEvent = func(e rekey.Event) {
		if e.Step == step {
			cancel()
		}
	}
	if _, err := do(ctx, d, o); err == nil {
		t.Fatalf("not stopped at %s", step)
	}
	o.OnEvent = nil
}

// pinned is access by the key that the device serves now.
func pinned(dev *simdevice.Device, cfg simdevice.Config) rekey.Device {
	d := access(dev, cfg)
	d.TrustOnFirstUse, d.Pins = false, []remoteui.SPKIHash{remoteui.HashSPKI(bound(dev).Certificate)}
	return d
}

// After the firmware was updated at last, the weak successor is replaced too.
func TestStillWeakThenUpdated(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 4, Broken: []simdevice.Rule{simdevice.RuleKeyStrength}}
		dev, o := start(t, cfg), options(t)
		if _, err := rekey.Remediate(bounded(t), access(dev, cfg), o); !errors.Is(err, rekey.ErrStillWeak) {
			t.Fatal(err)
		}
		// The same version was caught: it is not tried once more.
		changes := dev.StateChanges()
		_, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if e, ok := errors.AsType[*rekey.FirmwareError](err); !ok || !e.Caught || dev.StateChanges() != changes || dev.Restarts() != 1 {
			t.Errorf("again with the same version: %v, %d changes, %d restarts", err, dev.StateChanges()-changes, dev.Restarts())
		}
		cfg = simdevice.Config{Seed: 4, Version: "137.01", Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2021", Weak: true}, {Name: bound(dev).Name, Weak: true, Uses: []string{"TLS"}},
		}}
		updated := start(t, cfg)
		d := pinned(updated, cfg)
		d.URL, d.DialContext = dev.URL(), standIn(updated)
		if r, err := rekey.Remediate(bounded(t), d, o); err != nil || bound(updated).Weak {
			t.Errorf("%v\n%v", err, r)
		}
	})
}

// A key that bears the name of the old one by now is not deleted for it.
func TestAnotherKeyOfTheSameName(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 4}
		dev, o := start(t, cfg), options(t)
		stopAt(t, access(dev, cfg), o, "D-1")
		mine := bound(dev)
		cfg = simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"},
			{Name: "TLS-2021", Imported: true, CommonName: "vpn.example", Organization: "Somebody"},
			{Name: mine.Name, Uses: []string{"TLS"}, CommonName: mine.Certificate.Subject.CommonName},
		}}
		other := start(t, cfg)
		d := pinned(other, cfg)
		d.URL, d.DialContext = dev.URL(), standIn(other)
		r, err := rekey.Remediate(bounded(t), d, o)
		if !slices.Contains(names(other), "TLS-2021") {
			t.Errorf("deleted: %v\n%v", err, r)
		}
	})
}

// The old key is nobody's proof of identity once it is replaced: whoever
// factored it gets no password.
func TestOldPinDies(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, by := range []string{"pin", "CA", "first use"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := simdevice.Config{Seed: 8, Hostname: "127.0.0.1"}
				dev, o := start(t, cfg), options(t)
				d := pinned(dev, cfg)
				switch by {
				case "CA":
					d.Pins, d.Roots = nil, x509.NewCertPool()
					d.Roots.AddCert(bound(dev).Certificate)
				case "first use":
					d = access(dev, cfg)
				}
				if _, err := rekey.Remediate(bounded(t), d, o); err != nil {
					t.Fatal(err)
				}
				impostor := start(t, cfg)
				d.DialContext = standIn(impostor)
				_, err := rekey.Assess(bounded(t), d, o)
				if _, ok := errors.AsType[*remoteui.IdentityError](err); !ok || impostor.LoginAttempts() != 0 {
					t.Errorf("%v, %d logins", err, impostor.LoginAttempts())
				}
			})
		})
	}
}

// standIn leads all connections to another device than the one at the address.
func standIn(other *simdevice.Device) func(context.Context, string, string) (net.Conn, error) {
	if !other.Started() {
		return other.DialContext
	}
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		u, err := url.Parse(other.URL())
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, u.Host)
	}
}

// First use is once, also where there was nothing to do.
func TestFirstUseIsOnce(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8, Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "good", Uses: []string{"TLS"}}}}
		dev, o := start(t, cfg), options(t)
		d := access(dev, cfg)
		if _, err := rekey.Remediate(bounded(t), d, o); err != nil {
			t.Fatal(err)
		}
		cfg.Seed = 9
		other := start(t, cfg)
		d.DialContext = standIn(other)
		_, err := rekey.Remediate(bounded(t), d, o)
		if _, ok := errors.AsType[*remoteui.IdentityError](err); !ok || other.LoginAttempts() != 0 {
			t.Errorf("%v, %d logins", err, other.LoginAttempts())
		}
	})
}

// Whatever vouched for the old key, the proved successor is known by: pin, CA,
// and a run that died before it could prove it.
func TestSuccessorIsKnown(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, byCA := range []bool{false, true} {
			for _, stop := range []string{"", "C-1"} {
				cfg := simdevice.Config{Seed: 4, Hostname: "127.0.0.1"}
				dev, o := start(t, cfg), options(t)
				d := pinned(dev, cfg)
				if byCA {
					d.Pins, d.Roots = nil, x509.NewCertPool()
					d.Roots.AddCert(bound(dev).Certificate)
				}
				if stop != "" {
					stopAt(t, d, o, stop)
					if err := os.RemoveAll(filepath.Join(o.Dir, "evidence")); err != nil {
						t.Fatal(err)
					}
				}
				for run := range 3 {
					if _, err := rekey.Remediate(bounded(t), d, o); err != nil {
						t.Errorf("CA %v, stopped at %q, run %d: %v", byCA, stop, run, err)
					}
				}
			}
		}
	})
}

// A device slower than the time it was given: its key is found by a later run,
// whether it came in between or while that run works, and no second one is made.
func TestSlowGenerationIsFound(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, pause := range []time.Duration{0, time.Hour} {
		t.Run(pause.String(), func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 8, GenerateTime: 15 * time.Minute}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.Timeouts.Generate = time.Minute
				if _, err := rekey.Remediate(t.Context(), d, o); err == nil {
					t.Fatal("not too slow")
				}
				runs := 0
				for ; runs < 10 && slices.Contains(names(dev), "TLS-2021"); runs++ {
					time.Sleep(pause)
					_, err := rekey.Remediate(t.Context(), d, o)
					t.Logf("run %d: %v", runs, err)
					o.Timeouts.Generate = time.Hour
				}
				if len(names(dev)) != 3 || bound(dev).Weak || len(made(dev)) != 1 || runs > 3 {
					t.Errorf("after %d runs keys %q, made %q", runs, names(dev), made(dev))
				}
			})
		})
	}
}

// A certificate that the device filled in otherwise is told of, and does not
// keep the weak key alive.
func TestOtherSubjectIsTold(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8, Broken: []simdevice.Rule{simdevice.RuleFormValues}}
		dev := start(t, cfg)
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), options(t))
		told := r != nil && slices.ContainsFunc(r.Notices, func(n string) bool { return strings.Contains(n, "organization") })
		if err != nil || !told || slices.Contains(names(dev), "TLS-2021") {
			t.Errorf("%v\n%v", err, r)
		}
	})
}

// Nothing that a device or a caller puts into a text gets out raw.
func TestEventsAreSafe(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "a\x1b[31mb", Uses: []string{"TLS"}, CommonName: "x\x1b[2Jy"},
		}}
		dev, o := start(t, cfg), options(t)
		d := access(dev, cfg)
		o.OnEvent = func(e rekey.Event) {
			if strings.ContainsRune(e.Text, 0x1b) || strings.Contains(e.Text, "s3cret") {
				t.Errorf("event %q", e.Text)
			}
		}
		rekey.Assess(bounded(t), d, o) // whatever comes of it
		d.URL = "https://admin:s3cret@127.0.0.1:1/"
		if _, err := rekey.Assess(bounded(t), d, o); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v", err)
		}
	})
}

// What is no plan of ours is refused before the device is asked.
func TestEditedPlan(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8}
		dev, o := start(t, cfg), options(t)
		for name, edit := range map[string]func(*rekey.Plan){
			"stage":      func(p *rekey.Plan) { p.Changes[0].From = "" },
			"old key":    func(p *rekey.Plan) { p.Changes[0].OldKey.Name = "AMS" },
			"deletion":   func(p *rekey.Plan) { p.Changes[0].DeleteOld = !p.Changes[0].DeleteOld },
			"unforeseen": func(p *rekey.Plan) { p.Precondition = nil },
		} {
			p := planFor(t, dev, cfg, o)
			edit(p)
			before := len(dev.Log())
			if _, err := rekey.Apply(bounded(t), access(dev, cfg), p, o); err == nil || len(dev.Log()) != before {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := rekey.Apply(bounded(t), access(dev, cfg), nil, o); err == nil {
			t.Error("no plan at all was applied")
		}
	})
}

// Other firmware is seen unless the plan is of now: one from the future, by a
// clock that was set back, may be of any day.
func TestPlanOfAnotherDay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		age   time.Duration
		fresh bool
	}{{0, true}, {9 * time.Minute, true}, {10 * time.Minute, false}, {time.Hour, false}, {-time.Nanosecond, false}, {-time.Hour, false}, {-400 * 24 * time.Hour, false}} {
		t.Run(tc.age.String(), func(t *testing.T) {
			t.Parallel()
			var updated atomic.Bool
			dev := page("info", func(w http.ResponseWriter, r *http.Request) {
				version := "99.01"
				if updated.Load() {
					version = "37.30"
				}
				hostile.Text(hostile.Frame("info", `<h2>Version Information</h2><table><tr><th>Controller</th><td>`+version+`</td></tr></table>`))(w, r)
			})
			dev.Model, dev.Keys = "iR-ADV C5560 III", []string{"EastWing"}
			dev.Start()
			defer dev.Close()
			now := time.Now()
			o := &rekey.Options{Strict: true, Now: func() time.Time { return now }, Timeouts: rekey.Timeouts{Request: 2 * time.Second}}
			d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}
			a, err := rekey.Assess(bounded(t), d, o)
			if err != nil {
				t.Fatal(err)
			}
			p, err := a.Plan(o)
			if err != nil || p.Empty() {
				t.Fatal(p, err)
			}
			updated.Store(true)
			now = p.Made.Add(tc.age)
			_, err = rekey.Apply(bounded(t), d, p, o)
			drift, ok := errors.AsType[*rekey.DriftError](err)
			if seen := ok && slices.Contains(drift.Changes, "now: controller 37.30"); seen == tc.fresh {
				t.Errorf("%v", err)
			}
		})
	}
}

// A plan that the device has outrun is refused, and says by what.
func TestDrift(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8}
		dev, o := start(t, cfg), options(t)
		p := planFor(t, dev, cfg, o)
		if _, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil {
			t.Fatal(err)
		}
		changes := dev.StateChanges()
		_, err := rekey.Apply(bounded(t), access(dev, cfg), p, o)
		if drift, ok := errors.AsType[*rekey.DriftError](err); !ok || len(drift.Changes) == 0 || dev.StateChanges() != changes {
			t.Errorf("%v", err)
		}
	})
}
