package revocation_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

func parse(t testing.TB, der []byte) *revocation.Certificate {
	t.Helper()
	c, err := revocation.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newCA makes CAs of one key.
func newCA(t testing.TB, names ...string) (certs []*x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, c)
	}
	return certs, key
}

// issue makes a device's certificate.
func issue(t testing.TB, ca *x509.Certificate, key *ecdsa.PrivateKey, cn string, serial *big.Int) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{cn}}
	pub, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, pub.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestIssuedBy(t *testing.T) {
	t.Parallel()
	cas, key := newCA(t, "A", "B") // two names of one key
	others, _ := newCA(t, "A")     // one name of another key
	leaf := parse(t, issue(t, cas[0], key, "mfp.example", big.NewInt(7)))
	forged := bytes.Clone(leaf.Raw)
	forged[bytes.Index(forged, []byte{2, 1, 7})+2] = 8
	for name, tc := range map[string]struct {
		c, issuer *revocation.Certificate
		want      revocation.Answer
	}{
		"its issuer":         {leaf, parse(t, cas[0].Raw), revocation.Yes},
		"another name":       {leaf, parse(t, cas[1].Raw), revocation.No},
		"another key":        {leaf, parse(t, others[0].Raw), revocation.No},
		"not itself":         {leaf, leaf, revocation.No},
		"other content":      {parse(t, forged), parse(t, cas[0].Raw), revocation.No},
		"RSA-1024, OpenSSL":  {parse(t, testdata(t, "issued.der")), parse(t, testdata(t, "ca.der")), revocation.Yes},
		"self":               {parse(t, testdata(t, "rsa1024-md5.der")), parse(t, testdata(t, "rsa1024-md5.der")), revocation.Yes},
		"negative serial":    {parse(t, testdata(t, "rsa1024-negative-serial.der")), parse(t, testdata(t, "rsa1024-negative-serial.der")), revocation.Yes},
		"unknown curve":      {parse(t, testdata(t, "secp256k1-negative-serial.der")), parse(t, testdata(t, "secp256k1-negative-serial.der")), revocation.Unknown},
		"same name, RSA key": {parse(t, testdata(t, "p256.der")), parse(t, testdata(t, "rsa1024-md5.der")), revocation.No},
	} {
		if got := tc.c.IssuedBy(tc.issuer); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
