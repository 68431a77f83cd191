package page

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Scope narrows a search. The zero value searches the whole page.
type Scope struct {
	// Section holds alternatives of a heading: only what stands below it counts.
	Section []string
	// Row searches within one row of a list.
	Row *Row
	// Button: of actions, only the buttons of forms.
	Button bool
	// Quiet: where nothing is found, what there is instead is not said: nobody will
	// read it.
	Quiet bool
	// Name or ID, if not empty, is the attribute of the one element that is
	// wanted: labels and section do not matter then.
	Name, ID string
}

// pinned reports whether the element is wanted by an attribute.
func (s Scope) pinned() bool { return s.Name != "" || s.ID != "" }

// pins reports whether n is the element wanted by an attribute.
func (s Scope) pins(n *html.Node) bool {
	return n.Type == html.ElementNode && (s.Name == "" || dom.Attr(n, "name") == s.Name) && (s.ID == "" || dom.Attr(n, "id") == s.ID)
}

// region is a part of the document in document order, from included, to not.
type region struct{ from, to int }

// scopeFilter returns a function that reports whether a node is in scope.
func (p *Page) scopeFilter(s Scope) (func(*html.Node) bool, error) {
	order := p.order()
	section, row := []region{{0, len(order)}}, []region{{0, len(order)}}
	if len(s.Section) > 0 && !s.pinned() {
		section = p.sections(want(s.Section))
	}
	if len(section) == 0 && !s.pinned() {
		return nil, &NotFoundError{Role: "section", Texts: s.Section, Closest: want(s.Section).closest(p.headings())}
	}
	if s.Row != nil {
		row = s.Row.regions()
	}
	section, row = joined(section), joined(row)
	return func(n *html.Node) bool {
		at := order[n]
		return inside(section, at) && inside(row, at)
	}, nil
}

// inside reports whether a place is in one of the regions, which are joined.
func inside(regions []region, at int) bool {
	i, _ := slices.BinarySearchFunc(regions, at, func(r region, at int) int { return cmp.Compare(r.to, at+1) })
	return i < len(regions) && regions[i].from <= at
}

// joined are the regions in order, those that overlap as one.
func joined(regions []region) []region {
	all := slices.SortedFunc(slices.Values(regions), func(a, b region) int { return cmp.Compare(a.from, b.from) })
	var out []region
	for _, r := range all {
		if last := len(out) - 1; last >= 0 && r.from <= out[last].to {
			out[last].to = max(out[last].to, r.to)
		} else if r.from < r.to {
			out = append(out, r)
		}
	}
	return out
}

// HasSection reports whether the page has a heading with one of the texts.
func (p *Page) HasSection(texts []string) bool { return len(p.sections(want(texts))) > 0 }

// headings are the texts of what is marked up as a heading.
func (p *Page) headings() []string {
	var texts []string
	for n := range p.byTag("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption") {
		texts = append(texts, labelText(n))
	}
	return texts
}

