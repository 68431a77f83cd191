package wording_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/wording"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text        string
		width, hang int
		want        string
	}{
		{"one two three", 8, 2, "one two\n  three"},
		{"  one two three", 8, 0, "  one\n  two\n  three"},
		{"one\ntwo", 3, 0, "one\ntwo"},
		{"abcdefghij", 4, 0, "abcd\nefgh\nij"},
		{"金鑰已經更換。", 8, 0, "金鑰已經\n更換。"},
		{"金鑰已經。更換", 8, 0, "金鑰已\n經。更換"},                                    // no line begins with a full stop
		{"再執行「一次」吧", 8, 0, "再執行\n「一次」\n吧"},                                // nor ends with an opening bracket
		{"give -distribute CMD now", 18, 0, "give\n-distribute CMD\nnow"}, // a flag stays with its value
		{"AB:CD:EF:01:23", 7, 0, "AB:CD:\nEF:01:\n23"},
		{"unbroken line", 0, 0, "unbroken line"},
		{"see /a/long/path here", 8, 0, "see\n/a/long/path\nhere"},
		{"as a-long-name.cer, and", 8, 0, "as\na-long-name.cer,\nand"}, // nor is a file's name
		{"as a-long-name.", 8, 0, "as\na-long-n\name."},
		{"", 10, 2, ""},
	} {
		if got := wording.Wrap(tc.text, tc.width, tc.hang); got != tc.want {
			t.Errorf("Wrap(%q, %d):\n%s\nwant\n%s", tc.text, tc.width, got, tc.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one 金鑰 -flag value", 10)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 8 || width > 200 {
			t.Skip()
		}
		got := wording.Wrap(text, width, 2)
		for line := range strings.Lines(got) {
			if n := wording.Cells(strings.TrimRight(line, "\n")); n > width && !strings.ContainsAny(line, `/\`) && !regexp.MustCompile(`[\w.-]\.[a-z]{3}[,;:.]?\s*$`).MatchString(line) {
				t.Errorf("%d cells in %q", n, line)
			}
		}
		letters := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if letters(got) != letters(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		room int
		want string
	}{
		{"waiting", 7, "waiting"},
		{"waiting", 6, "waiti…"},
		{"等待重新啟動", 12, "等待重新啟動"},
		{"等待重新啟動", 11, "等待重新啟…"},
		{"等待重新啟動", 10, "等待重新…"},
		{"x", 0, "…"},
	} {
		if got := wording.Fit(tt.text, tt.room); got != tt.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tt.text, tt.room, got, tt.want)
		}
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"zh_TW.UTF-8": "zh-TW", "zh_HK": "zh-TW", "zh-Hant-TW": "zh-TW", "ja_JP.eucJP": "ja", "ja": "ja", "en_GB.UTF-8@euro": "en", "C.UTF-8": "en", "POSIX": "en",
		"de_DE.UTF-8": "", "zh_CN.UTF-8": "", "": "",
	} {
		if got := wording.Locale(name); got != want {
			t.Errorf("Locale(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"a/b-c.txt": "a/b-c.txt", "my state/x": "'my state/x'", "it's": `'it'\''s'`, "": "''", "a$b": "'a$b'"} {
		if got := wording.Quote(path); got != want {
			t.Errorf("Quote(%q) = %s, want %s", path, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"give it (AssumeTrusted)": "give it (-assume-trusted)", "no store (Options.Dir)": "no store (-state DIR)",
		"the page (Network)": "the page (Network)", "key (CN=x)": "key (CN=x)",
	} {
		if got := wording.Named(text, map[string]string{"AssumeTrusted": "-assume-trusted", "Dir": "-state DIR"}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Every text that the code says, and every form of a reason, is in every
// language.
func TestEverythingIsTranslated(t *testing.T) {
	t.Parallel()
	for _, text := range append(said(t), wording.Texts()...) {
		for _, lang := range wording.Languages() {
			if lang != "en" && !wording.Translated(lang, text) {
				t.Errorf("%s: nothing for %q", lang, text)
			}
		}
	}
}

// Nothing is translated that nobody says.
func TestNothingIsTranslatedInVain(t *testing.T) {
	t.Parallel()
	all := append(said(t), wording.Texts()...)
	for lang, text := range wording.AllTranslations() {
		if !slices.Contains(all, text) {
			t.Errorf("%s: nobody says %q", lang, text)
		}
		if a, b := verbs(text), verbs(wording.Translation(lang, text)); a != b {
			t.Errorf("%s: %q takes %s, and its translation %s", lang, text, a, b)
		}
	}
}

// verbs are the places of a format, in their order.
func verbs(format string) string {
	var all []string
	next := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		n := next
		if format[i+1] == '[' {
			n = int(format[i+2] - '0')
		}
		next = n + 1
		all = append(all, strconv.Itoa(n))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// said are the texts given to say and count in the package's code.
func said(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "say" && sel.Sel.Name != "count" {
				return true
			}
			for _, arg := range call.Args {
				if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					all = append(all, text)
				}
			}
			return true
		})
	}
	return all
}

func TestErrorsOfSeveralThings(t *testing.T) {
	t.Parallel()
	r := &wording.Report{Device: "iR", URL: "https://192.0.2.7/", Class: "waiting", Code: 10, Error: "the first\nthe second, which is so long that it has to be broken"}
	got := r.Text(wording.Options{Width: 40})
	if want := "Waiting: the first\n  the second, which is so long that it\n    has to be broken\n"; !strings.Contains(got, want) {
		t.Errorf("%s\nhas no\n%s", got, want)
	}
}
