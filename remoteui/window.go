package remoteui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A link, a form or a script may open a small window: to choose a key in, say.
// Its page lies in front; the one that opened it stays live behind it, and what
// the window's scripts do there has happened when the window closes. A session
// looks into one window: acting on the page behind leaves the small one.

// maxWindows bounds the small windows that lie one over the other: one more
// takes the place of the last.
const maxWindows = 3

// Opener returns the page that opened the small window that this one is in; nil
// if it is in none. When the window closes, that page is what a press returns.
func (p *Page) Opener() *Page { return p.opener }

// Shut closes the small window that the page is in, as a person does who does
// not want it, and returns the page behind it.
func (p *Page) Shut() (*Page, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if err := p.usable(); err != nil {
		return nil, err
	}
	if p.opener == nil {
		return nil, errors.New("page " + p.name() + " is in no small window")
	}
	return p.backTo(), nil
}

// overlay returns the text of what lies in front of the page, such as a question
// in a box, and whether anything does that keeps a person from clicking on what
// is behind it. Only what is in it can be clicked then.
func (p *Page) overlay() (text string, shown bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, d := range p.documents() {
		if text, shown = d.Overlay(); shown {
			return p.s.scrub(text), true
		}
	}
	return "", false
}

// all are the documents of a page and of those behind it; none of nil.
func (p *Page) all() []*page.Page {
	var all []*page.Page
	for ; p != nil; p = p.opener {
		all = append(all, p.documents()...)
	}
	return all
}

// windows counts the small windows up to this page's.
func (p *Page) windows() int {
	n := 0
	for ; p.opener != nil; p = p.opener {
		n++
	}
	return n
}

// opensWindow reports whether a target is a window of its own: not this one, or
// a frame of it.
func (p *Page) opensWindow(target string) bool {
	return target != "" && target != p.windowName && !wholeWindow(target) && !strings.EqualFold(target, "_self") && p.frameFor(target) < 0
}

// inFront has the next pages load into the small window in front of a page, or
// into the one window there is, until the function it returns is called.
func (s *Session) inFront(behind *Page, name string, inside bool) func() {
	was, wasName, wasInside := s.behind, s.windowName, s.inside
	s.behind, s.windowName, s.inside = behind, name, inside
	return func() { s.behind, s.windowName, s.inside = was, wasName, wasInside }
}

// leavesWindow reports whether an act in a small window ends in the page behind.
func (p *Page) leavesWindow(out *page.Outcome) bool {
	return p.opener != nil && (out.Closed || out.Behind != nil && out.Behind.Request != nil)
}

// leaveWindow goes back to the page behind the small window, and on from there
// if the window sent it elsewhere. What the window itself was to load is sent,
// for the device to hear, but nobody sees the answer.
func (p *Page) leaveWindow(ctx context.Context, out *page.Outcome, a act) (*Page, error) {
	if out.Request != nil {
		defer p.s.inFront(nil, "", false)()
		if _, err := p.s.exchange(ctx, out.Request, p.p.URL(), a); err != nil {
			return nil, err
		}
	}
	return p.afterWindow(ctx, out.Behind, a, out.Alerts)
}

// afterWindow goes back to the page behind, which keeps what the window said last.
func (p *Page) afterWindow(ctx context.Context, behind *page.Outcome, a act, told []string) (*Page, error) {
	back := p.backTo()
	if !p.inside {
		told = nil // they were about the window's own work
	}
	back.told = told
	if a == write {
		back.act = write
	}
	if behind == nil {
		return back, nil
	}
	if back.changed = behind.Changed; behind.Request == nil {
		return back, nil
	}
	if err := sleep(ctx, behind.Delay); err != nil {
		return nil, ambiguousIf(a, err)
	}
	on, err := back.goOn(ctx, behind.Request, behind.Elsewhere, a, back.path)
	if err == nil && on != back {
		on.told = append(told[:len(told):len(told)], on.told...)
	}
	return on, err
}

// leftAtOnce goes back where the page closed its window while it was loaded, or is in
// a frame that nobody sees.
func (p *Page) leftAtOnce(ctx context.Context, a act) (*Page, error) {
	if p.opener == nil {
		return p, nil
	}
	for _, d := range p.documents() {
		if closed, behind := d.Left(); closed || p.unseen || behind != nil && behind.Request != nil {
			if p.s.returns++; p.s.returns > maxHops {
				return nil, ambiguousIf(a, errors.New("windows and frames lead on without end"))
			}
			told := d.Alerts()
			if behind != nil {
				told = append(told, behind.Alerts...)
			}
			return p.afterWindow(ctx, behind, a, told)
		}
	}
	return p, nil
}

// backTo closes the window and returns the page behind it, which is live again.
func (p *Page) backTo() *Page {
	back := p.opener
	stays := back.all()
	for _, d := range p.s.live {
		if !slices.Contains(stays, d) {
			d.Close()
		}
	}
	p.s.live = stays
	back.changed = false
	back.p.WindowClosed(p.windowName)
	return back
}
