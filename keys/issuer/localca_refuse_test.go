package issuer_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys/issuer"
)

func TestNewLocalCARefuses(t *testing.T) {
	t.Parallel()
	key := ecKey()
	for _, tc := range []struct {
		name   string
		change func(*x509.Certificate)
		want   string
	}{
		{"leaf", func(c *x509.Certificate) { c.IsCA = false }, "not a CA's"},
		{"no keyCertSign", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, "keyCertSign"},
		{"expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, "expired on"},
		{"not yet", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, "not valid before"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ca := newAuthority(t, "CA", key, nil, tc.change)
			if _, err := issuer.NewLocalCA(ca.cert, ca.key, nil, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	ca := newAuthority(t, "CA", key, nil, nil)
	if _, err := issuer.NewLocalCA(ca.cert, ecKey(), nil, nil); err == nil || !strings.Contains(err.Error(), "another certificate's") {
		t.Errorf("a foreign key: %v", err)
	}
	if _, err := issuer.NewLocalCA(nil, key, nil, nil); err == nil {
		t.Error("no certificate")
	}
	root := newAuthority(t, "Root", ecKey(), nil, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := newAuthority(t, "Below", key, root, nil)
	if _, err := issuer.NewLocalCA(below.cert, key, []*x509.Certificate{root.cert}, nil); err == nil || !strings.Contains(err.Error(), "path length") {
		t.Errorf("below a CA that allows none: %v", err)
	}
	if _, err := issuer.NewLocalCA(root.cert, root.key, nil, nil); err != nil {
		t.Errorf("path length zero allows certificates: %v", err)
	}
}

func TestLocalCARefusesRequests(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"example"}, true
	})
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := newCSR(t, ecKey(), "mfp.example")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context
		csr  *x509.CertificateRequest
		want string
	}{
		{"none", t.Context(), nil, "no certificate request"},
		{"unsigned", t.Context(), &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}, "no certificate request"},
		{"tampered", t.Context(), tampered(t, good), "not signed by its own key"},
		{"short key", t.Context(), newCSR(t, shortRSA(), "mfp.example"), "1024 bits"},
		{"outside the CA's names", t.Context(), newCSR(t, ecKey(), "mfp.invalid"), "nobody would accept"},
		{"cancelled", cancelled, good, "context canceled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			chain, err := local.Issue(tc.ctx, tc.csr)
			if err == nil || !strings.Contains(err.Error(), tc.want) || chain != nil {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	if _, err := local.Issue(t.Context(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	lax, err := issuer.NewLocalCA(ca.cert, ca.key, nil, &issuer.LocalCAOptions{MinRSABits: 1024})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lax.Issue(t.Context(), newCSR(t, shortRSA(), "mfp.example")); err != nil {
		t.Errorf("1024 bits where that is allowed: %v", err)
	}
}

// A CA may expire, or be for other purposes, after it was loaded.
func TestLocalCALater(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ca := newAuthority(t, "CA", ecKey(), nil, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	local, err := issuer.NewLocalCA(ca.cert, ca.key, nil, &issuer.LocalCAOptions{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	csr := newCSR(t, ecKey(), "mfp.example")
	if _, err := local.Issue(t.Context(), csr); err == nil || !strings.Contains(err.Error(), "nobody would accept") {
		t.Errorf("a CA for clients only: %v", err)
	}
	now = ca.cert.NotAfter.Add(time.Second)
	if _, err := local.Issue(t.Context(), csr); err == nil || !strings.Contains(err.Error(), "expired on") {
		t.Errorf("issuing after the end: %v", err)
	}
	if _, err := local.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "expired on") {
		t.Errorf("checking after the end: %v", err)
	}
}
