package keys_test

import (
	"math/big"
	"math/rand/v2"
)

// oddNumber draws an odd number of exactly bits bits, the top two of them set.
func oddNumber(rng *rand.Rand, bits int) *big.Int {
	buf := make([]byte, (bits+7)/8)
	for i := range buf {
		buf[i] = byte(rng.Uint32())
	}
	n := new(big.Int).SetBytes(buf)
	n.Rsh(n, uint(len(buf)*8-bits))
	n.SetBit(n, bits-1, 1)
	n.SetBit(n, bits-2, 1)
	return n.SetBit(n, 0, 1)
}

// soundModulus multiplies two odd numbers that lie far apart: for Fermat's
// method as good as primes, and found without a search.
func soundModulus(rng *rand.Rand, bits int) *big.Int {
	p, q := oddNumber(rng, bits/2), oddNumber(rng, bits/2)
	return p.Mul(p, q.SetBit(q, bits/2-2, 0))
}

// modulusOfRound makes a modulus of exactly bits bits that falls in exactly
// the given round: n = a²-b² with b²/2a half way between round-1 and round.
// Fermat's method does not ask whether a-b and a+b are primes.
func modulusOfRound(rng *rand.Rand, bits int, round int64) *big.Int {
	a := oddNumber(rng, bits/2)
	b := new(big.Int).Mul(a, big.NewInt(2*(round-1)+1))
	b.Sqrt(b)
	b.SetBit(b, 0, 0) // a is odd, the factors shall be too
	n := new(big.Int).Mul(a, a)
	return n.Sub(n, b.Mul(b, b))
}

// plainFermat is Fermat's method as the books have it.
func plainFermat(n *big.Int, rounds int) (round int, factored bool) {
	a := new(big.Int).Sqrt(n)
	if new(big.Int).Mul(a, a).Cmp(n) != 0 {
		a.Add(a, big.NewInt(1))
	}
	for round := range rounds {
		rest := new(big.Int).Mul(a, a)
		rest.Sub(rest, n)
		b := new(big.Int).Sqrt(rest)
		if new(big.Int).Mul(b, b).Cmp(rest) == 0 {
			return round + 1, b.Cmp(new(big.Int).Sub(a, big.NewInt(1))) < 0
		}
		a.Add(a, big.NewInt(1))
	}
	return rounds, false
}
