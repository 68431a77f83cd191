package oddcert_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/revocation"
)

// underscore is "CN=mfp_7" as a PrintableString, which may not have that letter.
var underscore = []byte{0x30, 16, 0x31, 14, 0x30, 12, 6, 3, 0x55, 4, 3, 0x13, 5, 'm', 'f', 'p', '_', '7'}

// An odd certificate is read as its twin whose name is in order, and what it says of
// its own signature can still be checked.
func TestParse(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(77), DNSNames: []string{"mfp7.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 7).To4()}, SubjectKeyId: []byte{1, 2, 3},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2046, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	parse := func(name pkix.Name, raw []byte) *x509.Certificate {
		template.Subject, template.RawSubject = name, raw
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if refused := oddcert.Refused(der); (refused != nil) != (raw != nil) {
			t.Fatalf("refused: %v", refused)
		}
		c, err := oddcert.Parse(der)
		if err != nil || !bytes.Equal(c.Raw, der) {
			t.Fatal(err)
		}
		return c
	}
	twin, odd := parse(pkix.Name{CommonName: "mfp_7"}, nil), parse(pkix.Name{}, underscore)
	if odd.Subject.String() != twin.Subject.String() || odd.Issuer.String() != twin.Issuer.String() || odd.SerialNumber.Cmp(twin.SerialNumber) != 0 ||
		!odd.NotBefore.Equal(twin.NotBefore) || !odd.NotAfter.Equal(twin.NotAfter) || odd.DNSNames[0] != "mfp7.example" || !odd.IPAddresses[0].Equal(twin.IPAddresses[0]) ||
		!bytes.Equal(odd.RawSubjectPublicKeyInfo, twin.RawSubjectPublicKeyInfo) || !key.PublicKey.Equal(odd.PublicKey) || !bytes.Equal(odd.SubjectKeyId, twin.SubjectKeyId) {
		t.Errorf("%+v", odd)
	}
	for _, c := range []*x509.Certificate{twin, odd} {
		if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
			t.Errorf("self-signed: %v", err)
		}
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, der := range [][]byte{nil, {0x30}, {0x30, 0}, []byte("<html>"), bytes.Repeat([]byte{0x30, 0x80}, 1000)} {
		if c, err := oddcert.Parse(der); err == nil {
			t.Errorf("%x: %v", der[:min(len(der), 8)], c.Subject)
		}
	}
}

// Of the certificates in the table nobody can use those whose public key Go cannot
// use, and what is no whole certificate. All others are read.
func TestCorpus(t *testing.T) {
	t.Parallel()
	beyond := map[string]bool{
		"RSA, exponent of 9 octets": true, "RSA, exponent 0": true, "RSA, modulus 0": true, "EC, compressed point": true, "EC, no point of the curve": true,
		"EC, curve that Go does not know": true, "key with unused bits": true, "OpenSSL: explicit curve": true, "OpenSSL: secp256k1": true, "OpenSSL: brainpool": true,
		"serial number an ENUMERATED": true, "cut short": true, "length longer than need be": true, "indefinite length": true, "no signature": true, "a request": true, "nothing": true, "an empty SEQUENCE": true,
	}
	for _, c := range corpus.Read(t, "../../revocation/testdata/corpus/certificates.tsv") {
		cert, err := oddcert.Parse(c.Data)
		if (err != nil) != beyond[c.Name] {
			t.Errorf("%s: %v", c.Name, err)
		}
		if key, err := revocation.ParseCertificate(c.Data); err == nil && cert != nil && !bytes.Equal(cert.RawSubjectPublicKeyInfo, key.PublicKey.SPKI) {
			t.Errorf("%s: another key than the certificate has", c.Name)
		}
	}
}
