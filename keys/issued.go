package keys

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/keysize"
)

// Expected is what the answer of a CA is held to.
type Expected struct {
	CSR *x509.CertificateRequest
	// Order is what was asked for; nil: the request counts as the order, and must
	// have been checked.
	Order *Order
	// Names (SAN) that the issuer adds to those of the order: see [Namer].
	Names []string
	// Old are certificates that the new one must not share its key with.
	Old []*x509.Certificate
	// Now is the time by the device's clock: a certificate that is not valid by
	// it is of no use there.
	Now time.Time
	// CAs that the chain must end in; empty if they are not known.
	CAs []*x509.Certificate
	// Uses that the certificate is for; empty: what for is not looked at. See
	// [Allows].
	Uses []Use
	// Policy says what a CA may decide; the zero value is good.
	Policy IssuedPolicy
}

// Namer is an [Issuer] that adds names (SAN) to those of an order.
type Namer interface {
	AddedNames(*x509.CertificateRequest) []string
}

const (
	// DefaultMinValidity is how long a certificate must last at the least: a little
	// less than the 24 hours that step-ca issues for if nobody configured it.
	DefaultMinValidity = 20 * time.Hour
	// DefaultMaxValidity is how long it may last at the most: ten years, as
	// much as the program asks for at the most.
	DefaultMaxValidity = 3660 * 24 * time.Hour
)

// IssuedPolicy says what a CA may decide about the certificates that it issues
// for us. The zero value takes what a CA for devices issues: for most of a
// day at the least and ten years at the most, for TLS, IEEE 802.1X, IPSec and SIP, in the name
// that was ordered or a part of it, signed with nothing weaker than SHA-256.
// Never taken, whatever the policy, are certificates by which the device could
// act for the CA.
type IssuedPolicy struct {
	// MinValidity is how long it must be valid from now on; zero means
	// [DefaultMinValidity], negative any time.
	MinValidity time.Duration
	// MaxValidity is how long it may be valid in all; zero means
	// [DefaultMaxValidity].
	MaxValidity time.Duration
	// AnySubject lets the CA write what it likes into the subject, but for the
	// common name. Otherwise it may only leave out what was ordered.
	AnySubject bool
	// Names (SAN) that it may have besides those ordered, and the request may ask
	// for, such as a host name that the device knows of itself. AnyNames: the
	// certificate may have whatever the CA likes.
	Names    []string
	AnyNames bool
	// ExtKeyUsages are purposes that it may have besides those of the uses.
	ExtKeyUsages []asn1.ObjectIdentifier
	// AllowSHA1 takes certificates signed with SHA-1.
	AllowSHA1 bool
	// RequireCA takes nothing where the CAs are not known.
	RequireCA bool
}

// IssuedError says why a certificate that a CA gave out is not registered.
type IssuedError struct {
	Subject string // of the certificate; empty if there was none
	Reason  string
	Err     error // may be nil
}

func (e *IssuedError) Error() string {
	if e.Subject == "" {
		return "issued certificate: " + e.Reason
	}
	return fmt.Sprintf("issued certificate %q: %s", e.Subject, e.Reason)
}

// Unwrap returns what crypto/x509 said.
func (e *IssuedError) Unwrap() error { return e.Err }

