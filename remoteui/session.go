package remoteui

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rekey-go/rekey/internal/errkind"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

const (
	// logoutTime bounds the logging out, which happens also when the caller's
	// context is done: a session left open can keep the next one out.
	logoutTime = 10 * time.Second
	// logoutTries bounds the requests to log out.
	logoutTries = 3
	// maxLogins bounds how often one session logs in with a credential that was
	// accepted before (after a restart, or when the session expired).
	maxLogins = 8
	// restartLogins bounds it after one restart: a device that is starting may
	// lose the answer.
	restartLogins = 3
)

// Session is one logged-in session with one device. The device sees one
// request at a time, and as in a browser with one tab the page loaded last is
// the only live one. A session may be closed from any goroutine; it and its
// pages are otherwise used by one.
type Session struct {
	cfg Config
	t   *transport
	// owner of the scripts: the device, by the address that was asked for.
	owner string

	mu         sync.Mutex // held while a request is in flight
	entry      *url.URL   // where one begins
	home       *url.URL   // the page one landed on, where it is to be gone back to; nil: entry
	landing    *Page      // the portal page as the login led to it; nil once another was loaded from it
	lang       string
	form       *loginKind // kind of login form; nil: none was shown
	loggedIn   bool
	closed     bool
	logins     int  // credentials sent
	allLogins  int  // the same, never set back
	accepted   bool // the credential was accepted in this session
	logout     *page.Request
	live       []*page.Page // the documents of the page loaded last
	kept       []*page.Page // of these, the frames that the next one does not replace
	target     target       // the frame that the next one is for
	behind     *Page        // the page behind the small window that the next one is for; nil: none
	windowName string       // of that window
	inside     bool         // it is an inline frame of that page
	returns    int          // from windows that were left at once, since something was clicked
	used       *dom.Used    // by the documents of the window together
	unverified []UnverifiedLabel
	machine    machine
	words      *words             // never nil
	strays     map[string]bool    // ways that led to a page with nothing known on it
	strange    map[string]bool    // texts of such pages for which the session logged in anew
	everywhere []string           // what can be clicked on the portal page
	here       *Page              // what a person has in front of them; nil: nothing
	after      *Page              // what the device showed after the last press, and nobody walked to since; nil: nothing
	ways       map[string]way     // by wayKey; those of this login
	foreseen   map[string][]Label // items of menus, by wayKey of the menu: see Foresee
	alive      map[string]bool    // menus that a look at their items changes, by wayKey
	byPortal   bool               // an area is shown after the portal page only
	roundabout bool               // the first page of an area cannot be asked for but by the item of the area
	ordered    bool               // pages are not to be asked for but by way of those before them
	awaiting   bool               // a restart: connections are expected to be refused
	typing     *typing            // a login form is being filled in
	reply      reply              // how the last write was answered
	frontTitle string             // of the page at "/"
	outside    string             // what that page showed before the login, if the form was elsewhere
	started    string             // the path of the start page, where the root has none; empty: "/"
	forgot     bool               // such a login was forgotten at once, and sent again
	meeting    bool               // the device's first page is on its way: it may lead to another port
	shot       atomic.Pointer[shot]
	inClear    bool       // the way to the device began without TLS: it may have to again
	settled    bool       // it answered as the one meant: the device is there
	absences   int        // how often the device went away by itself and came back
	acting     act        // what the requests of scripts belong to
	lost       error      // such a request that may have changed the device was not answered
	pressedAt  int        // absences when something was pressed last
	presses    int        // how often something was pressed
	asked      *asks      // by scripts since the last click
	leads      *page.Page // on which a click goes on that leads on, and no script has sent a form for it

	left    atomic.Int64 // scripts left behind
	endless atomic.Bool  // a script was stopped that would not end

	scriptsMu   sync.Mutex
	scripts     map[string]string // external scripts by address, fetched once
	scriptBytes int
}

