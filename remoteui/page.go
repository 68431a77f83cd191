package remoteui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Page is a page of the Remote UI as a person sees it. It stays usable for
// reading after another page was loaded, but only the session's newest page
// can be acted on: a browser with one tab.
type Page struct {
	s    *Session
	p    *page.Page
	path []string // the labels that led here, for messages
	// window are the documents of a set of frames, one of which is p.
	window  []frame
	asked   bool          // whether that click asked for this page, see onlyAsked
	sent    *asks         // by scripts since that click; nil: not known
	by      string        // what the click that led here asked for, see askedFor
	request *page.Request // that the click that led here made
	loaded  time.Time
	turn    turn // of the session, when it was loaded
	peeked  bool // it was asked for without having been seen before, see Foresee
	got     bool // by a GET, the last one of those that it took
	turns   int  // how many pages of a list come before it
	// came are those that came last: all, or that of one frame.
	came    []*page.Page
	left    bool // the document shows another page, see stays
	act     act  // by which it came, or that was done on it last
	changed bool // see Changed
	// opener is the page that opened the small window that this one is in; nil: no
	// small window. windowName is the window's. inside: it is an inline frame of that
	// page, and unseen one that nobody sees.
	opener         *Page
	windowName     string
	inside, unseen bool
	told           []string // by the documents of small windows that are gone
	// tabs of the page, and the one in front; see [Page.inTabs].
	tabs    []*tab
	front   *tab
	tabless bool // there are none
}

// Where narrows a search, and says how an act is meant.
type Where struct {
	Section Label  // within the part of the page under this heading; empty: anywhere
	Row     *Row   // within this row of a table; nil: anywhere
	Text    string // by this very text in place of a label's texts (a key's name, say)
	// Column, with Row: the one thing to click in the row's cell of this column,
	// whatever it is called: icons have no text that is printed anywhere.
	Column  Label
	Confirm bool // answer yes if the page asks
	// About answers yes if what the page asks is about this, else no, which is a
	// [*QuestionError]; in place of Confirm. Nil: Confirm says.
	About *Object
	// Reads: for clicking what is not known by a label. The request is made only
	// if it does not read like an act: a GET, or a POST with a flag, and no
	// Exec_Data, Delete_Data and the like in either, which is how the UI writes.
	Reads bool
	// Button: a button of a form only, not a link. An item of a menu may be called
	// the same as the button on the page that it leads to.
	Button bool
	// timid, with Reads: for what is not known at all, nor is a flag of its own kind.
	timid bool
	// quiet: that it is missing is all that is asked, and why, in the words of the
	// page, is not told.
	quiet bool
}

// maxTitle bounds what is kept of a title, in characters.
const maxTitle = 300

// Title returns the page's title, on one line.
func (p *Page) Title() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.say(p.p.Title(), maxTitle)
}

// Text returns the visible text, block by block on lines of their own, without
// the secrets that the device was sent.
func (p *Page) Text() string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.scrub(p.p.Text())
}

// Follow clicks a link or button that leads to another page. It is for acts
// that only navigate. A read-only session makes the request only if it does not
// look as if it would act: else the error is [ErrMayWrite], within a [*PageError].
func (p *Page) Follow(ctx context.Context, l Label, w ...Where) (*Page, error) {
	if len(w) == 0 || w[0] == (Where{Reads: true}) {
		if next, err := p.goPinned(ctx, l); next != nil || err != nil {
			return next, err
		}
	}
	return p.click(ctx, l, one(w), read)
}

// goPinned goes to the page that a label leads to by the address that a profile
// gives; nil if none does.
func (p *Page) goPinned(ctx context.Context, l Label) (*Page, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	to := p.s.pinnedPage(l)
	if to == nil {
		return nil, nil
	}
	if err := p.usable(); err != nil {
		return nil, err
	}
	u := *p.s.entry // its host and scheme, whatever the profile says
	u.Path, u.RawPath, u.RawQuery = to.target.Path, to.target.RawPath, to.target.RawQuery
	path := append(p.path[:len(p.path):len(p.path)], string(l))
	next, err := p.s.follow(ctx, &page.Request{Method: http.MethodGet, URL: &u}, p.p.URL(), read, path)
	if err != nil {
		return nil, fmt.Errorf("page %s, pinned at %s: %w", l, to.at, err)
	}
	p.s.reliedPin(to, next.name())
	p.s.here = next
	return next, nil
}

