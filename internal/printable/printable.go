// Package printable makes the text of strangers, of devices, CAs and servers, fit to
// be shown: a terminal obeys control characters, and format characters reverse or
// hide what stands beside them.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line puts a text on one line of at most so many characters: white space of any kind
// is one blank, and instead stands in the place of what is not printed; -1 leaves that
// out. What is no UTF-8 counts as not printed.
func Line(s string, most int, instead rune) string {
	if far := 64 * most; len(s) > far { // white space is folded, but not megabytes of it
		s = s[:far]
	}
	valid := ""
	if instead >= 0 {
		valid = string(instead)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return instead
		}
		return r
	}, strings.ToValidUTF8(s, valid))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}

// Text shows control and bidi characters as escapes: no text of a device moves the
// cursor, or changes in which order its reader sees the letters. Line ends are escaped,
// too.
func Text(s string) string {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Cell makes a stranger's text harmless in a table that a spreadsheet opens: nothing but what can be seen, and no
// formula, which a spreadsheet would compute: those begin with one of these, or
// with one of their full-width forms, after white space and quotes too. Where the
// separator is a semicolon, a cell begins behind each of these, and behind each
// line break, for the quotes of ours do not count there.
func Cell(text string) string {
	const formula, quotes = "=+-@\uff1d\uff0b\uff0d\uff20|%", "\"'"
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, "\ufffd"))
	if start := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }); start != "" && strings.ContainsRune(formula, []rune(start)[0]) {
		text = "'" + text
	}
	var b strings.Builder
	begins := false
	for _, r := range text {
		if begins && strings.ContainsRune(formula, r) {
			b.WriteByte('\'')
		}
		begins = strings.ContainsRune(";\uff1b\n", r) || begins && (unicode.IsSpace(r) || strings.ContainsRune(quotes, r))
		b.WriteRune(r)
	}
	return b.String()
}

// Lines is [Text] for each line of a text.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Text(line)
	}
	return strings.Join(lines, "\n")
}

// JSON escapes what a terminal would obey in a JSON text: that stands in strings only,
// where \u is understood.
func JSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r == '\n' || unicode.IsGraphic(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// Cut keeps so many bytes of a text, and whole characters of them.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
