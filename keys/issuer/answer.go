package issuer

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrOtherKey means that the certificates of an answer are all for other keys
// than the request's.
var ErrOtherKey = errors.New("no certificate for the key of the request")

// maxChain is more certificates than any chain has.
const maxChain = 10

// checkRequest refuses what no CA should be shown. Not every CA looks itself:
// micromdm issues for a request with a broken signature.
func checkRequest(csr *x509.CertificateRequest) error {
	if csr == nil || len(csr.Raw) == 0 {
		return errors.New("issuer: no certificate request given")
	}
	if err := csr.CheckSignature(); err != nil {
		return fmt.Errorf("issuer: the request of %s is not signed by its own key: %w", subject(csr.RawSubject, csr.Subject.String()), err)
	}
	return nil
}

// sameKey compares public keys by value: one key has several encodings.
func sameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// isFor reports whether a certificate is for the key of a request.
func isFor(c *x509.Certificate, csr *x509.CertificateRequest) bool {
	return sameKey(c.PublicKey, csr.PublicKey) ||
		bytes.Equal(c.RawSubjectPublicKeyInfo, csr.RawSubjectPublicKeyInfo)
}

// arrange picks the certificate of the request's key, the latest if there are
// several, and the certificates it chains by in their order; the others are left
// out. [ErrOtherKey] if there is none.
func arrange(certs []*x509.Certificate, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	var leaf *x509.Certificate
	for _, c := range certs {
		if isFor(c, csr) && (leaf == nil || c.NotBefore.After(leaf.NotBefore)) {
			leaf = c
		}
	}
	if leaf == nil {
		return nil, otherKey(certs, csr)
	}
	chain := []*x509.Certificate{leaf}
	for len(chain) < maxChain {
		next := signerOf(chain[len(chain)-1], certs)
		if next == nil {
			break
		}
		chain = append(chain, next)
	}
	return chain, nil
}

// signerOf finds the certificate that c is signed with; nil if it is not there
// or c is at the top.
func signerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		return nil
	}
	for _, ca := range among {
		if !bytes.Equal(ca.RawSubject, c.RawIssuer) {
			continue
		}
		err := c.CheckSignatureFrom(ca)
		// A signature too old for Go to check is for the caller to judge; here
		// only the order matters.
		if _, insecure := errors.AsType[x509.InsecureAlgorithmError](err); err == nil || insecure {
			return ca
		}
	}
	return nil
}

// otherKey says whose certificates came instead.
func otherKey(certs []*x509.Certificate, csr *x509.CertificateRequest) error {
	var came []string
	for _, c := range certs[:min(len(certs), maxChain)] {
		came = append(came, subject(c.RawSubject, c.Subject.String()))
	}
	if came == nil {
		came = []string{"nothing"}
	}
	return fmt.Errorf("%w (SHA-256 of its public key %s): what came is for %s",
		ErrOtherKey, spkiHash(csr), strings.Join(came, ", "))
}

// spkiHash is the hex SHA-256 of the request's public key, as reports have it.
func spkiHash(csr *x509.CertificateRequest) string {
	sum := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// subject is a name for a message: bounded, quoted, never empty.
func subject(raw []byte, text string) string {
	if len(raw) <= 2 { // an empty SEQUENCE
		return "an empty subject"
	}
	return quote(text)
}

// quote makes foreign text fit for a message.
func quote(s string) string {
	const most = 300
	s = strings.ToValidUTF8(strings.TrimSpace(s), "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
