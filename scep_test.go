package rekey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/scep"
)

// scepPeer is a SCEP server on loopback.
func scepPeer(t *testing.T, cfg testca.SCEP) (ca *testca.CA, url string) {
	t.Helper()
	ca, err := testca.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	return ca, h.URL + "/scep"
}

// bySCEP has every usage but SIP served by SCEP.
func bySCEP(o *rekey.Options) {
	o.Kind, o.Kinds = rekey.BySCEP, map[keys.Use]rekey.CertificateKind{keys.UseSIP: rekey.SelfSigned}
	o.AssumeTrusted = true
	o.SCEP = &rekey.DeviceSCEP{Timeout: 20 * time.Second}
}

// The device asks its SCEP server for every key but SIP's, with one restart for
// all, or the advisory's way, with a use location and a restart each; the timer
// is put back. // G-7 G-8 G-9
func TestSCEP(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, location := range []bool{false, true} {
		for _, seed := range []uint64{3} {
			t.Run(fmt.Sprintf("location=%v/%d", location, seed), func(t *testing.T) {
				t.Parallel()
				ca, url := scepPeer(t, testca.SCEP{OneTime: []string{"one", "two", "three", "four"}, Pending: 1})
				cfg := full(seed)
				cfg.SCEPURL, cfg.SCEPTimer = url, true
				want := map[string]bool{"TLS": true, "IEEE 802.1X": true, "IPSec": true}
				if location { // one policy: the location [IPSec] does not say which
					cfg.Policies = []remoteuitest.PolicySpec{{Name: "HQ", Key: "hq"}, {Name: "Old", PreShared: true}}
				}
				dev, o := start(t, cfg), options(t)
				bySCEP(o)
				o.SCEP.Location = location
				passwords := []string{"one", "two", "three", "four"}
				o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) {
					next := passwords[0]
					passwords = passwords[1:]
					return rekey.NewSecret(next), nil
				}
				before := dev.Settings()
				r, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				for _, k := range dev.Keys() {
					for _, use := range k.Active {
						if k.Weak || want[use] != (k.Certificate.CheckSignatureFrom(ca.Certificate()) == nil) {
							t.Errorf("%q of %s: weak %v, issued by %s", k.Name, use, k.Weak, k.Certificate.Issuer)
						}
					}
				}
				if now := dev.Settings(); others(now) != others(before) {
					t.Errorf("settings:\n got %+v\nwere %+v", now, before)
				}
				if restarts := map[bool]int{false: 1, true: 4}[location]; r.Restarts != restarts {
					t.Errorf("%d restarts, want %d", r.Restarts, restarts)
				}
				for _, u := range r.Usages {
					if u.Affected && !u.Verified {
						t.Errorf("%+v", u)
					}
				}
			})
		}
	}
}

// Stopped anywhere, it is finished and the timer is as it was. // G-8
func TestSCEPStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	_, url := scepPeer(t, testca.SCEP{})
	cfg := issuedTLS(2)
	cfg.SCEPURL, cfg.SCEPTimer = url, true
	stopEverywhere(t, cfg, 2, bySCEP)
}

// A server that does not want to: the usage is unfinished, nothing else has
// changed, and the timer is on again. // G-8
func TestSCEPRefused(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	unreachable := errors.New("server of another office")
	elsewhere := scep.DeviceSettings{ServerURL: "http://ca.example/scep", Port: "8080"}
	for name, tc := range map[string]struct {
		set     func(*rekey.DeviceSCEP)
		want    error
		touched bool // the timer was off in between
		says    string
	}{
		"wrong challenge": {func(*rekey.DeviceSCEP) {}, keys.ErrPending, true, ""},
		"wrong server":    {func(s *rekey.DeviceSCEP) { s.Check = func(context.Context, string) error { return unreachable } }, unreachable, false, "nothing was changed"},
		"wrong server to be set": {func(s *rekey.DeviceSCEP) {
			s.Server = elsewhere
			s.Check = func(_ context.Context, url string) error { return fmt.Errorf("asked %s: %w", url, unreachable) }
		}, unreachable, false, "asked http://ca.example:8080/scep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := scepPeer(t, testca.SCEP{Challenge: "open sesame"})
			cfg := issuedTLS(1)
			cfg.SCEPURL, cfg.SCEPTimer = url, true
			dev, o := start(t, cfg), options(t)
			bySCEP(o)
			o.SCEP.Timeout = 2 * time.Second
			tc.set(o.SCEP)
			before, changes := dev.Settings(), dev.StateChanges()
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) || (dev.StateChanges() != changes) != tc.touched {
				t.Errorf("%v, %d changes\n%v", err, dev.StateChanges()-changes, r)
			}
			if now := dev.Settings(); now != before {
				t.Errorf("settings:\n got %+v\nwere %+v", now, before)
			}
			if !slices.Equal(names(dev), []string{"Default Key", "TLS-2021"}) || dev.Restarts() != 0 {
				t.Errorf("keys %q, %d restarts", names(dev), dev.Restarts())
			}
		})
	}
}
