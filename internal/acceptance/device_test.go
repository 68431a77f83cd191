package acceptance_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// bubbles are the tests that run in one.
var bubbles sync.Map

// bubble runs a test in a bubble of testing/synctest, on a clock that jumps, from the
// present on: its devices are in memory, and what they take their time for takes none.
// Where a test is about sockets, processes or the time that scripts compute, it is not
// for that.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	now := time.Now().Round(0)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now))
		bubbles.Store(t, nil)
		defer bubbles.Delete(t)
		test(t)
	})
}

func bubbled(t *testing.T) bool {
	_, is := bubbles.Load(t)
	return is
}

// start runs a simulated device, on loopback unless the test is in a bubble, and
// fails the test for whatever it finds wrong.
func start(t *testing.T, cfg simdevice.Config) *simdevice.Device {
	t.Helper()
	if cfg.Errorf == nil {
		cfg.Errorf = t.Errorf
	}
	if !bubbled(t) && cfg.RestartTime == 0 {
		cfg.RestartTime = time.Second // who misses an absence, on a busy machine, waits a minute for it
	}
	dev, err := simdevice.New(varied(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	if bubbled(t) {
		return dev
	}
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	return dev
}

// access is how the tests reach a simulated device.
func access(dev *simdevice.Device, cfg simdevice.Config) rekey.Device {
	d := rekey.Device{URL: dev.URL(), Password: rekey.NewSecret("7654321"), TrustOnFirstUse: true}
	if !dev.Started() {
		d.DialContext = dev.DialContext
	}
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

// options keep state in a directory of the test. On the real clock they look often
// at a simulated device that restarts or makes a key, and on a busy machine it may take
// its time; in a bubble they are what programs use that set none.
func options(t *testing.T) *rekey.Options {
	t.Helper()
	o := &rekey.Options{Dir: t.TempDir(), OnEvent: func(e rekey.Event) { t.Logf("%-9s %-4s %s", e.Kind, e.Step, e.Text) }}
	if !bubbled(t) {
		o.Timeouts = rekey.Timeouts{Poll: 20 * time.Millisecond, Request: time.Minute, Restart: 2 * time.Minute, Generate: 2 * time.Minute}
	}
	return o
}

// wrong is a password that no test has sent to any device before: a process remembers
// what was refused, and devices in memory all look alike.
func wrong() rekey.Secret { return rekey.NewSecret(fmt.Sprint("wrong", wrongs.Add(1))) }

var wrongs atomic.Int64

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
// busy machine, or the device by its own clock.
func bounded(t *testing.T) context.Context {
	t.Helper()
	most := 6 * time.Minute
	if bubbled(t) {
		most = 3 * time.Hour
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), most, fmt.Errorf("test took too long"))
	t.Cleanup(cancel)
	return ctx
}
