package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Portal returns the page one lands on.
func (s *Session) Portal(ctx context.Context) (*Page, error) { return s.Walk(ctx) }

// Walk goes from the portal page to another by the labels on the way. Every
// reading begins with a walk, so that it can be repeated: if the device has
// forgotten the session, or a label on the way is missing on a page that offers
// nothing known (an error page in a language whose words are not known looks
// like that), it logs in anew and walks once more. Errors: [*PageError] for the label that is missing.
func (s *Session) Walk(ctx context.Context, path ...Label) (*Page, error) {
	var first error
	for try := range 3 {
		if try > 0 {
			if err := s.login(ctx); err != nil {
				return nil, err
			}
		}
		p, err := s.walkOnce(ctx, path)
		if err == nil {
			return p, nil
		}
		if first == nil {
			first = err
		}
		if !lost(err) && !(try == 0 && missing(err) && s.strange()) {
			return nil, err
		}
	}
	return nil, first
}

func lost(err error) bool {
	_, ok := errors.AsType[*lostError](err)
	return ok
}

func missing(err error) bool {
	_, ok := errors.AsType[*PageError](err)
	return ok
}

// strange reports whether the page loaded last has nothing to click that is
// known: no page of the UI is like that.
func (s *Session) strange() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		return true
	}
	return !slices.ContainsFunc(s.live.Actions(), func(text string) bool { return s.words.knows(s.lang, text) })
}

func (s *Session) walkOnce(ctx context.Context, path []Label) (*Page, error) {
	p, err := s.front(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal page: %w", err)
	}
	for i := 0; i < len(path); i++ {
		next, err := p.Follow(ctx, path[i])
		if err != nil {
			// A page that a profile knows the address of needs no menu.
			if i = s.nextPinned(path, i); i < 0 || !missing(err) {
				return nil, err
			}
			if next, err = p.Follow(ctx, path[i]); err != nil {
				return nil, err
			}
		}
		p = next
	}
	return p, nil
}

// nextPinned is the place of the first pinned page on the way after i; -1 if
// there is none.
func (s *Session) nextPinned(path []Label, i int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i++; i < len(path); i++ {
		if s.pinnedPage(path[i]) != nil {
			return i
		}
	}
	return -1
}

// front loads the portal page.
func (s *Session) front(ctx context.Context) (*Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return s.get(ctx, s.entry, nil)
}
