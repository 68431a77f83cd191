package keycheck

import (
	"context"
	"math/big"

	"github.com/rekey-go/rekey/internal/batchgcd"
)

// SharedPrimes looks for primes that moduli of a set have in common, as devices
// have them that make keys before they have random numbers. The findings are by
// index in the set. Equal moduli are not looked at twice, and say nothing here.
// It runs on all processors; the time (docs/benchmarks.md) grows little faster than
// the number of keys, and the room is about a hundred times theirs, garbage
// included: 280 MB for 10,000 keys of 2,048 bits. Where many keys share both
// primes, those are compared by pairs.
//
// Moduli that are nil, not positive, even or too long are left out. The error
// is that of ctx.
func SharedPrimes(ctx context.Context, moduli []*big.Int) (map[int]Finding, error) {
	var all []*big.Int // different ones
	places := map[string][]int{}
	for i, n := range moduli {
		if n == nil || n.Sign() <= 0 || n.Bit(0) == 0 || n.BitLen() < 3 || n.BitLen() > MaxModulusBits {
			continue
		}
		key := string(n.Bytes())
		if places[key] == nil {
			all = append(all, n)
		}
		places[key] = append(places[key], i)
	}
	// A prime in common divides the product of the others.
	rests, err := batchgcd.Rests(ctx, all)
	if err != nil {
		return nil, err
	}
	found := map[int]Finding{}
	var sharing, whole []*big.Int // of whole ones all primes are shared: which, only pairs tell
	for i, n := range all {
		p := new(big.Int).GCD(nil, nil, rests[i], n)
		if p.BitLen() > 1 {
			sharing = append(sharing, n)
		}
		if p.Cmp(n) == 0 {
			whole = append(whole, n)
			continue
		}
		record(found, places, n, p)
	}
	for _, n := range whole {
		for _, other := range sharing {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if p := new(big.Int).GCD(nil, nil, n, other); p.BitLen() > 1 && p.Cmp(n) < 0 {
				record(found, places, n, p)
				break
			}
		}
	}
	return found, nil
}

func record(found map[int]Finding, places map[string][]int, n, p *big.Int) {
	if p.BitLen() <= 1 {
		return
	}
	q := new(big.Int).Div(n, p)
	for _, i := range places[string(n.Bytes())] {
		found[i] = proved(SharedPrime, brWeak, "another key of the set has a prime of this one", p, q)
	}
}
