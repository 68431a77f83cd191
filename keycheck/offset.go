package keycheck

import "math/big"

// about looks for primes p and q of which only the upper part of the difference is
// known: it is 2^k, but for what is below the sixth root of n, or a little more. The
// lower k is, the less is found; from two thirds of a prime's bits on, all is.
//
// With p as 2^k puts it, and q, u/v is a convergent of p/q, so that u·q and v·p are
// close, and Fermat's method finds them, whose product is u·v·n, in its first
// rounds (R. Lehman).
func about(n *big.Int, k int) (p, q *big.Int) {
	half := new(big.Int).Lsh(one, uint(k-1))
	middle := new(big.Int).Mul(half, half)
	middle.Sqrt(middle.Add(middle, n))
	r, s := new(big.Int).Add(middle, half), new(big.Int).Sub(middle, half)
	limit := s.BitLen() / 3
	u, v, lastU, lastV := big.NewInt(1), new(big.Int), new(big.Int), big.NewInt(1)
	quotient := new(big.Int)
	for s.Sign() > 0 {
		quotient.QuoRem(r, s, r)
		r, s = s, r
		lastU.Add(lastU, new(big.Int).Mul(quotient, u))
		lastV.Add(lastV, new(big.Int).Mul(quotient, v))
		if lastV.BitLen() > limit {
			break
		}
		u, lastU, v, lastV = lastU, u, lastV, v
	}
	if v.Sign() == 0 {
		return nil, nil
	}
	product := new(big.Int).Mul(u, v)
	product.Lsh(product.Mul(product, n), 2) // the sum of u·q and v·p may be odd
	a := new(big.Int).Sqrt(product)
	for range aboutRounds {
		a.Add(a, one)
		square := new(big.Int).Mul(a, a)
		square.Sub(square, product)
		b := new(big.Int).Sqrt(square)
		if new(big.Int).Mul(b, b).Cmp(square) != 0 {
			continue
		}
		p = new(big.Int).GCD(nil, nil, b.Add(b, a), n)
		if p.Cmp(one) > 0 && p.Cmp(n) < 0 {
			return p, new(big.Int).Div(n, p)
		}
	}
	return nil, nil
}

// aboutRounds: where more than the sixth root is unknown, more would be needed.
const aboutRounds = 4
