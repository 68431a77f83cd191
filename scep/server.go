package scep

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/keys"
)

// server is what a SCEP server showed of itself and we believe.
type server struct {
	asked      time.Time
	byPOST     bool
	algorithms algorithms
	roots      *x509.CertPool      // what is pinned
	anchor     *x509.Certificate   // one that is pinned, for people
	cas, ras   []*x509.Certificate // that chain to the roots
	ca         *x509.Certificate   // that issues
	recipient  *x509.Certificate   // that messages are encrypted to
	pinned     []*x509.Certificate // as given
	changed    bool                // the recipient, since it was last asked
}

// CA asks the server for its certificates and checks nothing: it is for
// showing them, with [Fingerprints], to somebody who knows the right one.
//
// Errors: [*HTTPError], [*WebPageError], those of the network and of ctx, and
// what is wrong with the answer.
func (c *Client) CA(ctx context.Context) ([]*x509.Certificate, error) {
	body, err := c.do(ctx, call{operation: "GetCACert", message: c.opts.CA})
	if err != nil {
		return nil, advise(ctx, err)
	}
	// By content: what servers put into Content-Type is not to be relied on.
	b, err := bundle.Parse(body)
	switch {
	case err != nil:
	case len(b.Certs) == 0 && len(b.Broken) > 0:
		err = b.Broken[0].Err
	case len(b.Certs) == 0:
		err = bundle.ErrEmpty
	case len(b.Certs) > maxShown:
		err = fmt.Errorf("%d certificates, and no server has more than %d: it is no SCEP server", len(b.Certs), maxShown)
	}
	if err != nil {
		return nil, fmt.Errorf("scep: GetCACert of %s: %w", c.url.Redacted(), err)
	}
	return b.Certs, nil
}

// maxShown bounds the certificates of a server, each of which costs signatures.
const maxShown = 32

// advise says what to look at where the server answers with an error, or not at
// all.
func advise(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[*HTTPError](err); ok {
		return fmt.Errorf("%w: check the URL (with step-ca it ends with the name of a SCEP provisioner) and, for a server of several CAs, the CA's identifier", err)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return fmt.Errorf("%w: check that the server runs there and can be reached from here", err)
	}
	return err
}

