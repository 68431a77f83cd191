package pki

import (
	"crypto/rsa"
	"fmt"
	"math/big"
	"math/rand/v2"
)

// WeakRSA makes an RSA key with adjacent primes, as the flawed library did.
//
// The key holds no Primes: crypto/rsa refuses to use close ones ("|p - q| too
// small"), but signs, decrypts and serves TLS with the exponent alone. Below
// 1024 bits crypto/rsa refuses all of that unless the program runs with
// GODEBUG=rsa1024min=0.
func WeakRSA(rng *rand.Rand, bits int) (*rsa.PrivateKey, error) {
	p, q, err := ClosePrimes(rng, bits)
	if err != nil {
		return nil, err
	}
	return weakKey(p, q), nil
}

// StrongRSA makes an RSA key with independent primes. What [WeakRSA] says of
// keys below 1024 bits holds here too.
func StrongRSA(rng *rand.Rand, bits int) (*rsa.PrivateKey, error) {
	p, q, err := DistantPrimes(rng, bits)
	if err != nil {
		return nil, err
	}
	return strongKey(p, q)
}

// weakKey builds a key without its primes.
func weakKey(p, q *big.Int) *rsa.PrivateKey {
	phi := new(big.Int).Mul(
		new(big.Int).Sub(p, one),
		new(big.Int).Sub(q, one),
	)
	return &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(big.NewInt(exponent), phi),
	}
}

// strongKey builds a complete key, ready to sign by CRT.
func strongKey(p, q *big.Int) (*rsa.PrivateKey, error) {
	key := weakKey(p, q)
	key.Primes = []*big.Int{p, q}
	key.Precompute()
	if key.N.BitLen() < 1024 {
		return key, nil // Validate refuses the length, not the numbers.
	}
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("pki: primes give no valid key: %w", err)
	}
	return key, nil
}
