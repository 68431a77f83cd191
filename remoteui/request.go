package remoteui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rekey-go/rekey/internal/wait"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

const (
	maxRedirects = 10
	// maxHops bounds pages that send the browser on by themselves.
	maxHops = 12
	// maxReadTries: a read whose answer was lost is made again; a write never.
	maxReadTries = 3
	// soon is how long a page may wait before it sends the browser on, and still
	// be a page to pass through. One that waits longer is shown to the caller,
	// who waits only if what is wanted is not on it ([Page.wait]): a portal page
	// that refreshes itself every minute is no page to wait on.
	soon = time.Second
)

// act says what a request means.
type act int

const (
	read act = iota
	write
)

// lostError means that the device no longer knows the session, or shows its
// error page for a page reached out of order.
type lostError struct {
	reason string
	stray  bool // a page that offers nothing known
}

func (e *lostError) Error() string { return "session lost: " + e.reason }

// statusError says that a request was answered by a status of failure.
type statusError struct {
	what   string
	status int
	title  string
	page   *Page // that came with it; nil: none
}

func (e *statusError) Error() string {
	if e.title == "" {
		return fmt.Sprintf("%s: status %d", e.what, e.status)
	}
	return fmt.Sprintf("%s: status %d (%s)", e.what, e.status, e.title)
}

// get loads a page by address; the session must be locked.
func (s *Session) get(ctx context.Context, u *url.URL, referer *url.URL) (*Page, error) {
	return s.follow(ctx, &page.Request{Method: http.MethodGet, URL: u}, referer, read, nil)
}

// follow makes a request and passes through everything a browser passes
// through by itself: redirects and pages that submit or reload themselves.
func (s *Session) follow(ctx context.Context, r *page.Request, referer *url.URL, a act, path []string) (*Page, error) {
	seen := map[string]int{}
	for hop := range 1 + maxHops {
		if a == read && s.loggedIn && (hop == 0 && s.guarded(r) || s.guardedOn(r)) {
			return nil, s.mayWrite(r)
		}
		res, err := s.exchange(ctx, r, referer, a)
		if err != nil {
			return nil, err
		}
		done := s.doing(a)
		p, err := s.load(ctx, res, path)
		done()
		if lost := s.takeLost(); lost != nil {
			return nil, lost
		}
		if err != nil {
			return nil, ambiguousIf(a, err)
		}
		p.act, p.got = a, res.got
		next := p.p.Next()
		if next == nil || next.Request == nil || next.Delay >= soon || s.target.name != "" && wholeWindow(next.Request.Target) {
			return p, nil
		}
		key := next.Request.Key()
		if seen[key]++; seen[key] > 2 {
			return p, nil
		}
		if err := sleep(ctx, next.Delay); err != nil {
			return nil, ambiguousIf(a, err)
		}
		r, referer, s.reply.redirect = next.Request, p.p.URL(), true
	}
	return nil, ambiguousIf(a, errors.New("pages send the browser on without end"))
}

// exchange sends a request and follows its redirects.
func (s *Session) exchange(ctx context.Context, r *page.Request, referer *url.URL, a act) (*response, error) {
	hop := a
	for range 1 + maxRedirects {
		s.meet(r.URL)
		res, err := s.sendTries(ctx, r, referer, hop)
		if err != nil {
			return nil, ambiguousIf(a, err)
		}
		if hop == write {
			s.reply.redirect = s.reply.redirect || res.location != nil
			s.reply.cookie = s.reply.cookie || res.setsCookie()
		}
		if res.location == nil {
			res.got = r.Method == http.MethodGet
			return res, nil
		}
		next := redirected(r, res)
		if !repeats(res) {
			hop = read // the write was answered: what follows only shows a page
		}
		if a == read && s.loggedIn && s.guarded(next) {
			return nil, s.mayWrite(next)
		}
		r = next
	}
	return nil, ambiguousIf(a, fmt.Errorf("%s: redirects do not end", s.t.where(r.URL)))
}

// repeats reports whether a redirect wants the same request again (RFC 9110
// sections 15.4.8 and 15.4.9); after any other, browsers ask by GET.
func repeats(res *response) bool {
	return res.status == http.StatusTemporaryRedirect || res.status == http.StatusPermanentRedirect
}

