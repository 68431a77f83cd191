package remoteui

import (
	"context"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A document may stay for good, and show one page after the other: what follows # in
// its address says which, or nothing does, and its scripts ask the device for what
// they show. To whoever reads, each is a page as if it had been loaded.

// asks are the requests of scripts since one click began: of its handlers, and of what
// it left to timers.
type asks struct {
	count, pages int // all, and those that only ask for a page, and say so
}

func (a *asks) add(r *page.Request) {
	a.count++
	if asksForPage(r) && len(flagsOf(r)) > 0 && !acts(r.URL) {
		a.pages++
	}
}

// onlyAsked reports whether the last click of the session led to this page, asked for it,
// by a link, a form or its scripts, and sent nothing else: then a command that stands on
// it was not given yet. What a script sends later takes that back.
func (p *Page) onlyAsked() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.asked && p.sent != nil && p.sent == p.s.asked && p.sent.count == p.sent.pages
}

// stays is the page in front after a click that loaded no other document. It is another
// page of the same document if the address of that is another one now, or if the
// click was for reading and the device was asked for what is shown. Else it is the
// same one, changed. What is shown without the device's having been asked is what the
// scripts remember: it is not fresh, and was read in no moment.
func (p *Page) stays(out *page.Outcome, a act, moved bool, within, step string) (*Page, error) {
	if !out.Changed || !moved && (a == write || !out.Requested) {
		return p, nil
	}
	next := &Page{
		s: p.s, p: p.p, window: p.window, opener: p.opener, windowName: p.windowName, inside: p.inside, unseen: p.unseen,
		path: append(p.path[:len(p.path):len(p.path)], step), loaded: time.Now(), turn: p.s.turn(), act: a,
		asked: p.s.asked.count > 0, sent: p.s.asked, by: within,
	}
	if !out.Requested {
		next.loaded = time.Time{}
	}
	p.left, p.changed = moved, false
	p.s.here, p.s.after = next, nil
	if reason := p.s.lostReason(p.p); p.s.loggedIn && reason != "" {
		return nil, ambiguousIf(a, &lostError{reason: reason})
	}
	return next, nil
}

// clickWithin goes to a page of the document in front that was seen before; nil if that
// shows nothing new, as where one is there already.
func (p *Page) clickWithin(ctx context.Context, target *page.Action, names []string) (*Page, error) {
	within, place := target.Within(), p.p.Place()
	p.s.asked = &asks{}
	out, err := target.Click(ctx, page.ClickOptions{})
	if lost := p.s.takeLost(); err != nil || lost != nil || out.Refused || out.Request != nil || !out.Requested {
		p.s.here = nil // from the portal page, then
		return nil, nil
	}
	to, err := p.stays(out, read, p.p.Place() != place, within, "")
	if err != nil || to == p {
		return nil, err
	}
	to.path = names
	return to, nil
}