// Press clicks a link or button that may change the device. Where the page
// changed itself and stays, or polls, it is returned itself: see [Page.Changed]
// and [Page.Settle]. Where it opened a small window, that is returned, and where
// it closed one, the page behind: see [Page.Opener]. Errors:
// [ErrReadOnly]; [*RefusedError] with the device's words if the page itself
// refused; [*AmbiguousWriteError] if the answer was lost: then, and after
// success too, what really happened is found out by reading.
func (p *Page) Press(ctx context.Context, l Label, w ...Where) (*Page, error) {
	if p.s.cfg.ReadOnly {
		return nil, fmt.Errorf("%q on page %q: %w", l, p.name(), ErrReadOnly)
	}
	return p.click(ctx, l, one(w), write)
}

func one(w []Where) Where {
	if len(w) == 0 {
		return Where{}
	}
	return w[0]
}

func (p *Page) click(ctx context.Context, l Label, w Where, a act) (*Page, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if err := p.usable(); err != nil {
		return nil, err
	}
	var target *page.Action
	find := func() (err error) { target, err = p.action(l, w); return err }
	if a == read {
		find = func() (err error) { target, err = p.item(l, w); return err }
	}
	err := p.wait(ctx, find)
	if a == read && w.Row == nil && w.Text == "" { // what is pressed is pressed where one is
		err = p.inTabs(ctx, err, find)
	}
	if err != nil {
		return nil, err
	}
	if target.Disabled() {
		return nil, p.fail(l, w, ErrGreyed)
	}
	name, within, place := p.name(), target.Within(), p.p.Place()
	p.told, p.asked = nil, false // where it stays in front it is not what is asked for now
	p.s.returns, p.s.asked = 0, &asks{}
	done := p.s.doing(a)
	if a == read && w == (Where{Section: w.Section, Row: w.Row, Text: w.Text, Column: w.Column, Button: w.Button}) {
		p.s.leads = p.p
	}
	working, worked := p.s.t.working(ctx, 0, nil)
	var foreign error
	answers := page.ClickOptions{Confirm: w.Confirm}
	if w.About != nil {
		answers.Answer = func(question string) bool {
			err := w.About.judge(name, p.s.scrub(question), p.inQuotes(question))
			foreign = cmp.Or(foreign, err)
			return err == nil
		}
	}
	out, err := target.Click(working, answers)
	p.s.leads = nil
	done()
	worked()
	if foreign != nil { // whatever the page made of the no, nothing of it is followed
		return nil, foreign
	}
	if lost := p.s.takeLost(); lost != nil {
		return nil, lost
	}
	if err != nil {
		return nil, fmt.Errorf("page %q: clicking %q: %w", name, l, p.s.scrubError(err))
	}
	if p.changed = out.Changed; a == write {
		p.act = write
	}
	if p.leavesWindow(out) {
		return p.leaveWindow(ctx, out, a)
	}
	if a == write && out.Requested {
		p.s.pressed()
	}
	if out.Request == nil && !out.Refused && (out.Changed || out.Requested || out.File != nil || p.polling() != nil) {
		return p.stays(out, a, p.p.Place() != place, within, label(l, w))
	}
	if out.Refused || out.Request == nil {
		text := strings.TrimSpace(strings.Join(append(out.Alerts, out.Confirmations...), " "))
		if text == "" && out.Request == nil {
			return nil, p.fail(l, w, errors.New("was clicked, but the page asked for nothing"))
		}
		return nil, &RefusedError{Page: name, Text: p.s.say(text, 300)}
	}
	if w.Reads && mayAct(out.Request) || w.timid && !asksForPage(out.Request) || a == read && p.s.guarded(out.Request) {
		return nil, p.fail(l, w, ErrMayWrite)
	}
	if a == write {
		p.s.pressed()
	}
	to, err := p.goOn(ctx, out.Request, out.Elsewhere, a, append(p.path[:len(p.path):len(p.path)], label(l, w)))
	if err == nil {
		if p.s.here = to; to != p { // else the answer went into a window that is gone
			to.asked, to.sent, to.by, to.request = asksForPage(out.Request), p.s.asked, askedFor(out.Request), out.Request
		}
	}
	if p.s.after = nil; err == nil && a == write {
		p.s.after = to
	}
	if err != nil || a == write {
		return to, err
	}
	return to.expected()
}

func (p *Page) usable() error {
	switch {
	case p.s.closed:
		return ErrClosed
	case !p.s.isLive(p.p) || p.left:
		return fmt.Errorf("page %q was left: another one has been loaded since", p.name())
	}
	return nil
}

