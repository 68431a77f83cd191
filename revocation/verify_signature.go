package revocation

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
)

// strictSignatures are the algorithms accepted from an authority. SHA-1 is
// among them as in crypto/x509 for CRLs: old office CAs sign with it, and what
// they sign is not chosen by others. MD5 is not.
var strictSignatures = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.5":  x509.SHA1WithRSA,
	"1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.1":     x509.ECDSAWithSHA1,
	"1.2.840.10045.4.3.2":   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3":   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4":   x509.ECDSAWithSHA512,
	"1.3.101.112":           x509.PureEd25519,
}

var hashesByOID = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

const oidPSS = "1.2.840.113549.1.1.10"

// checkSignature verifies a signature over tbs, made by signer's key with the
// algorithm of an AlgorithmIdentifier. weak is a remark on its strength.
func checkSignature(signer *x509.Certificate, algorithm element, tbs, signature []byte) (weak string, err error) {
	oid := firstOID(algorithm)
	if oid == oidPSS {
		return "", checkPSS(signer, algorithm, tbs, signature)
	}
	a, ok := strictSignatures[oid]
	if rest := cursor(algorithm.content); ok {
		_, _ = rest.next()
		ok = len(rest) == 0 || bytes.Equal(rest, []byte{tagNull, 0}) // parameters (RFC 4055, 5)
	}
	if !ok {
		return "", fmt.Errorf("signature algorithm %s is not accepted", oid)
	}
	if a == x509.SHA1WithRSA || a == x509.ECDSAWithSHA1 {
		weak = "signed with SHA-1"
	}
	return weak, signer.CheckSignature(a, tbs, signature)
}

// checkPSS verifies RSASSA-PSS (RFC 8017, A.2.3) with any length of salt;
// crypto/x509 knows only the length of the hash, OpenSSL signs with the longest.
func checkPSS(signer *x509.Certificate, algorithm element, tbs, signature []byte) error {
	key, ok := signer.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errors.New("RSASSA-PSS signature by a key that is not RSA")
	}
	hash, err := pssHash(algorithm)
	if err != nil {
		return err
	}
	h := hash.New()
	h.Write(tbs)
	return rsa.VerifyPSS(key, hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: hash})
}

// verifyPSS is checkPSS as an answer, for any certificate.
func verifyPSS(key PublicKey, algorithm element, tbs, signature []byte) Answer {
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		return Unknown
	}
	switch err := checkPSS(&x509.Certificate{PublicKey: public}, algorithm, tbs, signature); {
	case err == nil:
		return Yes
	case errors.Is(err, rsa.ErrVerification):
		return No
	}
	return Unknown
}

// pssHash reads the one hash of RSASSA-PSS-params: that of the message and that
// of its mask must be the same, as everybody has it.
func pssHash(algorithm element) (crypto.Hash, error) {
	c := cursor(algorithm.content)
	c.optional(tagOID)
	params, _ := c.optional(tagSequence)
	c = cursor(params.content)
	message, _ := c.optional(tagExplicit0)
	mask, _ := c.optional(tagExplicit0 + 1)

	mc := cursor(message.content)
	messageHash, _ := mc.optional(tagSequence)
	kc := cursor(mask.content)
	mgf, _ := kc.optional(tagSequence)
	gc := cursor(mgf.content)
	gc.optional(tagOID)
	maskHash, _ := gc.optional(tagSequence)

	hash, ok := hashesByOID[firstOID(messageHash)]
	if !ok || hash == crypto.SHA1 || firstOID(messageHash) != firstOID(maskHash) {
		return 0, errors.New("parameters of the RSASSA-PSS signature are not accepted")
	}
	return hash, nil
}