// identify asks the server what it can do and who it is.
func (c *Client) identify(ctx context.Context) (*server, error) {
	caps, err := c.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := c.CA(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{
		asked:  time.Now(),
		byPOST: caps.standard("POSTPKIOperation"),
		roots:  x509.NewCertPool(),
		pinned: c.opts.Pinned,
	}
	if err := s.trust(ctx, shown, c.pin); err != nil {
		return nil, err
	}
	if s.recipient, err = s.chooseRecipient(shown); err != nil {
		return nil, err
	}
	s.ca = s.issuing()
	if s.algorithms, err = choose(caps, c.opts.AllowLegacy); err != nil {
		return nil, err
	}
	return s, nil
}

// trust takes from what was shown the certificates that are, or chain to, what
// is pinned.
func (s *server) trust(ctx context.Context, shown []*x509.Certificate, pin *fingerprint) error {
	untrusted := func(format string, args ...any) error {
		return &UntrustedError{fmt.Sprintf(format, args...), shown}
	}
	for _, c := range s.pinned {
		if isCA(c) {
			s.roots.AddCert(dn.Normal(c))
			s.anchor = c
		}
	}
	switch i := slices.IndexFunc(shown, func(c *x509.Certificate) bool { return pin != nil && pin.matches(c) }); {
	case pin == nil && s.anchor == nil:
		return untrusted("which CA is meant was not said: compare with what the CA's people say and set Fingerprint or Pinned")
	case pin == nil:
	case i < 0:
		return untrusted("none of the server's certificates has the fingerprint given, %s %s", pin.kind(), grouped(pin.digest, 1, ":"))
	case !isCA(shown[i]):
		return untrusted("the fingerprint given is that of %q, which is not the CA's own certificate: give the CA's", shown[i].Subject)
	default:
		s.anchor = shown[i]
		s.roots.AddCert(dn.Normal(s.anchor))
	}
	var why error
	for _, c := range slices.Concat(shown, s.pinned) {
		if ctx.Err() != nil {
			return fmt.Errorf("scep: %w", context.Cause(ctx))
		}
		if err := s.chains(c, shown); err != nil {
			why = err
			continue
		}
		list := &s.ras
		if isCA(c) {
			list = &s.cas
		}
		if !slices.ContainsFunc(*list, c.Equal) {
			*list = append(*list, c)
		}
	}
	if !slices.ContainsFunc(shown, func(c *x509.Certificate) bool {
		return slices.ContainsFunc(s.cas, c.Equal) || slices.ContainsFunc(s.ras, c.Equal)
	}) {
		return untrusted("none of the server's certificates chains to the pinned CA (%v)", why)
	}
	return nil
}

// chains reports whether c is valid now and chains to what is pinned, by keys
// that not everybody has: whoever can factor one holds it. // W-2
func (s *server) chains(c *x509.Certificate, others []*x509.Certificate) error {
	if finding, _ := keys.CheckKey(c.PublicKey, 0); finding.State == keys.Proved {
		return fmt.Errorf("the key of %q is everybody's: %v", c.Subject, finding)
	}
	between := x509.NewCertPool()
	for _, o := range slices.Concat(others, s.cas) {
		between.AddCert(dn.Normal(o))
	}
	_, err := dn.Normal(c).Verify(x509.VerifyOptions{
		Roots: s.roots, Intermediates: between,
		CurrentTime: momentFor(c),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}

// momentFor is now, or the beginning of c's validity where that is so little
// ahead that it is the clocks: a CA stamps what it issues with its own.
func momentFor(c *x509.Certificate) time.Time {
	const skew = 10 * time.Minute
	now := time.Now()
	if c.NotBefore.After(now) && c.NotBefore.Before(now.Add(skew)) {
		return c.NotBefore
	}
	return now
}

// isCA reports whether c is a CA's, also of the first version, which cannot
// say so.
func isCA(c *x509.Certificate) bool {
	return c.IsCA || c.Version < 3 && dn.Equal(c.RawSubject, c.RawIssuer)
}

// Extended key usages of registration authorities: id-kp-cmcRA (RFC 6402) and
// Microsoft's certificate request agent.
var raUsages = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 28}, {1, 3, 6, 1, 4, 1, 311, 20, 2, 1}}

// mayBeRA reports whether a certificate that chains to the CA may speak for it:
// it has a key usage for the purpose and says by its extended key usage that it
// is a registration authority's, or it is pinned. Every device has a certificate
// that chains to the CA, and could then read requests, with the challenge
// password in them, and sign replies; without extended key usage a certificate
// is not for everything here, but for nothing.
func (s *server) mayBeRA(c *x509.Certificate, purpose x509.KeyUsage) bool {
	if slices.ContainsFunc(s.pinned, c.Equal) {
		return c.KeyUsage == 0 || c.KeyUsage&purpose != 0
	}
	return c.KeyUsage&purpose != 0 && slices.ContainsFunc(c.UnknownExtKeyUsage, func(u asn1.ObjectIdentifier) bool {
		return slices.ContainsFunc(raUsages, u.Equal)
	})
}

// chooseRecipient gives the one certificate to encrypt to: an RA's for
// encryption, else the CA's, the lowest of a chain. Never several: servers
// exist that look into the wrong one then.
func (s *server) chooseRecipient(shown []*x509.Certificate) (*x509.Certificate, error) {
	var best *x509.Certificate
	var doubtful *x509.Certificate
	for _, c := range s.ras {
		if !slices.ContainsFunc(shown, c.Equal) || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0 {
			continue
		}
		if !s.mayBeRA(c, x509.KeyUsageKeyEncipherment) {
			doubtful = c
		} else if best == nil || c.NotBefore.After(best.NotBefore) {
			best = c
		}
	}
	switch {
	case best == nil && doubtful != nil:
		return nil, &UntrustedError{fmt.Sprintf("the server wants requests encrypted to %q, whose certificate does not say that it is a registration authority's (key usage keyEncipherment, extended key usage of an enrolment agent); every device could have such: "+
			"if it is the registration authority's add it to Pinned", doubtful.Subject), shown}
	case best == nil:
		best = lowest(s.cas, shown)
	}
	if best == nil {
		return nil, &UntrustedError{"the server shows neither the CA nor a registration authority that requests could be encrypted to", shown}
	}
	if _, ok := best.PublicKey.(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("scep: the key of %q is %v, and SCEP can encrypt to RSA keys only: "+
			"the server needs a registration authority with an RSA certificate, or use another way than SCEP", best.Subject, best.PublicKeyAlgorithm)
	}
	return best, nil
}

// lowest gives the CA that issued no other, of those that were shown.
func lowest(cas, shown []*x509.Certificate) *x509.Certificate {
	for _, c := range cas {
		if slices.ContainsFunc(shown, c.Equal) && !slices.ContainsFunc(cas, func(o *x509.Certificate) bool {
			return !o.Equal(c) && bundle.Issued(c, o)
		}) {
			return c
		}
	}
	return nil
}

// issuing gives the CA that issues: the recipient, or who issued the RA.
func (s *server) issuing() *x509.Certificate {
	if isCA(s.recipient) {
		return s.recipient
	}
	for _, c := range s.cas {
		if bundle.Issued(c, s.recipient) {
			return c
		}
	}
	return s.anchor
}
