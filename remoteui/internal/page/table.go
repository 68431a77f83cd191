package page

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Table is a list of the page.
type Table struct {
	Header []string // by column; empty where a column has no heading
	Rows   []*Row
	// Headed: the first column is what heads each block of [Page.Cards]; its heading
	// stands nowhere on the page.
	Headed bool

	beside bool // what was taken for its header has a value beside a label
}

// Row is one row of a list.
type Row struct {
	Cells []*Cell // by column

	page   *Page
	node   *html.Node
	header []string
}

// Cell is one cell of a row.
type Cell struct {
	Text   string // visible text
	Images []Image

	page *Page
	node *html.Node
}

// Image is an image and what it says without being seen.
type Image struct{ Src, Alt, Title string }

// Cell returns the cell in the column with one of the headings.
func (r *Row) Cell(texts []string) (*Cell, bool) {
	w := want(texts)
	for i, h := range r.header {
		if i < len(r.Cells) && w.has(h) {
			return r.Cells[i], true
		}
	}
	return nil, false
}

// Selector is the checkbox or radio button that selects the row; nil if there
// is none.
func (r *Row) Selector() *Control {
	var found *html.Node
	for n := range dom.Descendants(r.node) {
		if !isChoice(n) || !dom.Visible(n) {
			continue
		}
		if !dom.Disabled(n) {
			return &Control{page: r.page, node: n}
		}
		if found == nil {
			found = n
		}
	}
	if found == nil {
		return nil
	}
	return &Control{page: r.page, node: found}
}

// Actions are all that can be clicked on in the row, in order.
func (r *Row) Actions() []*Action { return r.page.actionsIn(r.node) }

// Text is the visible text of the row.
func (r *Row) Text() string { return dom.Text(r.node) }

// regions are where the row is: its element, and cells that reach into it from
// rows above.
func (r *Row) regions() []region {
	regions := []region{r.page.span(r.node)}
	for _, c := range r.Cells {
		if c.node != nil && !contains(r.node, c.node) {
			regions = append(regions, r.page.span(c.node))
		}
	}
	return regions
}

// Actions are all that can be clicked on in the cell, in order.
func (c *Cell) Actions() []*Action {
	if c.node == nil {
		return nil
	}
	return c.page.actionsIn(c.node)
}

// Controls are the fields in the cell, in order.
func (c *Cell) Controls() []*Control {
	var found []*Control
	if c.node == nil {
		return nil
	}
	for n := range dom.Descendants(c.node) {
		if isField(n) && dom.Visible(n) {
			found = append(found, &Control{page: c.page, node: n})
		}
	}
	return found
}

// Table finds the list whose heading row has a column for each of the label
// alternatives, in any order. Lists without rows count only if no other fits.
// It returns *NotFoundError or *AmbiguousError.
func (p *Page) Table(columns ...[]string) (*Table, error) {
	wants := make([]wanted, len(columns))
	var texts []string
	for i, c := range columns {
		wants[i] = want(c)
		texts = append(texts, strings.Join(c, "|"))
	}
	found := p.tables(wants)
	if len(found) == 0 {
		found = p.blockLists(wants)
	}
	if filled := slices.DeleteFunc(slices.Clone(found), func(t *Table) bool { return len(t.Rows) == 0 }); len(filled) > 0 {
		found = filled
	}
	// A list in front of the page is the one to choose from; and a list whose rows
	// can be acted on goes before a table that only sets out labels and values, as
	// one does whose heading is not beside a value: but none without anything to act
	// on goes before one with.
	found = preferred(found, p.isInFront)
	acted := slices.ContainsFunc(found, func(t *Table) bool { return t.beside && slices.ContainsFunc(t.Rows, (*Row).actionable) })
	found = preferred(found, func(t *Table) bool {
		return !t.beside && (!acted || slices.ContainsFunc(t.Rows, (*Row).actionable))
	})
	found = preferred(found, (*Table).actionable)
	switch len(found) {
	case 0:
		return nil, &NotFoundError{Role: "table", Texts: texts, Closest: p.columnHeads(wants), ScriptErrors: p.ScriptErrors()}
	case 1:
		return found[0], nil
	}
	var described []string
	for _, t := range found {
		described = append(described, strings.Join(t.Header, " | "))
	}
	return nil, &AmbiguousError{Role: "table", Texts: texts, Candidates: described}
}

