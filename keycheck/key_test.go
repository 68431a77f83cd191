package keycheck_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// All ways of writing a key down are the same key.
func TestParse(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	der := func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	spki := der(x509.MarshalPKIXPublicKey(key.Public()))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mfp"}, NotAfter: time.Unix(1<<32, 0)}
	public, err := keycheck.Public(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() (keycheck.Key, error){
		"public": func() (keycheck.Key, error) { return public, nil },
		"SPKI":   func() (keycheck.Key, error) { return keycheck.ParseSPKI(spki) },
		"certificate": func() (keycheck.Key, error) {
			return keycheck.ParseCertificate(der(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
		},
		"request": func() (keycheck.Key, error) {
			return keycheck.ParseRequest(der(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)))
		},
		"PKCS 1":         func() (keycheck.Key, error) { return keycheck.ParsePKCS1(x509.MarshalPKCS1PublicKey(&key.PublicKey)) },
		"PKCS 1 private": func() (keycheck.Key, error) { return keycheck.ParsePKCS1(x509.MarshalPKCS1PrivateKey(key)) },
		"PKCS 8":         func() (keycheck.Key, error) { return keycheck.ParsePKCS8(der(x509.MarshalPKCS8PrivateKey(key))) },
	} {
		k, err := read()
		if err != nil || k.Algorithm != "RSA" || k.N.Cmp(key.N) != 0 || k.E.Int64() != int64(key.E) || k.SPKI != sha256.Sum256(spki) {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
		if k.Hash != "" || k.SelfSigned != (name == "certificate") {
			t.Errorf("%s: %+v", name, k)
		}
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := keycheck.ParsePKCS8(der(x509.MarshalPKCS8PrivateKey(ec))); err != nil || k.Algorithm != "ECDSA" {
		t.Error(k, err)
	}
}

// Keys that crypto/x509 refuses are read: exponents that are long or negative,
// and moduli that are.
func TestParseWhatOthersRefuse(t *testing.T) {
	t.Parallel()
	type algorithm struct {
		OID  asn1.ObjectIdentifier
		Null asn1.RawValue
	}
	for _, numbers := range [][2]*big.Int{
		{weaktest.Published()[0], ones(200)},
		{weaktest.Published()[0], big.NewInt(-65537)},
		{big.NewInt(-15), f4},
		{new(big.Int), new(big.Int)},
	} {
		inner, err := asn1.Marshal(struct{ N, E *big.Int }{numbers[0], numbers[1]})
		if err != nil {
			t.Fatal(err)
		}
		der, err := asn1.Marshal(struct {
			A algorithm
			K asn1.BitString
		}{algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue}, asn1.BitString{Bytes: inner, BitLength: 8 * len(inner)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParsePKIXPublicKey(der); err == nil {
			t.Error("crypto/x509 takes it")
		}
		k, err := keycheck.ParseSPKI(der)
		if err != nil || k.N.Cmp(numbers[0]) != 0 || k.E.Cmp(numbers[1]) != 0 || k.SPKI != keycheck.RSA(numbers[0], numbers[1]).SPKI {
			t.Errorf("%v: %+v, %v", numbers, k, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	spki, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: weaktest.Published()[0], E: 65537})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(spki)
	f.Add([]byte{0x30, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		var c keycheck.Checker
		c.Rounds = 1
		for _, parse := range []func([]byte) (keycheck.Key, error){
			keycheck.ParseSPKI, keycheck.ParseCertificate, keycheck.ParseRequest, keycheck.ParsePKCS1, keycheck.ParsePKCS8,
		} {
			if k, err := parse(der); err == nil {
				if _, err := c.Check(t.Context(), k); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
