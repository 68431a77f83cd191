package remoteui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/internal/walk"
)

// Nearly all the time of a run on a real device would go into walking in from
// the portal page again and again. A person uses the menu of the page in front.

// shortcut goes to a page from the one in front, or by asking once more for what
// a menu was seen to ask for, as a person who goes back and clicks again; nil if
// no way is known, or the one taken led nowhere. What a menu calls the same may be
// something else, so an item is taken only where it asks for what it was seen to
// ask for.
func (s *Session) shortcut(ctx context.Context, path []Label) (*Page, error) {
	if walk.FromPortal {
		return nil, nil
	}
	p := s.standing()
	for i := len(path) - 1; i >= 0; i-- {
		if p != nil && p.at(path[:i]) {
			return s.walkFrom(ctx, p, path, i)
		}
		at, err := s.goKnown(ctx, p, path[:i+1])
		if err != nil {
			return nil, err // it was taken, and failed: from the portal page, then
		}
		if at != nil {
			to, err := s.walkFrom(ctx, at, path, i+1)
			if missing(err) && at.peeked {
				s.another(at)
			}
			return to, err
		}
	}
	return nil, nil
}

// another notes that in place of a page which was asked for past its menu another one
// may have come: from now on none is asked for so.
func (s *Session) another(at *Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(at.path) == 1 {
		s.byPortal = true
	} else {
		s.ordered = true
	}
}

// standing is the page that a person has in front of them; nil if there is none.
func (s *Session) standing() *Page {
	if walk.FromPortal {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.here == nil || s.closed || !s.isLive(s.here.p) || s.here.left {
		return nil
	}
	return s.here
}

// fresh is how long a page is what a person has just read.
const fresh = 15 * time.Second

// Here returns the page in front, if these labels led to it, it was loaded within
// the last seconds and nothing was pressed on it; else nil. It is for going on from
// what was read a moment ago, where [Session.Walk] would ask for the very same page
// once more; a look whether something changed since has to walk.
func (s *Session) Here(path ...Label) *Page {
	if p := s.standing(); p != nil && p.at(path) && p.turns == 0 && p.Fresh() {
		return p
	}
	return nil
}

// Fresh reports whether a page is the one in front, was loaded within the last
// seconds, and nothing was pressed on it.
func (p *Page) Fresh() bool {
	return p == p.s.standing() && p.act == read && !p.changed && time.Since(p.loaded) <= fresh
}

// turn tells what a session reads before it presses something, or logs in anew, from
// what it reads after that.
type turn struct{ presses, logins int }

func (s *Session) turn() turn { return turn{s.presses, s.allLogins} }

// Moment returns a function that reports whether what this page showed is still what
// was read a moment ago: within the last seconds, with nothing pressed since, in no
// page of this session, which is the same. Other pages may have been read. An act may
// begin with what was read in its moment, see [Intent].Seen; a look whether something
// changed since may not.
func (p *Page) Moment() func() bool {
	s, loaded, turn := p.s, p.loaded, p.turn
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.closed && !walk.FromPortal && s.turn() == turn && time.Since(loaded) <= fresh
	}
}

// at reports whether the labels of a way, one at least, led to this page.
func (p *Page) at(way []Label) bool {
	return len(way) > 0 && slices.EqualFunc(p.path, way, func(have string, want Label) bool { return have == string(want) })
}

// way is what the last label of a way asks for.
type way struct {
	asks    string        // see askedFor
	again   *page.Request // for asking once more; nil: only by clicking
	referer *url.URL
	title   string // of the page that came
	at      string // what its address asks for, if it came by a GET; see askedFor
	// landed asks for the first page of an area itself, where its item is answered
	// by pages that only lead on; nil: not known.
	landed *page.Request
}

