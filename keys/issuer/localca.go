package issuer

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/keys"
)

const (
	// DefaultValidity is how long a certificate of a [LocalCA] lasts if nothing
	// else is said: the longest that all current TLS clients take from a CA that
	// their users installed.
	DefaultValidity = 825 * 24 * time.Hour

	// DefaultBackdate is how long before its issue a certificate of a [LocalCA]
	// begins, so that a device whose clock is slow, or in the wrong time zone,
	// takes it.
	DefaultBackdate = 24 * time.Hour

	// DefaultMinRSABits is the shortest RSA key that a [LocalCA] certifies.
	DefaultMinRSABits = 2048

	maxChain = 10 // more certificates than any chain has
)

// LocalCAOptions say what certificates of a [LocalCA] look like. The zero value
// is good.
type LocalCAOptions struct {
	// Validity is the time from the beginning to the end of a certificate. Zero
	// is DefaultValidity. No certificate outlives the CA.
	Validity time.Duration
	// Backdate is how long before now a certificate begins, though not before
	// the CA. Zero is DefaultBackdate, negative means now.
	Backdate time.Duration
	// MinRSABits is the shortest RSA key to certify. Zero is DefaultMinRSABits.
	MinRSABits int
	// ExtKeyUsage is what the certificates are for. Empty is TLS server and
	// client: what TLS, SIP, IEEE 802.1X and most IPSec peers ask for.
	ExtKeyUsage []x509.ExtKeyUsage
	// ExtraNames, if not nil, gives IP addresses and host names to add to those
	// that were ordered; see [LocalCA.Issue].
	ExtraNames func(*x509.CertificateRequest) []string
	// CRLDistributionPoints, OCSPServers and IssuerURLs go into the certificates
	// as they are, so that clients find the revocation list, the responder, and
	// the CA's certificate.
	CRLDistributionPoints, OCSPServers, IssuerURLs []string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// LocalCA is a CA whose key is at hand. It keeps no list of what it issued. It
// is safe for concurrent use if its signer is.
type LocalCA struct {
	cert   *x509.Certificate
	above  []*x509.Certificate // what cert chains by, without cert
	signer crypto.Signer
	o      LocalCAOptions
	loose  string // said of the key's file; empty: nothing
}

var (
	_ keys.Issuer  = (*LocalCA)(nil)
	_ keys.Namer   = (*LocalCA)(nil)
	_ keys.Checker = (*LocalCA)(nil)
)

// NewLocalCA makes a CA of its certificate, its key, and the certificates that
// it chains by, in any order (none for a root). The signer may be a token or an
// HSM. opts may be nil.
//
// A certificate that is not that of the key, not a CA's, not allowed to sign
// certificates, not valid now, or whose chain does not allow it a path is an
// error.
func NewLocalCA(cert *x509.Certificate, signer crypto.Signer, chain []*x509.Certificate, opts *LocalCAOptions) (*LocalCA, error) {
	if cert == nil || signer == nil {
		return nil, errors.New("issuer: a local CA needs a certificate and a key")
	}
	if err := keysize.Certificates(append(slices.Clone(chain), cert)...); err != nil {
		return nil, fmt.Errorf("issuer: the CA's certificates: %w", err)
	}
	ca := &LocalCA{cert: cert, signer: signer}
	if opts != nil {
		ca.o = *opts
	}
	ca.o.setDefaults()
	for last := cert; last != nil && len(ca.above) < maxChain; {
		if last = signerOf(last, chain); last != nil {
			ca.above = append(ca.above, last)
		}
	}
	if err := ca.check(); err != nil {
		return nil, fmt.Errorf("issuer: the CA's certificate (%s): %w", quote(cert.Subject.String()), err)
	}
	return ca, nil
}

func (o *LocalCAOptions) setDefaults() {
	if o.Validity == 0 {
		o.Validity = DefaultValidity
	}
	if o.Backdate == 0 {
		o.Backdate = DefaultBackdate
	}
	o.Backdate = max(o.Backdate, 0)
	if o.MinRSABits == 0 {
		o.MinRSABits = DefaultMinRSABits
	}
	o.ExtKeyUsage = slices.Clone(o.ExtKeyUsage)
	if len(o.ExtKeyUsage) == 0 {
		o.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// signerOf finds the certificate that c is signed with; nil if it is not there
// or c is at the top.
func signerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	if dn.Equal(c.RawIssuer, c.RawSubject) {
		return nil
	}
	i := slices.IndexFunc(among, func(ca *x509.Certificate) bool { return bundle.Issued(ca, c) })
	if i < 0 {
		return nil
	}
	return among[i]
}

// path is the CA's certificate and those it chains by.
func (ca *LocalCA) path() []*x509.Certificate {
	return append([]*x509.Certificate{ca.cert}, ca.above...)
}

// check holds the CA against RFC 5280, section 6.1.4 (k) to (n).
func (ca *LocalCA) check() error {
	if ca.o.Validity < time.Minute {
		return fmt.Errorf("issuing for %v is too short", ca.o.Validity)
	}
	if !sameKey(ca.signer.Public(), ca.cert.PublicKey) {
		return errors.New("the private key is another certificate's")
	}
	for i, c := range ca.path() {
		if err := checkCA(c, i, ca.o.Now()); err != nil {
			if i > 0 {
				return fmt.Errorf("above it %s: %w", quote(c.Subject.String()), err)
			}
			return err
		}
	}
	return nil
}

// checkCA looks whether c may have this many CAs below it, and issue now.
func checkCA(c *x509.Certificate, below int, now time.Time) error {
	const day = time.DateOnly
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		return errors.New("is not a CA's (basic constraints)")
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return errors.New("may not sign certificates (key usage without keyCertSign)")
	case (c.MaxPathLen > 0 || c.MaxPathLenZero) && below > c.MaxPathLen:
		return fmt.Errorf("allows %d CAs below it, and there are %d (path length)", c.MaxPathLen, below)
	case now.Before(c.NotBefore):
		return fmt.Errorf("is not valid before %s", c.NotBefore.Format(day))
	case now.After(c.NotAfter):
		return fmt.Errorf("expired on %s", c.NotAfter.Format(day))
	}
	return nil
}

// Check looks whether the CA is still valid and its key signs.
func (ca *LocalCA) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := quote(ca.cert.Subject.String())
	if err := ca.check(); err != nil {
		return nil, fmt.Errorf("issuer: the CA's certificate (%s): %w", name, err)
	}
	// A request is the one thing that a key may sign without promising anything.
	// CreateCertificateRequest verifies what the signer made.
	if _, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), ca.signer); err != nil {
		return nil, fmt.Errorf("issuer: the key of the CA %s does not sign: %w", name, err)
	}
	names := "those that were ordered: the common name, and the device's address if the request asks for it"
	if ca.o.ExtraNames != nil {
		names += "; and added ones"
	}
	return &keys.IssuerInfo{Name: ca.cert.Subject.String(), Names: names, Notes: ca.notes(), CAs: ca.path()}, nil
}

