package bundle

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/keysize"
)

const (
	maxChain  = 10  // certificates, the leaf included
	maxChecks = 100 // signatures looked at for one chain
)

// ErrNoSuchKey means that no certificate is for the key asked for.
var ErrNoSuchKey = errors.New("no certificate in it is for the key that was certified")

// Chain gives the certificate for pub and, as far as certs has them, the
// certificates it was issued by, up to the root. Neither the order of certs
// nor "the first" counts: CAs put their own anywhere. The leaf is found by its
// public key, an issuer by its name and by the signature that it verifies.
// Of several for the key a CA's is taken before a self-signed one, then the
// latest.
//
// The error is [ErrNoSuchKey], with the names of those that are there, or says
// that pub is of no known type. Dates and uses are not looked at.
func Chain(pub crypto.PublicKey, certs []*x509.Certificate) ([]*x509.Certificate, error) {
	key, ok := pub.(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return nil, fmt.Errorf("cannot compare public keys of type %T", pub)
	}
	var leaf *x509.Certificate
	for _, c := range certs {
		if key.Equal(c.PublicKey) && (leaf == nil || better(c, leaf)) {
			leaf = c
		}
	}
	if leaf == nil {
		var names []string
		for _, c := range certs[:min(len(certs), 5)] {
			names = append(names, Clean(c.Subject.String(), 80))
		}
		return nil, fmt.Errorf("%w (%d are there: %q)", ErrNoSuchKey, len(certs), names)
	}
	chain := []*x509.Certificate{leaf}
	for checks := 0; len(chain) < maxChain; {
		last := chain[len(chain)-1]
		if selfIssued(last) {
			break
		}
		i := slices.IndexFunc(certs, func(c *x509.Certificate) bool {
			if !dn.Equal(c.RawSubject, last.RawIssuer) || checks == maxChecks || slices.ContainsFunc(chain, c.Equal) {
				return false
			}
			checks++
			return Issued(c, last)
		})
		if i < 0 {
			break
		}
		chain = append(chain, certs[i])
	}
	return chain, nil
}

func better(a, b *x509.Certificate) bool {
	if selfIssued(a) != selfIssued(b) {
		return selfIssued(b)
	}
	return a.NotBefore.After(b.NotBefore)
}

func selfIssued(c *x509.Certificate) bool { return dn.Equal(c.RawSubject, c.RawIssuer) }

// Issued reports whether issuer's name is that of c's issuer and its key
// verifies c's signature. SHA-1 is taken: this finds, it does not trust. Keys
// that are too large to calculate with verify nothing.
func Issued(issuer, c *x509.Certificate) bool {
	return dn.Equal(issuer.RawSubject, c.RawIssuer) && keysize.Key(issuer.PublicKey) == nil &&
		issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
