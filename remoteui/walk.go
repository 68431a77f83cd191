package remoteui

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/rekey-go/rekey/remoteui/internal/page"
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
	if len(s.live) == 0 {
		return true
	}
	return !slices.ContainsFunc(s.live, func(p *page.Page) bool {
		return slices.ContainsFunc(p.Actions(), func(text string) bool { return known(s.lang, text) })
	})
}

func (s *Session) walkOnce(ctx context.Context, path []Label) (*Page, error) {
	p, err := s.front(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal page: %w", err)
	}
	for _, l := range path {
		if p, err = p.Follow(ctx, l); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// front loads the portal page.
func (s *Session) front(ctx context.Context) (*Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	p, err := s.get(ctx, s.homeURL(), nil)
	if err != nil {
		return nil, err
	}
	return s.openFrames(ctx, p)
}

// homeURL is the address of the portal page.
func (s *Session) homeURL() *url.URL {
	if s.home != nil {
		return s.home
	}
	return s.entry
}
