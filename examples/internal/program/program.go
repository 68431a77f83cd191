// Package program is what the example programs have around their work: how they are
// interrupted, and the flags that each answers by itself.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/rekey-go/rekey/examples/internal/manual"
	"github.com/rekey-go/rekey/internal/printable"
)

// Interrupted is the exit code of a program that was interrupted.
const Interrupted = 130

// ErrLeft says that work was left where it stood.
var ErrLeft = fmt.Errorf("stopped at once, by a second interruption: what was under way was left as it is: %w", context.Canceled)

// Main runs a program and ends the process with its exit code. At the first SIGINT
// or SIGTERM the context ends; at the second whatever is under way is left, by
// [Await] if that waits for it.
func Main(run func(ctx context.Context) int) {
	ctx, interrupt := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	again := make(chan struct{})
	ctx = WithAgain(ctx, again)
	go func() {
		<-signals
		interrupt()
		<-signals
		close(again)
		if ctx.Value(key{}).(*stops).awaited.Load() {
			<-signals
		}
		os.Exit(Interrupted)
	}()
	os.Exit(run(ctx))
}

// stops are the second signal, and whether somebody acts on it.
type stops struct {
	again   <-chan struct{}
	awaited atomic.Bool
}

type key struct{}

// WithAgain is a context whose work is left when the channel closes.
func WithAgain(ctx context.Context, again <-chan struct{}) context.Context {
	return context.WithValue(ctx, key{}, &stops{again: again})
}

// Await waits for work, and for a second interruption: then it returns [ErrLeft], so
// that a program can say how it ended before it does, and the work goes on until the
// process ends.
func Await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	s, ok := ctx.Value(key{}).(*stops)
	if !ok {
		return work()
	}
	s.awaited.Store(true)
	type result struct {
		value T
		err   error
	}
	ended := make(chan result, 1)
	go func() {
		value, err := work()
		ended <- result{value, err}
	}()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-s.again:
		var none T
		return none, ErrLeft
	}
}

// Flags are the flags of a program, with -help, -version and -manual.
type Flags struct {
	*flag.FlagSet
	help, answer string
}

// NewFlags are the flags of a program of which the help text describes all. The name
// is its first word.
func NewFlags(help string) *Flags {
	name, _, _ := strings.Cut(help, " ")
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), help: help}
	f.SetOutput(io.Discard)
	f.BoolFunc("version", "", func(string) error { return f.end(manual.Version(name), nil) })
	f.Func("manual", "", func(kind string) error { return f.end(manual.Page(kind, name, help)) })
	return f
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

type answer string

func (answer) Error() string { return "only a text is asked for" }

// Answer is the text that an error of [Flags.Parse] has; ok is false where it has
// none.
func Answer(err error) (text string, ok bool) {
	a, ok := errors.AsType[answer](err)
	return string(a), ok
}

// End ends a program whose flags were not read: it prints the text that was asked
// for, or what is wrong, a line each, and returns the exit code.
func (f *Flags) End(err error, wrong int, stdout, stderr io.Writer) int {
	if text, ok := Answer(err); ok {
		fmt.Fprint(stdout, text)
		return 0
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(stderr, "%s: %s\n", f.Name(), printable.Text(line))
	}
	fmt.Fprintf(stderr, "See %s -help.\n", f.Name())
	return wrong
}
