package models

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// maxVersionLen bounds what is read as a version, in bytes. Real ones have
// about ten.
const maxVersionLen = 256

// Version is a controller version: numbers separated by full stops, as many
// and as long as they come ("03.11", "130.0.117"). The zero value is no
// version; it compares like "0". Versions are equal by == if written alike;
// [Version.Compare] compares what they mean.
type Version struct{ text string }

// VersionError is the error for a text that is no version.
type VersionError struct {
	Text string // what was found, cut to 40 bytes
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("models: %q is not a controller version: want numbers separated by full stops, such as 17.32", e.Text)
}

var versionText = lazyregexp.New(`^(?i:(?:version|ver\.?|v\.?) ?:?)? ?([0-9]+(?:\.[0-9]+)*)$`)

// ParseVersion reads a version. Surrounding white space, full-width forms and
// a leading "Ver.", "Version", "V." or "V" are accepted, with a colon or without; anything else, and more
// than 256 bytes, gives a [*VersionError].
func ParseVersion(s string) (Version, error) {
	text, ok := clean(s, maxVersionLen)
	if !ok {
		return Version{}, &VersionError{Text: excerpt(s)}
	}
	match := versionText.FindStringSubmatch(text)
	if match == nil {
		return Version{}, &VersionError{Text: excerpt(s)}
	}
	return Version{text: match[1]}, nil
}

// Compare returns -1, 0 or +1 as v is older than, equal to or newer than w.
// Versions compare part by part as numbers; a part that one of them lacks
// counts as zero, so 17.32 equals 17.32.0 and precedes 17.32.1. // M-2
func (v Version) Compare(w Version) int {
	a, b := v.text, w.text
	for a != "" || b != "" {
		var x, y string
		x, a = firstPart(a)
		y, b = firstPart(b)
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}

// firstPart cuts off the first number, without leading zeros: then the longer
// one is the greater one, however many digits there are.
func firstPart(text string) (number, rest string) {
	number, rest, _ = strings.Cut(text, ".")
	return strings.TrimLeft(number, "0"), rest
}

// IsZero tells whether v is the zero value, no version at all.
func (v Version) IsZero() bool { return v.text == "" }

// String returns the version as it was written, leading zeros included, or ""
// for the zero value.
func (v Version) String() string { return v.text }

// MarshalText returns what String returns.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.text), nil }

// UnmarshalText reads a version as [ParseVersion] does; an empty text gives
// the zero value.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	parsed, err := ParseVersion(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
