// Package scrub takes secrets out of texts of others before they are shown: a
// device or a server that quotes what it was sent must not carry it into
// errors, events, logs and reports.
//
// A secret is found in these spellings, and in no others:
//
//   - as it is, in any letter case and in full-width letters, with white space
//     and what is not seen (soft hyphens, zero-width and control characters, +
//     for a blank) between any of its characters, or without its own;
//   - percent-encoded, as character references of HTML and as escapes of JSON
//     and JavaScript (\uXXXX, \u{X}, \xXX, \n ...), wholly or in part, and up to
//     three of these over each other;
//   - in hex, with nothing, white space, colons or dashes between the bytes, and
//     in base64 and base64url, with padding and without, also as a part of what was
//     encoded; each of UTF-8 and of UTF-16;
//   - in the first two ways and cut off by "…", if four of its characters are left.
//
// Hex and base64 may be written in the first two ways themselves.
package scrub

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Placeholder stands where a secret was.
const Placeholder = "[redacted]"

const (
	// MinLength of a secret, in characters: what is shorter would be found in every
	// other number.
	MinLength = 4
	// minHash: digits as short as a PIN's stand in every other hash by chance.
	minHash, shortDigits = 16, 8
	// maxSome and maxBytes bound the work of what others have made.
	maxSome, maxBytes = 64, 4096
	// maxDepth is how many encodings may lie over each other.
	maxDepth = 3
	// window and overlap: large texts are gone over piece by piece.
	window, overlap = 256 << 10, 32 << 10
)

// Scrubber takes secrets out of texts. The zero value knows none and changes
// nothing, nor does nil. It is safe for concurrent use, and keeps the secrets
// where no printing of it shows them.
type Scrubber struct {
	mu   sync.Mutex
	get  func() *needles // a func: fmt prints its address
	some int
}

// needle is a spelling of a secret, folded.
type needle struct {
	text   string
	exact  bool // as it is: too little of it is left when folded
	base64 bool // what stands around it is a part of it
	plain  bool // what the secret itself reads like
	word   bool // it may be a word of anybody's
}

// Add adds secrets to what is taken out. Of fewer than four characters none is.
func (s *Scrubber) Add(secrets ...string) { s.add(secrets, false) }

// AddSome adds secrets that others have made, cookies for example: the first 64
// of them and of at most 4,096 bytes, which bounds the work.
func (s *Scrubber) AddSome(secrets ...string) { s.add(secrets, true) }

func (s *Scrubber) add(secrets []string, bounded bool) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []needle
	if s.get != nil {
		all = s.get().all
	}
	for _, secret := range secrets {
		if utf8.RuneCountInString(secret) < MinLength {
			continue
		}
		if bounded {
			if s.some >= maxSome || len(secret) > maxBytes {
				continue
			}
			s.some++
		}
		for _, n := range spellings(secret) {
			if !slices.Contains(all, n) {
				all = append(all[:len(all):len(all)], n)
			}
		}
	}
	if s.get == nil || len(all) > len(s.get().all) {
		known := sorted(all)
		s.get = func() *needles { return known }
	}
}

// Known is how many spellings it takes out: while it stays the same, a text becomes
// the same.
func (s *Scrubber) Known() int {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.get == nil {
		return 0
	}
	return len(s.get().all)
}

// String returns a placeholder.
func (*Scrubber) String() string { return Placeholder }

// GoString is for %#v.
func (*Scrubber) GoString() string { return Placeholder }

func spellings(secret string) []needle {
	folded := string(fold(piece(secret), false).b)
	word := isWord(secret)
	all := []needle{{text: folded, plain: true, word: word}}
	if utf8.RuneCountInString(folded) < MinLength {
		all = []needle{{text: secret, exact: true, plain: true, word: word}}
	}
	add := func(n needle) {
		if n.text = string(fold(piece(n.text), false).b); len(n.text) >= MinLength {
			all = append(all, n)
		}
	}
	for _, raw := range [][]byte{[]byte(secret), wide(secret, binary.LittleEndian), wide(secret, binary.BigEndian)} {
		digits := fmt.Sprintf("% x", raw)
		for _, between := range []string{"", ":", "-"} {
			add(needle{text: strings.ReplaceAll(digits, " ", between)})
		}
		for before := range 3 {
			// The characters that depend on the secret alone.
			bits := 8 * before
			first, last := (bits+5)/6, (bits+8*len(raw))/6
			shifted := append(make([]byte, before), raw...)
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				add(needle{text: enc.EncodeToString(shifted)[first:last], base64: true})
			}
		}
	}
	return all
}

// wide is a text in UTF-16.
func wide(s string, order binary.AppendByteOrder) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// isWord reports whether a secret reads like a word of a language, which our
// own messages may hold: taken out of these it would be given away.
func isWord(secret string) bool {
	if len(secret) > 12 {
		return false
	}
	return !strings.ContainsFunc(secret, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}

// Text takes the secrets out of a text of others. It comes before any cutting.
func (s *Scrubber) Text(text string) string { return s.text(text, false) }

// Message takes them out of a message of ours that quotes others: a secret that
// is a single word is taken out only between double quotes, and where there are
// no blanks. Anywhere else it is our own word, and taken out would be given away.
func (s *Scrubber) Message(text string) string { return s.text(text, true) }

func (s *Scrubber) text(text string, ours bool) string {
	if s == nil || text == "" {
		return text
	}
	s.mu.Lock()
	get := s.get
	s.mu.Unlock()
	if get == nil {
		return text
	}
	known := get()
	var found []span
	for from := 0; ; from += window {
		to := min(len(text), from+window+overlap)
		for _, f := range known.find(text[from:to]) {
			f.from, f.to = f.from+from, f.to+from
			if !(ours && f.word && !quoted(text, f)) {
				found = append(found, f)
			}
		}
		if to == len(text) {
			break
		}
	}
	return replace(text, found)
}

// span is where a secret stands.
type span struct {
	from, to int
	word     bool
}

// quoted reports whether a place is somebody else's word in a message of ours.
func quoted(text string, f span) bool {
	if !strings.ContainsAny(text, " \n") {
		return true
	}
	return strings.Count(text[:f.from], `"`)%2 == 1 && strings.Contains(text[f.to:], `"`)
}

func replace(text string, found []span) string {
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for i := 0; i < len(found); {
		f := found[i]
		for i++; i < len(found) && found[i].from <= f.to; i++ {
			f.to = max(f.to, found[i].to)
		}
		if placed(text, f) {
			continue
		}
		b.WriteString(text[at:f.from] + Placeholder)
		at = f.to
	}
	return b.String() + text[at:]
}

// placed reports whether a place lies within a placeholder: "redacted" may be
// the secret.
func placed(text string, f span) bool {
	from := strings.LastIndexByte(text[:f.from], '[')
	return from >= 0 && strings.HasPrefix(text[from:], Placeholder) && f.to <= from+len(Placeholder)
}

func widen(text string, f span, part func(byte) bool) span {
	for f.from > 0 && part(text[f.from-1]) {
		f.from--
	}
	for f.to < len(text) && part(text[f.to]) {
		f.to++
	}
	return f
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isBase64(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("+/=_-", c) >= 0
}

func allOf(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}