// wait runs find; while what is wanted is missing and the page says that it
// will send the browser on, or polls the device, it waits for that, up to
// Config.WaitTimeout. That is how wait pages of minutes are passed, and only
// when they must be.
func (p *Page) wait(ctx context.Context, find func() error) error {
	ctx, cancel := p.patience(ctx)
	defer cancel()
	for {
		err := find()
		if _, missing := errors.AsType[*page.NotFoundError](err); !missing {
			return err
		}
		on, stopped := p.proceed(ctx)
		if stopped != nil {
			return stopped
		}
		if on == nil {
			return err
		}
		p.p, p.window, p.came = on.p, on.window, on.came
		p.tabs, p.front, p.tabless = nil, nil, false
	}
}

// action finds something to click.
func (p *Page) action(l Label, w Where) (*page.Action, error) {
	if w.Column != "" {
		return p.actionInCell(w)
	}
	var found *page.Action
	err := p.resolve(RoleButton, l, w, func(texts []string, sc page.Scope) (string, error) {
		a, err := p.p.Action(texts, sc)
		if err != nil {
			return "", err
		}
		found = a
		return a.Label(), nil
	})
	return found, err
}

// item finds what only leads on. A menu may have two items of which each is called
// as a label may read, one for what a list of policies is turned on by, say, and one
// for the list: then it is the one of the label's best name, as the one whose name a
// person knows from the manual. What is pressed is never chosen so.
func (p *Page) item(l Label, w Where) (*page.Action, error) {
	a, err := p.action(l, w)
	if _, ambiguous := errors.AsType[*page.AmbiguousError](err); !ambiguous || w.Text != "" || w.Column != "" {
		return a, err
	}
	known := p.s.texts(l)
	for _, t := range known {
		named := w
		named.Text = t.Text
		a, textErr := p.action(l, named)
		if _, missing := errors.AsType[*page.NotFoundError](textErr); missing {
			continue
		}
		if textErr != nil {
			return nil, err
		}
		p.s.relied(l, a.Label(), known, p.name())
		return a, nil
	}
	return nil, err
}

// actionInCell finds what can be clicked in one cell of a row.
func (p *Page) actionInCell(w Where) (*page.Action, error) {
	texts := p.s.allTexts(w.Column)
	cell, ok := w.Row.r.Cell(texts)
	if !ok {
		return nil, p.fail(w.Column, w, &page.NotFoundError{Role: "column", Texts: texts})
	}
	actions := cell.Actions()
	if len(actions) != 1 {
		return nil, p.fail(w.Column, w, fmt.Errorf("%d things can be clicked in the cell, want one", len(actions)))
	}
	return actions[0], nil
}

// resolve tries a label's verified texts, then all of them, and keeps account
// of the unverified ones that were relied on.
func (p *Page) resolve(r Role, l Label, w Where, find func([]string, page.Scope) (string, error)) error {
	if w.Row != nil { // a row is in one frame
		return p.resolveHere(r, l, w, find)
	}
	return p.inFrames(func() error { return p.resolveHere(r, l, w, find) })
}

func (p *Page) resolveHere(r Role, l Label, w Where, find func([]string, page.Scope) (string, error)) error {
	sc := page.Scope{Section: p.s.allTexts(w.Section), Button: w.Button, Quiet: w.quiet}
	switch t := p.tabCalled(w.Section); {
	case t == nil:
	case t == p.front:
		sc.Section = nil
	default:
		return p.fail(l, w, &page.NotFoundError{Role: "section", Texts: sc.Section})
	}
	if w.Row != nil {
		sc.Row = w.Row.r
	}
	if pinned := p.pin(r, l); pinned != nil && w.Text == "" {
		return p.resolvePin(pinned, w, sc, find)
	}
	if w.Text != "" {
		_, err := find([]string{w.Text}, sc)
		return p.fail(l, w, err)
	}
	known := p.s.texts(l)
	if len(known) == 0 {
		return p.fail(l, w, fmt.Errorf("has no text in language %q", p.s.lang))
	}
	var verified, all []string
	for _, t := range known {
		all = append(all, t.Text)
		if t.Verified {
			verified = append(verified, t.Text)
		}
	}
	var err error
	if len(verified) > 0 {
		first := sc
		first.Quiet = sc.Quiet || len(all) > len(verified) // else what is found next tells
		_, err = find(verified, first)
		if _, missing := errors.AsType[*page.NotFoundError](err); !missing {
			return p.fail(l, w, err)
		}
	}
	if len(all) > len(verified) {
		var hit string
		if hit, err = find(all, sc); err == nil {
			p.s.relied(l, hit, known, p.name())
		}
	}
	return p.fail(l, w, err)
}

