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

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/printable"
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
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env program.Env) int {
	c, err := parse(args)
	c.Voice = c.flags.Voice(env)
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
		c.show(stdout, r.String())
	}
	switch {
	case errors.Is(err, program.ErrLeft):
		c.Fail(stderr, fmt.Errorf("%w; nothing was changed on the device, whose session ends by itself", err))
	case ctx.Err() != nil:
		c.Fail(stderr, errInterrupted)
	case err != nil:
		c.Fail(stderr, err)
	}
	return exit.Code
}

// show prints a survey. Its tables and what a run would press are in English, as they
// are in the bundle: they are for whoever teaches the device's pages.
func (c *config) show(stdout io.Writer, text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); strings.Contains(line, "  ") || strings.HasPrefix(line, "page ") {
			c.Print(stdout, printable.Text(line))
		} else {
			c.Text(stdout, line)
		}
	}
}

var errInterrupted = errors.New("interrupted; nothing was changed on the device, and no bundle written")

func (c *config) survey(ctx context.Context, stdin io.Reader, stderr io.Writer, env program.Env) (*survey.Report, error) {
	dev, end, err := c.device(stdin, env, func(text string) { c.Text(stderr, text) })
	if err != nil {
		return nil, err
	}
	defer end()
	opts := &rekey.Options{Dir: c.state, OnEvent: func(e rekey.Event) { c.Text(stderr, e.Text) }}
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
	return r, errors.Join(err, b.write(rec, r, func(format string, args ...any) { c.Line(stderr, format, args...) }))
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
