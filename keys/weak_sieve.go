package keys

import (
	"math/big"
	"sync"
)

// wordBits is how many rounds the sieve decides at once.
const wordBits = 64

// sieveModuli are the moduli of the sieve, each at most wordBits, pairwise
// coprime, the most selective first. They stand in groups whose product fits
// in 64 bits, so that a long number is divided once per group.
var sieveModuli = [...][]uint32{
	{64, 63, 55, 13, 17, 19, 23, 29, 31, 37, 41, 43},
	{47, 53, 59, 61},
}

// sieve finds the rounds of Fermat's method in which a²-n can be a square.
//
// A square is a square modulo every m. As a counts up, the a with a²-n a
// square modulo m recur with period m, in a pattern that only n mod m decides.
// With 64 rounds to a word, the rounds open in all patterns are the AND of a
// word cut from each. No square is ever lost, and of ten million other rounds
// about twenty remain open.
type sieve struct {
	rows []sieveRow
	word uint32 // the next word's number
}

// sieveRow is the pattern of one modulus and where in it round 1 stands.
type sieveRow struct {
	pattern
	modulus, start uint32
}

// newSieve prepares the sieve for n, its round 1 being the number first.
func newSieve(n, first *big.Int) *sieve {
	s := &sieve{rows: make([]sieveRow, 0, 16)}
	var rem big.Int
	byModulus := patterns()
	for i, product := range groupProducts() {
		nRem := rem.Mod(n, product).Uint64()
		firstRem := rem.Mod(first, product).Uint64()
		for _, m := range sieveModuli[i] {
			s.rows = append(s.rows, sieveRow{
				pattern: byModulus[m][nRem%uint64(m)],
				modulus: m,
				start:   uint32(firstRem % uint64(m)),
			})
		}
	}
	return s
}

// next returns the next 64 rounds, the earliest in bit 0: set where the round
// is open.
func (s *sieve) next() uint64 {
	offset := s.word * wordBits
	s.word++
	open := ^uint64(0)
	for i := range s.rows {
		row := &s.rows[i]
		open &= row.from((row.start + offset) % row.modulus)
		if open == 0 {
			break
		}
	}
	return open
}

// pattern is one modulus's recurring pattern, written out for 128 places from
// place 0: bit i of lo is place i, of hi place 64+i.
type pattern struct{ lo, hi uint64 }

// from cuts the word of 64 places that begins at place at, at < 64.
func (p pattern) from(at uint32) uint64 {
	return p.lo>>at | p.hi<<(wordBits-at)
}

// patterns holds the pattern of every modulus m for every n mod m.
var patterns = sync.OnceValue(func() [][]pattern {
	all := make([][]pattern, wordBits+1)
	for _, group := range sieveModuli {
		for _, m := range group {
			all[m] = modulusPatterns(m)
		}
	}
	return all
})

// modulusPatterns works out the patterns of m, indexed by n mod m.
func modulusPatterns(m uint32) []pattern {
	square := make([]bool, m)
	for x := range m {
		square[x*x%m] = true
	}
	byN := make([]pattern, m)
	for n := range m {
		for place := range uint32(2 * wordBits) {
			if !square[(place*place+m-n)%m] {
				continue
			}
			if place < wordBits {
				byN[n].lo |= 1 << place
			} else {
				byN[n].hi |= 1 << (place - wordBits)
			}
		}
	}
	return byN
}

// groupProducts holds the product of each group of sieveModuli.
var groupProducts = sync.OnceValue(func() (products [len(sieveModuli)]*big.Int) {
	for i, group := range sieveModuli {
		product := uint64(1)
		for _, m := range group {
			product *= uint64(m)
		}
		products[i] = new(big.Int).SetUint64(product)
	}
	return products
})
