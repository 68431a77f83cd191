package servers

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/micromdm/scep/v2/depot"
	"github.com/smallstep/scep/x509util"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

// scepPeer is a server of either make; an empty challenge wants none.
func scepPeer(t *testing.T, name, challenge string) *peer {
	t.Helper()
	switch {
	case name == "micromdm":
		return micromdm(t, challenge)
	case challenge == "":
		return theStepCA(t).scep(t, "open")
	}
	return theStepCA(t).scep(t, "closed")
}

// withChallenge is a request as a device would make it that puts a challenge
// password in; empty: none.
func withChallenge(t *testing.T, password string) *x509.CertificateRequest {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509util.CreateCertificateRequest(rand.Reader, &x509util.CertificateRequest{
		CertificateRequest: x509.CertificateRequest{Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}}, ChallengePassword: password,
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// A challenge password in a request: the right one, a wrong one, none, and one
// that nobody asked for. Refusals are the server's, explained where a password
// is missing, and never show it.
func TestChallengeInRequest(t *testing.T) {
	t.Parallel()
	const wrong = "wrong-challenge"
	for _, tc := range []struct {
		name          string
		wanted, given string
		refused       []string // by these servers
	}{
		{"none wanted", "", "", nil},
		{"right", challengePassword, challengePassword, nil},
		{"wrong", challengePassword, wrong, []string{"micromdm", "step-ca"}},
		{"missing", challengePassword, "", []string{"micromdm", "step-ca"}},
		// step-ca compares with the empty one that it is configured with.
		{"unwanted", "", wrong, []string{"step-ca"}},
	} {
		for _, name := range []string{"micromdm", "step-ca"} {
			t.Run(tc.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := scepPeer(t, name, tc.wanted)
				csr := withChallenge(t, tc.given)
				got, err := agent(t, p).Issue(bounded(t), csr)
				failure, isFailure := errors.AsType[*scep.FailureError](err)
				switch refused := strings.Contains(fmt.Sprint(tc.refused), name); {
				case !refused && err != nil:
					t.Fatal(err)
				case !refused:
					newOpenSSL(t).verify(got[0], host, p.root, p.ca)
				case !isFailure || failure.Info != scep.BadRequest || failure.NoChallenge != (tc.given == ""):
					t.Errorf("%v", err)
				case strings.Contains(err.Error(), "has no challenge password") != (tc.given == ""):
					t.Errorf("it is not said what can be done: %v", err)
				}
				for _, secret := range []string{challengePassword, wrong} {
					if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
						t.Errorf("the challenge is in the error: %v", err)
					}
				}
				if requests, replies := p.judge(t); requests == 0 || requests != replies && err == nil {
					t.Errorf("OpenSSL judged %d requests and %d answers", requests, replies)
				}
				t.Logf("%s: %v", name, err)
			})
		}
	}
}

// Neither server knows GetCRL: that is an error that says so, no crash. // RFC 8894, 3.3.5
func TestNoCRL(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"micromdm", "step-ca"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scepPeer(t, name, "")
			c := client(t, p)
			got, err := c.Issue(bounded(t), withChallenge(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.CRL(bounded(t), got[0])
			if e, ok := errors.AsType[*scep.HTTPError](err); !ok || !strings.Contains(e.Text, "not implemented") {
				t.Errorf("%v", err)
			}
			if requests, _ := p.judge(t); requests != 2 {
				t.Errorf("OpenSSL judged %d requests, want PKCSReq and GetCRL", requests)
			}
		})
	}
}

// What scepserver issues without -sign-server-attrs is for TLS clients: it is
// not registered for TLS, where no browser would take it. // G-5
func TestForClientsOnly(t *testing.T) {
	t.Parallel()
	p := micromdmWith(t, "", depot.WithAllowRenewalDays(0))
	o := options(t)
	o.Kind, o.Issuer = rekey.ByCSR, client(t, p)
	dev := device(t, simdevice.Config{Seed: 5}, "TLS")
	r, err := rekey.Remediate(bounded(t), access(dev), o)
	if _, ok := errors.AsType[*keys.IssuedError](err); !ok || !strings.Contains(err.Error(), "TLS servers") || !active(t, dev, "TLS").Weak {
		t.Errorf("%v\n%v", err, r)
	}
}

// A server that is not the one expected, or not there, is found out before the
// device is told to ask it: nothing is changed, not even the timer. // G-7 G-8
func TestDevicePreflight(t *testing.T) {
	t.Parallel()
	s := theStepCA(t)
	pin := scep.Fingerprints(s.intermediate)
	for _, tc := range []struct{ name, provisioner, pin, want string }{
		{"wrong pin", "open", strings.Repeat("ab", 32), "none of the server's certificates has the fingerprint"},
		{"no such provisioner", "nonesuch", pin.SHA256, "nonesuch"},
		{"no SCEP provisioner", "acme", pin.SHA256, "acme"},
		{"right pin, MD5", "open", pin.MD5, ""},
		{"right pin, SHA-1", "open", pin.SHA1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg, o := simdevice.Config{Seed: 6}, options(t)
			bySCEP(o, &cfg, s.scep(t, tc.provisioner), "")
			o.SCEP.Check = func(ctx context.Context, url string) error {
				c, err := scep.NewClient(url, &scep.ClientOptions{Fingerprint: tc.pin, Timeout: 10 * time.Second})
				if err == nil {
					_, err = c.Check(ctx)
				}
				return err
			}
			dev := device(t, cfg, "TLS")
			r, err := rekey.Remediate(bounded(t), access(dev), o)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("%v\n%v", err, r)
			case tc.want == "":
			case err == nil || !strings.Contains(err.Error(), tc.want) || dev.StateChanges() != 0:
				t.Errorf("%v, %d changes\n%v", err, dev.StateChanges(), r)
			}
			t.Log(err)
		})
	}
}