// CheckIssued checks the answer of a CA before it goes to the device: the first
// certificate is for the device's key, which is not an old one, it is as it was
// ordered and as the policy allows, it is issued by the next, and so on, for its
// uses, and valid by the device's clock. Whether the chain ends at a CA that is
// expected is looked at where the CAs are known. The error is an
// [*IssuedError]. // G-5
func CheckIssued(chain []*x509.Certificate, e Expected) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, &IssuedError{Reason: "the CA gave none"}
	}
	leaf := chain[0]
	fail := func(err error, format string, args ...any) (*x509.Certificate, error) {
		return nil, &IssuedError{Subject: bundle.Clean(leaf.Subject.String(), 200), Reason: fmt.Sprintf(format, args...), Err: err}
	}
	if err := keysize.Certificates(chain...); err != nil { // before any signature is looked at
		return fail(err, "%v", err)
	}
	if !samePublicKey(leaf.PublicKey, e.CSR.PublicKey) {
		return fail(nil, "it is for another key than the device's")
	}
	for _, old := range e.Old {
		if old != nil && samePublicKey(leaf.PublicKey, old.PublicKey) {
			return fail(nil, "it is for the old key")
		}
	}
	switch {
	case leaf.IsCA:
		return fail(nil, "it is a CA's: whoever holds the device's key could issue certificates")
	case e.Now.Before(leaf.NotBefore):
		return fail(nil, "it is not valid before %s, and the device's clock says %s: set the device's clock right, or the CA's", leaf.NotBefore.UTC().Format(time.DateTime), e.Now.UTC().Format(time.DateTime))
	case e.Now.After(leaf.NotAfter):
		return fail(nil, "it ended at %s, and the device's clock says %s", leaf.NotAfter.UTC().Format(time.DateTime), e.Now.UTC().Format(time.DateTime))
	}
	for _, use := range e.Uses {
		if !Allows(leaf, use) {
			return fail(nil, "the CA issued it for purposes (extended key usage) that leave out %s, which %s needs: have the CA issue for TLS servers and clients", use.purpose().name, use)
		}
	}
	if wrong := e.wrong(leaf); len(wrong) > 0 {
		return fail(nil, "%s", strings.Join(wrong, "; "))
	}
	if wrong := e.power(leaf); wrong != "" {
		return fail(nil, "%s", wrong)
	}
	if err := e.checkChain(chain); err != nil {
		return fail(errors.Unwrap(err), "%v", err)
	}
	return leaf, nil
}

// wrong says in what a certificate is not what was ordered, or not as the
// policy allows.
func (e *Expected) wrong(leaf *x509.Certificate) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	least, most := cmp.Or(e.Policy.MinValidity, DefaultMinValidity), cmp.Or(e.Policy.MaxValidity, DefaultMaxValidity)
	if left := leaf.NotAfter.Sub(e.Now); left < least {
		say("it is valid for %v from now on, and at least %v are wanted (MinValidity): have the CA issue for longer", left.Round(time.Minute), least)
	}
	// Not by Sub, which ends at 292 years.
	if leaf.NotAfter.After(leaf.NotBefore.Add(most)) {
		say("it is valid from %s to %s, and at most %v are wanted (MaxValidity)", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly), most)
	}
	subject, err := parseName(leaf.RawSubject)
	if err != nil {
		return append(wrong, "subject: "+err.Error())
	}
	want, names, ours := e.ordered()
	for _, difference := range subject.differences(want, part) {
		if !e.Policy.AnySubject || strings.HasPrefix(difference, "common name") {
			say("%s", difference)
		}
	}
	i := slices.IndexFunc(leaf.Extensions, func(x pkix.Extension) bool { return x.Id.Equal(oidSAN) })
	if i < 0 {
		if len(subject[oidCommonName]) == 0 {
			say("it names nobody")
		}
		return wrong
	}
	san := leaf.Extensions[i].Value
	if !e.Policy.AnyNames {
		wrong = append(wrong, foreignNames(san, slices.Concat(names, ours, e.Names, e.Policy.Names))...)
	}
	has, _, _ := readSAN(san)
	for _, n := range ours {
		if !slices.ContainsFunc(has, func(h string) bool { return SameName(h, n) }) {
			say("its names (SAN) lack %s, which was ordered: clients do not look at the common name then", n)
		}
	}
	return wrong
}

// ordered are the subject that was ordered, the names (SAN) that the certificate
// may have, and those that it must have if it has any.
func (e *Expected) ordered() (subject name, may, must []string) {
	if e.Order != nil {
		return e.Order.Spec.attributes(), e.Order.mayName(), e.Order.SANs()
	}
	subject, _ = parseName(e.CSR.RawSubject) // one that cannot be read allows nothing
	for _, x := range e.CSR.Extensions {
		if x.Id.Equal(oidSAN) {
			may, _, _ = readSAN(x.Value)
		}
	}
	cn := e.CSR.Subject.CommonName
	if len(may) == 0 && IsHost(cn) {
		must = []string{cn}
	}
	return subject, append(may, cn), must
}

