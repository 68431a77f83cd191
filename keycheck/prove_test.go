package keycheck_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keycheck"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func prove(t *testing.T, k keycheck.Key, nonce []byte) (keycheck.Proof, error) {
	t.Helper()
	var c keycheck.Checker
	found, err := c.Check(t.Context(), k)
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	return found[len(found)-1].Prove(k, nonce, noon)
}

// The proof convinces crypto/rsa, and nothing else than this key, this nonce and
// this text.
func TestProve(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(20)
	nonce := []byte("chosen by the CA")
	for _, tc := range []struct {
		name string
		pair weaktest.Pair
		e    int64
	}{
		{"consecutive", weaktest.Consecutive(rng, 1024), 65537},
		{"round 100", weaktest.InRound(rng, 1025, 100), 65537},
		{"equal primes", weaktest.Square(rng, 1024), 65537},
		{"short", weaktest.Consecutive(rng, 512), 65537},
	} {
		n := tc.pair.N()
		k := keycheck.RSA(n, big.NewInt(tc.e))
		p, err := prove(t, k, nonce)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if err := p.Verify(k, nonce); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if n.BitLen() >= 1024 { // shorter ones Go refuses
			digest := sha256.Sum256(p.Statement)
			if err := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: n, E: int(tc.e)}, crypto.SHA256, digest[:], p.Signature); err != nil {
				t.Errorf("%s: crypto/rsa: %v", tc.name, err)
			}
		}
		for _, secret := range []*big.Int{tc.pair.P, tc.pair.Q} {
			if bytes.Contains(p.Statement, []byte(secret.Text(16))) || bytes.Contains(p.Signature, secret.Bytes()) {
				t.Errorf("%s: the proof holds a factor", tc.name)
			}
		}
		other := keycheck.RSA(weaktest.Published()[0], big.NewInt(tc.e))
		cut := keycheck.Proof{Statement: p.Statement, Signature: p.Signature[1:]}
		more := keycheck.Proof{Statement: append(bytes.Clone(p.Statement), '\n'), Signature: p.Signature}
		flipped := keycheck.Proof{Statement: p.Statement, Signature: bytes.Clone(p.Signature)}
		flipped.Signature[9] ^= 1
		// The same modulo n, where the length leaves room: no verifier takes it (RFC 8017, 5.2.2).
		again := keycheck.Proof{Statement: p.Statement}
		if sum := new(big.Int).SetBytes(p.Signature); sum.Add(sum, n).BitLen() <= 8*len(p.Signature) {
			again.Signature = sum.FillBytes(make([]byte, len(p.Signature)))
		} else if tc.name == "round 100" {
			t.Error("no room for a signature beyond the modulus")
		}
		for what, err := range map[string]error{
			"another key":         p.Verify(other, nonce),
			"another nonce":       p.Verify(k, []byte("another")),
			"no key":              p.Verify(keycheck.Key{}, nonce),
			"exponent 1":          p.Verify(keycheck.RSA(n, big.NewInt(1)), nonce),
			"a cut signature":     cut.Verify(k, nonce),
			"another text":        more.Verify(k, nonce),
			"another signature":   flipped.Verify(k, nonce),
			"beyond the modulus":  again.Verify(k, nonce),
			"no proof":            keycheck.Proof{}.Verify(k, nonce),
			"modulus out of size": p.Verify(keycheck.RSA(ones(keycheck.MaxModulusBits+1), f4), nonce),
		} {
			if !errors.Is(err, keycheck.ErrProof) {
				t.Errorf("%s: %s is taken: %v", tc.name, what, err)
			}
		}
	}
}

// What cannot be proved by a signature is an error, not a wrong one.
func TestProveNeedsFactors(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(21)
	weak := weaktest.Consecutive(rng, 512).N()
	for name, k := range map[string]keycheck.Key{
		"no factors":          keycheck.RSA(weaktest.Sound(rng, 512).N(), f4),
		"composite factor":    keycheck.RSA(new(big.Int).Mul(big.NewInt(3), weaktest.Sound(rng, 1024).N()), f4),
		"no exponent":         keycheck.RSA(weak, nil),
		"even exponent":       keycheck.RSA(weak, big.NewInt(4)),
		"no room":             keycheck.RSA(weaktest.Consecutive(rng, 480).N(), f4),
		"exponent negative":   keycheck.RSA(weak, big.NewInt(-3)),
		"exponent beyond 256": keycheck.RSA(weak, new(big.Int).SetBit(new(big.Int).Lsh(f4, 300), 0, 1)),
	} {
		if p, err := prove(t, k, nil); !errors.Is(err, keycheck.ErrNoProof) {
			t.Errorf("%s: %q, %v", name, p.Statement, err)
		}
	}
	weakKey := keycheck.RSA(weak, f4)
	var c keycheck.Checker
	found, _ := c.Check(t.Context(), weakKey)
	if _, err := found[len(found)-1].Prove(keycheck.RSA(weaktest.Published()[0], f4), nil, noon); !errors.Is(err, keycheck.ErrNoProof) {
		t.Errorf("for another key: %v", err)
	}
}
