package page

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Pair is one label with its value, as printed.
type Pair struct{ Label, Value string }

// pair is a Pair with the place of its label, and the one element that holds the
// value; nil if it is none.
type pair struct {
	Pair
	at, value *html.Node
}

// Pairs are all labels with their values that the page shows for reading, in
// order and word for word: rows of tables, definition lists, "label: value"
// lines.
func (p *Page) Pairs() []Pair {
	var all []Pair
	for _, found := range p.pairs() {
		all = append(all, found.Pair)
	}
	return all
}

// Value is the text that the page shows beside a label. It returns
// *NotFoundError or, if the label stands there with different values,
// *AmbiguousError.
func (p *Page) Value(texts []string, scope Scope) (string, error) {
	inScope, err := p.scopeFilter(scope)
	if err != nil {
		return "", err
	}
	if scope.pinned() {
		return p.pinnedValue(texts, scope, inScope)
	}
	w := want(texts)
	var values, labels []string
	for _, found := range append(p.pairs(), p.columnPairs()...) {
		if !inScope(found.at) {
			continue
		}
		if !w.has(found.Label) {
			labels = append(labels, found.Label)
			continue
		}
		if len(values) == 0 || values[0] != found.Value {
			values = append(values, found.Value)
		}
	}
	if len(values) == 0 {
		values = p.lineValues(w, inScope)
	}
	switch len(values) {
	case 0:
		return "", p.missing("value", texts, scope, labels)
	case 1:
		return values[0], nil
	}
	return "", &AmbiguousError{Role: "value", Texts: texts, Candidates: values[:2]}
}

// pinnedValue is what the one element shows that is wanted by an attribute.
func (p *Page) pinnedValue(texts []string, scope Scope, inScope func(*html.Node) bool) (string, error) {
	var fits []*html.Node
	var others []string
	for n := range dom.Descendants(p.root()) {
		if scope.pins(n) && inScope(n) {
			fits = append(fits, n)
		} else if n.Type == html.ElementNode {
			others = append(others, nameOf(n))
		}
	}
	switch len(fits) {
	case 0:
		return "", p.missing("value", texts, scope, others)
	case 1:
		return strings.TrimSpace(p.shown(fits[0])), nil
	}
	return "", &AmbiguousError{Role: "value", Texts: texts, Candidates: []string{describe(fits[0]), describe(fits[1])}}
}

func (p *Page) pairs() []pair {
	w := pairWalk{page: p}
	w.walk(p.root())
	w.endLine()
	return w.pairs
}

// pairWalk goes through the page block by block. Pieces of a line are gathered
// until it ends.
type pairWalk struct {
	page  *Page
	pairs []pair
	line  []*html.Node
}

func (w *pairWalk) add(label, value string, at *html.Node, holders ...*html.Node) {
	label = strings.TrimSpace(label)
	if label != "" {
		found := pair{Pair: Pair{label, strings.TrimSpace(value)}, at: at}
		if len(holders) == 1 {
			found.value = holders[0]
		}
		w.pairs = append(w.pairs, found)
	}
}

func (w *pairWalk) walk(n *html.Node) {
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.CommentNode || c.Type == html.ElementNode && (dom.Hidden(c) || !shows(c)):
		case dom.IsElement(c, "tr"):
			w.endLine()
			w.row(c)
		case dom.IsElement(c, "dt"):
			w.endLine()
			w.term(c)
		case dom.IsElement(c, "dd"):
			w.endLine()
			if holdsBlocks(c) {
				w.walk(c)
				w.endLine()
			}
		case dom.IsElement(c, "label") && w.page.outputOf(c) != nil:
			w.endLine()
			out := w.page.outputOf(c)
			w.add(labelText(c), w.page.shown(out), c, out)
		case isInline(c) && !holdsBlocks(c):
			w.line = append(w.line, c)
		default:
			w.endLine()
			if label, value, ok := w.page.twoBlocks(c); ok {
				w.add(labelText(label), w.page.shown(value), label, value)
				continue
			}
			w.walk(c)
			w.endLine()
		}
	}
}

// outputOf is what a label element names that is for reading only; nil if it names a
// field, or nothing that is shown.
func (p *Page) outputOf(label *html.Node) *html.Node {
	n := p.doc.ByID(dom.Attr(label, "for"))
	if n == nil || !dom.IsElement(n, "output", "meter", "progress") || !dom.Visible(n) {
		return nil
	}
	return n
}

func shows(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "noscript", "template", "iframe", "object", "head":
		return false
	}
	return true
}

// holdsBlocks reports whether n contains elements that begin a new line.
func holdsBlocks(n *html.Node) bool {
	for d := range dom.Descendants(n) {
		if !isInline(d) && !dom.IsElement(d, "br", "script", "option", "optgroup") {
			return true
		}
	}
	return false
}

