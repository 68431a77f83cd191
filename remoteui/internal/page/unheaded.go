package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Unheaded finds the list to choose from that has no heading at all: elements side by
// side, in each of which stands the same thing to click on, called by one of the
// texts, behind the name of what it is for. The list has that one column, called
// name. It returns *NotFoundError or *AmbiguousError.
func (p *Page) Unheaded(name string, texts []string) (*Table, error) {
	w := want(texts)
	reachable, order := p.reach(), p.order()
	p.doc.Style()
	var clicked []*html.Node
	front, hides := p.overlay()
	for n := range dom.Descendants(p.root()) {
		if (!hides || contains(front, n)) && p.isAction(n) && dom.Visible(n) && reachable(n) && slices.ContainsFunc(actionLabels(n), func(l label) bool { return w.has(l.text) }) {
			clicked = append(clicked, n)
		}
	}
	missing := &NotFoundError{Role: "table", Texts: []string{name}, ScriptErrors: p.ScriptErrors()}
	if len(clicked) < 2 || len(clicked) > maxCards {
		return nil, missing
	}
	// What holds all of them: each is in another child of that.
	around := clicked[0].Parent
	for around != nil && (p.span(around).to <= order[clicked[len(clicked)-1]] || order[around] > order[clicked[0]]) {
		around = around.Parent
	}
	if around == nil {
		return nil, missing
	}
	t := &Table{Header: []string{name}}
	var names []string
	for _, n := range clicked {
		row := n
		for row.Parent != around {
			row = row.Parent
		}
		head := p.firstText(row, n)
		if head == nil || len(t.Rows) > 0 && t.Rows[len(t.Rows)-1].node == row || row.Data != childOf(around, clicked[0]).Data {
			return nil, missing
		}
		cell := p.cell(head)
		if cell.Text = strings.TrimSpace(cell.Text); slices.Contains(names, cell.Text) {
			return nil, &AmbiguousError{Role: "table", Texts: []string{name}, Candidates: []string{cell.Text, cell.Text}}
		}
		names = append(names, cell.Text)
		t.Rows = append(t.Rows, &Row{page: p, node: row, header: t.Header, Cells: []*Cell{cell}})
	}
	return t, nil
}

func childOf(around, n *html.Node) *html.Node {
	for n.Parent != around {
		n = n.Parent
	}
	return n
}

// firstText is the element whose text comes first in a row, in front of what is clicked
// there; nil if none does.
func (p *Page) firstText(row, clicked *html.Node) *html.Node {
	for d := range dom.Descendants(row) {
		if d == clicked || contains(clicked, d) {
			return nil
		}
		if d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" && dom.Visible(d) {
			if d.Parent != row && !contains(d.Parent, clicked) {
				return d.Parent
			}
			return d
		}
	}
	return nil
}

// ToChooseFrom reports whether a row of a list has the one thing to click on that is
// called by one of the texts, or something to select it by, in front of all that hides
// the page: else it may only set out labels and values.
func (p *Page) ToChooseFrom(t *Table, texts []string) bool {
	w := want(texts)
	if _, hides := p.overlay(); hides && !p.isInFront(t) {
		return false
	}
	return slices.ContainsFunc(t.Rows, func(r *Row) bool {
		named := slices.DeleteFunc(r.Actions(), func(a *Action) bool {
			return !slices.ContainsFunc(actionLabels(a.node), func(l label) bool { return w.has(l.text) })
		})
		return len(named) == 1 || r.Selector() != nil
	})
}
