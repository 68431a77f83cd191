package revocation

import (
	"fmt"
	"strconv"
	"strings"
)

// Reason says why a certificate is revoked: the CRLReason of RFC 5280, section
// 5.3.1, by its number. The zero value is [Unspecified]. Revocation lists and
// responders may give numbers that are none of the constants; they are kept.
type Reason int

// The reasons of RFC 5280. Number 7 is not used.
const (
	Unspecified          Reason = 0
	KeyCompromise        Reason = 1
	CACompromise         Reason = 2
	AffiliationChanged   Reason = 3
	Superseded           Reason = 4
	CessationOfOperation Reason = 5
	CertificateHold      Reason = 6 // can be taken back
	RemoveFromCRL        Reason = 8 // only in delta CRLs: the end of a hold
	PrivilegeWithdrawn   Reason = 9
	AACompromise         Reason = 10
)

var reasonNames = map[Reason]string{
	Unspecified:          "unspecified",
	KeyCompromise:        "keyCompromise",
	CACompromise:         "cACompromise",
	AffiliationChanged:   "affiliationChanged",
	Superseded:           "superseded",
	CessationOfOperation: "cessationOfOperation",
	CertificateHold:      "certificateHold",
	RemoveFromCRL:        "removeFromCRL",
	PrivilegeWithdrawn:   "privilegeWithdrawn",
	AACompromise:         "aACompromise",
}

// Known reports whether r is one of the constants.
func (r Reason) Known() bool { return reasonNames[r] != "" }

// String is the name of RFC 5280, such as "keyCompromise", and for numbers
// without a name "reason 7".
func (r Reason) String() string {
	if name, ok := reasonNames[r]; ok {
		return name
	}
	return "reason " + strconv.Itoa(int(r))
}

// MarshalText writes the name, or the number of a reason without one.
func (r Reason) MarshalText() ([]byte, error) {
	if name, ok := reasonNames[r]; ok {
		return []byte(name), nil
	}
	return strconv.AppendInt(nil, int64(r), 10), nil
}

// UnmarshalText reads what [Reason.MarshalText] writes.
func (r *Reason) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 32); err == nil {
		*r = Reason(n)
		return nil
	}
	for reason, name := range reasonNames {
		if name == string(text) {
			*r = reason
			return nil
		}
	}
	return fmt.Errorf("revocation: %.40q is no reason for a revocation (RFC 5280, 5.3.1)", text)
}

// ParseReason reads a reason as people and CAs write it: its number or its
// name, in any case, with or without underscores, hyphens and spaces
// ("keyCompromise", "KEY_COMPROMISE", "key compromise", "1"). A number without
// a name is an error.
func ParseReason(s string) (Reason, error) {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && Reason(n).Known() {
		return Reason(n), nil
	}
	plain := strings.NewReplacer("_", "", "-", "", " ", "").Replace(s)
	for reason, name := range reasonNames {
		if strings.EqualFold(plain, name) {
			return reason, nil
		}
	}
	return 0, fmt.Errorf("revocation: %.40q is no reason for a revocation (RFC 5280, 5.3.1): say keyCompromise, superseded, cessationOfOperation, affiliationChanged, privilegeWithdrawn or unspecified", s)
}

// DefaultReason is the reason to give for an old certificate: keyCompromise
// where the key was proved weak, since whoever has the certificate can compute
// the private key; else superseded, as nothing is known against the key.
func DefaultReason(e Evidence) Reason {
	if e.Weakness.State == "proved" {
		return KeyCompromise
	}
	return Superseded
}

// CheckRequest says whether r can be asked for when a device's certificate is
// to become worthless; nil if so. What cannot: certificateHold, which can be
// taken back while a factored key stays factored; removeFromCRL, which is the
// end of a hold; the two that concern authorities; and unknown numbers.
func (r Reason) CheckRequest() error {
	switch r {
	case Unspecified, KeyCompromise, AffiliationChanged, Superseded, CessationOfOperation, PrivilegeWithdrawn:
		return nil
	case CertificateHold:
		return fmt.Errorf("revocation: %v can be taken back, and the key stays weak: give another reason", r)
	case RemoveFromCRL:
		return fmt.Errorf("revocation: %v takes a hold back and revokes nothing: give another reason", r)
	case CACompromise, AACompromise:
		return fmt.Errorf("revocation: %v is about an authority, not about a device: give another reason", r)
	}
	return fmt.Errorf("revocation: %v is no reason that can be asked for (RFC 5280, 5.3.1)", r)
}
