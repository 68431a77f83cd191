package keys

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// ErrCSRLost means that a key waits for a certificate, and its certificate
// signing request is to be had no more: the device shows it once, right after
// it made the key. The key is of no use: delete it and make another.
var ErrCSRLost = errors.New("the device shows the key's CSR no more")

// GenerateCSR makes a key and its certificate signing request. The key stands
// in the list and cannot be used until its certificate is registered. The dates
// of the spec are not asked for. Nothing is checked but that the request can be
// read: see [CheckCSR]. Errors: as of [Generate]; [ErrCSRLost] if the key was
// made and the request was lost on the way. // G-2, G-3, G-4
func GenerateCSR(ctx context.Context, s *remoteui.Session, spec Spec, w Wait) (*x509.CertificateRequest, error) {
	if err := spec.ValidateRequest(); err != nil {
		return nil, err
	}
	m := &making{s: s, name: spec.Name, expected: w.Expected, now: w.List}
	if err := m.make(ctx, labels.CSR, fields(spec, false), w); err != nil {
		return nil, err
	}
	if m.csr == nil {
		return ReadCSR(ctx, s, spec.Name)
	}
	return m.csr, nil
}

// csrOn reads the request off a page, or out of the file that it offers. A wait
// page on the way is waited for. Both are nil if there is none; the error is an
// [*UnreadableCSRError].
func csrOn(ctx context.Context, p *remoteui.Page) (*x509.CertificateRequest, error) {
	text := p.Text()
	for _, f := range p.Fields() {
		text += "\n" + f.Value
	}
	shown := [][]byte{[]byte(text)}
	if csr := findCSR(shown[0]); csr != nil {
		return csr, nil
	}
	if file, err := p.Download(ctx, labels.SaveFile); err == nil {
		if csr := findCSR(file.Data); csr != nil {
			return csr, nil
		}
		shown = append(shown, file.Data)
	}
	for _, data := range shown {
		if err := unreadable(data); err != nil {
			return nil, &UnreadableCSRError{err}
		}
	}
	return nil, nil
}

// UnreadableCSRError means that the device shows a request, and that it cannot
// be read: making the key anew would give another such.
type UnreadableCSRError struct {
	Err error // of the parser
}

func (e *UnreadableCSRError) Error() string {
	return fmt.Sprintf("the device shows a CSR, and it cannot be read: %v", e.Err)
}

// Unwrap returns what the parser said.
func (e *UnreadableCSRError) Unwrap() error { return e.Err }

// ReadCSR looks for the request of a key that waits for its certificate, on the
// pages of the key: some devices may show it again. Else the error is
// [ErrCSRLost].
func ReadCSR(ctx context.Context, s *remoteui.Session, name string) (*x509.CertificateRequest, error) {
	for _, w := range []remoteui.Where{{Column: labels.CertificateColumn}, {Text: name}} {
		_, live, err := openListAt(ctx, s, nil, name)
		if err != nil {
			return nil, err
		}
		if w.Row = live.rows[name]; w.Row == nil {
			return nil, fmt.Errorf("key %q is not in the list", name)
		}
		p, err := live.Follow(ctx, labels.KeyName, w)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			continue // a layout without such a page
		}
		switch csr, err := csrBehind(ctx, p); {
		case csr != nil:
			return csr, nil
		case err != nil:
			return nil, fmt.Errorf("key %q: %w", name, err)
		}
	}
	return nil, fmt.Errorf("key %q: %w: delete that key and run again", name, ErrCSRLost)
}

// csrBehind reads the request off a page, or off one that it leads to: how the
// link to it reads is printed nowhere, but "CSR" stands in every word for it.
func csrBehind(ctx context.Context, p *remoteui.Page) (*x509.CertificateRequest, error) {
	if csr, err := csrOn(ctx, p); csr != nil || err != nil {
		return csr, err
	}
	for _, text := range p.Actions() {
		if !strings.Contains(text, "CSR") {
			continue
		}
		if shown, err := p.Follow(ctx, "", remoteui.Where{Text: text, Reads: true}); err == nil {
			return csrOn(ctx, shown)
		}
	}
	return nil, nil
}

// ParseCSR reads a certificate signing request in DER as devices make it: what
// follows its end is padding, the attributes may be left out where there are none,
// and a PrintableString of the subject may have an underscore. RFC 2986 and X.680
// allow neither, OpenSSL reads them, and crypto/x509 refuses. Raw is as given, so that
// the signature verifies and the CA sees what the device made.
func ParseCSR(der []byte) (*x509.CertificateRequest, error) {
	one, _, err := bundle.DER(der)
	if err != nil {
		return nil, err
	}
	csr, err := keysize.ParseRequest(one)
	if err == nil {
		csr.Subject = dn.Name(csr.RawSubject)
		return csr, nil
	}
	info, subject, plain, ok := plainRequest(one)
	if !ok {
		return nil, err
	}
	csr, again := keysize.ParseRequest(plain)
	if again != nil {
		return nil, err
	}
	csr.Raw, csr.RawTBSCertificateRequest, csr.RawSubject = bytes.Clone(one), bytes.Clone(info), bytes.Clone(subject)
	csr.Subject = dn.Name(subject)
	return csr, nil
}

