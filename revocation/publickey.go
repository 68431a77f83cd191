package revocation

import (
	"errors"
	"fmt"
	"math/big"
)

// PublicKey is a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
type PublicKey struct {
	// SPKI is its DER.
	SPKI []byte
	// SHA256 is the hex SHA-256 of SPKI: the identity of the key.
	SHA256 string
	// Algorithm is "RSA", "ECDSA", "Ed25519", "DSA", or the dotted OID.
	Algorithm string
	// Bits is the size of the modulus (RSA) or of the curve (ECDSA); 0 when it
	// could not be read.
	Bits int
	// N and E are modulus and public exponent of an RSA key, of any size, read
	// as unsigned numbers; nil for other keys and unreadable ones.
	N, E *big.Int
}

const oidRSA = "1.2.840.113549.1.1.1"

var keyAlgorithms = map[string]string{
	oidRSA:                  "RSA",
	"1.2.840.113549.1.1.10": "RSA", // id-RSASSA-PSS
	"1.2.840.10045.2.1":     "ECDSA",
	"1.3.101.112":           "Ed25519",
	"1.2.840.10040.4.1":     "DSA",
}

var curveBits = map[string]int{
	"1.2.840.10045.3.1.1": 192,
	"1.3.132.0.33":        224,
	"1.2.840.10045.3.1.7": 256,
	"1.3.132.0.34":        384,
	"1.3.132.0.35":        521,
}

// ParsePublicKey reads a SubjectPublicKeyInfo. It fails only where the outer
// structure cannot be read; a key inside that cannot leaves Bits zero.
func ParsePublicKey(der []byte) (PublicKey, error) {
	c := cursor(der)
	e, err := c.want(tagSequence)
	if err != nil {
		return PublicKey{}, fmt.Errorf("revocation: public key: %w", err)
	}
	return parseSPKI(e)
}

func parseSPKI(e element) (PublicKey, error) {
	c := cursor(e.content)
	algorithm, err1 := c.want(tagSequence)
	key, err2 := c.want(tagBitString)
	ac := cursor(algorithm.content)
	typ, err3 := ac.want(tagOID)
	if err := errors.Join(err1, err2, err3); err != nil {
		return PublicKey{}, fmt.Errorf("revocation: public key: %w", errDER)
	}
	pub := PublicKey{SPKI: e.full, SHA256: hexSHA256(e.full), Algorithm: typ.oid()}
	if name, ok := keyAlgorithms[pub.Algorithm]; ok {
		pub.Algorithm = name
	}
	switch pub.Algorithm {
	case "RSA":
		pub.readRSA(key.bits())
	case "ECDSA":
		if curve, ok := ac.optional(tagOID); ok {
			pub.Bits = curveBits[curve.oid()]
		}
	case "Ed25519":
		pub.Bits = 256
	}
	return pub, nil
}

// readRSA reads an RSAPublicKey (RFC 8017, A.1.1). Encoders that forget the
// leading zero octet make the modulus negative, so the sign is not looked at.
func (p *PublicKey) readRSA(der []byte) {
	c := cursor(der)
	seq, err := c.want(tagSequence)
	if err != nil {
		return
	}
	c = cursor(seq.content)
	n, err1 := c.want(tagInteger)
	e, err2 := c.want(tagInteger)
	if err1 != nil || err2 != nil {
		return
	}
	modulus := new(big.Int).SetBytes(n.content)
	if modulus.Sign() == 0 {
		return
	}
	p.N = modulus
	p.E = new(big.Int).SetBytes(e.content)
	p.Bits = p.N.BitLen()
}

// RequestPublicKey reads the public key out of a CSR (PKCS#10, DER). The
// request itself is no evidence and must not be kept as such: it may carry a
// challenge password.
func RequestPublicKey(csr []byte) (PublicKey, error) {
	outer := cursor(csr)
	request, err1 := outer.want(tagSequence)
	c := cursor(request.content)
	info, err2 := c.want(tagSequence)
	c = cursor(info.content)
	_, err3 := c.want(tagInteger)
	_, err4 := c.want(tagSequence)
	spki, err5 := c.want(tagSequence)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return PublicKey{}, fmt.Errorf("revocation: certificate signing request: %w", errDER)
	}
	return parseSPKI(spki)
}
