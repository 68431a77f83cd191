package page

import (
	"slices"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Wording tells apart the texts of a page: labels are the UI's own words as far
// as their places show, values are what somebody entered or the device is
// about. A text may be among both.
func (p *Page) Wording() (labels, values []string) {
	listed := p.listCells()
	for _, c := range listed {
		values = append(values, dom.Text(c))
	}
	cells := make(map[*html.Node]bool, len(listed))
	for _, c := range listed {
		cells[c] = true
	}
	inList := func(n *html.Node) bool {
		for at := n; at != nil; at = at.Parent {
			if cells[at] {
				return true
			}
		}
		return false
	}
	for _, a := range p.actionsIn(p.root()) {
		if inList(a.node) {
			values = append(values, a.label)
			continue
		}
		for _, l := range actionLabels(a.node) {
			labels = append(labels, l.text)
		}
	}
	seen := make(map[any]bool)
	for _, c := range p.everyControl() {
		if !inList(c.node) {
			labels = append(labels, c.Labels()...)
		}
		known := seen[c.GroupKey()] // of a radio group whose options were seen
		seen[c.GroupKey()] = true
		if k := c.Kind(); known {
			continue
		} else if k == Text || k == TextArea || k == Password {
			values = append(values, c.Value())
		} else if p.loginSelect(c) {
			for _, o := range c.Options() {
				values = append(values, o.Text, o.Value)
			}
		} else {
			for _, o := range c.Options() {
				labels = append(labels, o.Text)
			}
		}
	}
	for _, pair := range p.Pairs() {
		labels, values = append(labels, pair.Label), append(values, pair.Value)
	}
	labels = append(labels, p.headings()...)
	for table := range p.byTag("table") {
		if g := p.grid(table); isList(g) {
			labels = append(labels, headerTexts(g.cells[0])...)
		}
	}
	return labels, values
}

// loginSelect: the domains that a login form offers are names of the owner's.
func (p *Page) loginSelect(c *Control) bool {
	form := p.doc.Owner(c.node)
	if form == nil || c.Kind() != Select {
		return false
	}
	return p.asksPassword(form)
}

// asksPassword reports whether a form has a field for a password.
func (p *Page) asksPassword(form *html.Node) bool {
	known := p.memo().passwords
	asks, ok := known[form]
	if !ok {
		asks = slices.ContainsFunc(p.doc.Controls(form), func(n *html.Node) bool { return n.Data == "input" && dom.InputType(n) == "password" })
		known[form] = asks
	}
	return asks
}

// listCells are the cells of lists, without their heading rows.
func (p *Page) listCells() []*html.Node {
	var cells []*html.Node
	for table := range p.byTag("table") {
		g := p.grid(table)
		if !isList(g) {
			continue
		}
		for r := 1; r < len(g.rows); r++ {
			cells = append(cells, g.distinct(r)...)
		}
	}
	for _, t := range p.SelectableLists() {
		for _, row := range t.Rows {
			for _, c := range row.Cells {
				if c.node != nil {
					cells = append(cells, c.node)
				}
			}
		}
	}
	return cells
}
