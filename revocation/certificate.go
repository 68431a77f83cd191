package revocation

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"time"

	"github.com/rekey-go/rekey/internal/printed"
)

// maxCertificate bounds the certificates read, in bytes. Real ones are below
// 4 KiB; a bound in this range keeps every later step cheap.
const maxCertificate = 256 << 10

// ErrTooLarge means that a certificate or an evidence record is beyond every
// size that an honest one has.
var ErrTooLarge = errors.New("revocation: too large to be what it claims to be")

// Certificate is an X.509 certificate as far as evidence and revocation need
// it. Fields that could not be read are zero; the serial number, both names
// and the public key are always there.
type Certificate struct {
	// Raw is the DER, without anything that followed it.
	Raw []byte
	// SHA256 and SHA1 are the thumbprints of Raw in lower-case hex.
	SHA256, SHA1 string

	Issuer, Subject Name

	// Serial may be negative or zero: RFC 5280 forbids both, devices do not care.
	Serial *big.Int

	// NotBefore and NotAfter are in UTC.
	NotBefore, NotAfter time.Time

	PublicKey PublicKey

	// SignatureAlgorithm is a dotted OID.
	SignatureAlgorithm string

	// AuthorityKeyID and SubjectKeyID are the identifiers' octets.
	AuthorityKeyID, SubjectKeyID []byte

	DNSNames    []string
	IPAddresses []netip.Addr

	// CRLURLs, OCSPURLs and IssuerURLs come from the CRL distribution points
	// and the authority information access. They are what the certificate
	// says: hints from a stranger, not addresses to be trusted.
	CRLURLs, OCSPURLs, IssuerURLs []string

	// SelfSigned says whether the signature verifies under the certificate's
	// own key; Unknown when the algorithm or key cannot be handled.
	SelfSigned Answer

	// X509 is the certificate as crypto/x509 parses it; nil if it refuses,
	// and then X509Err says why.
	X509    *x509.Certificate
	X509Err error
}

// ParseCertificate reads one DER certificate, leniently: it fails only when
// issuer, serial number or public key cannot be found ([ErrTooLarge] for more
// than 256 KiB). Octets after the certificate are ignored.
func ParseCertificate(der []byte) (*Certificate, error) {
	c, tbs, signature, err := readCertificate(der)
	if err != nil {
		return nil, err
	}
	c.X509, c.X509Err = x509.ParseCertificate(c.Raw)
	c.SelfSigned = c.verifies(tbs, signature)
	return c, nil
}

// readCertificate is ParseCertificate without what takes time: X509, X509Err
// and SelfSigned.
func readCertificate(der []byte) (c *Certificate, tbs, signature []byte, err error) {
	if len(der) > maxCertificate {
		return nil, nil, nil, ErrTooLarge
	}
	outer := cursor(der)
	certificate, err := outer.want(tagSequence)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("revocation: not a DER certificate: %w", err)
	}
	inner := cursor(certificate.content)
	signed, err := inner.want(tagSequence)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("revocation: not a DER certificate: %w", err)
	}
	c = &Certificate{Raw: certificate.full}
	if err := c.readTBS(signed); err != nil {
		return nil, nil, nil, err
	}
	c.SHA256, c.SHA1 = hexSHA256(c.Raw), hexSHA1(c.Raw)
	algorithm, _ := inner.optional(tagSequence)
	bits, _ := inner.optional(tagBitString)
	c.SignatureAlgorithm = firstOID(algorithm)
	return c, signed.full, bits.bits(), nil
}

// readTBS reads a TBSCertificate (RFC 5280, 4.1).
func (c *Certificate) readTBS(tbs element) error {
	rest := cursor(tbs.content)
	rest.optional(tagExplicit0) // version
	serial, err1 := rest.want(tagInteger)
	_, err2 := rest.want(tagSequence) // signature algorithm, repeated outside
	issuer, err3 := rest.want(tagSequence)
	validity, err4 := rest.want(tagSequence)
	subject, err5 := rest.want(tagSequence)
	spki, err6 := rest.want(tagSequence)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return fmt.Errorf("revocation: certificate without readable issuer, serial number and key: %w", errDER)
	}
	pub, err := parseSPKI(spki)
	if err != nil {
		return err
	}
	c.Serial, c.PublicKey = serial.integer(), pub
	c.Issuer, c.Subject = parseName(issuer), parseName(subject)

	dates := cursor(validity.content)
	notBefore, _ := dates.next()
	notAfter, _ := dates.next()
	c.NotBefore, c.NotAfter = notBefore.time(), notAfter.time()

	for len(rest) > 0 { // unique identifiers may stand before the extensions
		e, err := rest.next()
		if err != nil {
			break
		}
		if e.id == tagExplicit3 {
			c.readExtensions(e)
		}
	}
	return nil
}

// SerialHex is the serial number in lower-case hex with an even number of
// digits, as CA tools want it; negative ones begin with "-".
func (c *Certificate) SerialHex() string {
	return printed.SerialHex(c.Serial.Text(16))
}

// firstOID is the algorithm of an AlgorithmIdentifier.
func firstOID(algorithm element) string {
	c := cursor(algorithm.content)
	e, _ := c.optional(tagOID)
	return e.oid()
}

// Answer is yes, no, or that it cannot be told. The zero value is Unknown.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// String is "unknown", "no" or "yes".
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// MarshalText writes the answer as [Answer.String] does.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what [Answer.MarshalText] writes; anything else is Unknown.
func (a *Answer) UnmarshalText(text []byte) error {
	*a = Unknown
	switch string(text) {
	case "no":
		*a = No
	case "yes":
		*a = Yes
	}
	return nil
}
