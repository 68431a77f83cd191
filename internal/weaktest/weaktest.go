// Package weaktest makes RSA moduli that are weak in a known way, for tests and
// benchmarks. The same source of random numbers gives the same moduli.
package weaktest

import (
	"math/big"
	"math/rand/v2"
	"sync"
)

// Rand is a source with a fixed seed.
func Rand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(26320, seed)) }

// Pair is the two primes of a modulus.
type Pair struct{ P, Q *big.Int }

// N is the modulus.
func (p Pair) N() *big.Int { return new(big.Int).Mul(p.P, p.Q) }

// Round is the round of Fermat's method in which the modulus falls; 0 if P = Q.
func (p Pair) Round() int64 {
	middle := new(big.Int).Add(p.P, p.Q)
	middle.Rsh(middle, 1)
	return middle.Sub(middle, new(big.Int).Sqrt(p.N())).Int64()
}

var one = big.NewInt(1)

// Number draws a number of exactly bits bits, below three quarters of the
// longest.
func Number(rng *rand.Rand, bits int) *big.Int {
	n := new(big.Int)
	for range bits/64 + 1 {
		n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(rng.Uint64()))
	}
	n.Rsh(n, uint(max(0, n.BitLen()-bits)))
	n.SetBit(n, bits-1, 1)
	return n.SetBit(n, bits-2, 0)
}

// Next is the smallest prime above n.
func Next(n *big.Int) *big.Int {
	p := new(big.Int).Add(n, one)
	p.SetBit(p, 0, 1)
	if p.BitLen() <= 64 {
		for !p.ProbablyPrime(0) {
			p.Add(p, big.NewInt(2))
		}
		return p
	}
	// Most numbers have a small factor, which a sieve finds in far less time. More
	// primes find less and less: as many as the test of one number is worth.
	const width = 1 << 8 // odd numbers at a time
	for small := smallPrimes(); ; p.Add(p, big.NewInt(2*width)) {
		var composite [width]bool
		for _, s := range small {
			if int(s) > 8*p.BitLen() {
				break
			}
			rest := int(new(big.Int).Mod(p, big.NewInt(s)).Int64())
			// p + 2i is the first multiple where 2i = -rest modulo s.
			first := int(s) - rest
			if first%2 != 0 {
				first += int(s)
			}
			for i := first / 2 % int(s); i < width; i += int(s) {
				composite[i] = true
			}
		}
		for i, c := range composite {
			if c {
				continue
			}
			if q := new(big.Int).Add(p, big.NewInt(int64(2*i))); q.ProbablyPrime(0) {
				return q
			}
		}
	}
}

// smallPrimes are the odd ones below 2^15.
var smallPrimes = sync.OnceValue(func() (all []int64) {
	const below = 1 << 15
	var composite [below]bool
	for p := 3; p < below; p += 2 {
		if composite[p] {
			continue
		}
		all = append(all, int64(p))
		for i := p * p; i < below; i += 2 * p {
			composite[i] = true
		}
	}
	return all
})

// near draws a prime near the root of a modulus of so many bits.
func near(rng *rand.Rand, bits int) *big.Int {
	return Next(new(big.Int).Sqrt(Number(rng, bits)))
}

// Consecutive is the flaw of CVE-2022-26320: P is the next prime after Q.
func Consecutive(rng *rand.Rand, bits int) Pair {
	q := near(rng, bits)
	return Pair{Next(q), q}
}

// InRound is a modulus that falls in exactly that round of Fermat's method.
func InRound(rng *rand.Rand, bits int, round int64) Pair {
	for {
		q := near(rng, bits)
		// (√p-√q)² is twice the rounds: half way to the round before.
		apart := new(big.Int).Mul(q, big.NewInt(8*round-4))
		apart.Sqrt(apart).Add(apart, big.NewInt(2*round-1))
		p := Pair{Next(apart.Add(q, apart)), q}
		if p.Round() == round {
			return p
		}
	}
}

// Square has P = Q.
func Square(rng *rand.Rand, bits int) Pair {
	q := near(rng, bits)
	return Pair{q, q}
}

// Offset has for P the next prime after Q + 2^k.
func Offset(rng *rand.Rand, bits, k int) Pair {
	q := near(rng, bits)
	return Pair{Next(new(big.Int).Add(q, new(big.Int).Lsh(one, uint(k)))), q}
}

// Sound has primes of half the length each that are far apart.
func Sound(rng *rand.Rand, bits int) Pair {
	q, p := Number(rng, bits/2), Number(rng, bits-bits/2)
	q.SetBit(q, q.BitLen()-3, 1)
	p.SetBit(p, p.BitLen()-2, 1).SetBit(p, p.BitLen()-3, 1)
	return Pair{Next(p), Next(q)}
}

// ROCA is a modulus of 512 bits as Infineon's library made them
// (CVE-2017-15361): each prime is a power of 65537 modulo the product of the
// first 39 primes.
func ROCA(rng *rand.Rand) Pair {
	product := big.NewInt(1)
	for p, count := big.NewInt(2), 0; count < 39; p, count = Next(p), count+1 {
		product.Mul(product, p)
	}
	prime := func() *big.Int {
		for {
			p := Number(rng, 256)
			p.Sub(p, new(big.Int).Mod(p, product))
			power := new(big.Int).Exp(big.NewInt(65537), new(big.Int).SetUint64(rng.Uint64()), product)
			if p.Add(p, power).ProbablyPrime(0) {
				return p
			}
		}
	}
	return Pair{prime(), prime()}
}
