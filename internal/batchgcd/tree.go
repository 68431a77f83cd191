// Package batchgcd computes of many moduli at once what each leaves of the product
// of all others, of which primes in common are divisors.
//
// A tree of products goes up, and remainders go down it. Both cost no more than
// some multiplications of the numbers in each level, and those of long numbers are
// taken by number-theoretic transforms (field.go, multiply.go), so that the time
// grows little faster than the set. Remainders go down as fractions, as a product
// costs less than a division (D. Bernstein, "Scaled remainder trees").
package batchgcd

import (
	"context"
	"math/big"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// node is the product of the moduli below it, and the sum of that product divided
// by each of them: modulo one of them the sum is the product of the others.
type node struct{ product, sum *big.Int }

// Rests returns for each of the moduli, at least 3 each, the product of all others
// modulo it. It runs on all processors, and needs about a hundred times the room of the
// moduli. The error is that of ctx.
func Rests(ctx context.Context, moduli []*big.Int) ([]*big.Int, error) {
	if len(moduli) == 0 {
		return nil, ctx.Err()
	}
	level := make([]node, len(moduli))
	for i, n := range moduli {
		level[i] = node{n, big.NewInt(1)}
	}
	levels := [][]node{level}
	for len(level) > 1 {
		up := make([]node, (len(level)+1)/2)
		err := each(ctx, len(up), func(i int) {
			if up[i] = level[2*i]; 2*i+1 < len(level) {
				up[i] = join(level[2*i], level[2*i+1])
			}
		})
		if err != nil {
			return nil, err
		}
		for i := range level {
			level[i].sum = nil
		}
		level = up
		levels = append(levels, level)
	}
	top := level[0]
	rests := []*big.Int{top.sum}
	if len(top.product.Bits()) >= long {
		fraction, err := divide(ctx, top)
		if err != nil {
			return nil, err
		}
		fractions := []*big.Int{fraction}
		for ; longest(level) >= long; levels = levels[:len(levels)-1] {
			below := levels[len(levels)-2]
			next := make([]*big.Int, len(below))
			err := each(ctx, len(level), func(i int) {
				if next[2*i] = fractions[i]; 2*i+1 < len(below) {
					next[2*i], next[2*i+1] = split(level[i].product, fractions[i], below[2*i].product, below[2*i+1].product)
				}
			})
			if err != nil {
				return nil, err
			}
			level, fractions = below, next
		}
		rests = make([]*big.Int, len(level))
		if err := each(ctx, len(level), func(i int) { rests[i] = whole(fractions[i], level[i].product) }); err != nil {
			return nil, err
		}
	}
	for ; len(levels) > 1; levels = levels[:len(levels)-1] {
		below := levels[len(levels)-2]
		next := make([]*big.Int, len(below))
		err := each(ctx, len(below), func(i int) { next[i] = new(big.Int).Mod(rests[i/2], below[i].product) })
		if err != nil {
			return nil, err
		}
		rests = next
	}
	return rests, nil
}

func longest(level []node) (words int) {
	for _, n := range level {
		words = max(words, len(n.product.Bits()))
	}
	return words
}

func join(a, b node) node {
	p, q, s, t := a.product.Bits(), b.product.Bits(), a.sum.Bits(), b.sum.Bits()
	if min(len(p), len(q)) < long/2 {
		sum := new(big.Int).Mul(a.sum, b.product)
		sum.Add(sum, new(big.Int).Mul(b.sum, a.product))
		return node{new(big.Int).Mul(a.product, b.product), sum}
	}
	plan := planFor(len(p) + len(q) + 1)
	var tp, tq, ts, tt []uint64
	atOnce(func() { tp = plan.of(p) }, func() { tq = plan.of(q) }, func() { ts = plan.of(s) }, func() { tt = plan.of(t) })
	n := node{new(big.Int), new(big.Int)}
	atOnce(func() { n.product.SetBits(plan.number(product(tp, tq))) }, func() { n.sum.SetBits(plan.number(products(ts, tq, tt, tp))) })
	return n
}

// A fraction is the sum at the top divided by the product of a node, without the
// integer part: so many words of it as the product has, and guard more. It needs
// as many bits as the product; a step down costs one more.
func places(product *big.Int) int { return len(product.Bits()) + guard }

const guard = 128 / wordBits

// divide makes the fraction of the top.
func divide(ctx context.Context, n node) (*big.Int, error) {
	places := places(n.product)
	words := places + 2
	shift := words*wordBits - n.product.BitLen()
	inverse := reciprocal(ctx, new(big.Int).Lsh(n.product, uint(shift)), words)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	z := multiply(n.sum, inverse)
	z.Rsh(z, uint((2*words-places)*wordBits-shift))
	return new(big.Int).SetBits(cut(z.Bits(), 0, places)), nil
}

// reciprocal is 2^(2·words·wordBits)/n, of an n whose highest bit is the last of so
// many words, or next to it, by Newton's method. When ctx ends it is anything.
func reciprocal(ctx context.Context, n *big.Int, words int) *big.Int {
	if words < long {
		z := new(big.Int).Lsh(one, uint(2*words*wordBits))
		return z.Quo(z, n)
	}
	half := words/2 + 2
	left := uint((words - half) * wordBits)
	x := reciprocal(ctx, new(big.Int).Rsh(n, left), half)
	if ctx.Err() != nil {
		return x
	}
	e := new(big.Int).Lsh(one, uint((words+half)*wordBits))
	e.Sub(e, multiply(n, x))
	e = multiply(e, x)
	e.Rsh(e, uint(2*half*wordBits))
	return e.Add(e, x.Lsh(x, left))
}

// split makes of a node's fraction those of a and b, of which it is the product:
// its product with the other one, of which the integer part is not needed, nor
// what is too far behind the point.
func split(n, fraction, a, b *big.Int) (ofA, ofB *big.Int) {
	from := func(product []big.Word, of *big.Int) *big.Int {
		return new(big.Int).SetBits(cut(product, places(n)-places(of), places(n)))
	}
	p, q := a.Bits(), b.Bits()
	if min(len(p), len(q)) < long/2 {
		z := new(big.Int).Mul(fraction, b)
		ofA = from(z.Bits(), a)
		return ofA, from(z.Mul(fraction, a).Bits(), b)
	}
	// The integer part comes back at the end that is cut off, and a word is between.
	plan := planFor(len(p) + len(q) + guard + 1)
	var f, tp, tq []uint64
	atOnce(func() { f = plan.of(fraction.Bits()) }, func() { tp = plan.of(p) }, func() { tq = plan.of(q) })
	atOnce(func() { ofA = from(plan.number(product(f, tq)), a) }, func() { ofB = from(plan.number(product(f, tp)), b) })
	return ofA, ofB
}

// cut is a copy of some words of x.
func cut(x []big.Word, from, to int) []big.Word {
	return slices.Clone(x[min(from, len(x)):min(to, len(x))])
}

// whole is the fraction times the product: an integer, but for the error.
func whole(fraction, product *big.Int) *big.Int {
	z := multiply(fraction, product)
	words := places(product)
	z.Add(z, new(big.Int).Lsh(one, uint(words*wordBits-1)))
	return z.Rsh(z, uint(words*wordBits))
}

var one = big.NewInt(1)

// each calls f with 0 to n-1, on all processors.
func each(ctx context.Context, n int, f func(i int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
