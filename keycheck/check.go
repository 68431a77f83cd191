package keycheck

import (
	"context"
	"fmt"
	"math/big"

	"github.com/rekey-go/rekey/internal/fermat"
)

const (
	// DefaultRounds of Fermat's method: a thousand times what CAs must run.
	DefaultRounds = 100_000
	// MaxRounds is the most that are run.
	MaxRounds = fermat.MaxRounds
	// MaxModulusBits is the longest modulus with which anything is calculated.
	MaxModulusBits = fermat.MaxBits

	minModulusBits = 2048
)

// The documents that findings name.
const (
	brSize     = "CA/B BR 6.1.5; NIST SP 800-131A"
	brQuality  = "CA/B BR 6.1.6; FIPS 186-5 A.1.1"
	brWeak     = "CA/B BR 6.1.1.3"
	brHash     = "CA/B BR 7.1.3.2; NIST SP 800-131A"
	fipsPrimes = "FIPS 186-5 A.1.3"
)

// Checker checks keys, one after the other. The zero value is ready; its room is
// some 20 KiB and used again. One goroutine uses it at a time.
type Checker struct {
	// Rounds of Fermat's method; zero or less: DefaultRounds.
	Rounds int
	// Thorough adds what takes tens of milliseconds per key: whether the modulus is a
	// prime, factors up to 65537, and every power of two as the primes' difference,
	// also where they differ by up to the sixth root of the modulus more. Without it
	// the one power is tried that a misreading of FIPS 186 gives.
	Thorough bool
	// Blocklist names keys that are known to others; may be nil.
	Blocklist *Blocklist
	// Known says where a key was seen before, by the SHA-256 of its
	// SubjectPublicKeyInfo; may be nil. A renewed certificate with the old key is
	// the usual way in which a replacement fails.
	Known func(spki [32]byte) (where string, known bool)

	search   fermat.Search
	residues [64]uint64
}

// Check looks at one key. No finding means that nothing was found, which is no
// proof of strength. A key that is not RSA has findings about its signature and
// its SPKI alone. The error is that of ctx, or of reading the blocklist; the
// findings until then are valid.
func (c *Checker) Check(ctx context.Context, k Key) ([]Finding, error) {
	var found []Finding
	if k.Hash != "" && !k.SelfSigned {
		found = append(found, Finding{Kind: SignatureHash, Severity: Forbidden, Standard: brHash, Detail: "signed with " + k.Hash})
	} else if k.Hash != "" {
		found = append(found, Finding{Kind: SignatureHash, Severity: Doubtful, Detail: "signed with " + k.Hash + ", by itself"})
	}
	if c.Known != nil && k.SPKI != ([32]byte{}) {
		if where, known := c.Known(k.SPKI); known {
			found = append(found, Finding{Kind: SameKey, Severity: Doubtful, Detail: "the same key as " + where})
		}
	}
	if k.Algorithm != "RSA" {
		return found, nil
	}
	n := k.N
	switch {
	case n == nil || n.Sign() <= 0 || n.BitLen() < 3:
		return append(found, Finding{Kind: BadModulus, Severity: Broken, Standard: brQuality, Detail: "no RSA modulus"}), nil
	case n.BitLen() > MaxModulusBits:
		return append(found, Finding{Kind: BadModulus, Severity: Forbidden, Detail: fmt.Sprintf("a modulus of %d bits: more than %d are not calculated with", n.BitLen(), MaxModulusBits)}), nil
	}
	found = exponent(found, n, k.E)
	found = size(found, n)
	if c.Blocklist != nil {
		name, listed, err := c.Blocklist.Lookup(n)
		if err != nil {
			return found, err
		}
		if listed {
			found = append(found, Finding{Kind: Listed, Severity: Broken, Standard: brWeak, Detail: "on the blocklist: " + name})
		}
	}
	if small := c.small(n); small != 0 {
		if p := new(big.Int).SetUint64(small); p.Cmp(n) < 0 {
			return append(found, proved(SmallFactor, brQuality, "a prime below 752 divides the modulus", p, new(big.Int).Div(n, p))), nil
		}
	}
	if c.Thorough {
		if p := middling(n); p != nil {
			return append(found, proved(SmallFactor, brQuality, "a prime up to 65537 divides the modulus", p, new(big.Int).Div(n, p))), nil
		}
	}
	if c.roca() {
		found = append(found, Finding{Kind: ROCA, Severity: Broken, Standard: brWeak, Detail: "made by Infineon's library: CVE-2017-15361"})
	}
	return c.fermat(ctx, found, n)
}

