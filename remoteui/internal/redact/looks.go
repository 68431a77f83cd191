package redact

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	ipv4      = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}`)
	allDigits = regexp.MustCompile(`^\d{5,}$`)
	hexGroups = regexp.MustCompile(`^[0-9A-Fa-f]{1,8}(?::[0-9A-Fa-f]{0,8}){2,}`)
	hexWord   = regexp.MustCompile(`^[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*$`)
	aMask     = regexp.MustCompile(`^masked[0-9]+$`)
	// telling are the looks of what is never a label. They are looked for within
	// words, too: names of elements are made with numbers.
	telling = []*regexp.Regexp{
		regexp.MustCompile(`-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----`),
		regexp.MustCompile(`(?i:sips?|tel|mailto|xmpp):[^\s"'<>;,)]+`),
		regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*`),
		regexp.MustCompile(`[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){3,}`),
		regexp.MustCompile(`[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){3,}`),
		regexp.MustCompile(`[0-9A-Fa-f]{1,8}(?::[0-9A-Fa-f]{0,8}){2,}(?:%[0-9A-Za-z]+)?`), // IPv6, serial numbers, times
		ipv4,
		regexp.MustCompile(`[0-9A-Fa-f]{12,}`),
		regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`),
		regexp.MustCompile(`[A-Z]{2,}[0-9]{4,}`),
		regexp.MustCompile(`(?:\+\d{1,3}|0\d{1,4})(?:[ ./-]\(?\d{2,5}\)?){2,}`), // telephone numbers, and some dates
		regexp.MustCompile(`\d{5,}`),
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
