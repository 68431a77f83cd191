package weaktest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512"
	"math/big"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
)

func private(p weaktest.Pair) *rsa.PrivateKey {
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p.P, one), new(big.Int).Sub(p.Q, one))
	return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: p.N(), E: 65537}, D: new(big.Int).ModInverse(big.NewInt(65537), phi)}
}

// What it signs, crypto/rsa verifies; what it does not know how to sign it leaves
// to crypto/rsa.
func TestSigner(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("text"))
	for _, bits := range []int{1024, 1031, 2048} {
		key := private(weaktest.Consecutive(weaktest.Rand(uint64(bits)), bits))
		signer := weaktest.Signer(key)
		if signer == crypto.Signer(key) || weaktest.Signer(key) != signer || !key.PublicKey.Equal(signer.Public()) {
			t.Fatalf("%d bits: %T", bits, signer)
		}
		for range 5 {
			signature, err := signer.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
			if err != nil || rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, nil) != nil {
				t.Errorf("%d bits, PSS: %v", bits, err)
			}
		}
		signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
			t.Errorf("%d bits, PKCS #1: %v", bits, err)
		}
	}
	sound := private(weaktest.Sound(weaktest.Rand(1), 1024))
	if weaktest.Signer(sound) != crypto.Signer(sound) {
		t.Error("a sound key is signed with otherwise")
	}
}

func BenchmarkSigner(b *testing.B) {
	key := private(weaktest.Consecutive(weaktest.Rand(1), 2048))
	digest := sha256.Sum256([]byte("text"))
	for name, signer := range map[string]crypto.Signer{"rsa": key, "Signer": weaktest.Signer(key)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := signer.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
