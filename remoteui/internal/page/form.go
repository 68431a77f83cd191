package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Form is a form of the live page.
type Form struct {
	Name, ID string
	Action   *url.URL
	Method   string // GET or POST

	page *Page
	node *html.Node
}

// Forms returns the forms of the page in document order.
func (p *Page) Forms() []*Form {
	var forms []*Form
	for _, n := range p.doc.Forms() {
		f := &Form{Name: dom.Attr(n, "name"), ID: dom.Attr(n, "id"), Method: "GET", page: p, node: n}
		if r, err := p.formTarget(n, nil); err == nil {
			f.Action, f.Method = r.URL, r.Method
		}
		forms = append(forms, f)
	}
	return forms
}

// Fields are what the form would send now without a button.
func (f *Form) Fields() []Field { return f.page.doc.Entries(f.node, nil, dom.Point{}) }

// Inputs are the names and live values of all its controls, sent or not, in
// document order.
func (f *Form) Inputs() []Input {
	var inputs []Input
	for _, n := range f.page.doc.Controls(f.node) {
		inputs = append(inputs, f.input(n))
	}
	return inputs
}

func (f *Form) input(n *html.Node) Input {
	in := Input{Name: dom.Attr(n, "name"), ID: dom.Attr(n, "id"), Type: n.Data, Value: f.page.doc.Value(n), Disabled: dom.Disabled(n)}
	switch n.Data {
	case "input":
		in.Type = dom.InputType(n)
	case "button":
		in.Type = dom.ButtonType(n)
	}
	return in
}

// Input is one control of a form.
type Input struct {
	Name, ID string
	Type     string // of an input or button its type, else the element: "select", "textarea"
	Value    string
	Disabled bool
}

// Field returns the first control with the name, and whether there is one.
func (f *Form) Field(name string) (Input, bool) {
	for _, n := range f.page.doc.Controls(f.node) {
		if dom.Attr(n, "name") == name {
			return f.input(n), true
		}
	}
	return Input{}, false
}

// Set changes the value of all controls with the name without running
// handlers, and reports whether there is one. Radio buttons and checkboxes are
// checked where they have the value.
func (f *Form) Set(name, value string) bool {
	found := false
	for _, n := range f.page.doc.Controls(f.node) {
		if dom.Attr(n, "name") != name {
			continue
		}
		found = true
		if t := dom.InputType(n); n.Data == "input" && (t == "radio" || t == "checkbox") {
			f.page.doc.SetChecked(n, f.page.doc.Value(n) == value)
			continue
		}
		f.page.doc.SetValue(n, value)
	}
	return found
}

// Request is what sending the form would request. Handlers do not run.
// submitter is the name or id of the button pressed; empty: none.
func (f *Form) Request(submitter string) (*Request, error) {
	if submitter == "" {
		return f.page.formRequest(f.node, nil)
	}
	controls := f.page.doc.Controls(f.node)
	i := slices.IndexFunc(controls, func(n *html.Node) bool { return dom.IsButton(n) && hasName(n, submitter) })
	if i < 0 {
		return nil, &NotFoundError{Role: "button", Texts: []string{submitter}}
	}
	return f.page.formRequest(f.node, controls[i])
}

// formAttr is an attribute of a form, or what its submitter says instead.
func formAttr(form, submitter *html.Node, key string) string {
	if submitter != nil {
		if v, ok := dom.LookupAttr(submitter, "form"+key); ok {
			return v
		}
	}
	return dom.Attr(form, key)
}

// formTarget is the request of a form without its fields.
func (p *Page) formTarget(form, submitter *html.Node) (*Request, error) {
	u := p.URL()
	if action := strings.TrimSpace(formAttr(form, submitter, "action")); action != "" || u == nil {
		var err error
		if u, err = p.doc.Resolve(action); err != nil {
			return nil, fmt.Errorf("form %s: %w", describe(form), err)
		}
	}
	u.Fragment, u.RawFragment = "", ""
	r := &Request{Method: "GET", URL: u, Target: formAttr(form, submitter, "target")}
	if r.Target == "" {
		r.Target = p.target(form)
	}
	if strings.EqualFold(r.Target, "_self") {
		r.Target = ""
	}
	if strings.EqualFold(strings.TrimSpace(formAttr(form, submitter, "method")), "post") {
		r.Method = "POST"
		r.EncType = encType(formAttr(form, submitter, "enctype"))
	}
	return r, nil
}

func encType(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == Multipart || s == PlainText {
		return s
	}
	return URLEncoded
}

// clickPoint is where image buttons are clicked: inside, not at the corner,
// which keyboards give.
var clickPoint = dom.Point{X: 1, Y: 1}

// formRequest is what submitting a form requests.
func (p *Page) formRequest(form, submitter *html.Node) (*Request, error) {
	r, err := p.formTarget(form, submitter)
	if err != nil {
		return nil, err
	}
	fields := p.doc.Entries(form, submitter, clickPoint)
	r.Charset = p.doc.FormCharset(form)
	if r.Method == "POST" {
		r.Fields = fields
		return r, nil
	}
	r.URL.RawQuery, r.URL.ForceQuery = encodePairs(r.Charset, fields), true // "?" also without fields
	return r, nil
}
