package issuer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/keys"
)

// Keys are made once: RSA keys take their time.
var (
	rsaKey   = sync.OnceValue(func() crypto.Signer { return must(devicetest.GenerateKey(2048)) })
	otherRSA = sync.OnceValue(func() crypto.Signer { return must(devicetest.GenerateKey(2048)) })
	shortRSA = sync.OnceValue(func() crypto.Signer { return must(devicetest.GenerateKey(1024)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ecKey() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func edKey() crypto.Signer {
	_, key := must2(ed25519.GenerateKey(rand.Reader))
	return key
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// authority is a CA of a test.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// newAuthority makes a CA, a root if by is nil; change alters its template.
func newAuthority(t testing.TB, cn string, key crypto.Signer, by *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: cn, Organization: []string{"Example"}},
		NotBefore:             time.Now().Add(-100 * 24 * time.Hour),
		NotAfter:              time.Now().Add(3650 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{must(x509.ParseCertificate(der)), key}
}

// issue makes a plain certificate for a public key; change alters its template.
func (a *authority) issue(t testing.TB, pub crypto.PublicKey, cn string, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: cn},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		DNSNames:     []string{cn},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, pub, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return must(x509.ParseCertificate(der))
}

// newCSR is what a device asks with; names are host names and addresses.
func newCSR(t testing.TB, key crypto.Signer, cn string, names ...string) *x509.CertificateRequest {
	t.Helper()
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: cn}}
	if cn != "" {
		template.Subject.Organization = []string{"Example Ltd"}
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return must(x509.ParseCertificateRequest(der))
}

// ordered is the context of a request by newCSR whose names were ordered.
func ordered(t *testing.T, cn string, names ...string) context.Context {
	t.Helper()
	o := keys.Order{Spec: keys.Spec{Name: "rk1", CommonName: cn}, Names: names}
	if cn != "" {
		o.Spec.Organization = "Example Ltd"
	}
	return keys.WithOrder(t.Context(), o)
}

// tampered is the request with a signature that does not verify.
func tampered(t *testing.T, csr *x509.CertificateRequest) *x509.CertificateRequest {
	t.Helper()
	der := bytes.Clone(csr.Raw)
	i := bytes.Index(der, []byte("Example Ltd"))
	if i < 0 {
		t.Fatal("nothing to change")
	}
	der[i] = 'e'
	return must(x509.ParseCertificateRequest(der))
}

func certPEM(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}
