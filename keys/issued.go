package keys

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Expected is what the answer of a CA is held to.
type Expected struct {
	CSR *x509.CertificateRequest
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
// certificate is for the device's key, which is not an old one, it is issued by
// the next, and so on, for its uses, and valid by the device's clock. The error is an
// [*IssuedError]. // G-5
func CheckIssued(chain []*x509.Certificate, e Expected) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, &IssuedError{Reason: "the CA gave none"}
	}
	leaf := chain[0]
	fail := func(err error, format string, args ...any) (*x509.Certificate, error) {
		return nil, &IssuedError{Subject: leaf.Subject.String(), Reason: fmt.Sprintf(format, args...), Err: err}
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
			return fail(nil, "the CA issued it for purposes (extended key usage) that leave out %s, which %s needs: have the CA issue for TLS servers and clients", purposes[use].name, use)
		}
	}
	for i, parent := range chain[1:] {
		if err := chain[i].CheckSignatureFrom(parent); err != nil {
			return fail(err, "its chain is broken at %q: %v", parent.Subject, err)
		}
	}
	if err := endsIn(chain, e); err != nil {
		return fail(err, "it does not chain to the CA that was expected: %v", err)
	}
	return leaf, nil
}

// purposes are what peers ask of a certificate (RFC 5280, 4.2.1.12). Those of
// IPSec ask for different things, mostly for nothing.
var purposes = map[Use]struct {
	usage x509.ExtKeyUsage
	name  string
}{
	UseTLS:       {x509.ExtKeyUsageServerAuth, "TLS servers"},
	UseSIP:       {x509.ExtKeyUsageServerAuth, "TLS servers"},
	UseIEEE8021X: {x509.ExtKeyUsageClientAuth, "TLS clients"},
}

// Allows reports whether a certificate may serve a use: it names no purposes
// (extended key usage), or the one that the use's peers ask for. Some SCEP
// servers issue for clients only if not told otherwise, and no browser takes
// that.
func Allows(c *x509.Certificate, use Use) bool {
	purpose, asked := purposes[use]
	return !asked || len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, purpose.usage) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

func samePublicKey(a, b any) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

func endsIn(chain []*x509.Certificate, e Expected) error {
	if len(e.CAs) == 0 {
		return nil
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, ca := range e.CAs {
		roots.AddCert(ca)
	}
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: e.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}
