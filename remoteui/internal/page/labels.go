package page

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// tier says how sure it is that a text labels an element; lower is surer.
type tier int

const (
	explicit tier = iota + 1 // said by the markup, or the element's own text
	beside                   // to the left, in front of it on the line
	around                   // above, a legend, a tool tip
)

// label is one text that labels an element.
type label struct {
	text string
	tier tier
}

// isControl reports whether n takes part in a form and can be seen.
func isControl(n *html.Node) bool {
	return dom.IsElement(n, "select", "textarea", "button") || dom.IsElement(n, "input") && dom.InputType(n) != "hidden"
}

// isField reports whether n is a control that is no button.
func isField(n *html.Node) bool { return isControl(n) && !dom.IsButton(n) }

const (
	// reach is how many cells or rows away a label may be.
	reach = 100
	// nearby is how many neighbours away it may be on its line.
	nearby = 30
)

func isChoice(n *html.Node) bool {
	t := dom.InputType(n)
	return n.Data == "input" && (t == "radio" || t == "checkbox")
}

// fieldLabels are all texts that label a field.
func (p *Page) fieldLabels(n *html.Node) []label {
	labels := p.ownLabels(n)
	add := func(t tier, texts ...string) {
		for _, text := range texts {
			if text != "" {
				labels = append(labels, label{text, t})
			}
		}
	}
	add(beside, p.textBefore(n), p.blockBeside(n))
	for at := n; at != nil; at = at.Parent {
		switch {
		case dom.IsElement(at, "td", "th"):
			left, above := p.cellLabels(at)
			add(beside, left)
			add(around, above)
		case dom.IsElement(at, "dd"):
			add(beside, termOf(at))
		case dom.IsElement(at, "fieldset"):
			add(around, legendOf(at))
		case dom.Attr(at, "role") == "group" || dom.Attr(at, "role") == "radiogroup":
			add(around, p.ariaLabel(at))
		}
	}
	add(around, p.blockBefore(n), dom.Attr(n, "title"), dom.Attr(n, "placeholder"))
	return labels
}

// ownLabels are the texts that the markup ties to a field; for a radio button
// or checkbox also the text right after it.
func (p *Page) ownLabels(n *html.Node) []label {
	var labels []label
	add := func(text string) {
		if text != "" {
			labels = append(labels, label{text, explicit})
		}
	}
	for _, l := range p.labelsFor(n) {
		add(labelText(l))
	}
	if l := dom.Closest(n.Parent, "label"); l != nil && p.labelled(l) == n {
		add(labelText(l))
	}
	add(p.ariaLabel(n))
	if isChoice(n) && len(labels) == 0 {
		add(p.textAfter(n))
	}
	return labels
}

// labelsFor are the label elements whose for attribute names n.
func (p *Page) labelsFor(n *html.Node) []*html.Node {
	id := dom.Attr(n, "id")
	if id == "" || p.doc.ByID(id) != n {
		return nil
	}
	return p.memo().labels[id]
}

// labelled is the control that a label element labels; nil if none.
func (p *Page) labelled(l *html.Node) *html.Node {
	if id, ok := dom.LookupAttr(l, "for"); ok {
		if n := p.doc.ByID(id); n != nil && isControl(n) {
			return n
		}
		return nil
	}
	for n := range dom.Descendants(l) {
		if isControl(n) {
			return n
		}
	}
	return nil
}

func (p *Page) ariaLabel(n *html.Node) string {
	var texts []string
	for id := range strings.FieldsSeq(dom.Attr(n, "aria-labelledby")) {
		if l := p.doc.ByID(id); l != nil {
			texts = append(texts, labelText(l))
		}
	}
	if len(texts) > 0 {
		return strings.Join(texts, " ")
	}
	return dom.Attr(n, "aria-label")
}

// cellLabels are the labels of what stands in a cell: the nearest cell to the
// left that holds text and no field, and else such a cell above.
func (p *Page) cellLabels(cell *html.Node) (left, above string) {
	table := dom.Closest(cell, "table")
	if table == nil {
		return "", ""
	}
	g := p.grid(table)
	at, ok := g.places[cell]
	if !ok {
		return "", ""
	}
	for c := at.col - 1; c >= max(0, at.col-reach); c-- {
		if text := p.labelCell(g.cells[at.row][c]); text != "" {
			return text, ""
		}
	}
	for up := at.row - 1; up >= max(0, at.row-reach); up-- {
		if at.col >= len(g.cells[up]) || g.cells[up][at.col] == nil {
			continue
		}
		if text := p.labelCell(g.cells[up][at.col]); text != "" {
			return "", text
		}
		if !p.holdsField(g.cells[up][at.col]) {
			break
		}
	}
	return "", ""
}

// labelCell is the text of a cell that can be a label.
func (p *Page) labelCell(cell *html.Node) string {
	if cell == nil || p.holdsField(cell) {
		return ""
	}
	text := labelText(cell)
	if isSeparator(text) {
		return ""
	}
	return text
}

// blockBeside is the text of the block that, with the block n stands in, makes up
// their parent: a label and the fields it is for, all of them.
func (p *Page) blockBeside(n *html.Node) string {
	block := n.Parent
	for block != nil && isInline(block) {
		block = block.Parent
	}
	if block == nil || !dom.IsElement(block, "div", "p", "section", "span") {
		return ""
	}
	memo := p.memo()
	text, known := memo.beside[block]
	if !known {
		text = p.labelBlock(block)
		memo.beside[block] = text
	}
	return text
}

// labelBlock is the text of the only element beside a block, before it.
func (p *Page) labelBlock(block *html.Node) string {
	first := sideElement(block, func(n *html.Node) *html.Node { return n.PrevSibling })
	last := sideElement(block, func(n *html.Node) *html.Node { return n.NextSibling })
	if first == nil || last != nil || !dom.IsElement(first, "div", "p") || headingLevel(first) > 0 ||
		sideElement(first, func(n *html.Node) *html.Node { return n.PrevSibling }) != nil ||
		p.holdsField(first) || holdsBlocks(first) || holdsBlocks(block) || !dom.Visible(first) {
		return ""
	}
	return labelText(first)
}

// sideElement is the element beside a node; text there counts as well.
func sideElement(n *html.Node, next func(*html.Node) *html.Node) *html.Node {
	for n = next(n); n != nil; n = next(n) {
		if n.Type == html.ElementNode || n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			return n
		}
	}
	return nil
}

// termOf is the text of the dt that a dd belongs to.
func termOf(dd *html.Node) string {
	for n := range siblingsBefore(dd) {
		if dom.IsElement(n, "dt") {
			return labelText(n)
		}
	}
	return ""
}

func legendOf(fieldset *html.Node) string {
	if l := dom.Legend(fieldset); l != nil {
		return labelText(l)
	}
	return ""
}

// isSeparator reports whether text stands between the parts of one field, as
// in 2024 / 01 / 31, and labels nothing.
func isSeparator(text string) bool {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) <= 1 || strings.HasPrefix(text, "(") || strings.HasPrefix(text, "（") {
		return true
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
