package script

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// gate lets as many scripts run at a time as there are processors. A script
// that has its turn then makes headway, however many devices one process looks
// at, and what it may cost can be measured by its own work.
var gate = make(chan struct{}, runtime.GOMAXPROCS(0))

// turn is that of one piece of work.
type turn struct {
	mu   sync.Mutex
	held bool
	over bool
}

// take waits for a turn. The wait is nobody's work: it stops the clock of ctx.
func (t *turn) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case gate <- struct{}{}:
	default:
		if c, ok := ctx.Value(clockKey{}).(*clock); ok {
			c.stop()
			defer c.start()
		}
		select {
		case gate <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held = !t.over; t.over {
		<-gate
	}
	return nil
}

// give gives it back, over: for good.
func (t *turn) give(over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held {
		<-gate
	}
	t.held, t.over = false, over
}

// clock measures the time of a context, without the waits for a turn.
type clock struct {
	mu     sync.Mutex
	timer  *time.Timer // nil: it only measures
	left   time.Duration
	begun  time.Time // of the stretch that is being measured
	passed time.Duration
}

type clockKey struct{}

// WithTimeout is [context.WithTimeoutCause] for work that runs scripts: the
// time in which they wait for their turn, since others are running, does not
// count. most of 0 or less is no bound. done ends it, and returns the time that
// counted.
func WithTimeout(ctx context.Context, most time.Duration, cause error) (_ context.Context, done func() time.Duration) {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &clock{left: most, begun: time.Now()}
	if most > 0 {
		c.timer = time.AfterFunc(most, func() { cancel(cause) })
	}
	return context.WithValue(ctx, clockKey{}, c), func() time.Duration {
		c.stop()
		cancel(nil)
		return c.passed
	}
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	stretch := time.Since(c.begun)
	c.passed += stretch
	c.left -= stretch
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *clock) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = time.Now()
	if c.timer != nil {
		c.timer.Reset(max(c.left, 0))
	}
}
