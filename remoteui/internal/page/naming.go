package page

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Bounds of [Page.RowsNaming], far above what a device shows.
const (
	maxNaming      = 100  // places where the text stands
	maxNamingCells = 50   // cells of a row
	maxCellText    = 1000 // bytes of a cell
	maxCellNodes   = 200  // nodes of a cell in which images are looked for
)

// RowsNaming are what rows show that have a text in a cell of its own, whatever
// their lists are called and made of: the texts of their cells, and of the images
// there. A label with its value is no row.
func (p *Page) RowsNaming(text string, isLabel func(string) bool) [][]string {
	var found [][]string
	met := 0
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.TextNode || strings.TrimSpace(dom.Seen(n.Data)) != text || n.Parent == nil || !dom.Visible(n.Parent) {
			continue
		}
		if met++; met > maxNaming {
			break
		}
		cell := n.Parent
		for cell.Parent != nil && cellText(cell.Parent) == text {
			cell = cell.Parent
		}
		if cell.Parent == nil || dom.IsElement(cell.Parent, "body", "select") {
			continue
		}
		all := elements(cell.Parent)
		if len(all) > maxNamingCells {
			continue
		}
		var cells []string
		tells := false
		for _, e := range all {
			if t := cellText(e); t != "" && dom.Visible(e) {
				cells = append(cells, t)
				tells = tells || t != text && !isLabel(t)
			}
		}
		if tells {
			found = append(found, cells)
		}
	}
	return found
}

// cellText is what an element shows, with what its images say, on one line.
func cellText(n *html.Node) string {
	text := dom.TextN(n, maxCellText)
	nodes := 0
	for d := range dom.Descendants(n) {
		if nodes++; nodes > maxCellNodes {
			break
		}
		if dom.IsElement(d, "img") && len(text) < maxCellText && dom.Visible(d) {
			text += " " + imageText(d)
		}
	}
	return strings.Join(strings.Fields(text), " ")
}
