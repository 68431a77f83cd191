package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// A name that leads to another printer than when the plan was made: the plan is
// refused before the password is sent, also where nothing but the plan knows
// the device.
func TestAnotherMachine(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, kept := range []bool{false, true} { // the state directory
		t.Run(fmt.Sprintf("state=%v", kept), func(t *testing.T) {
			t.Parallel()
			inBubble(t, full(4), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				if !kept {
					o.Dir = ""
				}
				a, err := rekey.Assess(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				p, err := a.Plan(o)
				if err != nil {
					t.Fatal(err)
				}
				other := inMemory(t, full(5))
				defer other.Close() // in the bubble
				d.DialContext = other.DialContext
				_, err = rekey.Apply(t.Context(), d, p, o)
				if drift, ok := errors.AsType[*rekey.DriftError](err); !ok || !strings.Contains(drift.Error(), "served certificate") {
					t.Errorf("%v", err)
				}
				if n := other.LoginAttempts(); n != 0 || len(other.Log()) != 0 {
					t.Errorf("the other printer got %d logins, %d requests", n, len(other.Log()))
				}
			})
		})
	}
}

// A device that knows itself by another name, or sends to plain HTTP, is not
// followed there.
func TestForeignRedirect(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	cfg := full(4)
	cfg.RedirectHost = "elsewhere.example"
	inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
		var asked []string
		d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			asked = append(asked, addr)
			return dev.DialContext(ctx, network, addr)
		}
		d.URL = dev.PlainURL()
		_, err := rekey.Remediate(t.Context(), d, o)
		foreign, ok := errors.AsType[*remoteui.ForeignHostError](err)
		if !ok || foreign.Target != "elsewhere.example" || dev.LoginAttempts() != 0 {
			t.Errorf("%v, %d logins", err, dev.LoginAttempts())
		}
		for _, addr := range asked {
			if !strings.HasPrefix(addr, "printer.example:") {
				t.Errorf("%s was asked", addr)
			}
		}
	})
}

// What comes back after the restart is not what went down: another printer at
// the address, the old key still, plain HTTP only. No password goes there, and
// nothing is deleted.
func TestComesBackOtherwise(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range []struct {
		name  string
		other simdevice.Config
		want  func(error) bool
	}{
		{"another printer", full(5), func(err error) bool { _, ok := errors.AsType[*remoteui.IdentityError](err); return ok }},
		{"plain HTTP only", simdevice.Config{Seed: 4, PlainHTTPOnly: true}, func(err error) bool { return strings.Contains(fmt.Sprint(err), "did not come back") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := full(4)
				cfg.NeverComesBack = true
				cfg.Errorf, tc.other.Errorf = t.Errorf, t.Errorf
				dev, err := simdevice.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer dev.Close()
				other, err := simdevice.New(tc.other)
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				d, o := access(dev, cfg), &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true}
				down := time.Time{}
				d.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := dev.DialContext(ctx, network, addr)
					switch {
					case err == nil:
						return conn, nil
					case down.IsZero():
						down = time.Now()
					case time.Since(down) > time.Minute:
						return other.DialContext(ctx, network, addr)
					}
					return nil, err
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if err == nil || !tc.want(err) {
					t.Errorf("%v\n%v", err, r)
				}
				if n := other.LoginAttempts(); n != 0 {
					t.Errorf("%d logins at what came back", n)
				}
				if len(dev.Keys()) != len(cfg.Keys)+5 {
					t.Errorf("keys %q", names(dev))
				}
			})
		})
	}
}

// A device whose clock is years off is remediated, and told of. The certificates
// begin by its own clock.
func TestClockOff(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, years := range []int{-15, 12} {
		t.Run(fmt.Sprint(years), func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.Now = func() time.Time { return time.Now().AddDate(years, 0, 0) }
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				if years < -10 { // what it makes has expired by every other clock
					changes := dev.StateChanges()
					r, err := rekey.Remediate(t.Context(), d, o)
					if !errors.Is(err, rekey.ErrUnfinished) || !strings.Contains(err.Error(), "set date and time") || bound(dev).Generated {
						t.Errorf("%v, %d changes\n%v", err, dev.StateChanges()-changes, r)
					}
					o.IgnoreClock = true
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if err != nil || !strings.Contains(r.String(), "clock") {
					t.Errorf("%v\n%v", err, r)
				}
				for _, k := range dev.Keys() {
					if k.Weak {
						t.Errorf("%q is weak", k.Name)
					}
					clock := cfg.Now()
					if len(k.Active) > 0 && k.Generated && (clock.Before(k.Certificate.NotBefore) || clock.After(k.Certificate.NotAfter)) {
						t.Errorf("%q is valid %v to %v, and the device's clock says %v", k.Name, k.Certificate.NotBefore, k.Certificate.NotAfter, clock)
					}
				}
			})
		})
	}
}
