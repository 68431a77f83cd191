package fermat

import (
	"math/bits"
	"sync"
)

// wordBits is how many rounds the sieve decides at once.
const wordBits = 64

// The moduli of the sieve besides 64, each less than wordBits, pairwise coprime,
// the most selective first. They stand in groups whose product is less than
// 2^55, so that a long number is reduced once per group. Of the first group the
// first few are kept going from word to word; the others are asked only where
// those leave a round open, and the second group is prepared only then.
var sieveModuli = [groups][]uint32{
	{front0, front1, front2, front3, 19, 23, 29, 31, 37, 41, 43},
	{47, 53, 59, 61},
}

const (
	groups   = 2
	frontRow = 4 // so many are kept going
	rowCount = 15

	front0, front1, front2, front3 = 63, 55, 13, 17
)

// sieve finds the rounds of Fermat's method in which a²-n can be a square.
//
// A square is a square modulo every m. As a counts up, the a with a²-n a
// square modulo m recur with period m, in a pattern that only n mod m decides.
// With 64 rounds to a word, the rounds open in all patterns are the AND of a
// word cut from each. No square is ever lost, and of ten million other rounds
// about twenty remain open.
type sieve struct {
	n, first []uint64
	even     uint64 // the pattern of 64, the same in every word
	rows     [rowCount]row
	ready    int    // rows that are prepared
	word     uint32 // the next word's number
}

// row is the pattern of one modulus, written out for 128 places: bit i of lo is
// place i, of hi place 64+i.
type row struct {
	pattern
	at uint32 // place of the next word, kept going; or else of round 1
}

type pattern struct{ lo, hi uint64 }

// from cuts the word of 64 places that begins at place at, at < 64.
func (p pattern) from(at uint32) uint64 {
	return p.lo>>at | p.hi<<(wordBits-at)
}

// begin prepares the sieve for n, its round 1 being the number first.
func (s *sieve) begin(n, first []uint64) {
	t := tables()
	s.n, s.first, s.ready, s.word = n, first, 0, 0
	p := t.even[n[0]%64]
	s.even = bits.RotateLeft64(p, -int(first[0]%64))
	s.prepare(t, 0)
}

// prepare makes the rows of a group.
func (s *sieve) prepare(t *sieveTables, group int) {
	weights := t.weights[group]
	n, first := weights.residue(s.n), weights.residue(s.first)
	for range sieveModuli[group] {
		m := &t.moduli[s.ready]
		s.rows[s.ready] = row{m.patterns[m.reduce(n)], uint32(m.reduce(first))}
		s.ready++
	}
}

// next returns the number of the next word, of 64 rounds, in which rounds are
// open, and those: the earliest in bit 0. With none before the word end, it
// returns end.
func (s *sieve) next(end uint32) (word uint32, open uint64) {
	// In variables of its own, this loop is as fast as it gets.
	a, b, c, d := s.rows[0].pattern, s.rows[1].pattern, s.rows[2].pattern, s.rows[3].pattern
	i, j, k, l := s.rows[0].at, s.rows[1].at, s.rows[2].at, s.rows[3].at
	even := s.even
	for word = s.word; word < end && open == 0; word++ {
		open = even & a.from(i) & b.from(j) & c.from(k) & d.from(l)
		if open != 0 {
			open = s.rest(open, word)
		}
		i, j = step(i, front0), step(j, front1)
		k, l = step(k, front2), step(l, front3)
	}
	s.word = word
	s.rows[0].at, s.rows[1].at, s.rows[2].at, s.rows[3].at = i, j, k, l
	if open != 0 {
		word--
	}
	return word, open
}

// step moves a place on by one word.
func step(at, m uint32) uint32 {
	if at += wordBits % m; at >= m {
		at -= m
	}
	return at
}

// rest asks the other rows about the rounds of a word that are open.
func (s *sieve) rest(open uint64, word uint32) uint64 {
	t := tables()
	for i := frontRow; i < rowCount && open != 0; i++ {
		if i == s.ready {
			s.prepare(t, 1)
		}
		r := &s.rows[i]
		at := t.moduli[i].reduce(uint64(r.at) + uint64(word)*wordBits)
		open &= r.from(uint32(at))
	}
	return open
}

// modulus is what is worked out once about a modulus.
type modulus struct {
	m        uint64
	inverse  uint64    // ⌊2^64/m⌋ + 1
	patterns []pattern // by n mod m
}

// reduce returns x mod m without division, for x < 2^55: the quotient is wrong
// by less than x/2^64, which is less than the 1/m that is left up to the next.
func (m *modulus) reduce(x uint64) uint64 {
	q, _ := bits.Mul64(x, m.inverse)
	return x - q*m.m
}

type sieveTables struct {
	even    [64]uint64
	moduli  [rowCount]modulus
	weights [groups]*Weights
}

// tables are worked out when they are first needed, in less than a millisecond.
var tables = sync.OnceValue(func() *sieveTables {
	t := &sieveTables{}
	for n, p := range patternsOf(wordBits) {
		t.even[n] = p.lo
	}
	i := 0
	for g, group := range sieveModuli {
		product := uint64(1)
		for _, m := range group {
			product *= uint64(m)
			t.moduli[i] = modulus{uint64(m), ^uint64(0)/uint64(m) + 1, patternsOf(m)}
			i++
		}
		t.weights[g] = NewWeights(product)
	}
	return t
})

// patternsOf works out the patterns of m, by n mod m.
func patternsOf(m uint32) []pattern {
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
