package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys"
)

// prompt asks a person on a terminal.
type prompt struct {
	in    *bufio.Reader
	w     io.Writer
	pause func()
	lang  wording.Lang
	width int
}

// newPrompt returns nil where there is nobody to be asked.
func (c *config) newPrompt(stdin io.Reader, out *output) *prompt {
	if c.json || c.PasswordFile == "-" || !terminal.Is(stdin) || !terminal.Is(out.stderr) {
		return nil
	}
	return &prompt{bufio.NewReader(stdin), out.stderr, out.progress.pause, wording.Lang(out.lang), out.text.Width}
}

// ask reports whether the answer is yes. Only the word counts: whoever is in a
// hurry presses Return.
func (p *prompt) ask(ctx context.Context, question string) (bool, error) {
	p.pause()
	fmt.Fprint(p.w, wording.Wrap(strings.TrimRight(printable(question), " "), p.width, 0)+" ")
	answer := make(chan string, 1)
	go func() { // a terminal cannot be told to stop reading
		line, _ := p.in.ReadString('\n')
		answer <- line
	}()
	select {
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case line := <-answer:
		return strings.TrimSpace(line) == "yes", nil
	}
}

var errNotCompared = errors.New("nobody said that the thumbprint is the one at the panel")

// successor asks whether a key is the device's; nil where there is nobody to be
// asked: the run then ends, with what to compare.
func (p *prompt) successor() func(context.Context, rekey.Successor) error {
	if p == nil {
		return nil
	}
	return func(ctx context.Context, s rekey.Successor) error {
		if yes, err := p.ask(ctx, successorQuestion(s, p.lang)); yes || err != nil {
			return err
		}
		return errNotCompared
	}
}

// agree asks before something that cannot be undone. Where there is nobody to be
// asked, who started the program has agreed: scripts do what their flags say.
func (p *prompt) agree(ctx context.Context, plan *rekey.Plan) error {
	if p == nil || plan.Empty() {
		return nil
	}
	if yes, err := p.ask(ctx, planQuestion(plan, p.lang)); yes || err != nil {
		return err
	}
	return rekey.ErrDeclined
}

// planQuestion says what cannot be undone.
func planQuestion(p *rekey.Plan, lang wording.Lang) string {
	going := slices.Clone(p.Drop)
	for _, c := range p.Changes {
		if c.DeleteOld && !slices.Contains(going, c.OldKey.Name) {
			going = append(going, c.OldKey.Name)
		}
	}
	mail := slices.ContainsFunc(p.Changes, func(c rekey.Change) bool { return c.Use == keys.UseDeviceSignature })
	return lang.Question(p.Device.URL, p.Restarts, going, mail)
}

func successorQuestion(s rekey.Successor, lang wording.Lang) string {
	return lang.Successor(s.Device, s.Key, strings.Join(s.Compared, ", "), s.New.SHA1, s.New.SHA256)
}