// resolvePin looks for what a profile pins, and for nothing else: a pin that
// fits no more is to be corrected, not passed over.
func (p *Page) resolvePin(pinned *pin, w Where, sc page.Scope, find func([]string, page.Scope) (string, error)) error {
	sc.Section, sc.Name, sc.ID = nil, pinned.name, pinned.id
	_, err := find([]string{pinned.String()}, sc)
	if err == nil {
		p.s.reliedPin(pinned, p.name())
		return nil
	}
	err = p.fail(pinned.label, w, err)
	if e, ok := errors.AsType[*PageError](err); ok {
		e.Reason += fmt.Sprintf(" (pinned at %s)", pinned.at)
	}
	return err
}

func (s *Session) texts(l Label) []LabelText { return s.words.texts(s.lang, l) }

func (s *Session) allTexts(l Label) []string {
	if l == "" {
		return nil
	}
	var all []string
	for _, t := range s.texts(l) {
		all = append(all, t.Text)
	}
	return all
}

// relied records an unverified text in use, once per label and text.
func (s *Session) relied(l Label, hit string, known []LabelText, where string) {
	said := plain(hit)
	for _, t := range known {
		if t.Verified || plain(t.Text) != said {
			continue
		}
		for _, u := range s.unverified {
			if u.Label == l && u.Text == t.Text && u.Profile == t.Profile {
				return
			}
		}
		s.unverified = append(s.unverified, UnverifiedLabel{Label: l, Text: t.Text, Page: where, Profile: t.Profile})
		return
	}
}

// fail turns what the page engine says into an error for people.
func (p *Page) fail(l Label, w Where, err error) error {
	if err == nil || w.quiet {
		return err
	}
	err = p.s.scrubError(err)
	e := &PageError{Page: p.name(), Label: Label(p.s.scrub(label(l, w))), Reason: err.Error(), Snapshot: p.snapshot(), Err: err}
	if nf, ok := errors.AsType[*page.NotFoundError](err); ok {
		e.Reason, e.Tried, e.Found = "not found", nf.Texts, nf.Closest[:min(5, len(nf.Closest))]
		if errs := p.p.ScriptErrors(); len(errs) > 0 {
			e.Reason += fmt.Sprintf(" (and a script of the page failed: %s)", clip(p.s.scrubScript(errs[0].Error()), 200))
		}
	}
	if am, ok := errors.AsType[*page.AmbiguousError](err); ok {
		e.Reason, e.Found = "is ambiguous: several elements fit and do different things", am.Candidates
	}
	return e
}

func label(l Label, w Where) string {
	if w.Text != "" {
		return clip(w.Text, 40)
	}
	return string(l)
}

func (p *Page) name() string {
	name := p.s.say(p.p.Title(), 60)
	if len(p.path) > 0 {
		name += " (" + strings.Join(p.path, " > ") + ")"
	}
	return name
}

var manyDigits = lazyregexp.New(`[0-9A-Fa-f:]{12,}|\d{5,}`)

// maxSnapshot bounds what of a page's text goes into an error, in characters.
const maxSnapshot = 1500

// snapshotRead is how much of it is read for that, in bytes: any spelling of a
// secret is shorter than half of it.
const snapshotRead = 128 << 10

func (p *Page) snapshot() string { return p.s.snapshot(p.p) }

// shot is a snapshot that was taken.
type shot struct {
	whole   string // of what
	secrets int    // how many spellings were known
	taken   string
}

// snapshot gives the texts of a page, line by line, without what may be secret or personal:
// no field values, and no long numbers (tokens, serials, fingerprints).
func (s *Session) snapshot(p *page.Page) string {
	whole, secrets := p.Text(), s.t.secrets.Known()
	// Most labels that are looked for in vain are on one page, one after the other.
	if last := s.shot.Load(); last != nil && last.whole == whole && last.secrets == secrets {
		return last.taken
	}
	// Of a page of megabytes only the beginning is gone over, and more than is
	// shown: a secret that was cut off at its end is not.
	text := []rune(s.scrubScript(whole[:min(len(whole), snapshotRead)]))
	if len(whole) > snapshotRead && len(text) < maxSnapshot+snapshotRead/2 {
		text = []rune(s.scrubScript(whole))
	}
	if len(text) > maxSnapshot {
		text = append(text[:maxSnapshot], '…')
	}
	s.shot.Store(&shot{whole, secrets, string(text)})
	return string(text)
}
