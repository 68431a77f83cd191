package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/errkind"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// reply is how a device answered a write: a login that is accepted is answered
// by a redirect, or by a new cookie.
type reply struct {
	redirect, cookie bool
	status           int // 0: no answer came
}

// granted reports whether it has a mark of an accepted login.
func (r reply) granted() bool { return r.redirect || r.cookie }

// lookLoggedIn finds out what came of a login whose answer was lost. If the
// device shows its login form, the credential is sent once more: it was not seen
// refused, and whoever ran the program again would send it, too.
func (s *Session) lookLoggedIn(ctx context.Context, why error) (*Page, error) {
	s.loggedIn = false // its login form is no sign of a lost session
	p, err := s.get(ctx, s.entry, nil)
	if err != nil {
		s.loggedIn = true
		return nil, errors.Join(why, err)
	}
	p, form, err := s.findForm(ctx, p)
	if err != nil {
		return nil, err
	}
	if form == nil {
		s.accepted = true
		return p, nil
	}
	if s.reply.status != 0 && s.reply.status < 500 && !errkind.BrokeOff(why) {
		return nil, why // it was answered, by something that cannot be followed
	}
	return s.submitLogin(ctx, p, form)
}

func (s *Session) checkMemory(c Credentials) error {
	if s.cfg.Memory == nil {
		return nil
	}
	before, err := s.cfg.Memory.Refused(s.deviceID(), c)
	if err != nil {
		return fmt.Errorf("cannot tell whether this credential was refused before, so it is not sent: %w", err)
	}
	if before {
		return &LoginError{Host: s.t.host, Before: true}
	}
	return nil
}

// arrivals are what is on a page that one lands on, and on no other before.
var arrivals = []Label{labels.LogOut, labels.Settings, labels.StatusMonitor, labels.DeviceInformation, labels.DeviceManagement, labels.JobStatus}

// fewLinks: a page with fewer things to click, none of them known, may be one that
// only says something.
const fewLinks = 3

// offersMuch reports whether a page is more than one that says something: it leads
// to the login, or has things to click.
func (s *Session) offersMuch(p *Page) bool {
	return clicks(p) >= fewLinks || s.offers(p, labels.LogIn, labels.AdministratorLogin)
}

// clicks counts what a page and its frames have to click.
func clicks(p *Page) (n int) {
	for _, doc := range p.documents() {
		n += len(doc.Actions()) + len(doc.Frames())
	}
	return n
}

// judge decides whether a page that is no login form means that the login was
// accepted. A page that says why it was not may hold no form at all.
func (s *Session) judge(ctx context.Context, l *loginForm, p *Page, before string) error {
	passwords, texts := boxes(p.p)
	_, prompt := promptForm(p.p)
	switch {
	case slices.ContainsFunc(p.documents(), s.isOutside):
		return s.loginRefused(s.cfg.Credentials, l, p, before)
	case s.offers(p, labels.LogOut), s.offers(p, arrivals...) && !s.offers(p, labels.LogIn, labels.AdministratorLogin):
		return nil
	case s.turnedAway(p, before) != nil:
		return s.loginRefused(s.cfg.Credentials, l, p, before)
	case prompt, passwords+texts > 0: // what may follow an accepted login: [Session.passPrompts]
		if s.reply.granted() {
			return nil
		}
	case s.reply.granted() && clicks(p) >= fewLinks:
		return nil
	}
	// The page is of no known kind: whether it lets one in is what the first page
	// shows now, where that is not the login form for everybody.
	if !l.kind.lands && s.reply.granted() {
		if forgotten, err := s.showsLogin(ctx, l); err != nil || !forgotten {
			return err
		}
	}
	return s.loginRefused(s.cfg.Credentials, l, p, before)
}

