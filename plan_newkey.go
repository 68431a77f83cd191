package rekey

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
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
	length := validity(lasted, o)
	s.NotAfter = s.NotBefore.Add(length - min(o.spread(a.Device.URL), length/2).Truncate(24*time.Hour))
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
	if cert := k.cert(); cert != nil {
		return cert.Subject, cert.NotAfter.Sub(cert.NotBefore)
	}
	if k.Details == nil {
		return pkix.Name{}, 0
	}
	return k.Details.SubjectName(), k.Details.Validity()
}

// attributes are those of the subject, all of them.
func (k *KeyState) attributes() []keys.Attribute {
	if cert := k.cert(); cert != nil {
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

// spread is by how much earlier the certificates of a device end: the same, whenever
// it is asked.
func (o *Options) spread(url string) time.Duration {
	days := uint64(o.Spread / (24 * time.Hour))
	sum := sha256.Sum256([]byte("spread " + address.Device(url)))
	return time.Duration(binary.BigEndian.Uint64(sum[:])%(days+1)) * 24 * time.Hour
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

// CertificateKind says how a new certificate comes about. // G-1, G-4, G-7
type CertificateKind string

// The kinds.
const (
	LikeForLike CertificateKind = ""            // as the old one
	SelfSigned  CertificateKind = "self-signed" // by the device itself
	ByCSR       CertificateKind = "csr"         // by [Options.Issuer], for a CSR that the device makes
	BySCEP      CertificateKind = "scep"        // by a SCEP server that the device asks, see [Options.SCEP]
)

// kind is the kind of certificate asked for in a usage.
func (o *Options) kind(u keys.Use) CertificateKind {
	if k, ok := o.Kinds[u]; ok {
		return k
	}
	return o.Kind
}

// kindFor decides on the kind of a key's successor, or says why it cannot.
// That a certificate comes from a CA is seen; whether by CSR or by SCEP is not.
func (pl *planner) kindFor(k *KeyState, u keys.Use) (kind CertificateKind, withheld string) {
	if kind = pl.o.kind(u); kind != LikeForLike {
		return kind, pl.cannot(kind, u)
	}
	origin, by := originOf(k.cert(), k.Details)
	switch {
	case origin == ownSignature:
		return SelfSigned, ""
	case origin == unknownOrigin:
		return "", "it cannot be told whether its certificate is self-signed: say which kind the new one is to be (Kind)"
	case pl.o.Issuer != nil:
		return ByCSR, ""
	case pl.o.SCEP != nil && pl.cannot(BySCEP, u) == "":
		return BySCEP, ""
	}
	return "", fmt.Sprintf("its certificate was issued by %s, and nobody is named who issues the new one: give an issuer (Issuer) or have the device ask by SCEP (SCEP), "+
		"or ask for a self-signed certificate (Kind)", safe(by))
}

// cannot says why a usage cannot have a kind of certificate on this device.
func (pl *planner) cannot(kind CertificateKind, u keys.Use) string {
	switch {
	case kind != BySCEP:
		return ""
	case usage.Of(u).Location == "":
		return "devices get no certificate for " + usage.Of(u).Title + " by SCEP: give it another kind (Kinds)"
	case pl.a.SCEP == nil:
		return "the device's SCEP pages could not be read: " + pl.a.SCEPProblem
	}
	return ""
}

// planSCEP says what it means that devices ask their SCEP server in the clear.
// // G-7
func (pl *planner) planSCEP() {
	if !slices.ContainsFunc(pl.p.Changes, func(c Change) bool { return c.Kind == BySCEP && c.makes() }) {
		return
	}
	notice := "the device asks its SCEP server over plain HTTP: whoever is between the two sees who asks for what, and by posing as the server can learn the challenge password and issue a certificate; " +
		"that the certificate is the right CA's is for those who trust it to see"
	if pl.o.SCEP == nil || pl.o.SCEP.Check == nil {
		notice += "; the server is not looked at from here beforehand either (SCEP.Check)"
	}
	pl.p.Notices = append(pl.p.Notices, notice)
}

// origin says where a certificate comes from.
type origin int

const (
	unknownOrigin origin = iota
	ownSignature
	fromCA
)

// originOf tells a self-signed certificate from a CA's: by the certificate
// where it could be had, else by the texts of its details page.
func originOf(cert *x509.Certificate, d *keys.Details) (o origin, by string) {
	switch {
	case cert != nil && selfSigned(cert):
		return ownSignature, ""
	case cert != nil:
		return fromCA, cert.Issuer.String()
	case d == nil || d.Issuer == "" || d.Subject == "":
		return unknownOrigin, ""
	case d.Issuer == d.Subject:
		return ownSignature, ""
	}
	return fromCA, d.Issuer
}

func selfSigned(c *x509.Certificate) bool {
	return c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// ourName is the pattern of the names we give: "rk", the usage's code, the first
// day of validity, and random letters.
var ourName = lazyregexp.New(`^rk(` + strings.Join(codes(), "|") + `)(\d{8})([a-z2-7]{6})$`)

func codes() (all []string) {
	for _, f := range usage.Functions() {
		if f.Code != "" {
			all = append(all, regexp.QuoteMeta(f.Code))
		}
	}
	return all
}

// probeName is that of the names of keys made for a look only.
var probeName = lazyregexp.New(`^rkprobe\d{8}[a-z2-7]{6}$`)

// madeByPattern recognises a key of ours without a journal: by its name, and by
// a validity that begins on the day in the name.
func madeByPattern(name string, d *keys.Details) bool {
	m := ourName.FindStringSubmatch(name)
	if m == nil || d == nil {
		return false
	}
	first, err := time.Parse("20060102", m[2])
	if err != nil {
		return false
	}
	for _, f := range d.Fields {
		for _, t := range printed.Days(f.Value) {
			// The page may count days in another time zone.
			if t.Sub(first).Abs() <= 24*time.Hour {
				return true
			}
		}
	}
	return false
}

var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newName makes the name of a key: "rk", the use, the first day of validity and
// six letters that follow from the assessment and the key to be replaced, free
// in the list. They need not be secret, but must differ between devices and
// runs.
func (a *Assessment) newName(u keys.Use, old string, first time.Time) string {
	return a.freeName("rk"+usage.Of(u).Code, string(u), old, first)
}

// freeName makes a name that begins with prefix.
func (a *Assessment) freeName(prefix, u, old string, first time.Time) string {
	for n := range 1000 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %s %s %x %d", u, old, a.Device.URL, a.Taken.Format(time.RFC3339Nano), a.Served, n))
		name := prefix + first.Format("20060102") + nameEncoding.EncodeToString(sum[:])[:6]
		if a.key(name) == nil {
			return name
		}
	}
	panic("no free name among a thousand")
}

// named reports whether a key bears a name that rekey gives.
func named(name string) bool { return ourName.MatchString(name) || probeName.MatchString(name) }