// goKnown goes the last step of a way that was gone before: by the item of the
// page in front that asks for the same, or by asking for it again. Nil if neither
// can be.
func (s *Session) goKnown(ctx context.Context, p *Page, path []Label) (*Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.ways[wayKey(path)]
	if !ok || s.closed {
		return nil, nil
	}
	names := make([]string, len(path))
	for i, l := range path {
		names[i] = string(l)
	}
	within := s.here != nil && len(s.here.path) > 0 && s.here.path[0] == names[0]
	if known.landed != nil && within {
		to, err := s.follow(ctx, known.landed, s.here.p.URL(), read, names)
		if err == nil && to.p.Title() == known.title {
			to.by, to.asked, s.here = known.asks, true, to
			return to.expected()
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s.roundabout = true // it wants to be entered by its item
		known.landed = nil
		s.ways[wayKey(path)] = known
	}
	if to, err := s.clickKnown(ctx, p, path[len(path)-1], known, names); to != nil || err != nil {
		return to, err
	}
	// The portal page, and each of the areas behind it, may begin the device's count
	// of pages anew: only within one of them is a page asked for again, and an area
	// itself from within another.
	area := len(path) == 1
	across := area && !s.byPortal && s.here != nil && len(s.here.path) > 0
	if known.again == nil || s.ordered || !within && !across {
		return nil, nil
	}
	to, err := s.follow(ctx, known.again, known.referer, read, names)
	if err == nil && known.title == "" { // see foresee
		known.title, to.peeked = to.p.Title(), true
		if to.got {
			known.at = addressOf(to.p)
		}
		s.ways[wayKey(path)] = known
	}
	if err == nil && to.p.Title() != known.title {
		err = &lostError{reason: "asked for " + names[len(names)-1] + " once more the device shows another page"}
	}
	switch {
	case err != nil && !within && ctx.Err() == nil:
		s.byPortal = true
		return nil, nil
	case err != nil:
		s.ordered = ctx.Err() == nil // it wants its pages in order, or the session is gone
		return nil, err
	}
	if area && !within {
		s.enterAnew()
		known.landed = s.landedOn(to)
		s.ways[wayKey(path)] = known
	}
	to.by, to.asked, s.here = known.asks, true, to
	return to.expected()
}

// arrived returns the page of a way if the device itself led there after something was
// pressed, by a redirect say: it was asked for after that, as it would be now. It is
// so once: who walks again looks again.
func (s *Session) arrived(path []Label) *Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.after, s.ways[wayKey(path)]
	s.after = nil
	if p == nil || walk.FromPortal || s.closed || !s.isLive(p.p) || s.turn() != p.turn || time.Since(p.loaded) > fresh || p.changed ||
		p.window != nil || p.opener != nil || p.sentOn() || p.polling() != nil ||
		!p.got || known.at == "" || known.at != addressOf(p.p) || known.title != p.p.Title() {
		return nil
	}
	p.path = make([]string, len(path))
	for i, l := range path {
		p.path[i] = string(l)
	}
	p.by, p.asked, p.act, s.here = known.asks, true, read, p
	return p
}

// addressOf says what the address of a page asks for.
func addressOf(p *page.Page) string {
	return askedFor(&page.Request{Method: http.MethodGet, URL: p.URL()})
}

// landedOn asks for the first page of an area itself; nil if that is not to be.
func (s *Session) landedOn(first *Page) *page.Request {
	if !first.got || s.roundabout {
		return nil
	}
	return &page.Request{Method: http.MethodGet, URL: first.p.URL()}
}

// enterAnew forgets how to ask for the pages of areas: one is entered anew, and none of
// its pages was seen yet.
func (s *Session) enterAnew() {
	for k, w := range s.ways {
		if strings.Contains(k, "\n") {
			w.again = nil
			s.ways[k] = w
		}
	}
}

// Foresee says which pages will be walked to, each by the labels of its way, so
// that a walk may go from one page behind a menu to the next without the menu:
// whenever one passes by a menu, it notes what these items ask for there, without
// asking for it, and later asks for each as if it had been clicked. Menus are the
// portal page, and what the first two labels of a way lead to; what lies deeper are
// lists and forms, on which nothing is clicked for this. Where such a page turns out
// not to be understood, [Session.Retry] takes the way through the menu.
func (s *Session) Foresee(ways ...[]Label) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.foreseen == nil {
		s.foreseen, s.alive = map[string][]Label{}, map[string]bool{}
	}
	for _, w := range ways {
		for i := range min(len(w), 3) {
			menu := wayKey(w[:i])
			if !slices.Contains(s.foreseen[menu], w[i]) {
				s.foreseen[menu] = append(s.foreseen[menu], w[i])
			}
		}
	}
}

