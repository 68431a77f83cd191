package remoteui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// maxLoginPages bounds the pages of one login: the name on one, the password on
// the next, the choice of the destination before.
const maxLoginPages = 4

// login gets in and lands on the portal page.
func (s *Session) login(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loginLocked(ctx)
}

// loginLocked logs in. Where the device says that it cannot let anyone in now,
// which is no word on the password, it waits and tries again, for WaitTimeout.
func (s *Session) loginLocked(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, s.cfg.WaitTimeout)
	defer cancel()
	expired := false
	for pause := loginPause; ; pause = min(2*pause, maxLoginPause) {
		err := s.loginOnce(ctx)
		e, ok := errors.AsType[*LoginError](err)
		switch {
		case !ok:
			return err
		case e.Failure == PageExpired && !expired:
			expired = true // a form that was open for too long: the next one is new
			continue
		case !e.Failure.passes():
			return err
		}
		s.event(EventWaiting, fmt.Sprintf("the device lets nobody in now (%s): trying again in %v", e.Failure, pause))
		if sleep(limit, pause) != nil {
			return err
		}
	}
}

// Pauses between two attempts to log in to a device that lets nobody in now: the
// session of somebody who closed the browser lives for a quarter of an hour. They
// are few, should the device have misled us about the password.
const (
	loginPause    = 30 * time.Second
	maxLoginPause = 4 * time.Minute
)

func (s *Session) loginOnce(ctx context.Context) error {
	// The session that is given up may still live on the device, and one left
	// open can keep the next one out.
	if err := s.logoutNow(ctx); err != nil {
		s.cfg.Logger.Debug("giving up a session", "error", err)
	}
	s.logout, s.home, s.landing = nil, nil, nil
	s.t.forget()
	s.meeting = true
	defer func() { s.meeting = false }()
	first, err := s.firstPage(ctx)
	if err != nil {
		return fmt.Errorf("first page: %w", err)
	}
	s.enter(s.entryOf(first.p.URL()))
	s.frontTitle = s.say(first.p.Title(), maxTitle)
	s.outside = ""
	if findLogin(first.p, s.words, nil) == nil {
		s.outside = frontOf(first.p)
	}
	first, form, err := s.findForm(ctx, first)
	s.meeting = false
	if err != nil {
		return err
	}
	if form != nil && form.secret == nil {
		s.outside = frontOf(form.doc)
	}
	if form == nil {
		s.form = nil
		return s.arrive(first)
	}
	s.form = form.kind
	landing, err := s.submitLogin(ctx, first, form)
	if _, lost := errors.AsType[*AmbiguousWriteError](err); lost && ctx.Err() == nil {
		landing, err = s.lookLoggedIn(ctx, err)
	}
	if err != nil {
		return err
	}
	s.loggedIn, s.logout = true, s.findLogout(landing)
	if landing, err = s.passPrompts(ctx, landing); err != nil {
		return err
	}
	if s.form.lands || len(s.form.marks) == 0 && landing.p.URL().Path != s.entry.Path {
		s.home = landing.p.URL()
	}
	if frontOf(landing.p) == s.outside {
		s.outside = "" // it looks the same from within
	}
	s.event(EventLoggedIn, "logged in by the "+s.form.name+" form")
	if landing, err = s.openFrames(ctx, landing); err != nil {
		return err
	}
	if err := s.arrive(landing); err != nil {
		return err
	}
	if landing.p.URL().String() == s.homeURL().String() {
		landing.peeked, s.landing = true, landing // it is the portal page, just loaded
	}
	return nil
}

// startPages are where the Remote UI of the families begins. There are devices
// that have nothing at the root of their TLS address, though they have a page
// there without TLS.
var startPages = []string{"/login.html", "/portal_top.html", "/rps/", "/_top.html"}

// firstPage loads the page at which one begins.
func (s *Session) firstPage(ctx context.Context) (*Page, error) {
	first, err := s.get(ctx, s.entry, nil)
	if s.started != "" || !notThere(err) {
		return first, err
	}
	for _, path := range startPages {
		u := *s.entry
		u.Path, u.RawPath, u.RawQuery = path, "", ""
		p, again := s.get(ctx, &u, nil)
		if again == nil {
			s.started = path
			return p, nil
		}
		if !notThere(again) {
			return nil, again
		}
	}
	return nil, err
}

// notThere reports whether an address is none of the device's.
func notThere(err error) bool {
	e, ok := errors.AsType[*statusError](err)
	return ok && e.status == http.StatusNotFound
}

// FrontTitle is the title of the page at which one begins. Where that is the login
// page, many devices name their model in it before anybody is logged in, as the
// last part between colons.
func (s *Session) FrontTitle() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frontTitle
}

