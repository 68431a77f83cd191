package remoteui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/share"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// These bound the cost of one device, whatever it answers. docs/limits.md states the
// figures, and how much time and memory they add up to.
const (
	// maxRequests of a session; a run on a device with all usages makes a few
	// hundred, and waits of minutes with a look every two seconds some more.
	maxRequests = 10_000
	// maxBusy is the time that a session spends waiting for answers and on pages.
	// Restarts and other waits in which nothing is asked do not count.
	maxBusy = time.Hour
	// pageTimes is how many times the RequestTimeout loading one page with its
	// scripts may take.
	pageTimes = 4
	// maxScriptFiles are fetched for one page, and maxScriptBytes kept of all.
	maxScriptFiles = 100
	maxScriptBytes = 16 << 20
	// maxScriptMemory is what the scripts of all pages that live at the same time
	// may hold: the frames of a window share it.
	maxScriptMemory = share.Script
	// scriptTimeAfterwards is what scripts of a page may work once others were stopped
	// that would not end.
	scriptTimeAfterwards = time.Second
	// maxCookies are kept of a device, as browsers do, and maxCookie bytes of one
	// (RFC 6265, section 6.1, asks for 50 and 4096 at least).
	maxCookies = 180
	maxCookie  = 4096
)

// amounts bound what a session holds in memory.
type amounts struct {
	body  int         // of one answer
	files int         // of script files that are kept
	pages page.Limits // of the pages of a window together
}

// amounts of a session. A share has many times what any page that is known needs
// (800 nodes, 30 kB, scripts that hold 2 MiB; the largest is said to be well under
// 1 MiB), and whoever gave it is told where that is not enough.
func (c *Config) amounts() amounts {
	if c.Share == nil {
		return amounts{maxBody, maxScriptBytes, page.Limits{ScriptMemory: maxScriptMemory}}
	}
	return amounts{1 << 20, 1 << 20, page.Limits{Nodes: 8_000, Bytes: 512 << 10, ScriptMemory: 4 << 20, Over: c.Share.Exceed}}
}

// LimitError says that a device asks for more than any honest one would need:
// it is broken, or hostile. The session cannot go on.
type LimitError struct {
	What string // what there was too much of
	Max  string // empty: one was too much
}

func (e *LimitError) Error() string {
	if e.Max == "" {
		return fmt.Sprintf("device asks for too much: %s; no device needs that: look at it in a browser, with care", e.What)
	}
	return fmt.Sprintf("device asks for too much: more than %s %s; no device needs that: look at it in a browser, with care", e.Max, e.What)
}

// spend counts one request. Logging out is never too much.
func (t *transport) spend() error {
	if t.leaving.Load() {
		t.requests.Add(1)
		return nil
	}
	if t.requests.Add(1) > maxRequests {
		return &LimitError{What: "requests in one session", Max: fmt.Sprint(maxRequests)}
	}
	if time.Duration(t.busy.Load()) > maxBusy {
		return &LimitError{What: "of answering in one session", Max: maxBusy.String()}
	}
	return nil
}

// working counts the time until done is called as work on the device, but for
// the time in which its scripts wait while those of other devices run. most,
// unless 0, bounds it.
func (t *transport) working(ctx context.Context, most time.Duration, cause error) (_ context.Context, done func()) {
	ctx, ended := script.WithTimeout(ctx, most, cause)
	return ctx, func() { t.busy.Add(int64(ended())) }
}

// jar keeps a bounded number of cookies of bounded size.
type jar struct {
	http.CookieJar
	mu   sync.Mutex
	seen map[[3]string]bool
	full bool // there were more
	// values of all cookies that were ever kept, which nothing that is shown may
	// hold; they outlive the cookies.
	secrets *Scrubber
}

// minCookie is the length from which on a cookie's value is taken for a secret:
// a language is shorter, an identifier of a session is not.
const minCookie = 8

func newJar(kept http.CookieJar, secrets *Scrubber) *jar {
	return &jar{CookieJar: kept, seen: map[[3]string]bool{}, secrets: secrets}
}

// SetCookies keeps cookies as long as there is room: those that came first are
// the session's.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var kept []*http.Cookie
	for _, c := range cookies {
		id := [3]string{c.Domain, c.Path, c.Name}
		if len(c.Name)+len(c.Value)+len(c.Path)+len(c.Domain) > maxCookie {
			continue
		}
		if !j.seen[id] && len(j.seen) >= maxCookies {
			j.full = true
			continue
		}
		j.seen[id] = true
		if len(c.Value) >= minCookie {
			j.secrets.AddSome(c.Value)
		}
		kept = append(kept, c)
	}
	j.CookieJar.SetCookies(u, kept)
}