// preferred are the tables that fit; all, if none does.
func preferred(all []*Table, fits func(*Table) bool) []*Table {
	if len(all) < 2 {
		return all
	}
	if some := slices.DeleteFunc(slices.Clone(all), func(t *Table) bool { return !fits(t) }); len(some) > 0 {
		return some
	}
	return all
}

// actionable reports whether each row has something to select or to click.
func (t *Table) actionable() bool {
	return !slices.ContainsFunc(t.Rows, func(r *Row) bool { return !r.actionable() })
}

// Actionable reports whether the row has something to select or to click.
func (r *Row) Actionable() bool { return r.actionable() }

func (r *Row) actionable() bool { return r.Selector() != nil || len(r.Actions()) > 0 }

// isInFront reports whether a table lies in the box that hides the page.
func (p *Page) isInFront(t *Table) bool {
	front, hides := p.overlay()
	return hides && len(t.Rows) > 0 && contains(front, t.Rows[0].node)
}

// tables are the table elements with the columns.
func (p *Page) tables(wants []wanted) []*Table {
	all := slices.Collect(p.byTag("table"))
	var found []*Table
	for i, table := range all {
		if !dom.Visible(table) {
			continue
		}
		g := p.grid(table)
		for r := range g.rows {
			header := headerTexts(g.cells[r])
			if !hasColumns(header, wants) {
				continue
			}
			t := &Table{Header: header, Rows: p.gridRows(g, r+1, header), beside: hasValue(g.cells[r])}
			if len(t.Rows) == 0 && i+1 < len(all) {
				t.Rows = p.splitRows(p.grid(all[i+1]), header)
			}
			found = append(found, t)
			break
		}
	}
	return found
}

// hasValue reports whether a row is of one label and its value, by how it is written.
func hasValue(cells []*html.Node) bool {
	full := slices.DeleteFunc(slices.Clone(cells), func(c *html.Node) bool { return c == nil || headText(c) == "" })
	full = slices.Compact(full)
	return len(full) == 2 && full[0].Data == "th" && full[1].Data == "td"
}

func headerTexts(cells []*html.Node) []string {
	header := make([]string, len(cells))
	for i, c := range cells {
		if c != nil && (i == 0 || cells[i-1] != c) {
			header[i] = headText(c)
		}
	}
	return header
}

// headText is the text of a heading cell, or of the image in it.
func headText(c *html.Node) string {
	if text := labelText(c); text != "" {
		return text
	}
	for d := range dom.Descendants(c) {
		if dom.IsElement(d, "img") && imageText(d) != "" {
			return imageText(d)
		}
	}
	return ""
}

func hasColumns(header []string, wants []wanted) bool {
	return !slices.ContainsFunc(wants, func(w wanted) bool { return !slices.ContainsFunc(header, w.has) })
}

// gridRows are the rows of a list from row first on. Rows that repeat the
// header, and rows of one cell such as "no entries", are not of the list.
func (p *Page) gridRows(g *grid, first int, header []string) []*Row {
	var rows []*Row
	for r := first; r < len(g.rows); r++ {
		cells := g.distinct(r)
		if !dom.Visible(g.rows[r]) || len(header) > 1 && len(cells) < 2 || slices.Equal(headerTexts(g.cells[r]), header) {
			continue
		}
		rows = append(rows, p.row(g.rows[r], g.cells[r], header))
	}
	return rows
}

// splitRows are the rows of the table that follows one which holds only the
// header, as in lists whose rows scroll.
func (p *Page) splitRows(g *grid, header []string) []*Row {
	if len(g.rows) == 0 || len(g.cells[0]) != len(header) {
		return nil
	}
	return p.gridRows(g, 0, header)
}

func (p *Page) row(node *html.Node, cells []*html.Node, header []string) *Row {
	row := &Row{page: p, node: node, header: header}
	for _, c := range cells {
		row.Cells = append(row.Cells, p.cell(c))
	}
	return row
}

func (p *Page) cell(n *html.Node) *Cell {
	c := &Cell{page: p, node: n}
	if n == nil {
		return c
	}
	c.Text, c.Images = dom.Text(n), p.imagesBut(n, nil)
	return c
}

