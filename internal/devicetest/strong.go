package devicetest

import (
	"crypto/rand"
	"crypto/rsa"
	_ "embed"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// table has the first primes of each process, each after the length of its keys,
// as "openssl prime -generate -hex" makes them.
//
//go:embed primes.txt
var table string

// strong are the primes so far, by the length of the keys: each makes another key
// with each other.
var strong struct {
	sync.Mutex
	primes map[int][]*big.Int
	given  map[int]int
}

func readTable() map[int][]*big.Int {
	primes := make(map[int][]*big.Int)
	for line := range strings.Lines(table) {
		var bits int
		p := new(big.Int)
		if _, err := fmt.Sscanf(line, "%d %X", &bits, p); err != nil {
			panic(err)
		}
		primes[bits] = append(primes[bits], p)
	}
	return primes
}

// GenerateKey is [rsa.GenerateKey] at a fraction of its price: another key each
// time, but primes are used again, and the first ones are published. Only tests may
// do that: whoever sees two keys of one prime knows both.
func GenerateKey(bits int) (*rsa.PrivateKey, error) {
	strong.Lock()
	defer strong.Unlock()
	if strong.primes == nil {
		strong.primes, strong.given = readTable(), make(map[int]int)
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
