package keys

import (
	"math/big"
	"math/bits"
)

var (
	one = big.NewInt(1)
	two = big.NewInt(2)
)

// fermat runs Fermat's method on an odd n that is no square: for a = ⌈√n⌉ and
// on, n = (a-b)(a+b) as soon as a²-n is a square b². It returns the rounds run
// and whether the last of them factored n.
//
// Nearly all rounds are decided by the sieve, 64 at a time. The few that it
// lets through are computed.
func fermat(n *big.Int, root squareRoot, rounds int) (run int, factored bool) {
	first := new(big.Int).Add(root.floor, one) // n is no square: the ceiling
	s := newSieve(n, first)
	for done := 0; done < rounds; done += wordBits {
		for open := s.next(); open != 0; open &= open - 1 {
			round := done + bits.TrailingZeros64(open) + 1
			if round > rounds {
				break
			}
			a := new(big.Int).Add(first, big.NewInt(int64(round-1)))
			switch try(n, a) {
			case split:
				return round, true
			case exhausted:
				return round, false
			}
		}
	}
	return rounds, false
}

// outcome is what one computed round says.
type outcome int

const (
	noSquare  outcome = iota // a²-n is not a square: go on
	split                    // n = (a-b)(a+b), both factors proper
	exhausted                // n = 1·n: every larger a is pointless
)

// try computes the round of a, for a odd n and a > √n.
func try(n, a *big.Int) outcome {
	square := new(big.Int).Mul(a, a)
	square.Sub(square, n)
	b := new(big.Int).Sqrt(square)
	if new(big.Int).Mul(b, b).Cmp(square) != 0 {
		return noSquare
	}
	p, q := new(big.Int).Add(a, b), new(big.Int).Sub(a, b)
	switch {
	case q.Cmp(one) <= 0:
		return exhausted
	case p.Cmp(n) < 0 && new(big.Int).Mul(p, q).Cmp(n) == 0:
		return split
	}
	return noSquare
}

// squareRoot is a whole square root with what it leaves: floor² + rem = n.
type squareRoot struct{ floor, rem *big.Int }

// sqrtRem takes the square root of n ≥ 0 by Zimmermann's recursion: the root
// of the upper half of the digits, then one division for the lower half. It
// takes well under the time of big.Int.Sqrt, the larger part of a short check.
func sqrtRem(n *big.Int) squareRoot {
	const smallBits = 256
	if n.BitLen() <= smallBits {
		floor := new(big.Int).Sqrt(n)
		rem := new(big.Int).Mul(floor, floor)
		return squareRoot{floor, rem.Sub(n, rem)}
	}
	// n = high·4^k + mid·2^k + low with mid and low of k bits, whole words as
	// they are cheap to cut. high having at least half the bits, the estimate
	// is never too small and hardly ever too large.
	k := uint(n.BitLen()) / 4 / bits.UintSize * bits.UintSize
	high := sqrtRem(new(big.Int).Rsh(n, 2*k))
	mask := new(big.Int).Lsh(one, k)
	mask.Sub(mask, one)
	low := new(big.Int).And(n, mask)
	mid := new(big.Int).Rsh(n, k)
	mid.And(mid, mask)

	dividend := high.rem.Lsh(high.rem, k)
	dividend.Add(dividend, mid)
	divisor := new(big.Int).Lsh(high.floor, 1)
	quotient, left := new(big.Int).QuoRem(dividend, divisor, new(big.Int))

	floor := high.floor.Lsh(high.floor, k)
	floor.Add(floor, quotient)
	rem := left.Lsh(left, k)
	rem.Add(rem, low)
	rem.Sub(rem, quotient.Mul(quotient, quotient))
	for rem.Sign() < 0 {
		rem.Add(rem, floor)
		floor.Sub(floor, one)
		rem.Add(rem, floor)
	}
	return squareRoot{floor, rem}
}
