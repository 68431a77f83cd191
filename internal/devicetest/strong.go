package devicetest

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"sync"
)

// strong are pairs of primes made so far, by the length of the keys; the second
// prime of one with the first of another makes another key.
var strong struct {
	sync.Mutex
	primes map[int][]*big.Int
	given  map[int]int
}

// GenerateKey is [rsa.GenerateKey] at a fraction of its price: another key each
// time, but primes are used again. Only tests may do that: whoever sees two keys
// of one prime knows both.
func GenerateKey(bits int) (*rsa.PrivateKey, error) {
	strong.Lock()
	defer strong.Unlock()
	if strong.primes == nil {
		strong.primes, strong.given = make(map[int][]*big.Int), make(map[int]int)
	}
	for {
		i, j := pairNumber(strong.given[bits])
		for len(strong.primes[bits]) <= j {
			fresh, err := rsa.GenerateKey(rand.Reader, bits)
			if err != nil {
				return nil, err
			}
			strong.primes[bits] = append(strong.primes[bits], fresh.Primes...)
		}
		strong.given[bits]++
		if key := join(strong.primes[bits][i], strong.primes[bits][j], bits); key != nil {
			return key, nil
		}
	}
}

// pairNumber counts all pairs i < j in an order in which j grows slowly.
func pairNumber(n int) (i, j int) {
	for j = 1; n >= j; j++ {
		n -= j
	}
	return n, j
}

// join returns nil where two primes make no key.
func join(p, q *big.Int, bits int) *rsa.PrivateKey {
	one := big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, Primes: []*big.Int{p, q}}
	key.D = new(big.Int).ModInverse(big.NewInt(int64(key.E)), new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)))
	if key.D == nil || key.N.BitLen() != bits {
		return nil
	}
	key.Precompute()
	return key
}
