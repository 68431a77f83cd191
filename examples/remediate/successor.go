package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rekey-go/rekey"
)

// asker returns what asks a person whether a key is the device's, nil where there
// is nobody to be asked: the run then ends, with what to compare.
func (c *config) asker(stdin io.Reader, out *output) func(context.Context, rekey.Successor) error {
	if c.json || c.PasswordFile == "-" || !isTerminal(stdin) || !isTerminal(out.stderr) {
		return nil
	}
	return askSuccessor(stdin, out.stderr, out.progress.pause)
}

var errNotCompared = errors.New("nobody said that the thumbprint is the one at the panel")

// askSuccessor asks on a terminal. Only the word counts: whoever is in a hurry
// presses Return.
func askSuccessor(in io.Reader, w io.Writer, pause func()) func(context.Context, rekey.Successor) error {
	return func(ctx context.Context, s rekey.Successor) error {
		pause()
		fmt.Fprint(w, printable(successorQuestion(s)))
		answer := make(chan string, 1)
		go func() { // a terminal cannot be told to stop reading
			line, _ := bufio.NewReader(in).ReadString('\n')
			answer <- line
		}()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case line := <-answer:
			if strings.TrimSpace(line) != "yes" {
				return errNotCompared
			}
			return nil
		}
	}
}

func successorQuestion(s rekey.Successor) string {
	return fmt.Sprintf(`
%s now presents a key that may be the new one, %q.
Its pages show nothing that proves it; what they show agrees (%s),
and anybody on the way could copy that. The password has not been sent to it.
At the device's panel open Management Settings > Device Management > Certificate Settings >
Key and Certificate List, and compare the thumbprint of the key's certificate:
  SHA-1    %s
  SHA-256  %s
Is it the same? Type yes, or anything else to stop here: `, s.Device, s.Key, strings.Join(s.Compared, ", "), s.New.SHA1, s.New.SHA256)
}