// foresee notes what the items of a menu ask for. What is not there, or does more
// than ask for a page, is left out. It reports whether the page is another one by that,
// as a menu that folds its items is: then it has to be loaded anew, and is left alone
// from then on.
func (p *Page) foresee(ctx context.Context) (changed bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if walk.FromPortal || p.s.ordered || p.usable() != nil || p.window != nil || p.opener != nil {
		return false
	}
	menu := wayKey(nil, p.path...)
	if p.s.alive[menu] {
		return false
	}
	for _, l := range p.s.foreseen[menu] {
		key := wayKey(nil, append(p.path[:len(p.path):len(p.path)], string(l))...)
		known := p.s.ways[key]
		if known.again != nil || p.s.pinnedPage(l) != nil {
			continue
		}
		target, err := p.item(l, Where{quiet: true})
		if err != nil || target.Disabled() || target.Within() != "" {
			continue
		}
		out, err := target.Click(ctx, page.ClickOptions{})
		if err != nil || out.Changed || out.Requested || len(out.Elsewhere) > 0 {
			p.s.alive[menu] = true // it is more than a menu
			return true
		}
		r := out.Request
		if out.Refused || r == nil || r.Method != http.MethodGet || r.Target != "" || out.Opened != "" || !asksForPage(r) || p.s.guarded(r) {
			continue
		}
		if p.s.ways == nil {
			p.s.ways = map[string]way{}
		}
		p.s.ways[key] = way{asks: askedFor(r), again: r, referer: p.p.URL(), title: known.title}
	}
	return false
}

// clickKnown clicks a label of the page in front, if that asks for what is known.
func (s *Session) clickKnown(ctx context.Context, p *Page, l Label, known way, names []string) (*Page, error) {
	if p == nil || s.pinnedPage(l) != nil || p.usable() != nil {
		return nil, nil
	}
	target, err := p.item(l, Where{quiet: true})
	if err != nil || target.Disabled() {
		return nil, nil
	}
	if within := target.Within(); within != "" {
		if within != known.asks {
			return nil, nil
		}
		to, err := p.clickWithin(ctx, target, names)
		if to != nil && to.p.Title() != known.title {
			s.here = nil // from the portal page, then
			return nil, err
		}
		return to, err
	}
	out, err := target.Click(ctx, page.ClickOptions{})
	if err != nil || out.Refused || out.Request == nil || askedFor(out.Request) != known.asks || !asksForPage(out.Request) {
		return nil, nil
	}
	to, err := p.goOn(ctx, out.Request, out.Elsewhere, read, names)
	if err != nil {
		return nil, err
	}
	to.by, to.asked, s.here = known.asks, true, to
	return to.expected()
}

// learnWay notes what the last label of a way asked for.
func (s *Session) learnWay(path []Label, from, to *Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to.by == "" || !to.at(path) {
		return
	}
	known := way{asks: to.by, title: to.p.Title(), referer: from.p.URL()}
	if r := to.request; r != nil && r.Method == http.MethodGet && r.Target == "" && from.window == nil && to.window == nil {
		known.again = r
	}
	if to.got {
		known.at = addressOf(to.p)
	}
	if s.ways == nil {
		s.ways = map[string]way{}
	}
	if len(path) == 1 {
		s.enterAnew()
		if known.again != nil {
			known.landed = s.landedOn(to)
		}
	}
	s.ways[wayKey(path)] = known
}

// learnStep notes what a step that leads from one page of an act to the next asked
// for, if it is always the same.
func (s *Session) learnStep(step Step, from, to *Page) {
	if step.Row != nil || step.Where != (Where{}) || step.Section != "" || len(from.path) == 0 {
		return
	}
	path := make([]Label, len(to.path))
	for i, name := range to.path {
		path[i] = Label(name)
	}
	s.learnWay(path, from, to)
}

// knows reports whether a page can be asked for again.
func (s *Session) knows(path []Label) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ways[wayKey(path)].again != nil
}

func wayKey(way []Label, names ...string) string {
	for _, l := range way {
		names = append(names, string(l))
	}
	return strings.Join(names, "\n")
}

// changing are values that differ each time a page is asked for: tokens, and the
// time that keeps a browser from answering out of its cache.
var changing = lazyregexp.New(`^(?:\d{6,}|[0-9A-Fa-f]{8,}|.*[A-Za-z0-9+/_-]{16,}.*)$`)

// askedFor says what a request asks for, without what changes each time.
func askedFor(r *page.Request) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.Host + r.URL.Path)
	add := func(name, value string) {
		if changing.MatchString(value) {
			value = "*"
		}
		b.WriteString("\n" + url.QueryEscape(name) + "=" + url.QueryEscape(value))
	}
	for _, pair := range strings.Split(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		add(name, value)
	}
	b.WriteString("\n")
	for _, f := range r.Fields {
		add(f.Name, f.Value)
	}
	return b.String()
}
