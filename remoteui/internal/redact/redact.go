// Package redact masks secret and personal data in the pages of a device, so that
// they can be given away, and keeps their structure.
//
// Every text is masked that is not known to be harmless. The same text gets the
// same mask everywhere, so that pages still fit together.
package redact

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// KeyMark stands in place of a public key that a login form holds.
const KeyMark = "REKEY-REPLAY-PK"

// Redactor masks pages. It has to see all of them before it masks the first.
type Redactor struct {
	// Known reports whether a text is the UI's own word for sure.
	Known func(text string) bool
	// Normalize makes texts comparable.
	Normalize func(string) string

	keep    map[string]bool   // normalized texts that stand where labels do
	always  map[string]bool   // texts that the caller vouches for
	secrets map[string]string // texts to be masked wherever they stand, and their masks
	forced  []forced          // passwords
	words   map[string]bool   // names of the pages' own: fields, functions ...
	kept    map[string]bool   // what was kept on account of its place
	byLen   []string          // secrets, longest first; nil: to be made
}

// New returns a redactor that keeps what known reports.
func New(known func(string) bool, normalize func(string) string) *Redactor {
	return &Redactor{
		Known: known, Normalize: normalize,
		keep: map[string]bool{}, always: map[string]bool{}, secrets: map[string]string{}, words: map[string]bool{}, kept: map[string]bool{},
	}
}

// Keep names texts that stand where labels do: kept unless they are secret, or
// look like what is never a label.
func (r *Redactor) Keep(texts ...string) {
	for _, t := range texts {
		if hexWord.MatchString(t) || tells(t) {
			continue // "fe80" stands before a colon, too
		}
		if n := r.Normalize(t); n != "" {
			r.keep[n] = true
		}
	}
}

// Always names texts that are harmless wherever they stand.
func (r *Redactor) Always(texts ...string) {
	for _, t := range texts {
		r.always[r.Normalize(t)] = true
	}
}

// Mask names texts to be masked wherever they stand, in whatever spelling.
func (r *Redactor) Mask(texts ...string) {
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if t == "" || r.safe(t) {
			continue
		}
		for line := range strings.Lines(t) {
			// Where a value was taken for a label's, it may be a label with its own.
			line = strings.TrimSpace(line)
			if label, rest := r.cutLabel(line); strings.ContainsAny(label, ":：") || r.safe(rest) {
				line = rest
			}
			if line != "" && !r.safe(line) {
				r.mask(line)
			}
		}
	}
	r.byLen = nil
}

// maxWords bounds where a label at the beginning of a text may end.
const maxWords = 12

// cutLabel cuts a known label and what follows it off a text, such as
// "Key Name: " or, where no colons are, "Key Name ".
func (r *Redactor) cutLabel(t string) (label, rest string) {
	at, words := 0, 0
	for i, c := range t {
		if c != ':' && c != '：' && !unicode.IsSpace(c) {
			continue
		}
		if words++; words > maxWords {
			break
		}
		if head := t[:i]; r.Known(head) {
			at = i + utf8.RuneLen(c)
		}
	}
	rest = strings.TrimLeft(t[at:], ": ：\u3000")
	return t[:len(t)-len(rest)], rest
}

func (r *Redactor) safe(t string) bool { return r.Known(t) || r.always[r.Normalize(t)] || trivial(t) }

// mask is the mask of a text.
func (r *Redactor) mask(t string) string {
	if aMask.MatchString(t) {
		return t
	}
	if m, ok := r.secrets[t]; ok {
		return m
	}
	m := r.likeness(t)
	r.secrets[t], r.byLen = m, nil
	return m
}

// likeness is a mask of the same kind: digits for digits, an address for an
// address.
func (r *Redactor) likeness(t string) string {
	n := len(r.secrets) + 1
	switch {
	case strings.Contains(t, "-----BEGIN") && strings.Contains(t, "PUBLIC KEY-----"):
		return KeyMark
	case ipv4.FindString(t) == t:
		return fmt.Sprintf("192.0.2.%d", n%250+1)
	case allDigits.MatchString(t):
		digits := fmt.Sprint(n)
		return "9" + strings.Repeat("0", max(0, len(t)-1-len(digits))) + digits
	}
	return fmt.Sprintf("masked%d", n)
}

// Scrub masks what is secret within a text that is kept.
func (r *Redactor) Scrub(t string) string {
	t = r.force(t)
	if r.byLen == nil {
		r.byLen = slices.SortedFunc(maps.Keys(r.secrets), func(a, b string) int { return len(b) - len(a) })
	}
	for _, secret := range r.byLen {
		if len(secret) <= len(t) && utf8.RuneCountInString(secret) >= 3 && strings.Contains(t, secret) {
			t = strings.ReplaceAll(t, secret, r.secrets[secret])
		}
	}
	for _, look := range telling {
		t = look.ReplaceAllStringFunc(t, func(found string) string {
			if r.isMask(found) {
				return found
			}
			return r.mask(found)
		})
	}
	return t
}

