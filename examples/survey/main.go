//go:debug rsa1024min=0
//go:debug x509negativeserial=1
//go:debug tlssha1=1

// Command survey walks over the pages of one Canon device, changes nothing,
// and says how well they are understood: which labels were found, and what
// could be done. Without flags it surveys a simulated device. With -bundle it
// writes what it saw, masked, for a bug report. See -help and docs/survey.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage/survey"
)

// Exit codes, as those of remediate; the others are package rekey's to choose.
const (
	exitDone        = 0
	exitUsage       = 2
	exitLogin       = 4
	exitPage        = 5
	exitFailed      = 6
	exitInterrupted = program.Interrupted
)

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv)
	})
}

// run is the program but for its process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) (string, bool)) int {
	c, err := parse(args)
	var r *survey.Report
	if text, ok := program.Answer(err); ok {
		fmt.Fprint(stdout, text)
		return exitDone
	}
	if err == nil {
		r, err = program.Await(ctx, func() (*survey.Report, error) { return c.survey(ctx, stdin, stderr, env) })
	}
	exit := exitOf(ctx, r, err)
	if c.json {
		if r == nil {
			r = &survey.Report{Pages: []survey.Page{}, Procedures: []survey.Procedure{}, Profiles: []string{}}
		}
		if err != nil {
			r.Error = err.Error()
		}
		text, merr := json.MarshalIndent(struct {
			*survey.Report
			Exit rekey.Exit `json:"exit"`
		}{r, exit}, "", "  ")
		if merr != nil {
			err, exit = merr, rekey.ExitOf(merr)
		}
		fmt.Fprintln(stdout, string(text))
	} else if r != nil && len(r.Pages) > 0 {
		fmt.Fprint(stdout, printable(r.String()))
	}
	switch {
	case errors.Is(err, program.ErrLeft):
		fmt.Fprintln(stderr, "survey: "+err.Error()+"; nothing was changed on the device, whose session ends by itself")
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "survey: interrupted; nothing was changed on the device, and no bundle written")
	case err != nil:
		fmt.Fprintln(stderr, "survey: "+printable(err.Error()))
	}
	return exit.Code
}

func (c *config) survey(ctx context.Context, stdin io.Reader, stderr io.Writer, env func(string) (string, bool)) (*survey.Report, error) {
	dev, end, err := c.device(stdin, env, func(text string) { fmt.Fprintln(stderr, text) })
	if err != nil {
		return nil, err
	}
	defer end()
	opts := &rekey.Options{Dir: c.state, OnEvent: func(e rekey.Event) { fmt.Fprintln(stderr, printable(e.Text)) }}
	rec := &remoteui.Recorder{}
	rec.Mask(c.mask...)
	b, err := newBundle(c.bundle)
	if err != nil {
		return nil, err // said before the walk, which takes minutes
	}
	defer b.discard()
	r, err := rekey.Survey(ctx, dev, opts, rec)
	if r == nil || ctx.Err() != nil {
		return r, err
	}
	return r, errors.Join(err, b.write(rec, r, stderr))
}

// exitOf is how the program ends, as remediate does; docs/exit-codes.md.
func exitOf(ctx context.Context, r *survey.Report, err error) rekey.Exit {
	switch {
	case ctx.Err() != nil:
		err = context.Canceled
	case err == nil && !r.Complete():
		err = &rekey.UnknownError{}
	}
	return access.ExitOf(err)
}

// printable escapes what a hostile device could play tricks with on a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