// plainRequest gives what the device signed, the subject in it, and the request
// without a subject and with a list of attributes, which may be empty.
func plainRequest(der []byte) (info, subject, plain []byte, ok bool) {
	input := cryptobyte.String(der)
	var request, element, body, version, name, key cryptobyte.String
	if !input.ReadASN1(&request, tags.SEQUENCE) || !request.ReadASN1Element(&element, tags.SEQUENCE) {
		return nil, nil, nil, false
	}
	copied := element
	if !copied.ReadASN1(&body, tags.SEQUENCE) || !body.ReadASN1Element(&version, tags.INTEGER) ||
		!body.ReadASN1Element(&name, tags.SEQUENCE) || !body.ReadASN1Element(&key, tags.SEQUENCE) {
		return nil, nil, nil, false
	}
	attributes := []byte(body)
	if len(attributes) == 0 {
		attributes = []byte{0xa0, 0}
	}
	var b cryptobyte.Builder
	b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(version)
			b.AddASN1(tags.SEQUENCE, func(*cryptobyte.Builder) {})
			b.AddBytes(key)
			b.AddBytes(attributes)
		})
		b.AddBytes(request)
	})
	plain, err := b.Bytes()
	return element, name, plain, err == nil
}

var (
	armouredCSR = lazyregexp.New(`-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END`)
	// bareCSR is base64 of a SEQUENCE of 128 octets or more, which the smallest
	// key and signature have: it begins with 30 81 or 30 82. // RFC 2986
	bareCSR = lazyregexp.New(`M(?:I[GH]|II)[A-Za-z0-9+/\s]{100,}[=\s]*`)
)

// findCSR finds a request in a file or in what a page shows: DER, PEM, however
// its lines were broken, or base64 without armour. nil if there is none that can
// be read; see unreadable.
func findCSR(data []byte) *x509.CertificateRequest {
	if csr, err := ParseCSR(data); err == nil {
		return csr
	}
	text := string(bundle.Text(data))
	texts := bareCSR.FindAllString(text, 8)
	if m := armouredCSR.FindStringSubmatch(text); m != nil {
		texts = append([]string{m[1]}, texts...)
	}
	for _, text := range texts {
		if csr, err := decodeCSR(text); err == nil {
			return csr
		}
	}
	return nil
}

// unreadable says why what is there in the place of a request cannot be read;
// nil if nothing is there.
func unreadable(data []byte) error {
	if m := armouredCSR.FindStringSubmatch(string(bundle.Text(data))); m != nil {
		_, err := decodeCSR(m[1])
		return err
	}
	if _, _, err := bundle.DER(data); err == nil && data[0] == 0x30 {
		_, err = ParseCSR(data)
		return err
	}
	return nil
}

// decodeCSR decodes as much of the text as the SEQUENCE at its start is long:
// a word of the page may follow.
func decodeCSR(text string) (*x509.CertificateRequest, error) {
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	head, err := base64.RawStdEncoding.DecodeString(text[:min(len(text), 8)])
	if err != nil || len(head) < 4 || head[0] != 0x30 {
		return nil, errors.New("no base64 of a SEQUENCE")
	}
	n := 2 + int(head[1])
	switch head[1] {
	case 0x81:
		n = 3 + int(head[2])
	case 0x82:
		n = 4 + int(binary.BigEndian.Uint16(head[2:]))
	}
	text = text[:min(len(text), (8*n+5)/6)]
	der, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return ParseCSR(der)
}

// CheckCSR checks a request against what the form was filled in with, before it is
// sent anywhere: the device must hold the key, and the key must not be a weak one.
// Everything else that [Order.Check] looks at comes back as text, for callers who
// want to judge it themselves: with wrong not empty the request must not be sent
// to a CA that takes over what it asks for. Errors: [*WeakKeyError]; a signature
// that does not fit; another kind of key. rounds of Fermat's method; zero means
// [DefaultRounds]. // G-4, W-2
func CheckCSR(csr *x509.CertificateRequest, spec Spec, rounds int) (wrong []string, err error) {
	if err := checkKey(csr, spec.Name, rounds); err != nil {
		return nil, err
	}
	if got := algorithmOf(csr.PublicKey); got != spec.Algorithm {
		return nil, fmt.Errorf("CSR of key %q: want %s, got %s", spec.Name, spec.Algorithm, got)
	}
	return Order{Spec: spec}.compare(csr), nil
}

// checkKey looks whether the device holds the key of a request, and whether it
// is a weak one.
func checkKey(csr *x509.CertificateRequest, name string, rounds int) error {
	if err := keysize.Key(csr.PublicKey); err != nil {
		return fmt.Errorf("CSR of key %q: %w", name, err)
	}
	if err := csr.CheckSignature(); err != nil {
		return fmt.Errorf("CSR of key %q: its signature does not fit its key: %w", name, err)
	}
	if finding, isRSA := CheckKey(csr.PublicKey, rounds); isRSA && finding.State == Proved {
		return &WeakKeyError{Name: name, Finding: finding}
	}
	return nil
}

// WeakKeyError means that the device made a weak key.
type WeakKeyError struct {
	Name    string // of the key
	Finding Finding
}

func (e *WeakKeyError) Error() string { return fmt.Sprintf("key %q is weak: %s", e.Name, e.Finding) }
