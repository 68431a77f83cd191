package rekey_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/strangers/advfleet"
	"github.com/rekey-go/rekey/internal/strangers/smallfleet"
	"github.com/rekey-go/rekey/remoteui"
)

// stranger is a device of one of the packages below internal/strangers.
type stranger interface {
	Start() error
	Close()
	URL() string
	Violations() []string
	OpenSessions() int
	Restarts() int
}

// strangerKey is a key of theirs.
type strangerKey struct {
	Name string
	Uses []string
	SPKI string
	Weak bool
}

type strangerCase struct {
	name                   string
	make                   func() stranger
	user, deptID, password string
	keys                   func(stranger) []strangerKey
}

func strangers() []strangerCase {
	var all []strangerCase
	for _, name := range advfleet.Names() {
		c := advfleet.New(name, advfleet.Config{}).Credentials()
		all = append(all, strangerCase{
			name, func() stranger { return advfleet.New(name, advfleet.Config{}) }, c.UserName, c.DepartmentID, c.Password,
			func(s stranger) (ks []strangerKey) {
				for _, k := range s.(*advfleet.Device).Keys() {
					ks = append(ks, strangerKey(k))
				}
				return ks
			},
		})
	}
	for _, name := range smallfleet.Names() {
		c := smallfleet.New(name, smallfleet.Config{}).Credentials()
		all = append(all, strangerCase{
			name, func() stranger { return smallfleet.New(name, smallfleet.Config{}) }, c.UserName, c.DepartmentID, c.Password,
			func(s stranger) (ks []strangerKey) {
				for _, k := range s.(*smallfleet.Device).Keys() {
					ks = append(ks, strangerKey(k))
				}
				return ks
			},
		})
	}
	return all
}

func (tc *strangerCase) start(t *testing.T) (stranger, rekey.Device, *rekey.Options) {
	t.Helper()
	dev := tc.make()
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := dev.OpenSessions(); n != 0 {
			t.Errorf("%d sessions left open", n)
		}
		dev.Close()
		for _, v := range dev.Violations() {
			t.Error(v)
		}
	})
	o := options(t)
	o.AssumeTrusted, o.Kind = true, rekey.SelfSigned
	return dev, rekey.Device{
		URL: dev.URL(), UserName: tc.user, DepartmentID: tc.deptID, Password: rekey.NewSecret(tc.password), TrustOnFirstUse: true,
	}, o
}

// finished holds a device to the end: no weak key, no key of ours in no use, and
// every usage that had a key has one.
func (tc *strangerCase) finished(t *testing.T, dev stranger, before []strangerKey) {
	t.Helper()
	after := tc.keys(dev)
	for _, k := range after {
		if k.Weak || strings.HasPrefix(k.Name, "rk") && len(k.Uses) == 0 {
			t.Errorf("%+v", k)
		}
	}
	for _, was := range before {
		for _, use := range was.Uses {
			if !slices.ContainsFunc(after, func(k strangerKey) bool { return slices.Contains(k.Uses, use) }) {
				t.Errorf("%s has no key", use)
			}
		}
	}
}

// Devices by people who had the published facts and the advisory, and had
// never seen this library, its simulated device or each other's work: every
// usage of theirs is done as well. What a device finds wrong it tells by itself.
func TestStrangers(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range strangers() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev, d, o := tc.start(t)
			before := tc.keys(dev)
			if r, err := rekey.Remediate(bounded(t), d, o); err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			tc.finished(t, dev, before)
			if again, err := rekey.Remediate(bounded(t), d, o); err != nil || len(again.Steps) != 0 {
				t.Errorf("second run: %v\n%v", err, again)
			}
		})
	}
}

// The same, stopped before the restart: some lists show what is in effect, and
// some what was stored, and no key is made twice on either.
func TestStrangersStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range strangers() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev, d, o := tc.start(t)
			before := tc.keys(dev)
			stopAt(t, d, o, "R-5")
			made := len(tc.keys(dev))
			o.OnEvent = func(e rekey.Event) {
				if e.Step == "R-5" && e.Kind == rekey.EventStep {
					if n := len(tc.keys(dev)); n != made {
						t.Errorf("%d keys, and there were %d", n, made)
					}
				}
			}
			if r, err := rekey.Remediate(bounded(t), d, o); err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			tc.finished(t, dev, before)
		})
	}
}

// A wrong password is sent once, whatever the form and the way of saying no.
func TestStrangersWrongPassword(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range strangers() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, d, o := tc.start(t)
			d.Password = rekey.NewSecret("8765432")
			for range 2 {
				_, err := rekey.Remediate(bounded(t), d, o)
				if _, ok := errors.AsType[*remoteui.LoginError](err); !ok {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// Certificates of a CA, by CSR: for all usages that take one.
func TestStrangersCSR(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, tc := range strangers() {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev, d, o := tc.start(t)
			before := tc.keys(dev)
			o.Kind, o.Issuer = rekey.ByCSR, newIssuer(t)
			if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			tc.finished(t, dev, before)
		})
	}
}