// fermat looks for close primes, and for primes a power of two apart.
func (c *Checker) fermat(ctx context.Context, found []Finding, n *big.Int) ([]Finding, error) {
	rounds := c.Rounds
	if rounds <= 0 {
		rounds = DefaultRounds
	}
	r, err := c.search.Run(ctx, n, rounds)
	if err != nil {
		return found, err
	}
	if r.Square || r.Factored {
		return append(found, c.close(r)), nil
	}
	powers := []int{n.BitLen()/2 - 100}
	if c.Thorough {
		powers = powers[:0]
		for k := n.BitLen() / 4; k < (n.BitLen()+1)/2; k++ {
			powers = append(powers, k)
		}
	}
	for _, k := range powers {
		if k < 2 {
			continue
		}
		if err := ctx.Err(); err != nil { // so few rounds do not look
			return found, err
		}
		r, err := c.search.RunApart(ctx, n, k, apartRounds)
		if err != nil {
			return found, err
		}
		if r.Factored {
			p, q := c.search.Factors()
			c.search.Forget()
			return append(found, proved(OffsetPrimes, fipsPrimes, fmt.Sprintf("the primes differ by 2^%d and little more", k), p, q)), nil
		}
		if !c.Thorough {
			continue
		}
		if p, q := about(n, k); p != nil {
			return append(found, proved(OffsetPrimes, fipsPrimes, fmt.Sprintf("the primes differ by about 2^%d", k), p, q)), nil
		}
	}
	if err := ctx.Err(); err != nil {
		return found, err
	}
	if c.Thorough && n.ProbablyPrime(0) {
		found = append(found, Finding{Kind: PrimeModulus, Severity: Broken, Standard: brQuality, Detail: "the modulus is a prime"})
	}
	return found, nil
}

// apartRounds reach beyond the longest gap between primes of 8,192 bits that
// anybody will meet.
const apartRounds = 4096

func (c *Checker) close(r fermat.Result) Finding {
	p, q := c.search.Factors()
	c.search.Forget()
	if r.Square {
		return proved(EqualPrimes, brWeak, "the modulus is a square", q, q)
	}
	if next(p, q) {
		return proved(NextPrime, brWeak, "one prime is the next after the other: CVE-2022-26320", p, q)
	}
	return proved(ClosePrimes, brWeak, fmt.Sprintf("factored in round %d of Fermat's method", r.Rounds), p, q)
}

// next reports whether p is the first prime after q.
func next(p, q *big.Int) bool {
	// Gaps a dozen times the average are not met.
	gap := new(big.Int).Sub(p, q)
	if gap.BitLen() > 31 || gap.Int64() > 12*int64(q.BitLen()) {
		return false
	}
	// The gap is sieved: a test of a number between takes as long as dividing by a
	// thousand small ones.
	between := make([]bool, gap.Int64()/2) // that q+2i has a small factor
	rest, m := new(big.Int), new(big.Int)
	for small := int64(3); small < 1<<min(13, q.BitLen()-1); small += 2 {
		// The first i with q+2i = 0 modulo small, an odd number.
		r := small - rest.Mod(q, m.SetInt64(small)).Int64()
		if r%2 != 0 {
			r += small
		}
		for i := r / 2; i < int64(len(between)); i += small {
			between[i] = true
		}
	}
	for i := 1; i < len(between); i++ {
		if !between[i] && m.Add(q, m.SetInt64(2*int64(i))).ProbablyPrime(0) {
			return false
		}
	}
	return p.ProbablyPrime(0) && q.ProbablyPrime(0)
}

// size judges the modulus's length.
func size(found []Finding, n *big.Int) []Finding {
	switch bits := n.BitLen(); {
	case bits < 1024:
		return append(found, Finding{Kind: ModulusSize, Severity: Broken, Standard: brSize, Detail: fmt.Sprintf("%d bits, which are factored by brute force", bits)})
	case bits < minModulusBits:
		return append(found, Finding{Kind: ModulusSize, Severity: Forbidden, Standard: brSize, Detail: fmt.Sprintf("%d bits, fewer than %d", bits, minModulusBits)})
	case bits%8 != 0:
		return append(found, Finding{Kind: ModulusSize, Severity: Forbidden, Standard: "CA/B BR 6.1.5", Detail: fmt.Sprintf("%d bits, no multiple of 8", bits)})
	}
	return found
}

// exponent judges the public exponent.
func exponent(found []Finding, n, e *big.Int) []Finding {
	if e == nil {
		return found
	}
	bad := func(severity Severity, detail string) []Finding {
		return append(found, Finding{Kind: Exponent, Severity: severity, Standard: brQuality, Detail: detail})
	}
	switch {
	case e.Sign() <= 0:
		return bad(Broken, "an exponent that is not positive")
	case e.BitLen() == 1:
		return bad(Broken, "the exponent is 1: nothing is encrypted")
	case e.Bit(0) == 0:
		return bad(Forbidden, "an even exponent")
	case e.Cmp(n) >= 0:
		return bad(Forbidden, "an exponent that is not less than the modulus")
	case e.BitLen() > 256:
		return bad(Forbidden, fmt.Sprintf("an exponent of %d bits: the other one may be short", e.BitLen()))
	case e.BitLen() <= 16:
		return bad(Doubtful, fmt.Sprintf("the exponent is %d, less than 65537", e))
	}
	return found
}
