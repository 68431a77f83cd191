package scep_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/scep"
)

// TestMessagesOpenSSL has OpenSSL judge our messages: that their signature
// verifies, that the CA's key opens the envelope, what they are made with.
func TestMessagesOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on PATH: it is the judge of this test")
	}
	for _, tc := range []struct {
		name string
		cfg  testca.SCEP
		o    scep.ClientOptions
		want []string // in the printed message and envelope
	}{
		{"AES", testca.SCEP{Pending: 1}, scep.ClientOptions{}, []string{"algorithm: aes-128-cbc", "digestAlgorithm: algorithm: sha256"}},
		{"legacy", testca.SCEP{Pending: 1, Caps: []string{}}, scep.ClientOptions{AllowLegacy: true}, []string{"algorithm: des-ede3-cbc", "digestAlgorithm: algorithm: sha1", "signatureAlgorithm: algorithm: rsaEncryption"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ca := plainCA()
			server, c := serve(t, ca, tc.cfg, tc.o)
			csr := request(t, ecdsaKey(), "s3cret")
			if _, err := c.Issue(t.Context(), csr); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			file := func(name string, content []byte) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			run := func(args ...string) []byte {
				out, err := exec.CommandContext(t.Context(), openssl, args...).Output()
				if err != nil {
					t.Fatalf("openssl %q: %v", args, err)
				}
				return out
			}
			der, err := x509.MarshalPKCS8PrivateKey(ca.Key())
			if err != nil {
				t.Fatal(err)
			}
			key := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
			cert := file("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate().Raw}))
			messages := 0
			for _, r := range server.Requests() {
				if r.Message == nil {
					continue
				}
				messages++
				in := file("message", r.Message)
				envelope := file("envelope", run("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", in))
				content := run("cms", "-decrypt", "-inform", "DER", "-in", envelope, "-recip", cert, "-inkey", key)
				if r.MessageType == "19" && !bytes.Equal(content, csr.Raw) {
					t.Error("the envelope does not hold the request")
				}
				if r.MessageType == "20" {
					if text := string(run("asn1parse", "-inform", "DER", "-in", file("names", content))); !strings.Contains(text, "Test CA") || !strings.Contains(text, "mfp.example") {
						t.Errorf("CertPoll for\n%s", text)
					}
				}
				printed := string(run("cms", "-cmsout", "-print", "-inform", "DER", "-in", in)) +
					string(run("cms", "-cmsout", "-print", "-inform", "DER", "-in", envelope))
				printed = strings.Join(strings.Fields(printed), " ")
				for _, want := range tc.want {
					if !strings.Contains(printed, want) {
						t.Errorf("no %q in\n%s", want, printed)
					}
				}
			}
			if messages != 2 {
				t.Errorf("%d messages judged", messages)
			}
		})
	}
}
