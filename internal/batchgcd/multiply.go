package batchgcd

import (
	"math/big"
	"math/bits"
	"sync"
)

const wordBits = bits.UintSize

// plan is how numbers are cut into digits to be multiplied by transforms.
type plan struct {
	length int // of the transforms
	width  int // bits of a digit
	roots  roots
}

// planFor is for products modulo 2^b - 1, b at least the bits of so many words.
func planFor(words int) plan {
	for width := 28; ; width-- {
		length := shortest((words*wordBits + width - 1) / width)
		// A coefficient is the sum of at most so many products of two digits.
		if bits.Len(uint(length))+2*width <= 64 {
			return plan{length, width, rootsFor(length / 2)}
		}
	}
}

// shortest is the least 2^k or 3·2^k that is not less than n, n > 3.
func shortest(n int) int {
	two := 1 << bits.Len(uint(n-1))
	if three := two / 4 * 3; three >= n {
		return three
	}
	return two
}

var table struct {
	sync.Mutex
	roots
}

// rootsFor keeps the longest table made: others are its beginning.
func rootsFor(half int) roots {
	table.Lock()
	defer table.Unlock()
	if len(table.forward) < half {
		table.roots = newRoots(half)
	}
	return table.roots
}

// of is the transform of x.
func (p plan) of(x []big.Word) []uint64 {
	a := make([]uint64, p.length)
	mask := uint64(1)<<p.width - 1
	for i := range a {
		at := i * p.width
		word, by := at/wordBits, at%wordBits
		if word >= len(x) {
			break
		}
		digit := uint64(x[word]) >> by
		if by+p.width > wordBits && word+1 < len(x) {
			digit |= uint64(x[word+1]) << (wordBits - by)
		}
		a[i] = digit & mask
	}
	p.roots.transform(a)
	return a
}

// number is the number of which a is the transform, modulo 2^b - 1 but for what
// its highest digits carry.
func (p plan) number(a []uint64) []big.Word {
	p.roots.back(a)
	scale := power(uint64(p.length), prime-2)
	z := make([]big.Word, (p.length*p.width+wordBits-1)/wordBits)
	mask := uint64(1)<<p.width - 1
	carry := uint64(0)
	for i, x := range a {
		carry += below(times(x, scale))
		digit := carry & mask
		carry >>= p.width
		at := i * p.width
		word, by := at/wordBits, at%wordBits
		z[word] |= big.Word(digit << by)
		if by+p.width > wordBits {
			z[word+1] |= big.Word(digit >> (wordBits - by))
		}
	}
	return z
}

// product multiplies elements; b may be a.
func product(a, b []uint64) []uint64 {
	z := make([]uint64, len(a))
	for i, x := range a {
		z[i] = times(x, b[i])
	}
	return z
}

// products is a·b + c·d.
func products(a, b, c, d []uint64) []uint64 {
	z := make([]uint64, len(a))
	for i, x := range a {
		z[i] = plus(times(x, b[i]), below(times(c[i], d[i])))
	}
	return z
}

// long is how many words a product has at least that is taken by transforms.
// Below, math/big is faster.
const long = 2048

func multiply(x, y *big.Int) *big.Int {
	a, b := x.Bits(), y.Bits()
	if min(len(a), len(b)) < long/2 {
		return new(big.Int).Mul(x, y)
	}
	p := planFor(len(a) + len(b))
	var s, t []uint64
	atOnce(func() { s = p.of(a) }, func() { t = p.of(b) })
	z := new(big.Int).SetBits(p.number(product(s, t)))
	if x.Sign() != y.Sign() {
		z.Neg(z)
	}
	return z
}

// atOnce runs all of them.
func atOnce(all ...func()) {
	var group sync.WaitGroup
	for _, f := range all {
		group.Go(f)
	}
	group.Wait()
}
