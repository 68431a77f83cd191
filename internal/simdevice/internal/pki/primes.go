package pki

import (
	"fmt"
	"math/big"
	"math/rand/v2"
)

// Lengths a modulus may have, in bits. The device's own list ends at 4096.
const (
	minBits = 512
	maxBits = 4096
)

// exponent is the public exponent of every key: the one the two published
// device keys have, and the only one browsers and CAs accept everywhere.
const exponent = 65537

// ClosePrimes searches two primes as the flawed library chose them: q at
// random, p the very next prime after it. Their product has exactly bits bits.
// A length that [CheckBits] refuses gives its error.
func ClosePrimes(rng *rand.Rand, bits int) (p, q *big.Int, err error) {
	if err := CheckBits(bits); err != nil {
		return nil, nil, err
	}
	for {
		q := nextPrime(oddStart(rng, bits/2))
		p := nextPrime(new(big.Int).Add(q, two))
		if usable(p, q, bits) {
			return p, q, nil
		}
	}
}

// DistantPrimes searches two independent primes whose difference is as large
// as FIPS 186-5 A.1.3 asks: more than 2^(bits/2-100). Their product has exactly
// bits bits. A length that [CheckBits] refuses gives its error.
func DistantPrimes(rng *rand.Rand, bits int) (p, q *big.Int, err error) {
	if err := CheckBits(bits); err != nil {
		return nil, nil, err
	}
	for {
		p := nextPrime(oddStart(rng, bits/2))
		q := nextPrime(oddStart(rng, bits/2))
		apart := new(big.Int).Sub(p, q)
		if apart.BitLen() > bits/2-100 && usable(p, q, bits) {
			return p, q, nil
		}
	}
}

// CheckBits tells whether an RSA modulus of this length can be made here:
// 512 to 4096 bits in whole bytes.
func CheckBits(bits int) error {
	if bits < minBits || bits > maxBits || bits%16 != 0 {
		return fmt.Errorf("pki: no RSA keys of %d bits: use %d to %d in steps of 16", bits, minBits, maxBits)
	}
	return nil
}

var (
	one = big.NewInt(1)
	two = big.NewInt(2)
)

// oddStart draws an odd number of bits bits. Its two top bits are set, so that
// the product of two such numbers has full length.
func oddStart(rng *rand.Rand, bits int) *big.Int {
	buf := make([]byte, bits/8)
	for i := range buf {
		buf[i] = byte(rng.Uint32())
	}
	buf[0] |= 0xC0
	buf[len(buf)-1] |= 1
	return new(big.Int).SetBytes(buf)
}

// nextPrime returns the first prime at or after the odd number start.
func nextPrime(start *big.Int) *big.Int {
	n := new(big.Int).Set(start)
	for !n.ProbablyPrime(0) {
		n.Add(n, two)
	}
	return n
}

// usable tells whether p and q give a modulus of exactly bits bits for which
// the public exponent has an inverse.
func usable(p, q *big.Int, bits int) bool {
	if new(big.Int).Mul(p, q).BitLen() != bits {
		return false
	}
	e := big.NewInt(exponent)
	gcd := new(big.Int)
	for _, prime := range []*big.Int{p, q} {
		if gcd.GCD(nil, nil, e, new(big.Int).Sub(prime, one)).Cmp(one) != 0 {
			return false
		}
	}
	return true
}
