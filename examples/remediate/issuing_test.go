package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
)

// office is a CA with a SCEP server.
func office(t *testing.T, cfg testca.SCEP) (ca *testca.CA, url, fingerprint string) {
	t.Helper()
	ca, err := testca.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	sum := sha256.Sum256(ca.Certificate().Raw)
	return ca, h.URL + "/scep", hex.EncodeToString(sum[:])
}

func write(t *testing.T, file, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// issuedBy fails the test unless TLS is served with a strong key and a
// certificate of the CA.
func issuedBy(t *testing.T, d *simdevice.Device, ca *testca.CA) {
	t.Helper()
	if k := tlsKey(t, d); k.Weak || k.Certificate.CheckSignatureFrom(ca.Certificate()) != nil {
		t.Errorf("TLS has key %q, weak %v, issued by %s", k.Name, k.Weak, k.Certificate.Issuer)
	}
}

// Each way to a certificate of a CA, from the command line. // G-4 to G-8
func TestIssuing(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	t.Run("local CA", func(t *testing.T) {
		t.Parallel()
		ca, _, _ := office(t, testca.SCEP{})
		key, err := x509.MarshalPKCS8PrivateKey(ca.Key())
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		cert, keyFile := write(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", ca.Certificate().Raw), write(t, filepath.Join(dir, "ca.key"), "PRIVATE KEY", key)
		d := device(t, simdevice.Config{Seed: 3})
		r := invoke(t, flagsOf(t, d, t.TempDir(), "-v", "-cert", "csr", "-issuer-cert", cert, "-issuer-key", keyFile)...)
		r.want(t, 0)
		issuedBy(t, d, ca)
		if !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), "have the certificate issued") {
			t.Errorf("the plan does not say so:\n%s", r.stdout)
		}
	})
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		ca, _, _ := office(t, testca.SCEP{})
		d, dir := device(t, simdevice.Config{Seed: 4}), filepath.Join(t.TempDir(), "requests")
		trusted := write(t, filepath.Join(t.TempDir(), "ca.pem"), "CERTIFICATE", ca.Certificate().Raw)
		flags := flagsOf(t, d, t.TempDir(), "-cert", "csr", "-csr-dir", dir, "-csr-ca", trusted)
		r := invoke(t, flags...)
		r.want(t, exitWaiting)
		if !strings.Contains(r.stderr, dir) {
			t.Errorf("it does not say where the request is:\n%s", r.stderr)
		}
		if strings.Count(r.stdout, "is not issued yet") != 1 || !strings.Contains(r.stdout, "\nWaiting: ") || strings.Contains(r.stderr, "is not issued yet") {
			t.Errorf("what is waited for is not told once:\n%s\n%s", r.stdout, r.stderr)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.csr"))
		if err != nil || len(files) != 1 || !strings.Contains(files[0], "127.0.0.1-iR-ADV_C5560_III-tls-rktls") {
			t.Fatalf("%q %v", files, err)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		csr, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		stranger, _, _ := office(t, testca.SCEP{})
		foreign, err := stranger.Issue(csr)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "from a stranger.pem"), "CERTIFICATE", foreign.Raw)
		if r := invoke(t, flags...); r.code != exitCertificate || !strings.Contains(r.stderr, "from a stranger.pem") {
			t.Errorf("a stranger's certificate: exit code %d\n%s", r.code, r.stderr)
		}
		cert, err := ca.Issue(csr)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "from the CA.pem"), "CERTIFICATE", cert.Raw)
		invoke(t, flags...).want(t, 0)
		if !tlsKey(t, d).Certificate.Equal(cert) {
			t.Error("TLS is served with another certificate")
		}
	})
	t.Run("SCEP", func(t *testing.T) {
		t.Parallel()
		ca, url, fingerprint := office(t, testca.SCEP{})
		d := device(t, simdevice.Config{Seed: 5})
		wrong := invoke(t, flagsOf(t, d, t.TempDir(), "-cert", "csr", "-scep-url", url, "-scep-fingerprint", strings.Repeat("ab", 32))...)
		if wrong.code == 0 || d.StateChanges() != 0 {
			t.Errorf("a CA with another fingerprint: exit code %d, %d changes", wrong.code, d.StateChanges())
		}
		invoke(t, flagsOf(t, d, t.TempDir(), "-cert", "csr", "-scep-url", url, "-scep-fingerprint", fingerprint)...).want(t, 0)
		issuedBy(t, d, ca)
	})
	t.Run("challenge in a file", func(t *testing.T) {
		t.Parallel()
		ca, url, _ := office(t, testca.SCEP{Challenge: "first line"})
		file := filepath.Join(t.TempDir(), "challenge")
		if err := os.WriteFile(file, []byte("first line\r\nsecond\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		d := device(t, simdevice.Config{Seed: 7, SCEPURL: url})
		invoke(t, flagsOf(t, d, t.TempDir(), "-cert", "scep", "-scep-challenge-file", file)...).want(t, 0)
		issuedBy(t, d, ca)
	})
	t.Run("SCEP by the device", func(t *testing.T) {
		t.Parallel()
		const challenge = "open sesame 77"
		ca, url, fingerprint := office(t, testca.SCEP{Challenge: challenge})
		d := device(t, simdevice.Config{Seed: 6, SCEPTimer: true})
		flags := flagsOf(t, d, t.TempDir(), "-cert", "scep", "-scep-url", url, "-scep-fingerprint", fingerprint, "-scep-challenge-env", "CHALLENGE")
		r := invocation{args: flags, env: map[string]string{"CHALLENGE": challenge}}.run(t)
		r.want(t, 0)
		issuedBy(t, d, ca)
		if strings.Contains(r.stdout+r.stderr, challenge) {
			t.Error("the challenge password was printed")
		}
	})
}
