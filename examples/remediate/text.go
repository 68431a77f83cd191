package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes text safe for a terminal: control characters, bidirectional
// overrides and everything else that is not seen are escaped. Text of a device
// is in reports and errors, and a device may be hostile.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || unicode.IsGraphic(r) && !brokenAt(s, i, r):
			b.WriteRune(r)
		case r == '\t':
			b.WriteByte(' ')
		case r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	return b.String()
}

// brokenAt reports whether r stands for bytes that are no UTF-8.
func brokenAt(s string, i int, r rune) bool {
	if r != utf8.RuneError {
		return false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return size == 1
}

// oneLine is printable text without line breaks.
func oneLine(s string) string { return printable(strings.Join(strings.Fields(s), " ")) }