// Dial finds the device's Remote UI, checks who it is, logs in and lands on
// the portal page. The session must be closed. Errors: [*IdentityError],
// [*LoginError], [*LockedError], [ErrPlainHTTP], [ErrOneTimeCode],
// [ErrPasswordExpired], [*PageError], or why the device could not be reached.
func Dial(ctx context.Context, cfg Config) (*Session, error) {
	cfg.setDefaults()
	starts, err := cfg.startURLs()
	if err != nil {
		return nil, err
	}
	s := &Session{cfg: cfg, asked: &asks{}, lang: cfg.Language, owner: starts[0].Host}
	s.learn()
	s.t = newTransport(&s.cfg, starts[0].Hostname())
	s.cfg.Recorder.begin(s)
	handed := false
	defer func() {
		// A login that was accepted leaves a session even if a later page failed, or
		// a callback of the caller's panicked.
		if !handed {
			s.Close(ctx)
		}
	}()
	if err := s.openAwaited(ctx, starts); err != nil {
		return nil, err
	}
	if err := s.login(ctx); err != nil {
		return nil, err
	}
	handed = true
	return s, nil
}

// openAwaited is open, and waits for a device that was there a moment ago and
// takes no connections now.
func (s *Session) openAwaited(ctx context.Context, starts []*url.URL) error {
	err := s.open(ctx, starts)
	if err == nil || !s.cfg.Awaited || final(err) || !s.t.unreachable.Load() || ctx.Err() != nil {
		return err
	}
	return s.untilBack(ctx, err, func(ctx context.Context) error { return s.open(ctx, starts) })
}

// open finds the address at which the UI answers over TLS.
func (s *Session) open(ctx context.Context, starts []*url.URL) error {
	var errs []error
	plain := false
	for i := 0; i < len(starts); i++ {
		entry, err := s.tryStart(ctx, starts[i])
		switch {
		case err == nil:
			s.enter(entry)
			s.settled, s.inClear = true, starts[i].Scheme == "http"
			leaf, pin := s.t.id.current()
			s.event(EventConnected, fmt.Sprintf("%s, key %s, certificate for %q%s", entry.Host, pin, s.say(leaf.Subject.CommonName, 60), factoryNote(leaf)))
			return nil
		case errors.Is(err, ErrPlainHTTP):
			plain = true
			starts = append(starts, overTLS(starts[i], starts)...)
		case ctx.Err() != nil:
			return err
		default:
			// A device that is not the one meant is not asked at other ports.
			if _, ok := errors.AsType[*IdentityError](err); ok {
				return err
			}
			errs = append(errs, err)
		}
	}
	if plain {
		return ErrPlainHTTP
	}
	return unfound(s.t.host, errs)
}

// unfound says why no address was the UI's. A device of which one port answered is
// neither off nor asleep, whatever the other ports did: those are told only.
func unfound(host string, errs []error) error {
	var answered, others []error
	silent := false
	for _, err := range errs {
		_, late := errors.AsType[*unansweredError](err)
		late = late || errors.Is(err, context.DeadlineExceeded)
		_, unknown := errors.AsType[*net.DNSError](err)
		op, ok := errors.AsType[*net.OpError](err)
		if silent = silent || late; late || unknown || ok && op.Op == "dial" {
			others = append(others, err)
		} else {
			answered = append(answered, err)
		}
	}
	switch why := errors.Join(others...); {
	case len(answered) > 0 && why != nil:
		return fmt.Errorf("no Remote UI found: %w\n%v", errors.Join(answered...), why)
	case len(answered) > 0:
		return fmt.Errorf("no Remote UI found: %w", errors.Join(answered...))
	case silent:
		return fmt.Errorf("no Remote UI found at %s: %w (%w)", host, ErrSilent, why)
	default:
		return fmt.Errorf("no Remote UI found: %w", why)
	}
}

// tryStart asks one address, following a change to TLS on the same host. No
// page is kept: the first page over TLS is loaded by login.
func (s *Session) tryStart(ctx context.Context, u *url.URL) (*url.URL, error) {
	for range 4 {
		if u.Scheme == "https" {
			_, err := s.handshake(ctx, u)
			if asleep(ctx, err) {
				_, err = s.handshake(ctx, u)
			}
			return u, err
		}
		res, err := s.t.look(ctx, u)
		if err != nil {
			return nil, err
		}
		if res.location == nil {
			next, err := s.refreshTarget(ctx, res)
			if err != nil {
				return nil, err
			}
			if next == nil {
				return nil, ErrPlainHTTP
			}
			res.location = next
		}
		u = res.location
		if u.Path == "" {
			u.Path = "/"
		}
	}
	return nil, errors.New("redirects do not end")
}

