package rekey

import (
	"cmp"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/keys"
)

// spec works out the certificate of a new key: that of the old one, where the
// options do not say otherwise. // G-1, G-3
func (a *Assessment) spec(old *KeyState, u keys.Use, kind CertificateKind, o *Options) (keys.Spec, error) {
	subject, lasted := old.subject()
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
	s.NotAfter = s.NotBefore.Add(validity(lasted, o))
	s.Country = countryOf(inherit(subject.Country, 2))
	s.State, s.City = inherit(subject.Province, 128), inherit(subject.Locality, 128)
	s.Organization, s.OrganizationalUnit = inherit(subject.Organization, 64), inherit(subject.OrganizationalUnit, 64)
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
	if !keys.IsHost(s.CommonName) && o.CommonName == "" {
		return keys.Spec{}, fmt.Errorf("new certificate for key %q: the device's address, %s, cannot stand in a certificate as the name of a host: "+
			"give the name or IP address by which peers reach it (Options.CommonName, -cn)", old.Name, quote(s.CommonName))
	}
	if err := check(); err != nil {
		return keys.Spec{}, fmt.Errorf("new certificate for key %q: %w", old.Name, err)
	}
	return s, nil
}

// subject is the subject of the key's certificate, and how long that is valid:
// by the certificate, or, where it was not seen, by the details page. Whoever
// admits the device by its name has to find the same name in the new one.
func (k *KeyState) subject() (pkix.Name, time.Duration) {
	if cert, err := oddcert.Parse(k.Certificate); err == nil {
		return cert.Subject, cert.NotAfter.Sub(cert.NotBefore)
	}
	if k.Details == nil {
		return pkix.Name{}, 0
	}
	return k.Details.SubjectName(), k.Details.Validity()
}

// attributes are those of the subject, all of them.
func (k *KeyState) attributes() []keys.Attribute {
	if cert, err := oddcert.Parse(k.Certificate); err == nil {
		return keys.AttributesOf(cert.Subject)
	}
	if k.Details == nil {
		return nil
	}
	return k.Details.SubjectAttributes()
}

// inherit takes a value of the old certificate's subject, if the device's form
// would take it: an old certificate must not stand in the way of a new one. A
// page may have cut it short.
func inherit(values []string, most int) string {
	if len(values) == 0 || len(values[0]) > most || strings.HasSuffix(values[0], "...") || strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' || r > '~' }) {
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
func validity(before time.Duration, o *Options) time.Duration {
	length := cmp.Or(o.Validity, before)
	if length <= 0 {
		length = (5*365 + 1) * 24 * time.Hour
	}
	return min(length, maxValidity)
}

// commonName is what the options say, else the old certificate's name if it is
// one by which a device is reached, else the host that we reach it by. // G-3
func (a *Assessment) commonName(old *KeyState, o *Options) string {
	host := address.Host(a.Device.URL) // without the dot of the DNS root, as certificates have names
	if o.CommonName != "" {
		return strings.TrimSuffix(strings.NewReplacer("{host}", host, "{model}", strings.ReplaceAll(a.Device.Model, " ", "-")).Replace(o.CommonName), ".")
	}
	if subject, _ := old.subject(); keys.IsHost(subject.CommonName) {
		return strings.TrimSuffix(subject.CommonName, ".")
	}
	return host
}
