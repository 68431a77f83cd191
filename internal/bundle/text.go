package bundle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/printable"
)

// Block is one piece of binary that a file holds.
type Block struct {
	// Label is that of its PEM block; empty if it has no armour.
	Label string
	// DER is the binary, with whatever follows its first element.
	DER []byte
	// Encrypted: it can be read with a password only (RFC 1421).
	Encrypted bool
	// Err says why the text gives no binary.
	Err error
}

// Blocks finds the binary in a file that somebody hands us: all of it, the PEM
// blocks of a text, or the text as base64, in any encoding and however its lines
// end. It is laxer than encoding/pem, which passes damaged blocks over without a
// word: blocks may be indented or on one line.
func Blocks(data []byte) []Block {
	if len(data) > 0 && data[0] == tagSequence && !isUTF16(data, 0) {
		return []Block{{DER: data}}
	}
	text := string(Text(data))
	if blocks := unarmour(text); blocks != nil {
		return blocks
	}
	if der, err := decodeBase64(text); err == nil && len(der) > 0 && der[0] == tagSequence {
		return []Block{{DER: der}}
	}
	return nil
}

// Text is a file's text in plain UTF-8: given in UTF-16 (with a byte order mark, or
// plainly ASCII in it), or in UTF-8 with a mark or without.
func Text(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return data[3:]
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decodeUTF16(data[2:], 0)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decodeUTF16(data[2:], 1)
	case isUTF16(data, 0):
		return decodeUTF16(data, 0)
	case isUTF16(data, 1):
		return decodeUTF16(data, 1)
	}
	return data
}

// FirstLine is the first line of a text in any encoding, without its end. found
// tells whether there is one.
func FirstLine(data []byte) (line string, found bool) {
	text := string(Text(data))
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		text = text[:i]
	}
	return text, text != ""
}

// Padding is what editors and web servers leave after binary: it says nothing.
const Padding = "\r\n\t \x00\x1a"

// isUTF16 reports whether the first characters are ASCII in UTF-16, low being
// the index of the octet that is not zero.
func isUTF16(data []byte, low int) bool {
	const look = 4
	if len(data) < 2*look {
		return false
	}
	for i := 0; i < 2*look; i += 2 {
		if data[i+low] == 0 || data[i+1-low] != 0 {
			return false
		}
	}
	return true
}

func decodeUTF16(data []byte, low int) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+low]) | uint16(data[2*i+1-low])<<8
	}
	return []byte(string(utf16.Decode(units)))
}

const (
	begin, end, dashes = "-----BEGIN ", "-----END ", "-----"
	maxLabel           = 64
)

// unarmour gives the PEM blocks of a text, nil if there are none.
func unarmour(text string) (blocks []Block) {
	_, rest, more := strings.Cut(text, begin)
	for n := 1; more; n++ {
		// Nothing looks beyond the next block: that would be slow on input that
		// has no ends.
		var block string
		block, rest, more = strings.Cut(rest, begin)
		label, body, ok := strings.Cut(block, dashes)
		body, _, ended := strings.Cut(body, end)
		der, err := decodeBase64(withoutHeaders(body))
		switch {
		case !ok || len(label) > maxLabel:
			err = errors.New("damaged first line")
		case !ended:
			err = errors.New("no end line")
		}
		if err != nil {
			err = fmt.Errorf("PEM block %d: %w", n, err)
		}
		blocks = append(blocks, Block{Label: label, DER: der, Encrypted: strings.Contains(body, "ENCRYPTED"), Err: err})
	}
	return blocks
}

// withoutHeaders drops lines such as "Bag Attributes: …" (RFC 1421, 4.4).
func withoutHeaders(block string) string {
	if !strings.Contains(block, ":") {
		return block
	}
	var kept strings.Builder
	for line := range strings.Lines(block) {
		if !strings.Contains(line, ":") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// decodeBase64 ignores white space, and whether padding is there.
func decodeBase64(text string) ([]byte, error) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\ufeff' || r == 0 || r == 0x1a {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return nil, errors.New("empty")
	}
	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, errors.New("damaged base64")
	}
	return der, nil
}

// HTMLError means that the input is a web page.
type HTMLError struct {
	// Title of the page, without control characters, at most 80 characters. Of
	// the rest nothing is kept: pages of enrolment servers show passwords.
	Title string
}

// Error says so and names the page.
func (e *HTMLError) Error() string {
	if e.Title == "" {
		return "this is a web page, not a certificate"
	}
	return fmt.Sprintf("this is a web page (%q), not a certificate", e.Title)
}

var (
	htmlStart = lazyregexp.New(`(?i)<(!doctype\s+html|html|head|body)[\s>]`)
	htmlTitle = lazyregexp.New(`(?is)<title[^>]*>(.*?)</title`)
)

// HTML recognises a web page, in UTF-8 or UTF-16; nil if it is none.
func HTML(data []byte) *HTMLError {
	text := Text(data[:min(len(data), 16<<10)])
	if !htmlStart.Match(text[:min(len(text), 2048)]) {
		return nil
	}
	title := ""
	if m := htmlTitle.FindSubmatch(text); m != nil {
		title = Clean(string(m[1]), 80)
	}
	return &HTMLError{title}
}

func htmlError(data []byte) error {
	if e := HTML(data); e != nil {
		return e
	}
	return nil
}

// Clean makes a stranger's text fit to be quoted: no control characters, runs
// of white space as one space, at most limit characters.
func Clean(text string, limit int) string {
	return printable.Line(strings.ToValidUTF8(text, "?"), limit, -1)
}

// Address makes an address fit for a message: a user name and password in it are
// left out, wherever they seem to be.
func Address(s string) string {
	if i := strings.LastIndex(s, "@"); i >= 0 {
		scheme, _, _ := strings.Cut(s[:i], "//")
		s = scheme + "//[redacted]" + s[i:]
	}
	return Quote(s)
}

// Quote makes foreign text fit for a message.
func Quote(s string) string { return fmt.Sprintf("%q", Clean(s, 300)) }
