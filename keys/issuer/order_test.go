package issuer_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
)

// A device asks for whatever it likes: no issuer passes on, and the local CA
// signs, nothing that was not ordered. // G-5
func TestIssuersHoldRequestsToTheOrder(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := newFakeStepCA(t)
	key := ecKey()
	f.provision("printers", key.Public())
	step := newStepCA(t, caserver.StepCA{URL: f.URL, Roots: pool(f.root.cert), Provisioner: "printers", Key: key})
	acme := must(issuer.NewACME(caserver.ACME{DirectoryURL: "https://acme.invalid/directory", Key: ecKey(), DNS01: caserver.ACMESolver{
		Present: func(context.Context, caserver.ACMEChallenge) error { return errors.New("must not be asked") }}}))
	dir := filepath.Join(t.TempDir(), "box")
	box := newDropBox(t, dir, nil)
	spiffe, _ := url.Parse("spiffe://corp.example/admin")
	const refused = "refused" // else the names that the local CA signs
	for _, tc := range []struct {
		name      string
		csr       x509.CertificateRequest
		alone     string // without an order
		withOrder string
	}{
		{"its own name", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}}, "mfp.example", "mfp.example"},
		{"its own name twice", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, DNSNames: []string{"mfp.example"}}, "mfp.example", "mfp.example"},
		{"and the address that we reach it by", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7)}}, refused, "mfp.example 192.0.2.7"},
		{"others' names", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, DNSNames: []string{"*.corp.example", "dc01.corp.example"}}, refused, refused},
		{"others' address", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)}}, refused, refused},
		{"mailbox", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, EmailAddresses: []string{"ceo@corp.example"}}, refused, refused},
		{"URI", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}, URIs: []*url.URL{spiffe}}, refused, refused},
		{"everybody", x509.CertificateRequest{Subject: pkix.Name{CommonName: "*"}}, refused, refused},
		{"wildcard", x509.CertificateRequest{Subject: pkix.Name{CommonName: "*.com"}}, refused, refused},
		{"somebody", x509.CertificateRequest{Subject: pkix.Name{CommonName: "John Doe"}}, refused, refused},
		{"another device", x509.CertificateRequest{Subject: pkix.Name{CommonName: "other.example"}}, "other.example", refused},
		{"a group", x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example", Organization: []string{"system:masters"}}}, "mfp.example", refused},
		{"nobody", x509.CertificateRequest{}, refused, refused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			der, err := x509.CreateCertificateRequest(rand.Reader, &tc.csr, ecKey())
			if err != nil {
				t.Fatal(err)
			}
			csr := must(keys.ParseCSR(der))
			order := keys.WithOrder(t.Context(), keys.Order{Device: "192.0.2.7", Spec: keys.Spec{Name: "rk1", CommonName: "mfp.example"}})
			for ctx, want := range map[context.Context]string{t.Context(): tc.alone, order: tc.withOrder} {
				chain, err := local.Issue(ctx, csr)
				got := refused
				if err == nil {
					names := chain[0].DNSNames
					for _, ip := range chain[0].IPAddresses {
						names = append(names, ip.String())
					}
					got = strings.Join(append(names, chain[0].EmailAddresses...), " ")
				}
				if got != want {
					t.Errorf("local CA: got %s, %v, want %s", got, err, want)
				}
			}
			if tc.alone == refused {
				if _, err := step.Issue(t.Context(), csr); err == nil || !strings.Contains(err.Error(), "without an order") {
					t.Errorf("step-ca without an order: %v", err)
				}
			}
			if tc.withOrder != refused {
				return
			}
			for name, i := range map[string]keys.Issuer{"local CA": local, "step-ca": step, "ACME": acme, "drop box": box} {
				_, err := i.Issue(order, csr)
				if _, ok := errors.AsType[*keys.RequestError](err); !ok {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	t.Cleanup(func() {
		if f.hits["/1.0/sign"] != 0 {
			t.Errorf("step-ca was asked: %v", f.hits)
		}
	})
}

// The order's validity counts, where it is shorter than the CA's.
func TestLocalCAOrderedValidity(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	csr := newCSR(t, ecKey(), "mfp.example")
	for ordered, want := range map[time.Duration]time.Duration{0: issuer.DefaultValidity, 90 * 24 * time.Hour: 90 * 24 * time.Hour, 10000 * 24 * time.Hour: issuer.DefaultValidity} {
		chain, err := local.Issue(keys.WithOrder(t.Context(), keys.Order{Spec: keys.Spec{CommonName: "mfp.example", Organization: "Example Ltd"}, Validity: ordered}), csr)
		if err != nil {
			t.Fatal(err)
		}
		if got := chain[0].NotAfter.Sub(chain[0].NotBefore) + time.Second; got != want {
			t.Errorf("%v ordered: lasts %v, want %v", ordered, got, want)
		}
	}
}
