package rekey

import (
	"context"
	"errors"
)

// ended makes the error of a call whose context ended say so by [context.Canceled]
// or [context.DeadlineExceeded], whatever cause the caller gave the context: what is
// shown is the cause, and who asks for the sentinel finds it.
func ended(ctx context.Context, err error) error {
	why := ctx.Err()
	if err == nil || why == nil || errors.Is(err, why) {
		return err
	}
	return &endedError{err, why}
}

type endedError struct{ err, why error }

func (e *endedError) Error() string   { return e.err.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.why} }

// Is makes a budget that is used up a deadline that has passed.
func (e *BudgetError) Is(target error) bool { return target == context.DeadlineExceeded }
