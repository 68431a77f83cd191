package page

import (
	"strconv"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// grid is a table with its cells at their places, spans filled in.
type grid struct {
	rows   []*html.Node
	cells  [][]*html.Node // by row and column; nil where there is none
	places map[*html.Node]place
	area   int
}

// place is where a cell begins.
type place struct{ row, col int }

const (
	maxSpan = 100
	// maxArea bounds the places of one table; beyond it spans do not count.
	maxArea = 500_000
)

// gridOf lays out the rows of a table, not those of tables within.
func gridOf(table *html.Node) *grid {
	g := &grid{places: make(map[*html.Node]place)}
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
		g.places[c] = place{r, col}
		down, across := min(span(c, "rowspan"), len(g.rows)-r), span(c, "colspan")
		if g.area += down * across; g.area > maxArea {
			down, across = 1, 1
		}
		for dr := range down {
			for dc := range across {
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
