package revoker

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/revocation"
)

// defaultTimeout bounds one revocation.
const defaultTimeout = time.Minute

// target is the certificate to revoke.
type target struct {
	serial *big.Int
	issuer revocation.Name
	cert   *revocation.Certificate // nil if only issuer, serial number and SHA-256 are known
	sha256 string                  // where there is no cert
}

// targetOf reads it out of evidence that has what r needs. Of the certificate
// itself nothing is believed but its octets.
func targetOf(r revocation.Revoker, e revocation.Evidence) (*target, error) {
	if err := revocation.Lacks(r, e); err != nil {
		return nil, err
	}
	if record := e.Certificate; record == nil || len(record.DER) == 0 {
		if record == nil {
			return nil, &revocation.NeedError{Need: revocation.NeedCertificate}
		}
		serial, ok := new(big.Int).SetString(record.SerialHex, 16)
		if !ok {
			return nil, fmt.Errorf("the serial number %s is not hexadecimal", quote(record.SerialHex))
		}
		return &target{serial: serial, issuer: revocation.Name{Raw: record.RawIssuer, Text: record.Issuer}, sha256: record.SHA256}, nil
	}
	cert, err := revocation.ParseCertificate(e.Certificate.DER)
	if err != nil {
		return nil, err
	}
	if cert.SelfSigned == revocation.Yes {
		return nil, revocation.ErrSelfSigned
	}
	return &target{serial: cert.Serial, issuer: cert.Issuer, cert: cert}, nil
}

// forServer is targetOf for servers, none of which has negative numbers.
func forServer(r revocation.Revoker, e revocation.Evidence) (*target, error) {
	t, err := targetOf(r, e)
	if err == nil && t.serial.Sign() < 0 {
		err = errors.New("the certificate's serial number is negative, and the CA's interface cannot name it: have it revoked by hand")
	}
	return t, err
}

// hex is the serial number in lower-case hex with an even number of digits.
func (t *target) hex() string {
	b := new(big.Int).Abs(t.serial).Bytes()
	if len(b) == 0 {
		b = []byte{0}
	}
	return hex.EncodeToString(b)
}

// issuedBy looks whether one of these issued it, by [revocation.IssuerOf].
func (t *target) issuedBy(cas []*x509.Certificate) error {
	if t.cert == nil {
		return &revocation.NeedError{Need: revocation.NeedCertificate}
	}
	_, err := revocation.IssuerOf(t.cert, cas)
	return err
}

// same looks whether a certificate, as the CA knows it by the serial number, is
// the one.
func (t *target) same(given []byte) error {
	found, _, err := bundle.ParseRaw(given)
	if err != nil {
		return fmt.Errorf("the CA's certificate of this serial number: %w", err)
	}
	c, err := revocation.ParseCertificate(found[0])
	switch {
	case err != nil:
		return fmt.Errorf("the CA's certificate of this serial number: %w", err)
	case t.cert != nil && !bytes.Equal(t.cert.Raw, c.Raw):
		return fmt.Errorf("%w: the CA has another one of this serial number, issued by %s", revocation.ErrOtherIssuer, quote(c.Issuer.Text))
	case t.cert == nil && !strings.EqualFold(t.sha256, c.SHA256):
		return fmt.Errorf("%w: the CA's of this serial number has the SHA-256 %s", revocation.ErrOtherIssuer, c.SHA256)
	case t.cert == nil && (t.serial.Cmp(c.Serial) != 0 || len(t.issuer.Raw) > 0 && !bytes.Equal(t.issuer.Raw, c.Issuer.Raw) || len(t.issuer.Raw) == 0 && t.issuer.Text != c.Issuer.Text):
		return fmt.Errorf("%w: the CA's of this serial number is issued by %s", revocation.ErrOtherIssuer, quote(c.Issuer.Text))
	}
	return nil
}

func quote(s string) string { return bundle.Quote(s) }
