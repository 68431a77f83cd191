package remoteui

import (
	"context"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// loginForm is one of the kinds that devices show. They are told apart by their
// fields: URLs and titles differ, these names are published.
type loginForm struct {
	name string
	// fields that the form must have, by name
	marks []string
	// action is the path that the form must be sent to, where the names of its
	// fields alone are too common; empty: any.
	action string
	fill   func(ctx context.Context, p *page.Page, f *page.Form, c Credentials) error
	// logout is the published address that ends the session.
	logout string
	// lands: the page one lands on is an address of its own, and the one to go
	// back to.
	lands bool
}

var loginForms = []loginForm{
	{name: "RSA challenge", marks: []string{"CHALLENGE", "PK", "PASSWORD"}, fill: fillChallenge, logout: logoutADV},
	{name: "department ID", marks: []string{"deptid", "password"}, fill: fillDepartment, logout: logoutADV},
	{name: "user name", marks: []string{"userID", "password"}, fill: fillUser, logout: logoutADV},
	{name: "System Manager", marks: []string{"i0014", "i0016"}, action: loginSmall, fill: fillManager, logout: logoutSmall, lands: true},
	{name: "PIN", marks: []string{"i2101"}, action: loginSmall, fill: fillPIN, logout: logoutSmall, lands: true},
}

// Published addresses of the two families.
const (
	logoutADV   = "/rps/logout.cgi"
	loginSmall  = "/checkLogin.cgi"
	logoutSmall = "/logout.cgi"
)

// findLogin returns the login form of a page, nil if it has none.
func findLogin(p *page.Page) (*page.Form, *loginForm) {
	for _, f := range p.Forms() {
	kinds:
		for i := range loginForms {
			if want := loginForms[i].action; want != "" && (f.Action == nil || f.Action.Path != want) {
				continue
			}
			for _, name := range loginForms[i].marks {
				if _, ok := f.Field(name); !ok {
					continue kinds
				}
			}
			return f, &loginForms[i]
		}
	}
	return nil, nil
}

func fillDepartment(_ context.Context, _ *page.Page, f *page.Form, c Credentials) error {
	id := c.DepartmentID
	if id == "" {
		id = c.UserName
	}
	if id == "" {
		return errors.New("device asks for a department ID: none was given")
	}
	f.Set("deptid", id)
	f.Set("password", c.Password.Reveal())
	return nil
}

func fillUser(_ context.Context, _ *page.Page, f *page.Form, c Credentials) error {
	if c.UserName == "" {
		return errors.New("device asks for a user name: none was given")
	}
	f.Set("userID", c.UserName)
	f.Set("password", c.Password.Reveal())
	return nil
}

// fillChallenge answers the challenge as the page's own script would: the
// password and the challenge text, encrypted to the key in the form
// (RSAES-PKCS1-v1_5, RFC 8017 section 7.2), in base64.
func fillChallenge(_ context.Context, _ *page.Page, f *page.Form, c Credentials) error {
	user := c.UserName
	if user == "" {
		user = c.DepartmentID
	}
	if user == "" {
		return errors.New("device asks for a user name: none was given")
	}
	pk, _ := f.Field("PK")
	challenge, _ := f.Field("CHALLENGE")
	key, err := publicKey(pk.Value)
	if err != nil {
		return err
	}
	//lint:ignore SA1019 it is what the device's form takes, and it goes over TLS
	sealed, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte(c.Password.Reveal()+challenge.Value))
	if err != nil && fips140.Enforced() {
		return fmt.Errorf("the device's login form takes the password encrypted by a means that FIPS 140 does not allow (%w): run without GODEBUG=fips140=only for this device", err)
	}
	if err != nil {
		return fmt.Errorf("login form: its public key does not take the password: %w", err)
	}
	f.Set("USERNAME", user)
	f.Set("PASSWORD", base64.StdEncoding.EncodeToString(sealed))
	f.Set("PASSWORD_T", "") // the visible box, which the script empties
	return nil
}

// publicKey reads the PEM that stands in the attribute value, whose line
// breaks may have been changed on the way.
func publicKey(text string) (*rsa.PublicKey, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r", "")
	block, _ := pem.Decode([]byte(text + "\n"))
	if block == nil {
		text = strings.NewReplacer("-----BEGIN PUBLIC KEY-----", "", "-----END PUBLIC KEY-----", "", "\n", "", " ", "").Replace(text)
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, errors.New("login form: its public key (PK) cannot be read")
		}
		block = &pem.Block{Bytes: der}
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("login form: its public key (PK) cannot be read")
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("login form: its public key is %T, not RSA", key)
	}
	return pub, nil
}

// login gets in and lands on the portal page.
func (s *Session) login(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loginLocked(ctx)
}

func (s *Session) loginLocked(ctx context.Context) error {
	// The session that is given up may still live on the device, and one left
	// open can keep the next one out.
	if err := s.logoutNow(ctx); err != nil {
		s.cfg.Logger.Debug("giving up a session", "error", err)
	}
	s.logout, s.home = nil, nil
	s.t.forget()
	first, err := s.get(ctx, s.entry, nil)
	if err != nil {
		return fmt.Errorf("first page: %w", err)
	}
	s.entry = entryOf(first.p.URL())
	form, kind := findLogin(first.p)
	if form == nil {
		if err := unknownLogin(first); err != nil {
			return err
		}
		s.form = nil
		if first, err = s.openFrames(ctx, first); err != nil {
			return err
		}
		return s.arrive(first)
	}
	s.form = kind
	landing, err := s.submitLogin(ctx, first, form, kind)
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
	if kind.lands {
		s.home = landing.p.URL()
	}
	s.event(EventLoggedIn, "logged in by the "+kind.name+" form")
	if landing, err = s.openFrames(ctx, landing); err != nil {
		return err
	}
	return s.arrive(landing)
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
				Found: names, Snapshot: p.s.scrub(snapshot(p.p)),
			}
		}
	}
	return nil
}

// entryOf strips what belonged to one visit.
func entryOf(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"} }

// submitLogin sends the credential, once.
func (s *Session) submitLogin(ctx context.Context, on *Page, form *page.Form, kind *loginForm) (*Page, error) {
	c := s.cfg.Credentials
	if c.empty() {
		return nil, &LoginError{Host: s.t.host, Form: kind.name, Missing: true}
	}
	if err := s.checkMemory(c); err != nil {
		return nil, err
	}
	if err := chooseDestination(on.p, form, c.Destination); err != nil {
		return nil, err
	}
	if err := kind.fill(ctx, on.p, form, c); err != nil {
		return nil, err
	}
	req, err := form.Request(kind.submitter(form))
	if err != nil {
		return nil, fmt.Errorf("login form: %w", err)
	}
	if req.Method != http.MethodPost {
		// Addresses are kept in histories and logs, and go on as Referer.
		return nil, &PageError{Page: on.name(), Label: "login form", Reason: "would send the password within an address: refused", Snapshot: s.scrub(snapshot(on.p))}
	}
	s.allLogins++
	if s.logins++; s.logins > maxLogins {
		return nil, &tooManyLoginsError{maxLogins}
	}
	before, absences := on.p.Text(), s.absences
	// A refusal is the form once more: at once, or where a redirect leads.
	p, err := s.follow(ctx, req, on.p.URL(), write, nil)
	if err != nil {
		// It may have been accepted: then there is a session to leave.
		s.loggedIn, s.logout = true, s.knownLogout()
		return nil, fmt.Errorf("login: %w", err)
	}
	if again, next := findLogin(p.p); again != nil {
		if (kind.action != loginSmall && s.granted || s.absences != absences) && !s.forgot {
			// Accepted, and forgotten before the next request: no refusal looks like
			// this, for they come with status 200. Or the device restarted in between.
			s.forgot = true
			return s.submitLogin(ctx, p, again, next)
		}
		return nil, s.loginRefused(c, kind, p, before)
	}
	s.accepted = true
	return p, nil
}

// chooseDestination selects the login destination asked for.
func chooseDestination(p *page.Page, form *page.Form, want string) error {
	if want == "" {
		return nil
	}
	var found []string
	done := false
	p.Document().Find("select").Each(func(_ int, sel *goquery.Selection) {
		name := sel.AttrOr("name", "")
		if _, ok := form.Field(name); !ok {
			return
		}
		sel.Find("option").Each(func(_ int, o *goquery.Selection) {
			text := strings.TrimSpace(o.Text())
			value := o.AttrOr("value", text)
			found = append(found, text)
			if !done && (page.Normalize(text) == page.Normalize(want) || value == want) {
				done = form.Set(name, value)
			}
		})
	})
	switch {
	case done:
		return nil
	case len(found) == 0:
		return fmt.Errorf("login destination %q was asked for, but the login form offers no choice", want)
	}
	return fmt.Errorf("login destination %q is not offered: choose one of %s", want, quoteList(found))
}

// passPrompts answers what may stand between the login and the portal: the
// proposal to change a factory password is declined (form "sdl", field
// "conf"); a demand for a new password or a one-time code is named.
func (s *Session) passPrompts(ctx context.Context, p *Page) (*Page, error) {
	for _, f := range p.p.Forms() {
		if _, asks := f.Field("conf"); f.Name == "sdl" && asks {
			f.Set("conf", "no")
			req, err := f.Request("")
			if err != nil {
				return nil, err
			}
			s.event(EventNotice, "the device proposes to change its factory password: declined; change it afterwards")
			return s.follow(ctx, req, p.p.URL(), write, nil)
		}
	}
	doc := p.p.Document()
	passwords := doc.Find("input[type=password]").Length()
	texts := doc.Find("input[type=text], input[type=tel], input[type=number], input:not([type])").Length()
	switch {
	case passwords >= 2:
		return nil, ErrPasswordExpired
	case passwords+texts == 1 && doc.Find("a[href]").Length() < 3:
		return nil, ErrOneTimeCode
	}
	return p, nil
}
