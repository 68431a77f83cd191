package keycheck

import (
	"math/big"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// No prime between two is missed, and none is made up: by the primes themselves
// where there are few, and among long ones by those that follow each other.
func TestNext(t *testing.T) {
	t.Parallel()
	var primes []*big.Int
	for p := big.NewInt(752); p.BitLen() <= 14; {
		p = weaktest.Next(p)
		primes = append(primes, p)
	}
	for i := 0; i < len(primes)-2; i += 1 + i%7 {
		if !next(primes[i+1], primes[i]) || next(primes[i+2], primes[i]) {
			t.Fatalf("after %v", primes[i])
		}
	}
	rng := weaktest.Rand(22)
	for _, bits := range []int{15, 16, 31, 64, 100, 256, 257} {
		for range 5 {
			q := weaktest.Next(weaktest.Number(rng, bits))
			p := weaktest.Next(q)
			after := weaktest.Next(p)
			composite := new(big.Int).Add(after, big.NewInt(2))
			if !next(p, q) || next(after, q) || next(composite, after) != composite.ProbablyPrime(0) {
				t.Fatalf("%v, %v, %v", q, p, after)
			}
		}
	}
}

func BenchmarkNext(b *testing.B) {
	p := weaktest.Consecutive(weaktest.Rand(23), 2048)
	for b.Loop() {
		if !next(p.P, p.Q) {
			b.Fatal("no neighbours")
		}
	}
}