// findForm finds the login form: on the page, in its frames, or behind its link.
// A page without any is returned as it is shown to somebody who needs none.
func (s *Session) findForm(ctx context.Context, first *Page) (*Page, *loginForm, error) {
	if form := findLogin(first.p, s.words, nil); form != nil {
		return first, form, nil
	}
	if err := unknownLogin(first); err != nil {
		return nil, nil, err
	}
	if e := s.turnedAway(first, ""); e != nil {
		return nil, nil, e
	}
	first, err := s.openFrames(ctx, first)
	if err != nil {
		return nil, nil, err
	}
	if form := s.formInFrames(first); form != nil {
		return first, form, nil
	}
	if !s.cfg.Credentials.empty() && !s.offers(first, labels.LogOut) {
		if on, form, err := s.formInside(ctx, first); form != nil || err != nil {
			return on, form, err
		}
		for _, l := range []Label{labels.AdministratorLogin, labels.LogIn} {
			if on, form, err := s.behindLink(ctx, first, l); form != nil || err != nil {
				return on, form, err
			}
		}
	}
	for _, doc := range first.documents() {
		if err := unknownLogin(&Page{s: s, p: doc}); err != nil {
			return nil, nil, err
		}
	}
	return first, nil, nil
}

// formInFrames looks into every document of a page.
func (s *Session) formInFrames(p *Page) *loginForm {
	for _, doc := range p.documents() {
		if form := findLogin(doc, s.words, nil); form != nil {
			return form
		}
	}
	return nil
}

// formInside looks into the frames that stand within a page.
func (s *Session) formInside(ctx context.Context, first *Page) (*Page, *loginForm, error) {
	if first.window != nil {
		return nil, nil, nil // they were looked into
	}
	frames := first.p.Frames()
	for _, r := range frames[:min(len(frames), maxFrames)] {
		if !sameHost(r.URL.Hostname(), s.t.host) {
			continue
		}
		r.Target = ""
		on, err := s.follow(ctx, &r, first.p.URL(), read, nil)
		if err != nil {
			return nil, nil, err
		}
		if form := findLogin(on.p, s.words, nil); form != nil {
			return on, form, nil
		}
	}
	if len(frames) == 0 {
		return nil, nil, nil
	}
	// The page around them is the live one again.
	again, err := s.get(ctx, first.p.URL(), nil)
	if err == nil {
		*first = *again
	}
	return nil, nil, err
}

// behindLink follows the link of a start page to the login form.
func (s *Session) behindLink(ctx context.Context, first *Page, l Label) (*Page, *loginForm, error) {
	for _, doc := range first.documents() {
		a, err := doc.Action(s.words.all(l), page.Scope{})
		if err != nil || a.Disabled() {
			continue
		}
		out, err := a.Click(ctx, page.ClickOptions{})
		if err != nil || out.Request == nil {
			if form := findLogin(doc, s.words, nil); form != nil { // it was hidden
				return first, form, nil
			}
			continue
		}
		if out.Request.Method != http.MethodGet {
			continue
		}
		on, err := s.follow(ctx, out.Request, doc.URL(), read, nil)
		if err == nil {
			on, err = s.openFrames(ctx, on)
		}
		if err != nil {
			return nil, nil, err
		}
		if form := s.formInFrames(on); form != nil {
			return on, form, nil
		}
		return nil, nil, &PageError{Page: on.name(), Label: "login form", Reason: "is not where the start page leads for logging in", Snapshot: on.snapshot()}
	}
	return nil, nil, nil
}

// unknownLogin names a login form of a kind that is not known, by its fields.
func unknownLogin(p *Page) error {
	for _, f := range p.p.Forms() {
		var names []string
		asks := false
		for _, in := range f.Inputs() {
			names = append(names, in.Name)
			asks = asks || in.Type == "password"
		}
		if asks {
			return &PageError{
				Page: p.name(), Label: "login form", Reason: "is of no known kind: please report its fields",
				Found: p.s.scrubAll(names), Snapshot: p.snapshot(),
			}
		}
	}
	return nil
}

// entryOf strips what belonged to one visit. A start page that was looked for,
// because the first address has none, stays.
func (s *Session) entryOf(u *url.URL) *url.URL {
	path := "/"
	if s.started != "" {
		path = s.started
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}
}

