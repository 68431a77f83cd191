// Package wait waits, and not beyond the end of a context.
package wait

import (
	"context"
	"time"
)

// For waits for a time, or until the context ends, and then returns its cause. No
// time, or less, is not waited for.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
