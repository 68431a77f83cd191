package scep_test

import (
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/scep"
)

// closePrimes is a key as the flawed library makes them.
func closePrimes() *rsa.PublicKey {
	p := new(big.Int).SetBit(new(big.Int), 1023, 1)
	p.SetBit(p, 1022, 1)
	for p.SetBit(p, 0, 1); !p.ProbablyPrime(10); {
		p.Add(p, big.NewInt(2))
	}
	q := new(big.Int).Add(p, big.NewInt(2))
	for !q.ProbablyPrime(10) {
		q.Add(q, big.NewInt(2))
	}
	return &rsa.PublicKey{N: p.Mul(p, q), E: 65537}
}

// Nobody but a registration authority is told the challenge password, whatever
// certificate of the CA he holds; a key that can be factored is nobody's.
func TestWhoIsTheRA(t *testing.T) {
	t.Parallel()
	ca := plainCA()
	agent := []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 20, 2, 1}}
	cmc := []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 28}}
	const both = x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature
	const toRA, toCA, refused = "RA", "CA", "refused"
	good, weak := rsaKey().Public(), closePrimes()
	for _, tc := range []struct {
		name string
		cert x509.Certificate
		weak bool
		pin  bool
		want string
	}{
		{name: "enrolment agent", cert: x509.Certificate{KeyUsage: both, UnknownExtKeyUsage: agent}, want: toRA},
		{name: "cmcRA", cert: x509.Certificate{KeyUsage: x509.KeyUsageKeyEncipherment, UnknownExtKeyUsage: cmc}, want: toRA},
		{name: "pinned", cert: x509.Certificate{}, pin: true, want: toRA},
		{name: "pinned, for encryption", cert: x509.Certificate{KeyUsage: both}, pin: true, want: toRA},
		{name: "agent for signatures", cert: x509.Certificate{KeyUsage: x509.KeyUsageDigitalSignature, UnknownExtKeyUsage: agent}, want: toCA},
		{name: "agent without key usage", cert: x509.Certificate{UnknownExtKeyUsage: agent}, want: refused},
		{name: "no extended key usage, no key usage", cert: x509.Certificate{}, want: refused},
		{name: "no extended key usage", cert: x509.Certificate{KeyUsage: both}, want: refused},
		{name: "any purpose", cert: x509.Certificate{KeyUsage: both, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}, want: refused},
		{name: "TLS server", cert: x509.Certificate{KeyUsage: both, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, want: refused},
		{name: "weak, no extended key usage", weak: true, cert: x509.Certificate{}, want: toCA},
		{name: "weak agent", weak: true, cert: x509.Certificate{KeyUsage: both, UnknownExtKeyUsage: agent}, want: toCA},
		{name: "weak and pinned", weak: true, pin: true, cert: x509.Certificate{KeyUsage: both}, want: toCA},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.cert.Subject = pkix.Name{CommonName: "mfp-07.example"}
			pub := any(good)
			if tc.weak {
				pub = weak
			}
			cert := must(ca.IssueAs(&tc.cert, pub))
			o := scep.ClientOptions{}
			if tc.pin {
				o.Pinned = []*x509.Certificate{ca.Root(), cert}
			}
			server, c := serve(t, ca, testca.SCEP{Show: []*x509.Certificate{cert, ca.Root()}}, o)
			info, err := c.Check(bounded(t))
			got := refused
			switch _, untrusted := errors.AsType[*scep.UntrustedError](err); {
			case untrusted:
			case err != nil:
				t.Fatal(err)
			case info.Agent == nil:
				got = toCA
			case info.Agent.Equal(cert) && slices.ContainsFunc(info.Notes, func(n string) bool { return strings.Contains(n, "mfp-07.example") }):
				got = toRA
			}
			if got != tc.want {
				t.Errorf("got %s, %v, want %s", got, err, tc.want)
			}
			if got == refused {
				if _, err := c.Issue(bounded(t), request(t, rsaKey(), "s3cret")); err == nil || kinds(server) != nil {
					t.Errorf("a message was sent: %v", err)
				}
			}
		})
	}
}

// A registration authority that is another than the last time is said.
func TestAnotherRA(t *testing.T) {
	t.Parallel()
	ca := plainCA()
	shown := func(name string) []*x509.Certificate {
		cert := must(ca.IssueAs(&x509.Certificate{Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageKeyEncipherment,
			UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 20, 2, 1}}}, rsaKey().Public()))
		return []*x509.Certificate{cert, ca.Root()}
	}
	server := &switching{now: shown("first"), ca: ca}
	c := client(t, server.start(t), ca, scep.ClientOptions{})
	for i, want := range []bool{false, false, true, false} {
		if i == 2 {
			server.now = shown("second")
		}
		info, err := c.Check(bounded(t))
		if err != nil {
			t.Fatal(err)
		}
		if said := slices.ContainsFunc(info.Notes, func(n string) bool { return strings.Contains(n, "is new") }); said != want {
			t.Errorf("look %d: %q", i, info.Notes)
		}
	}
}

// switching is a server whose certificates change.
type switching struct {
	now []*x509.Certificate
	ca  *testca.CA
}

func (s *switching) start(t *testing.T) string {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(s.ca.Server(testca.SCEP{Show: s.now})).ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web.URL
}
