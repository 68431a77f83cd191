package keys

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
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
	made, _, err := makeKey(ctx, s, spec, remoteui.CSR, w)
	if err != nil {
		return nil, err
	}
	if made.csr == nil {
		return ReadCSR(ctx, s, spec.Name)
	}
	return made.csr, nil
}

// readAnswer finds the request on the page after the form, or after one more
// [OK]. The page that shows it may have an [OK] too, which would close it.
func readAnswer(ctx context.Context, answer *remoteui.Page) (*remoteui.Page, *x509.CertificateRequest, error) {
	if csr := csrOn(ctx, answer); csr != nil {
		return answer, csr, nil
	}
	answer, err := confirm(ctx, answer)
	if err != nil {
		return nil, nil, err
	}
	return answer, csrOn(ctx, answer), nil
}

// csrOn reads the request off a page, or out of the file that it offers. A wait
// page on the way is waited for.
func csrOn(ctx context.Context, p *remoteui.Page) *x509.CertificateRequest {
	text := p.Text()
	for _, f := range p.Fields() {
		text += "\n" + f.Value
	}
	if csr := findCSR([]byte(text)); csr != nil {
		return csr
	}
	file, err := p.Download(ctx, remoteui.SaveFile)
	if err != nil {
		return nil
	}
	return findCSR(file.Data)
}

// ReadCSR looks for the request of a key that waits for its certificate, on the
// pages of the key: some devices may show it again. Else the error is
// [ErrCSRLost].
func ReadCSR(ctx context.Context, s *remoteui.Session, name string) (*x509.CertificateRequest, error) {
	for _, w := range []remoteui.Where{{Column: remoteui.CertificateColumn}, {Text: name}} {
		_, live, err := openList(ctx, s)
		if err != nil {
			return nil, err
		}
		if w.Row = live.rows[name]; w.Row == nil {
			return nil, fmt.Errorf("key %q is not in the list", name)
		}
		p, err := live.Follow(ctx, remoteui.KeyName, w)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			continue // a layout without such a page
		}
		if csr := csrBehind(ctx, p); csr != nil {
			return csr, nil
		}
	}
	return nil, fmt.Errorf("key %q: %w: delete that key and run again", name, ErrCSRLost)
}

// csrBehind reads the request off a page, or off one that it leads to: how the
// link to it reads is printed nowhere, but "CSR" stands in every word for it.
func csrBehind(ctx context.Context, p *remoteui.Page) *x509.CertificateRequest {
	if csr := csrOn(ctx, p); csr != nil {
		return csr
	}
	for _, text := range p.Actions() {
		if !strings.Contains(text, "CSR") {
			continue
		}
		if shown, err := p.Follow(ctx, "", remoteui.Where{Text: text, Reads: true}); err == nil {
			return csrOn(ctx, shown)
		}
	}
	return nil
}

var (
	armouredCSR = regexp.MustCompile(`-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END`)
	// bareCSR is base64 of a SEQUENCE of 256 bytes or more. // RFC 2986
	bareCSR = regexp.MustCompile(`MII[A-Za-z0-9+/\s]{200,}[=\s]*`)
)

// findCSR finds a request in a file or in what a page shows: DER, PEM, however
// its lines were broken, or base64 without armour.
func findCSR(data []byte) *x509.CertificateRequest {
	if csr, err := x509.ParseCertificateRequest(data); err == nil {
		return csr
	}
	texts := bareCSR.FindAllString(string(data), 8)
	if m := armouredCSR.FindSubmatch(data); m != nil {
		texts = append([]string{string(m[1])}, texts...)
	}
	for _, text := range texts {
		if csr := decodeCSR(strings.Join(strings.Fields(text), "")); csr != nil {
			return csr
		}
	}
	return nil
}

// decodeCSR decodes as much of the text as the SEQUENCE at its start is long:
// a word of the page may follow.
func decodeCSR(text string) *x509.CertificateRequest {
	const header = 4 // 30 82, and the length
	head, err := base64.StdEncoding.DecodeString(text[:min(len(text), 8)])
	if err != nil || len(head) < header || head[0] != 0x30 || head[1] != 0x82 {
		return nil
	}
	n := header + int(binary.BigEndian.Uint16(head[2:]))
	text = text[:min(len(text), (n+2)/3*4)]
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(der) < n {
		return nil
	}
	csr, err := x509.ParseCertificateRequest(der[:n])
	if err != nil {
		return nil
	}
	return csr
}

// CheckCSR holds a request to what was asked for, before it is sent anywhere:
// the device must hold the key, and the key must not be a weak one. The wrong
// parts of the subject come back as text; they are for the caller to judge: a CA
// takes what it likes of it anyway. Errors: [*WeakKeyError]; a signature that
// does not fit; another kind of key. rounds of Fermat's method; zero means
// [DefaultRounds]. // G-4, W-2
func CheckCSR(csr *x509.CertificateRequest, spec Spec, rounds int) (wrong []string, err error) {
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("CSR of key %q: its signature does not fit its key: %w", spec.Name, err)
	}
	if finding, isRSA := CheckKey(csr.PublicKey, rounds); isRSA && finding.State == Proved {
		return nil, &WeakKeyError{Name: spec.Name, Finding: finding}
	}
	if got := algorithmOf(csr.PublicKey); got != spec.Algorithm {
		return nil, fmt.Errorf("CSR of key %q: want %s, got %s", spec.Name, spec.Algorithm, got)
	}
	return spec.checkSubject(csr.Subject), nil
}

// WeakKeyError means that the device made a weak key.
type WeakKeyError struct {
	Name    string // of the key
	Finding Finding
}

func (e *WeakKeyError) Error() string { return fmt.Sprintf("key %q is weak: %s", e.Name, e.Finding) }
