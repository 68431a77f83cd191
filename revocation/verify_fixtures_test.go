package revocation_test

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/rekey-go/rekey/revocation"
)

// The fixtures were made by OpenSSL alone: testdata/status/make.sh.
func fixture(t testing.TB, name string) []byte { return testdata(t, filepath.Join("status", name)) }

// crlDay is when tests look at CRLs.
var crlDay = time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)

// ocspMade is when the OCSP responses were made; they are valid for a week.
func ocspMade(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(fixture(t, "made"))))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func certificate(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(fixture(t, name+".der"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// certificates of CAs, by names separated by spaces.
func certificates(t testing.TB, names string) []*x509.Certificate {
	t.Helper()
	var out []*x509.Certificate
	for _, name := range strings.Fields(names) {
		out = append(out, certificate(t, name))
	}
	return out
}

func evidenceOf(t testing.TB, name string) revocation.Evidence {
	t.Helper()
	e, err := revocation.NewEvidence(revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example"}, Key: "TLS",
		Certificate: &revocation.CertificateRecord{DER: fixture(t, name+".der")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// clock stands still.
func clock(at time.Time) func() time.Time { return func() time.Time { return at } }

// librarySaysCRL is what crypto/x509 alone makes of a CRL.
func librarySaysCRL(crl, cert []byte, issuer *x509.Certificate) string {
	l, err := x509.ParseRevocationList(crl)
	if err != nil {
		return err.Error()
	}
	if err := l.CheckSignatureFrom(issuer); err != nil {
		return err.Error()
	}
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		return err.Error()
	}
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return "revoked"
		}
	}
	return "good"
}

// librarySaysOCSP is what golang.org/x/crypto/ocsp alone makes of a response.
func librarySaysOCSP(response, cert []byte, issuer *x509.Certificate) string {
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		return err.Error()
	}
	r, err := ocsp.ParseResponseForCert(response, c, issuer)
	if err != nil {
		return err.Error()
	}
	return map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked", ocsp.Unknown: "unknown"}[r.Status]
}

// row prints one line of the comparison that the tests log.
func row(file, certificate, library string, c revocation.Check) string {
	ours := c.Answer.String()
	if c.Why != "" {
		ours += ": " + c.Why
	}
	return fmt.Sprintf("| %s | %s | %s | %s |", file, certificate, library, ours)
}

// Every fixture that make.sh leaves is used: one that is not tests nothing.
func TestFixturesAreUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"now-clear.crl": true, "now-listed.crl": true} // verify_test.go
	for _, tc := range crlCases {
		used[tc.file+".crl"] = true
	}
	for _, tc := range ocspCases {
		used[tc.file+".ocsp"] = true
	}
	files, err := os.ReadDir(filepath.Join("testdata", "status"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); ext == ".crl" || ext == ".ocsp" {
			seen++
			if !used[f.Name()] {
				t.Errorf("%s is in no case", f.Name())
			}
		}
	}
	if seen < 70 {
		t.Errorf("%d fixtures", seen)
	}
}
