package acceptance_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// A refused password is named as such, sent once, and not again in a later run
// until it changes.
func TestWrongPassword(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, login := range []simdevice.LoginKind{simdevice.LoginDepartmentID, simdevice.LoginUserName, simdevice.LoginRSAChallenge} {
		t.Run(string(login), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := simdevice.Config{Seed: 4, Login: login}
				dev := start(t, cfg)
				d, o := access(dev, cfg), options(t)
				d.Password = rekey.NewSecret("wrong-secret")
				// An assessment writes nothing; Apply's session is the one that records.
				plan := planFor(t, dev, cfg, o)
				before := dev.LoginAttempts()
				for run := range 4 {
					_, err := rekey.Apply(bounded(t), d, plan, o)
					if run == 1 { // the whole job looks first, and must remember too
						_, err = rekey.Remediate(bounded(t), d, o)
					}
					le, ok := errors.AsType[*remoteui.LoginError](err)
					if !ok || le.Before != (run > 0) || strings.Contains(err.Error(), "wrong-secret") {
						t.Errorf("run %d: %v", run, err)
					}
				}
				if n := dev.LoginAttempts() - before; n != 1 {
					t.Errorf("the device saw %d attempts, want 1", n)
				}
				if _, err := rekey.Apply(bounded(t), access(dev, cfg), plan, o); err != nil {
					t.Errorf("with the right password: %v", err)
				}
			})
		})
	}
}

// planFor plans with the right password.
func planFor(t *testing.T, dev *simdevice.Device, cfg simdevice.Config, o *rekey.Options) *rekey.Plan {
	t.Helper()
	a, err := rekey.Assess(bounded(t), access(dev, cfg), o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What may stand between the login and the portal is named.
func TestLoginObstacles(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, seed := range race.Sample(seeds...) {
		for _, tc := range []struct {
			name string
			cfg  simdevice.Config
			dest string
			want func(error) bool
		}{
			{"one-time code", simdevice.Config{OneTimeCode: true}, "", func(err error) bool { return errors.Is(err, remoteui.ErrOneTimeCode) }},
			{"expired password is put off", simdevice.Config{ExpiredPassword: true}, "", func(err error) bool { return err == nil }},
			{"destination", simdevice.Config{LoginDestinations: []string{"This Device", "example.test"}}, "example.test", func(err error) bool { return err == nil || isRefusal(err) }},
			{"destination not offered", simdevice.Config{LoginDestinations: []string{"This Device"}}, "elsewhere", func(err error) bool { return err != nil && strings.Contains(err.Error(), "This Device") }},
			{"no choice of destinations", simdevice.Config{}, "elsewhere", func(err error) bool { return err != nil }},
		} {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					tc.cfg.Seed = seed
					dev := start(t, tc.cfg)
					d := access(dev, tc.cfg)
					d.LoginDestination = tc.dest
					if _, err := rekey.Assess(bounded(t), d, options(t)); !tc.want(err) {
						t.Errorf("%v", err)
					}
				})
			})
		}
	}
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*remoteui.LoginError](err)
	return ok
}

// Who answers is known before anything is sent.
func TestIdentityFirst(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 6}
		dev := start(t, cfg)
		for _, tc := range []struct {
			name   string
			change func(*rekey.Device)
		}{
			{"nothing given", func(d *rekey.Device) { d.TrustOnFirstUse = false }},
			{"wrong pin", func(d *rekey.Device) { d.Pins = []remoteui.SPKIHash{{1}} }},
		} {
			d := access(dev, cfg)
			tc.change(&d)
			_, err := rekey.Remediate(bounded(t), d, options(t))
			ie, ok := errors.AsType[*remoteui.IdentityError](err)
			if !ok || base64.StdEncoding.EncodeToString(ie.Got[:]) == "" || !strings.Contains(err.Error(), ie.Got.String()) {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		if n := dev.LoginAttempts(); n != 0 || len(dev.Log()) != 0 {
			t.Errorf("%d logins, %d requests were made", n, len(dev.Log()))
		}
	})
}

// The pin of the old key goes on meaning the device that rekey gave a new one.
func TestOldPinLeadsToNewKey(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 8}
		dev := start(t, cfg)
		d, o := access(dev, cfg), options(t)
		d.TrustOnFirstUse, d.Pins = false, []remoteui.SPKIHash{remoteui.HashSPKI(bound(dev).Certificate)}
		if _, err := rekey.Remediate(bounded(t), d, o); err != nil {
			t.Fatal(err)
		}
		if _, err := rekey.Remediate(bounded(t), d, o); err != nil {
			t.Errorf("with the state directory: %v", err)
		}
		_, err := rekey.Remediate(bounded(t), d, options(t))
		if _, ok := errors.AsType[*remoteui.IdentityError](err); !ok {
			t.Errorf("without it: %v", err)
		}
	})
}

