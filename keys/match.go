package keys

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/thumbprint"
	"github.com/rekey-go/rekey/remoteui"
)

// Matches tells whether a certificate, seen in a handshake, may be the one that a
// details page describes: ok, if nothing that the page shows contradicts it.
// strong adds that the page names it: it was registered by us, or the page shows
// its thumbprint, or its serial number, whole. That is enough to tell the keys of
// one list from each other. It is not enough for a password: whoever is on the
// path can copy a serial number into a certificate of his own, see
// [Details.Recognise]. The reason says what was compared.
func (d *Details) Matches(c *x509.Certificate, commonName string) (ok, strong bool, reason string) {
	m := d.compare(c, commonName)
	return m.against == "", m.same || m.serial, m.reason()
}

// Recognise returns what tells whether a certificate is the one that the page
// describes, before a password goes to whoever presents it: nil if the page
// shows its thumbprint, or if it was registered by us. Where nothing proves it
// and nothing contradicts it either, the error is a [*remoteui.UnconfirmedError],
// for a person to decide; any other error is a refusal.
func (d *Details) Recognise(commonName string) func(*x509.Certificate) error {
	return func(c *x509.Certificate) error {
		m := d.compare(c, commonName)
		switch {
		case m.against != "":
			return errors.New(m.against)
		case m.same:
			return nil
		case !strings.EqualFold(c.Subject.CommonName, commonName):
			return errors.New(otherName(c, commonName))
		}
		return &remoteui.UnconfirmedError{Key: d.Name, Certificate: c, Compared: m.agrees}
	}
}

// Contradicts reports whether the page shows a kind of key, a thumbprint or a
// serial number, and it is not this certificate's.
func (d *Details) Contradicts(c *x509.Certificate) bool {
	return d.contradiction(c) != ""
}

// match is what a comparison found.
type match struct {
	same    bool     // the page, or who registered it, names this very certificate
	serial  bool     // the page shows its serial number, and nothing is against it
	by      string   // what named it
	agrees  []string // what else was compared, and agrees
	against string   // what contradicts; empty: nothing
}

func (m *match) reason() string {
	switch {
	case m.against != "":
		return m.against
	case m.by != "":
		return m.by
	}
	return "the details page shows neither thumbprint nor serial number; compared: " + strings.Join(m.agrees, ", ")
}

// compare compares a certificate with a page. The page gives no certificate, only
// fields, in a form that no public document shows: so every value is compared
// with what the certificate says of itself. The SHA-1 of the whole certificate
// will do to name it, although two certificates with one SHA-1 can be made: the
// device made this one, so nobody could choose it to collide with his own.
func (d *Details) compare(c *x509.Certificate, commonName string) (m match) {
	if d.Certificate != nil {
		if d.Certificate.Equal(c) {
			return match{same: true, by: "it is the certificate that was registered"}
		}
		return match{against: "it is not the certificate that was registered"}
	}
	if m.against = d.contradiction(c); m.against != "" {
		return m
	}
	if f, found := d.fieldIn(thumbprints(c)); found {
		m.same, m.by = true, fmt.Sprintf("field %q is its thumbprint", f)
		return m
	}
	f, found := d.fieldIn(serials(c))
	m.agrees, m.against = d.alike(c)
	switch {
	case m.against != "":
	case found:
		m.serial, m.by = true, fmt.Sprintf("field %q is its serial number", f)
	case !strings.EqualFold(c.Subject.CommonName, commonName):
		m.against = otherName(c, commonName)
	case d.Issuer == "" && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
		m.against = "it is not self-signed, and the details page does not name its issuer"
	case d.Subject == "":
		m.agrees = append(m.agrees, fmt.Sprintf("common name %q", c.Subject.CommonName))
	}
	return m
}

func otherName(c *x509.Certificate, commonName string) string {
	return fmt.Sprintf("it is for %q, not for %q", c.Subject.CommonName, commonName)
}

// contradiction says what of a certificate cannot be so on this page, of what is
// written in one way only.
func (d *Details) contradiction(c *x509.Certificate) string {
	if _, named := d.fieldIn(thumbprints(c)); !named && d.hasPrint(serials(c)...) {
		return "its thumbprint is not the one on the details page"
	}
	if isNumber(d.Serial) && !sameNumber(d.Serial, serials(c)) {
		return "its serial number is not the one on the details page"
	}
	got := algorithmOf(c.PublicKey)
	switch {
	case d.Algorithm == "RSA" && (got.RSABits == 0 || d.Bits != 0 && octets(d.Bits) != octets(got.RSABits)),
		d.Algorithm == "ECDSA" && (got.Curve == "" || d.Bits != 0 && got.Curve != "P"+strconv.Itoa(d.Bits)):
		return fmt.Sprintf("its key is %s, and the details page shows %s", kindOf(c, got), strings.TrimRight(fmt.Sprintf("%s %d", d.Algorithm, d.Bits), " 0"))
	}
	return ""
}

