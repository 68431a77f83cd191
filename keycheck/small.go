package keycheck

import (
	"math/big"
	"math/bits"
	"slices"
	"sync"

	"github.com/rekey-go/rekey/internal/fermat"
)

// smallPrime is an odd prime below 752, which residues it is a factor of, and
// which of its residues are powers of 65537, a set by which ROCA is known.
type smallPrime struct {
	prime uint64
	group int
	logs  []int16 // of each residue, to base 65537, -1 where it has none; nil where the prime is none of ROCA's
	order uint64  // of 65537
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
// modulo the product of the first 39 primes, is one, too. That it is one modulo each
// of them, as it is of 2^27 other numbers one, is not enough: the exponents must be
// those of one power. Then it is no chance.
func (c *Checker) roca() bool {
	t := smallTable()
	for i := range t.primes {
		p := &t.primes[i]
		if p.logs != nil && p.logs[c.residues[p.group]%p.prime] < 0 {
			return false
		}
	}
	x, modulus := uint64(0), uint64(1) // the exponent is x modulo that, which ends below 2^62
	for i := range t.primes {
		p := &t.primes[i]
		if p.logs == nil {
			continue
		}
		log := uint64(p.logs[c.residues[p.group]%p.prime])
		steps := p.order // until the exponents repeat
		for a := modulus; a != 0; {
			a, steps = steps%a, a
		}
		steps = p.order / steps
		next := modulus * steps
		for ; x%p.order != log; x += modulus {
			if steps--; steps == 0 {
				return false
			}
		}
		modulus = next
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
			s.logs, s.order = logsTo65537(p)
		}
		t.primes = append(t.primes, s)
	}
	for _, product := range append(products, product) {
		t.groups = append(t.groups, fermat.NewWeights(product))
	}
	return t
})

// logsTo65537 are the exponents of the powers modulo p, and how many there are.
func logsTo65537(p uint64) (logs []int16, order uint64) {
	logs = slices.Repeat([]int16{-1}, int(p))
	for x := uint64(1); logs[x] < 0; x = x * (65537 % p) % p {
		logs[x] = int16(order)
		order++
	}
	return logs, order
}

// middling is the smallest prime from 752 to 65537 that divides n, and is not n, or
// nil.
func middling(n *big.Int) *big.Int {
	shared := new(big.Int).Mod(middlingProduct(), n)
	shared.GCD(nil, nil, shared, n) // n itself, where the product is 0 modulo it
	if shared.BitLen() <= 1 {
		return nil
	}
	rest := new(big.Int)
	for p := big.NewInt(753); p.Cmp(n) < 0 && p.Int64() <= 65537; p.Add(p, big.NewInt(2)) {
		if rest.Mod(shared, p).Sign() == 0 {
			return p
		}
	}
	return nil
}

// middlingProduct is that of all primes from 752 to 65537.
var middlingProduct = sync.OnceValue(func() *big.Int {
	var composite [1<<16 + 2]bool
	var factors []*big.Int
	for p := 2; p < len(composite); p++ {
		if composite[p] {
			continue
		}
		if p >= 752 {
			factors = append(factors, big.NewInt(int64(p)))
		}
		for i := p * p; i < len(composite); i += p {
			composite[i] = true
		}
	}
	for len(factors) > 1 {
		for i := range len(factors) / 2 {
			factors[i] = new(big.Int).Mul(factors[2*i], factors[2*i+1])
		}
		if last := len(factors) - 1; last%2 == 0 {
			factors[last/2] = factors[last]
		}
		factors = factors[:(len(factors)+1)/2]
	}
	return factors[0]
})
