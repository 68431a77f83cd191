package scep

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Signer is an enrolment agent: somebody whom the CA lets ask for others.
type Signer struct {
	// Certificate of the agent, for an RSA key: CAs encrypt the answer to it.
	Certificate *x509.Certificate
	// Key is the certificate's. It must be a [crypto.Decrypter], too, for PKCS#1
	// v1.5, as [*rsa.PrivateKey] is and keys in hardware mostly are.
	Key crypto.Signer
}

func (s *Signer) check() error {
	if s.Certificate == nil || s.Key == nil {
		return errors.New("scep: signer: want a certificate and its key")
	}
	pub, ok := s.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("scep: signer: its key is %v, and SCEP knows RSA only: use another, or none", s.Certificate.PublicKeyAlgorithm)
	}
	if !pub.Equal(s.Key.Public()) {
		return errors.New("scep: signer: the key is not that of the certificate")
	}
	if _, ok := s.Key.(crypto.Decrypter); !ok {
		return fmt.Errorf("scep: signer: a key of type %T cannot decrypt the answers", s.Key)
	}
	return nil
}

// newTransientKey is replaced in tests, most of whose time it would be.
var newTransientKey = transientKey

func transientKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// signer is who signs messages about a subject: the agent, or the transient
// key under a certificate in the subject's name (RFC 8894, 2.3).
func (c *Client) signer(subject []byte) (*Signer, error) {
	if c.opts.Signer != nil {
		return c.opts.Signer, nil
	}
	key, err := c.transient()
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		RawSubject:   subject,
		// Of clocks that differ, and of time zones taken for each other: servers
		// compare the signing time with this.
		NotBefore: now.AddDate(0, 0, -2),
		NotAfter:  now.AddDate(0, 1, 0),
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &Signer{cert, key}, err
}
