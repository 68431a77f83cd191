package keys_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/keys"
)

const requestsTable = "testdata/corpus/requests.tsv"

// Requests as devices make them, and what OpenSSL, Go and we make of them.
func TestCorpusRequests(t *testing.T) {
	t.Parallel()
	corpus.Check(t, requestsTable, false, func(der []byte) (goes, ours string) {
		_, refused := x509.ParseCertificateRequest(der)
		csr, err := keys.ParseCSR(der)
		if err != nil {
			return corpus.Verdict("reads", refused), "refuses" // in Go's words
		}
		requestAsGo(t, der)
		signature := "it verifies"
		if err := csr.CheckSignature(); err != nil {
			signature = "it does not verify"
		}
		return corpus.Verdict("reads", refused), fmt.Sprintf("subject %q, %v, for %q %v; %s", csr.Subject, csr.PublicKeyAlgorithm, csr.DNSNames, csr.IPAddresses, signature)
	})
}

// requestAsGo holds what we read to what Go reads, where it reads the octets.
func requestAsGo(t *testing.T, der []byte) {
	t.Helper()
	csr, err := keys.ParseCSR(der)
	theirs, refused := x509.ParseCertificateRequest(der)
	switch {
	case refused != nil:
		if err == nil && !bytes.HasPrefix(der, csr.Raw) && der[1] != 0x80 {
			t.Errorf("%x: the request has other octets than were given", der)
		}
	case err != nil:
		if keysize.Key(theirs.PublicKey) == nil { // others are beyond all bounds
			t.Errorf("Go reads %x, we do not: %v", der, err)
		}
	case !bytes.Equal(csr.RawSubject, theirs.RawSubject) || !bytes.Equal(csr.RawSubjectPublicKeyInfo, theirs.RawSubjectPublicKeyInfo) ||
		fmt.Sprint(csr.DNSNames, csr.IPAddresses, csr.Extensions) != fmt.Sprint(theirs.DNSNames, theirs.IPAddresses, theirs.Extensions) ||
		(csr.CheckSignature() == nil) != (theirs.CheckSignature() == nil):
		t.Errorf("%x: we read another request than Go", der)
	}
}

// FuzzParseCSR reads any octets as a request.
func FuzzParseCSR(f *testing.F) {
	corpus.Seeds(f, requestsTable)
	f.Fuzz(func(t *testing.T, der []byte) { requestAsGo(t, der) })
}