// redirected is the request that a browser makes on a redirect. A script's keeps the
// fields that the script set, but those of a body that it no longer has.
func redirected(r *page.Request, res *response) *page.Request {
	if repeats(res) {
		next := *r
		next.URL, next.Target = res.location, ""
		return &next
	}
	next := &page.Request{Method: http.MethodGet, URL: res.location}
	if r.Script != nil {
		next.Script = &page.Script{Header: r.Script.Header.Clone()}
		next.Script.Header.Del("Content-Type")
	}
	return next
}

// sendTries sends once, or for a read up to maxReadTries times. A write gets a
// connection of its own, so that its outcome is rarely in doubt.
func (s *Session) sendTries(ctx context.Context, r *page.Request, referer *url.URL, a act) (*response, error) {
	var patient patience
	for try := 1; ; try++ {
		res, err := s.t.send(ctx, r, referer, a == write || try > 1)
		if a == write {
			s.reply.status = s.t.status
		}
		if err == nil && res.busy() {
			again, err := patient.await(ctx, s, res, a)
			if err != nil {
				return nil, err
			}
			if again {
				try = 0
				continue
			}
			return nil, &statusError{r.Method + " " + s.t.where(r.URL), res.status, "", nil}
		}
		if err == nil && res.status < 500 {
			s.cfg.Recorder.add(r, res, a)
			return res, nil
		}
		if err == nil {
			err = &statusError{r.Method + " " + s.t.where(r.URL), res.status, "", nil}
		}
		if a == write || !worthRetrying(ctx, err) {
			return nil, err
		}
		if s.gone() {
			if err := s.awaitReturn(ctx, err); err != nil {
				return nil, err
			}
			r = s.moved(r)
			try = 1 // it is another device now, as far as that matters
			continue
		}
		if try == maxReadTries {
			return nil, err
		}
		if err := sleep(ctx, time.Duration(try)*300*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func worthRetrying(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if _, ok := errors.AsType[*IdentityError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*LimitError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*OutsideError](err); ok {
		return false
	}
	_, foreign := errors.AsType[*ForeignHostError](err)
	return !foreign
}

func ambiguousIf(a act, err error) error {
	if a != write {
		return err
	}
	if _, ok := errors.AsType[*AmbiguousWriteError](err); ok {
		return err
	}
	return &AmbiguousWriteError{Err: err}
}

// load turns an answer into the session's live page and classes it.
func (s *Session) load(ctx context.Context, res *response, path []string) (*Page, error) {
	if !res.isHTML() && res.status >= 400 {
		return nil, &statusError{s.t.where(res.url), res.status, "", nil}
	}
	if !res.isHTML() {
		return nil, fmt.Errorf("%s: got %s where a page was expected", s.t.where(res.url), s.say(res.header.Get("Content-Type"), 60))
	}
	p, err := s.loadPage(ctx, res, s.pageOptions(res.url))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.t.where(res.url), s.t.clean(err))
	}
	s.t.setCookies(res.url, p.Cookies())
	s.setLive(p)
	s.seeFamily(res.url)
	s.cfg.Recorder.learn(p, s.words)
	out := &Page{s: s, p: p, path: path, loaded: time.Now(), turn: s.turn()}
	if s.loggedIn {
		if reason := s.lostReason(p); reason != "" {
			return nil, &lostError{reason: reason}
		}
	}
	if res.status >= 400 {
		return nil, &statusError{s.t.where(res.url), res.status, s.say(p.Title(), 80), out}
	}
	return out, nil
}

// missingFile is kept for a file that the device does not have.
const missingFile = "\x00"

// fetchScript loads a script file or style sheet of the page being loaded.
func (s *Session) fetchScript(ctx context.Context, u *url.URL) (string, error) {
	s.scriptsMu.Lock()
	src, ok := s.scripts[u.String()]
	s.scriptsMu.Unlock()
	if ok && src == missingFile {
		return "", fmt.Errorf("%s: status %d", s.t.where(u), http.StatusNotFound)
	}
	if ok {
		return src, nil
	}
	res, err := s.sendTries(ctx, &page.Request{Method: http.MethodGet, URL: u}, nil, read)
	if err != nil {
		return "", err
	}
	if res.status == http.StatusNotFound {
		s.keepScript(u, missingFile)
	}
	if res.status != http.StatusOK {
		return "", fmt.Errorf("%s: status %d", s.t.where(u), res.status)
	}
	src, _ = res.text()
	s.keepScript(u, src)
	return src, nil
}

// sleep waits without outliving the context.
func sleep(ctx context.Context, d time.Duration) error { return wait.For(ctx, d) }
