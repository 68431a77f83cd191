package revocation_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/revocation"
)

const certificatesTable = "testdata/corpus/certificates.tsv"

// Certificates as they come, and what OpenSSL, Go and we make of them.
func TestCorpusCertificates(t *testing.T) {
	t.Parallel()
	corpus.Check(t, certificatesTable, false, func(der []byte) (goes, ours string) {
		_, refused := x509.ParseCertificate(der)
		c, err := revocation.ParseCertificate(der)
		if err != nil {
			return corpus.Verdict("reads", refused), corpus.Verdict("", err)
		}
		asGo(t, der)
		read := fmt.Sprintf("serial %s, subject %q, %s to %s, %s %d", c.SerialHex(), c.Subject.Text, day(c.NotBefore), day(c.NotAfter), c.PublicKey.Algorithm, c.PublicKey.Bits)
		if c.DNSNames != nil || c.IPAddresses != nil {
			read += fmt.Sprintf(", for %q %v", c.DNSNames, c.IPAddresses)
		}
		if c.CRLURLs != nil || c.OCSPURLs != nil || c.IssuerURLs != nil {
			read += fmt.Sprintf(", at %q %q %q", c.CRLURLs, c.OCSPURLs, c.IssuerURLs)
		}
		return corpus.Verdict("reads", refused), read + ", self-signed: " + c.SelfSigned.String()
	})
}

// asGo holds what we read to what Go reads, where it reads the octets.
func asGo(t *testing.T, der []byte) {
	t.Helper()
	theirs, refused := x509.ParseCertificate(der)
	if refused != nil {
		return
	}
	c, err := revocation.ParseCertificate(der)
	if err != nil {
		t.Errorf("Go reads %x, we do not: %v", der, err)
		return
	}
	if theirs.NotBefore.Year() < 1 || theirs.NotAfter.Year() < 1 {
		return // no date that JSON could have: it is none
	}
	if c.Serial.Cmp(theirs.SerialNumber) != 0 || !bytes.Equal(c.Issuer.Raw, theirs.RawIssuer) || !bytes.Equal(c.Subject.Raw, theirs.RawSubject) ||
		!bytes.Equal(c.PublicKey.SPKI, theirs.RawSubjectPublicKeyInfo) || !c.NotBefore.Equal(theirs.NotBefore) || !c.NotAfter.Equal(theirs.NotAfter) ||
		!bytes.Equal(c.AuthorityKeyID, theirs.AuthorityKeyId) || !bytes.Equal(c.SubjectKeyID, theirs.SubjectKeyId) || !bytes.Equal(c.Raw, theirs.Raw) {
		t.Errorf("%x: we read another certificate than Go: %+v", der, c)
	}
}

// day is a date as the table has it.
func day(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.Format(time.RFC3339)
}