// A device that restarts in an unusual way. Its time is simulated, except for
// another port, which is one of a socket.
func TestRestarts(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range []struct {
		name string
		cfg  simdevice.Config
		ok   bool
	}{
		{"at another port", simdevice.Config{RestartNewPort: true}, true},
		{"slowly", simdevice.Config{RestartDelay: time.Minute, RestartTime: 5 * time.Minute}, true},
		{"without login", simdevice.Config{Login: simdevice.LoginNotNecessary, RestartTime: 50 * time.Millisecond}, true},
		{"for ever", simdevice.Config{NeverComesBack: true}, false},
		{"slower than the deadline", simdevice.Config{RestartTime: 8 * time.Minute}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.cfg.Seed = 9
			if tc.cfg.RestartNewPort {
				dev := start(t, tc.cfg)
				d, o := access(dev, tc.cfg), options(t)
				d.URL = dev.PlainURL() // which redirects to wherever TLS is
				if r, err := rekey.Remediate(bounded(t), d, o); err != nil {
					t.Errorf("%v\n%v", err, r)
				}
				return
			}
			inBubble(t, varied(t, tc.cfg), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.Timeouts.Restart = 7 * time.Minute
				r, err := rekey.Remediate(t.Context(), d, o)
				if (err == nil) != tc.ok {
					t.Errorf("%v\n%v", err, r)
				}
				if tc.ok {
					return
				}
				if !slices.Contains(names(dev), "TLS-2021") || !strings.Contains(fmt.Sprint(err), "did not come back") {
					t.Errorf("keys %q, %v", names(dev), err)
				}
				if tc.cfg.NeverComesBack {
					return
				}
				for i := 0; errors.Is(err, syscall.ECONNREFUSED) && i < 100 || i == 0; i++ { // still down
					time.Sleep(10 * time.Second)
					r, err = rekey.Remediate(t.Context(), d, o)
				}
				if err != nil || slices.Contains(names(dev), "TLS-2021") || dev.Restarts() != 1 {
					t.Errorf("second run: %v, keys %q, %d restarts\n%v", err, names(dev), dev.Restarts(), r)
				}
			})
		})
	}
}

// A run that is stopped at any step logs out, and the next one finishes, with
// the state directory and without.
func TestStoppedAnywhere(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	n := 0
	for _, step := range race.Sample("W-4", "G-1", "W-2", "R-1", "R-5", "C-1", "D-1") {
		for _, kind := range []rekey.EventKind{rekey.EventStep, rekey.EventStepDone} {
			for _, lost := range []bool{false, true} {
				if lost && kind == rekey.EventStepDone {
					continue // the next step begins there
				}
				n++
				tried := seeds
				if !*everyFault {
					tried = seeds[n%len(seeds):][:1]
				}
				for _, seed := range tried {
					t.Run(fmt.Sprintf("%s/%s/lost=%v/%d", step, kind, lost, seed), func(t *testing.T) {
						t.Parallel()
						bubble(t, func(t *testing.T) {
							testStopped(t, simdevice.Config{Seed: seed, DetailsWithoutNumbers: seed == 2}, step, kind, lost)
						})
					})
				}
			}
		}
	}
}

func testStopped(t *testing.T, cfg simdevice.Config, step string, kind rekey.EventKind, lost bool) {
	dev := start(t, cfg)
	ctx, cancel := context.WithCancel(bounded(t))
	o := options(t)
	if cfg.DetailsWithoutNumbers {
		o.ConfirmSuccessor = atPanel(t, boundPin(dev))
	}
	o.OnEvent = func(e rekey.Event) {
		if e.Step == step && e.Kind == kind {
			cancel()
		}
	}
	r, err := rekey.Remediate(ctx, access(dev, cfg), o)
	if last := step == "D-1" && kind == rekey.EventStepDone; (err == nil) != last || r == nil {
		t.Fatalf("stopped: %v", err)
	}
	if n := dev.OpenSessions(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
	if lost {
		confirm := o.ConfirmSuccessor
		o = options(t)
		o.ConfirmSuccessor = confirm
	}
	o.OnEvent = nil
	r, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
	now := bound(dev)
	if err != nil || now.Weak {
		t.Errorf("second run: %v\n%v", err, r)
	}
	// Without the journal nobody can say that the old key was ours to delete.
	old := slices.Contains(names(dev), "TLS-2021")
	if n := len(names(dev)); old && !lost || old && n > 4 || !old && n > 3 {
		t.Errorf("keys: %q", names(dev))
	}
}
