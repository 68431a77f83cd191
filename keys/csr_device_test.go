package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// ca issues certificates in tests.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newCA(t *testing.T) *ca {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &ca{cert, key}
}

// issue signs a certificate for a public key, changed by edit.
func (c *ca) issue(t *testing.T, subject pkix.Name, public any, edit func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(0x1234567890), Subject: subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	if edit != nil {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.cert, public, c.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func csrSpec(name string) keys.Spec {
	return keys.Spec{Name: name, Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, CommonName: "printer.example", Organization: "Example", Country: "TW"}
}

// The device makes key and CSR, a CA the certificate, and it is registered and
// read back; in every language and whatever files the device takes.
// // G-4 G-6
func TestCSRRoundTrip(t *testing.T) {
	t.Parallel()
	files := []simdevice.CertificateFiles{simdevice.FilesDERAndPEM, simdevice.FilesDER, simdevice.FilesPEM, simdevice.FilesBundles}
	for i, lang := range []string{"zh-TW", "en", "ja"} {
		for _, seed := range race.Sample[uint64](0, 1, 2, 3) {
			t.Run(fmt.Sprintf("%s/%d", lang, seed), func(t *testing.T) {
				t.Parallel()
				dev, s := open(t, simdevice.Config{Seed: seed + 1, Language: lang, CertificateFiles: files[(int(seed)+i)%len(files)]})
				spec := csrSpec("rktls20261123abcdef")
				csr, err := keys.GenerateCSR(t.Context(), s, spec, keys.Wait{Interval: time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				if wrong, err := keys.CheckCSR(csr, spec, 0); err != nil || len(wrong) > 0 {
					t.Errorf("CSR: %v %q", err, wrong)
				}
				cert := newCA(t).issue(t, csr.Subject, csr.PublicKey, nil)
				for range 2 { // the second time there is nothing to do
					d, err := keys.RegisterCertificate(t.Context(), s, spec.Name, cert)
					if err != nil {
						t.Fatal(err)
					}
					if ok, sure, reason := d.Matches(cert, ""); !ok || !sure {
						t.Errorf("details: %s", reason)
					}
				}
				for _, k := range dev.Keys() {
					if k.Name == spec.Name && (k.Certificate == nil || !k.Certificate.Equal(cert)) {
						t.Errorf("%+v", k)
					}
				}
				if _, err := keys.RegisterCertificate(t.Context(), s, spec.Name, newCA(t).issue(t, csr.Subject, csr.PublicKey, nil)); err == nil {
					t.Error("another certificate was registered over the first")
				}
			})
		}
	}
}

// A CSR can be had once, where the device does not show it again. // G-4
func TestReadCSR(t *testing.T) {
	t.Parallel()
	inSimulatedTime(t, testReadCSR)
}

func testReadCSR(t *testing.T) {
	for _, again := range []bool{true, false} {
		for _, seed := range race.Sample(seeds...) {
			_, s := open(t, simdevice.Config{Seed: seed, CSRShownAgain: again})
			csr, err := keys.GenerateCSR(t.Context(), s, csrSpec("again"), keys.Wait{Interval: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			switch shown, err := keys.ReadCSR(t.Context(), s, "again"); {
			case again && (err != nil || string(shown.Raw) != string(csr.Raw)):
				t.Errorf("seed %d: %v", seed, err)
			case !again && !errors.Is(err, keys.ErrCSRLost):
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
}

// What a CSR must be before it is sent anywhere. // G-4
func TestCheckCSR(t *testing.T) {
	t.Parallel()
	_, s := open(t, simdevice.Config{MakesWeakKeys: true})
	spec := csrSpec("weak")
	csr, err := keys.GenerateCSR(t.Context(), s, spec, keys.Wait{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = keys.CheckCSR(csr, spec, 0)
	if weak, ok := errors.AsType[*keys.WeakKeyError](err); !ok || weak.Finding.State != keys.Proved {
		t.Errorf("weak key: %v", err)
	}
	_, strong := open(t, simdevice.Config{})
	if csr, err = keys.GenerateCSR(t.Context(), strong, spec, keys.Wait{Interval: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	other := spec
	other.CommonName = "another.example"
	if wrong, err := keys.CheckCSR(csr, other, 0); err != nil || len(wrong) != 1 {
		t.Errorf("another name: %v %q", err, wrong)
	}
	other.Algorithm = keys.Algorithm{RSABits: 4096}
	if _, err := keys.CheckCSR(csr, other, 0); err == nil {
		t.Error("another key length: taken")
	}
	csr.Signature[5] ^= 1
	if _, err := keys.CheckCSR(csr, spec, 0); err == nil {
		t.Error("broken signature: taken")
	}
}

// What a CA may give back. // G-5
func TestCheckIssued(t *testing.T) {
	t.Parallel()
	authority, stranger := newCA(t), newCA(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "printer.example"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	good := authority.issue(t, csr.Subject, key.Public(), nil)
	foreign := authority.issue(t, csr.Subject, other.Public(), nil)
	isCA := func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }
	purpose := func(usages ...x509.ExtKeyUsage) []*x509.Certificate {
		return []*x509.Certificate{authority.issue(t, csr.Subject, key.Public(), func(c *x509.Certificate) { c.ExtKeyUsage = usages })}
	}
	client, server := purpose(x509.ExtKeyUsageClientAuth), purpose(x509.ExtKeyUsageServerAuth)
	now := time.Now()
	for name, tc := range map[string]struct {
		chain []*x509.Certificate
		e     keys.Expected
		ok    bool
	}{
		"alone":              {[]*x509.Certificate{good}, keys.Expected{Now: now}, true},
		"with its CA":        {[]*x509.Certificate{good, authority.cert}, keys.Expected{Now: now, CAs: []*x509.Certificate{authority.cert}}, true},
		"CA not sent":        {[]*x509.Certificate{good}, keys.Expected{Now: now, CAs: []*x509.Certificate{authority.cert}}, true},
		"nothing":            {nil, keys.Expected{Now: now}, false},
		"CA first":           {[]*x509.Certificate{authority.cert, good}, keys.Expected{Now: now}, false},
		"another key":        {[]*x509.Certificate{foreign}, keys.Expected{Now: now}, false},
		"the old key":        {[]*x509.Certificate{good}, keys.Expected{Now: now, Old: []*x509.Certificate{nil, good}}, false},
		"a CA certificate":   {[]*x509.Certificate{authority.issue(t, csr.Subject, key.Public(), isCA)}, keys.Expected{Now: now}, false},
		"not yet valid":      {[]*x509.Certificate{good}, keys.Expected{Now: now.AddDate(-3, 0, 0)}, false},
		"expired":            {[]*x509.Certificate{good}, keys.Expected{Now: now.AddDate(3, 0, 0)}, false},
		"broken chain":       {[]*x509.Certificate{good, stranger.cert}, keys.Expected{Now: now}, false},
		"another CA's":       {[]*x509.Certificate{good, authority.cert}, keys.Expected{Now: now, CAs: []*x509.Certificate{stranger.cert}}, false},
		"for clients, TLS":   {client, keys.Expected{Now: now, Uses: []keys.Use{keys.UseIPSec, keys.UseTLS}}, false},
		"for clients, SIP":   {client, keys.Expected{Now: now, Uses: []keys.Use{keys.UseSIP}}, false},
		"for clients, 1X":    {client, keys.Expected{Now: now, Uses: []keys.Use{keys.UseIEEE8021X, keys.UseIPSec}}, true},
		"for clients":        {client, keys.Expected{Now: now}, true},
		"for servers, 1X":    {server, keys.Expected{Now: now, Uses: []keys.Use{keys.UseIEEE8021X}}, false},
		"for servers, TLS":   {server, keys.Expected{Now: now, Uses: []keys.Use{keys.UseTLS, keys.UseSIP}}, true},
		"for anything":       {purpose(x509.ExtKeyUsageAny), keys.Expected{Now: now, Uses: []keys.Use{keys.UseTLS, keys.UseIEEE8021X}}, true},
		"for no purpose":     {[]*x509.Certificate{good}, keys.Expected{Now: now, Uses: []keys.Use{keys.UseTLS, keys.UseIEEE8021X}}, true},
		"unknown CA allowed": {[]*x509.Certificate{good, authority.cert}, keys.Expected{Now: now}, true},
	} {
		tc.e.CSR = csr
		leaf, err := keys.CheckIssued(tc.chain, tc.e)
		if _, typed := errors.AsType[*keys.IssuedError](err); (err == nil) != tc.ok || err != nil && !typed || tc.ok && leaf != tc.chain[0] {
			t.Errorf("%s: %v", name, err)
		}
	}
}
