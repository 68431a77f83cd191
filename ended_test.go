package rekey_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// A context that ended is found by its sentinel, whatever cause the caller gave it,
// and the cause is what is shown.
func TestContextCause(t *testing.T) {
	t.Parallel()
	mine := errors.New("the maintenance window is over")
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	d := rekey.Device{URL: "https://printer.test/", TrustOnFirstUse: true, DialContext: silent}
	late, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, mine)
	defer cancel()
	stopped, stop := context.WithCancelCause(t.Context())
	stop(mine)
	for name, c := range map[string]struct {
		ctx  context.Context
		want error
	}{"deadline": {late, context.DeadlineExceeded}, "canceled": {stopped, context.Canceled}} {
		_, err := rekey.Remediate(c.ctx, d, nil)
		_, err2 := rekey.Assess(c.ctx, d, nil)
		_, err3 := rekey.Survey(c.ctx, d, nil, nil)
		for i, err := range []error{err, err2, err3} {
			if !errors.Is(err, c.want) {
				t.Errorf("%s, call %d: %v is not %v", name, i, err, c.want)
			}
			if e := rekey.ExitOf(err); e.Class != rekey.ExitInterrupted {
				t.Errorf("%s, call %d: %+v", name, i, e)
			}
		}
		for r, err := range rekey.RemediateAll(c.ctx, func(yield func(rekey.Device, error) bool) { yield(d, nil) }, nil) {
			if o := rekey.FleetOutcomeOf(r.Exit, err); o != rekey.FleetNotStarted && o != rekey.FleetInterrupted {
				t.Errorf("%s: %s, %v", name, o, err)
			}
		}
	}
	d.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, mine }
	_, err := rekey.Remediate(t.Context(), d, nil)
	_, err2 := rekey.Assess(t.Context(), d, nil)
	_, err3 := rekey.Survey(t.Context(), d, nil, nil)
	for i, err := range []error{err, err2, err3} {
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("call %d: %v is said to have been ended by its context", i, err)
		}
	}
	if !errors.Is(&rekey.BudgetError{}, context.DeadlineExceeded) {
		t.Error("a budget that is used up is no deadline")
	}
	if text := (&rekey.BudgetError{Max: time.Second, Err: errors.New("no answer")}).Error(); strings.Contains(text, "heard") || !strings.HasSuffix(text, ": no answer") {
		t.Errorf("%q", text)
	}
}

// Who gives no device is told what is missing.
func TestNoDevice(t *testing.T) {
	t.Parallel()
	_, err := rekey.Remediate(t.Context(), rekey.Device{}, nil)
	if err == nil || !strings.Contains(err.Error(), "no device given") || !strings.Contains(err.Error(), "https://HOST") {
		t.Errorf("%v", err)
	}
}

// A restart that an earlier run asked for ends another call at a safe point, to be run
// again, unless it is not known what was done.
func TestOutcomeOfARestart(t *testing.T) {
	t.Parallel()
	restarted := &remoteui.IdentityError{Reason: "changed", Err: fmt.Errorf("changed: %w", remoteui.ErrSucceeded)}
	for name, tc := range map[string]struct {
		err  error
		want rekey.FleetOutcome
	}{
		"reading": {fmt.Errorf("key list: %w", restarted), rekey.FleetInterrupted},
		"writing": {&remoteui.AmbiguousWriteError{Err: restarted}, rekey.FleetFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := rekey.ExitOf(tc.err)
			if got := rekey.FleetOutcomeOf(e, tc.err); got != tc.want || e.Class != rekey.ExitDrift || e.Retry != rekey.RetryNow {
				t.Errorf("%+v, %s, want %s", e, got, tc.want)
			}
		})
	}
}
