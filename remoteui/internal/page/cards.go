package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// A list need not be a table: each row may be a block of its own, in which labels
// stand beside values below what names the row. All blocks side by side that have
// the same labels are the list.

// maxCardSteps bounds the labels that are looked at for lists of blocks: each counts
// once for every element around it.
const maxCardSteps = 500_000

// maxCards are the blocks of a list; no person goes over more.
const maxCards = 1000

// Cards finds the list of blocks that is about what the first of the label
// alternatives names, and has a label for each of the others. Each block begins with
// a label that reads so, and has another; or what heads it stands in that column: then
// all have one of the labels that are said of such things, if any are given. Settings
// of which some are called alike are no list: no block has fields but what selects it,
// and there is something to click on or to select. It returns *NotFoundError or
// *AmbiguousError.
func (p *Page) Cards(said []string, columns ...[]string) (*Table, error) {
	wants := make([]wanted, len(columns))
	for i, c := range columns {
		wants[i] = want(c)
	}
	first, rest, about := wants[0], wants[1:], want(said)
	found := p.cardLists(func(c *cards) bool {
		c.headed = !p.leads(c, first)
		if c.headed && (slices.ContainsFunc(c.labels, first.has) || !slices.ContainsFunc(c.common, about.has)) {
			return false // what the label names heads no block, or something else does
		}
		return hasColumns(c.labels, rest)
	})
	var lists []*Table
	of := map[*Table]*cards{}
	for _, c := range found {
		if t := p.cardTable(c, columns[0][0]); t != nil && slices.ContainsFunc(t.Rows, (*Row).actionable) {
			lists, of[t] = append(lists, t), c
		}
	}
	lists = preferred(lists, p.isInFront)
	lists = preferred(lists, func(t *Table) bool { return !t.Headed }) // the label itself says more
	switch len(lists) {
	case 0:
		return nil, &NotFoundError{Role: "table", Texts: columns[0], ScriptErrors: p.ScriptErrors()}
	case 1:
		if other := p.besides(of[lists[0]]); other != "" { // a row of it for itself, say
			return nil, &AmbiguousError{Role: "table", Texts: columns[0], Candidates: []string{strings.Join(lists[0].Header, " | "), other}}
		}
		return lists[0], nil
	}
	return nil, &AmbiguousError{Role: "table", Texts: columns[0], Candidates: []string{strings.Join(lists[0].Header, " | "), strings.Join(lists[1].Header, " | ")}}
}

// cards are blocks side by side with the same labels.
type cards struct {
	blocks  []*html.Node
	pairs   [][]pair   // by block
	names   [][]string // their labels, normalized
	labels  []string   // of all blocks, in order
	columns []string   // normalized
	common  []string   // those that each block has
	headed  bool
}

// besides is a label of the list that stands in another block of that kind, not beside
// those of the list: which blocks are all of the list nobody can tell then.
func (p *Page) besides(c *cards) string {
	first := c.blocks[0]
	root := p.root()
	if front, hides := p.overlay(); hides && contains(front, first) {
		root = front
	}
	around := map[*html.Node]bool{}
	for n := first.Parent; n != nil; n = n.Parent {
		around[n] = true
	}
	for _, found := range p.pairs() {
		if !slices.Contains(c.common, Normalize(found.Label)) || !contains(root, found.at) {
			continue
		}
		for n := found.at; n != nil && !around[n] && !slices.Contains(c.blocks, n); n = n.Parent {
			if n.Data != first.Data && n.Parent != first.Parent || n.Type != html.ElementNode {
				continue
			}
			if heads, texts := p.inFrontOf(n, []pair{found}); !c.headed || len(heads)+len(texts) > 0 {
				return found.Label
			}
		}
	}
	return ""
}

// leads reports whether each block begins with a label that is wanted, and has
// another that all have.
func (p *Page) leads(c *cards, w wanted) bool {
	for i, block := range c.blocks {
		heads, texts := p.inFrontOf(block, c.pairs[i])
		if len(c.common) < 2 || len(c.pairs[i]) == 0 || len(heads)+len(texts) > 0 || !w.has(c.pairs[i][0].Label) {
			return false
		}
	}
	return true
}

// cardLists are the lists of blocks that fit.
func (p *Page) cardLists(fits func(*cards) bool) []*cards {
	order, all := p.order(), p.pairs()
	slices.SortStableFunc(all, func(a, b pair) int { return order[a.at] - order[b.at] })
	within := func(n *html.Node) []pair {
		r := p.span(n)
		from, _ := slices.BinarySearchFunc(all, r.from, func(a pair, at int) int { return order[a.at] - at })
		to, _ := slices.BinarySearchFunc(all, r.to, func(a pair, at int) int { return order[a.at] - at })
		return all[from:to]
	}
	var found []*cards
	steps := 0
	look := func(n *html.Node) bool {
		if n.Type != html.ElementNode || n.FirstChild == nil || dom.IsElement(n, "table", "tbody", "thead", "tfoot", "tr", "dl", "select", "p") || !dom.Visible(n) {
			return true
		}
		inside := within(n)
		if steps += len(inside); steps > maxCardSteps {
			found = nil // there may be another
		}
		if steps > maxCardSteps || len(found) > maxCandidates {
			return false
		}
		if len(inside) < 2 {
			return true
		}
		if c := p.cardsIn(n, within); c != nil && fits(c) {
			found = append(found, c)
		}
		return true
	}
	look(p.root())
	dom.Descendants(p.root())(look)
	return found
}

