package fleet

import (
	"context"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/wait"
)

// Pace lets what goes to one server begin in turns: each so long after the last, and
// no more than N at once.
type Pace struct {
	Every time.Duration // not positive: no time
	N     int           // less than one: any number
	mu    sync.Mutex
	of    map[any]*server
}

type server struct {
	free chan struct{} // nil: any number
	next time.Time
}

// Take waits for a turn at a server, which any comparable value names, and returns
// what ends it.
func (p *Pace) Take(ctx context.Context, name any) (done func(), err error) {
	s := p.server(name)
	done = func() {}
	if s.free != nil {
		select {
		case s.free <- struct{}{}:
			done = sync.OnceFunc(func() { <-s.free })
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	p.mu.Lock()
	at := time.Now()
	if s.next.After(at) {
		at = s.next
	}
	s.next = at.Add(p.Every)
	p.mu.Unlock()
	if err := wait.For(ctx, time.Until(at)); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

func (p *Pace) server(name any) *server {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[any]*server{}
	}
	if p.of[name] == nil {
		p.of[name] = &server{}
		if p.N > 0 {
			p.of[name].free = make(chan struct{}, p.N)
		}
	}
	return p.of[name]
}
