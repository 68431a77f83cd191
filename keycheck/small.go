package keycheck

import (
	"math/big"
	"math/bits"
	"sync"

	"github.com/rekey-go/rekey/internal/fermat"
)

// smallPrime is an odd prime below 752, which residues it is a factor of, and
// which of its residues are powers of 65537, a set by which ROCA is known.
type smallPrime struct {
	prime  uint64
	group  int
	powers []bool // nil where the prime is none of ROCA's or says nothing
}

type smallPrimes struct {
	primes []smallPrime
	groups []*fermat.Weights
}

// small divides n by all primes below 752 and returns the smallest that divides
// it, or 0; it leaves the residues for roca.
func (c *Checker) small(n *big.Int) uint64 {
	if n.Bit(0) == 0 {
		return 2
	}
	t := smallTable()
	fermat.Residues(c.residues[:len(t.groups)], n, t.groups)
	for i := range t.primes {
		if p := &t.primes[i]; c.residues[p.group]%p.prime == 0 {
			return p.prime
		}
	}
	return 0
}

// roca reports whether n, as the primes of CVE-2017-15361 are powers of 65537
// modulo the first 39 primes, is one, too. Of 2^27 other numbers one is.
func (c *Checker) roca() bool {
	for i := range smallTable().primes {
		p := &smallTable().primes[i]
		if p.powers != nil && !p.powers[c.residues[p.group]%p.prime] {
			return false
		}
	}
	return true
}

var smallTable = sync.OnceValue(func() *smallPrimes {
	t := &smallPrimes{}
	product := uint64(1)
	var products []uint64
	for p := uint64(3); p < 752; p += 2 {
		if !new(big.Int).SetUint64(p).ProbablyPrime(0) {
			continue
		}
		high, next := bits.Mul64(product, p)
		if high != 0 || next >= 1<<55 {
			products = append(products, product)
			next = p
		}
		product = next
		s := smallPrime{prime: p, group: len(products)}
		if p <= 167 { // the 39th prime
			s.powers = powersOf65537(p)
		}
		t.primes = append(t.primes, s)
	}
	for _, product := range append(products, product) {
		t.groups = append(t.groups, fermat.NewWeights(product))
	}
	return t
})

// powersOf65537 marks the powers modulo p; nil if that is every residue but 0.
func powersOf65537(p uint64) []bool {
	powers := make([]bool, p)
	count := uint64(0)
	for x := uint64(1); !powers[x]; x = x * (65537 % p) % p {
		powers[x] = true
		count++
	}
	if count == p-1 {
		return nil
	}
	return powers
}
