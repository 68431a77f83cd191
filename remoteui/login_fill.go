package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A login form is filled in as a person does it, and sent by what a person
// presses, so that the page's own script encrypts, copies what was chosen into
// hidden fields, and empties the box. Only where that fails the fields are filled
// in by the published scheme. Both are tried on paper, and one request is sent.

// credential is what the form is filled with.
type credential struct {
	id       string
	password Secret
}

// identify picks what the form asks for. Where the form says that it asks for
// something else than was given, that is the error, and no attempt is spent.
func (l *loginForm) identify(host string, c Credentials, w *words) (string, error) {
	asks, told := l.kind.asks, false
	if l.user != nil && l.user.ReadOnly() {
		asks = asksNothing // it is filled in already
	} else if by := l.labelled(w); by != asksNothing && asks != asksNothing {
		asks, told = by, true
	}
	id := ""
	switch asks {
	case asksNothing:
		return "", nil
	case asksUser:
		if id = c.UserName; id == "" && c.DepartmentID != "" && !told {
			id = c.DepartmentID
		}
	case asksEither:
		if id = c.UserName; id == "" {
			id = c.DepartmentID
		}
	default:
		if id = c.DepartmentID; id == "" && allDigits(c.UserName) {
			id = c.UserName
		}
	}
	if id == "" {
		return "", &LoginError{Host: host, Form: l.kind.name, Missing: true, Asks: string(asks)}
	}
	return id, nil
}

// labelled is what the label of the box for the name asks for, if it is known.
func (l *loginForm) labelled(w *words) identifier {
	if l.user == nil {
		return asksNothing
	}
	for _, k := range []struct {
		label Label
		asks  identifier
	}{{labels.ManagerID, asksManager}, {labels.DepartmentID, asksDepartment}, {labels.UserName, asksUser}} {
		if slices.ContainsFunc(l.user.Labels(), func(t string) bool { return w.reads(t, k.label) }) {
			return k.asks
		}
	}
	return asksNothing
}