// imagesBut are the images in n that are in none of the parts: pictures, and what is
// drawn and named, as by role=img or in SVG.
func (p *Page) imagesBut(n *html.Node, parts []*html.Node) []Image {
	var all []Image
	var others []region // of the parts: going up from each of very many images takes too long
	for _, part := range parts {
		if part != nil {
			others = append(others, p.span(part))
		}
	}
	order := p.order()
	for d := range dom.Descendants(n) {
		if !dom.IsElement(d, "img", "svg") && !(dom.IsElement(d, "input") && dom.InputType(d) == "image") && dom.Attr(d, "role") != "img" ||
			slices.ContainsFunc(others, func(r region) bool { return r.from <= order[d] && order[d] < r.to }) || !dom.Visible(d) {
			continue
		}
		img := Image{Src: dom.Attr(d, "src"), Alt: cmp.Or(dom.Attr(d, "alt"), p.ariaLabel(d)), Title: dom.Attr(d, "title")}
		if d.Data == "svg" {
			for _, c := range elements(d) {
				if c.Data == "title" {
					img.Title = strings.TrimSpace(dom.RawText(c))
				}
			}
		}
		all = append(all, img)
	}
	return all
}

// blockLists are lists made of other elements: a heading element whose children
// are the columns, followed by elements with as many children.
func (p *Page) blockLists(wants []wanted) []*Table {
	var found []*Table
	filled := 0
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.ElementNode || dom.IsElement(n, "tr", "table", "tbody", "thead", "dl", "select", "form", "script") || !dom.Visible(n) {
			continue
		}
		cells := elements(n)
		if len(cells) < max(2, len(wants)) || len(cells) > maxSpan {
			continue
		}
		header := headerTexts(cells)
		if !hasColumns(header, wants) {
			continue
		}
		t := &Table{Header: header, Rows: p.blockRows(n, header)}
		if found = append(found, t); len(t.Rows) > 0 {
			filled++
		}
		if filled == 2 || len(found) > maxCandidates {
			break // ambiguous, however many there are
		}
	}
	return found
}

func (p *Page) blockRows(head *html.Node, header []string) []*Row {
	rows := p.likeRows(siblingsAfter(head), header)
	if len(rows) > 0 || head.Parent == nil {
		return rows
	}
	for s := range siblingsAfter(head.Parent) {
		if s.Type == html.ElementNode {
			return p.likeRows(s.ChildNodes(), header)
		}
	}
	return nil
}

// likeRows are the elements with as many children as there are columns.
func (p *Page) likeRows(nodes func(func(*html.Node) bool), header []string) []*Row {
	var rows []*Row
	for n := range nodes {
		cells := elements(n)
		if n.Type != html.ElementNode || len(cells) != len(header) || !dom.Visible(n) {
			continue
		}
		rows = append(rows, p.row(n, cells, header))
	}
	return rows
}

// columnHeads are the headings that lists of the page have.
func (p *Page) columnHeads(wants []wanted) []string {
	var heads []string
	for n := range p.byTag("th") {
		heads = append(heads, labelText(n))
	}
	return slices.Concat(wants...).closest(heads)
}

// HasText reports whether one of the texts stands on the page, as a piece of
// its visible text, of a button or of a title.
func (p *Page) HasText(texts []string) bool {
	w := want(texts)
	m := p.memo()
	if m.plain == "" {
		m.plain = Normalize(p.Text() + "\n" + p.Title())
	}
	all := m.plain
	for _, t := range w {
		if strings.Contains(all, t) {
			return true
		}
	}
	for n := range p.byTag("input") {
		if dom.IsButton(n) && dom.Visible(n) && w.has(buttonText(n)) {
			return true
		}
	}
	return false
}

// SelectableLists are the lists whose rows can be selected, whatever their
// columns are called.
func (p *Page) SelectableLists() []*Table {
	selects := func(r *Row) bool { return r.Selector() != nil }
	found := slices.DeleteFunc(p.tables(nil), func(t *Table) bool { return !slices.ContainsFunc(t.Rows, selects) })
	if len(found) > 0 {
		return found
	}
	for _, c := range p.cardLists(func(*cards) bool { return true }) {
		if t := p.cardTable(c, ""); t != nil && p.besides(c) == "" && !slices.ContainsFunc(t.Rows, func(r *Row) bool { return !selects(r) }) {
			found = append(found, t)
		}
	}
	return found
}
