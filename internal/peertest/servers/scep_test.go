package servers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/scep"
)

// Both ways of SCEP, against both servers, with the right and a wrong
// challenge; OpenSSL verifies every message and opens every request. // G-4 G-5 G-7
func TestSCEP(t *testing.T) {
	t.Parallel()
	servers := map[string]func(*testing.T, string) *peer{
		"micromdm": micromdm,
		"step-ca": func(t *testing.T, challenge string) *peer {
			if challenge == "" {
				return theStepCA(t).scep(t, "open")
			}
			return theStepCA(t).scep(t, "closed")
		},
	}
	for _, tc := range []struct {
		name            string
		byDevice        bool
		wanted, given   string // challenge that the server wants, and that it gets
		fails           string // part of the error; empty: it works
		requests, least int    // messages to the server, answers from it at least
	}{
		{"CSR, no challenge wanted", false, "", "", "", 1, 1},
		// The challenge is in the CSR, and no device puts one there. The server
		// cannot tell that beforehand; its refusal is explained.
		{"CSR, challenge wanted", false, challengePassword, "", "challenge", 1, 1},
		{"device, no challenge wanted", true, "", "", "", 1, 1},
		{"device, right challenge", true, challengePassword, challengePassword, "", 1, 1},
		{"device, wrong challenge", true, challengePassword, "wrong-challenge", "The server refused the request", 1, 1},
		{"device, no challenge", true, challengePassword, "", "The server refused the request", 1, 1},
	} {
		for name, start := range servers {
			t.Run(tc.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := start(t, tc.wanted)
				cfg, o := simdevice.Config{Seed: 2, Language: "en"}, options(t)
				o.Kind, o.Issuer = rekey.ByCSR, nil
				if tc.byDevice {
					bySCEP(o, &cfg, p, tc.given)
					if tc.fails != "" {
						o.SCEP.Timeout = 5 * time.Second // no page is known to say that it failed
					}
				} else {
					o.Issuer = client(t, p)
				}
				dev := device(t, cfg, "TLS")
				r, err := rekey.Remediate(bounded(t), access(dev), o)
				k := active(t, dev, "TLS")
				switch {
				case tc.fails == "" && (err != nil || k.Weak || k.Certificate.CheckSignatureFrom(p.ca) != nil):
					t.Errorf("%v\n%v", err, r)
				case tc.fails != "" && (err == nil || !strings.Contains(err.Error(), tc.fails) || !k.Weak):
					t.Errorf("error %v, want %q; TLS has %q\n%v", err, tc.fails, k.Name, r)
				}
				for _, secret := range []string{challengePassword, "wrong-challenge"} {
					if text := fmt.Sprintf("%v %+v", err, r); strings.Contains(text, secret) {
						t.Errorf("the challenge is in the report: %s", text)
					}
				}
				requests, replies := p.judge(t)
				if requests < tc.requests || replies < tc.least {
					t.Errorf("OpenSSL judged %d requests and %d answers", requests, replies)
				}
				t.Logf("OpenSSL judged %d requests and %d answers; error: %v", requests, replies, err)
			})
		}
	}
}

// What is wrong with a CA is found out before the device is touched, and said
// so that something can be done about it. // G-5
func TestPreflight(t *testing.T) {
	t.Parallel()
	s := theStepCA(t)
	closed := httptest.NewServer(nil)
	closed.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><title>Network Device Enrollment Service</title></html>")
	}))
	t.Cleanup(page.Close)
	wrongPin := strings.Repeat("ab", 32)
	withSCEP := func(url, pin string) func(*rekey.Options) error {
		return func(o *rekey.Options) (err error) {
			o.Issuer, err = scep.NewClient(url, &scep.ClientOptions{Fingerprint: pin})
			return err
		}
	}
	pin := scep.Fingerprints(s.intermediate).SHA256
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	withACME := func(directory string, roots *x509.CertPool) func(*rekey.Options) error {
		return func(o *rekey.Options) (err error) {
			o.Issuer, err = issuer.NewACME(caserver.ACME{DirectoryURL: directory, Key: account, Roots: roots, HTTP01: caserver.ACMESolver{
				Present: func(context.Context, caserver.ACMEChallenge) error { return errors.New("a certificate was ordered") },
			}})
			return err
		}
	}
	for _, tc := range []struct {
		name string
		set  func(*rekey.Options) error
		want string
	}{
		{"SCEP, wrong pin", withSCEP("http://"+s.http+"/scep/open", wrongPin), "none of the server's certificates has the fingerprint given"},
		{"SCEP, no such provisioner", withSCEP("http://"+s.http+"/scep/nonesuch", pin), "provisioner nonesuch not found\": check the URL"},
		{"SCEP, down", withSCEP(closed.URL+"/scep", pin), "check that the server runs"},
		{"SCEP, a web page", withSCEP(page.URL+"/certsrv/mscep_admin/", pin), "page"},
		{"step-ca, wrong pin", func(o *rekey.Options) (err error) {
			o.Issuer, err = issuer.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: wrongPin, Provisioner: "fleet", Key: s.provisioner})
			return err
		}, "is it the fingerprint of this CA's root certificate?"},
		{"SCEP, no such path", withSCEP(micromdm(t, "").url+"/elsewhere", pin), "check the URL"},
		{"step-ca, down", func(o *rekey.Options) (err error) {
			o.Issuer, err = issuer.NewStepCA(caserver.StepCA{URL: strings.Replace(closed.URL, "http:", "https:", 1), Fingerprint: s.fingerprint(), Provisioner: "fleet", Key: s.provisioner})
			return err
		}, "check that the CA runs"},
		{"step-ca, key of another provisioner", func(o *rekey.Options) (err error) {
			o.Issuer, err = issuer.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: s.fingerprint(), Provisioner: "fleet", Key: account})
			return err
		}, "with the key"},
		{"ACME, no such provisioner", withACME("https://"+s.https+"/acme/nonesuch/directory", s.roots()), "is this the address of an ACME directory?"},
		{"ACME, root not known", withACME("https://"+s.https+"/acme/acme/directory", x509.NewCertPool()), "give the CA's root certificate"},
		{"ACME, down", withACME(strings.Replace(closed.URL, "http:", "https:", 1)+"/acme/acme/directory", s.roots()), "check that the CA runs"},
		{"step-ca, no such provisioner", func(o *rekey.Options) (err error) {
			o.Issuer, err = issuer.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: s.fingerprint(), Provisioner: "nonesuch", Key: s.provisioner})
			return err
		}, "nonesuch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Kind = rekey.ByCSR
			if err := tc.set(o); err != nil {
				t.Fatal(err)
			}
			dev := device(t, simdevice.Config{Seed: 3}, "TLS")
			before := dev.StateChanges()
			r, err := rekey.Remediate(bounded(t), access(dev), o)
			if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), tc.want) || dev.StateChanges() != before {
				t.Errorf("%v, %d changes\n%v", err, dev.StateChanges()-before, r)
			}
			t.Log(err)
		})
	}
}
