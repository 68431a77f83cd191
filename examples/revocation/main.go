// Command revocation goes through the evidence of replaced certificates that
// rekey kept, asks the CA to revoke what is due, and looks whether the world can
// see it: at the CA's revocation lists and OCSP responders. // V-1 to V-4
//
// It may be run again and again, days later too: what is found is written down
// beside the evidence. See -help for every flag and exit code.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/revocation"
)

// Exit codes, as those of examples/remediate.
// Exit codes, of those of remediate.
const (
	exitDone        = 0
	exitUsage       = 2
	exitFailed      = 6
	exitUnfinished  = 8
	exitInterrupted = program.Interrupted
)

func main() {
	program.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv) })
}

// run is the program but for its process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env program.Env) int {
	c, flags := &config{}, program.NewFlags(usageText)
	if err := c.parse(flags, args, env); err != nil {
		return flags.End(err, exitUsage, env, visible{stdout}, stderr)
	}
	c.Voice = flags.Voice(env)
	s, err := program.Await(ctx, func() (summary, error) { return follow(ctx, c, stdout, stderr) })
	exit := s.exit(ctx, err)
	if c.json {
		if e := json.NewEncoder(visible{stdout}).Encode(s.report(err, exit)); err == nil && e != nil {
			err, exit = e, rekey.ExitOf(e)
		}
	}
	switch {
	case errors.Is(err, program.ErrLeft):
		c.Fail(stderr, fmt.Errorf("%w; run again", err))
	case ctx.Err() != nil:
		c.Fail(stderr, errInterrupted)
	case err != nil:
		c.Fail(stderr, err)
	default:
		c.Line(stderr, "%d confirmed, %d open, %d with nothing to revoke or not due, %d failed", s.confirmed, s.open, s.idle, s.failed)
	}
	return exit.Code
}

var errInterrupted = errors.New("interrupted; run again, what was found is kept")

// follow goes through the store.
func follow(ctx context.Context, c *config, stdout, stderr io.Writer) (s summary, err error) {
	store, err := revocation.OpenStore(c.dir)
	if err != nil {
		return s, err
	}
	defer store.Close()
	f, err := c.follower(ctx)
	if err != nil {
		return s, err
	}
	for r, err := range f.All(ctx, store, revocation.Query{}) {
		if ctx.Err() != nil {
			break
		}
		s.add(r, err)
		if !c.json {
			c.show(stdout, r, err)
		}
	}
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	if !c.handOver {
		return s, nil
	}
	h, err := store.WriteHandOver(ctx, nil)
	if err != nil {
		return s, err
	}
	c.Line(stderr, "%s lists %d certificates and keys for the CA's team", filepath.Join(c.dir, h.Path), h.Rows)
	return s, errors.Join(h.Problems...)
}

// show prints a line for people. What is in a record comes from devices, or from
// whoever changed it: nothing of it reaches the terminal but what can be seen.
func (c *config) show(w io.Writer, r revocation.Record, err error) {
	line := func(format string, values ...any) { c.Print(w, oneLine(c.Say(format, values...))) }
	if r.Name == "" {
		line("unreadable: %v", err)
		return
	}
	serial := "certificate unknown"
	if crt := r.Evidence.Certificate; crt != nil {
		serial = "serial " + crt.SerialHex
	}
	line("%s key %q, %s: %v", r.Evidence.Device.URL, r.Evidence.Key, serial, r.Progress)
	byHand, ok := errors.AsType[*revocation.ByHandError](err)
	switch {
	case ok && len(byHand.Instruction.Commands) == 0:
		c.Print(w, "    "+c.Say("no command: that the CA issued it is not proved (-issuers)"))
	case ok:
		for _, command := range byHand.Instruction.Commands {
			fmt.Fprintln(w, "    "+oneLine(command.Line))
		}
	case err != nil:
		c.Print(w, "    "+oneLine(c.Tell(err.Error())))
	}
}

// maxLine bounds a line for people, in characters.
const maxLine = 4000

// oneLine keeps a text to one line, with what cannot be seen written out, and cuts what is longer than anybody
// reads.
func oneLine(line string) string {
	var b strings.Builder
	n := 0
	for _, r := range line {
		if n++; n > maxLine {
			b.WriteString("...")
			break
		}
		if r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}
