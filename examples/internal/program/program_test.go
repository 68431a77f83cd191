package program_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/wording"
)

const help = "try tries things.\n\n  -url URL  where\n"

// Every program answers the same flags, wherever they stand, and says what is wrong.
func TestFlags(t *testing.T) {
	t.Parallel()
	for args, c := range map[string]struct {
		code      int
		out, errs string
	}{
		"-help":              {0, help, ""},
		"-h":                 {0, help, ""},
		"-version":           {0, "try of ", ""},
		"--version -url x":   {0, "try of ", ""},
		"-url x -manual man": {0, ".TH TRY 1", ""},
		"-manual fish":       {0, "complete -c try -o url", ""},
		"-manual csh":        {9, "", "try: invalid value \"csh\" for flag -manual: want one of man, bash, zsh, fish\nSee try -help.\n"},
		"-manual":            {9, "", "try: flag needs an argument: -manual\nSee try -help.\n"},
		"-wrong":             {9, "", "try: flag provided but not defined: -wrong\nSee try -help.\n"},
		"-url x -- -version": {7, "", ""},
	} {
		f := program.NewFlags(help)
		f.String("url", "", "")
		var out, errs bytes.Buffer
		code := 7
		if err := f.Parse(strings.Fields(args)); err != nil {
			code = f.End(err, 9, nil, &out, &errs)
		}
		if code != c.code || !strings.HasPrefix(out.String(), c.out) || (c.out == "") != (out.Len() == 0) || errs.String() != c.errs {
			t.Errorf("%s: %d\n%s%s", args, code, &out, &errs)
		}
	}
	if _, ok := program.Answer(errors.New("else")); ok {
		t.Error("any error answers")
	}
}

// The help text of every program names what each answers by itself.
func TestEveryHelpNamesThem(t *testing.T) {
	t.Parallel()
	mains, err := filepath.Glob("../../*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, main := range mains {
		dir := filepath.Dir(main)
		text, err := os.ReadFile(filepath.Join(dir, "usage.txt"))
		if errors.Is(err, fs.ErrNotExist) {
			text, err = os.ReadFile(filepath.Join(dir, "flags.go"))
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // a tool of this repository
		}
		if err != nil {
			t.Fatal(err)
		}
		if n++; !strings.Contains(string(text), "\n  -version ") || !strings.Contains(string(text), "\n  -manual man|bash|zsh|fish") {
			t.Errorf("%s: -version or -manual is missing", dir)
		}
		// A simulated device says what programs read.
		told := strings.Contains(string(text), "\n  -task-lang zh-TW|en|ja") || strings.Contains(string(text), "program.HelpLanguage")
		if silent := strings.HasSuffix(dir, "device"); told == silent {
			t.Errorf("%s: -task-lang: %v", dir, told)
		}
	}
	if n < 7 {
		t.Errorf("%d programs", n)
	}
}

// Work is awaited, and left at the second interruption only.
func TestAwait(t *testing.T) {
	t.Parallel()
	again := make(chan struct{})
	ctx, interrupt := context.WithCancel(program.WithAgain(t.Context(), again))
	mine := errors.New("mine")
	for _, ctx := range []context.Context{t.Context(), ctx} {
		if n, err := program.Await(ctx, func() (int, error) { return 3, mine }); n != 3 || err != mine {
			t.Errorf("%d, %v", n, err)
		}
	}
	interrupt()
	if n, err := program.Await(ctx, func() (int, error) { <-ctx.Done(); return 4, nil }); n != 4 || err != nil {
		t.Errorf("interrupted once: %d, %v", n, err)
	}
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	close(again)
	if n, err := program.Await(ctx, func() (int, error) { <-stuck; return 5, nil }); n != 0 || !errors.Is(err, program.ErrLeft) || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted twice: %d, %v", n, err)
	}
}

// Everybody reads his own language: by the flag, wherever it stands, else by the
// locale.
func TestLanguageOfPeople(t *testing.T) {
	t.Parallel()
	const help = help + program.HelpLanguage
	for _, tt := range []struct {
		args string
		env  map[string]string
		want wording.Lang
	}{
		{"", nil, "en"},
		{"", map[string]string{"LANG": "ja_JP.UTF-8"}, "ja"},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh-TW"},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "de_DE"}, "en"},
		{"-task-lang zh-TW", map[string]string{"LANG": "ja_JP.UTF-8"}, "zh-TW"},
		{"-wrong --task-lang=zh-TW", nil, "zh-TW"},
		{"wrong -task-lang zh-TW", nil, "zh-TW"},
		{"-wrong -task-lang xx", map[string]string{"LANG": "ja"}, "ja"},
	} {
		f := program.NewFlags(help)
		_ = f.Parse(strings.Fields(tt.args))
		env := func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }
		if got := f.Voice(env).Lang; got != tt.want {
			t.Errorf("%q %v: %s, want %s", tt.args, tt.env, got, tt.want)
		}
		var out, errs bytes.Buffer
		if err := f.Parse([]string{"-nonsense", "-json"}); f.End(err, 2, env, &out, &errs) != 2 || out.Len() > 0 {
			t.Errorf("JSON of a program that has none: %s", &out)
		}
		if english := strings.Contains(errs.String(), "provided but not defined"); english != (tt.want == "en") && tt.args == "" {
			t.Errorf("%v: %s", tt.env, &errs)
		}
	}
}

// Whoever reads JSON gets an object about a wrong command line, too.
func TestUsageAsJSON(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-json -wrong", "-wrong --json", "-wrong -json=true"} {
		f := program.NewFlags(help)
		f.Bool("json", false, "")
		var out, errs bytes.Buffer
		code := f.End(f.Parse(strings.Fields(args)), 7, nil, &out, &errs)
		if want := `{"error":"flag provided but not defined: -wrong","exit":{"code":7,"class":"usage","retry":"change"}}` + "\n"; code != 7 || out.String() != want || errs.Len() == 0 {
			t.Errorf("%s: %d %s%s", args, code, &out, &errs)
		}
	}
}

// A code that is a sum is classed by the gravest of its parts.
func TestSum(t *testing.T) {
	t.Parallel()
	parts := []program.Part{{Bit: 4, Class: "weak", Retry: rekey.RetryChange}, {Bit: 1, Class: rekey.ExitFailed, Retry: rekey.RetryLater}}
	for code, want := range map[int]rekey.Exit{
		0: {Code: 0, Class: rekey.ExitDone, Retry: rekey.RetryNo}, 1: {Code: 1, Class: rekey.ExitFailed, Retry: rekey.RetryLater},
		5: {Code: 5, Class: "weak", Retry: rekey.RetryChange},
	} {
		if got := program.Sum(code, parts); got != want {
			t.Errorf("%d: %v", code, got)
		}
	}
}