// asleep reports whether a connection came about and then broke: a device that
// sleeps may do that to the first one, which wakes it up.
func asleep(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	return errkind.BrokeOff(err)
}

// refreshTarget returns where a page without TLS sends the browser by itself:
// port 80 may answer nothing but a meta refresh to the UI.
func (s *Session) refreshTarget(ctx context.Context, res *response) (*url.URL, error) {
	p, err := s.loadPage(ctx, res, s.unscripted(res.url))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	next := p.Next()
	if next == nil || next.Request == nil || next.Request.Method != "GET" {
		return nil, nil
	}
	if to := next.Request.URL; sameHost(to.Hostname(), s.t.host) && to.String() != res.url.String() {
		return to, nil
	}
	return nil, nil
}

// handshake connects and checks the identity without sending anything. Whoever
// may be the announced successor, and is not proved to be, is asked about.
func (s *Session) handshake(ctx context.Context, u *url.URL) (*x509.Certificate, error) {
	leaf, err := s.t.handshake(ctx, u)
	unsure, ok := errors.AsType[*UnconfirmedError](err)
	if !ok || s.cfg.ConfirmSuccessor == nil {
		return leaf, err
	}
	if refused := s.cfg.ConfirmSuccessor(ctx, unsure); refused != nil {
		return nil, fmt.Errorf("%w (%w)", err, refused)
	}
	s.t.id.confirm(HashSPKI(unsure.Certificate))
	return s.t.handshake(ctx, u)
}

// Vouched reports whether the key that the device presents now was named by the
// caller, by a pin or in answer to [Config.ConfirmSuccessor], or is vouched for
// by the CA that identifies the device.
func (s *Session) Vouched() bool {
	s.t.id.mu.Lock()
	defer s.t.id.mu.Unlock()
	chain := s.t.id.state.PeerCertificates
	return len(chain) > 0 && s.t.id.vouched(chain[0], chain[1:])
}

// handshake connects and checks the identity.
func (t *transport) handshake(ctx context.Context, u *url.URL) (*x509.Certificate, error) {
	addr := hostPort(u)
	conn, err := t.dialTLS(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", addr, t.clean(err))
	}
	conn.Close()
	leaf, _ := t.id.current()
	return leaf, nil
}

// hostPort is where a URL connects to.
func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return u.Host
}

// Close logs out and ends the session. It works also when ctx is done, with
// 10 seconds of its own, and may be called more than once.
func (s *Session) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.t.leaving.Store(true)
	defer s.t.base.CloseIdleConnections()
	s.setLive(nil)
	return s.logoutNow(ctx)
}

func (s *Session) logoutNow(ctx context.Context) error {
	if !s.loggedIn {
		return nil
	}
	s.loggedIn = false
	if s.logout == nil {
		return nil
	}
	var err error
	for range logoutTries {
		res, sendErr := s.t.send(ctx, s.logout, s.entry, true)
		if sendErr == nil {
			s.cfg.Recorder.leave(s.logout, res)
		} else if err = sendErr; s.form == nil {
			continue // nothing would show it
		}
		// Where the answer was lost, too: it may have been heard.
		if looked := s.checkLoggedOut(ctx); looked == nil && (sendErr == nil || !s.form.lands || s.leftHome(ctx)) {
			s.event(EventLoggedOut, "logged out")
			return nil
		} else if sendErr == nil {
			err = looked
		}
	}
	return fmt.Errorf("logging out: %w", err)
}

// leftHome reports whether the page that the session landed on is shown no more.
// The first page tells nothing where a login leads to an address of its own: it
// may be the login form whoever asks.
func (s *Session) leftHome(ctx context.Context) bool {
	defer func() {
		s.loggedIn = false
		s.setLive(nil)
	}()
	return s.sessionForgotten(ctx)
}

