package fermat

import (
	"math"
	"math/bits"
)

// rooter takes integer square roots. The zero value is ready; it keeps nothing
// from one root to the next but room.
//
// With B = 2^64 and h limbs of root, the number stands as 2h limbs, the two
// highest bits not both 0. Root and rest of its top 2k limbs give those of its
// top 2m limbs, k < m ≤ 2k, by one quotient by twice the root (Zimmermann's
// recursion, from the top), and the quotient is a product with the root's
// reciprocal, which grows along by a step of Newton's method.
//
// Reciprocal and quotient are estimates. What they are worth is seen from the
// rest, which is exact: as long as it is not in [0, 2·root], the root is
// corrected. Of the last step, whose rest was a fifth of all the work, it is made only
// where the quotient's fraction is so near to 0 or 1 that the estimate may be on
// the wrong side (see slack).
type rooter struct {
	rest    [2*maxRoot + 2]uint64
	root    [maxRoot]uint64
	inverse [maxRoot + 1]uint64
	work    [2*maxRoot + 2]uint64
	next    [maxRoot + 3]uint64
}

// maxRoot is how many limbs a root may have: those of the longest modulus, and
// one more for what a round subtracts from it.
const maxRoot = MaxBits/128 + 2

// sqrt returns ⌊√x⌋ for x > 0 with no zero limb on top, and whether that
// is √x. The root is valid until the next call.
func (r *rooter) sqrt(x []uint64) (root []uint64, exact bool) {
	h := (len(x) + 1) / 2
	// The shift by whole limbs and bits is even, so it is halved in the root.
	zeros := bits.LeadingZeros64(x[len(x)-1])
	limbs, shift := 2*h-len(x), uint(zeros&^1)
	n := r.rest[:2*h+1]
	clear(n[:limbs])
	shiftLeft(n[limbs:2*h], x, shift)
	n[2*h] = 0

	s := r.root[:h]
	r.begin(n[2*h-2:], &s[h-1])
	var steps [10]int // maxRoot is less than 2^10
	count := 0
	for k := h; k > 1; k = (k + 1) / 2 {
		steps[count] = k
		count++
	}
	k := 1
	for i := count - 1; i >= 0; i-- {
		m := steps[i]
		if exact = r.extend(n[2*h-2*m:], s[h-m:], k, m, i == 0); i > 0 {
			r.invert(s[h-m:], k, m)
		}
		k = m
	}
	if h == 1 {
		exact = n[0]|n[1] == 0
	}
	shiftRight(s, s, shift/2+uint(limbs)*32)
	return trim(s), exact
}

// begin takes the root of the top two limbs, n[0] and n[1], leaves the rest in
// n (n[1] is its 65th bit), and begins the reciprocal.
func (r *rooter) begin(n []uint64, root *uint64) {
	lo, hi := n[0], n[1]
	// 52 bits from the processor, then Newton's step for a root, which ends not
	// below it.
	s := uint64(math.MaxUint64)
	if f := math.Sqrt(float64(hi)) * (1 << 32); f < 1<<64 {
		s = uint64(f)
	}
	quotient := uint64(math.MaxUint64)
	if hi < s {
		quotient, _ = bits.Div64(hi, lo, s)
	}
	s = s&quotient + (s^quotient)>>1
	for {
		high, low := bits.Mul64(s, s)
		low, borrow := bits.Sub64(lo, low, 0)
		high, borrow = bits.Sub64(hi, high, borrow)
		if borrow != 0 {
			s--
			continue
		}
		twice := s >> 63
		if high > twice || high == twice && low > s<<1 {
			s++
			continue
		}
		n[0], n[1] = low, high
		break
	}
	*root = s
	// The reciprocal has one limb more than the root: B^3/(2·s).
	r.inverse[0], r.inverse[1] = math.MaxUint64, math.MaxUint64
	if s > 1<<63 {
		var left uint64
		r.inverse[1], left = bits.Div64(1<<63, 0, s)
		r.inverse[0], _ = bits.Div64(left, 0, s)
	}
}

// slack bounds what the fraction of a quotient may be wrong by, in units of its
// limb. Floats, here and in the reciprocal, are wrong by some 2^-50, which is 2^14
// units, and what is left off of rest and products by a few units; 2^14 was the
// most seen.
const slack = 1 << 24

