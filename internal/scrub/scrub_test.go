package scrub_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/rekey-go/rekey/internal/scrub"
)

// spellings are all that the package's documentation names, each over each.
var spellings = []struct {
	name  string
	write func(string) string
}{
	{"as it is", func(s string) string { return s }},
	{"lower case", strings.ToLower},
	{"upper case", strings.ToUpper},
	{"full width", func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f {
				return r - '!' + 0xff01
			}
			return r
		}, s)
	}},
	{"white space within", func(s string) string { return each(s, "%c\n\t") }},
	{"no-break space", func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }},
	{"white space lost", func(s string) string { return strings.ReplaceAll(s, " ", "") }},
	{"soft hyphens", func(s string) string { return each(s, "%c\u00ad") }},
	{"zero width", func(s string) string { return each(s, "%c\u200b\u200d\ufeff") }},
	{"NUL", func(s string) string { return each(s, "%c\x00") }},
	{"bidi", func(s string) string { return each(s, "\u202e%c") }},
	{"replaced when shown", func(s string) string { return each(s, "%c\ufffd") }},
	{"query", url.QueryEscape},
	{"path", url.PathEscape},
	{"percent, lower-case digits", func(s string) string { return strings.ToLower(url.QueryEscape(s)) }},
	{"percent, every byte", func(s string) string { return bytewise(s, "%%%02X") }},
	{"percent twice", func(s string) string { return url.QueryEscape(bytewise(s, "%%%02x")) }},
	{"HTML", html.EscapeString},
	{"decimal references", func(s string) string { return each(s, "&#%d;") }},
	{"hex references", func(s string) string { return each(s, "&#x%X;") }},
	{"references twice", func(s string) string { return html.EscapeString(each(s, "&#%d;")) }},
	{"JSON", func(s string) string { b, _ := json.Marshal(s); return string(b) }},
	{"quoted", func(s string) string { return fmt.Sprintf("%q", s) }},
	{"quoted, with zero width", func(s string) string { return fmt.Sprintf("%q", each(s, "%c\u200b")) }},
	{`\u`, func(s string) string { return each(s, `\u%04x`) }},
	{`\U`, func(s string) string { return each(s, `\u%04X`) }},
	{`\u{}`, func(s string) string { return each(s, `\u{%x}`) }},
	{`\x`, func(s string) string { return each(s, `\x%02x`) }},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"HEX", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"hex with blanks", func(s string) string { return fmt.Sprintf("% x", s) }},
	{"hex with colons", func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% X", s), " ", ":") }},
	{"hex with dashes", func(s string) string { return strings.ReplaceAll(fmt.Sprintf("% x", s), " ", "-") }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 without padding", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64 of a part, 1", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("7654:" + s + "&x")) }},
	{"base64 of a part, 2", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:1:" + s + "\n")) }},
	{"base64 of a part, 0", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("abc" + s)) }},
	{"base64 in lines", func(s string) string { return each(base64.StdEncoding.EncodeToString([]byte(s)), "%c\r\n") }},
	{"hex of UTF-16", func(s string) string { return hex.EncodeToString(utf16le(s)) }},
	{"base64 of UTF-16", func(s string) string { return base64.StdEncoding.EncodeToString(append([]byte("x"), utf16le(s)...)) }},
	{"cut", func(s string) string { return s[:len(s)-1] + "…" }},
}

