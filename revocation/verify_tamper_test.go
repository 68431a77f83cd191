package revocation_test

import (
	"bytes"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// Not one octet of a CRL can be changed, and no part left out.
func TestTamperedCRL(t *testing.T) {
	t.Parallel()
	crl := fixture(t, "listed.crl")
	v := &revocation.Verifier{Issuers: certificates(t, "ca"), Now: clock(crlDay)}
	e := evidenceOf(t, "device")
	for i := range crl {
		bad := bytes.Clone(crl)
		bad[i] ^= 1 << (i % 8)
		if c := v.CheckCRL(e, bad); c.Answer != revocation.StateUnknown || c.Why == "" {
			t.Errorf("octet %d: %+v", i, c)
		}
		if c := v.CheckCRL(e, crl[:i]); c.Answer != revocation.StateUnknown || c.Why == "" {
			t.Errorf("%d octets: %+v", i, c)
		}
	}
	if c := v.CheckCRL(e, append(bytes.Clone(crl), '\r', '\n')); c.Answer != revocation.StateRevoked {
		t.Errorf("with a line feed: %+v", c)
	}
}

// Nor of a response, up to the certificates that come with it, which are not
// signed as a whole.
func TestTamperedOCSP(t *testing.T) {
	t.Parallel()
	response := fixture(t, "good-ca-alone.ocsp")
	v := &revocation.Verifier{Issuers: certificates(t, "ca"), Now: clock(ocspMade(t))}
	e := evidenceOf(t, "device")
	for i := range response {
		bad := bytes.Clone(response)
		bad[i] ^= 1 << (i % 8)
		if c := v.CheckOCSP(e, bad); c.Answer != revocation.StateUnknown || c.Why == "" {
			t.Errorf("octet %d: %+v", i, c)
		}
		if c := v.CheckOCSP(e, response[:i]); c.Answer != revocation.StateUnknown || c.Why == "" {
			t.Errorf("%d octets: %+v", i, c)
		}
	}
}

// basic is an OCSP response taken apart.
type basic struct {
	Data      asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
	Certs     []asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

type wrapper struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type asn1.ObjectIdentifier
		Data []byte
	} `asn1:"explicit,tag:0"`
}

// The responder's certificate need not be the first that comes along, which is
// the only one that the library looks at. The certificates are not under the
// signature, so that the test can put another before OpenSSL's.
func TestOCSPSecondCertificate(t *testing.T) {
	t.Parallel()
	var w wrapper
	var b basic
	if _, err := asn1.Unmarshal(fixture(t, "good.ocsp"), &w); err != nil {
		t.Fatal(err)
	}
	if _, err := asn1.Unmarshal(w.Bytes.Data, &b); err != nil {
		t.Fatal(err)
	}
	b.Certs = []asn1.RawValue{{FullBytes: fixture(t, "neighbour.der")}, {FullBytes: fixture(t, "negative.der")}, b.Certs[0]}
	var err error
	if w.Bytes.Data, err = asn1.Marshal(b); err != nil {
		t.Fatal(err)
	}
	response, err := asn1.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	issuers := certificates(t, "ca")
	v := &revocation.Verifier{Issuers: issuers, Now: clock(ocspMade(t))}
	c := v.CheckOCSP(evidenceOf(t, "device"), response)
	library := librarySaysOCSP(response, fixture(t, "device.der"), issuers[0])
	t.Log(row("good.ocsp, third certificate", "device", library, c))
	if c.Answer != revocation.StateGood || library == "good" {
		t.Errorf("%+v, the library says %s", c, library)
	}
}

// Anything may stand behind a URL.
func FuzzJudge(f *testing.F) {
	for _, name := range []string{"listed.crl", "listed-pem.crl", "indirect-listed.crl", "part.crl", "version1.crl", "good.ocsp", "revoked.ocsp", "two.ocsp", "status3.ocsp"} {
		f.Add(fixture(f, name))
	}
	v := &revocation.Verifier{Issuers: certificates(f, "ca crlissuer"), Now: clock(crlDay), Skew: 365 * 24 * time.Hour}
	e := evidenceOf(f, "device")
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range []revocation.Check{v.CheckCRL(e, b), v.CheckOCSP(e, b)} {
			if (c.Answer == revocation.StateUnknown) != (c.Why != "") {
				t.Errorf("%+v", c)
			}
		}
	})
}
