package redact

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// forced is a text that is masked though it may be a short number.
type forced struct {
	text, mask string
	find       *regexp.Regexp
}

// MaskAlways names a password, which is masked even if it looks harmless. What
// is shorter than four characters protects nothing, and stands everywhere.
func (r *Redactor) MaskAlways(password string) {
	password = strings.TrimSpace(password)
	if utf8.RuneCountInString(password) < 4 {
		return
	}
	if !trivial(password) {
		r.mask(password)
		return
	}
	// Within a name or number it is not it: a PIN may be part of a field's.
	find := regexp.MustCompile(`(^|[^\p{L}\p{N}_])` + regexp.QuoteMeta(password) + `($|[^\p{L}\p{N}_])`)
	r.forced = append(r.forced, forced{password, fmt.Sprintf("masked0%d", len(r.forced)), find})
}

func (r *Redactor) force(t string) string {
	for _, f := range r.forced {
		for strings.Contains(t, f.text) { // neighbours share the character between them
			was := t
			if t = f.find.ReplaceAllString(t, "${1}"+f.mask+"${2}"); t == was {
				break
			}
		}
	}
	return t
}
