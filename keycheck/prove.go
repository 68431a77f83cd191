package keycheck

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Proof shows somebody who trusts nobody that a key is broken, and gives him
// nothing of the private key: a statement that names the key, signed with the
// private key that was computed from the public one.
//
// Whoever asks chooses the nonce, so that no earlier signature can serve, and
// checks it with [Proof.Verify], with crypto/rsa, or with
//
//	openssl dgst -sha256 -verify key.pem -signature proof.sig proof.txt
//
// The signature is PKCS #1 v1.5 with SHA-256.
type Proof struct {
	Statement []byte `json:"statement"`
	Signature []byte `json:"signature"`
}

const statementHead = "The private key of this public key has been computed from it. It must not be used.\n"

var (
	// ErrNoProof: the finding has no factors of which a private key can be made,
	// or the modulus is too short for a signature (less than 496 bits).
	ErrNoProof = errors.New("keycheck: no proof")
	// ErrProof: a proof does not hold.
	ErrProof = errors.New("keycheck: the proof does not hold")
)

// sha256Prefix is the DigestInfo before a SHA-256 (RFC 8017, 9.2).
var sha256Prefix = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// Prove makes the proof for the key that the finding is of. The nonce is the
// asker's, at the time of signing. The private key is forgotten. A third party
// gets the statement, the signature, and the public key or certificate.
//
// It signs by itself: crypto/rsa refuses private keys with such primes.
func (f Finding) Prove(k Key, nonce []byte, at time.Time) (Proof, error) {
	if f.secret == nil || k.N == nil || k.E == nil || new(big.Int).Mul(f.secret.p, f.secret.q).Cmp(k.N) != 0 {
		return Proof{}, ErrNoProof
	}
	p := Proof{Statement: statement(k, nonce, at.UTC().Format(time.RFC3339))}
	size := (k.N.BitLen() + 7) / 8
	message := encode(p.Statement, size)
	if message == nil {
		return Proof{}, ErrNoProof
	}
	// (p-1)(q-1), but for equal primes p(p-1).
	order := new(big.Int).Sub(f.secret.p, one)
	if f.secret.p.Cmp(f.secret.q) == 0 {
		order.Mul(order, f.secret.p)
	} else {
		order.Mul(order, new(big.Int).Sub(f.secret.q, one))
	}
	d := new(big.Int).ModInverse(k.E, order)
	if d == nil {
		return Proof{}, ErrNoProof
	}
	p.Signature = new(big.Int).Exp(new(big.Int).SetBytes(message), d, k.N).FillBytes(make([]byte, size))
	if p.Verify(k, nonce) != nil { // the factors were no primes
		return Proof{}, ErrNoProof
	}
	return p, nil
}

var one = big.NewInt(1)

// Verify checks the proof against the key and the nonce that the asker chose. It
// takes keys of any length up to [MaxModulusBits] and exponents up to 256 bits.
func (p Proof) Verify(k Key, nonce []byte) error {
	if k.N == nil || k.E == nil || k.N.Sign() <= 0 || k.N.BitLen() > MaxModulusBits || k.E.Cmp(one) <= 0 || k.E.BitLen() > 256 {
		return fmt.Errorf("%w: no key to verify with", ErrProof)
	}
	_, after, _ := strings.Cut(string(p.Statement), "\nTime: ")
	at, _, _ := strings.Cut(after, "\n")
	if _, err := time.Parse(time.RFC3339, at); err != nil || !bytes.Equal(p.Statement, statement(k, nonce, at)) {
		return fmt.Errorf("%w: it states something else, or of another key or nonce", ErrProof)
	}
	size := (k.N.BitLen() + 7) / 8
	signature := new(big.Int).SetBytes(p.Signature)
	message := encode(p.Statement, size)
	if message == nil || len(p.Signature) != size || signature.Cmp(k.N) >= 0 ||
		!bytes.Equal(signature.Exp(signature, k.E, k.N).FillBytes(make([]byte, size)), message) {
		return fmt.Errorf("%w: wrong signature", ErrProof)
	}
	return nil
}

func statement(k Key, nonce []byte, at string) []byte {
	return fmt.Appendf(nil, "%sSPKI-SHA-256: %x\nTime: %s\nNonce: %x\n", statementHead, k.SPKI, at, nonce)
}

// encode is EMSA-PKCS1-v1_5; nil if there is no room for it.
func encode(statement []byte, size int) []byte {
	digest := sha256.Sum256(statement)
	tail := append(bytes.Clone(sha256Prefix), digest[:]...)
	padding := size - 3 - len(tail)
	if padding < 8 {
		return nil
	}
	message := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, padding)...)
	return append(append(message, 0), tail...)
}