// checkLoggedOut looks whether the device shows its login form again: a busy
// device answers a request to log out with a page, too, and does nothing. The
// first page may lead on to the form by itself.
func (s *Session) checkLoggedOut(ctx context.Context) error {
	if s.form == nil {
		return nil
	}
	r := &page.Request{Method: "GET", URL: s.entry}
	for range 1 + maxHops {
		next, err := s.lookLoggedOut(ctx, r)
		if err != nil || next == nil {
			return err
		}
		if err := sleep(ctx, next.Delay); err != nil {
			return err
		}
		r = next.Request
	}
	return errors.New("pages send the browser on without end")
}

// lookLoggedOut returns where the page leads by itself; nil if it is the login
// form.
func (s *Session) lookLoggedOut(ctx context.Context, r *page.Request) (*page.Navigation, error) {
	res, err := s.exchange(ctx, r, nil, read)
	if err != nil {
		return nil, err
	}
	p, err := s.loadPage(ctx, res, s.unscripted(res.url))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if findLogin(p, s.words, s.form) != nil || s.isOutside(p) {
		return nil, nil
	}
	if next := p.Next(); next != nil && next.Request != nil && next.Request.Method == "GET" && next.Delay < soon {
		return next, nil
	}
	return nil, errors.New("the device does not show its login form afterwards")
}

// URL returns the address of the UI, as found.
func (s *Session) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entry.Scheme + "://" + s.entry.Host + "/"
}

// Language returns the language of the labels in use; empty if the portal page
// told none (all languages are then tried).
func (s *Session) Language() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lang
}

// Requests returns how many HTTP requests the session made.
func (s *Session) Requests() int { return int(s.t.requests.Load()) }

// Logins returns how often the session logged in, or tried to: one more than
// before means that the device had forgotten it, or that it is another machine.
func (s *Session) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allLogins
}

// Certificate returns the certificate that the device presented last.
func (s *Session) Certificate() *x509.Certificate {
	leaf, _ := s.t.id.current()
	return leaf
}

// TLS returns the version and the cipher suite of the newest connection.
func (s *Session) TLS() (version, cipher string) {
	s.t.id.mu.Lock()
	defer s.t.id.mu.Unlock()
	return tls.VersionName(s.t.id.state.Version), tls.CipherSuiteName(s.t.id.state.CipherSuite)
}

// Handshake makes a fresh TLS handshake with the device and returns the
// certificate whose private key it thereby showed to hold.
func (s *Session) Handshake(ctx context.Context) (*x509.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	leaf, err := s.handshake(ctx, s.entry)
	if err != nil && s.gone() && worthRetrying(ctx, err) {
		if err := s.awaitReturn(ctx, err); err != nil {
			return nil, err
		}
		return s.handshake(ctx, s.entry)
	}
	return leaf, err
}

// BeginWriting ends the reading part of a session that was opened with
// [Config.ReadOnly]: from now on [Page.Press], [Session.Do] and what else may
// change the device is carried out. It can be called once, and only where
// [Config.Permit] was granted since: whoever plans in a session cannot write in it
// before the plan is approved. Error: [ErrReadOnly], and the session stays as it
// was.
func (s *Session) BeginWriting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case !s.cfg.ReadOnly || !s.cfg.Permit.Granted():
		return fmt.Errorf("beginning to write: %w", ErrReadOnly)
	}
	s.cfg.ReadOnly, s.cfg.Permit = false, nil
	return nil
}

// UnverifiedLabels returns the unverified texts relied on so far.
func (s *Session) UnverifiedLabels() []UnverifiedLabel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unverified)
}

func (s *Session) event(kind EventKind, text string) { s.cfg.OnEvent(Event{Kind: kind, Text: text}) }

// pressed notes that the device was sent what may change it.
func (s *Session) pressed() {
	s.pressedAt = s.absences
	s.presses++
}

func (s *Session) setLive(p *page.Page) {
	for _, old := range s.live {
		if old != p && (p == nil || !slices.Contains(s.kept, old) && !slices.Contains(s.behind.all(), old)) {
			old.Close()
		}
	}
	s.live = nil
	if p == nil {
		s.here = nil
	} else {
		s.live = append(slices.Concat(s.kept, s.behind.all()), p)
	}
}
