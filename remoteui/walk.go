package remoteui

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Portal returns the page one lands on.
func (s *Session) Portal(ctx context.Context) (*Page, error) { return s.Walk(ctx) }

// Walk goes from the portal page to another by the labels on the way. Every
// reading begins with a walk, so that it can be repeated; see [Session.Retry].
// Errors: [*PageError] for the label that is missing.
func (s *Session) Walk(ctx context.Context, path ...Label) (*Page, error) {
	var p *Page
	err := s.Retry(ctx, func() (err error) {
		p, err = s.walkOnce(ctx, path)
		return err
	})
	return p, err
}

// Retry does something that can be repeated from the portal page on: a reading,
// or filling in a form up to what stores it. If the device has forgotten the
// session, or shows a page that offers nothing known (so looks a busy device, or
// an error page in a language whose words are not known), or a label is missing
// on such a page, it logs in anew and does it again, twice at most.
func (s *Session) Retry(ctx context.Context, do func() error) error {
	var first error
	for try := 0; ; try++ {
		err := do()
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
		again := lost(err) || try == 0 && missing(err) && s.strange()
		if _, ambiguous := errors.AsType[*AmbiguousWriteError](err); ambiguous {
			return err // a write is never repeated unseen
		}
		if !again || ctx.Err() != nil {
			return err
		}
		if try == 2 {
			return first
		}
		if lostWhileBusy(err) {
			if err := sleep(ctx, busyPause); err != nil {
				return err
			}
		}
		if err := s.login(ctx); err != nil {
			return err
		}
	}
}

// busyPause is left to a device that showed something else than it was asked for.
const busyPause = 2 * time.Second

func lost(err error) bool {
	_, ok := errors.AsType[*lostError](err)
	return ok
}

func missing(err error) bool {
	_, ok := errors.AsType[*PageError](err)
	return ok
}

func lostWhileBusy(err error) bool {
	e, ok := errors.AsType[*lostError](err)
	return ok && e.stray
}

// Stray reports whether the page offers nothing to click that is known, and
// does not go on by itself: what a device shows in place of the page asked for
// when it is busy, or has forgotten the session. As the answer to [Page.Press]
// it means that nothing may have been done.
func (p *Page) Stray() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.stray()
}

// Doubtful reports whether a [Page.Press] may not have done what it was for: its
// answer was lost, or is a page that says nothing known. What happened is found
// out by reading, and what did not happen may be pressed again.
func Doubtful(answer *Page, err error) bool {
	if err != nil {
		_, ambiguous := errors.AsType[*AmbiguousWriteError](err)
		return ambiguous || lost(err)
	}
	return answer.Stray()
}

func (p *Page) stray() bool {
	docs := p.came // the menu in another frame says nothing of what came
	if docs == nil {
		docs = p.documents()
	}
	return !slices.ContainsFunc(docs, func(doc *page.Page) bool {
		if next := doc.Next(); next != nil && next.Request != nil {
			return true
		}
		known := func(text string) bool { return p.s.words.knows(p.s.lang, text) }
		// In a frame a page of the UI may do without links: its texts tell.
		return slices.ContainsFunc(doc.Actions(), known) || p.came != nil && slices.ContainsFunc(strings.Split(doc.Text(), "\n"), known)
	})
}

// expected returns the page that a reading led to, unless it is a stray one. A
// layout whose page is like that is believed when it shows it again.
func (p *Page) expected() (*Page, error) {
	key := strings.Join(p.path, " > ")
	if !p.stray() {
		delete(p.s.strays, key)
		return p, nil
	}
	if p.s.strays == nil {
		p.s.strays = map[string]bool{}
	}
	if p.s.strays[key] {
		return p, nil
	}
	p.s.strays[key] = true
	return nil, &lostError{reason: "in place of " + key + " the device shows a page with nothing known on it: " + p.s.say(p.p.Title()+" "+p.p.Text(), 200), stray: true}
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
		return slices.ContainsFunc(p.Actions(), func(text string) bool { return s.words.knows(s.lang, text) })
	})
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
