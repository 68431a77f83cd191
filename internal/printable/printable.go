// Package printable makes texts of a device fit for a terminal.
package printable

import (
	"fmt"
	"strings"
	"unicode"
)

// Text shows control and bidi characters as escapes: no text of a device moves
// the cursor, or changes in which order its reader sees the letters.
func Text(s string) string {
	bad := func(r rune) bool { return !unicode.IsPrint(r) && r != ' ' }
	if !strings.ContainsFunc(s, bad) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if bad(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
