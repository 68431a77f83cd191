package page

import (
	"strconv"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// grid is a table with its cells at their places, spans filled in.
type grid struct {
	rows  []*html.Node
	cells [][]*html.Node // by row and column; nil where there is none
}

const maxSpan = 100

// gridOf lays out the rows of a table, not those of tables within.
func gridOf(table *html.Node) *grid {
	g := &grid{}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		for c := range n.ChildNodes() {
			switch {
			case dom.IsElement(c, "tr"):
				g.rows = append(g.rows, c)
			case dom.IsElement(c, "tbody", "thead", "tfoot"):
				visit(c)
			}
		}
	}
	visit(table)
	g.cells = make([][]*html.Node, len(g.rows))
	for r, row := range g.rows {
		g.place(r, row)
	}
	return g
}

func (g *grid) place(r int, row *html.Node) {
	col := 0
	for c := range row.ChildNodes() {
		if !dom.IsElement(c, "td", "th") {
			continue
		}
		for col < len(g.cells[r]) && g.cells[r][col] != nil {
			col++
		}
		for dr := range min(span(c, "rowspan"), len(g.rows)-r) {
			for dc := range span(c, "colspan") {
				g.put(r+dr, col+dc, c)
			}
		}
	}
}

func (g *grid) put(r, col int, cell *html.Node) {
	for len(g.cells[r]) <= col {
		g.cells[r] = append(g.cells[r], nil)
	}
	if g.cells[r][col] == nil {
		g.cells[r][col] = cell
	}
}

func span(cell *html.Node, key string) int {
	n, err := strconv.Atoi(dom.Attr(cell, key))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

// find returns the place of a cell; ok is false if it is in no row.
func (g *grid) find(cell *html.Node) (r, col int, ok bool) {
	for r, row := range g.rows {
		if row != cell.Parent {
			continue
		}
		for col, c := range g.cells[r] {
			if c == cell {
				return r, col, true
			}
		}
	}
	return 0, 0, false
}

// distinct returns the cells of a row in order, each once.
func (g *grid) distinct(r int) []*html.Node {
	var cells []*html.Node
	for _, c := range g.cells[r] {
		if c != nil && (len(cells) == 0 || cells[len(cells)-1] != c) {
			cells = append(cells, c)
		}
	}
	return cells
}

// grid returns the layout of a table, remembered until the tree changes.
func (p *Page) grid(table *html.Node) *grid {
	if p.grids == nil || p.gridsVersion != p.doc.Version() {
		p.grids, p.gridsVersion = make(map[*html.Node]*grid), p.doc.Version()
	}
	g := p.grids[table]
	if g == nil {
		g = gridOf(table)
		p.grids[table] = g
	}
	return g
}
