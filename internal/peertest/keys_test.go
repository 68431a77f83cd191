package peertest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // thumbprints; nothing rests on its strength
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"
)

// selfSigned makes a certificate and its key, PEM.
func selfSigned(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}

// keyPEM writes a device's key. The standard library refuses to write one
// whose primes are too close, which is what the weak ones are: they are
// factored as anybody can, and written as RFC 8017, appendix A.1.2 says.
func keyPEM(t *testing.T, private crypto.PrivateKey) string {
	t.Helper()
	k, ok := private.(*rsa.PrivateKey)
	if !ok {
		t.Fatalf("key of type %T", private)
	}
	if len(k.Primes) == 2 {
		return encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k))
	}
	p, q := fermat(t, k.N)
	one := big.NewInt(1)
	mod := func(of *big.Int) *big.Int { return new(big.Int).Mod(k.D, new(big.Int).Sub(of, one)) }
	der, err := asn1.Marshal(struct {
		Version             int
		N                   *big.Int
		E                   int
		D, P, Q, Dp, Dq, Qi *big.Int
	}{0, k.N, k.E, k.D, p, q, mod(p), mod(q), new(big.Int).ModInverse(q, p)})
	if err != nil {
		t.Fatal(err)
	}
	return encode("RSA PRIVATE KEY", der)
}

// fermat factors the product of two close primes.
func fermat(t *testing.T, n *big.Int) (p, q *big.Int) {
	t.Helper()
	a := new(big.Int).Sqrt(n)
	for range 1000 {
		a.Add(a, big.NewInt(1))
		b2 := new(big.Int).Sub(new(big.Int).Mul(a, a), n)
		if b := new(big.Int).Sqrt(b2); new(big.Int).Mul(b, b).Cmp(b2) == 0 {
			return new(big.Int).Add(a, b), new(big.Int).Sub(a, b)
		}
	}
	t.Fatal("the key's primes are not close")
	return nil, nil
}

// lockedBuffer takes a program's output while it is being read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// thumbprint is the SHA-1 of a certificate, as details pages show it.
func thumbprint(t *testing.T, certPEM string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(certPEM))
	if block == nil {
		t.Fatal("no certificate")
	}
	return fmt.Sprintf("%x", sha1.Sum(block.Bytes))
}
