package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
)

// checkOCSPSigner finds who signed and whether they may (RFC 6960, 4.2.2.2):
// the issuer's own key, or a responder that the issuer appointed. It returns
// why not, or "", and names the signer in c.
func (v *Verifier) checkOCSPSigner(r *ocspResponse, issuer *x509.Certificate, c *Check) (why string) {
	why = "it does not come from the issuer, and no certificate of a responder came with it"
	if r.isResponder(issuer) {
		weak, err := checkSignature(issuer, r.algorithm, r.tbs, r.signature)
		if err == nil {
			c.signedBy(issuer, weak)
			return ""
		}
		why = "its signature is not the issuer's: " + err.Error()
	}
	for _, der := range r.certs {
		// The issuer's own certificate may come along, and it need not be
		// self-signed: the library asks that the issuer's key have signed it
		// (golang/go#81395). Its key was tried above, so that it proves nothing more.
		responder, err := x509.ParseCertificate(der)
		if err != nil || !r.isResponder(responder) || bytes.Equal(responder.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo) {
			continue
		}
		weak, err := checkSignature(responder, r.algorithm, r.tbs, r.signature)
		if err != nil {
			why = "its signature is not that of the certificate that came with it: " + err.Error()
			continue
		}
		if err := v.appointed(responder, issuer, c.At); err != nil {
			why = fmt.Sprintf("it is signed by %s, who may not answer for the issuer: %v", textOf(responder.RawSubject), err)
			continue
		}
		c.signedBy(responder, weak)
		if !hasExtension(responder, "1.3.6.1.5.5.7.48.1.5") {
			c.Notes = append(c.Notes, "whether the responder's own certificate is revoked was not asked (it has no id-pkix-ocsp-nocheck)")
		}
		return ""
	}
	return why
}

// isResponder reports whether the response's identifier is that of cert.
func (r *ocspResponse) isResponder(cert *x509.Certificate) bool {
	if r.name != nil {
		return dn.Equal(r.name, cert.RawSubject)
	}
	bits, err := keyBits(cert)
	return err == nil && bytes.Equal(r.keyHash, digest(crypto.SHA1, bits))
}

// appointed says whether issuer made cert a responder and it is valid now. Any
// other certificate of the same CA can sign too, that of a device among them.
func (v *Verifier) appointed(cert, issuer *x509.Certificate, now time.Time) error {
	if !dn.Equal(cert.RawIssuer, issuer.RawSubject) {
		return errors.New("its certificate is of another issuer")
	}
	signature, err := certificateSignature(cert)
	if err == nil {
		_, err = checkSignature(issuer, signature, cert.RawTBSCertificate, cert.Signature)
	}
	switch {
	case err != nil:
		return fmt.Errorf("its certificate was not signed by the issuer: %w", err)
	case !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return errors.New("its certificate is not for signing OCSP (no extended key usage OCSPSigning)")
	case cert.KeyUsage != 0 && cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return errors.New("its certificate is not for signing (key usage)")
	case now.Before(cert.NotBefore.Add(-v.skew())):
		return fmt.Errorf("its certificate is not valid before %s", stamp(cert.NotBefore))
	case now.After(cert.NotAfter.Add(v.skew())):
		return fmt.Errorf("its certificate expired at %s", stamp(cert.NotAfter))
	case len(cert.UnhandledCriticalExtensions) > 0:
		return fmt.Errorf("its certificate has critical extensions that are not known: %v", cert.UnhandledCriticalExtensions)
	}
	return nil
}

// certificateSignature is the AlgorithmIdentifier that a certificate is signed
// with.
func certificateSignature(cert *x509.Certificate) (element, error) {
	outer, err := only(cert.Raw, tagSequence)
	c := cursor(outer.content)
	_, err1 := c.next()
	algorithm, err2 := c.want(tagSequence)
	return algorithm, errors.Join(err, err1, err2)
}

func hasExtension(c *x509.Certificate, oid string) bool {
	for _, x := range c.Extensions {
		if x.Id.String() == oid {
			return true
		}
	}
	return false
}

func (c *Check) signedBy(cert *x509.Certificate, weak string) {
	c.Signer, c.SignerSHA256 = textOf(cert.RawSubject), hexSHA256(cert.Raw)
	if weak != "" {
		c.Notes = append(c.Notes, weak)
	}
}
