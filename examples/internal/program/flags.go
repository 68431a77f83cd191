package program

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/manual"
	"github.com/rekey-go/rekey/internal/wording"
)

// HelpLanguage is what -task-lang does, for the help text of a program.
const HelpLanguage = `  -task-lang zh-TW|en|ja language of what people read (by default that of
                         LC_ALL, LC_MESSAGES or LANG, else English)
`

// Flags are the flags of a program, with -help, -version, -manual and -task-lang.
type Flags struct {
	*flag.FlagSet
	help, answer, lang string
	args               []string
}

// NewFlags are the flags of a program of which the help text describes all. The name
// is its first word.
func NewFlags(help string) *Flags {
	name, _, _ := strings.Cut(help, " ")
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), help: help}
	f.SetOutput(io.Discard)
	f.BoolFunc("version", "", func(string) error { return f.end(manual.Version(name), nil) })
	f.Func("manual", "", func(kind string) error { return f.end(manual.Page(kind, name, help)) })
	if strings.Contains(help, "\n  -task-lang ") { // not where nothing is told
		f.Func("task-lang", "", f.setLang)
	}
	return f
}

func (f *Flags) setLang(s string) error {
	if !slices.Contains(wording.Languages(), s) {
		return fmt.Errorf("want %s", strings.Join(wording.Languages(), ", "))
	}
	f.lang = s
	return nil
}

// end ends parsing with what is to be printed.
func (f *Flags) end(text string, err error) error {
	if err != nil {
		return err
	}
	f.answer = text
	return errors.New("answered")
}

// Parse reads the flags. Where they ask for nothing but a text of the program its
// error has that: see [Answer].
func (f *Flags) Parse(args []string) error {
	f.args = args
	err := f.FlagSet.Parse(args)
	switch {
	case err == nil:
		return nil
	case f.answer != "":
		return answer(f.answer)
	case errors.Is(err, flag.ErrHelp):
		return answer(f.help)
	}
	return err
}

// JSON reports whether -json is given, also behind what ended parsing: a script gets
// its object even then.
func (f *Flags) JSON() bool {
	value, ok := f.given("json")
	return ok && value != "false" && f.Lookup("json") != nil
}

// given finds a flag, and what follows it.
func (f *Flags) given(name string) (value string, ok bool) {
	for i, a := range f.args {
		if !strings.HasPrefix(a, "-") {
			continue
		}
		is, value, with := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		if is != name {
			continue
		}
		if !with && i+1 < len(f.args) {
			value = f.args[i+1]
		}
		return value, true
	}
	return "", false
}

type answer string

func (answer) Error() string { return "only a text is asked for" }

// Answer is the text that an error of [Flags.Parse] has; ok is false where it has
// none.
func Answer(err error) (text string, ok bool) {
	a, ok := errors.AsType[answer](err)
	return string(a), ok
}

// End ends a program whose flags were not read: it prints the text that was asked
// for, or what is wrong, and returns the exit code. With -json the error is an object,
// too.
func (f *Flags) End(err error, wrong int, env Env, stdout, stderr io.Writer) int {
	if text, ok := Answer(err); ok {
		fmt.Fprint(stdout, text)
		return 0
	}
	v := f.Voice(env)
	v.Fail(stderr, err)
	v.Line(stderr, "See %s -help.", f.Name())
	if f.JSON() {
		Object(stdout, Ending{Error: err.Error(), Exit: rekey.Exit{Code: wrong, Class: rekey.ExitUsage, Retry: rekey.RetryChange}})
	}
	return wrong
}

// Part of an exit code that is a sum.
type Part struct {
	Bit   int
	Class rekey.ExitClass
	Retry rekey.Retry
}

// Sum is an exit code that is a sum, with the class of the first of its parts that it has.
func Sum(code int, parts []Part) rekey.Exit {
	for _, p := range parts {
		if code&p.Bit != 0 {
			return rekey.Exit{Code: code, Class: p.Class, Retry: p.Retry}
		}
	}
	return rekey.ExitOf(nil)
}

// Ending is how a program ended, in the last of its JSON objects.
type Ending struct {
	Error string     `json:"error,omitempty"`
	Exit  rekey.Exit `json:"exit"`
}

// Object prints one JSON object on a line.
func Object(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }
