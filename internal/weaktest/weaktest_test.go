package weaktest_test

import (
	"math/big"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// No prime is passed over, and nothing else is taken for one, whatever the length.
func TestNext(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(12)
	for bits := 2; bits < 300; bits += 1 + bits/20 {
		for range 8 {
			n := weaktest.Number(rng, bits)
			got, want := weaktest.Next(n), new(big.Int).Add(n, big.NewInt(1))
			for want.Cmp(big.NewInt(2)) > 0 && !want.ProbablyPrime(0) {
				want.Add(want, big.NewInt(1))
			}
			if want.SetBit(want, 0, 1); got.Cmp(want) != 0 {
				t.Errorf("after %v: %v, want %v", n, got, want)
			}
		}
	}
	// A gap wider than is sieved at a time: no prime is among the 550 numbers after
	// the product of all primes below and 1.
	n := new(big.Int).SetInt64(1)
	for p := big.NewInt(2); p.Int64() < 560; p = weaktest.Next(p) {
		n.Mul(n, p)
	}
	want := weaktest.Next(n.Add(n, big.NewInt(1)))
	if gap := new(big.Int).Sub(want, n).Int64(); gap < 550 {
		t.Errorf("a prime %d after a number that none comes soon after", gap)
	}
	for _, before := range []int64{1, 510, 511, 512, 513, 514, 549} { // 512 numbers are sieved at a time
		if got := weaktest.Next(new(big.Int).Sub(want, big.NewInt(before))); got.Cmp(want) != 0 {
			t.Errorf("another prime from %d before it on", before)
		}
	}
}
