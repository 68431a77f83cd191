// Command checkkey says whether public keys are weak. See -help and
// docs/weak-keys.md.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/keycheck"
)

//go:embed usage.txt
var usageText string

// Bits of the exit code. Scripts rely on them.
const (
	exitBroken      = 1
	exitFailed      = 2
	exitForbidden   = 4
	exitUnreadable  = 8
	exitInterrupted = program.Interrupted
)

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv)
	})
}

// config is the command line.
type config struct {
	json, all, thorough, set, progress bool
	rounds                             int
	known, sources                     []string
	blocklist, nonce                   string
}

func (c *config) parse(f *program.Flags, args []string) error {
	f.BoolVar(&c.json, "json", false, "")
	f.BoolVar(&c.all, "all", false, "")
	f.BoolVar(&c.thorough, "thorough", false, "")
	f.BoolVar(&c.set, "set", false, "")
	f.BoolVar(&c.progress, "progress", false, "")
	f.IntVar(&c.rounds, "rounds", keycheck.DefaultRounds, "")
	f.StringVar(&c.blocklist, "blocklist", "", "")
	f.StringVar(&c.nonce, "prove", "", "")
	f.Func("known", "", func(path string) error {
		c.known = append(c.known, path)
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	c.sources = f.Args()
	switch {
	case len(c.sources) == 0:
		return errors.New("name a file, a directory, HOST:PORT, or - for standard input")
	case c.rounds < 1 || c.rounds > keycheck.MaxRounds:
		return fmt.Errorf("-rounds: want 1 to %d", keycheck.MaxRounds)
	case c.nonce != "" && !c.json:
		return errors.New("-prove goes with -json")
	}
	return nil
}

// run is the program but for its process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env program.Env) int {
	c, flags := &config{}, program.NewFlags(usageText)
	if err := c.parse(flags, args); err != nil {
		return flags.End(err, exitFailed, env, stdout, stderr)
	}
	out := &output{Voice: flags.Voice(env), config: c, stdout: stdout, buffer: bufio.NewWriter(stdout), stderr: stderr, summary: summary{Kinds: map[keycheck.Kind]int{}}}
	if err := c.check(ctx, stdin, out); err != nil && ctx.Err() == nil {
		out.fail(err)
	}
	if err := out.end(ctx); err != nil {
		out.fail(err)
	}
	if ctx.Err() != nil {
		out.Fail(stderr, context.Canceled)
		return exitInterrupted
	}
	return out.code
}

// check looks at all sources.
func (c *config) check(ctx context.Context, stdin io.Reader, out *output) error {
	w := worker{config: c}
	if c.blocklist != "" {
		f, err := os.Open(c.blocklist)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if w.blocklist, err = keycheck.NewBlocklist(f, info.Size()); err != nil {
			return err
		}
	}
	if len(c.known) > 0 {
		known := map[[32]byte]string{}
		bare := worker{config: &config{rounds: 1}}
		err := pipeline(ctx, bare, func(yield func(raw)) error { return read(ctx, c.known, nil, yield) }, func(r result) {
			if r.key.SPKI != ([32]byte{}) {
				known[r.key.SPKI] = r.Where
			}
		})
		if err != nil {
			return err
		}
		w.known = known
	}
	return pipeline(ctx, w, func(yield func(raw)) error { return read(ctx, c.sources, stdin, yield) }, out.add)
}
