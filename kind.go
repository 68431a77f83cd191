package rekey

import (
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

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
	origin, by := originOf(parsed(k.Certificate), k.Details)
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
