package keys_test

import (
	"bytes"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
)

// TestServedCertificateOpenSSL takes from OpenSSL the certificates that Go's
// own TLS neither serves nor accepts.
func TestServedCertificateOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on PATH: it is the peer of this test")
	}
	for _, tc := range []struct {
		name, bits, serial string
		server             []string
	}{
		{"RSA-512, TLS 1.2", "512", "5", nil},
		{"RSA-512, TLS 1.2, RSA key exchange", "512", "5", []string{"-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"}},
		{"RSA-512, TLS 1.0", "512", "5", []string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}},
		{"negative serial number", "1024", "-5", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
			for _, args := range [][]string{
				{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + tc.bits, "-out", key},
				{"req", "-x509", "-new", "-key", key, "-subj", "/CN=mfp.example", "-sha256", "-set_serial", tc.serial, "-out", cert},
			} {
				if out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput(); err != nil {
					t.Skipf("this openssl cannot make the certificate: %v\n%s", err, out)
				}
			}
			address := devicetest.Nobody(t)
			args := []string{"s_server", "-quiet", "-accept", address, "-cert", cert, "-key", key}
			if tc.server == nil {
				tc.server = []string{"-cipher", "ALL:@SECLEVEL=0"}
			}
			server := exec.CommandContext(t.Context(), openssl, append(args, tc.server...)...)
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })

			text, err := os.ReadFile(cert)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := pem.Decode(text)
			served := untilServed(t, address)
			if !bytes.Equal(served.Chain[0], want.Bytes) {
				t.Error("another certificate than the server's")
			}
			c, err := revocation.ParseCertificate(served.Chain[0])
			if err != nil || c.SelfSigned != revocation.Yes || c.Serial.String() != tc.serial {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// untilServed asks until the server is up.
func untilServed(t *testing.T, address string) *keys.Served {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
		served, err := keys.ServedCertificate(t.Context(), nil, address)
		if err == nil {
			return served
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
