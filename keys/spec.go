package keys

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/row"
)

// Hash is that of a certificate's signature.
type Hash string

// The hashes that devices offer. SHA1 is there because they do.
const (
	SHA1   Hash = "SHA1"
	SHA256 Hash = "SHA256"
	SHA384 Hash = "SHA384"
	SHA512 Hash = "SHA512"
)

// Spec is what the form [Network Communication] is filled with. // G-1
type Spec struct {
	// Name of the key: 1 to 24 letters and digits.
	Name      string    `json:"name"`
	Hash      Hash      `json:"hash"` // of the signature
	Algorithm Algorithm `json:"algorithm"`
	// NotBefore and NotAfter are days; the time of day is not sent.
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// Country is a two-letter code; empty leaves what the form has preselected.
	Country            string `json:"country,omitempty"`
	State              string `json:"state,omitempty"`
	City               string `json:"city,omitempty"`
	Organization       string `json:"organization,omitempty"`
	OrganizationalUnit string `json:"organizationalUnit,omitempty"`
	// CommonName is an IP address or a host name. // G-3
	CommonName string `json:"commonName"`
}

// FieldError names a field of a [Spec] and the rule that it breaks.
type FieldError struct {
	Field string
	Row   string // of the procedure
	Rule  string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s (%s)", e.Field, e.Rule, e.Row) }

const maxKeyName = 24

var (
	keyName     = lazyregexp.New(`^[A-Za-z0-9]{1,24}$`)
	countryCode = lazyregexp.New(`^[A-Z]{2}$`)
	plainASCII  = lazyregexp.New(`^[ -~]*$`)
	hostName    = lazyregexp.New(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)
)

// Validate checks every rule that the device's form is known to have, before
// anything is sent. All faults are joined; each is a [*FieldError].
func (s *Spec) Validate() error {
	return errors.Join(s.ValidateRequest(), s.validateDates())
}

func (s *Spec) validateDates() error {
	switch {
	case s.NotBefore.IsZero() || s.NotAfter.IsZero():
		return &FieldError{Field: "NotBefore", Row: row.GenerateKey, Rule: "both dates are needed"}
	case day(s.NotAfter).Before(day(s.NotBefore)):
		return &FieldError{Field: "NotAfter", Row: row.GenerateKey, Rule: "ends before it begins"}
	case s.NotAfter.Year() > 9999 || s.NotBefore.Year() < 1:
		return &FieldError{Field: "NotAfter", Row: row.GenerateKey, Rule: "year has more than four digits"}
	}
	return nil
}

// ValidateRequest checks what [Spec.Validate] does but for the dates: the form
// for a certificate signing request has none. // G-4
func (s *Spec) ValidateRequest() error {
	var errs []error
	rule := func(ok bool, field, id, text string) {
		if !ok {
			errs = append(errs, &FieldError{Field: field, Row: id, Rule: text})
		}
	}
	rule(keyName.MatchString(s.Name), "Name", row.GenerateKey, fmt.Sprintf("want 1 to %d letters and digits", maxKeyName))
	rule(!Reserved(s.Name), "Name", row.ListKeys, "is a name the device itself uses")
	s.validateKey(rule)
	rule(s.Country == "" || countryCode.MatchString(s.Country), "Country", row.GenerateKey, "want two capital letters")
	for _, f := range []struct {
		name, value string
		most        int // upper bounds of X.520
	}{
		{"State", s.State, 128}, {"City", s.City, 128},
		{"Organization", s.Organization, 64}, {"OrganizationalUnit", s.OrganizationalUnit, 64},
	} {
		rule(plainASCII.MatchString(f.value), f.name, row.GenerateKey, "want plain letters, digits and punctuation (ASCII)")
		rule(len(f.value) <= f.most, f.name, row.GenerateKey, fmt.Sprintf("longer than %d characters", f.most))
	}
	rule(IsHost(s.CommonName), "CommonName", row.CommonName, "want an IP address or a host name")
	return errors.Join(errs...)
}

func (s *Spec) validateKey(rule func(ok bool, field, id, text string)) {
	err := s.Algorithm.Validate()
	rule(err == nil && !s.Algorithm.IsZero(), "Algorithm", row.GenerateKey, "want RSA of 512 to 4096 bits, or ECDSA")
	switch s.Hash {
	case SHA1, SHA256:
	case SHA384, SHA512:
		rule(s.Algorithm.RSABits == 0 || s.Algorithm.RSABits >= 1024, "Hash", row.HashNeedsLength, string(s.Hash)+" needs an RSA key of 1024 bits or more")
	default:
		rule(false, "Hash", row.GenerateKey, "want SHA1, SHA256, SHA384 or SHA512")
	}
}

// IsHost reports whether a text can stand as the common name of a device: an
// IP address or a host name of at most 64 characters. // G-3
func IsHost(cn string) bool {
	if _, err := netip.ParseAddr(cn); err == nil {
		return !strings.Contains(cn, "%")
	}
	return len(cn) <= 64 && hostName.MatchString(cn)
}

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
