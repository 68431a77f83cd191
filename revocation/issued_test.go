package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
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
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
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

// A certificate that the CA never signed has no issuer and no status, whatever
// of its CA's names and numbers it has; the CA's own has, by every algorithm.
func TestForgedHasNoStatus(t *testing.T) {
	t.Parallel()
	rsaKey, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	device, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, tc := range []struct {
		name     string
		key      crypto.Signer
		a        x509.SignatureAlgorithm
		from, to string
	}{
		{"ECDSA", nil, 0, "", ""},
		{"ECDSA, unknown", nil, 0, "\x2a\x86\x48\xce\x3d\x04\x03\x02", "\x2a\x86\x48\xce\x3d\x04\x03\x7e"},
		{"RSA", rsaKey, x509.SHA256WithRSA, "", ""},
		{"RSA, MD2", rsaKey, x509.SHA256WithRSA, "\xf7\x0d\x01\x01\x0b", "\xf7\x0d\x01\x01\x02"},
		{"PSS", rsaKey, x509.SHA384WithRSAPSS, "", ""},
		{"PSS, other mask", rsaKey, x509.SHA256WithRSAPSS, "\xf7\x0d\x01\x01\x08", "\xf7\x0d\x01\x01\x07"},
	} {
		own, evil := tc.key, crypto.Signer(nil)
		if evil, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); tc.key != nil {
			evil, err = devicetest.GenerateKey(2048)
		}
		if err == nil && own == nil {
			own, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, own.Public(), own)
		if err != nil {
			t.Fatal(err)
		}
		ca, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour),
			RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(77), RevocationTime: now.Add(-time.Minute), ReasonCode: 1}}}, ca, own)
		if err != nil {
			t.Fatal(err)
		}
		signed := func(by crypto.Signer) *revocation.Certificate {
			leaf := &x509.Certificate{SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: "mfp"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), SignatureAlgorithm: tc.a}
			claimed := &x509.Certificate{RawSubject: ca.RawSubject, SubjectKeyId: ca.SubjectKeyId} // without key: by is not its
			der, err := x509.CreateCertificate(rand.Reader, leaf, claimed, device.Public(), by)
			if err != nil {
				t.Fatal(err)
			}
			return parse(t, bytes.ReplaceAll(der, []byte(tc.from), []byte(tc.to)))
		}
		for _, by := range []crypto.Signer{own, evil} {
			c := signed(by)
			want := by == own && tc.from == ""
			issuer, err := revocation.IssuerOf(c, []*x509.Certificate{nil, ca})
			if (issuer == ca) != want || (err == nil) != want || err != nil && !errors.Is(err, revocation.ErrOtherIssuer) {
				t.Errorf("%s, the CA's own: %v: %v, %v", tc.name, want, issuer != nil, err)
			}
			if _, err := revocation.IssuerOf(c, nil); !errors.Is(err, revocation.ErrOtherIssuer) {
				t.Errorf("%s, no CA: %v", tc.name, err)
			}
			e, err := revocation.NewEvidence(revocation.Evidence{Device: revocation.Device{URL: "https://mfp"}, Key: "K", Certificate: &revocation.CertificateRecord{DER: c.Raw}})
			if err != nil {
				t.Fatal(err)
			}
			v := &revocation.Verifier{Issuers: []*x509.Certificate{ca}}
			if got := v.CheckCRL(e, crl); (got.Answer == revocation.StateRevoked) != want || !want && got.Answer != revocation.StateUnknown {
				t.Errorf("%s, the CA's own: %v: %+v", tc.name, want, got)
			}
		}
	}
}
