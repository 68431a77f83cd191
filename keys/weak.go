package keys

import (
	"context"
	"crypto"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"

	"github.com/rekey-go/rekey/internal/fermat"
)

const (
	// DefaultRounds is how many rounds a check runs when the caller does not
	// say. The flawed library's keys fall in round 1, and CAs must test 100
	// (CA/Browser Forum Baseline Requirements 6.1.1.3); the rest is margin that
	// costs a few hundredths of a millisecond.
	DefaultRounds = 100_000

	// MaxRounds is the most that a check runs, whatever the caller asks: a fraction
	// of a second's work.
	MaxRounds = 100_000_000

	// MaxModulusBits is the longest modulus that is checked. Longer ones come
	// from no device, only from somebody who wants the check to take forever.
	MaxModulusBits = fermat.MaxBits
)

// Weakness is what a check of a key's modulus says. The zero value says
// nothing.
type Weakness uint8

const (
	// Unknown: there was no modulus that could be checked.
	Unknown Weakness = iota
	// NotFound: the modulus withstood the rounds that were run. It is not a
	// proof of strength: keys may be weak in other ways.
	NotFound
	// Proved: the modulus has been factored.
	Proved
)

// weaknessNames is the spelling of reports and JSON.
var weaknessNames = [...]string{Unknown: "unknown", NotFound: "not-found", Proved: "proved"}

// String returns "unknown", "not-found" or "proved".
func (w Weakness) String() string {
	if int(w) < len(weaknessNames) {
		return weaknessNames[w]
	}
	return fmt.Sprintf("Weakness(%d)", uint8(w))
}

// MarshalText returns what String returns. A value that is none of the
// constants is an error.
func (w Weakness) MarshalText() ([]byte, error) {
	if int(w) >= len(weaknessNames) {
		return nil, fmt.Errorf("keys: %v is not a weakness", w)
	}
	return []byte(w.String()), nil
}

// UnmarshalText accepts exactly what MarshalText returns.
func (w *Weakness) UnmarshalText(text []byte) error {
	for i, name := range weaknessNames {
		if string(text) == name {
			*w = Weakness(i)
			return nil
		}
	}
	return fmt.Errorf("keys: %.20q is not a weakness: want one of %q", text, weaknessNames)
}

// Method names how a [Finding] was reached.
type Method string

const (
	// MethodFermat: Fermat's method ran; see Finding.Rounds.
	MethodFermat Method = "fermat"
	// MethodSquare: the modulus is the square of a number (p = q).
	MethodSquare Method = "square"
	// MethodEven: the modulus is divisible by two.
	MethodEven Method = "even"
	// MethodInvalid: the number is absent or smaller than 3: no modulus.
	MethodInvalid Method = "invalid-modulus"
	// MethodTooLarge: the modulus is longer than MaxModulusBits.
	MethodTooLarge Method = "too-large"
)

// Finding is the result of one check. It never holds the factors: they are the
// private key.
type Finding struct {
	// State is the verdict. The zero value is Unknown.
	State Weakness `json:"state"`
	// Rounds is how many rounds were run, the successful one included. It is
	// less than asked where a factor was found, where the search came to its
	// natural end (tiny moduli), where the request exceeded MaxRounds, or where a
	// context ended.
	Rounds int `json:"rounds"`
	// Round is the round that found the factors, if State is Proved by
	// MethodFermat, and else 0. Round 1 tries a = ⌈√n⌉.
	Round int `json:"round"`
	// Bits is the length of the modulus in bits.
	Bits int `json:"bits"`
	// Method tells how the state was reached. It is empty only in the zero value.
	Method Method `json:"method"`
}

// String describes the finding in a line, without the modulus and its factors.
func (f Finding) String() string {
	switch f.Method {
	case MethodFermat:
		if f.State == Proved {
			return fmt.Sprintf("proved weak: %d-bit modulus factored by Fermat's method in round %d", f.Bits, f.Round)
		}
		return fmt.Sprintf("not found weak: %d-bit modulus withstood %d rounds of Fermat's method", f.Bits, f.Rounds)
	case MethodSquare:
		return fmt.Sprintf("proved weak: %d-bit modulus is a square", f.Bits)
	case MethodEven:
		return fmt.Sprintf("proved weak: %d-bit modulus is even", f.Bits)
	case MethodInvalid:
		return "unknown: no RSA modulus"
	case MethodTooLarge:
		return fmt.Sprintf("unknown: %d-bit modulus is longer than the %d bits that are checked", f.Bits, MaxModulusBits)
	}
	return "unknown: not checked"
}

// CheckKey checks the modulus of an RSA public key, as [CheckModulus] does.
// isRSA is false for every other kind of key (and for nil): the flaw does not
// concern it, and the finding is the zero value (W-2).
func CheckKey(pub crypto.PublicKey, rounds int) (f Finding, isRSA bool) {
	key, ok := pub.(*rsa.PublicKey)
	if !ok {
		return Finding{}, false
	}
	if key == nil {
		return CheckModulus(nil, rounds), true
	}
	return CheckModulus(key.N, rounds), true
}

// CheckModulus looks for the weakness of CVE-2022-26320, primes so close
// together that Fermat's method factors n. Any modulus is taken, whatever its
// length, its origin or its sanity; n is not changed and may be nil.
//
// Zero or negative rounds mean DefaultRounds, more than MaxRounds that many.
// A modulus that falls in round r is found by r rounds and not by r-1; a
// square (p = q) and an even modulus need no round.
//
// State Proved is a proof: the factors were multiplied and gave n. They are
// forgotten before CheckModulus returns.
func CheckModulus(n *big.Int, rounds int) Finding {
	c := checkers.Get().(*ModulusChecker)
	defer checkers.Put(c)
	f, _ := c.CheckModulus(context.Background(), n, rounds)
	return f
}

var checkers = sync.Pool{New: func() any { return new(ModulusChecker) }}

// ModulusChecker checks one modulus after the other without allocating anything for a
// sound one. The zero value is ready; it takes some 20 KiB. One goroutine uses
// it at a time.
type ModulusChecker struct{ search fermat.Search }

// CheckModulus is [CheckModulus] with an end: when ctx ends before the rounds
// do, it returns within a millisecond the finding of the rounds that were run,
// and the error of ctx.
func (c *ModulusChecker) CheckModulus(ctx context.Context, n *big.Int, rounds int) (Finding, error) {
	if n == nil || n.Sign() <= 0 || n.BitLen() < 2 || n.BitLen() == 2 && n.Bit(0) == 0 {
		return Finding{Method: MethodInvalid}, nil
	}
	f := Finding{Bits: n.BitLen()}
	switch {
	case f.Bits > MaxModulusBits:
		f.Method = MethodTooLarge
		return f, nil
	case n.Bit(0) == 0:
		f.State, f.Method = Proved, MethodEven
		return f, nil
	}
	found, err := c.search.Run(ctx, n, roundsOf(rounds))
	f.State, f.Method, f.Rounds = NotFound, MethodFermat, found.Rounds
	switch {
	case found.Square:
		f.State, f.Method = Proved, MethodSquare
	case found.Factored:
		f.State, f.Round = Proved, found.Rounds
	}
	if f.State == Proved {
		c.search.Forget()
	}
	return f, err
}

// roundsOf is how many rounds are run where a caller asks for some.
func roundsOf(asked int) int {
	if asked <= 0 {
		return DefaultRounds
	}
	return min(asked, MaxRounds)
}