// term pairs a dt with the dd that follow it.
func (w *pairWalk) term(dt *html.Node) {
	var values []string
	var holders []*html.Node
	for s := range siblingsAfter(dt) {
		if dom.IsElement(s, "dt") {
			break
		}
		if dom.IsElement(s, "dd") {
			values, holders = append(values, w.page.shown(s)), append(holders, s)
		}
	}
	w.add(labelText(dt), strings.Join(values, "\n"), dt, holders...)
}

// row pairs the cells of a table row. Rows of lists are none: those have a
// header row. Cells that hold more than text are looked into.
func (w *pairWalk) row(tr *html.Node) {
	table := dom.Closest(tr, "table")
	var cells []*html.Node
	for _, c := range elements(tr) {
		if dom.IsElement(c, "td", "th") && !dom.Hidden(c) {
			cells = append(cells, c)
		}
	}
	if table == nil || !isList(w.page.grid(table)) {
		w.cells(cells)
	}
	for _, c := range cells {
		if holdsBlocks(c) || len(cells) == 1 {
			w.walk(c)
			w.endLine()
		}
	}
}

// cells pairs th with the td after it, and td two by two.
func (w *pairWalk) cells(cells []*html.Node) {
	var full []*html.Node
	for _, c := range cells {
		if text := labelText(c); c.Data == "th" || !isColon(text) && (text != "" || len(full) > 0) {
			full = append(full, c)
		}
	}
	if len(full) < 2 {
		return
	}
	heads := false
	for _, c := range full {
		heads = heads || c.Data == "th"
	}
	if !heads {
		if len(full) == 2 || len(full)%2 == 0 && hasColon(full[0]) && hasColon(full[2]) {
			for i := 0; i < len(full); i += 2 {
				w.pairOf(full[i], full[i+1:i+2])
			}
		}
		return
	}
	for i := 0; i < len(full); i++ {
		if full[i].Data != "th" {
			continue
		}
		end := i + 1
		for end < len(full) && full[end].Data == "td" {
			end++
		}
		w.pairOf(full[i], full[i+1:end])
	}
}

func (w *pairWalk) pairOf(label *html.Node, values []*html.Node) {
	if len(values) == 0 || w.page.holdsField(label) || holdsBlocks(label) && dom.Closest(label.FirstChild, "table") != dom.Closest(label, "table") {
		return
	}
	var texts []string
	for _, v := range values {
		if t := w.page.shown(v); t != "" {
			texts = append(texts, t)
		}
	}
	w.add(labelText(label), strings.Join(texts, " "), label, values...)
}

func isColon(text string) bool { return text == ":" || text == "：" }

func hasColon(cell *html.Node) bool {
	return strings.HasSuffix(labelText(cell), ":") || strings.HasSuffix(labelText(cell), "：")
}

// isList reports whether a table has a row of headings for more than the two
// columns that labels and values need.
func isList(g *grid) bool {
	for r := range g.rows {
		cells := g.distinct(r)
		if len(cells) < 2 {
			continue
		}
		if len(cells) == 2 {
			return false
		}
		for _, c := range cells {
			if c.Data != "th" {
				return false
			}
		}
		return true
	}
	return false
}

// columnPairs pairs the headings of lists of one row with its cells.
func (p *Page) columnPairs() []pair {
	var found []pair
	for table := range p.byTag("table") {
		g := p.grid(table)
		if len(g.rows) != 2 || len(g.cells[0]) != len(g.cells[1]) {
			continue
		}
		if len(g.cells[1]) > 0 && p.labelsItsRow(g.cells[1][0]) {
			continue // two rows of label and value, not a list of one row
		}
		for col, head := range g.cells[0] {
			if value := g.cells[1][col]; head != nil && value != nil && value != head && value.Data != "th" && dom.Visible(head) {
				found = append(found, pair{Pair{labelText(head), p.shown(value)}, head, value})
			}
		}
	}
	return found
}

// labelsItsRow reports whether a cell is the label of what stands beside it: it
// ends with a colon, or names the button there.
func (p *Page) labelsItsRow(cell *html.Node) bool {
	if cell == nil {
		return false
	}
	text := strings.TrimSpace(dom.Text(cell))
	if strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：") {
		return true
	}
	for _, a := range p.actionsIn(cell.Parent) {
		if !contains(cell, a.node) && text != "" && Normalize(a.label) == Normalize(text) {
			return true
		}
	}
	return false
}

// twoBlocks reports whether n consists of just a label block and a value block.
func (p *Page) twoBlocks(n *html.Node) (label, value *html.Node, ok bool) {
	parts := elements(n)
	if len(parts) != 2 || dom.IsElement(n, "table", "tbody", "tr", "ul", "ol", "dl", "form", "body") {
		return nil, nil, false
	}
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return nil, nil, false
		}
	}
	for _, part := range parts {
		if isInline(part) || holdsBlocks(part) || headingLevel(part) > 0 || labelText(part) == "" {
			return nil, nil, false
		}
	}
	return parts[0], parts[1], !p.holdsField(parts[0]) && dom.Visible(parts[1])
}
