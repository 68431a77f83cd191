package rekey

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// BudgetError says that looking at a device took longer than
// [Options.AssessTimeout]: it is slow, or asks to wait again and again. Nothing
// was changed. What it was about to say is in Err.
type BudgetError struct {
	Max   time.Duration
	Doing string // what was last heard of it, as in an [Event]
	Err   error  // what was going on; nil: all was read, but parts of it too late
}

func (e *BudgetError) Error() string {
	text := fmt.Sprintf("looking at the device took longer than %v (Options.AssessTimeout); the last that was heard: %s", e.Max, e.Doing)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *BudgetError) Unwrap() error { return e.Err }

var errBudget = errors.New("the time for looking at the device is over")

// withBudget bounds the time for looking at a device. over ends it, once the
// looking has ended with an error or nil, and returns a *BudgetError where the
// budget was the reason.
func withBudget(ctx context.Context, o *call) (_ context.Context, over func(error) error) {
	doing, tell := "", o.OnEvent
	o.OnEvent = func(e Event) {
		doing = e.Text
		tell(e)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.AssessTimeout, errBudget)
	return ctx, func(err error) error {
		defer cancel()
		o.OnEvent = tell
		// What is read too late is taken for unknown by much of the reading.
		if errors.Is(context.Cause(ctx), errBudget) {
			return &BudgetError{Max: o.AssessTimeout, Doing: doing, Err: err}
		}
		return err
	}
}
