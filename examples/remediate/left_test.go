package main

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
)

// silent is the address of something that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// Whoever interrupts twice is not made to wait: a script has its object all the
// same, and nobody is told that the device was left at a safe point.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	for _, json := range []bool{true, false} {
		again := make(chan struct{})
		close(again)
		dir := stateDir(t)
		ctx, cancel := context.WithCancel(program.WithAgain(t.Context(), again))
		t.Cleanup(func() { program.Ended(ctx) }) // it writes into the directory
		t.Cleanup(cancel)
		args := []string{"-url", "https://" + silent(t) + "/", "-dept-id", "1", "-password-env", "DEVICE_PASSWORD", "-trust-on-first-use", "-state", dir}
		if json {
			args = append(args, "-json")
		}
		r := invocation{args: args, ctx: ctx}.run(t)
		r.want(t, exitInterrupted)
		if strings.Contains(r.stdout+r.stderr, "safe point") || !strings.Contains(r.stderr, "Run again") {
			t.Errorf("json %v:\n%s%s", json, r.stdout, r.stderr)
		}
		if !json {
			continue
		}
		if e := r.report(t); e.Exit.Class != rekey.ExitInterrupted || e.Exit.Code != exitInterrupted || e.Exit.Retry != rekey.RetryNow || e.Error == "" {
			t.Errorf("%+v, %q", e.Exit, e.Error)
		}
	}
}
