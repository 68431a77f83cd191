package batchgcd

import (
	"math/bits"
	"slices"
)

// The field of 2^64 - 2^32 + 1 elements. It has roots of one of every order
// 2^k and 3·2^k that fits into memory, and numbers modulo that are reduced by
// shifts: 2^64 is 2^32 - 1, and 2^96 is -1.
const (
	prime   = 0xffff_ffff_0000_0001
	epsilon = 0xffff_ffff // 2^64 modulo prime
)

// Elements are below 2^64, and not always below prime. Of two that are added or
// subtracted the second must be.

func plus(x, y uint64) uint64 {
	sum, carry := bits.Add64(x, y, 0)
	return sum + -carry&epsilon
}

func minus(x, y uint64) uint64 {
	d, borrow := bits.Sub64(x, y, 0)
	return d - -borrow&epsilon
}

// below is x below prime.
func below(x uint64) uint64 {
	d, borrow := bits.Sub64(x, prime, 0)
	return d + -borrow&prime
}

func times(x, y uint64) uint64 {
	high, low := bits.Mul64(x, y)
	low, borrow := bits.Sub64(low, high>>32, 0)
	low -= -borrow & epsilon
	sum, carry := bits.Add64(low, high&epsilon*epsilon, 0)
	return sum + -carry&epsilon
}

func power(x, n uint64) uint64 {
	z := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			z = times(z, x)
		}
		x = times(x, x)
	}
	return below(z)
}

// root is a root of one of the order, which divides p-1: 7 generates the field.
func root(order uint64) uint64 { return power(7, (prime-1)/order) }

// roots are for transforms of up to 2·len(forward) elements: forward[i] is the
// root of order 2·len to the power of the bits of i reversed, so that a beginning
// of it is the same for shorter ones; inverse is of 1/root.
type roots struct{ forward, inverse []uint64 }

func newRoots(half int) roots {
	table := func(invert bool) []uint64 {
		t := []uint64{1}
		for len(t) < half {
			r := root(uint64(4 * len(t)))
			if invert {
				r = power(r, prime-2)
			}
			n := len(t)
			t = slices.Grow(t, n)
			for _, x := range t[:n] {
				t = append(t, below(times(x, r)))
			}
		}
		return t
	}
	return roots{table(false), table(true)}
}

// A transform of a, of 2^k or 3·2^k elements, evaluates a polynomial at all
// roots of one of that order, in an order of its own, and back. It goes from one
// modulo x^2m - c² to two modulo x^m - c and x^m + c. Of three times a power of
// two it goes from x^3m - 1 to three modulo x^m - c, c a third root of one.

func (r roots) transform(a []uint64) {
	if len(a)%3 != 0 {
		r.split(a, 1)
		return
	}
	n := len(a) / 3
	c := root(3)
	d := below(times(c, c))
	x, y, z := a[:n], a[n:2*n], a[2*n:]
	three(x, y, z, c, d)
	r.split(x, 1)
	r.split(y, c)
	r.split(z, d)
}

// split is for x^len(a) - c, c a third root of one; its square root is its square.
func (r roots) split(a []uint64, c uint64) {
	for m := len(a) / 2; m > 0; m /= 2 {
		c = below(times(c, c))
		for i := 0; i*2*m < len(a); i++ {
			w := below(times(r.forward[i], c))
			x := a[i*2*m:][:m]
			y := a[i*2*m+m:][:m]
			for j, u := range x {
				v := below(times(y[j], w))
				x[j], y[j] = plus(u, v), minus(u, v)
			}
		}
	}
}

// back goes from len(a)·transform(a) to a.
func (r roots) back(a []uint64) {
	if len(a)%3 != 0 {
		r.join(a, 1)
		return
	}
	n := len(a) / 3
	c := root(3)
	d := below(times(c, c))
	x, y, z := a[:n], a[n:2*n], a[2*n:]
	r.join(x, 1)
	r.join(y, c)
	r.join(z, d)
	three(x, y, z, d, c)
}

// three evaluates x + y·t + z·t² where t is one, c, and d, which is c².
func three(x, y, z []uint64, c, d uint64) {
	for i := range x {
		u, v, w := x[i], y[i], z[i]
		x[i] = plus(plus(u, below(v)), below(w))
		y[i] = plus(plus(u, below(times(v, c))), below(times(w, d)))
		z[i] = plus(plus(u, below(times(v, d))), below(times(w, c)))
	}
}

func (r roots) join(a []uint64, c uint64) {
	// The roots on the way down, from the last: each is the square of the one after
	// it, so of a third root of one, in turn, itself and its inverse.
	for range bits.TrailingZeros(uint(len(a))) {
		c = below(times(c, c))
	}
	for m := 1; m < len(a); m *= 2 {
		inverse := below(times(c, c)) // of a third root
		for i := 0; i*2*m < len(a); i++ {
			w := below(times(r.inverse[i], inverse))
			x := a[i*2*m:][:m]
			y := a[i*2*m+m:][:m]
			for j, u := range x {
				v := below(y[j])
				x[j], y[j] = plus(u, v), times(minus(u, v), w)
			}
		}
		c = below(times(c, c))
	}
}
