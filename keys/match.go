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
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/thumbprint"
)

// Matches tells whether a certificate, seen in a handshake, is the one that a
// details page describes. The page gives no certificate, only fields, in a
// form that no public document shows: so every value is compared with what the
// certificate says of itself.
//
// The certificate itself decides, if it was registered by us; else a thumbprint
// or a serial number. Without any, the certificate has to carry the subject that
// was asked for, and be signed by its own key or name the issuer that the page
// names; that is weaker, and strong is false. The reason says what was compared.
func (d *Details) Matches(c *x509.Certificate, commonName string) (ok, strong bool, reason string) {
	if d.Certificate != nil {
		if d.Certificate.Equal(c) {
			return true, true, "it is the certificate that was registered"
		}
		return false, false, "it is not the certificate that was registered"
	}
	s1, s256 := thumbprint.SHA1(c.Raw), sha256.Sum256(c.Raw)
	prints := []string{hex.EncodeToString(s1[:]), hex.EncodeToString(s256[:])}
	serials := []string{c.SerialNumber.Text(16), c.SerialNumber.String()}
	if f, found := d.fieldIn(prints); found {
		return true, true, fmt.Sprintf("field %q is its thumbprint", f)
	}
	if d.hasPrint(serials...) {
		return false, false, wrongPrint
	}
	if f, found := d.fieldIn(serials); found {
		return true, true, fmt.Sprintf("field %q is its serial number", f)
	}
	if isNumber(d.Serial) {
		return false, false, wrongSerial
	}
	switch {
	case !strings.EqualFold(c.Subject.CommonName, commonName):
		return false, false, fmt.Sprintf("it is for %q, not for %q", c.Subject.CommonName, commonName)
	case d.Issuer != "" && c.Issuer.CommonName != "" && strings.Contains(d.Issuer, c.Issuer.CommonName):
		return true, false, "subject and issuer are those of the details page, which shows neither thumbprint nor serial number"
	case c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
		return false, false, "it is not self-signed, and the details page does not name its issuer"
	}
	return true, false, "its subject is the one asked for; the details page shows neither thumbprint nor serial number"
}

// fieldIn returns the label of the field whose value is one of the numbers. A
// very short serial number proves nothing and is passed over.
func (d *Details) fieldIn(numbers []string) (label string, found bool) {
	for _, f := range d.Fields {
		v := strings.TrimLeft(compact(f.Value), "0")
		for _, n := range numbers {
			if len(n) >= 4 && v == strings.TrimLeft(n, "0") {
				return f.Label, true
			}
		}
	}
	return "", false
}

// hasPrint reports whether a field looks like a thumbprint: then it has to fit.
// A serial number of 20 octets looks like one: those given are none.
func (d *Details) hasPrint(serials ...string) bool {
	for _, f := range d.Fields {
		v := compact(f.Value)
		_, err := hex.DecodeString(v)
		if err == nil && (len(v) == 40 || len(v) == 64) && !slices.Contains(serials, strings.TrimLeft(v, "0")) {
			return true
		}
	}
	return false
}

// compact drops what is put between digits, and a leading 0x.
func compact(s string) string {
	s = strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "", "\u00a0", "").Replace(s))
	return strings.TrimPrefix(s, "0x")
}

// Contradicts reports whether the page shows a thumbprint or a serial number,
// and it is not this certificate's.
func (d *Details) Contradicts(c *x509.Certificate) bool {
	_, _, reason := d.Matches(c, c.Subject.CommonName)
	return reason == wrongPrint || reason == wrongSerial
}

const (
	wrongPrint  = "its thumbprint is not the one on the details page"
	wrongSerial = "its serial number is not the one on the details page"
)

// isNumber reports whether a text reads as a serial number of some length.
func isNumber(s string) bool {
	s = compact(s)
	return len(s) >= 4 && strings.Trim(s, "0123456789abcdef") == ""
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
	if s.Hash != "" && !strings.Contains(plain(c.SignatureAlgorithm.String()), s.Hash) {
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

// Recognise returns what tells whether a certificate is the one that the page
// describes, as [remoteui.RestartOptions] wants it: nil if it is, else why not.
func (d *Details) Recognise(commonName string) func(*x509.Certificate) error {
	return func(c *x509.Certificate) error {
		if ok, _, reason := d.Matches(c, commonName); !ok {
			return errors.New(reason)
		}
		return nil
	}
}
