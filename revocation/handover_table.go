package revocation

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/printed"
)

// columns of the table: a header, and what stands below it.
var columns = []struct {
	header string
	cell   func(*entry, *HandOverOptions) string
}{
	{"device", func(e *entry, _ *HandOverOptions) string { return e.Device.URL }},
	{"model", func(e *entry, _ *HandOverOptions) string { return e.Device.Model }},
	{"device_serial", func(e *entry, _ *HandOverOptions) string { return e.Device.Serial }},
	{"key", func(e *entry, _ *HandOverOptions) string { return e.Key }},
	{"usages", func(e *entry, _ *HandOverOptions) string { return strings.Join(e.Usages, " ") }},
	{"subject", orPrinted(func(c *CertificateRecord) string { return c.Subject }, func(e *Evidence) string { return e.Printed.Subject })},
	{"issuer", orPrinted(func(c *CertificateRecord) string { return c.Issuer }, func(e *Evidence) string { return e.Printed.Issuer })},
	{"issuer_der_base64", ofCertificate(func(c *CertificateRecord) string { return base64.StdEncoding.EncodeToString(c.RawIssuer) })},
	{"serial_hex", orPrinted(func(c *CertificateRecord) string { return c.SerialHex }, printedSerial)},
	{"serial_dec", ofCertificate(func(c *CertificateRecord) string { return c.SerialDec })},
	{"sha256", orPrinted(func(c *CertificateRecord) string { return c.SHA256 }, func(e *Evidence) string { return e.printedPrint(64) })},
	{"sha1", orPrinted(func(c *CertificateRecord) string { return c.SHA1 }, func(e *Evidence) string { return e.printedPrint(40) })},
	{"aki", ofCertificate(func(c *CertificateRecord) string { return c.AKI })},
	{"not_before", ofCertificate(func(c *CertificateRecord) string { return dateCell(c.NotBefore) })},
	{"not_after", ofCertificate(func(c *CertificateRecord) string { return dateCell(c.NotAfter) })},
	{"crl_urls", ofCertificate(func(c *CertificateRecord) string { return strings.Join(c.CRLURLs, " ") })},
	{"ocsp_urls", ofCertificate(func(c *CertificateRecord) string { return strings.Join(c.OCSPURLs, " ") })},
	{"self_signed", ofCertificate(func(c *CertificateRecord) string { return c.SelfSigned.String() })},
	{"key_algorithm", ofKey(func(p *PublicKeyRecord) string { return p.Algorithm })},
	{"key_bits", ofKey(func(p *PublicKeyRecord) string { return strconv.Itoa(p.Bits) })},
	{"spki_sha256", ofKey(func(p *PublicKeyRecord) string { return p.SPKI })},
	{"weakness", func(e *entry, _ *HandOverOptions) string { return e.Weakness.State }},
	{"weakness_rounds", func(e *entry, _ *HandOverOptions) string { return strconv.Itoa(e.Weakness.Rounds) }},
	{"reason", reasonCell},
	{"status", statusCell},
	{"note", noteCell},
	{"details", func(e *entry, _ *HandOverOptions) string { return fieldsCell(e.Fields) }},
}

func ofCertificate(f func(*CertificateRecord) string) func(*entry, *HandOverOptions) string {
	return func(e *entry, _ *HandOverOptions) string {
		if e.Certificate == nil {
			return ""
		}
		return f(e.Certificate)
	}
}

// orPrinted is of the certificate or, without one, of the details page.
func orPrinted(f func(*CertificateRecord) string, page func(*Evidence) string) func(*entry, *HandOverOptions) string {
	return func(e *entry, _ *HandOverOptions) string {
		switch {
		case e.Certificate != nil:
			return f(e.Certificate)
		case e.Printed != nil:
			return page(&e.Evidence)
		}
		return ""
	}
}

// printedSerial is a printed serial number in hex, where it can be nothing else: a
// CA that is asked for a guess revokes another certificate.
func printedSerial(e *Evidence) string {
	digits := compact(e.Printed.Serial)
	number, ok := new(big.Int).SetString(digits, 16)
	decimal := strings.Trim(digits, "0123456789") == "" && len(trimmed(digits)) > 1 && !strings.ContainsAny(e.Printed.Serial, ":xX")
	if !ok || decimal || number.Sign() < 0 || printed.Negative(e.Printed.Serial) {
		return ""
	}
	return (&Certificate{Serial: number}).SerialHex()
}

// printedPrint is the page's only value that has a thumbprint's digits and is not the
// serial number.
func (e *Evidence) printedPrint(digits int) (found string) {
	for _, f := range e.Fields {
		v := compact(f.Value)
		if len(v) != digits || !isPrint(v) || v == compact(e.Printed.Serial) || v == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = v
	}
	return found
}

func ofKey(f func(*PublicKeyRecord) string) func(*entry, *HandOverOptions) string {
	return func(e *entry, _ *HandOverOptions) string {
		if e.PublicKey == nil {
			return ""
		}
		return f(e.PublicKey)
	}
}

// reasonCell is empty where no CA can revoke.
func reasonCell(e *entry, o *HandOverOptions) string {
	switch {
	case e.Certificate != nil && e.Certificate.SelfSigned == Yes:
		return ""
	case o.Reason != nil:
		return o.Reason(e.Evidence).String()
	case !e.progress.Due.IsZero():
		return e.progress.Reason.String()
	}
	return DefaultReason(e.Evidence).String()
}

func statusCell(e *entry, o *HandOverOptions) string {
	switch {
	case o.Status != nil:
		return o.Status(e.Evidence)
	case e.Certificate != nil && e.Certificate.SelfSigned == Yes && e.progress.Moot == "":
		return "nothing to revoke: it is self-signed"
	}
	return e.progress.String()
}

// noteCell says what could not be read.
func noteCell(e *entry, _ *HandOverOptions) string {
	var notes []string
	if e.err != nil {
		notes = append(notes, e.err.Error())
	}
	if e.Certificate != nil && e.Certificate.Note != "" {
		notes = append(notes, e.Certificate.Note)
	}
	return strings.Join(notes, "; ")
}

func dateCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// fieldsCell is the details page for reading; to the letter it is in the JSON.
func fieldsCell(fields []Field) string {
	var lines []string
	for _, f := range fields {
		lines = append(lines, f.Label+": "+f.Value)
	}
	return strings.Join(lines, "\n")
}

// tableOf writes the table by RFC 4180.
func tableOf(entries []*entry, opts *HandOverOptions) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	var row []string
	for _, c := range columns {
		row = append(row, c.header)
	}
	if err := w.Write(append(row, "files")); err != nil {
		return nil, err
	}
	for _, e := range entries {
		row = row[:0]
		for _, c := range columns {
			text := ""
			if !e.unread || c.header == "note" {
				text = c.cell(e, opts)
			}
			row = append(row, printable.Cell(text))
		}
		if err := w.Write(append(row, printable.Cell(strings.Join(e.files, " ")))); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
