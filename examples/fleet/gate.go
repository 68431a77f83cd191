package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/rekey-go/rekey"
)

const (
	askGate = "ask"
	// unsure is the exit code of a program that leaves it to a person.
	unsure = 2
)

// gate tells of a wave, and judges it: what failed in it holds the rest unless a person
// says otherwise.
func (t *tally) gate(ctx context.Context, w rekey.WaveResult) error {
	n := 0
	for _, count := range w.Counts {
		n += count
	}
	failed := w.Counts[rekey.FleetFailed]
	t.mu.Lock()
	t.wave, t.inWave = w.Number+1, 0
	t.Line(t.errs, "wave %d has ended: %d devices, %d of them done, %d failed; %d are left", w.Number, n, w.Counts[rekey.FleetDone], failed, w.Left)
	t.mu.Unlock()
	switch {
	case t.judge == askGate:
		return t.askPerson(w)
	case failed > 0:
		return fmt.Errorf("%d failed in it", failed)
	case t.judge == "":
		return nil
	}
	return t.askProgram(ctx, w)
}

func (t *tally) askPerson(w rekey.WaveResult) error {
	ask := func() error {
		err := t.agree(t.Say("Was wave %d good? %d are left. Type %s to agree:", w.Number, w.Left, "yes"), "yes")
		if err != nil {
			err = errors.New("nobody said that it was good")
		}
		return err
	}
	if t.live == nil {
		return ask()
	}
	return t.live.aside(ask)
}

// askProgram runs a program that knows how the devices are seen by others: an
// authentication server, a client that prints.
func (t *tally) askProgram(ctx context.Context, w rekey.WaveResult) error {
	in, err := json.Marshal(map[string]any{"wave": w.Number, "left": w.Left, "counts": w.Counts})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, t.judge)
	cmd.Stdin = bytes.NewReader(in)
	said, err := cmd.CombinedOutput()
	line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return nil
	case ended && exit.ExitCode() == unsure && t.asks && !t.json:
		t.Line(t.errs, "%s is not sure: %s", t.judge, line)
		return t.askPerson(w)
	case ended && line != "":
		return fmt.Errorf("%s: %s", t.judge, line)
	}
	return fmt.Errorf("%s: %w", t.judge, err)
}
