package acceptance_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/strangers/advfleet"
	"github.com/rekey-go/rekey/internal/strangers/smallfleet"
	"github.com/rekey-go/rekey/remoteui"
)

// fleets make devices of the packages below internal/strangers, by name.
func fleets() map[string]func() devicetest.Device {
	all := map[string]func() devicetest.Device{}
	for _, name := range advfleet.Names() {
		all[name] = func() devicetest.Device { return advfleet.New(name, advfleet.Config{}) }
	}
	for _, name := range smallfleet.Names() {
		all[name] = func() devicetest.Device { return smallfleet.New(name, smallfleet.Config{}) }
	}
	return all
}

// metStranger is a stranger that is running, and how to reach it.
type metStranger struct {
	keys   func() []devicetest.KeyState
	before []devicetest.KeyState
	d      rekey.Device
	o      *rekey.Options
}

// offTheNetwork runs a test with a device in a bubble: some want much time between
// requests. With a wrong password, which takes least
// time, all are on the network.
func offTheNetwork(t *testing.T, open func() devicetest.Device, onNetwork bool, test func(*testing.T, devicetest.Device, func(context.Context, string, string) (net.Conn, error))) {
	t.Helper()
	if onNetwork {
		test(t, open(), nil)
		return
	}
	bubble(t, func(t *testing.T) {
		dev := open()
		dev.InMemory()
		test(t, dev, dev.DialContext)
	})
}

// withStrangers runs a test on each of them. What a device finds wrong it tells
// by itself.
func withStrangers(t *testing.T, onNetwork bool, test func(*testing.T, *metStranger)) {
	tooSlowForRace(t)
	t.Parallel()
	for name, open := range fleets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			offTheNetwork(t, open, onNetwork, func(t *testing.T, dev devicetest.Device, dial func(context.Context, string, string) (net.Conn, error)) {
				if err := dev.Start(); err != nil {
					t.Fatal(err)
				}
				o := options(t)
				o.AssumeTrusted, o.Kind = true, rekey.SelfSigned
				login := dev.Credentials()
				test(t, &metStranger{dev.Keys, dev.Keys(), rekey.Device{
					URL: dev.URL(), UserName: login.UserName, DepartmentID: login.DepartmentID, Password: rekey.NewSecret(login.Password), TrustOnFirstUse: true, DialContext: dial,
				}, o})
				if n := dev.OpenSessions(); n != 0 {
					t.Errorf("%d sessions left open", n)
				}
				dev.Close()
				for _, v := range dev.Violations() {
					t.Error(v)
				}
			})
		})
	}
}

// finish remediates a device and holds it to the end: no weak key, no key of
// ours in no use, and every usage that had a key has one.
func (m *metStranger) finish(ctx context.Context, t *testing.T) {
	t.Helper()
	if r, err := rekey.Remediate(ctx, m.d, m.o); err != nil {
		t.Errorf("%v\n%v", err, r)
	}
	after := m.keys()
	for _, k := range after {
		if k.Weak || strings.HasPrefix(k.Name, "rk") && len(k.Uses) == 0 {
			t.Errorf("%+v", k)
		}
	}
	for _, was := range m.before {
		for _, use := range was.Uses {
			if !slices.ContainsFunc(after, func(k devicetest.KeyState) bool { return slices.Contains(k.Uses, use) }) {
				t.Errorf("%s has no key", use)
			}
		}
	}
}

// Devices by people who had the published facts and the advisory, and had
// never seen this library, its simulated device or each other's work: every
// usage of theirs is done as well. As one of a fleet each is content with the memory that
// usual devices are given.
func TestStrangers(t *testing.T) {
	withStrangers(t, false, func(t *testing.T, m *metStranger) {
		m.finish(bounded(t), t)
		log := m.o.OnEvent
		m.o.OnEvent = func(e rekey.Event) {
			if log(e); strings.Contains(e.Text, moreMemory) {
				t.Error(e.Text)
			}
		}
		for again, err := range rekey.RemediateAll(bounded(t), sequence([]rekey.Device{m.d}), &rekey.FleetOptions{Options: m.o, MemoryLimit: memoryLimit}) {
			if err != nil || len(again.Steps) != 0 {
				t.Errorf("second run: %v\n%v", err, again)
			}
		}
	})
}

// The same, stopped before the restart: some lists show what is in effect, and
// some what was stored, and no key is made twice on either.
func TestStrangersStopped(t *testing.T) {
	withStrangers(t, false, func(t *testing.T, m *metStranger) {
		stopAt(t, m.d, m.o, "R-5")
		made := len(m.keys())
		m.o.OnEvent = func(e rekey.Event) {
			if e.Step == "R-5" && e.Kind == rekey.EventStep {
				if n := len(m.keys()); n != made {
					t.Errorf("%d keys, and there were %d", n, made)
				}
			}
		}
		m.finish(bounded(t), t)
	})
}

// A wrong password is sent once, whatever the form and the way of saying no.
func TestStrangersWrongPassword(t *testing.T) {
	withStrangers(t, true, func(t *testing.T, m *metStranger) {
		m.d.Password = rekey.NewSecret("8765432")
		for range 2 {
			_, err := rekey.Remediate(bounded(t), m.d, m.o)
			if _, ok := errors.AsType[*remoteui.LoginError](err); !ok {
				t.Errorf("%v", err)
			}
		}
	})
}

// Certificates of a CA, by CSR: for all usages that take one.
func TestStrangersCSR(t *testing.T) {
	withStrangers(t, false, func(t *testing.T, m *metStranger) {
		m.o.Kind, m.o.Issuer = rekey.ByCSR, newIssuer(t)
		m.finish(t.Context(), t) // one of them wants much time between requests
	})
}
