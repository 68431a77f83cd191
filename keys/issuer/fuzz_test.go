package issuer_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
)

// fuzzRequest is a request and a certificate for its key, and one for another.
func fuzzRequest(f *testing.F) (csr *x509.CertificateRequest, ours, other []byte) {
	f.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	stranger := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mfp.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10000 * time.Hour)}
	ours = must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	other = must(x509.CreateCertificate(rand.Reader, template, template, stranger.Public(), stranger))
	csr = must(x509.ParseCertificateRequest(must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "../mfp\x1b"}}, key))))
	return csr, ours, other
}

// FuzzDropBox puts any file into the directory, under any of the names that
// people use: it is the answer if it has a certificate for the request's key.
func FuzzDropBox(f *testing.F) {
	csr, ours, other := fuzzRequest(f)
	armour := func(der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	for _, content := range [][]byte{ours, other, armour(ours), append(armour(other), armour(ours)...), ours[:40], nil, []byte("<html><title>\x1b[2J"), []byte(`{"version":1,"spki":"x","requested":"2026-05-01T00:00:00Z"}`)} {
		f.Add(uint8(0), content)
		f.Add(uint8(1), content)
		f.Add(uint8(2), content)
	}
	dir := f.TempDir()
	box := must(issuer.NewDropBox(dir, nil))
	if _, err := box.Issue(f.Context(), csr); !errors.Is(err, keys.ErrPending) {
		f.Fatal(err)
	}
	records, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(records) != 1 || filepath.Dir(records[0]) != dir {
		f.Fatal(records, err)
	}
	stem := strings.TrimSuffix(records[0], ".json")
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		file := []string{stem + ".cer", stem + ".json", filepath.Join(dir, "answer\u202e.p7b")}[which%3]
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file)
		box := must(issuer.NewDropBox(dir, nil))
		chain, err := box.Issue(t.Context(), csr)
		switch {
		case err == nil && !csr.PublicKey.(*ecdsa.PublicKey).Equal(chain[0].PublicKey):
			t.Errorf("the certificate is for another key")
		case err == nil && which%3 == 1:
			t.Error("a record passes for an answer")
		case err != nil && chain != nil:
			t.Error("an answer with an error")
		case err != nil:
			if r, bad := hostile.Unsafe(err.Error()); bad {
				t.Errorf("%U in %q", r, err)
			}
		}
	})
}

// FuzzStepCA gives any answer of a CA's API to a request.
func FuzzStepCA(f *testing.F) {
	csr, ours, other := fuzzRequest(f)
	f.Add(uint16(201), crtJSON(ours))
	f.Add(uint16(201), crtJSON(other))
	f.Add(uint16(401), []byte(`{"message":"no\u202e\u001b[2J"}`))
	f.Add(uint16(200), []byte(`{"crt":null,"certChain":[1,"x"]}`))
	f.Add(uint16(500), []byte("<html><title>\x1b"))
	f.Fuzz(func(t *testing.T, status uint16, answer []byte) {
		fake := newFakeStepCA(t)
		key := ecKey()
		fake.provision("printers", key.Public())
		fake.intercept = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/1.0/sign" {
				return false
			}
			w.WriteHeader(200 + int(status%400))
			_, _ = w.Write(answer)
			return true
		}
		s := newStepCA(t, caserver.StepCA{URL: fake.URL, Fingerprint: fake.fingerprint(), Provisioner: "printers", Key: key})
		chain, err := s.Issue(t.Context(), csr)
		if err == nil && !csr.PublicKey.(*ecdsa.PublicKey).Equal(chain[0].PublicKey) {
			t.Error("the certificate is for another key")
		}
		if err != nil {
			if r, bad := hostile.Unsafe(err.Error()); bad || chain != nil {
				t.Errorf("%U in %q", r, err)
			}
		}
	})
}

func crtJSON(der []byte) []byte {
	text := bytes.ReplaceAll(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), []byte("\n"), []byte(`\n`))
	return append(append([]byte(`{"crt":"`), text...), `"}`...)
}
