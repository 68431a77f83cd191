package usage_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

func open(t *testing.T, cfg simdevice.Config) (*simdevice.Device, *remoteui.Session) {
	t.Helper()
	cfg.Errorf = t.Errorf
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return dev, s
}

func twoKeys() []simdevice.KeySpec {
	return []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key"},
		{Name: "old", Weak: true, Uses: []string{"TLS"}}, {Name: "new", CommonName: "printer.example"},
	}
}

// The keys that cannot serve TLS are refused before anything is asked. // R-6
func TestBindTLSRefuses(t *testing.T) {
	t.Parallel()
	dev, s := open(t, simdevice.Config{Keys: twoKeys()})
	before := len(dev.Log())
	for _, name := range []string{"AMS", "Device Signature Key"} {
		if _, err := usage.BindTLS(t.Context(), s, name); err == nil || !strings.Contains(err.Error(), "R-6") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if n := len(dev.Log()); n != before {
		t.Errorf("%d requests were made", n-before)
	}
	if _, err := usage.BindTLS(t.Context(), s, "nobody"); err == nil || dev.StateChanges() != 0 {
		t.Errorf("a key that is not there: %v", err)
	}
}

// A binding changes one thing, is in effect after the restart, and is proved
// by a handshake. [Default Key] may be chosen too. // R-1 R-5 C-1
func TestBindRestartProve(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, 3} {
		for _, name := range []string{"new", "Default Key"} {
			dev, s := open(t, simdevice.Config{Seed: seed, Keys: twoKeys()})
			before, err := usage.ReadTLS(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			settings := dev.Settings()
			if _, err := usage.BindTLS(t.Context(), s, name); err != nil {
				t.Fatalf("%d/%s R-1: %v", seed, name, err)
			}
			settings.TLSKey, settings.Pending = name, true
			if got := dev.Settings(); got != settings {
				t.Errorf("%d/%s R-1: settings %+v, want %+v", seed, name, got, settings)
			}
			details, err := keys.ReadDetails(t.Context(), s, name)
			if err != nil {
				t.Fatal(err)
			}
			old := proof.Key{Device: proof.DeviceOf(s.URL()), Name: "old", Fingerprint: usage.Fingerprint(s.Certificate())}
			if p, err := usage.ProveTLS(t.Context(), s, old, details, "printer.example", time.Now()); err == nil {
				t.Errorf("%d/%s R-5: proved before the restart: %v", seed, name, p.Match)
			}
			if err := usage.Restart(t.Context(), s, usage.RestartOptions{Timeout: 20 * time.Second, Interval: 20 * time.Millisecond, Successor: details.Recognise("printer.example")}); err != nil {
				t.Fatalf("%d/%s R-5: %v", seed, name, err)
			}
			p, err := usage.ProveTLS(t.Context(), s, old, details, "printer.example", time.Now())
			if err != nil || !p.InUse.Valid() || p.InUse.Successor().Name != name || p.InUse.Grade() != proof.Served {
				t.Errorf("%d/%s C-1: %+v, %v", seed, name, p, err)
			}
			now, err := usage.ReadTLS(t.Context(), s)
			if err != nil || len(before.Changes(now, "old", name)) != 0 {
				t.Errorf("%d/%s R-1: %v, %v", seed, name, before.Changes(now, "old", name), err)
			}
			if i := slices.IndexFunc(dev.Keys(), func(k simdevice.KeyState) bool { return k.Name == name }); !slices.Contains(dev.Keys()[i].Active, "TLS") {
				t.Errorf("%d/%s: %+v", seed, name, dev.Keys())
			}
		}
	}
}

// A read-only session presses nothing.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	cfg := simdevice.Config{Keys: twoKeys(), Errorf: t.Errorf}
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true}, ReadOnly: true,
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	if _, err := usage.BindTLS(t.Context(), s, "new"); err == nil || dev.StateChanges() != 0 {
		t.Errorf("bound in a read-only session: %v", err)
	}
	if err := usage.Restart(t.Context(), s, usage.RestartOptions{}); err == nil || dev.Restarts() != 0 {
		t.Errorf("restarted in a read-only session: %v", err)
	}
}

// A device that says it is busy has not stored the choice: it is made again, for
// a while.
func TestBindTLSBusy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method              string
		skip, times, chosen int
	}{"twice": {"POST", 0, 2, 3}, "for ever": {"POST", 0, -1, 9}, "when it is read": {"GET", 1, 1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				chosen := 0
				dev, s := open(t, simdevice.Config{Keys: twoKeys(), Faults: []simdevice.Fault{{
					Kind: simdevice.FaultBusy, Page: simdevice.PageTLSKeys, Count: c.times, Skip: c.skip,
					Match: func(r *http.Request) bool { return r.Method == c.method },
				}}})
				_, err := usage.BindTLS(t.Context(), s, "new")
				for _, e := range dev.Log() {
					if e.Page == simdevice.PageTLSKeys && e.Method == "POST" {
						chosen++
					}
				}
				if chosen != c.chosen {
					t.Errorf("chosen %d times, want %d", chosen, c.chosen)
				}
				refused, is := errors.AsType[*remoteui.RefusedError](err)
				switch {
				case c.times < 0 && (!is || !refused.Busy()), c.times > 0 && (err != nil || dev.Settings().TLSKey != "new"):
					t.Errorf("%v; TLS has %q", err, dev.Settings().TLSKey)
				}
			})
		})
	}
}

// A device that had forgotten the session when it was told to restart refuses the
// stranger, and not the restart.
func TestRestartForgotten(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dev, s := open(t, simdevice.Config{Seed: seed, Keys: twoKeys(), RestartTime: time.Minute, Faults: []simdevice.Fault{{
					Kind: simdevice.FaultExpireSession, Page: simdevice.PageApply,
				}}})
				if _, err := usage.BindTLS(t.Context(), s, "new"); err != nil {
					t.Fatal(err)
				}
				details, err := keys.ReadDetails(t.Context(), s, "new")
				if err != nil {
					t.Fatal(err)
				}
				if err := usage.Restart(t.Context(), s, usage.RestartOptions{Successor: details.Recognise("printer.example")}); err != nil {
					t.Fatal(err)
				}
				if n := dev.Restarts(); n != 1 {
					t.Errorf("%d restarts", n)
				}
			})
		})
	}
}
