// Package bundle reads certificates in the forms in which CAs give them: DER,
// PEM under any label, PKCS#7 certs-only in DER or BER, base64 without armour,
// UTF-8 and UTF-16 text, several at once in any order.
//
// Nothing here is trusted: reading says what was given, and [Chain] how it
// hangs together. Whether that ends at a CA one trusts is the caller's check.
package bundle

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/keysize"
)

// maxInput bounds what [Parse] reads, in bytes. A chain with CRLs stays far
// below; the time of every step grows with the input.
const maxInput = 1 << 20

// Errors of [Parse].
var (
	ErrTooLarge = fmt.Errorf("more than %d KiB: this is no certificate, and no bundle of any", maxInput>>10)
	ErrEmpty    = errors.New("no certificate in it: the answer is empty")
)

// Bundle is what was found, in the order it was given.
type Bundle struct {
	// Certs are the certificates that could be read, with keys of sizes that can
	// be calculated with (package keysize).
	Certs []*x509.Certificate
	// Broken are those that could not.
	Broken []Broken
	// CRLs are the revocation lists that came along, DER, not parsed.
	CRLs [][]byte
}

// Broken is something that stands where a certificate should be.
type Broken struct {
	// Raw is its DER as given; nil if the text around it is damaged already.
	Raw []byte
	Err error
}

// Parse reads a file or an answer of a CA. One broken certificate among good
// ones does not fail it; that none at all can be read does, unless there are
// CRLs.
//
// Errors: [ErrTooLarge], [ErrEmpty], [*HTMLError] for a web page, [*KindError]
// for another thing than certificates, else what is wrong with the one that
// was there.
func Parse(data []byte) (*Bundle, error) {
	b, err := parse(data)
	if len(b.Certs) > 0 || len(b.CRLs) > 0 {
		return b, nil
	}
	return nil, err
}

// ParseRaw is [Parse] for those who read certificates more leniently than
// crypto/x509: it gives the DER of all, refused ones too, and why others are not
// there. That there is none at all is an error.
func ParseRaw(data []byte) (ders [][]byte, damaged []error, err error) {
	b, err := parse(data)
	for _, c := range b.Certs {
		ders = append(ders, c.Raw)
	}
	for _, broken := range b.Broken {
		if broken.Raw != nil {
			ders = append(ders, broken.Raw)
		} else {
			damaged = append(damaged, broken.Err)
		}
	}
	if len(ders) > 0 {
		return ders, damaged, nil
	}
	if err == nil {
		err = &KindError{"a certificate revocation list"}
	}
	return nil, nil, err
}

// parse gives what there is and, if it is no certificate, what it is instead.
func parse(data []byte) (*Bundle, error) {
	b := new(Bundle)
	if len(data) > maxInput {
		return b, ErrTooLarge
	}
	var kinds []string // of what else was found
	for _, block := range Blocks(data) {
		if strings.HasSuffix(block.Label, "PRIVATE KEY") || strings.HasSuffix(block.Label, "PARAMETERS") {
			continue // kept nowhere
		} else if block.Err != nil {
			b.Broken = append(b.Broken, Broken{nil, block.Err})
		} else if err := b.addAll(block.DER); err != nil {
			kind, ok := errors.AsType[*KindError](err)
			if !ok {
				return b, err
			}
			kinds = append(kinds, kind.Kind)
		}
	}
	switch {
	case len(b.Certs) > 0 || len(b.CRLs) > 0:
		return b, nil
	case len(kinds) > 0:
		return b, &KindError{strings.Join(slices.Compact(kinds), ", ")}
	case len(b.Broken) > 0:
		return b, fmt.Errorf("no certificate in it can be read: %w", b.Broken[0].Err)
	}
	if err := htmlError(data); err != nil {
		return b, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return b, ErrEmpty
	}
	return b, errors.New("no certificate in it: neither DER, PEM, PKCS#7 nor base64")
}

// KindError means that the input is something else than certificates.
type KindError struct {
	// Kind of what it is, for people, such as "a certificate request (CSR)".
	Kind string
}

// Error says what it is.
func (e *KindError) Error() string { return "no certificate in it: this is " + e.Kind }

// addAll reads the elements that follow each other in der.
func (b *Bundle) addAll(der []byte) error {
	for first := true; ; first = false {
		if !first {
			der = bytes.TrimLeft(der, Padding)
			if len(der) == 0 || der[0] != tagSequence {
				return nil
			}
		}
		one, rest, err := DER(der)
		if err != nil {
			b.Broken = append(b.Broken, Broken{der, err})
			return nil
		}
		if err := b.add(one, first); err != nil {
			return err
		}
		der = rest
	}
}

// add reads one element: whatever label it had, its content says what it is.
// One that is not the first may be the trust settings that follow OpenSSL's
// "TRUSTED CERTIFICATE"; it must look like a certificate to be one.
func (b *Bundle) add(der []byte, first bool) error {
	switch kindOf(der) {
	case kindSignedData:
		b.addSignedData(der)
		return nil
	case kindCertificate:
		c, err := keysize.ParseCertificate(der)
		if err == nil {
			b.Certs = append(b.Certs, c)
			return nil
		}
		if _, e := x509.ParseCertificateRequest(der); e == nil {
			return &KindError{"a certificate request (CSR), what is sent to a CA, not its answer"}
		}
		if _, e := x509.ParseRevocationList(der); e == nil {
			b.CRLs = append(b.CRLs, der)
			return nil
		}
		b.Broken = append(b.Broken, Broken{der, err})
		return nil
	}
	if !first {
		return nil
	}
	switch kindOf(der) {
	case kindPKCS12:
		return &KindError{"PKCS#12, which holds a private key: take the certificate out of it"}
	case kindOtherCMS:
		return &KindError{"a CMS message without certificates of its own (encrypted, or plain data)"}
	}
	return &KindError{"other ASN.1 data, such as a key"}
}
