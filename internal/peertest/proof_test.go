package peertest

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

// OpenSSL takes the proof that a key is broken, and no other statement: by the
// commands that docs/weak-keys.md gives.
func TestOpenSSLVerifiesProofs(t *testing.T) {
	t.Parallel()
	need(t, "openssl")
	rng := weaktest.Rand(1)
	for _, n := range []*big.Int{weaktest.Published()[0], weaktest.Consecutive(rng, 512).N(), weaktest.InRound(rng, 1025, 100).N(), weaktest.Square(rng, 1024).N()} {
		pub := &rsa.PublicKey{N: n, E: 65537}
		k, err := keycheck.Public(pub)
		if err != nil {
			t.Fatal(err)
		}
		var c keycheck.Checker
		found, err := c.Check(t.Context(), k)
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		proof, err := found[len(found)-1].Prove(k, []byte("nonce"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for name, content := range map[string]string{
			"key.pem": encode("PUBLIC KEY", der), "proof.txt": string(proof.Statement), "proof.sig": string(proof.Signature),
			"other.txt": string(proof.Statement) + "\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for statement, want := range map[string]bool{"proof.txt": true, "other.txt": false} {
			for _, args := range [][]string{
				{"pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sha256", "-in", statement, "-sigfile", "proof.sig"},
				{"dgst", "-sha256", "-verify", "key.pem", "-signature", "proof.sig", statement},
			} {
				cmd := exec.CommandContext(t.Context(), "openssl", args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); (err == nil) != want {
					t.Errorf("%d bits, openssl %v: %v\n%s", n.BitLen(), args, err, out)
				}
			}
		}
	}
}
