package simdevice

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Cookies, as published.
const (
	cookieSession = "sessionid"
	cookieLang    = "portalLang"
	cookieLogin   = "com.canon.meap.service.login.session"
	cookieEntry   = "iR"
)

// sessionCookie and loginCookie are the names of these cookies; those of the
// small family are not published.
func (l *layout) sessionCookie() string {
	if l.small() {
		return l.name("cookie.session")
	}
	return cookieSession
}

func (l *layout) loginCookie() string {
	if l.small() {
		return l.name("cookie.login")
	}
	return cookieLogin
}

// tokenField is the name of the field with the page's token.
func (l *layout) tokenField() string {
	if l.small() {
		return "iToken"
	}
	return "Token"
}

// session is one client's conversation with the device.
type session struct {
	id      string
	number  int // counts from 1
	login   string
	entry   string // value of the cookie iR, empty before nativetop.cgi
	lastUse time.Time

	loggedIn bool // past every page of the login
	password bool // passed the login, to change the password next
	code     bool // passed the login, a one-time code is asked next

	challenge string
	token     string // of the page just loaded; used once
	visited   map[PageKind]bool
	hopped    PageKind // that a page which only leads on led to
	draft     *tlsDraft
	entered   *entered // on another page that names a key, and not stored
	policy    int      // whose page was opened last
	csr       *key     // whose signing request is shown at the moment
}

// sessions are all there are, and what is remembered about logins.
type sessions struct {
	cookie   string // name of the cookie
	rng      *rand.Rand
	all      []*session
	left     map[string]bool // session cookies that were logged out
	count    int
	attempts int

	failures    int // in a row
	locked      bool
	lockedUntil time.Time       // zero: for good
	refused     map[string]bool // credentials, by hash
}

// maxAnonymous sessions that never logged in are remembered.
const maxAnonymous = 64

func newSessions(seed uint64, cookie string) sessions {
	return sessions{
		cookie:  cookie,
		rng:     rand.New(rand.NewPCG(seed, 0x73657373)),
		left:    make(map[string]bool),
		refused: make(map[string]bool),
	}
}

func (s *sessions) start(now time.Time) *session {
	s.forgetAnonymous()
	s.count++
	fresh := &session{
		id:      fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64()),
		number:  s.count,
		lastUse: now,
		visited: make(map[PageKind]bool),
	}
	s.all = append(s.all, fresh)
	return fresh
}

// forgetAnonymous makes room: whoever asks for page after page without a
// cookie gets a session each time.
func (s *sessions) forgetAnonymous() {
	anonymous := 0
	for _, each := range s.all {
		if !each.inside() {
			anonymous++
		}
	}
	if anonymous < maxAnonymous {
		return
	}
	s.all = slices.DeleteFunc(s.all, func(each *session) bool { return !each.inside() })
}

// inside tells whether the client got past a login or entered the native UI.
func (s *session) inside() bool { return s.loggedIn || s.password || s.code || s.entry != "" }

// find returns the session a request belongs to, or nil.
func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(s.cookie)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(s.all, func(each *session) bool { return each.id == c.Value })
	if i < 0 {
		return nil
	}
	return s.all[i]
}

func (s *sessions) wasLeft(r *http.Request) bool {
	c, err := r.Cookie(s.cookie)
	return err == nil && s.left[c.Value]
}

func (s *sessions) open() []*session {
	var open []*session
	for _, each := range s.all {
		if each.inside() {
			open = append(open, each)
		}
	}
	return open
}

// loggedIn counts the sessions that are past the login and not expired.
func (s *sessions) loggedIn(now time.Time, timeout time.Duration) int {
	n := 0
	for _, each := range s.all {
		if each.loggedIn && (timeout == 0 || now.Sub(each.lastUse) <= timeout) {
			n++
		}
	}
	return n
}

func (s *sessions) end(gone *session) {
	s.all = slices.DeleteFunc(s.all, func(each *session) bool { return each == gone })
}

func (s *sessions) leave(gone *session) {
	s.left[gone.id] = true
	s.end(gone)
}

func (s *sessions) forget() { s.all = nil }

// newToken makes the token of a form page: more than 64 bits, in decimal.
func (s *sessions) newToken(small bool) string {
	if small {
		return strconv.FormatInt(1e9+s.rng.Int64N(9e9), 10)
	}
	return strconv.Itoa(2+s.rng.IntN(8)) + fmt.Sprintf("%019d", s.rng.Uint64()%1e19)
}

// newLogin makes a value for the login cookie.
func (s *sessions) newLogin() string { return strconv.FormatInt(int64(s.rng.Uint64()), 10) }

// newEntry makes a value for the cookie iR.
func (s *sessions) newEntry() string { return strconv.FormatUint(uint64(s.rng.Uint32()), 10) }

// isLocked tells whether logins are refused for the time being.
func (s *sessions) isLocked(now time.Time) bool {
	if s.locked && !s.lockedUntil.IsZero() && !now.Before(s.lockedUntil) {
		s.locked, s.failures = false, 0
	}
	return s.locked
}

// fail counts a refused login.
func (s *sessions) fail(cfg Config, now time.Time) {
	s.failures++
	if cfg.MaxFailures == 0 || s.failures < cfg.MaxFailures || !cfg.enforces(RuleLoginLockout) {
		return
	}
	s.locked, s.lockedUntil = true, time.Time{}
	if cfg.LockoutTime > 0 {
		s.lockedUntil = now.Add(cfg.LockoutTime)
	}
}
