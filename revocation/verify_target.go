package revocation

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
)

// target is the certificate that sources are asked about. Issuer and serial
// number are its own octets: sources are compared with these and never with
// numbers or names made from them, so that certificates count that crypto/x509
// refuses.
type target struct {
	cert       *Certificate // nil where only the record is known
	record     *CertificateRecord
	serial     []byte // content of the INTEGER
	rawIssuer  []byte
	aki        []byte
	notAfter   time.Time
	authority  bool // basicConstraints say CA
	points     []point
	crls, ocsp []string // URLs that it names
}

var errNoCertificate = errors.New("no certificate is known, only the details page: find it among those that the CA issued")

// newTarget reads the certificate of e.
func newTarget(e Evidence) (*target, error) {
	r := e.Certificate
	if r == nil {
		return nil, errNoCertificate
	}
	if len(r.DER) == 0 {
		return targetOfRecord(r)
	}
	c, err := ParseCertificate(r.DER)
	if err != nil {
		return nil, err
	}
	t := &target{
		cert: c, record: r, rawIssuer: c.Issuer.Raw, aki: c.AuthorityKeyID, notAfter: c.NotAfter,
		crls: slices.Clone(c.CRLURLs), ocsp: c.OCSPURLs,
	}
	if err := t.readRaw(); err != nil {
		return nil, fmt.Errorf("the certificate cannot be read to its end: %w", err)
	}
	return t, nil
}

// targetOfRecord is for records made from a CA's list, without certificate.
func targetOfRecord(r *CertificateRecord) (*target, error) {
	digits, negative := strings.CutPrefix(r.SerialHex, "-")
	serial, err := hex.DecodeString(digits)
	if err != nil || len(serial) == 0 || len(r.RawIssuer) == 0 {
		return nil, errNoCertificate
	}
	if negative { // two's complement
		serial = append([]byte{0}, serial...)
		for i := range serial {
			serial[i] = ^serial[i]
		}
		for i := len(serial) - 1; i >= 0; i-- {
			if serial[i]++; serial[i] != 0 {
				break
			}
		}
	} else if serial[0] >= 0x80 {
		serial = append([]byte{0}, serial...)
	}
	aki, _ := hex.DecodeString(r.AKI)
	return &target{
		record: r, serial: serial, rawIssuer: r.RawIssuer, aki: aki, notAfter: r.NotAfter,
		crls: slices.Clone(r.CRLURLs), ocsp: r.OCSPURLs,
	}, nil
}

// readRaw takes from the DER what [Certificate] does not keep.
func (t *target) readRaw() error {
	outer, err := only(t.cert.Raw, tagSequence)
	if err != nil {
		return err
	}
	inner := cursor(outer.content)
	tbs, err1 := inner.want(tagSequence)
	rest := cursor(tbs.content)
	rest.optional(tagExplicit0)
	serial, err2 := rest.want(tagInteger)
	if err := errors.Join(err1, err2); err != nil || len(serial.content) == 0 {
		return errDER
	}
	t.serial = serial.content
	for len(rest) > 0 {
		e, err := rest.next()
		if err != nil {
			return err
		}
		if e.id != tagExplicit3 {
			continue
		}
		list, err := only(e.content, tagSequence)
		if err != nil {
			return err
		}
		return eachExtension(list, t.readExtension)
	}
	return nil
}

func (t *target) readExtension(x extension) error {
	switch x.oid {
	case "2.5.29.19": // basicConstraints
		e, err := only(x.value, tagSequence)
		c := cursor(e.content)
		if b, ok := c.optional(tagBoolean); ok && err == nil {
			t.authority = b.isTrue()
		}
	case "2.5.29.31": // CRL distribution points
		// A malformed extension names no point; then a CRL that names one does not fit.
		t.points, _ = readPoints(x.value)
	case "2.5.29.46": // freshest CRL: where delta CRLs are, by the same syntax
		points, _ := readPoints(x.value)
		for _, p := range points {
			t.crls = append(t.crls, p.urls...)
		}
	}
	return nil
}

// selfSigned reports whether there is no authority to ask.
func (t *target) selfSigned() bool {
	if t.cert != nil {
		return t.cert.SelfSigned == Yes
	}
	return t.record.SelfSigned == Yes
}

// issuerOf finds the certificate of t's issuer in the inventory: the one that
// [IssuerOf] proves. Names alone do not do: a CA that was renewed with a new key
// has its old name, and a device may put any name into a certificate of its own
// making. Where the caller has a record without certificate, of a CA's list, it
// is the only key of that name.
func (v *Verifier) issuerOf(t *target) (*x509.Certificate, error) {
	named := slices.DeleteFunc(slices.Clone(v.Issuers), func(c *x509.Certificate) bool {
		return c == nil || !dn.Equal(c.RawSubject, t.rawIssuer)
	})
	if len(named) == 0 {
		return nil, fmt.Errorf("the issuer's certificate is not among Verifier.Issuers: %s%s", t.issuerText(), v.hint(t))
	}
	var best *x509.Certificate
	if t.cert != nil {
		var err error
		if best, err = IssuerOf(t.cert, named); err != nil {
			return nil, fmt.Errorf("Verifier.Issuers has %d of the name %s, and none of them issued this certificate, as far as its signature proves: add the one that did%s", len(named), t.issuerText(), v.hint(t))
		}
	} else {
		named = slices.DeleteFunc(named, func(c *x509.Certificate) bool {
			return len(t.aki) > 0 && len(c.SubjectKeyId) > 0 && !bytes.Equal(t.aki, c.SubjectKeyId)
		})
		for _, c := range named {
			switch {
			case best != nil && !bytes.Equal(c.RawSubjectPublicKeyInfo, best.RawSubjectPublicKeyInfo):
				return nil, fmt.Errorf("Verifier.Issuers has several keys of the name %s, and without the certificate it cannot be told which of them issued it", t.issuerText())
			case best == nil || c.NotAfter.After(best.NotAfter):
				best = c
			}
		}
		if best == nil {
			return nil, fmt.Errorf("Verifier.Issuers has none of the name %s with the key that the record names", t.issuerText())
		}
	}
	if err := isAuthority(best); err != nil {
		return nil, err
	}
	return best, nil
}

func (t *target) issuerText() string {
	if t.cert != nil {
		return t.cert.Issuer.Text
	}
	return t.record.Issuer
}

// hint says where the issuer's certificate may be had. What the device sent
// and what the certificate names is not trusted: whoever made the certificate
// made these too.
func (v *Verifier) hint(t *target) string {
	for _, der := range t.record.Chain {
		c, err := x509.ParseCertificate(der)
		if err == nil && t.cert != nil && t.cert.signedBy(c) == Yes {
			return fmt.Sprintf(" (the device sent one with the SHA-256 %s; add it if your CA confirms it)", hexSHA256(der))
		}
	}
	if t.cert != nil && len(t.cert.IssuerURLs) > 0 {
		return fmt.Sprintf(" (the certificate names %s; add it if your CA confirms it)", shown(t.cert.IssuerURLs[0]))
	}
	return ""
}

// isAuthority checks what RFC 5280, 6.1.4 (k), asks of an issuer.
func isAuthority(c *x509.Certificate) error {
	if c.Version == 3 && !(c.BasicConstraintsValid && c.IsCA) {
		return fmt.Errorf("the certificate in Verifier.Issuers of %s is none of a CA (basicConstraints)", textOf(c.RawSubject))
	}
	return nil
}
