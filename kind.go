package rekey

import (
	"crypto/x509"
	"fmt"

	"github.com/rekey-go/rekey/keys"
)

// CertificateKind says how a new certificate comes about. // G-1, G-4, G-7
type CertificateKind string

// The kinds.
const (
	LikeForLike CertificateKind = ""            // as the old one
	SelfSigned  CertificateKind = "self-signed" // by the device itself
	ByCSR       CertificateKind = "csr"         // by [Options.Issuer], for a CSR that the device makes
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
		return kind, ""
	}
	origin, by := originOf(parsed(k.Certificate), k.Details)
	switch {
	case origin == ownSignature:
		return SelfSigned, ""
	case origin == unknownOrigin:
		return "", "it cannot be told whether its certificate is self-signed: say which kind the new one is to be (Kind)"
	case pl.o.Issuer != nil:
		return ByCSR, ""
	}
	return "", fmt.Sprintf("its certificate was issued by %s, and nobody is named who issues the new one: give an issuer (Issuer), "+
		"or ask for a self-signed certificate (Kind)", safe(by))
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
