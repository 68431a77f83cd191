package deviceinfo

import (
	"strings"
	"unicode"
)

// maxSerial bounds a serial number, in bytes: those of devices have eight characters
// or so.
const maxSerial = 64

// SerialKey is one for every spelling of a serial number that may be a spreadsheet's
// or a person's doing: letter case, blanks and hyphens do not count, nor do the wide
// characters of Japanese pages, nor zeros at the front of one that has digits only,
// which spreadsheets lose. Of one with letters they stay. Empty: it names no device,
// because it has no digit ("-", "n/a") or is too long.
func SerialKey(text string) string {
	if len(text) > maxSerial {
		return ""
	}
	digits, others := 0, 0
	key := strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			c -= '！' - '!'
		}
		switch {
		case unicode.IsSpace(c), unicode.Is(unicode.Pd, c), unicode.Is(unicode.Cf, c):
			return -1
		case c >= '0' && c <= '9':
			digits++
		default:
			others++
		}
		return unicode.ToUpper(c)
	}, text)
	switch {
	case digits == 0:
		return ""
	case others > 0:
		return key
	}
	if short := strings.TrimLeft(key, "0"); short != "" {
		return short
	}
	return "0"
}

// SameSerial reports whether two serial numbers are one device's; what names none is
// no device's.
func SameSerial(a, b string) bool {
	key := SerialKey(a)
	return key != "" && key == SerialKey(b)
}
