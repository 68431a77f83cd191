package hostile

import "unicode"

// Unsafe returns the first character of a text that a terminal could take for
// a command, or that changes the order in which the others are read; ok is
// false if there is none. Line breaks are let pass.
func Unsafe(text string) (r rune, ok bool) {
	for _, r := range text {
		if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
			return r, true
		}
	}
	return 0, false
}
