package remoteui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A page need not leave to become another: its scripts show an overlay or a
// message, ask the device for its state and wait in between. Such a page stays
// the live one, and is looked at again.

// Changed reports whether the last act on this very page, or the last
// [Page.Settle], left it in place and changed what a person sees of it.
func (p *Page) Changed() bool { return p.changed }

// Pending reports whether the page goes on by itself when time passes: it polls
// the device, or has said that it will send the browser on.
func (p *Page) Pending() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.usable() == nil && (p.polling() != nil || p.sentOn())
}

// Settle lets real time pass until something happens: the page changes what a
// person sees (then it is returned itself, and [Page.Changed]), leads to another
// page, which is returned, or has nothing under way any more. It waits for
// [Config.WaitTimeout] at most, and may be called again while [Page.Pending].
// Errors are those of [Page.Press] where the page was reached, or acted on, by a
// press: what its scripts send belongs to that.
func (p *Page) Settle(ctx context.Context) (*Page, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if err := p.usable(); err != nil {
		return nil, err
	}
	ctx, cancel := p.patience(ctx)
	defer cancel()
	p.changed = false
	on, err := p.proceed(ctx)
	if on == nil && err == nil {
		on = p
	}
	return on, err
}

// patience bounds the waiting on a page.
func (p *Page) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, p.s.cfg.WaitTimeout,
		fmt.Errorf("page %q asked to wait for more than %v", p.name(), p.s.cfg.WaitTimeout))
}

// polling is a document of the page that goes on by its scripts; nil if none
// does.
func (p *Page) polling() *page.Page {
	for _, d := range p.documents() {
		if d.Pending() {
			return d
		}
	}
	return nil
}

// sentOn reports whether the page has said that it will lead on.
func (p *Page) sentOn() bool {
	next := p.p.Next()
	return next != nil && next.Request != nil
}

// proceed waits for what the page does next by itself, and returns what is there
// then; nil if it does nothing.
func (p *Page) proceed(ctx context.Context) (on *Page, err error) {
	if p.s.after == p {
		defer func() { p.s.after = on }()
	}
	if !p.s.isLive(p.p) {
		return nil, nil
	}
	if p.sentOn() {
		next := p.p.Next()
		p.s.event(EventWaiting, fmt.Sprintf("page %q asks to wait %v", p.name(), next.Delay.Round(time.Second)))
		if err := sleep(ctx, next.Delay); err != nil {
			return nil, err
		}
		return p.goOn(ctx, next.Request, nil, p.actOf(next.Request), p.path)
	}
	d := p.polling()
	if d == nil {
		return nil, nil
	}
	p.s.event(EventWaiting, fmt.Sprintf("page %q waits for the device by itself", p.name()))
	out, err := p.settle(ctx, d)
	if err != nil {
		return nil, err
	}
	if p.leavesWindow(out) {
		return p.leaveWindow(ctx, out, p.act)
	}
	if out.Request == nil {
		p.changed = out.Changed
		return p, context.Cause(ctx)
	}
	p.p = d
	if err := sleep(ctx, out.Delay); err != nil {
		return nil, err
	}
	return p.goOn(ctx, out.Request, out.Elsewhere, p.actOf(out.Request), p.path)
}

// settle lets one document go on.
func (p *Page) settle(ctx context.Context, d *page.Page) (*page.Outcome, error) {
	defer p.s.doing(p.act)()
	out, err := d.Settle(ctx, p.s.cfg.WaitTimeout)
	if lost := p.s.takeLost(); lost != nil {
		return nil, lost
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return out, p.s.scrubError(err)
}

// actOf is what a request means that the page makes by itself: what a press led
// to may be a part of it, but not where it only asks for a page.
func (p *Page) actOf(r *page.Request) act {
	if r.Method == http.MethodGet {
		return read
	}
	return p.act
}

// doing says what the requests of scripts belong to until the function it
// returns is called.
func (s *Session) doing(a act) func() {
	before := s.acting
	s.acting = a
	return func() { s.acting = before }
}

// takeLost returns the error of a request of a script that may have changed the
// device and was not answered, once.
func (s *Session) takeLost() error {
	err := s.lost
	s.lost = nil
	return err
}

// formOf reports whether a request is a form of the UI: by a flag, and one that reads
// like an act only if a form of the page has it.
func formOf(p *page.Page, r *page.Request) bool {
	own := map[string]bool{}
	for _, form := range p.Forms() {
		for _, f := range form.Fields() {
			own[f.Value] = own[f.Value] || f.Name == "Flag"
		}
	}
	flags := flagsOf(r)
	return len(flags) > 0 && !slices.ContainsFunc(flags, func(flag string) bool { return readsLikeDeed(flag) && !own[flag] })
}

// byScript makes a request that a script of a page makes by itself, and follows
// its redirects. It belongs to what is being done. While pages are read, it goes
// out only if it asks for something by the conventions of the UI, and in a
// read-only session only by GET or HEAD. Where the session may write, there is one
// thing more: a click that leads on may send one form of the UI, as it would without a
// script, by its own handlers and not by what they left to answers and timers. In a press
// it is a part of the press, never made twice, and after one whose answer was lost no
// other is made. A request that is not answered is the script's to repeat.
func (s *Session) byScript(ctx context.Context, r *page.Request, referer *url.URL) (*page.Response, error) {
	a := s.acting
	if s.typing != nil && !s.typing.allows(r) {
		s.typing.held = true
		return nil, ErrMayWrite
	}
	s.asked.add(r)
	if asksForData(r) && (gets(r) || a == read) {
		if a = read; s.cfg.ReadOnly && !gets(r) {
			return nil, ErrReadOnly
		}
		if s.loggedIn && s.guarded(r) {
			return nil, ErrMayWrite
		}
	} else if a == read {
		// What is clicked to go on may send a form of the UI, by itself or by a script.
		if s.leads == nil || s.guarded(r) || !r.Script.Clicked || !formOf(s.leads, r) {
			return nil, ErrMayWrite
		}
		s.leads = nil
	}
	if a == write && s.lost != nil {
		return nil, s.lost
	}
	if a == write {
		s.pressed() // it may be sent long after the click
	}
	res, err := s.sendByScript(ctx, r, referer, a)
	if err != nil {
		if a == write {
			s.lost = ambiguousIf(a, err)
		}
		return nil, s.scrubError(err)
	}
	text, _ := res.text()
	return &page.Response{Status: res.status, URL: res.url, Header: res.header, Text: text}, nil
}

func (s *Session) sendByScript(ctx context.Context, r *page.Request, referer *url.URL, a act) (*response, error) {
	for range 1 + maxRedirects {
		res, err := s.t.send(ctx, r, referer, a == write)
		if err != nil {
			return nil, err
		}
		s.cfg.Recorder.add(r, res, a)
		if res.location == nil {
			return res, nil
		}
		if r = redirected(r, res); !repeats(res) {
			a = read // the write was answered: what follows only shows a page
		}
		if s.loggedIn && s.guarded(r) || a == read && !gets(r) && !asksForData(r) {
			return nil, ErrMayWrite
		}
	}
	return nil, fmt.Errorf("%s: redirects do not end", s.t.where(r.URL))
}
