package wait

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// It waits as long as it is told, no longer than the context, and not at all for
// nothing.
func TestFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour, func() { cancel(why) })
		for _, c := range []struct {
			d, waited time.Duration
			err       error
		}{{-1, 0, nil}, {0, 0, nil}, {time.Minute, time.Minute, nil}, {time.Hour, 59 * time.Minute, why}, {time.Second, 0, why}, {0, 0, why}} {
			began := time.Now()
			if err := For(ctx, c.d); !errors.Is(err, c.err) || time.Since(began) != c.waited {
				t.Errorf("%v: %v after %v, want %v after %v", c.d, err, time.Since(began), c.err, c.waited)
			}
		}
	})
}
