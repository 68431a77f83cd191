package acceptance_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
)

// A panic in a callback of the caller's goes through, but not without logging
// out and letting the lock go: the next run finishes the work at once.
func TestPanicInCallback(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		name string
		set  func(*testing.T, *simdevice.Config, *rekey.Options) // a callback that panics
	}{
		{"OnEvent", func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) {
			o.OnEvent = func(e rekey.Event) {
				if e.Step == "R-1" {
					panic("OnEvent")
				}
			}
		}},
		{"Approve", func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) {
			o.Approve = func(*rekey.Plan) error { panic("Approve") }
		}},
		{"Distribute", func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) {
			o.Distribute = func(context.Context, rekey.Distribution) error { panic("Distribute") }
		}},
		{"Verify", func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) {
			o.Verify = func(context.Context, rekey.Verification) error { panic("Verify") }
		}},
		{"Issuer", func(t *testing.T, _ *simdevice.Config, o *rekey.Options) {
			ca := newIssuer(t)
			ca.answer = func(*x509.CertificateRequest) ([]*x509.Certificate, error) { panic("Issuer") }
			o.Kind, o.Issuer = rekey.ByCSR, ca
		}},
		{"Challenge", func(t *testing.T, cfg *simdevice.Config, o *rekey.Options) {
			scepPeer(t, cfg, testca.SCEP{})
			bySCEP(o)
			o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) { panic("Challenge") }
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg, o := twoUsages(4), options(t)
				tc.set(t, &cfg, o)
				dev := start(t, cfg)
				o.AssumeTrusted = o.Distribute == nil
				d := access(dev, cfg)
				if told := panics(func() { _, _ = rekey.Remediate(bounded(t), d, o) }); told != tc.name {
					t.Fatalf("panicked with %q", told)
				}
				if n := dev.OpenSessions(); n != 0 {
					t.Errorf("%d sessions left open", n)
				}
				again := options(t)
				again.Dir, again.AssumeTrusted, again.Kind = o.Dir, true, rekey.SelfSigned
				if tc.name == "Issuer" {
					again.Kind, again.Issuer = rekey.ByCSR, newIssuer(t)
				}
				if r, err := rekey.Remediate(bounded(t), d, again); err != nil {
					t.Errorf("%v\n%v", err, r)
				}
				for _, k := range dev.Keys() {
					if k.Weak {
						t.Errorf("%q is weak", k.Name)
					}
				}
			})
		})
	}
}

// panics returns what a function panics with.
func panics(do func()) (told string) {
	defer func() { told = fmt.Sprint(recover()) }()
	do()
	return ""
}

// twoUsages is a device with weak keys in TLS and IEEE 802.1X.
func twoUsages(seed uint64) simdevice.Config {
	return simdevice.Config{Seed: seed, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
	}}
}

// Whichever event it is that OnEvent panics at, also one of logging in, no session
// is left open.
func TestPanicAtEveryEvent(t *testing.T) {
	t.Parallel()
	for at, done := 1, false; !done; at++ {
		dev := &hostile.Device{}
		dev.Start()
		seen := 0
		d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}
		told := panics(func() {
			_, _ = rekey.Assess(bounded(t), d, &rekey.Options{OnEvent: func(e rekey.Event) {
				if seen++; seen == at {
					panic("OnEvent")
				}
			}})
		})
		if n := dev.Sessions.Load(); n != 0 {
			t.Errorf("%d sessions left open after event %d", n, at)
		}
		if done = told != "OnEvent"; done && at < 4 {
			t.Errorf("%d events: %s", at, told)
		}
		dev.Close()
	}
}