// allDigits reports whether a name may be a department ID: those are numbers.
func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// prepare makes the request that logs in, and sends nothing.
func (s *Session) prepare(ctx context.Context, on *Page, l *loginForm, c Credentials) (*page.Request, error) {
	sealing := l.seal()
	if err := sealing.allowed(); err != nil {
		return nil, err
	}
	id, err := l.identify(s.t.host, c, s.words)
	if err != nil {
		return nil, err
	}
	with := credential{id, c.Password}
	before := l.form.Fields()
	if err := l.chooseMode(ctx, s.words); err != nil {
		s.cfg.Logger.Debug("login form: choosing the mode", "error", s.scrubError(err))
	}
	to, err := l.destination(c.Destination, s.words)
	if err != nil {
		return nil, err
	}
	r, held, why := s.asPerson(ctx, l, with, to)
	if why == nil {
		why = l.onPaper(r, before, id, c.Password, sealing != nil)
	}
	if why == nil && len(l.doc.ScriptErrors()) > 0 && !to.carried(r) {
		why = errors.New("the request would not carry the login destination")
	}
	if why == nil {
		return r, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if on, ok := errors.AsType[*leadsOn](why); ok {
		return nil, on
	}
	why = s.scrubError(why)
	if held {
		return nil, s.cannotLogin(on, l, fmt.Errorf("%w (%w)", errHeld, why))
	}
	if _, cannot := errors.AsType[*page.ValueError](why); cannot { // no browser would send it either
		return nil, fmt.Errorf("login form: %w", why)
	}
	if sealing == nil && !errors.Is(why, errAddress) && s.scriptsSeal(l.doc) {
		return nil, s.cannotLogin(on, l, fmt.Errorf("%w, and the page's scripts encrypt: the password is not sent in clear", why))
	}
	if len(l.kind.marks) == 0 && sealing == nil && l.form.IsLoose() {
		return nil, s.cannotLogin(on, l, why)
	}
	if r, err = l.byHand(with, to, sealing, s.words); err == nil {
		err = l.onPaper(r, before, id, c.Password, sealing != nil)
	}
	if err != nil {
		return nil, s.cannotLogin(on, l, fmt.Errorf("%w (by its own script: %w)", err, why))
	}
	s.event(EventNotice, fmt.Sprintf("the login page's own script failed (%s): its fields are filled in by the known scheme instead", clip(s.scrubScript(why.Error()), 200)))
	return r, nil
}

// scriptsSeal reports whether the scripts of a page speak of encrypting.
func (s *Session) scriptsSeal(p *page.Page) bool {
	if sealWords.MatchString(p.Scripts()) {
		return true
	}
	s.scriptsMu.Lock()
	defer s.scriptsMu.Unlock()
	for _, src := range s.scripts {
		if sealWords.MatchString(src) {
			return true
		}
	}
	return false
}

// cannotLogin says why nothing was sent, and what the form has.
func (s *Session) cannotLogin(on *Page, l *loginForm, why error) error {
	var names []string
	for _, in := range l.form.Inputs() {
		names = append(names, in.Name)
	}
	return &PageError{
		Page: on.name(), Label: "login form", Reason: clip(s.scrubScript(why.Error()), 400), Found: s.scrubAll(names), Snapshot: s.snapshot(l.doc), Err: why,
	}
}

// chooseMode becomes an administrator where the form has that choice: the boxes
// may be enabled only then.
func (l *loginForm) chooseMode(ctx context.Context, w *words) error {
	controls := l.form.Controls()
	if i := slices.IndexFunc(controls, func(c *page.Control) bool { return c.ID() == "i0012A" && c.Kind() == page.Radio }); i >= 0 {
		return controls[i].Check(ctx, true)
	}
	if l.kind.logout == logoutSmall {
		l.form.Set("i0012", "1")
	}
	for _, c := range controls {
		choice := managerChoice(c, w)
		switch {
		case choice == "":
			continue
		case c.Kind() == page.Radio:
			return c.Check(ctx, true)
		}
		return c.Choose(ctx, []string{choice})
	}
	return nil
}

// errHeld: of the two requests of such a page only the first logs in, and what it
// holds is made by its script alone.
var errHeld = errors.New("the page's script would log in by a request of its own, which is not supported: nothing was sent")

// asPerson fills in the form and presses its button. Nothing is sent; held: the
// page's script would have.
func (s *Session) asPerson(ctx context.Context, l *loginForm, with credential, to *destination) (r *page.Request, held bool, err error) {
	s.typing = &typing{plain: with.password.Reveal()}
	defer func() { s.typing = nil }()
	r, err = l.asPerson(ctx, with, to, s.words)
	return r, s.typing.held, err
}

func (l *loginForm) asPerson(ctx context.Context, with credential, to *destination, w *words) (*page.Request, error) {
	if err := to.choose(ctx); err != nil {
		return nil, err
	}
	if l.user != nil && !l.user.ReadOnly() {
		enter := func() error { return l.user.Set(ctx, with.id) }
		if l.user.Kind() == page.Select {
			enter = func() error { return l.user.Choose(ctx, []string{with.id}) }
		}
		if err := enter(); err != nil {
			return nil, err
		}
	}
	if l.secret != nil {
		if err := l.secret.Set(ctx, with.password.Reveal()); err != nil {
			return nil, err
		}
	}
	button := l.button(w)
	if button == nil {
		return nil, errors.New("it has no button to log in by")
	}
	out, err := button.Click(ctx, page.ClickOptions{})
	for tries := 0; err == nil && out.Request == nil && l.doc.Pending() && tries < maxSettles; tries++ {
		out, err = l.doc.Settle(ctx, settleTime) // it asks for a challenge first, say
	}
	if err != nil {
		return nil, err
	}
	if out.Request == nil {
		said := append(out.Alerts, out.Confirmations...)
		if len(said) == 0 {
			return nil, errors.New("the page asked for nothing")
		}
		return nil, fmt.Errorf("the page asked for nothing, and said %s", quoteList(said))
	}
	return out.Request, nil
}

// maxSettles and settleTime bound what a login page may take to make its request.
const (
	maxSettles = 10
	settleTime = 3 * time.Second
)

// byHand fills in the fields without any script.
func (l *loginForm) byHand(with credential, to *destination, sealing *seal, w *words) (*page.Request, error) {
	for _, box := range []*page.Control{l.user, l.secret} {
		if box != nil && box.Name() == "" {
			return nil, errors.New("a box of the form has no name: only its script knows how it is sent")
		}
	}
	if l.user != nil && !l.user.ReadOnly() {
		l.form.Set(l.user.Name(), with.id)
	}
	if err := to.copy(l.form, w); err != nil {
		return nil, err
	}
	if l.secret != nil {
		l.form.Set(l.secret.Name(), with.password.Reveal())
	}
	if sealing != nil {
		if l.secret != nil {
			l.form.Set(l.secret.Name(), "") // as the script empties the box
		}
		if err := sealing.fill(l.form, with.password); err != nil {
			return nil, err
		}
	}
	r, err := l.form.Request(l.submitter())
	if err != nil {
		return nil, fmt.Errorf("login form: %w", err)
	}
	return r, nil
}

// submitter is the button by which a person sends the form, where it is sent
// along: by its published name.
func (l *loginForm) submitter() string {
	button := func(in page.Input) bool {
		return in.Name == "submitButton" && (in.Type == "submit" || in.Type == "image") && !in.Disabled
	}
	if l.kind.logout == logoutSmall && slices.ContainsFunc(l.form.Inputs(), button) {
		return "submitButton"
	}
	return ""
}
