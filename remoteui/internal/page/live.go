package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// withLive runs a query whose selector asks what is checked. Selectors see
// attributes, which say how the page began; for them, the attributes are made
// to say how it stands now, and put back.
func (p *Page) withLive(selector string, query func()) {
	if !strings.Contains(selector, ":checked") {
		query()
		return
	}
	var undo []func()
	for n := range dom.Descendants(p.root()) {
		switch {
		case isChoice(n):
			undo = append(undo, mirror(n, "checked", p.doc.Checked(n)))
		case dom.IsElement(n, "select"):
			selected := p.doc.SelectedOptions(n)
			for _, o := range dom.Options(n) {
				undo = append(undo, mirror(o, "selected", selected[o]))
			}
		}
	}
	query()
	for _, u := range undo {
		u()
	}
}

// mirror gives n the attribute or takes it away, and returns what undoes it.
func mirror(n *html.Node, name string, on bool) (undo func()) {
	before := n.Attr
	n.Attr = slices.DeleteFunc(slices.Clone(before), func(a html.Attribute) bool { return a.Key == name })
	if on {
		n.Attr = append(n.Attr, html.Attribute{Key: name})
	}
	return func() { n.Attr = before }
}