// submitLogin sends the credential, once, on as many pages as the device asks on.
func (s *Session) submitLogin(ctx context.Context, on *Page, l *loginForm) (*Page, error) {
	c := s.cfg.Credentials
	if c.empty() {
		return nil, &LoginError{Host: s.t.host, Form: l.kind.name, Missing: true}
	}
	if err := s.checkMemory(c); err != nil {
		return nil, err
	}
	for range maxLoginPages {
		req, err := s.prepare(ctx, on, l, c)
		away, leads := errors.AsType[*leadsOn](err)
		if err != nil && !leads {
			return nil, err
		}
		if !leads && l.secret != nil {
			return s.sendLogin(ctx, on, l, req)
		}
		// No password is in it, and it is made again where its answer is lost.
		if leads {
			if req = away.to; req.Method != http.MethodGet {
				return nil, s.cannotLogin(on, l, errors.New("the login destination is chosen by a request that may change something"))
			}
			c.Destination = "" // it is chosen now
		}
		text := l.doc.Text()
		if on, err = s.follow(ctx, req, l.doc.URL(), read, nil); err == nil {
			on, err = s.openFrames(ctx, on)
		}
		if err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
		before := l
		if l = s.formInFrames(on); l == nil || l.secret == nil && before.secret == nil {
			said := s.refusal(on, text)
			failure, _ := failureOf(said)
			return nil, &LoginError{Host: s.t.host, Form: before.kind.name, Reason: said, Failure: failure}
		}
		s.form = l.kind
	}
	return nil, &PageError{Page: on.name(), Label: "login form", Reason: fmt.Sprintf("leads on and on, over more than %d pages", maxLoginPages)}
}

// sendLogin sends the password.
func (s *Session) sendLogin(ctx context.Context, on *Page, l *loginForm, req *page.Request) (*Page, error) {
	s.allLogins++
	s.ways, s.ordered = nil, false // the new session has seen no page
	if s.logins++; s.logins > maxLogins {
		return nil, &tooManyLoginsError{maxLogins}
	}
	before, absences := l.doc.Text(), s.absences
	s.reply = reply{}
	answered := false
	defer func() {
		// It may have been accepted: then there is a session to leave.
		if !answered {
			s.loggedIn, s.logout = true, s.knownLogout()
		}
	}()
	// A refusal is the form once more: at once, or where a redirect leads.
	req.Target = ""
	p, err := s.follow(ctx, req, l.doc.URL(), write, nil)
	if e, ok := errors.AsType[*statusError](err); ok && e.status < 500 && s.reply == (reply{status: e.status}) && !(&response{status: e.status}).busy() {
		if e.page != nil {
			return nil, s.loginRefused(s.cfg.Credentials, l, e.page, before)
		}
		return nil, s.remember(s.cfg.Credentials, &LoginError{Host: s.t.host, Form: l.kind.name, Reason: fmt.Sprintf("status %d", e.status)})
	}
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	if again := findLogin(p.p, s.words, l.kind); again != nil {
		answered = true
		if (len(l.kind.marks) > 0 && l.kind.action != loginSmall && s.reply.redirect && s.reply.cookie || s.absences != absences) && !s.forgot {
			// Accepted, and forgotten before the next request: no refusal looks like
			// this, for they come with status 200. Or the device restarted in between.
			s.forgot = true
			return s.submitLogin(ctx, p, again)
		}
		return nil, s.loginRefused(s.cfg.Credentials, l, p, before)
	}
	err = s.judge(ctx, l, p, before)
	answered = true
	if err != nil {
		return nil, err
	}
	s.accepted = true
	return p, nil
}

// passPrompts answers what may stand between the login and the portal: the
// proposal to change a factory password is declined (form "sdl", field
// "conf"); a demand for a new password or a one-time code is named.
func (s *Session) passPrompts(ctx context.Context, p *Page) (*Page, error) {
	if f, asks := promptForm(p.p); asks {
		f.Set("conf", "no")
		req, err := f.Request("")
		if err != nil {
			return nil, err
		}
		s.event(EventNotice, "the device proposes to change its factory password: declined; change it afterwards")
		return s.follow(ctx, req, p.p.URL(), write, nil)
	}
	passwords, texts := boxes(p.p)
	switch {
	case passwords >= 2:
		return nil, ErrPasswordExpired
	case passwords+texts == 1 && p.p.Document().Find("a[href]").Length() < 3:
		return nil, ErrOneTimeCode
	}
	return p, nil
}

// promptForm is the published form that proposes to change a factory password.
func promptForm(p *page.Page) (*page.Form, bool) {
	for _, f := range p.Forms() {
		if _, asks := f.Field("conf"); f.Name == "sdl" && asks {
			return f, true
		}
	}
	return nil, false
}

// boxes counts what a page has to type into.
func boxes(p *page.Page) (passwords, texts int) {
	doc := p.Document()
	return doc.Find("input[type=password]").Length(), doc.Find("input[type=text], input[type=tel], input[type=number], input:not([type])").Length()
}