// cardsIn are the children of n that have labels in common; nil if there are no two,
// or if one of them has a label twice, or fields. What looks like them counts, too,
// whatever it lacks.
func (p *Page) cardsIn(n *html.Node, within func(*html.Node) []pair) *cards {
	var first *html.Node // of the blocks
	var shared string    // the label that most blocks have
	having, by := map[string]int{}, map[string]*html.Node{}
	children := slices.DeleteFunc(elements(n), func(e *html.Node) bool { return !dom.Visible(e) })
	for _, e := range children {
		seen := map[string]bool{}
		for _, found := range within(e) {
			label := Normalize(found.Label)
			if seen[label] {
				continue
			}
			if seen[label] = true; by[label] == nil {
				by[label] = e
			}
			if by[label].Data == e.Data {
				having[label]++
			}
			if having[label] > having[shared] {
				shared, first = label, by[label]
			}
		}
	}
	if having[shared] < 2 {
		return nil
	}
	c := &cards{}
	for _, e := range children {
		inside := within(e)
		has := slices.ContainsFunc(inside, func(found pair) bool { return having[Normalize(found.Label)] > 1 })
		if e.Data != first.Data || !has && !ofOneClass(e, first) {
			continue
		}
		if !c.add(e, inside) || p.holdsOtherFields(e) {
			return nil
		}
	}
	return c
}

// ofOneClass reports whether two elements have a class in common, or none: one that
// says how a key is may stand beside that of all.
func ofOneClass(a, b *html.Node) bool {
	classes := strings.Fields(dom.Attr(b, "class"))
	if len(classes) == 0 {
		return strings.TrimSpace(dom.Attr(a, "class")) == ""
	}
	return slices.ContainsFunc(strings.Fields(dom.Attr(a, "class")), func(c string) bool { return slices.Contains(classes, c) })
}

// add reports whether a block can be one of the list: none of its labels stands in it
// twice, and there are not more than a list has columns and rows.
func (c *cards) add(block *html.Node, inside []pair) bool {
	if len(c.blocks) == maxCards || len(inside) > maxSpan {
		return false
	}
	var here []string
	for _, found := range inside {
		label := Normalize(found.Label)
		if slices.Contains(here, label) {
			return false
		}
		here = append(here, label)
		if !slices.Contains(c.columns, label) {
			c.labels, c.columns = append(c.labels, found.Label), append(c.columns, label)
		}
	}
	if len(c.blocks) == 0 {
		c.common = slices.Clone(c.columns)
	} else if len(here) > 0 {
		c.common = slices.DeleteFunc(c.common, func(l string) bool { return !slices.Contains(here, l) })
	}
	c.blocks, c.pairs, c.names = append(c.blocks, block), append(c.pairs, inside), append(c.names, here)
	return len(c.columns) <= maxSpan
}

// holdsOtherFields reports whether a block has more fields than one to select it by.
func (p *Page) holdsOtherFields(block *html.Node) bool {
	choices := 0
	for d := range dom.Descendants(block) {
		if !isField(d) || !dom.Visible(d) {
			continue
		}
		if choices++; choices > 1 || !isChoice(d) {
			return true
		}
	}
	return false
}

// cardTable is the list with a row for each block; nil if not every block has a name.
func (p *Page) cardTable(c *cards, name string) *Table {
	t := &Table{Headed: c.headed}
	if c.headed {
		t.Header = append(t.Header, name)
	}
	t.Header = append(t.Header, c.labels...)
	for i, block := range c.blocks {
		cells := make([]*html.Node, len(t.Header))
		row := &Row{page: p, node: block, header: t.Header}
		for col := range t.Header {
			cell, at := &Cell{page: p}, -1
			if label := col - len(t.Header) + len(c.columns); label >= 0 {
				at = slices.Index(c.names[i], c.columns[label])
			}
			switch {
			case c.headed && col == 0:
				head := p.headOf(block, c.pairs[i])
				if head == nil {
					return nil
				}
				cell = p.cell(head)
			case at >= 0:
				found := c.pairs[i][at]
				if found.value != nil {
					cell = p.cell(found.value)
				}
				cell.Text = found.Value
			}
			cells[col], row.Cells = cell.node, append(row.Cells, cell)
		}
		// What is drawn elsewhere in the block says something about it as well.
		row.Cells[0].Images = append(row.Cells[0].Images, p.imagesBut(block, cells)...)
		t.Rows = append(t.Rows, row)
	}
	return t
}

// headOf is what stands in a block in front of its labels: the heading, or else the
// only text; nil if there is none.
func (p *Page) headOf(block *html.Node, inside []pair) *html.Node {
	heads, texts := p.inFrontOf(block, inside)
	switch {
	case len(heads) == 1:
		return heads[0]
	case len(heads) > 1 || len(texts) != 1:
		return nil
	}
	if around := texts[0].Parent; around != block && !slices.ContainsFunc(inside, func(found pair) bool { return contains(around, found.at) }) {
		return around
	}
	return texts[0]
}

// inFrontOf are the headings and the texts in a block in front of its first label.
func (p *Page) inFrontOf(block *html.Node, inside []pair) (heads, texts []*html.Node) {
	order := p.order()
	end := p.span(block).to
	if len(inside) > 0 {
		end = order[inside[0].at]
	}
	for d := range dom.Descendants(block) {
		switch {
		case order[d] >= end:
			return heads, texts
		case headingLevel(d) > 0 && labelText(d) != "" && dom.Visible(d):
			heads = append(heads, d)
		case d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" && dom.Closest(d, "button", "script", "style", "select", "textarea", "template", "title") == nil && dom.Visible(d):
			texts = append(texts, d)
		}
	}
	return heads, texts
}
