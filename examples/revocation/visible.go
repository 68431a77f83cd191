package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// visible writes nothing that is not seen: records hold names that devices chose,
// and may have been tampered with, and a terminal takes some characters for
// commands. They are escaped as in JSON, so that JSON stays JSON. A text comes
// whole in one call, as from package fmt and encoding/json.
type visible struct{ io.Writer }

// Write escapes and writes.
func (w visible) Write(p []byte) (int, error) {
	var b strings.Builder
	for _, r := range string(p) {
		switch {
		case r == '\n' || unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, u)
			}
		}
	}
	if _, err := io.WriteString(w.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
