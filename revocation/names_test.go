package revocation_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"iter"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/rekey-go/rekey/revocation"
)

// namedCA is a CA made here, the name being in whatever string type.
type namedCA struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func rawName(t testing.TB, kind int, cn string) []byte {
	t.Helper()
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type rdnSET []attribute // encoding/asn1 tells a SET by its type's name
	raw, err := asn1.Marshal([]rdnSET{{{asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.RawValue{Tag: kind, Bytes: []byte(cn)}}}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func newNamedCA(t testing.TB) *namedCA {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: rawName(t, asn1.TagUTF8String, "Office CA"), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return &namedCA{key, issueBy(t, template, template, key, key)}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issueBy(t testing.TB, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// called is the CA's certificate with another writing of its name, to issue by.
func (ca *namedCA) called(name []byte) *x509.Certificate {
	copied := *ca.cert
	copied.RawSubject = name
	return &copied
}

func (ca *namedCA) device(t testing.TB, name []byte, edit func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(0x1234567890), Subject: pkix.Name{CommonName: "mfp7.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(2, 0, 0)}
	if edit != nil {
		edit(template)
	}
	return issueBy(t, template, ca.called(name), newKey(t), ca.key)
}

func (ca *namedCA) crl(t testing.TB, name []byte) []byte {
	t.Helper()
	now := time.Now()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(0x1234567890), RevocationTime: now.Add(-2 * time.Minute)}},
	}, ca.called(name), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (ca *namedCA) ocsp(t testing.TB, responder *x509.Certificate, embed *x509.Certificate) []byte {
	t.Helper()
	now := time.Now()
	der, err := ocsp.CreateResponse(ca.cert, responder, ocsp.Response{
		Status: ocsp.Revoked, SerialNumber: big.NewInt(0x1234567890), RevokedAt: now.Add(-2 * time.Minute), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour), Certificate: embed,
	}, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (ca *namedCA) verifier() *revocation.Verifier {
	return &revocation.Verifier{Issuers: []*x509.Certificate{ca.cert}}
}

func evidenceFor(t testing.TB, c *x509.Certificate) revocation.Evidence {
	t.Helper()
	e, err := revocation.NewEvidence(revocation.Evidence{Device: revocation.Device{URL: "https://mfp.example"}, Key: "TLS", Certificate: &revocation.CertificateRecord{DER: c.Raw}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A CA's name counts in every writing of it (RFC 5280, 7.1), and another one in
// none. A signature has to verify all the same.
func TestNamesInOtherForm(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	own := ca.cert.RawSubject
	stranger := newNamedCA(t)
	for _, tc := range []struct {
		name string
		raw  []byte
		same bool
	}{
		{"same", own, true},
		{"PrintableString", rawName(t, asn1.TagPrintableString, "Office CA"), true},
		{"other case", rawName(t, asn1.TagUTF8String, "OFFICE ca"), true},
		{"spaces", rawName(t, asn1.TagT61String, " Office  CA"), true},
		{"another", rawName(t, asn1.TagPrintableString, "Office CB"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := revocation.StateRevoked
			if !tc.same {
				want = revocation.StateUnknown
			}
			device := ca.device(t, own, nil)
			for what, c := range map[string]revocation.Check{
				"CRL's issuer":               ca.verifier().CheckCRL(evidenceFor(t, device), ca.crl(t, tc.raw)),
				"certificate's issuer":       ca.verifier().CheckCRL(evidenceFor(t, ca.device(t, tc.raw, nil)), ca.crl(t, own)),
				"OCSP responder":             ca.verifier().CheckOCSP(evidenceFor(t, device), ca.ocsp(t, ca.called(tc.raw), nil)),
				"certificate's issuer, OCSP": ca.verifier().CheckOCSP(evidenceFor(t, ca.device(t, tc.raw, nil)), ca.ocsp(t, ca.cert, nil)),
				"OCSP responder's issuer":    ca.verifier().CheckOCSP(evidenceFor(t, device), ca.responder(t, tc.raw).ocsp(t, ca.cert)),
			} {
				if c.Answer != want {
					t.Errorf("%s: %v: %s", what, c.Answer, c.Why)
				}
			}
			forged := stranger.device(t, tc.raw, nil)
			if c := ca.verifier().CheckCRL(evidenceFor(t, forged), ca.crl(t, own)); c.Answer != revocation.StateUnknown {
				t.Errorf("of another key: %v", c.Answer)
			}
			known := func(context.Context) iter.Seq2[[]byte, error] {
				return func(yield func([]byte, error) bool) { yield(ca.cert.Raw, nil) }
			}
			x, err := revocation.IndexKnown(t.Context(), known)
			if err != nil {
				t.Fatal(err)
			}
			c, err := revocation.ParseCertificate(ca.device(t, tc.raw, nil).Raw)
			if err != nil {
				t.Fatal(err)
			}
			if chain := x.Chain(c); len(chain) == 1 != tc.same {
				t.Errorf("chain of %d", len(chain))
			}
		})
	}
}

// namedResponder is one that the CA appointed, by some writing of its own name.
type namedResponder struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func (ca *namedCA) responder(t testing.TB, name []byte) *namedResponder {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "OCSP"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	}
	return &namedResponder{key, issueBy(t, template, ca.called(name), key, ca.key)}
}

func (r *namedResponder) ocsp(t testing.TB, issuer *x509.Certificate) []byte {
	t.Helper()
	return (&namedCA{r.key, issuer}).ocsp(t, r.cert, r.cert)
}

// Version 1 stands written out where DER would leave a default out, and others
// than 1 are refused.
func TestOCSPVersionWrittenOut(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	device := ca.device(t, ca.cert.RawSubject, nil)
	var outer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type  asn1.ObjectIdentifier
			Octet []byte
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(ca.ocsp(t, ca.cert, nil), &outer); err != nil {
		t.Fatal(err)
	}
	type basic struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	var plain basic
	if _, err := asn1.Unmarshal(outer.Bytes.Octet, &plain); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]revocation.State{
		"":                         revocation.StateRevoked,
		"\xa0\x03\x02\x01\x00":     revocation.StateRevoked,
		"\xa0\x04\x02\x02\x00\x00": revocation.StateRevoked,
		"\xa0\x03\x02\x01\x01":     revocation.StateUnknown,
		"\xa0\x02\x02\x00":         revocation.StateUnknown,
		"\xa0\x00":                 revocation.StateUnknown,
	} {
		written := plain
		written.TBS.FullBytes, written.TBS.Bytes = nil, append([]byte(version), plain.TBS.Bytes...)
		tbs, err := asn1.Marshal(written.TBS)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(tbs)
		sig, err := ecdsa.SignASN1(rand.Reader, ca.key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		written.Signature = asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}
		again := outer
		if again.Bytes.Octet, err = asn1.Marshal(written); err != nil {
			t.Fatal(err)
		}
		body, err := asn1.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if c := ca.verifier().CheckOCSP(evidenceFor(t, device), body); c.Answer != want {
			t.Errorf("%x: %v: %s", version, c.Answer, c.Why)
		}
	}
}
