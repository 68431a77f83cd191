package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/rekey-go/rekey"
)

// What the command line is to blame for is told apart; the rest is package
// rekey's to class.
func TestExitOf(t *testing.T) {
	t.Parallel()
	lost := &rekey.Report{Error: "lost", Exit: rekey.Exit{Code: exitFailed, Class: rekey.ExitFailed}}
	gone := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, tt := range []struct {
		report *rekey.Report
		err    error
		want   int
	}{
		{nil, nil, exitDone},
		{nil, usagef("flag"), exitUsage},
		{nil, errors.Join(usagef("-lang"), &rekey.UnknownError{}), exitUsage},
		{nil, &rekey.VerifyError{}, exitUnverified},
		{nil, rekey.ErrUnfinished, exitDecision},
		{nil, context.Canceled, exitInterrupted},
		{nil, gone, exitUnreachable},
		{lost, gone, exitFailed}, // it had been changed
	} {
		err := tt.err
		if got := exitOf(tt.report, err).Code; got != tt.want {
			t.Errorf("%v: %d, want %d", err, got, tt.want)
		}
		if err == nil {
			continue
		}
		if got := exitOf(tt.report, fmt.Errorf("step: %w", err)).Code; got != tt.want {
			t.Errorf("wrapped %v: %d, want %d", err, got, tt.want)
		}
	}
}
