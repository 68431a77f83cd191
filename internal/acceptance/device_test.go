package acceptance_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// seeds under which every behaviour is tested: the simulated device draws from
// them all names that nobody has published.
var seeds = []uint64{1, 2, 3}

// tooSlowForRace skips a test that runs a device through many procedures under the
// race detector: others of its file go through the same code.
func tooSlowForRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("too many procedures for the race detector")
	}
}

// needsFastScripts skips a test where the race detector watches the engine of
// scripts, too, which .ci/run leaves out, and in short runs with it: together these
// tests take more than ten minutes then. CONTRIBUTING.md has the command for all.
func needsFastScripts(t *testing.T) {
	t.Helper()
	if race.Enabled && testing.Short() {
		t.Skip("too long for a short run with the race detector")
	}
	if race.SlowScripts {
		t.Skip("page scripts run a hundred times slower under the race detector, unless it is kept from them: see .ci/run")
	}
}

// start runs a simulated device on loopback and fails the test for whatever it
// finds wrong.
func start(t *testing.T, cfg simdevice.Config) *simdevice.Device {
	t.Helper()
	if cfg.Errorf == nil {
		cfg.Errorf = t.Errorf
	}
	dev, err := simdevice.New(varied(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	return dev
}

// access is how the tests reach a simulated device.
func access(dev *simdevice.Device, cfg simdevice.Config) rekey.Device {
	d := rekey.Device{URL: dev.URL(), Password: rekey.NewSecret("7654321"), TrustOnFirstUse: true}
	switch cfg.Login {
	case simdevice.LoginUserName, simdevice.LoginRSAChallenge:
		d.UserName = "7654321"
	case simdevice.LoginNotNecessary:
		d.Password = rekey.Secret{}
	case simdevice.LoginPIN:
	default:
		d.DepartmentID = "7654321"
	}
	return d
}

// atPanel is a person who compares fingerprints at the device, whose key is given
// by its pin or in hex.
func atPanel(t *testing.T, key func() string) func(context.Context, rekey.Successor) error {
	return func(_ context.Context, s rekey.Successor) error {
		if k := key(); k != s.Pin.String() && k != hex.EncodeToString(s.Pin[:]) {
			t.Errorf("asked about %+v, the device has %s", s, k)
		}
		return nil
	}
}

func boundPin(dev *simdevice.Device) func() string {
	return func() string { return remoteui.HashSPKI(bound(dev).Certificate).String() }
}

// options keep state in a directory of the test and look often at a simulated
// device that restarts or makes a key; on a busy machine it may take its time.
func options(t *testing.T) *rekey.Options {
	t.Helper()
	return &rekey.Options{
		Dir: t.TempDir(), Timeouts: rekey.Timeouts{Poll: 20 * time.Millisecond, Request: time.Minute, Restart: 2 * time.Minute, Generate: 2 * time.Minute},
		OnEvent: func(e rekey.Event) { t.Logf("%-9s %-4s %s", e.Kind, e.Step, e.Text) },
	}
}

// bound returns the key in effect for TLS.
func bound(dev *simdevice.Device) simdevice.KeyState {
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, "TLS") {
			return k
		}
	}
	return simdevice.KeyState{}
}

func names(dev *simdevice.Device) []string {
	var all []string
	for _, k := range dev.Keys() {
		all = append(all, k.Name)
	}
	return all
}

// bounded bounds a test that talks to a device, by far more than it takes on a
// busy machine.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 6*time.Minute, fmt.Errorf("test took too long"))
	t.Cleanup(cancel)
	return ctx
}
