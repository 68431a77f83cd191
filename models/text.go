package models

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// marks are dropped before compatibility forms are folded: NFKC would turn
// "™" into the letters TM.
var marks = strings.NewReplacer("®", "", "™", "", "©", "")

// clean brings a text of a device page into plain form: compatibility forms
// folded (full-width letters, Roman numeral signs), white space collapsed,
// hyphens unified. A text that is empty, longer than limit bytes, not UTF-8 or
// holds control or invisible characters, or digits that are raised or in circles, is
// not ok.
func clean(s string, limit int) (text string, ok bool) {
	if len(s) > limit || !utf8.ValidString(s) {
		return "", false
	}
	s = marks.Replace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.No, r) }) {
		return "", false // "17.3²" is not 17.32
	}
	s = norm.NFKC.String(s)
	for _, r := range s {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return "", false
		}
	}
	s = strings.Map(unifyHyphen, strings.Join(strings.Fields(s), " "))
	return s, s != ""
}

func unifyHyphen(r rune) rune {
	if unicode.Is(unicode.Pd, r) || r == '\u2212' {
		return '-'
	}
	return r
}

// excerpt cuts a text for an error or a report. What it returns is valid UTF-8.
func excerpt(s string) string {
	const limit = 40
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "")
}