// showsLogin reports whether the first page is the login form. The page in front
// of it stays the live one.
func (s *Session) showsLogin(ctx context.Context, l *loginForm) (bool, error) {
	res, err := s.exchange(ctx, &page.Request{Method: "GET", URL: s.entry}, nil, read)
	if err != nil {
		return false, fmt.Errorf("after the login: %w", err)
	}
	p, err := s.loadPage(ctx, res, s.unscripted(res.url))
	if err != nil {
		return false, fmt.Errorf("after the login: %w", err)
	}
	defer p.Close()
	return findLogin(p, s.words, l.kind) != nil || s.isOutside(p), nil
}

// frontOf is what one sees of a page, to know it again; empty: nothing.
func frontOf(p *page.Page) string {
	front := p.Text()
	for _, f := range p.Frames() {
		front += "\n" + f.URL.String()
	}
	if strings.TrimSpace(front) == "" {
		return ""
	}
	return p.Title() + "\n" + front
}

// isOutside reports whether a page is the first one as it was shown before the
// login, which need not be the one with the form.
func (s *Session) isOutside(p *page.Page) bool { return s.outside != "" && frontOf(p) == s.outside }

// offers reports whether one of the labels can be clicked on the page.
func (s *Session) offers(p *Page, labels ...Label) bool {
	return slices.ContainsFunc(p.documents(), func(doc *page.Page) bool {
		return slices.ContainsFunc(doc.Actions(), func(text string) bool { return s.words.reads(text, labels...) })
	})
}

// turnedAway returns what a page without a login form says of logging in, if it is
// one that offers nothing else; nil: it says nothing of the kind. before is the
// text of the page that had the form.
func (s *Session) turnedAway(p *Page, before string) error {
	if s.offers(p, arrivals...) {
		return nil
	}
	said := s.refusal(p, before)
	if text := lockText(said); text != "" && before != "" {
		return &LockedError{Host: s.t.host, Text: text}
	}
	f, known := failureOf(said)
	if f == DeviceBusy && s.offersMuch(p) {
		return nil // a start page that shows what the device does
	}
	if known {
		return &LoginError{Host: s.t.host, Reason: said, Failure: f}
	}
	return nil
}

// loginRefused makes the error; before is the text of the page that had the
// form.
func (s *Session) loginRefused(c Credentials, l *loginForm, p *Page, before string) error {
	said := s.refusal(p, before)
	failure, _ := failureOf(said)
	lock := lockText(s.scrub(p.p.Text()))
	if lock == "" {
		lock = lockText(said) // an alert
	}
	switch {
	case s.accepted && lock == "" && failure == WrongCredential:
		// It was right a moment ago: a device that is just starting, say.
		return errors.New("login: the device refuses the credential that it accepted before in this run")
	case lock != "" && s.accepted:
		return &LockedError{Host: s.t.host, Text: lock}
	}
	err := error(&LoginError{Host: s.t.host, Form: l.kind.name, Reason: said, Failure: failure})
	if lock != "" {
		// It may be a lock, or a refusal that warns of one: neither may be met
		// with the same credential again.
		err = &LockedError{Host: s.t.host, Text: lock}
	} else if failure.passes() || failure == PageExpired {
		s.logins-- // the password was not looked at
		return err
	} else if failure != WrongCredential {
		return err
	}
	return s.remember(c, err)
}

// remember notes that a credential was refused.
func (s *Session) remember(c Credentials, err error) error {
	if s.cfg.Memory == nil {
		return err
	}
	return errors.Join(err, s.cfg.Memory.Remember(s.deviceID(), c))
}

// refusal is what the device says of a refused login: messages, and the lines
// that the page did not have when it was asked for. In which words it does, or
// where on the page, nobody has published.
func (s *Session) refusal(p *Page, before string) string {
	said := s.alerts(p.p.Alerts())
	known := map[string]bool{"": true}
	for line := range strings.Lines(before) {
		known[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(p.p.Text()) {
		if line = strings.TrimSpace(line); !known[line] {
			known[line] = true
			said = append(said, s.say(line, 200))
		}
	}
	return s.scrub(strings.Join(said, " ")) // of a secret each line may hold a part
}