func (r *Redactor) isMask(t string) bool {
	for _, m := range r.secrets {
		if m == t || strings.Contains(m, t) || strings.HasPrefix(t, "192.0.2.") {
			return true
		}
	}
	return false
}

// Text masks a text that people read.
func (r *Redactor) Text(t string) string {
	core := strings.TrimSpace(t)
	if core == "" {
		return t
	}
	lead, tail := t[:strings.Index(t, core)], t[strings.Index(t, core)+len(core):]
	return lead + r.core(core) + tail
}

// maxText is the longest text that is looked at piece by piece, each with what
// follows it; a longer one is masked whole.
const maxText = 8 << 10

func (r *Redactor) core(t string) string {
	t = r.force(t)
	if len(t) > maxText {
		return r.mask(t)
	}
	switch {
	case r.safe(t):
		return t
	case r.secrets[t] != "":
		return r.secrets[t]
	case r.keep[r.Normalize(t)]:
		out := r.Scrub(t)
		if out == t {
			r.kept[t] = true
		}
		return out
	}
	if label, rest := r.cutLabel(t); label != "" && rest != "" {
		return label + r.core(rest)
	}
	if hexGroups.MatchString(t) {
		return r.mask(t) // its colons do not end a label
	}
	// "label: value", and parts of titles.
	if i := strings.IndexAny(t, ":：\n|<>"); i >= 0 {
		_, size := utf8.DecodeRuneInString(t[i:])
		if rest := t[i+size:]; strings.TrimSpace(t[:i]) != "" || strings.TrimSpace(rest) != "" {
			return r.Text(t[:i]) + t[i:i+size] + r.Text(rest)
		}
	}
	return r.mask(t)
}

// Kept returns the texts that were kept because of where they stand, though
// nothing is known of them: whoever gives the pages away reads these.
func (r *Redactor) Kept() []string { return slices.Sorted(maps.Keys(r.kept)) }

// protocol are values by which the UI's pages talk to the device.
var protocol = lazyregexp.New(`^(?i:\.{0,2}/?(?:[\w-]+/)*[\w-]+\.(?:cgi|tpl|html?|js|css|gif|png|jpe?g|csv|ico)|[A-Z]+[a-z]*_[a-z_]*data|pgtag_\w+|settingpage|true|false|on|off|yes|no|null|none|default|localhost|[a-z]|\d{1,4}|/|/rps/|/login|/portal)$`)

// Value masks a value that the pages exchange with the device.
func (r *Redactor) Value(v string) string {
	v = r.force(v)
	t := strings.TrimSpace(v)
	switch {
	case t == "":
		return v
	case r.secrets[t] != "":
		return r.secrets[t]
	case r.Known(t), r.always[r.Normalize(t)], protocol.MatchString(t), r.words[t]:
		return r.Scrub(v)
	}
	return r.mask(t)
}

// Address masks an address of the device: its path stays.
func (r *Redactor) Address(raw string) string {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(raw)), "javascript:") {
		i := strings.Index(raw, ":") + 1
		return raw[:i] + r.Script(raw[i:])
	}
	u, err := url.Parse(raw)
	if err != nil {
		return r.Value(raw)
	}
	out := ""
	if u.Opaque != "" {
		return u.Scheme + ":" + r.mask(u.Opaque) // mailto:, tel:, sip:
	}
	if u.Host != "" {
		out = r.mask(u.Hostname())
		if u.Port() != "" {
			out += ":" + u.Port()
		}
		out = "//" + out
		if u.Scheme != "" {
			out = u.Scheme + ":" + out
		}
	}
	parts := strings.Split(u.Path, "/")
	for i, p := range parts {
		if parts[i] = r.segment(p); u.Host != "" {
			parts[i] = r.Value(p) // of another machine's UI nothing is known
		}
	}
	out += strings.Join(parts, "/")
	if u.RawQuery != "" {
		out += "?" + r.Query(u.RawQuery)
	}
	if u.Fragment != "" {
		out += "#" + r.Value(u.Fragment)
	}
	return out
}

// segment of a path: addresses of the UI are its own, but a name may be part of
// one.
func (r *Redactor) segment(p string) string {
	if m := r.secrets[p]; m != "" {
		return m
	}
	return r.Scrub(p)
}

// Query masks the values of a query.
func (r *Redactor) Query(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			key, value = "", key
		}
		plain, err := url.QueryUnescape(value)
		if err != nil {
			plain = value
		}
		if parts[i] = url.QueryEscape(r.Value(plain)); ok {
			parts[i] = r.Scrub(key) + "=" + parts[i]
		}
	}
	return strings.Join(parts, "&")
}