func (ca *LocalCA) notes() []string {
	var notes []string
	switch pub := ca.cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := pub.N.BitLen(); n < DefaultMinRSABits {
			notes = append(notes, fmt.Sprintf("the CA's own RSA key is short (%d bits)", n))
		}
	case ed25519.PublicKey:
		notes = append(notes, "the CA signs with Ed25519: no device is known to read that, and few clients do")
	}
	if ca.loose != "" {
		notes = append(notes, ca.loose)
	}
	if begin, end := ca.validity(); end.Sub(begin) < ca.o.Validity-time.Second {
		notes = append(notes, "certificates end with the CA, on "+end.Format(time.DateOnly))
	}
	if len(ca.o.CRLDistributionPoints)+len(ca.o.OCSPServers) == 0 {
		notes = append(notes, "certificates name neither revocation list nor OCSP responder: clients cannot see that one is revoked")
	}
	return notes
}

// validity is that of a certificate issued now. Its last second is within
// Validity: both ends count (RFC 5280, section 4.1.2.5).
func (ca *LocalCA) validity() (begin, end time.Time) {
	begin = ca.o.Now().Add(-ca.o.Backdate).UTC().Truncate(time.Second)
	if begin.Before(ca.cert.NotBefore) {
		begin = ca.cert.NotBefore
	}
	end = begin.Add(ca.o.Validity - time.Second)
	for _, c := range ca.path() {
		if end.After(c.NotAfter) {
			end = c.NotAfter
		}
	}
	return begin, end
}

// chain is what is returned with a certificate: no root, unless it issues
// itself and is all there is.
func (ca *LocalCA) chain(leaf *x509.Certificate) []*x509.Certificate {
	chain := append([]*x509.Certificate{leaf}, ca.path()...)
	if top := chain[len(chain)-1]; len(chain) > 2 && dn.Equal(top.RawIssuer, top.RawSubject) {
		chain = chain[:len(chain)-1]
	}
	return chain
}

// Format writes the CA's name, whatever the verb: never the key.
func (ca LocalCA) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "local CA %s", quote(ca.cert.Subject.String()))
}

// AddedNames are those of ExtraNames: the certificate has them beside those that
// were ordered.
func (ca *LocalCA) AddedNames(csr *x509.CertificateRequest) []string {
	if ca.o.ExtraNames == nil {
		return nil
	}
	return ca.o.ExtraNames(csr)
}
