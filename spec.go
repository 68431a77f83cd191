package rekey

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/keys"
)

// spec works out the certificate of a new key: that of the old one, where the
// options do not say otherwise. // G-1, G-3
func (a *Assessment) spec(old *KeyState, u keys.Use, kind CertificateKind, o *Options) (keys.Spec, error) {
	cert, _ := x509.ParseCertificate(old.Certificate) // nil if there is none
	s := keys.Spec{Hash: o.Hash, Algorithm: o.Key, CommonName: a.commonName(old, o)}
	if s.Algorithm.IsZero() {
		s.Algorithm = keys.Algorithm{RSABits: 2048}
		if bits := old.bits(); bits > 2048 {
			s.Algorithm.RSABits = 4096
		}
	}
	now := a.Clock
	if now.IsZero() {
		now = a.Taken
	}
	// Yesterday, by the device's own clock: a certificate that is not yet valid
	// by somebody's clock would lock him out.
	s.NotBefore = now.AddDate(0, 0, -1)
	s.NotAfter = s.NotBefore.Add(validity(cert, o))
	if cert != nil {
		s.Country = countryOf(inherit(cert.Subject.Country, 2))
		s.State, s.City = inherit(cert.Subject.Province, 128), inherit(cert.Subject.Locality, 128)
		s.Organization, s.OrganizationalUnit = inherit(cert.Subject.Organization, 64), inherit(cert.Subject.OrganizationalUnit, 64)
	}
	if o.Organization != "" {
		s.Organization = o.Organization
	}
	s.Name = a.newName(u, old.Name, s.NotBefore)
	if kind == BySCEP {
		s.Country, s.State, s.City, s.OrganizationalUnit = "", "", "", "" // its form has no fields for them
	}
	check := s.Validate
	if kind != SelfSigned {
		s.NotBefore, s.NotAfter, check = time.Time{}, time.Time{}, s.ValidateRequest // the CA decides
	}
	if err := check(); err != nil {
		return keys.Spec{}, fmt.Errorf("new certificate for key %q: %w", old.Name, err)
	}
	return s, nil
}

// inherit takes a value of the old certificate's subject, if the device's form
// would take it: an old certificate must not stand in the way of a new one.
func inherit(values []string, most int) string {
	if len(values) == 0 || len(values[0]) > most || strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return values[0]
}

func countryOf(c string) string {
	if len(c) != 2 {
		return ""
	}
	return strings.ToUpper(c)
}

func (k *KeyState) bits() int {
	if k.Finding.Bits > 0 {
		return k.Finding.Bits
	}
	if k.Details != nil {
		return k.Details.Bits
	}
	return 0
}

// validity is as long as before; five years where that is not known.
func validity(cert *x509.Certificate, o *Options) time.Duration {
	length := o.Validity
	if length == 0 && cert != nil {
		length = cert.NotAfter.Sub(cert.NotBefore)
	}
	if length <= 0 {
		length = (5*365 + 1) * 24 * time.Hour
	}
	return min(length, maxValidity)
}

// commonName is what the options say, else the old certificate's name if it is
// one by which a device is reached, else the host that we reach it by. // G-3
func (a *Assessment) commonName(old *KeyState, o *Options) string {
	host := hostOf(a.Device.URL)
	if o.CommonName != "" {
		return strings.NewReplacer("{host}", host, "{model}", strings.ReplaceAll(a.Device.Model, " ", "-")).Replace(o.CommonName)
	}
	if cert, err := x509.ParseCertificate(old.Certificate); err == nil && keys.IsHost(cert.Subject.CommonName) {
		return cert.Subject.CommonName
	}
	return host
}
