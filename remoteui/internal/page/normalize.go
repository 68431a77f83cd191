package page

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// maxLabel is how many bytes of a text are looked at: nothing longer is a
// label.
const maxLabel = 400

// Normalize makes label spellings comparable: NFKC, all white space dropped,
// trailing colons and ellipses dropped, letters in lower case.
func Normalize(s string) string {
	plain, ascii := normalizedASCII(s)
	if !ascii {
		plain = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKC.String(s))
	}
	return strings.TrimRight(plain, ":.…‥︰")
}

// normalizedASCII does the same, but for what is at the end, to a text of ASCII,
// in a fraction of the time: every text of a page is asked for many times.
func normalizedASCII(s string) (_ string, ascii bool) {
	changes := false
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return "", false
		}
		changes = changes || blank(s[i]) || upper(s[i])
	}
	if !changes {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case blank(c):
		case upper(c):
			b = append(b, c+'a'-'A')
		default:
			b = append(b, c)
		}
	}
	return string(b), true
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// wanted is a list of label alternatives, ready to compare.
type wanted []string

func want(texts []string) wanted {
	w := make(wanted, 0, len(texts))
	for _, t := range texts {
		if n := Normalize(t); n != "" {
			w = append(w, n)
		}
	}
	return w
}

// has reports whether text is one of the alternatives.
func (w wanted) has(text string) bool { return slices.Contains(w, plainLabel(text)) }

// plainLabel is a text as alternatives are, none of which is empty; empty: it is no
// label.
func plainLabel(text string) string {
	if len(text) > maxLabel {
		return ""
	}
	return Normalize(text)
}

// labelText is the visible text of n as a label.
func labelText(n *html.Node) string { return dom.TextN(n, maxLabel+1) }

// closest returns up to five of the labels, those most like the wanted first.
func (w wanted) closest(labels []string) []string {
	var unique []string
	for _, l := range labels {
		l = clip(strings.Join(strings.Fields(l), " "), 60)
		if l != "" && !slices.Contains(unique, l) && len(unique) < maxOthers {
			unique = append(unique, l)
		}
	}
	score := make(map[string]int, len(unique))
	for _, l := range unique {
		for _, t := range w {
			score[l] = max(score[l], alike(Normalize(l), t))
		}
	}
	slices.SortStableFunc(unique, func(a, b string) int { return cmp.Compare(score[b], score[a]) })
	return unique
}

// maxOthers bounds the texts that are compared with those wanted.
const maxOthers = 1000

// mostShown is how many of them a message names.
const mostShown = 5

// alike counts the pairs of runes that a has in common with b.
func alike(a, b string) int {
	n := 0
	runes := []rune(a)
	for i := range len(runes) - 1 {
		if strings.Contains(b, string(runes[i:i+2])) {
			n++
		}
	}
	return n
}

// clip shortens s to about n bytes at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// describe names an element for people. Queries and arguments stay out: they
// may hold tokens.
func describe(n *html.Node) string {
	for _, key := range []string{"id", "name", "href"} {
		if v := dom.Attr(n, key); v != "" {
			if i := strings.IndexAny(v, "?("); i >= 0 {
				v = v[:i]
			}
			return "<" + n.Data + " " + key + "=" + clip(v, 60) + ">"
		}
	}
	return "<" + n.Data + ">"
}

// Closest is the text most like a name, empty if none is at all.
func Closest(name string, texts []string) string {
	best, most := "", 1
	for _, t := range texts {
		if n := alike(Normalize(t), Normalize(name)); n > most {
			best, most = t, n
		}
	}
	return best
}

// Nearest returns the texts, those most like the wanted first.
func Nearest(wanted, texts []string) []string { return want(wanted).closest(texts) }
