package program

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
)

// Env is the type of [os.LookupEnv]; nil: nothing is set.
type Env func(name string) (value string, ok bool)

func (e Env) get(name string) (string, bool) {
	if e == nil {
		return "", false
	}
	return e(name)
}

// Voice is how a program speaks to people: in their language, and no wider than their
// terminal. A line in a file stays one line, for whoever searches there.
type Voice struct {
	Lang wording.Lang
	name string
	env  Env
}

// Voice is that of -task-lang, else of the locale, else English.
func (f *Flags) Voice(env Env) Voice {
	v := Voice{Lang: wording.Lang(f.lang), name: f.Name(), env: env}
	if lang, ok := f.given("task-lang"); v.Lang == "" && ok && slices.Contains(wording.Languages(), lang) {
		v.Lang = wording.Lang(lang) // behind what is wrong, too
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value, _ := env.get(name); v.Lang == "" && value != "" {
			v.Lang = wording.Lang(wording.Locale(value))
			break
		}
	}
	if v.Lang == "" {
		v.Lang = "en"
	}
	return v
}

// Say is a sentence of the program, whose format is in sentences.txt.
func (v Voice) Say(format string, args ...any) string {
	return v.told(v.Lang.Sayf(format, args...))
}

func (v Voice) told(text string) string {
	if v.Lang == "en" {
		text = one.ReplaceAllString(text, "${1}1 $2")
	}
	return printable.Text(plainly.Replace(text))
}

// one is one of something, in the form for many.
var one = regexp.MustCompile(`(^|[ (])1 (certificate|connection|device|file|host|key|line|request|result|task|text|usage)s\b`)

// Tell is something that the library says; nothing of it moves a cursor.
func (v Voice) Tell(text string) string { return v.told(v.Lang.Sentence(text)) }

// Plainly has words for what Go calls otherwise.
func Plainly(text string) string { return plainly.Replace(text) }

var plainly = strings.NewReplacer(context.Canceled.Error(), "interrupted", context.DeadlineExceeded.Error(), "the time for it was over")

// List joins texts with commas.
func (v Voice) List(texts ...string) string { return v.Lang.And(texts) }

// Line prints a sentence of the program on a line.
func (v Voice) Line(w io.Writer, format string, args ...any) { v.Print(w, v.Say(format, args...)) }

// Print prints a line that was told.
func (v Voice) Print(w io.Writer, text string) { fmt.Fprintln(w, wording.Wrap(text, v.Width(w), 2)) }

// Text prints what the library says, line for line.
func (v Voice) Text(w io.Writer, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		v.Print(w, v.Tell(line))
	}
}

// Fail prints an error under the program's name, a line for each that it joins.
func (v Voice) Fail(w io.Writer, err error) {
	for line := range strings.SplitSeq(v.Lang.Sentence(err.Error()), "\n") {
		v.Print(w, v.name+": "+v.told(line))
	}
}

// Width is how wide a line on a stream may be; zero: as wide as it is.
func (v Voice) Width(w io.Writer) int { return terminal.Bound(w, v.env.get) }
