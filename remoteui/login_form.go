package remoteui

import (
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// loginKind is a kind of login form. The names of the fields tell the published ones
// apart, for URLs and titles differ; any other form is recognised by what a person
// sees of it.
type loginKind struct {
	name string
	// marks are fields that the form must have, by name.
	marks []string
	// action is the path that the form is sent to: of the published kinds where
	// the names of the fields alone are too common; empty: any.
	action string
	// user and secret are the names of the boxes that a person fills in; user is
	// empty where there is none.
	user, secret string
	asks         identifier
	// logout is the published address that ends the session; empty: none is.
	logout string
	// lands: the page one lands on is an address of its own, and the one to go
	// back to.
	lands bool
}

// identifier is what a form wants besides the password.
type identifier string

const (
	asksNothing    identifier = ""
	asksUser       identifier = "user name"
	asksDepartment identifier = "department ID"
	asksManager    identifier = "System Manager ID"
	asksEither     identifier = "user or department ID" // the page does not tell
)

const (
	logoutADV   = "/rps/logout.cgi"
	loginSmall  = "/checkLogin.cgi"
	logoutSmall = "/logout.cgi"
)

var loginKinds = []*loginKind{
	{name: "RSA challenge", marks: []string{"CHALLENGE", "PK", "PASSWORD"}, user: "USERNAME", secret: "PASSWORD_T", asks: asksUser, logout: logoutADV},
	{name: "department ID", marks: []string{"deptid", "password"}, user: "deptid", secret: "password", asks: asksDepartment, logout: logoutADV},
	{name: "user name", marks: []string{"userID", "password"}, user: "userID", secret: "password", asks: asksUser, logout: logoutADV},
	{name: "System Manager", marks: []string{"i0014", "i0016"}, action: loginSmall, user: "i0014", secret: "i0016", asks: asksManager, logout: logoutSmall, lands: true},
	{name: "PIN", marks: []string{"i2101"}, action: loginSmall, secret: "i2101", logout: logoutSmall, lands: true},
}

// loginForm is a login form on a page, and the boxes in it.
type loginForm struct {
	kind *loginKind
	doc  *page.Page
	form *page.Form
	// user and secret are what a person fills in: user is nil where there is no
	// such box, secret where the form asks for the name first and for the password
	// on a page of its own.
	user, secret *page.Control
}

// publishedLogin returns the login form of a page if it is of a published kind.
func publishedLogin(p *page.Page) *loginForm {
	for _, f := range p.Forms() {
		for _, k := range loginKinds {
			if k.is(f) {
				return &loginForm{kind: k, doc: p, form: f, user: boxNamed(f, k.user), secret: boxNamed(f, k.secret, k.marks[len(k.marks)-1])}
			}
		}
	}
	return nil
}

func (k *loginKind) is(f *page.Form) bool {
	if k.action != "" && actionPath(f) != k.action {
		return false
	}
	return len(k.marks) > 0 && !slices.ContainsFunc(k.marks, func(name string) bool { _, ok := f.Field(name); return !ok })
}

func actionPath(f *page.Form) string {
	if f.Action == nil {
		return ""
	}
	return f.Action.Path
}

// boxNamed is the first field that has one of the names.
func boxNamed(f *page.Form, names ...string) *page.Control {
	controls := f.Controls()
	for _, name := range names {
		if i := slices.IndexFunc(controls, func(c *page.Control) bool { return name != "" && c.Name() == name }); i >= 0 {
			return controls[i]
		}
	}
	return nil
}

// findLogin returns the login form of a page, nil if it has none. known is the
// kind that the session logged in by: then only that and the published ones are
// login forms, for settings pages ask for names and passwords, too.
func findLogin(p *page.Page, w *words, known *loginKind) *loginForm {
	if f := publishedLogin(p); f != nil {
		return f
	}
	forms := append(p.Forms(), p.Loose())
	if known != nil {
		if len(known.marks) > 0 {
			return nil
		}
		for _, f := range forms {
			if l := labelledLogin(p, f, w); l != nil && l.kind.action == known.action && (l.kind.secret == known.secret || l.secret == nil) {
				return l
			}
		}
		return nil
	}
	var found []*loginForm
	for _, f := range forms {
		if l := labelledLogin(p, f, w); l != nil {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return nil
	}
	// Of a form for administrators and one for everybody else it is the former.
	i := slices.IndexFunc(found, func(l *loginForm) bool { return l.kind.asks == asksManager })
	return found[max(i, 0)]
}

// labelledLogin returns what a person would take for a login form: one box for a
// password and at most one for a name, found by their labels, and something to
// press; nil if it is none.
func labelledLogin(p *page.Page, f *page.Form, w *words) *loginForm {
	reads := func(c *page.Control, labels ...Label) bool {
		return slices.ContainsFunc(c.Labels(), func(text string) bool { return w.reads(text, labels...) })
	}
	var names, secrets, usable []*page.Control
	modes := hasModes(f, w)
	for _, c := range f.Controls() {
		switch {
		case c.Kind() == page.Password:
			secrets = append(secrets, c)
			if c.Visible() && !c.Disabled() {
				usable = append(usable, c)
			}
		case c.Kind() == page.Text && reads(c, labels.PIN, labels.Password) && !reads(c, labels.UserName, labels.DepartmentID, labels.ManagerID):
			secrets = append(secrets, c) // shown as it is typed
			if c.Visible() && !c.Disabled() {
				usable = append(usable, c)
			}
		case (c.Kind() == page.Text || c.Kind() == page.Select) && reads(c, labels.UserName, labels.DepartmentID, labels.ManagerID) && !reads(c, labels.LoginDestination):
			names = append(names, c)
		case c.Kind() == page.Text && c.Visible() && !reads(c, labels.LoginDestination):
			names = append(names, c) // it may have no label that is known
		case c.Kind() == page.FileUpload || c.Kind() == page.TextArea && c.Visible():
			return nil
		}
	}
	switch {
	case len(secrets) > 1 && modes: // the name's box says which is of the mode
	case len(usable) == 1:
		secrets = usable
	case len(secrets) > 1:
		return nil // a new password is asked for, say
	}
	k := &loginKind{action: actionPath(f)}
	l := &loginForm{kind: k, doc: p, form: f, user: nameBox(names, len(secrets) > 0, w)}
	if len(secrets) > 0 {
		at := 0
		if len(secrets) > 1 && l.user != nil {
			at = max(slices.IndexFunc(secrets, func(c *page.Control) bool { return c.Follows(l.user) }), 0)
		}
		l.secret = secrets[at]
		k.secret = nameOrID(l.secret)
	}
	if l.user != nil {
		k.user = nameOrID(l.user)
	} else if len(names) > 1 {
		return nil
	}
	if k.asks = l.labelled(w); k.asks == asksNothing && l.user != nil {
		k.asks = asksEither
	}
	button := l.button(w)
	// A box and a button alone may be anything: a search, a password of a policy.
	// Their words must say that one logs in.
	said := button != nil && w.reads(button.Label(), labels.LogIn)
	switch {
	case button == nil:
		return nil
	case l.secret == nil && (l.user == nil || k.asks == asksEither || !said && !w.reads(p.Title(), labels.LogIn)):
		return nil
	case l.secret != nil && l.user == nil && !said && !reads(l.secret, labels.PIN, labels.Password):
		return nil
	}
	k.name = string(k.asks)
	switch k.asks {
	case asksNothing:
		k.name = "PIN"
	case asksManager:
		k.name = "System Manager"
	case asksEither:
		k.name = "user name"
	}
	switch k.action {
	case "/login":
		k.logout = logoutADV
	case loginSmall:
		k.logout = logoutSmall
	}
	return l
}

func nameOrID(c *page.Control) string {
	if name := c.Name(); name != "" {
		return name
	}
	return c.ID()
}

// nameBox picks the box for the name: the only one, or the one whose label is
// known, that of an administrator first.
func nameBox(names []*page.Control, secret bool, w *words) *page.Control {
	for _, l := range []Label{labels.ManagerID, labels.DepartmentID, labels.UserName} {
		for _, c := range names {
			if slices.ContainsFunc(c.Labels(), func(text string) bool { return w.reads(text, l) }) {
				return c
			}
		}
	}
	if len(names) == 1 && secret {
		return names[0]
	}
	return nil
}

// hasModes reports whether the form lets one choose to be an administrator.
func hasModes(f *page.Form, w *words) bool {
	return slices.ContainsFunc(f.Controls(), func(c *page.Control) bool { return managerChoice(c, w) != "" || c.ID() == "i0012A" })
}

// managerChoice is the choice of a field by which one logs in as administrator.
func managerChoice(c *page.Control, w *words) string {
	switch c.Kind() {
	case page.Radio:
		if w.reads(c.Label(), labels.ManagerMode) {
			return c.Label()
		}
	case page.Select:
		for _, o := range c.Options() {
			if w.reads(o.Text, labels.ManagerMode) {
				return o.Text
			}
		}
	}
	return ""
}

// notLogin are buttons of a login form that do not send it.
var notLogin = []Label{labels.Cancel, labels.Back, labels.Close}

// button is what a person presses to log in: what reads so, else the only
// button there is. nil: none can be told.
func (l *loginForm) button(w *words) *page.Action {
	var all, sending, said []*page.Action
	last := l.secret
	if last == nil {
		last = l.user
	}
	for _, a := range l.form.Actions() {
		if a.Resets() || a.Disabled() || w.reads(a.Label(), notLogin...) {
			continue
		}
		all = append(all, a)
		if a.Sends() {
			sending = append(sending, a)
		}
		if w.reads(a.Label(), labels.LogIn, labels.AdministratorLogin) {
			said = append(said, a)
		}
	}
	if i := slices.IndexFunc(said, func(a *page.Action) bool { return w.reads(a.Label(), labels.AdministratorLogin) }); i >= 0 {
		return said[i]
	}
	// Where several read so, a heading among them, it is the one after the boxes.
	if last != nil {
		if i := slices.IndexFunc(said, func(a *page.Action) bool { return a.Follows(last) }); i >= 0 {
			return said[i]
		}
	}
	buttons := slices.DeleteFunc(slices.Clone(all), func(a *page.Action) bool { return !a.IsButton() })
	for _, some := range [][]*page.Action{said, sending, buttons, all} {
		if len(some) == 1 {
			return some[0]
		}
	}
	if i := slices.IndexFunc(all, func(a *page.Action) bool { return w.reads(a.Label(), labels.OK, labels.Next) }); i >= 0 {
		return all[i]
	}
	if !l.form.IsLoose() && len(all) == 0 {
		a, err := l.doc.Action(w.all(labels.LogIn), page.Scope{}) // a link or image beside the form
		if err == nil && !a.Disabled() {
			return a
		}
	}
	return nil
}

var destinationName = lazyregexp.New(`(?i)domain|destination|logindest|login_?to|auth_?(server|target)|realm`)

// isDestination reports whether a field's name says that it is the login
// destination.
func isDestination(name string) bool {
	return destinationName.MatchString(name) && !strings.Contains(strings.ToLower(name), "subdomain")
}