// extend makes of the root of k limbs, s[m-k:], and its rest, n[2m-2k:2m-k+1],
// root and rest of m limbs, s and n[:m+1], and says whether the rest is 0. The
// rest of the last root is not made where the quotient's fraction shows that the
// root is right: as it does unless the number is next to a square.
func (r *rooter) extend(n, s []uint64, k, m int, last bool) (exact bool) {
	d := m - k
	s = s[:m]
	q := s[:d]
	// The quotient rest·B^d/(2·root) is rest·inverse/B^(2k+1-d), of the rest one
	// limb more; below it a limb of its fraction is kept.
	y := r.inverse[:k+1]
	from := 2*k - d
	product := r.work[:2*k+2-from]
	mul(product, n[2*d-1:2*d+k], y, from)
	over := uint64(0)
	if n[2*d+k] != 0 { // the rest's highest bit: it is at most 2·root
		over = add(product[k+1-from:], y)
	}
	quotient := product[1:]
	if d == k {
		// What q² takes off the rest, too, is q²/(2·root·B^d) of the quotient: at
		// most 1.
		u := float64(quotient[d]) / (1 << 64)
		part := u * u / (float64(s[m-1]) / (1 << 63))
		fraction := uint64(math.MaxUint64)
		if part < 1 {
			fraction = uint64(part * (1 << 64))
		}
		over -= subSmall(quotient, fraction)
	}
	copy(q, quotient[1:])
	if last && over == 0 && quotient[0]-slack < math.MaxUint64-2*slack {
		return false
	}
	if over != 0 {
		fill(q)
	}
	// rest·B^2d + next limbs - q·(2·root·B^d + q), by columns: every product of
	// different limbs counts twice.
	twice := r.work[:m+d]
	clear(twice)
	for i, limb := range q {
		twice[i+m] = addMul(twice[2*i+1:i+m], s[i+1:], limb)
	}
	var top, borrow, carry uint64
	for i, limb := range q {
		high, low := bits.Mul64(limb, limb)
		a, b := twice[2*i], twice[2*i+1]
		var c uint64
		low, c = bits.Add64(low, a<<1|top, carry)
		high, carry = bits.Add64(high, b<<1|a>>63, c)
		top = b >> 63
		n[2*i], borrow = bits.Sub64(n[2*i], low, borrow)
		n[2*i+1], borrow = bits.Sub64(n[2*i+1], high, borrow)
	}
	for i := 2 * d; i < m+d; i++ {
		a := twice[i]
		var low uint64
		low, carry = bits.Add64(a<<1|top, 0, carry)
		top = a >> 63
		n[i], borrow = bits.Sub64(n[i], low, borrow)
	}
	n[m+d], _ = bits.Sub64(n[m+d], top+carry, borrow)
	correct(n[:m+d+1], s)
	return len(trim(n[:m+1])) == 0
}

// correct moves root and rest, a number in two's complement, until the rest
// is in [0, 2·root].
func correct(rest, root []uint64) {
	for int64(rest[len(rest)-1]) < 0 { // (root-1)² is 2·root-1 less
		add(rest, root)
		subSmall(root, 1)
		add(rest, root)
	}
	for exceeds(rest, root) { // (root+1)² is 2·root+1 more
		sub(rest, root)
		addSmall(root, 1)
		sub(rest, root)
	}
}

// exceeds reports whether rest > 2·root.
func exceeds(rest, root []uint64) bool {
	m := len(root)
	for i := len(rest) - 1; i >= 0; i-- {
		twice := uint64(0)
		if i < m {
			twice = root[i] << 1
		}
		if i > 0 && i <= m {
			twice |= root[i-1] >> 63
		}
		if rest[i] != twice {
			return rest[i] > twice
		}
	}
	return false
}

// invert makes of the reciprocal of the root of k limbs, B^(2k+1)/(2·root), that
// of the root s of m limbs.
func (r *rooter) invert(s []uint64, k, m int) {
	d := m - k
	y := r.inverse[:k+1]
	// e = B^(m+k+1) - 2·s·y, with sign, is some units of B^(m+1); its columns from
	// k on are enough.
	product := r.work[:d+3]
	mul(product, y, s, k-1)
	shiftLeft(product, product, 1)
	e := product[1:]
	negative := int64(e[d+1]) >= 0
	if !negative {
		for i := range e {
			e[i] = ^e[i]
		}
	}
	// The step is y·e/B^(2k+1), and after it y·(e/B^(m+k+1))², of which a float is
	// enough.
	step := r.next[:d+3]
	mul(step, e, y, k)
	step = step[1:]
	wide := float64(e[d+1]) + float64(e[d])/(1<<64)
	wide *= wide * (float64(y[k]) / (1 << 64))

	whole := r.inverse[:m+1]
	copy(whole[d:], y)
	clear(whole[:d])
	over := uint64(0)
	if d == k {
		units := math.Floor(wide)
		over = addSmall(whole[1:], uint64(units))
		wide = (wide - units) * (1 << 64)
	}
	over += addSmall(whole, uint64(wide))
	if negative {
		over -= sub(whole, step)
	} else {
		over += add(whole, step)
	}
	if over != 0 {
		fill(whole)
	}
}

// fill makes x the largest number of its limbs.
func fill(x []uint64) {
	for i := range x {
		x[i] = math.MaxUint64
	}
}
