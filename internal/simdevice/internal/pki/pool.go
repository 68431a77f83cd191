package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
)

// Pool hands out keys, no key twice. For each kind of key (length and
// weakness, or curve) two pools of the same seed give the same sequence,
// whatever else was asked in between. Pools of different seeds draw from the
// same table in different order and can therefore give equal RSA keys, which are
// not to be changed.
//
// A Pool is safe for concurrent use. The zero value is not usable: take
// [NewPool].
type Pool struct {
	seed uint64

	mu  sync.Mutex
	rsa map[class]*supply
	ec  map[string]*rand.Rand
}

// class is a kind of RSA key.
type class struct {
	bits int
	weak bool
}

// stream separates the random streams of the classes under one seed.
func (c class) stream() uint64 {
	s := uint64(c.bits) << 1
	if c.weak {
		s |= 1
	}
	return s
}

// supply is what is left of one class: pairs of the table, then a search.
type supply struct {
	rng   *rand.Rand
	pairs []pair
}

// NewPool returns a pool whose keys are determined by seed.
func NewPool(seed uint64) *Pool {
	return &Pool{
		seed: seed,
		rsa:  make(map[class]*supply),
		ec:   make(map[string]*rand.Rand),
	}
}

// RSA returns the next RSA key of bits bits, weak in the sense of [WeakRSA] or
// strong as by [StrongRSA]. It takes a millisecond or two while the
// embedded table lasts (1024, 2048, 3072 and 4096 bits), and a search after
// that. A length that [CheckBits] refuses gives its error.
func (p *Pool) RSA(bits int, weak bool) (*rsa.PrivateKey, error) {
	if err := CheckBits(bits); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := class{bits: bits, weak: weak}
	s := p.rsa[c]
	if s == nil {
		s = newSupply(p.seed, c)
		p.rsa[c] = s
	}
	return s.next(c)
}

func newSupply(seed uint64, c class) *supply {
	s := &supply{
		rng:   rand.New(rand.NewPCG(seed, c.stream())),
		pairs: tablePairs(c),
	}
	s.rng.Shuffle(len(s.pairs), func(i, j int) {
		s.pairs[i], s.pairs[j] = s.pairs[j], s.pairs[i]
	})
	return s
}

func (s *supply) next(c class) (*rsa.PrivateKey, error) {
	if len(s.pairs) == 0 {
		if c.weak {
			return WeakRSA(s.rng, c.bits)
		}
		return StrongRSA(s.rng, c.bits)
	}
	next := s.pairs[0]
	s.pairs = s.pairs[1:]
	return next.key()
}

// ecStream keeps the ECDSA streams apart from those of the RSA classes.
const ecStream = 1 << 32

// ECDSA returns the next key on a NIST curve of crypto/elliptic (P-224 to
// P-521). Another curve, or nil, is an error.
func (p *Pool) ECDSA(curve elliptic.Curve) (*ecdsa.PrivateKey, error) {
	if curve == nil {
		return nil, errors.New("pki: no curve given: use elliptic.P256, P384 or P521")
	}
	params := curve.Params()
	p.mu.Lock()
	defer p.mu.Unlock()
	rng := p.ec[params.Name]
	if rng == nil {
		rng = rand.New(rand.NewPCG(p.seed, ecStream+uint64(params.BitSize)))
		p.ec[params.Name] = rng
	}
	return ecdsaKey(rng, curve)
}

// ecdsaKey draws scalars until one lies in the range of the curve's order,
// which the first does nearly always.
func ecdsaKey(rng *rand.Rand, curve elliptic.Curve) (*ecdsa.PrivateKey, error) {
	const attempts = 64
	bits := curve.Params().BitSize
	scalar := make([]byte, (bits+7)/8)
	var err error
	for range attempts {
		for i := range scalar {
			scalar[i] = byte(rng.Uint32())
		}
		scalar[0] &= 0xFF >> (len(scalar)*8 - bits)
		var key *ecdsa.PrivateKey
		if key, err = ecdsa.ParseRawPrivateKey(curve, scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("pki: no key on curve %s: %w", curve.Params().Name, err)
}
