package scep

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // replies of old servers
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
)

// signerInfo is RFC 5652, 5.3, its parts as they are.
type signerInfo struct {
	Version    int
	ID         asn1.RawValue // issuerAndSerial, or [0] with a key identifier
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

// of gives those of some certificates that a signer may be, by the way that the
// message names him, and that way in words. The name is not signed: whose
// signature it is shows when it is verified.
func (s *signerInfo) of(all []*x509.Certificate) (some []*x509.Certificate, named string) {
	if s.ID.Class == asn1.ClassContextSpecific && s.ID.Tag == 0 {
		id := s.ID.Bytes
		for _, c := range all {
			if len(c.SubjectKeyId) == 0 || bytes.Equal(c.SubjectKeyId, id) { // without one: anybody's guess how it was made
				some = append(some, c)
			}
		}
		return some, fmt.Sprintf("the key identifier %x", id[:min(len(id), 32)])
	}
	var id issuerAndSerial
	if _, err := asn1.Unmarshal(s.ID.FullBytes, &id); err != nil || id.Serial == nil {
		return nil, "nobody that can be read"
	}
	for _, c := range all {
		if c.SerialNumber.Cmp(id.Serial) == 0 && dn.Equal(c.RawIssuer, id.Issuer.FullBytes) {
			some = append(some, c)
		}
	}
	return some, fmt.Sprintf("the serial number %s", bundle.Clean(new(big.Int).Abs(id.Serial).Text(16), 64))
}

// by gives the message as if it named its signer by issuer and serial number, which
// is all that the library knows.
func (s signerInfo) by(c *x509.Certificate, data signedData) (*pkcs7.PKCS7, error) {
	id, err := asn1.Marshal(issuerAndSerial{asn1.RawValue{FullBytes: c.RawIssuer}, c.SerialNumber})
	if err != nil {
		return nil, err
	}
	s.Version, s.ID, s.Unsigned = 1, asn1.RawValue{FullBytes: id}, asn1.RawValue{}
	signer, err := asn1.Marshal(s)
	if err != nil {
		return nil, err
	}
	data.Signers = asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: signer}
	message, err := wrap(pkcs7.OIDSignedData, data)
	if err != nil {
		return nil, err
	}
	p7, err := pkcs7.Parse(message)
	if err != nil {
		return nil, err
	}
	if len(p7.Signers) != 1 {
		return nil, errNotSCEP
	}
	p7.Certificates = []*x509.Certificate{c}
	return p7, nil
}

// verify checks the signature of c over the message.
func (s *signerInfo) verify(p7 *pkcs7.PKCS7, c *x509.Certificate) error {
	err := p7.Verify()
	if err == nil || errors.As(err, new(*pkcs7.MessageDigestMismatchError)) || errors.As(err, new(*pkcs7.SigningTimeNotValidError)) {
		return err
	}
	// The attributes are signed in the order of DER, and the library puts them in it.
	// Some servers sign them in the order in which they send them.
	hash := digests[s.Digest.Algorithm.String()]
	algorithm, known := signatures[c.PublicKeyAlgorithm][hash]
	var digest []byte
	if !known || len(s.Attributes.FullBytes) == 0 || p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeMessageDigest, &digest) != nil {
		return err
	}
	h := hash.New()
	h.Write(p7.Content)
	asSent := append([]byte{0x31}, s.Attributes.FullBytes[1:]...) // RFC 5652, 5.4
	if !bytes.Equal(digest, h.Sum(nil)) || c.CheckSignature(algorithm, asSent, s.Signature) != nil {
		return err
	}
	return nil
}

var digests = map[string]crypto.Hash{
	pkcs7.OIDDigestAlgorithmSHA1.String():   crypto.SHA1,
	pkcs7.OIDDigestAlgorithmSHA256.String(): crypto.SHA256,
	pkcs7.OIDDigestAlgorithmSHA384.String(): crypto.SHA384,
	pkcs7.OIDDigestAlgorithmSHA512.String(): crypto.SHA512,
}

var signatures = map[x509.PublicKeyAlgorithm]map[crypto.Hash]x509.SignatureAlgorithm{
	x509.RSA: {crypto.SHA1: x509.SHA1WithRSA, crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA},
	x509.ECDSA: {crypto.SHA1: x509.ECDSAWithSHA1, crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384,
		crypto.SHA512: x509.ECDSAWithSHA512},
}
