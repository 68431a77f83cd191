package keycheck

import (
	"fmt"
	"math/big"
)

// Kind says what a finding is about.
type Kind string

// What can be found. The first group gives the factors, and so the private key.
const (
	// NextPrime: one prime is the next after the other: the flaw of
	// CVE-2022-26320.
	NextPrime Kind = "next-prime"
	// ClosePrimes: Fermat's method finds the primes.
	ClosePrimes Kind = "close-primes"
	// EqualPrimes: the modulus is a square.
	EqualPrimes Kind = "equal-primes"
	// OffsetPrimes: the primes differ by a power of two and little more.
	OffsetPrimes Kind = "offset-primes"
	// SmallFactor: a prime below 752 divides the modulus, 2 included.
	SmallFactor Kind = "small-factor"
	// SharedPrime: another modulus of the set has the same prime ([SharedPrimes]).
	SharedPrime Kind = "shared-prime"

	// ROCA: the modulus looks as those of CVE-2017-15361, which can be factored
	// with a day's to a month's work.
	ROCA Kind = "roca"
	// Listed: the modulus is on a list of keys that are known ([Blocklist]).
	Listed Kind = "listed"
	// PrimeModulus: the modulus is a prime, so anybody can compute the private key.
	PrimeModulus Kind = "prime-modulus"
	// BadModulus: the modulus is absent, not positive, or longer than 16,384 bits;
	// nothing was calculated with it.
	BadModulus Kind = "bad-modulus"
	// ModulusSize: too short, or no multiple of eight bits long.
	ModulusSize Kind = "modulus-size"
	// Exponent: the public exponent is outside of what is allowed.
	Exponent Kind = "exponent"
	// SignatureHash: the certificate or request is signed with MD2, MD5 or SHA-1.
	SignatureHash Kind = "signature-hash"
	// SameKey: the key is one that was seen before ([Checker.Known]).
	SameKey Kind = "same-key"
)

// Severity orders findings; a higher one is worse.
type Severity uint8

const (
	// Doubtful: allowed, and not what is recommended.
	Doubtful Severity = iota + 1
	// Forbidden: a standard says no; see [Finding.Standard].
	Forbidden
	// Broken: others can have the private key, or have it.
	Broken
)

var severityNames = [...]string{"none", "doubtful", "forbidden", "broken"}

// String returns "doubtful", "forbidden" or "broken".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText returns what String returns.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one thing that is wrong with a key.
type Finding struct {
	Kind     Kind     `json:"kind"`
	Severity Severity `json:"severity"`
	// Provable: the factors were found, and the key can be proved to be broken
	// ([Finding.Prove]).
	Provable bool `json:"provable"`
	// Standard is what forbids or names it; empty where none does.
	Standard string `json:"standard,omitempty"`
	// Detail is for people: numbers, never factors.
	Detail string `json:"detail"`

	secret *secret
}

// secret is a pointer in every finding, with methods of its own, so that no way of
// printing or encoding reaches the numbers.
type secret struct{ p, q *big.Int }

// Format keeps fmt away from the factors.
func (*secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "(kept back)") }

// String is the finding in one line, without factors.
func (f Finding) String() string {
	text := fmt.Sprintf("%v: %s: %s", f.Severity, f.Kind, f.Detail)
	if f.Standard != "" {
		text += " (" + f.Standard + ")"
	}
	return text
}

// Format prints what String returns, whatever the verb.
func (f Finding) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.String()) }

// Factors returns two factors of the modulus, both greater than 1, or nil if
// none are known. They are the private key: who has them can be the key's owner
// to everybody. Hand nobody more than [Finding.Prove].
func (f Finding) Factors() (p, q *big.Int) {
	if f.secret == nil {
		return nil, nil
	}
	return new(big.Int).Set(f.secret.p), new(big.Int).Set(f.secret.q)
}

// proved is a finding with factors.
func proved(kind Kind, standard, detail string, p, q *big.Int) Finding {
	return Finding{Kind: kind, Severity: Broken, Provable: true, Standard: standard, Detail: detail, secret: &secret{p, q}}
}