// octets of a modulus: two primes of 1024 bits may have a product of 2047.
func octets(bits int) int { return (bits + 7) / 8 }

func kindOf(c *x509.Certificate, a Algorithm) string {
	if a.IsZero() {
		return c.PublicKeyAlgorithm.String()
	}
	return a.String()
}

func thumbprints(c *x509.Certificate) []string {
	s1, s256 := thumbprint.SHA1(c.Raw), sha256.Sum256(c.Raw)
	return []string{hex.EncodeToString(s1[:]), hex.EncodeToString(s256[:])}
}

func serials(c *x509.Certificate) []string { return printed.Serials(c.SerialNumber) }

// fieldIn returns the label of the field whose value is one of the numbers. A
// very short serial number proves nothing and is passed over.
func (d *Details) fieldIn(numbers []string) (label string, found bool) {
	for _, f := range d.Fields {
		if len(numbers[0]) >= 4 && sameNumber(f.Value, numbers) {
			return f.Label, true
		}
	}
	return "", false
}

// sameNumber reports whether a text is one of the numbers, whole.
func sameNumber(text string, numbers []string) bool {
	v := strings.TrimLeft(printed.Compact(text), "0")
	return slices.ContainsFunc(numbers, func(n string) bool { return v == strings.TrimLeft(n, "0") })
}

// hasPrint reports whether a field looks like a thumbprint: then it has to fit.
// A serial number of 20 octets looks like one: those given are none.
func (d *Details) hasPrint(serials ...string) bool {
	for _, f := range d.Fields {
		v := printed.Compact(f.Value)
		_, err := hex.DecodeString(v)
		if err == nil && (len(v) == 40 || len(v) == 64) && !slices.Contains(serials, strings.TrimLeft(v, "0")) {
			return true
		}
	}
	return false
}

// isNumber reports whether a text reads as a number, in hex or in decimal.
func isNumber(s string) bool {
	s = printed.Compact(s)
	return s != "" && strings.Trim(s, "0123456789abcdef") == ""
}

// Shows reports whether the page shows what a spec asks for: its kind of key,
// common name and organization.
func (d *Details) Shows(s Spec) bool {
	if d == nil || !d.Is(s.Algorithm) {
		return false
	}
	shows := func(want string) bool {
		for _, f := range d.Fields {
			if strings.Contains(strings.ToLower(f.Value), strings.ToLower(want)) {
				return true
			}
		}
		return want == ""
	}
	return shows(s.CommonName) && shows(s.Organization)
}

// Is reports whether the page shows a key of this kind, as far as it tells.
func (d *Details) Is(a Algorithm) bool {
	if a.Curve != "" {
		return d.Algorithm == "ECDSA"
	}
	return d.RSA() && (d.Bits == 0 || d.Bits == a.RSABits)
}

// Check says what a certificate does not have as it was asked for; nothing if
// it is as asked. Days may differ by one: the device counts them in a time zone
// that it does not print.
func (s *Spec) Check(c *x509.Certificate) []string {
	wrong := s.checkSubject(c.Subject)
	expectDay := func(what string, want, got time.Time) {
		if !want.IsZero() && day(want).Sub(day(got)).Abs() > 24*time.Hour {
			wrong = append(wrong, fmt.Sprintf("%s: want %s, got %s", what, want.Format(time.DateOnly), got.Format(time.DateOnly)))
		}
	}
	expectDay("start", s.NotBefore, c.NotBefore)
	expectDay("end", s.NotAfter, c.NotAfter)
	if pub, ok := c.PublicKey.(*rsa.PublicKey); s.Algorithm.RSABits > 0 && (!ok || pub.N.BitLen() != s.Algorithm.RSABits) {
		wrong = append(wrong, "key: not "+s.Algorithm.String())
	}
	if s.Hash != "" && !strings.Contains(plain(c.SignatureAlgorithm.String()), string(s.Hash)) {
		wrong = append(wrong, fmt.Sprintf("signature: want %s, got %s", s.Hash, c.SignatureAlgorithm))
	}
	return wrong
}

// checkSubject says what a subject does not have as it was asked for.
func (s *Spec) checkSubject(subject pkix.Name) []string {
	var wrong []string
	for _, f := range []struct {
		what, want string
		got        []string
	}{
		{"common name", s.CommonName, []string{subject.CommonName}},
		{"organization", s.Organization, subject.Organization},
		{"organizational unit", s.OrganizationalUnit, subject.OrganizationalUnit},
		{"state", s.State, subject.Province},
		{"city", s.City, subject.Locality},
		{"country", s.Country, subject.Country},
	} {
		if f.want != "" && !slices.Contains(f.got, f.want) {
			wrong = append(wrong, fmt.Sprintf("%s: want %q, got %q", f.what, f.want, f.got))
		}
	}
	return wrong
}
