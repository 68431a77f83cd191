// Package keysize bounds the numbers of keys and certificates that others made,
// before anybody calculates with them. Verifying one signature takes time that
// grows with the third power of the modulus: a key of some hundred kilobits,
// which fits into any answer, holds a processor for minutes, and no context ends
// that. crypto/rsa has no upper bound of its own.
//
// Reading a certificate ([x509.ParseCertificate]) is no arithmetic; its time
// grows with the input alone. So certificates are read by [ParseCertificate] and
// requests by [ParseRequest], or what another library read is shown to
// [Certificates], before the first Verify, CheckSignature or CheckSignatureFrom.
package keysize

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
)

const (
	// MaxModulusBits is the longest RSA modulus: four times the longest that the
	// devices make.
	MaxModulusBits = 16384
	// MaxExponentBits is the longest public exponent (FIPS 186-5, A.1.1).
	MaxExponentBits = 256
	// MaxSerialBits is the longest serial number: several times what RFC 5280
	// allows (20 octets). Writing a number in decimal digits is arithmetic, too.
	MaxSerialBits = 1024
)

// ErrTooLarge means that a key or a certificate has a number that no real one
// has. Nothing was calculated with it.
var ErrTooLarge = errors.New("larger than any real one")

// RSA looks at modulus and exponent. Absent ones (nil) are not too large.
func RSA(n, e *big.Int) error {
	if err := within("RSA modulus", n, MaxModulusBits); err != nil {
		return err
	}
	return within("RSA exponent", e, MaxExponentBits)
}

// Key looks at a public key. The other kinds that crypto/x509 verifies with have
// fixed sizes; it verifies nothing with DSA.
func Key(pub crypto.PublicKey) error {
	if k, ok := pub.(*rsa.PublicKey); ok && k != nil {
		return RSA(k.N, big.NewInt(int64(k.E)))
	}
	return nil
}

// Certificates looks at certificates that somebody else has read: at key and
// serial number of each. Absent ones (nil) are not too large.
func Certificates(certs ...*x509.Certificate) error {
	for _, c := range certs {
		if c == nil {
			continue
		}
		if err := within("serial number", c.SerialNumber, MaxSerialBits); err != nil {
			return err
		}
		if err := Key(c.PublicKey); err != nil {
			return err
		}
	}
	return nil
}

// ParseCertificate is [x509.ParseCertificate] for certificates of others.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if err := Certificates(c); err != nil {
		return nil, err
	}
	return c, nil
}

// ParseRequest is [x509.ParseCertificateRequest] for requests of others.
func ParseRequest(der []byte) (*x509.CertificateRequest, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, err
	}
	if err := Key(csr.PublicKey); err != nil {
		return nil, err
	}
	return csr, nil
}

func within(what string, n *big.Int, most int) error {
	if n != nil && n.BitLen() > most {
		return fmt.Errorf("%s: %w: %d bits, at most %d are read", what, ErrTooLarge, n.BitLen(), most)
	}
	return nil
}
