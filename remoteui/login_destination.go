package remoteui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// destination is the login destination as the page offers it: the device itself,
// or a domain. Nil: the form has no such choice.
type destination struct {
	text, value string
	control     *page.Control // a select, or the radio button to choose; nil: click
	click       *page.Action  // a link of a list
	name        string        // of the field that the choice is sent in
	typed       bool          // it is typed into a box
	set         bool          // it has to be chosen: it is not what the page has chosen
	sure        bool          // the page says that it is one; else it is some choice of the form
}

// destination finds the login destination asked for. If none was, what the page
// has chosen stays; where it has chosen nothing, it is the device itself.
func (l *loginForm) destination(want string, w *words) (*destination, error) {
	offers := l.destinations(w)
	var texts []string
	for _, d := range offers {
		texts = append(texts, d.text)
		if want != "" && (page.Normalize(d.text) == page.Normalize(want) || d.value != "" && d.value == want) {
			return d, nil
		}
	}
	switch {
	case want != "" && len(offers) == 1 && offers[0].typed:
		offers[0].text, offers[0].value, offers[0].set = want, want, true
		return offers[0], nil
	case want != "" && len(offers) == 0:
		return nil, fmt.Errorf("login destination %q was asked for, but the login form offers no choice", want)
	case want != "":
		return nil, fmt.Errorf("login destination %q is not offered: choose one of %s", want, quoteList(texts))
	}
	if i := slices.IndexFunc(offers, func(d *destination) bool { return d.sure && !d.set && d.value != "" }); i >= 0 {
		return offers[i], nil
	}
	if i := slices.IndexFunc(offers, func(d *destination) bool { return d.sure && w.reads(d.text, labels.ThisDevice) }); i >= 0 {
		return offers[i], nil
	}
	return nil, nil
}

// destinations are all that are offered, in whatever form.
func (l *loginForm) destinations(w *words) []*destination {
	var all []*destination
	for _, c := range l.form.Controls() {
		if l.user != nil && c.Name() == l.user.Name() && c.Name() != "" {
			continue
		}
		named := isDestination(nameOrID(c)) || slices.ContainsFunc(c.Labels(), func(t string) bool { return w.reads(t, labels.LoginDestination) })
		switch c.Kind() {
		case page.Select:
			var own []*destination
			for _, o := range c.Options() {
				own = append(own, &destination{text: strings.TrimSpace(o.Text), value: o.Value, control: c, name: c.Name(), set: !o.Selected})
				named = named || w.reads(o.Text, labels.ThisDevice) || o.Value == thisDevice
			}
			for _, d := range own {
				d.sure = named
			}
			if named || !isLanguage(c) {
				all = append(all, own...)
			}
		case page.Radio:
			if named || w.reads(c.Label(), labels.ThisDevice) || slices.ContainsFunc(c.Group(), func(o *page.Control) bool { return w.reads(o.Label(), labels.ThisDevice) }) {
				o := &destination{text: strings.TrimSpace(c.Label()), control: c, name: c.Name(), set: !c.Checked(), sure: true}
				for _, option := range c.Options() {
					if option.Text == c.Label() {
						o.value = option.Value
					}
				}
				all = append(all, o)
			}
		case page.Text:
			if named {
				all = append(all, &destination{text: c.Value(), value: c.Value(), control: c, name: c.Name(), typed: true, sure: true})
			}
		}
	}
	if len(all) > 0 {
		return all
	}
	return l.linkedDestinations(w)
}

// linkedDestinations are those of a list of links: the one that reads as the
// device itself, and what stands with it.
func (l *loginForm) linkedDestinations(w *words) []*destination {
	var all []*destination
	here := false
	button := l.button(w)
	for _, f := range []*page.Form{l.form, l.doc.Loose()} {
		for _, a := range f.Actions() {
			if a.Label() == "" || a.IsButton() && a.Sends() || button != nil && a.Label() == button.Label() {
				continue
			}
			here = here || w.reads(a.Label(), labels.ThisDevice)
			all = append(all, &destination{text: a.Label(), click: a, set: true, sure: true})
		}
		if l.form.IsLoose() {
			break
		}
	}
	if !here {
		return nil
	}
	return all
}

// isLanguage reports whether a select chooses the language of the pages.
func isLanguage(c *page.Control) bool {
	return strings.Contains(strings.ToLower(nameOrID(c)), "lang")
}

// thisDevice is the published value that means the device itself.
const thisDevice = "localhost"

// leadsOn: the login form of the destination that was chosen is on another page.
type leadsOn struct{ to *page.Request }

func (*leadsOn) Error() string { return "the login destination leads to another page" }

// choose does what a person does.
func (d *destination) choose(ctx context.Context) error {
	switch {
	case d == nil || !d.set:
		return nil
	case d.click != nil:
		out, err := d.click.Click(ctx, page.ClickOptions{})
		if err == nil && out.Request != nil {
			err = &leadsOn{out.Request}
		}
		return err
	case d.typed:
		return d.control.Set(ctx, d.value)
	case d.control.Kind() == page.Radio:
		return d.control.Check(ctx, true)
	}
	return d.control.Choose(ctx, []string{d.text})
}

// copy fills in, without any script, what the choice is sent in: its own field,
// and what a script would copy it into.
func (d *destination) copy(f *page.Form, w *words) error {
	value := thisDevice
	if d != nil && d.name != "" {
		f.Set(d.name, d.value)
	}
	if d != nil && (d.click == nil || !w.reads(d.text, labels.ThisDevice)) {
		value = d.value
	}
	for _, in := range f.Inputs() {
		if in.Type != "hidden" || in.Value != "" || !isDestination(in.Name) || d == nil && in.Name != "DOMAIN" {
			continue
		}
		if value == "" && d.click != nil {
			return fmt.Errorf("what the login destination %q is sent as, its script alone knows", clip(d.text, 60))
		}
		f.Set(in.Name, value)
	}
	return nil
}

// carried reports whether a request holds the choice.
func (d *destination) carried(r *page.Request) bool {
	if d == nil || d.value == "" {
		return true
	}
	return slices.ContainsFunc(r.Fields, func(f page.Field) bool { return f.Value == d.value && (f.Name == d.name || isDestination(f.Name)) })
}
