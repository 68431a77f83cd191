// Package program is what the example programs have around their work: how they are
// interrupted, the flags that each answers by itself, and how they speak to people.
package program

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
)

// Interrupted is the exit code of a program that was interrupted.
const Interrupted = 130

// ErrLeft says that work was left where it stood.
var ErrLeft = fmt.Errorf("stopped at once, by a second interruption: what was under way was left as it is: %w", context.Canceled)

// Main runs a program and ends the process with its exit code. At the first SIGINT
// or SIGTERM the context ends; at the second whatever is under way is left, by
// [Await] if that waits for it.
func Main(run func(ctx context.Context) int) {
	ctx, interrupt := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	again := make(chan struct{})
	ctx = WithAgain(ctx, again)
	go func() {
		<-signals
		interrupt()
		<-signals
		close(again)
		if ctx.Value(key{}).(*stops).awaited.Load() {
			<-signals
		}
		os.Exit(Interrupted)
	}()
	os.Exit(run(ctx))
}

// stops are the second signal, and whether somebody acts on it.
type stops struct {
	again   <-chan struct{}
	awaited atomic.Bool
	work    sync.WaitGroup
}

type key struct{}

// WithAgain is a context whose work is left when the channel closes.
func WithAgain(ctx context.Context, again <-chan struct{}) context.Context {
	return context.WithValue(ctx, key{}, &stops{again: again})
}

// Ended waits for work that was left: for tests, whose process goes on.
func Ended(ctx context.Context) {
	if s, ok := ctx.Value(key{}).(*stops); ok {
		s.work.Wait()
	}
}

// Await waits for work, and for a second interruption: then it returns [ErrLeft], so
// that a program can say how it ended before it does, and the work goes on until the
// process ends.
func Await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	s, ok := ctx.Value(key{}).(*stops)
	if !ok {
		return work()
	}
	s.awaited.Store(true)
	type result struct {
		value T
		err   error
	}
	ended := make(chan result, 1)
	s.work.Go(func() {
		value, err := work()
		ended <- result{value, err}
	})
	select {
	case r := <-ended:
		return r.value, r.err
	case <-s.again:
		var none T
		return none, ErrLeft
	}
}
