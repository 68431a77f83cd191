package revoker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/internal/caclient"
)

// within does something within a time (zero is the default), and puts the name
// of the server in front of its error. If the context ended, its cause is the
// error.
func within(ctx context.Context, timeout time.Duration, server string, do func(context.Context) error) error {
	timeout = cmp.Or(timeout, defaultTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not done within %v: %w", timeout, context.DeadlineExceeded))
	defer cancel()
	err := ctx.Err()
	if err == nil {
		err = do(ctx)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("revoker: %s: %w", server, caclient.Explain(err))
}
