package keysize_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/keysize"
)

func ones(bits int) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	return n.Sub(n, big.NewInt(1))
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		key  crypto.PublicKey
		ok   bool
	}{
		{"nothing", nil, true},
		{"no RSA key", (*rsa.PublicKey)(nil), true},
		{"RSA without numbers", &rsa.PublicKey{}, true},
		{"longest RSA", &rsa.PublicKey{N: ones(keysize.MaxModulusBits), E: 65537}, true},
		{"RSA one bit longer", &rsa.PublicKey{N: ones(keysize.MaxModulusBits + 1), E: 65537}, false},
		{"RSA of a megabit", &rsa.PublicKey{N: ones(1 << 20), E: 3}, false},
		{"ECDSA", &ecdsa.PublicKey{Curve: elliptic.P521()}, true},
	} {
		if err := keysize.Key(tc.key); (err == nil) != tc.ok || err != nil && !errors.Is(err, keysize.ErrTooLarge) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if err := keysize.RSA(ones(2048), ones(keysize.MaxExponentBits)); err != nil {
		t.Error(err)
	}
	if err := keysize.RSA(ones(2048), ones(keysize.MaxExponentBits+1)); !errors.Is(err, keysize.ErrTooLarge) {
		t.Errorf("a long exponent: %v", err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(pub crypto.PublicKey, serial *big.Int) []byte {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, NotAfter: time.Unix(1<<32, 0)}, &x509.Certificate{}, pub, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	huge := &rsa.PublicKey{N: ones(100_001), E: 3}
	for _, tc := range []struct {
		name string
		der  []byte
		ok   bool
	}{
		{"good", certificate(key.Public(), big.NewInt(1)), true},
		{"huge key", certificate(huge, big.NewInt(1)), false},
	} {
		c, err := keysize.ParseCertificate(tc.der)
		if (c != nil) != tc.ok || !tc.ok && !errors.Is(err, keysize.ErrTooLarge) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	c, err := x509.ParseCertificate(certificate(key.Public(), big.NewInt(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := keysize.Certificates(nil, c); err != nil {
		t.Error(err)
	}
	c.SerialNumber = ones(1 << 20)
	if err := keysize.Certificates(nil, c); !errors.Is(err, keysize.ErrTooLarge) {
		t.Errorf("a serial number of a megabit: %v", err)
	}
	if _, err := keysize.ParseCertificate([]byte("no DER")); err == nil || errors.Is(err, keysize.ErrTooLarge) {
		t.Errorf("no certificate: %v", err)
	}

	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	if csr, err := keysize.ParseRequest(der); err != nil || !key.PublicKey.Equal(csr.PublicKey) {
		t.Errorf("request: %v", err)
	}
	if _, err := keysize.ParseRequest(withKey(t, der, huge)); !errors.Is(err, keysize.ErrTooLarge) {
		t.Errorf("request with a huge key: %v", err)
	}
}

// withKey puts another key into a request, and leaves its signature.
func withKey(t *testing.T, request []byte, pub crypto.PublicKey) []byte {
	t.Helper()
	var r struct {
		Info struct {
			Version             int
			Subject, Key, Attrs asn1.RawValue
		}
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(request, &r); err != nil {
		t.Fatal(err)
	}
	r.Info.Key.FullBytes, _ = x509.MarshalPKIXPublicKey(pub)
	der, err := asn1.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
