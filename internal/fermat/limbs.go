package fermat

import (
	"math/big"
	"math/bits"
)

// Numbers are slices of 64-bit limbs, the lowest first.

// load writes n ≥ 0 into z and returns the limbs that it needs.
func load(z []uint64, n *big.Int) []uint64 {
	const perLimb = 64 / bits.UintSize
	words := n.Bits()
	z = z[:(len(words)+perLimb-1)/perLimb]
	clear(z)
	for i, w := range words {
		z[i/perLimb] |= uint64(w) << (i % perLimb * bits.UintSize)
	}
	return z
}

// number is the number in x.
func number(x []uint64) *big.Int {
	buf := make([]byte, 8*len(x))
	for i, limb := range x {
		for j := range 8 {
			buf[len(buf)-1-8*i-j] = byte(limb >> (8 * j))
		}
	}
	return new(big.Int).SetBytes(buf)
}

// trim cuts zero limbs off the top.
func trim(x []uint64) []uint64 {
	for len(x) > 0 && x[len(x)-1] == 0 {
		x = x[:len(x)-1]
	}
	return x
}

// addSmall adds y to z and returns the carry.
func addSmall(z []uint64, y uint64) uint64 {
	for i := range z {
		z[i], y = bits.Add64(z[i], y, 0)
		if y == 0 {
			return 0
		}
	}
	return y
}

// subSmall subtracts y from z and returns the borrow.
func subSmall(z []uint64, y uint64) uint64 {
	for i := range z {
		z[i], y = bits.Sub64(z[i], y, 0)
		if y == 0 {
			return 0
		}
	}
	return y
}

// add adds x to the limbs of z, of which there are at least as many, and
// returns the carry.
func add(z, x []uint64) uint64 {
	var carry uint64
	low := z[:len(x)]
	for i := range low {
		low[i], carry = bits.Add64(low[i], x[i], carry)
	}
	return addSmall(z[len(x):], carry)
}

// sub subtracts x from the limbs of z, of which there are at least as many, and
// returns the borrow.
func sub(z, x []uint64) uint64 {
	var borrow uint64
	low := z[:len(x)]
	for i := range low {
		low[i], borrow = bits.Sub64(low[i], x[i], borrow)
	}
	return subSmall(z[len(x):], borrow)
}

// shiftLeft writes x·2^by, by < 64, into z, of as many limbs, which may be x.
func shiftLeft(z, x []uint64, by uint) {
	low := uint64(0)
	for i, limb := range x {
		z[i] = limb<<by | low
		low = limb >> (64 - by)
	}
}

// shiftRight writes ⌊x/2^by⌋, by < 64, into z, of as many limbs, which may be x.
func shiftRight(z, x []uint64, by uint) {
	for i, limb := range x {
		high := uint64(0)
		if i+1 < len(x) {
			high = x[i+1] << (64 - by)
		}
		z[i] = limb>>by | high
	}
}

// addMul adds x·y to z, of as many limbs, and returns the carry.
func addMul(z, x []uint64, y uint64) (carry uint64) {
	z = z[:len(x)]
	for i := range x {
		hi, lo := bits.Mul64(x[i], y)
		var c uint64
		lo, c = bits.Add64(lo, z[i], 0)
		hi += c
		z[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry
}

// mul writes x·y into z without its lowest columns, from of them, and without
// the columns that z has no room for. What the columns left out below would
// have carried is missing: less than len(x) in the lowest.
func mul(z, x, y []uint64, from int) {
	clear(z)
	for i, limb := range x {
		first := max(0, from-i)
		last := min(len(y), len(z)+from-i)
		if first >= last {
			continue
		}
		at := i + first - from
		carry := addMul(z[at:], y[first:last], limb)
		if at += last - first; at < len(z) {
			z[at] = carry
		}
	}
}