// harmless are the purposes that peers of the uses ask for, and nobody else.
var harmless = []string{
	"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", // TLS servers and clients
	"1.3.6.1.5.5.7.3.5", "1.3.6.1.5.5.7.3.6", "1.3.6.1.5.5.7.3.7", "1.3.6.1.5.5.7.3.17", "1.3.6.1.5.5.8.2.2", // IPSec
	"1.3.6.1.5.5.7.3.13", "1.3.6.1.5.5.7.3.14", // EAP
	"1.3.6.1.5.5.7.3.20", // SIP
	"2.5.29.37.0",        // any
}

// power says what a certificate would let the device do that no device is to do.
func (e *Expected) power(leaf *x509.Certificate) string {
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	switch {
	case leaf.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0:
		return "its key usage lets it sign certificates or revocation lists"
	case leaf.KeyUsage != 0 && leaf.KeyUsage&signs == 0:
		return "its key usage allows neither signatures nor key exchange"
	case len(leaf.UnhandledCriticalExtensions) > 0:
		return fmt.Sprintf("it has a critical extension that is not known: %v", leaf.UnhandledCriticalExtensions[0])
	}
	var purposes []string
	for _, u := range leaf.ExtKeyUsage {
		purposes = append(purposes, u.OID().String())
	}
	for _, u := range leaf.UnknownExtKeyUsage {
		purposes = append(purposes, u.String())
	}
	for _, p := range purposes {
		if !slices.Contains(harmless, p) && !slices.ContainsFunc(e.Policy.ExtKeyUsages, func(o asn1.ObjectIdentifier) bool { return o.String() == p }) {
			return fmt.Sprintf("the CA issued it also for a purpose (extended key usage %s) that no device has: OCSP responders, code signing and the like", p)
		}
	}
	return ""
}

// checkChain looks at who issued the first certificate.
func (e *Expected) checkChain(chain []*x509.Certificate) error {
	leaf := chain[0]
	if leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil {
		return errors.New("it is signed by the device's own key, and by no CA")
	}
	for _, ca := range slices.Concat(chain[1:], e.CAs, e.Old) {
		if ca != nil && ca.SerialNumber.Cmp(leaf.SerialNumber) == 0 && dn.Equal(ca.RawIssuer, leaf.RawIssuer) {
			return fmt.Errorf("it has the serial number of another certificate of its issuer, %q: to revoke one would revoke both", bundle.Clean(ca.Subject.String(), 100))
		}
	}
	for i, c := range chain {
		if i > 0 && dn.Equal(c.RawIssuer, c.RawSubject) {
			continue // what a root signs itself with proves nothing
		}
		switch c.SignatureAlgorithm {
		case x509.SHA1WithRSA, x509.ECDSAWithSHA1:
			if e.Policy.AllowSHA1 {
				continue
			}
			fallthrough
		case x509.UnknownSignatureAlgorithm, x509.MD2WithRSA, x509.MD5WithRSA, x509.DSAWithSHA1, x509.DSAWithSHA256:
			return fmt.Errorf("it, or a CA above it, is signed with %v: have the CA sign with SHA-256", c.SignatureAlgorithm)
		}
	}
	for i, parent := range chain[1:] {
		if err := chain[i].CheckSignatureFrom(parent); err != nil {
			return fmt.Errorf("its chain is broken at %q: %w", bundle.Clean(parent.Subject.String(), 100), err)
		}
	}
	if len(e.CAs) == 0 && e.Policy.RequireCA {
		return errors.New("it is not known which CA was meant (RequireCA)")
	}
	if err := endsIn(chain, e); err != nil {
		return fmt.Errorf("it does not chain to the CA that was expected: %w", err)
	}
	return nil
}

// Allows reports whether a certificate may serve a use: it names no purposes
// (extended key usage), or the one that the use's peers ask for. Some SCEP
// servers issue for clients only if not told otherwise, and no browser takes
// that.
func Allows(c *x509.Certificate, use Use) bool {
	purpose := use.purpose()
	return purpose == nil || len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, purpose.usage) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

func samePublicKey(a, b any) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

func endsIn(chain []*x509.Certificate, e *Expected) error {
	if len(e.CAs) == 0 {
		return nil
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, ca := range e.CAs {
		roots.AddCert(dn.Normal(ca))
	}
	for _, c := range chain[1:] {
		between.AddCert(dn.Normal(c))
	}
	_, err := dn.Normal(chain[0]).Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: e.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}
