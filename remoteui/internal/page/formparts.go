package page

import (
	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Loose is what belongs to no form, as if it were one: scripts gather the fields.
func (p *Page) Loose() *Form { return &Form{Method: "GET", page: p} }

// Controls are the fields of the form, whether they can be seen or not, hidden
// inputs left out, in document order.
func (f *Form) Controls() []*Control {
	var found []*Control
	for _, n := range f.page.doc.Controls(f.node) {
		if isField(n) {
			found = append(found, &Control{page: f.page, node: n})
		}
	}
	return found
}

// Actions are what can be clicked in the form, and is seen, in document order.
func (f *Form) Actions() []*Action {
	var found []*Action
	for _, a := range f.page.actionsIn(f.page.root()) {
		if f.page.doc.Owner(a.node) == f.node {
			found = append(found, a)
		}
	}
	return found
}

// IsLoose reports whether this is no form, but what belongs to none.
func (f *Form) IsLoose() bool { return f.node == nil }

// Visible reports whether the field can be seen.
func (c *Control) Visible() bool { return dom.Visible(c.node) }

// Sends reports whether the button sends its form without any script.
func (a *Action) Sends() bool {
	return dom.IsButton(a.node) && dom.ButtonType(a.node) == "submit" && a.page.doc.Owner(a.node) != nil
}

// IsButton reports whether it is a button of a form, not a link or the like.
func (a *Action) IsButton() bool { return dom.IsButton(a.node) }

// Resets reports whether the button empties its form.
func (a *Action) Resets() bool { return dom.IsButton(a.node) && dom.ButtonType(a.node) == "reset" }

// Follows reports whether the action comes after the field on the page.
func (a *Action) Follows(c *Control) bool { return a.page.order()[a.node] > a.page.order()[c.node] }

// Follows reports whether the field comes after another on the page.
func (c *Control) Follows(o *Control) bool { return c.page.order()[c.node] > c.page.order()[o.node] }

// Scripts is the source of the scripts that stand in the page, its handlers
// included.
func (p *Page) Scripts() string {
	var text []byte
	for n := range dom.Descendants(p.doc.Root) {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" {
			text = append(append(text, dom.RawText(n)...), '\n')
		}
		for _, a := range n.Attr {
			if len(a.Key) > 2 && a.Key[:2] == "on" {
				text = append(append(text, a.Val...), '\n')
			}
		}
	}
	return string(text)
}
