package revocation_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// FuzzParsePublicKey reads keys and requests: one that is read is read alike
// from what it is written as.
func FuzzParsePublicKey(f *testing.F) {
	for _, name := range []string{"request.der", "ca.der", "p256.der", "rsa512-sha256.der"} {
		der := testdata(f, name)
		f.Add(der)
		if c, err := revocation.ParseCertificate(der); err == nil {
			f.Add(c.PublicKey.SPKI)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, parse := range []func([]byte) (revocation.PublicKey, error){revocation.ParsePublicKey, revocation.RequestPublicKey} {
			k, err := parse(der)
			if err != nil {
				continue
			}
			again, err := revocation.ParsePublicKey(k.SPKI)
			if err != nil || again.SHA256 != k.SHA256 || again.Algorithm != k.Algorithm || again.Bits != k.Bits {
				t.Errorf("%+v, then %+v, %v", k, again, err)
			}
			if k.N != nil && k.N.Sign() <= 0 {
				t.Errorf("modulus %v", k.N)
			}
		}
	})
}

// FuzzEvidenceRecord reads any file as a record of the store: what is read can
// be put again.
func FuzzEvidenceRecord(f *testing.F) {
	dir := f.TempDir()
	s, err := revocation.OpenStore(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	put := func(e revocation.Evidence) {
		e, err := revocation.NewEvidence(e)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := s.Put(f.Context(), e); err != nil {
			f.Fatal(err)
		}
	}
	put(revocation.Evidence{Device: revocation.Device{URL: "https://192.0.2.7"}, Key: "k", Certificate: &revocation.CertificateRecord{DER: testdata(f, "issued.der"), Chain: [][]byte{testdata(f, "ca.der")}}})
	put(revocation.Evidence{Device: revocation.Device{URL: "https://192.0.2.7"}, Key: "../x", Fields: []revocation.Field{{Label: "Issuer", Value: "CN=\u202ex"}}})
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) != 2 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(bytes.ReplaceAll(b, []byte("192.0.2.7"), []byte("u:p@[::1]:99999/..?q")))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		read := 0
		for e, err := range s.All() {
			if err != nil {
				continue
			}
			read++
			if again, err := revocation.NewEvidence(e); err == nil && again.Fingerprint == "" {
				t.Errorf("%+v", again)
			}
		}
		if read > 2 || read < 1 {
			t.Errorf("%d records", read)
		}
	})
}