// check reports whether a device has set more cookies than are kept: the one
// that it knows the session by may be among those that were not.
func (j *jar) check() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.full {
		return nil
	}
	return &LimitError{What: "cookies", Max: fmt.Sprint(maxCookies)}
}

// Lingering is how many scripts of pages could not be stopped, in all sessions
// of this process, and have not ended yet. Each holds at most 64 MiB, and keeps
// a processor busy. There is at most one of a session, which loads no more pages
// then; and while it runs, no other session in this process runs scripts of
// that device. Sessions with other devices go on.
func Lingering() int { return script.Lingering() }

// LeftBehind is how many scripts of this device's pages could not be stopped in
// time and were left behind.
func (s *Session) LeftBehind() int { return int(s.left.Load()) }

// leftBehind tells of one more.
func (s *Session) leftBehind() {
	s.left.Add(1)
	s.event(EventNotice, fmt.Sprintf("a script of the device's page could not be stopped and was left behind until it ends by itself (%d in this process now)", script.Lingering()))
}

// tooMuch reports whether the error is that of a page, or a device, which asks for more
// than a limit allows.
func tooMuch(err error) bool {
	_, device := errors.AsType[*LimitError](err)
	_, inPage := errors.AsType[*page.LimitError](err)
	return device || inPage
}

// limits are those of the next page. Once a script of the device has been stopped that
// would not end, the others have a fifth of the time, each.
func (s *Session) limits() page.Limits {
	limits := s.cfg.amounts().pages
	limits.Endless = func() { s.endless.Store(true) }
	if s.endless.Load() {
		limits.ScriptTime = scriptTimeAfterwards
	}
	return limits
}

// pageOptions are how every page of the device is loaded.
func (s *Session) pageOptions(u *url.URL) page.Options {
	files := 0
	var opener *page.Page
	if s.behind != nil {
		opener = s.behind.p
	}
	if s.target.name == "" {
		s.used = new(dom.Used) // what is in the window goes
	}
	limits := s.limits()
	limits.ScriptMemory /= max(1, len(s.target.names))
	return page.Options{
		Opener: opener, Window: s.windowName, Inside: s.inside,
		Used: s.used, Limits: limits,
		URL: u, Frame: s.target.name, Frames: s.target.names, Now: s.cfg.Now, Cookies: s.t.cookies(u), LeftBehind: s.leftBehind, Owner: s.owner, Sleep: sleep,
		Exchange: func(ctx context.Context, r *page.Request) (*page.Response, error) { return s.byScript(ctx, r, u) },
		Fetch: func(ctx context.Context, u *url.URL) (string, error) {
			if files++; files > maxScriptFiles {
				return "", &LimitError{What: "script files for one page", Max: fmt.Sprint(maxScriptFiles)}
			}
			return s.fetchScript(ctx, u)
		},
	}
}

// loadPage loads a page, in bounded time.
func (s *Session) loadPage(ctx context.Context, res *response, o page.Options) (*page.Page, error) {
	if n := s.left.Load(); n > 0 && !o.Inert {
		return nil, &LimitError{What: "a script that could not be stopped was left behind"}
	}
	most := pageTimes * s.cfg.RequestTimeout
	ctx, done := s.t.working(ctx, most, &LimitError{What: "for loading one page", Max: most.String()})
	defer done()
	var src string
	src, o.Charset = res.text()
	o.Refresh = res.header.Get("Refresh")
	p, err := page.Load(ctx, src, o)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return p, err
}

// unscripted is for pages looked at before the device is known, or after the
// session: their script files are not fetched. Where a script was left behind,
// no other is run: what is left is to log out.
func (s *Session) unscripted(u *url.URL) page.Options {
	return page.Options{URL: u, LeftBehind: s.leftBehind, Owner: s.owner, Inert: s.left.Load() > 0, Limits: s.limits()}
}

// keepScript remembers a script file, as long as there is room.
func (s *Session) keepScript(u *url.URL, src string) {
	s.scriptsMu.Lock()
	defer s.scriptsMu.Unlock()
	if s.scripts == nil {
		s.scripts = map[string]string{}
	}
	if s.scriptBytes += len(src) + len(u.String()); s.scriptBytes <= s.cfg.amounts().files {
		s.scripts[u.String()] = src
	}
}
