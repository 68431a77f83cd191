package page

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Texts of ASCII alone become what they become among others.
func TestNormalize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "key": "key", " Key\tand\nCertificate\u00a0List :": "keyandcertificatelist", "A:B::.": "a:b", "[\x00~Z@\x7f": "[\x00~z@\x7f",
		"ＫＥＹ：": "key", "ﾊﾟｽﾜｰﾄﾞ…": "パスワード", "Ö\u00adl": "öl", "…": "", " \v\f\r": "",
	} {
		if got := Normalize(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for c := range byte(0x80) {
		text := "a" + string(rune(c)) + "Z"
		want := strings.TrimRight(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKC.String(text)), ":.")
		if got := Normalize(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