// read counts the letters and digits of a text.
func read(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func each(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func utf16le(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func bytewise(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func TestEverySpelling(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"open+Sesame 7", "8642", "hvs.CAESIJ-token_1/2", `a"b'c\d&e<f>`, "geheim", "100%25 %s", strings.Repeat("Ab3+", 50)} {
		var s scrub.Scrubber
		s.Add("something else", secret)
		for _, spelling := range spellings {
			written := spelling.write(secret)
			if spelling.name == "cut" && len(secret) <= 4 {
				continue // less than four characters are left of it
			}
			for _, around := range []string{"@", "wrong: @, again", "x=@&y", "<p>@</p>", "/x;jsessionid=@/y"} {
				text := strings.ReplaceAll(around, "@", written)
				want := strings.ReplaceAll(around, "@", scrub.Placeholder)
				got := s.Text(text)
				// What is around may go with it, of the secret nothing may stay.
				if !strings.Contains(got, scrub.Placeholder) || read(got) > read(want)+len("u200bu200b") {
					t.Errorf("%q, %s: %q became %q", secret, spelling.name, text, got)
				}
				if again := s.Text(got); again != got {
					t.Errorf("%q became %q, and then %q", text, got, again)
				}
			}
		}
	}
}

// Many secrets are looked for at once: those that begin alike, lie in each other or
// overlap, and all others beside them.
func TestManySecrets(t *testing.T) {
	t.Parallel()
	var s scrub.Scrubber
	s.Add("session-1", "session-12", "session-2", "2:tail", "aaaa", "ünïcode", "+#+#")
	for i := range 60 {
		s.AddSome(fmt.Sprintf("cookie%02d=%x", i, i*i*7919+1e6))
	}
	for text, want := range map[string]string{
		"session-1, session-12; session-2": "[redacted], [redacted]; [redacted]",
		"a session-2:tail b":               "a [redacted] b",
		"session-session-12":               "session-[redacted]",
		"aaaaaaa.aaa":                      "[redacted]aaa.aaa", // a secret's places do not overlap
		"aaaa aaaa":                        "[redacted] [redacted]",
		"ÜNÏ CODE, +#+#, ++#":              "[redacted], [redacted], ++#",
		"session…":                         "[redacted]…",
		"sessions, cookie, 2:tai":          "sessions, cookie, 2:tai",
	} {
		if got := s.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for i := range 60 {
		text := fmt.Sprintf("<%s>", url.QueryEscape(fmt.Sprintf("COOKIE%02d=%x", i, i*i*7919+1e6)))
		if got := s.Text(text); got != "<[redacted]>" {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func BenchmarkText(b *testing.B) {
	var s scrub.Scrubber
	s.Add("administrator", "7654321")
	s.AddSome("sessionid=0123456789abcdef", "iR=1234567890")
	text := strings.Repeat("Key and Certificate List: Default Key, 2048 bits, 登録 (&amp;)\n", 30)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Text(text)
	}
}

// A text of any length is gone over whole, also where it is cut in pieces.
func TestLongText(t *testing.T) {
	t.Parallel()
	const secret = "open+Sesame 7"
	var s scrub.Scrubber
	s.Add(secret)
	for _, at := range []int{0, 100_000, 262_140, 294_910, 524_280, 699_000} {
		text := strings.Repeat("x", at) + " " + url.QueryEscape(secret) + " " + strings.Repeat("y", 700_000-at)
		want := strings.ReplaceAll(text, url.QueryEscape(secret), scrub.Placeholder)
		if got := s.Text(text); got != want {
			t.Errorf("at %d: %d bytes became %d, want %d", at, len(text), len(got), len(want))
		}
	}
}

// What is not secret stays: short secrets are not looked for, a PIN is not
// found in hashes, nor a password that is a word in our own words.
func TestWhatStays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		secret, text, want string
		ours               bool
	}{
		{"", "any text", "", false},
		{"1", "11 keys of 1", "", false},
		{"abc", "abc", "", false},
		{"1234", "SPKI 0a1234bbccddeeff00112233445566778899aabb", "", false},
		{"1234", "3F:12:34:AB:00:11:22:33:44:55", "", false},
		{"1234", "PIN 1234.", "PIN [redacted].", false},
		{"12345678", "0a12345678ccddeeff00112233445566778899aabb", "0a[redacted]ccddeeff00112233445566778899aabb", false},
		{"password", "check user and password: 5 keys", "", true},
		{"password", `the device says "wrong: password": check user and password`, `the device says "wrong: [redacted]": check user and password`, true},
		{"password", "my-password-key", "my-[redacted]-key", true},
		{"password", "check user and password", "check user and [redacted]", false},
		{"pass-w0rd", "it says pass-w0rd", "it says [redacted]", true},
		{"redacted", "[redacted] redacted", "[redacted] [redacted]", false},
		{"open+Sesame 7", "100% of &c. \\", "", false},
	} {
		var s scrub.Scrubber
		s.Add(test.secret)
		do, want := s.Text, test.want
		if test.ours {
			do = s.Message
		}
		if want == "" {
			want = test.text
		}
		if got := do(test.text); got != want {
			t.Errorf("%q: %q became %q, want %q", test.secret, test.text, got, want)
		}
	}
	var none *scrub.Scrubber
	none.Add("abcd")
	if got := none.Text("abcd"); got != "abcd" {
		t.Errorf("nil made %q", got)
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	type word string
	type inner struct {
		Name string
		Own  word
		DER  []byte
	}
	type outer struct {
		List    []inner
		Pointer *inner
		Map     map[string]any
		Nil     []string
		private string
	}
	const secret = "s3cret"
	var s scrub.Scrubber
	s.Add(secret)
	in := outer{List: []inner{{secret, secret, []byte(secret)}}, Pointer: &inner{Name: "a " + secret}, Map: map[string]any{secret: 1}, private: secret}
	got := scrub.Value(&s, in)
	if got.List[0].Name != scrub.Placeholder || got.List[0].Own != secret || string(got.List[0].DER) != secret || got.Pointer.Name != "a "+scrub.Placeholder || got.Map[scrub.Placeholder] != 1 || got.Nil != nil {
		t.Errorf("got %+v, %+v", got, got.Pointer)
	}
	if in.List[0].Name != secret || in.Pointer.Name != "a "+secret || in.Map[secret] != 1 {
		t.Errorf("it changed the value itself: %+v", in)
	}
}

func TestScrubberShowsNothing(t *testing.T) {
	t.Parallel()
	var s scrub.Scrubber
	s.Add("S3cretWord")
	holder := struct{ s *scrub.Scrubber }{&s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		for _, v := range []any{&s, holder} {
			if out := fmt.Sprintf(verb, v); slices.ContainsFunc([]string{"s3cretword", "53337"}, func(n string) bool { return strings.Contains(strings.ToLower(out), n) }) {
				t.Errorf("%s: %s", verb, out)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("wrong: %6fpen&#43;Sesame \\u0037…", "open+Sesame 7")
	f.Fuzz(func(t *testing.T, text, secret string) {
		var s scrub.Scrubber
		s.Add(secret)
		got := s.Text(text)
		if len(secret) > 8 && strings.Contains(got, secret) && !strings.Contains(scrub.Placeholder, secret) && !strings.Contains(secret, "[") {
			t.Errorf("%q of %q is in %q", secret, text, got)
		}
	})
}
