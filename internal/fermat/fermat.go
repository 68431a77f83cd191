// Package fermat factors the product of two numbers close together by Fermat's
// method, at a small part of the usual cost and with no allocation.
//
// For a = ⌈√n⌉ and on, n = (a-b)(a+b) as soon as a²-n is a square b². Two things
// make it fast: the one square root of n is taken in fixed room without a long
// division (root.go), and nearly all rounds are decided 64 at a time by what
// squares are modulo small numbers (sieve.go). The few rounds that this leaves
// are computed. No round is skipped that could succeed.
package fermat

import (
	"context"
	"math/big"
	"math/bits"
)

// MaxBits is the longest modulus.
const MaxBits = 16384

// Search holds the room that a search needs, some kilobytes. The zero value is
// ready. It may be used again, by one goroutine at a time.
type Search struct {
	n     [MaxBits / 64]uint64
	first [maxRoot]uint64 // round 1
	a     [maxRoot]uint64
	b2    [2 * maxRoot]uint64
	root  rooter
	sieve sieve

	foundA, foundB []uint64
}

// Result is what a search found.
type Result struct {
	// Square: n is a square. No round was run.
	Square bool
	// Factored: round number Rounds split n into two factors greater than 1.
	Factored bool
	// Rounds that were run. Where n was not factored they may be fewer than
	// asked: n has no factors further apart.
	Rounds int
}

// MaxRounds is the most that a search runs.
const MaxRounds = 1 << 30

// pause is after how many words of rounds a search looks whether it is to stop:
// after some ten microseconds.
const pause = 1024

// Run searches for factors of n, an odd number of at least 3 and at most MaxBits
// bits, in so many rounds, at most MaxRounds; the first is a = ⌈√n⌉. When ctx ends before them, the
// error is its, and the result that of the rounds before.
func (s *Search) Run(ctx context.Context, n *big.Int, rounds int) (Result, error) {
	s.foundA, s.foundB = nil, nil
	limbs := load(s.n[:], n)
	root, exact := s.root.sqrt(limbs)
	if exact {
		s.foundA = s.a[:copy(s.a[:], root)]
		return Result{Square: true}, nil
	}
	return s.from(ctx, limbs, s.begin(root, false), rounds)
}

// RunApart searches for factors that differ by 2^k and a little more, k > 1: for
// a = ⌈√(n+4^(k-1))⌉ and on, so many rounds, which reach some four times as
// far beyond 2^k as there are rounds, or further.
func (s *Search) RunApart(ctx context.Context, n *big.Int, k, rounds int) (Result, error) {
	s.foundA, s.foundB = nil, nil
	limbs := load(s.n[:], n)
	bit := 2 * (k - 1)
	sum := s.b2[:max(len(limbs), bit/64+1)+1]
	clear(sum)
	copy(sum, limbs)
	addSmall(sum[bit/64:], 1<<(bit%64))
	root, exact := s.root.sqrt(trim(sum))
	return s.from(ctx, limbs, s.begin(root, exact), rounds)
}

// begin sets round 1: the root rounded up.
func (s *Search) begin(root []uint64, exact bool) []uint64 {
	first := s.first[:len(root)+1]
	copy(first, root)
	first[len(root)] = 0
	if !exact {
		addSmall(first, 1)
	}
	return trim(first)
}

// from runs the rounds from first on, first² > n.
func (s *Search) from(ctx context.Context, limbs, first []uint64, rounds int) (Result, error) {
	s.sieve.begin(limbs, first)
	rounds = min(max(rounds, 0), MaxRounds)
	words := uint32((rounds + wordBits - 1) / wordBits)
	for word := uint32(0); word < words; {
		stop := min(words, word+pause)
		var open uint64
		for word, open = s.sieve.next(stop); open != 0; open &= open - 1 {
			round := int(word)*wordBits + bits.TrailingZeros64(open) + 1
			if round > rounds {
				break
			}
			switch s.try(limbs, first, round) {
			case split:
				return Result{Factored: true, Rounds: round}, nil
			case exhausted:
				return Result{Rounds: round}, nil
			}
		}
		word = s.sieve.word
		if word < words {
			if err := ctx.Err(); err != nil {
				return Result{Rounds: int(word) * wordBits}, err
			}
		}
	}
	return Result{Rounds: rounds}, nil
}

// outcome is what one computed round says.
type outcome int

const (
	noSquare  outcome = iota // a²-n is not a square: go on
	split                    // n = (a-b)(a+b), both factors proper
	exhausted                // n = 1·n: every larger a is pointless
)

// try computes one round.
func (s *Search) try(n, first []uint64, round int) outcome {
	a := s.a[:len(first)+1]
	copy(a, first)
	a[len(first)] = 0
	addSmall(a, uint64(round-1))
	a = trim(a)
	b2 := s.b2[:2*len(a)]
	mul(b2, a, a, 0)
	sub(b2, n)
	b2 = trim(b2)
	b, exact := s.root.sqrt(b2)
	if !exact {
		return noSquare
	}
	s.foundA, s.foundB = a, b
	p, q := s.factors()
	if q.Cmp(one) > 0 && p.Mul(p, q).Cmp(number(n)) == 0 {
		return split
	}
	s.foundA, s.foundB = nil, nil
	return exhausted
}

var one = big.NewInt(1)

func (s *Search) factors() (p, q *big.Int) {
	a, b := number(s.foundA), number(s.foundB)
	return new(big.Int).Add(a, b), a.Sub(a, b)
}

// Factors returns the factors that the last Run found, p ≥ q > 1, or nil. They
// are the private key.
func (s *Search) Factors() (p, q *big.Int) {
	if s.foundA == nil {
		return nil, nil
	}
	return s.factors()
}

// Forget clears everything that the last Run left, factors included.
func (s *Search) Forget() { *s = Search{} }
