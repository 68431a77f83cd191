package simdevice

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
)

// OpenSSL reads what the device sends, and finds it signed and encrypted
// rightly: requests of every kind of key, and a message of SCEP.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on PATH: it is the judge of this test")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput()
		if err != nil {
			t.Errorf("openssl %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	ca := openSCEP(t, testca.SCEP{Challenge: "s3cret"})
	_, c := loggedIn(t, Config{SCEPURL: ca.url, CSRNames: []string{"printer.example", "192.0.2.7"}, KeySlots: 16, Tolerate: []Invariant{InvariantOneSuccessor}})
	for name, n := range map[string]newKey{
		"rsa512": {length: 0}, "rsa1024": {length: 1, hash: 2}, "rsa2048": {length: 2, hash: 1}, "p256": {curve: 1}, "p521": {curve: 3, hash: 2},
	} {
		n.name, n.cn, n.org = name, "192.0.2.7", "Form & Co"
		c.generateCSR(n)
		path := write(name+".csr", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: c.shownCSR().Raw}))
		out := run("req", "-in", path, "-verify", "-noout", "-text")
		for _, want := range []string{"verify OK", "CN = 192.0.2.7", "DNS:printer.example, IP Address:192.0.2.7"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
	}
	in := scepFor("scep")
	in.challenge = "s3cret"
	c.requestSCEP(in)
	c.awaitSCEP()
	c.logout()
	asked := ca.Requests()
	message := write("message.der", asked[len(asked)-1].Message)
	key, err := x509.MarshalPKCS8PrivateKey(office().Key())
	if err != nil {
		t.Fatal(err)
	}
	envelope, inner := filepath.Join(dir, "envelope.der"), filepath.Join(dir, "inner.der")
	run("cms", "-verify", "-noverify", "-inform", "DER", "-in", message, "-binary", "-out", envelope)
	run("cms", "-decrypt", "-inform", "DER", "-in", envelope, "-binary", "-out", inner,
		"-recip", write("ca.pem", inPEM(office().Certificate().Raw)), "-inkey", write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	if out := run("req", "-inform", "DER", "-in", inner, "-verify", "-noout", "-text"); !strings.Contains(out, "challengePassword") || !strings.Contains(out, "s3cret") {
		t.Errorf("the request within:\n%s", out)
	}
}
