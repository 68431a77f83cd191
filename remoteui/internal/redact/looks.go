package redact

import (
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

var (
	ipv4      = lazyregexp.New(`\d{1,3}(?:\.\d{1,3}){3}`)
	allDigits = lazyregexp.New(`^\d{5,}$`)
	hexGroups = lazyregexp.New(`^[0-9A-Fa-f]{1,8}(?::[0-9A-Fa-f]{0,8}){2,}`)
	hexWord   = lazyregexp.New(`^[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*$`)
	aMask     = lazyregexp.New(`^masked[0-9]+$`)
	// telling are the looks of what is never a label. They are looked for within
	// words, too: names of elements are made with numbers.
	telling = []*lazyregexp.Regexp{
		lazyregexp.New(`-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----`),
		lazyregexp.New(`(?i:sips?|tel|mailto|xmpp):[^\s"'<>;,)]+`),
		lazyregexp.New(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*`),
		lazyregexp.New(`[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){3,}`),
		lazyregexp.New(`[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){3,}`),
		lazyregexp.New(`[0-9A-Fa-f]{1,8}(?::[0-9A-Fa-f]{0,8}){2,}(?:%[0-9A-Za-z]+)?`), // IPv6, serial numbers, times
		ipv4,
		lazyregexp.New(`[0-9A-Fa-f]{12,}`),
		lazyregexp.New(`[A-Za-z0-9+/]{40,}={0,2}`),
		lazyregexp.New(`[A-Z]{2,}[0-9]{4,}`),
		lazyregexp.New(`(?:\+\d{1,3}|0\d{1,4})(?:[ ./-]\(?\d{2,5}\)?){2,}`), // telephone numbers, and some dates
		lazyregexp.New(`\d{5,}`),
	}
)

// tells reports whether a text holds what looks like no label.
func tells(t string) bool {
	for _, look := range telling {
		if found := look.FindString(t); strings.ContainsAny(found, "0123456789@:") {
			return true
		}
	}
	return false
}

// trivial texts tell nothing: punctuation, and numbers of up to four digits.
func trivial(t string) bool {
	letters, digits := 0, 0
	for _, c := range t {
		switch {
		case unicode.IsLetter(c):
			letters++
		case unicode.IsDigit(c):
			digits++
		}
	}
	return letters == 0 && digits <= 4
}
