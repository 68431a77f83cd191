package keycheck

import (
	"context"
	"math/big"
)

// SharedPrimes looks for primes that moduli of a set have in common, as devices
// have them that make keys before they have random numbers. The findings are by
// index in the set. Equal moduli are not looked at twice, and say nothing here.
// The time grows a little faster than the square of the number of keys divided
// by their bits: some seconds for 4,000 keys of 2,048 bits.
//
// Moduli that are nil, not positive, even or too long are left out. The error
// is that of ctx.
func SharedPrimes(ctx context.Context, moduli []*big.Int) (map[int]Finding, error) {
	var leaves []node
	places := map[string][]int{}
	for i, n := range moduli {
		if n == nil || n.Sign() <= 0 || n.Bit(0) == 0 || n.BitLen() < 3 || n.BitLen() > MaxModulusBits {
			continue
		}
		key := string(n.Bytes())
		if places[key] == nil {
			leaves = append(leaves, node{n, big.NewInt(1)})
		}
		places[key] = append(places[key], i)
	}
	if len(leaves) < 2 {
		return nil, ctx.Err()
	}
	// Up: the product of the moduli below each node, and the sum of that product
	// divided by each of them.
	levels := [][]node{leaves}
	for level := leaves; len(level) > 1; {
		var up []node
		for i := 0; i < len(level); i += 2 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if i+1 == len(level) {
				up = append(up, level[i])
				continue
			}
			a, b := level[i], level[i+1]
			sum := new(big.Int).Mul(a.sum, b.product)
			sum.Add(sum, new(big.Int).Mul(b.sum, a.product))
			up = append(up, node{new(big.Int).Mul(a.product, b.product), sum})
		}
		level = up
		levels = append(levels, level)
	}
	// Down: the sum of all modulo each modulus is what the others' product is. A
	// prime in common divides it.
	rest := []*big.Int{levels[len(levels)-1][0].sum}
	for l := len(levels) - 2; l >= 0; l-- {
		down := make([]*big.Int, len(levels[l]))
		for i, n := range levels[l] {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			down[i] = new(big.Int).Mod(rest[i/2], n.product)
		}
		rest = down
	}
	found := map[int]Finding{}
	var whole []*big.Int // all its primes are shared: which, only pairs tell
	for i, n := range leaves {
		p := new(big.Int).GCD(nil, nil, rest[i], n.product)
		if p.Cmp(n.product) == 0 {
			whole = append(whole, n.product)
			continue
		}
		record(found, places, n.product, p)
	}
	for _, n := range whole {
		for _, other := range leaves {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if p := new(big.Int).GCD(nil, nil, n, other.product); other.product.Cmp(n) != 0 && p.Cmp(n) < 0 {
				record(found, places, n, p)
			}
		}
	}
	return found, nil
}

type node struct{ product, sum *big.Int }

func record(found map[int]Finding, places map[string][]int, n, p *big.Int) {
	if p.BitLen() <= 1 {
		return
	}
	q := new(big.Int).Div(n, p)
	for _, i := range places[string(n.Bytes())] {
		found[i] = proved(SharedPrime, brWeak, "another key of the set has a prime of this one", p, q)
	}
}
