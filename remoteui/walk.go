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
	"github.com/rekey-go/rekey/remoteui/internal/walk"
)

// Portal returns the page one lands on.
func (s *Session) Portal(ctx context.Context) (*Page, error) { return s.Walk(ctx) }

// Walk goes to a page by the labels on the way to it from the portal page. It
// takes the shortest way that is known to lead there: from the page in front, if
// that lies on the way or its menu has an item that was seen to ask for the same,
// as a person does; else from the portal page. Every reading begins with a walk,
// so that it can be repeated; see [Session.Retry]. Errors: [*PageError] for the
// label that is missing.
func (s *Session) Walk(ctx context.Context, path ...Label) (*Page, error) {
	var p *Page
	err := s.Retry(ctx, func() (err error) {
		p, err = s.walkOnce(ctx, path)
		return err
	})
	return p, err
}

// Retry does something that can be repeated from the portal page on: a reading,
// or filling in a form up to what stores it. A page with nothing known on it (so
// looks a busy device, or an error page in a language whose words are not known)
// is asked for once more. If the device has forgotten the session, or still
// shows such a page where a label is missing, it logs in anew and does it again:
// twice at most, and for one such page once in a session.
func (s *Session) Retry(ctx context.Context, do func() error) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return ErrClosed
	}
	var first error
	for logins, strays := 0, 0; ; {
		err := do()
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
		if _, ambiguous := errors.AsType[*AmbiguousWriteError](err); ambiguous || ctx.Err() != nil {
			return err // a write is never repeated unseen
		}
		if missing(err) && s.wasPeeked() {
			continue
		}
		switch {
		case straying(err):
			// Each page is believed when it is shown again, so this ends by itself.
			if strays++; strays > maxStrays {
				return first
			}
			if err := sleep(ctx, busyPause); err != nil {
				return err
			}
			continue
		case lost(err) || missing(err) && s.strangeAnew():
			if logins++; logins > 2 {
				return first
			}
		default:
			return err
		}
		if err := s.login(ctx); err != nil {
			return err
		}
	}
}

// wasPeeked reports whether the page in front was asked for past its menu. Another
// may have come in its place, so from now on none is.
func (s *Session) wasPeeked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.here == nil || !s.here.peeked {
		return false
	}
	s.ordered, s.here = true, nil
	return true
}

// busyPause is left to a device that showed something else than it was asked for.
const busyPause = 2 * time.Second

func lost(err error) bool {
	e, ok := errors.AsType[*lostError](err)
	return ok && !e.stray
}

func missing(err error) bool {
	_, ok := errors.AsType[*PageError](err)
	return ok
}

func straying(err error) bool {
	e, ok := errors.AsType[*lostError](err)
	return ok && e.stray
}

// maxStrays bounds how many pages of one way are asked for once more.
const maxStrays = 4

// stray reports whether the page offers nothing to click that is known, and does
// not go on by itself: what a device shows in place of the page asked for when it
// is busy, or has forgotten the session.
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

// strangeAnew reports whether the page loaded last has nothing to click that is
// known, which no page of the UI was seen to be like, and was not met before in
// this session: where logging in anew changed nothing, the device is like that.
func (s *Session) strangeAnew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var text strings.Builder
	for _, p := range s.live {
		if slices.ContainsFunc(p.Actions(), func(text string) bool { return s.words.knows(s.lang, text) }) {
			return false
		}
		text.WriteString(clip(p.Title()+"\n"+p.Text(), 500))
	}
	if s.strange[text.String()] {
		return false
	}
	if s.strange == nil {
		s.strange = map[string]bool{}
	}
	s.strange[text.String()] = true
	return true
}

// walkOnce goes from where one stands, or else from the portal page, as where a document
// shows from memory what was asked for.
func (s *Session) walkOnce(ctx context.Context, path []Label) (*Page, error) {
	if p := s.arrived(path); p != nil {
		return p, nil
	}
	p, err := s.shortcut(ctx, path)
	if p != nil && !p.loaded.IsZero() || tooMuch(err) { // from the portal page the same page would come, at the same cost
		return p, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.walkFromFront(ctx, path)
}

func (s *Session) walkFromFront(ctx context.Context, path []Label) (*Page, error) {
	p, err := s.front(ctx)
	if err == nil && p.foresee(ctx) {
		p, err = s.front(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("portal page: %w", err)
	}
	return s.walkFrom(ctx, p, path, 0)
}

// walkFrom follows the labels of a way from the i-th on.
func (s *Session) walkFrom(ctx context.Context, p *Page, path []Label, i int) (*Page, error) {
	for ; i < len(path); i++ {
		if p.foresee(ctx) {
			return s.walkFromFront(ctx, path)
		}
		next, err := p.Follow(ctx, path[i])
		if next == p && i+1 < len(path) && p.folded(path[i+1]) { // it was open
			next, err = p.Follow(ctx, path[i])
		}
		if err != nil {
			// A page that a profile knows the address of needs no menu.
			if i = s.nextPinned(path, i); i < 0 || !missing(err) {
				return nil, err
			}
			if next, err = p.Follow(ctx, path[i]); err != nil {
				return nil, err
			}
		}
		s.learnWay(path[:i+1], p, next)
		p = next
	}
	return p, nil
}

// folded reports whether a page that was clicked on, and stays, has not what the click
// was to show, and is not about to.
func (p *Page) folded(l Label) bool {
	p.s.mu.Lock()
	polls := p.polling() != nil
	p.s.mu.Unlock()
	return !polls && lacking(p.canClick(l, Where{quiet: true}, false))
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

// front loads the portal page, or goes on from the one that the login led to a
// moment ago.
func (s *Session) front(ctx context.Context) (*Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	p, err := s.landing, error(nil)
	if s.landing = nil; p == nil || !s.isLive(p.p) || time.Since(p.loaded) > fresh || s.ordered || walk.FromPortal {
		if p, err = s.get(ctx, s.homeURL(), nil); err == nil {
			p, err = s.openFrames(ctx, p)
		}
	}
	if s.here = p; err == nil {
		s.everywhere = nil
		for _, doc := range p.documents() {
			s.everywhere = append(s.everywhere, doc.Actions()...)
		}
	}
	return p, err
}

// homeURL is the address of the portal page.
func (s *Session) homeURL() *url.URL {
	if s.home != nil {
		return s.home
	}
	return s.entry
}
