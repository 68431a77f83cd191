package printable_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/printable"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in      string
		most    int
		instead rune
		want    string
	}{
		{"", 5, -1, ""},
		{" a\t b\r\n\u3000c ", 20, -1, "a b c"},
		{"a\x1b[2J", 20, -1, "a[2J"},
		{"a\x1b[2J", 20, '\ufffd', "a\ufffd[2J"},
		{"a\u202eb\u200b", 20, '\ufffd', "a\ufffdb\ufffd"},
		{"a\xffb", 20, -1, "ab"},
		{"a\xffb", 20, '?', "a?b"},
		{"複合機の名前", 3, -1, "複合機…"},
		{"複合機", 3, -1, "複合機"},
		{strings.Repeat(" ", 1<<20) + "a", 3, -1, ""},
	} {
		if got := printable.Line(tc.in, tc.most, tc.instead); got != tc.want {
			t.Errorf("%.20q: %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Büro 7": "Büro 7", "a\x1b[2J": `a\u001b[2J`, "a\nb": `a\u000ab`, "a\u202eb": `a\u202eb`, "a\u00a0b": `a\u00a0b`,
	} {
		if got := printable.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "{\n\"a\": \"B\u00fcro\"}": "{\n\"a\": \"B\u00fcro\"}", "\"a\u202e\u0085\"": `"a\u202e\u0085"`, "\"\U000e0041\"": `"\udb40\udc41"`, "a\xff": "a\ufffd",
	} {
		if got := string(printable.JSON([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…", "複合機": "複…", "a複合機": "a…", "\xffabcd": "ab…"} {
		if got := printable.Cut(in, 3); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[2J\u202e \xff", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = max(0, min(most, 1000))
		for _, instead := range []rune{-1, '?', '\ufffd'} {
			got := printable.Line(s, most, instead)
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) && r != instead }) || utf8.RuneCountInString(got) > most+1 {
				t.Errorf("%q", got)
			}
		}
	})
}
