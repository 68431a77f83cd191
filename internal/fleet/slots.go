package fleet

import (
	"context"
	"slices"
	"sync"
)

// Slots lets at most N of each group do something at once.
type Slots struct {
	N  int // less than one: any number
	mu sync.Mutex
	in map[string]chan struct{}
}

// Take waits for a place in each of the groups, and returns what gives them back.
func (s *Slots) Take(ctx context.Context, groups []string) (release func(), err error) {
	if s.N < 1 {
		return func() {}, nil
	}
	// In one order, so that no two wait for each other.
	groups = slices.Compact(slices.Sorted(slices.Values(groups)))
	var held []chan struct{}
	release = sync.OnceFunc(func() {
		for _, c := range held {
			<-c
		}
	})
	for _, g := range groups {
		c := s.group(g)
		select {
		case c <- struct{}{}:
			held = append(held, c)
		case <-ctx.Done():
			release()
			return nil, context.Cause(ctx)
		}
	}
	return release, nil
}

func (s *Slots) group(name string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in == nil {
		s.in = map[string]chan struct{}{}
	}
	if s.in[name] == nil {
		s.in[name] = make(chan struct{}, s.N)
	}
	return s.in[name]
}