// sections are the regions below the headings with one of the texts. A row
// label counts as the heading of its row where there is no better one.
func (p *Page) sections(w wanted) []region {
	var found, rows []region
	for n := range dom.Descendants(p.root()) {
		if len(found)+len(rows) == maxCandidates {
			break // no page has so many of one name
		}
		if n.Type != html.ElementNode || !mayHead(n) || !w.has(labelText(n)) || !dom.Visible(n) || p.inBreadcrumb(n) {
			continue
		}
		if dom.IsElement(n, "td", "th") && !p.aloneInRow(n) {
			rows = append(rows, p.span(n.Parent))
			continue
		}
		if r, ok := p.below(n); ok {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return rows
	}
	return found
}

// mayHead leaves out what is something else than a heading.
func mayHead(n *html.Node) bool {
	switch n.Data {
	case "option", "select", "label", "button", "script", "style", "title", "a", "html", "body", "table", "tbody", "thead", "tr", "form":
		return false
	}
	return dom.Closest(n, "a", "button", "label", "select") == nil
}

// below is the region that a heading is the heading of.
func (p *Page) below(n *html.Node) (region, bool) {
	switch {
	case headingLevel(n) > 0:
		return p.belowHeading(n), true
	case dom.IsElement(n, "legend", "caption", "summary"):
		return p.span(n.Parent), true
	case dom.IsElement(n, "dt"):
		return p.until(n, func(s *html.Node) bool { return s.Data == "dt" }), true
	case dom.IsElement(n, "td", "th"):
		return p.until(n.Parent, func(s *html.Node) bool {
			return s.Data == "tr" && p.aloneInRow(firstCell(s))
		}), true
	}
	for parent := n.Parent; parent != nil && p.sameText(parent, n); parent = n.Parent {
		if dom.IsElement(parent, "td", "th", "legend", "caption", "dt") || headingLevel(parent) > 0 {
			return region{}, false // found as that element
		}
		if !mayHead(parent) {
			break
		}
		n = parent
	}
	for n.Parent != nil && !contentAfter(n) && !dom.IsElement(n.Parent, "td", "th", "body") {
		n = n.Parent
	}
	if isInline(n) && !standsAlone(n) {
		return region{}, false
	}
	alike := p.sameShape(n)
	return p.until(n, func(s *html.Node) bool { return headingLevel(s) > 0 || alike(s) }), true
}

func headingLevel(n *html.Node) int {
	if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

// belowHeading reaches to the next heading of the same or a higher level.
func (p *Page) belowHeading(h *html.Node) region {
	order := p.order()
	r := region{p.span(h).to, len(order)}
	all := p.memo().headings
	i, _ := slices.BinarySearchFunc(all, r.from, func(n *html.Node, at int) int { return cmp.Compare(order[n], at) })
	for _, n := range all[i:] {
		if headingLevel(n) <= headingLevel(h) {
			r.to = order[n]
			break
		}
	}
	return r
}

// until reaches from behind n over its following siblings to one that ends it.
func (p *Page) until(n *html.Node, end func(*html.Node) bool) region {
	order := p.order()
	r := region{p.span(n).to, p.span(n.Parent).to}
	for s := range siblingsAfter(n) {
		if s.Type == html.ElementNode && end(s) {
			r.to = order[s]
			break
		}
	}
	return r
}

// span is the region of n and all within it.
func (p *Page) span(n *html.Node) region {
	order := p.order()
	last := n
	for last.LastChild != nil {
		last = last.LastChild
	}
	return region{order[n], order[last] + 1}
}

// aloneInRow reports whether a cell is the only one with content in its row
// while the table has rows with more: a heading across the table.
func (p *Page) aloneInRow(cell *html.Node) bool {
	if cell == nil || p.holdsField(cell) {
		return false
	}
	for _, c := range elements(cell.Parent) {
		if c != cell && (labelText(c) != "" || p.holdsField(c)) {
			return false
		}
	}
	table := dom.Closest(cell, "table")
	return table != nil && labelText(cell) != "" && p.hasWideRow(table)
}

// hasWideRow reports whether a table has a row of several cells, or of one with
// a field.
func (p *Page) hasWideRow(table *html.Node) bool {
	known := p.memo().wide
	wide, ok := known[table]
	if !ok {
		wide = slices.ContainsFunc(p.grid(table).rows, func(row *html.Node) bool {
			n := len(elements(row))
			return n > 1 || n == 1 && p.holdsField(row)
		})
		known[table] = wide
	}
	return wide
}

func firstCell(row *html.Node) *html.Node {
	for _, c := range elements(row) {
		if labelText(c) != "" {
			return c
		}
	}
	return nil
}

func (p *Page) sameText(a, b *html.Node) bool {
	return a.Type == html.ElementNode && Normalize(labelText(a)) == Normalize(labelText(b)) && !p.holdsField(a)
}

// contentAfter reports whether anything follows n within its parent.
func contentAfter(n *html.Node) bool {
	for s := range siblingsAfter(n) {
		if s.Type == html.ElementNode && !dom.IsElement(s, "br", "script", "hr") || s.Type == html.TextNode && strings.TrimSpace(s.Data) != "" {
			return true
		}
	}
	return false
}

// standsAlone reports whether an inline element has a line of its own.
func standsAlone(n *html.Node) bool {
	before, after := n.PrevSibling, n.NextSibling
	for before != nil && before.Type == html.TextNode && strings.TrimSpace(before.Data) == "" {
		before = before.PrevSibling
	}
	for after != nil && after.Type == html.TextNode && strings.TrimSpace(after.Data) == "" {
		after = after.NextSibling
	}
	ends := func(s *html.Node) bool { return s == nil || !isInline(s) }
	return ends(before) && ends(after)
}

// sameShape tells what looks like the heading h: of the same element and the same
// class, with a text but no fields.
func (p *Page) sameShape(h *html.Node) func(s *html.Node) bool {
	inner := func(n *html.Node) string {
		if e := elements(n); len(e) == 1 && p.sameText(e[0], n) {
			return e[0].Data + "." + dom.Attr(e[0], "class")
		}
		return ""
	}
	class, within := dom.Attr(h, "class"), inner(h)
	var shaped func(s *html.Node) bool
	switch {
	case class != "":
		shaped = func(s *html.Node) bool { return dom.Attr(s, "class") == class }
	case inlineTags[h.Data]:
		shaped = func(*html.Node) bool { return true }
	case within != "":
		shaped = func(s *html.Node) bool { return inner(s) == within }
	default:
		return func(*html.Node) bool { return false }
	}
	return func(s *html.Node) bool {
		return s.Data == h.Data && !p.holdsField(s) && shaped(s) && labelText(s) != ""
	}
}
