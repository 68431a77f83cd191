package page

import (
	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// memo is what finding remembers of the tree until that changes. It keeps the
// cost of searching large pages in proportion to their size.
type memo struct {
	version    int
	order      map[*html.Node]int
	grids      map[*html.Node]*grid
	labels     map[string][]*html.Node // label elements by their for attribute
	withFields map[*html.Node]bool     // fields and all that contain one
	looked     bool                    // whether there is an overlay, which is
	front      *html.Node              // what lies in front of the page, and
	hides      bool                    // whether it keeps people from what is behind
	beside     map[*html.Node]string   // label blocks of blocks with fields
	wide       map[*html.Node]bool     // tables with rows of several cells, and without
	headings   []*html.Node            // h1 to h6
	baseTarget string                  // of the first base element with one
	passwords  map[*html.Node]bool     // forms that ask for a password, and that do not
	offers     []offer                 // in document order; nil: not looked for yet
	parts      []part                  // of them, in document order; nil: not looked for yet
	plain      string                  // all that is shown, as labels are compared; empty: not yet known
}

// forgetActions is for when something else can be clicked on, in the same tree.
func (p *Page) forgetActions() {
	if m := p.remembered; m != nil {
		m.offers, m.parts, m.looked = nil, nil, false
	}
}

func (p *Page) memo() *memo {
	p.doc.Style()
	if p.remembered != nil && p.remembered.version == p.doc.Version() {
		return p.remembered
	}
	m := &memo{
		version: p.doc.Version(),
		order:   make(map[*html.Node]int), grids: make(map[*html.Node]*grid),
		labels: make(map[string][]*html.Node), withFields: make(map[*html.Node]bool), beside: make(map[*html.Node]string),
		passwords: make(map[*html.Node]bool), wide: make(map[*html.Node]bool),
	}
	for n := range dom.Descendants(p.doc.Root) {
		m.order[n] = len(m.order)
		if headingLevel(n) > 0 {
			m.headings = append(m.headings, n)
		}
		if m.baseTarget == "" && dom.IsElement(n, "base") {
			m.baseTarget = dom.Attr(n, "target")
		}
		if target := dom.Attr(n, "for"); target != "" && n.Data == "label" {
			m.labels[target] = append(m.labels[target], n)
		}
		if !isField(n) {
			continue
		}
		for at := n; at != nil && !m.withFields[at]; at = at.Parent {
			m.withFields[at] = true
		}
	}
	p.remembered = m
	return m
}

// order numbers the nodes of the tree in document order.
func (p *Page) order() map[*html.Node]int { return p.memo().order }

// holdsField reports whether n is or contains a field.
func (p *Page) holdsField(n *html.Node) bool { return p.memo().withFields[n] }

// grid returns the layout of a table.
func (p *Page) grid(table *html.Node) *grid {
	grids := p.memo().grids
	if grids[table] == nil {
		grids[table] = gridOf(table)
	}
	return grids[table]
}
