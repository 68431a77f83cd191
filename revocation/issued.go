package revocation

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/dn"
)

// IssuerOf finds the certificate, among those of CAs, that issued c: the name of
// c's issuer is its own (RFC 5280, 7.1), and c's signature verifies under its
// key. Nothing else proves that a certificate is a CA's: names, serial numbers
// and key identifiers are public, and a device may put any of them into a
// certificate of its own making. So a signature that cannot be verified, since
// its algorithm or the key is unknown, is none. Where the CA was renewed with
// its key, it is the certificate that lasts longest.
//
// The error is [ErrOtherIssuer], also where cas is empty.
func IssuerOf(c *Certificate, cas []*x509.Certificate) (issuer *x509.Certificate, err error) {
	var names []string
	for _, ca := range cas {
		if ca == nil {
			continue
		}
		if c.signedBy(ca) == Yes && (issuer == nil || ca.NotAfter.After(issuer.NotAfter)) {
			issuer = ca
		}
		names = append(names, textOf(ca.RawSubject))
	}
	switch {
	case issuer != nil:
		return issuer, nil
	case names == nil:
		return nil, fmt.Errorf("%w, as far as can be proved: the CA's certificates are not known; give them (Issuers)", ErrOtherIssuer)
	}
	return nil, fmt.Errorf("%w: its issuer is %s, and its signature is of none of the CA's certificates: %s", ErrOtherIssuer, shown(c.Issuer.Text), shown(strings.Join(names, "; ")))
}

// IssuedBy reports whether the issuer's name is that of c's issuer (RFC
// 5280, 7.1), and its key verifies c's signature; Unknown if the name fits and the
// signature cannot be handled: that proves nothing. Weak algorithms and short
// keys count: this finds an issuer, it does not trust one. [IssuerOf] is for
// whatever follows from a certificate's being a CA's.
func (c *Certificate) IssuedBy(issuer *Certificate) Answer {
	return c.signedWith(issuer.Subject.Raw, issuer.PublicKey)
}

func (c *Certificate) signedBy(ca *x509.Certificate) Answer {
	key, err := ParsePublicKey(ca.RawSubjectPublicKeyInfo)
	if err != nil {
		return Unknown
	}
	return c.signedWith(ca.RawSubject, key)
}

func (c *Certificate) signedWith(issuer []byte, key PublicKey) Answer {
	if !dn.Equal(c.Issuer.Raw, issuer) {
		return No
	}
	outer := cursor(c.Raw)
	all, _ := outer.next() // c was read before
	inner := cursor(all.content)
	tbs, _ := inner.next()
	algorithm, _ := inner.optional(tagSequence)
	signature, _ := inner.optional(tagBitString)
	if c.SignatureAlgorithm == oidPSS {
		return verifyPSS(key, algorithm, tbs.full, signature.bits())
	}
	return c.verifiesUnder(key, tbs.full, signature.bits())
}
