package dom

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Visibility by style sheets is worked out for the whole tree at once, in document
// order, and kept in the namespaces of its elements, which documents of HTML do not
// use. There is no layout: only those properties count that say whether a person
// sees an element, and whether it lies over others.

const (
	shown     = "shown"
	notThere  = "none"      // display: none, with all that is in it
	invisible = "invisible" // visibility: hidden; what is in it may be visible
)

// Bounds of styling: what is beyond them counts as not written.
const (
	maxSheets     = 32
	maxRules      = 20_000
	maxStyleSteps = 10_000_000 // parts of selectors compared in one go over the tree
)

// Layer is an element that is taken out of the flow of the page.
type Layer struct {
	Node   *html.Node
	Level  int  // z-index
	Covers bool // it reaches from edge to edge
	Modal  bool // a dialogue by its element or role
}

// sheet is a style sheet as last read.
type sheet struct {
	text  string
	rules []rule
}

// Style brings what is known of the style of each element up to date. [Hidden],
// [Visible] and [Text] go by it.
func (d *Document) Style() {
	if d.styled == d.version {
		return
	}
	d.styled = d.version
	s := &styler{rules: ruleIndex{}, steps: maxStyleSteps}
	count := 0
	for _, n := range d.sheetNodes() {
		for _, r := range d.rulesOf(n) {
			if count++; count <= maxRules {
				s.rules.add(r, count)
			}
		}
	}
	for c := range d.Root.ChildNodes() {
		s.walk(c, false)
	}
	d.layers = s.layers
}

// Layers are the layers that are shown, in document order.
func (d *Document) Layers() []Layer {
	d.Style()
	return d.layers
}

// SetSheet gives the text of a style sheet that a link element names.
func (d *Document) SetSheet(link *html.Node, text string) {
	if d.linked == nil {
		d.linked = make(map[*html.Node]string)
	}
	d.linked[link] = text
	d.version++
}

// SheetLinks are the link elements that name style sheets for screens.
func (d *Document) SheetLinks() []*html.Node {
	var links []*html.Node
	for n := range Descendants(d.Root) {
		if IsElement(n, "link") && len(links) < maxSheets && HasAttr(n, "href") && isSheetLink(n) && forScreen(Attr(n, "media")) {
			links = append(links, n)
		}
	}
	return links
}

func isSheetLink(n *html.Node) bool {
	sheet, alternate := false, false
	for word := range strings.FieldsSeq(strings.ToLower(Attr(n, "rel"))) {
		sheet, alternate = sheet || word == "stylesheet", alternate || word == "alternate"
	}
	return sheet && !alternate && !HasAttr(n, "disabled")
}

// sheetNodes are the elements that hold or name style sheets, in order.
func (d *Document) sheetNodes() []*html.Node {
	var nodes []*html.Node
	for n := range Descendants(d.Root) {
		if len(nodes) < maxSheets && (IsElement(n, "style") || IsElement(n, "link") && d.linked[n] != "" && isSheetLink(n)) && forScreen(Attr(n, "media")) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (d *Document) rulesOf(n *html.Node) []rule {
	text := d.linked[n]
	if n.Data == "style" {
		text = rawText(n)
	}
	if have := d.sheets[n]; have != nil && have.text == text {
		return have.rules
	}
	if d.sheets == nil {
		d.sheets = make(map[*html.Node]*sheet)
	}
	d.sheets[n] = &sheet{text, parseSheet(text)}
	return d.sheets[n].rules
}

// styler goes over the tree once.
type styler struct {
	rules  ruleIndex
	steps  int
	layers []Layer
}

// walk marks n and all in it. hidden is the visibility it inherits.
func (s *styler) walk(n *html.Node, hidden bool) {
	if n.Type != html.ElementNode {
		return
	}
	c := s.computed(n)
	switch c["visibility"] {
	case "hidden", "collapse":
		hidden = true
	case "visible", "initial":
		hidden = false
	}
	n.Namespace = shown
	switch {
	case c["display"] == "none":
		n.Namespace = notThere
	case hidden:
		n.Namespace = invisible
	}
	if n.Namespace == shown {
		s.layer(n, c)
	}
	for child := range n.ChildNodes() {
		if n.Namespace == notThere {
			forget(child)
			continue
		}
		s.walk(child, hidden)
	}
}

// forget takes earlier marks away below an element that is not there.
func forget(n *html.Node) {
	n.Namespace = ""
	for c := range Descendants(n) {
		c.Namespace = ""
	}
}

func (s *styler) layer(n *html.Node, c computed) {
	if c == nil && n.Data != "dialog" && !HasAttr(n, "role") && !HasAttr(n, "aria-modal") {
		return
	}
	l := Layer{Node: n}
	l.Level, _ = strconv.Atoi(c["z-index"])
	role := strings.ToLower(Attr(n, "role"))
	l.Modal = n.Data == "dialog" || role == "dialog" || role == "alertdialog" || strings.EqualFold(Attr(n, "aria-modal"), "true")
	placed := c["position"] == "fixed" || c["position"] == "absolute"
	whole := func(size, from, to string) bool {
		return c[size] == "100%" || strings.HasPrefix(c[size], "100v") || edge(c[from]) && edge(c[to])
	}
	l.Covers = placed && whole("width", "left", "right") && whole("height", "top", "bottom")
	if l.Modal || placed {
		s.layers = append(s.layers, l)
	}
}

func edge(v string) bool { return v == "0" || v == "0px" || v == "0%" }

// computed are the values of the properties that matter here.
type computed map[string]string

// weight is how strong a declaration is: the larger one wins.
type weight struct{ important, inline, specificity, order int }

func (w weight) less(o weight) bool {
	switch {
	case w.important != o.important:
		return w.important < o.important
	case w.inline != o.inline:
		return w.inline < o.inline
	case w.specificity != o.specificity:
		return w.specificity < o.specificity
	}
	return w.order <= o.order
}

// style is what has been found for one element. Most have nothing.
type style struct {
	values computed
	won    map[string]weight
}

func (s *style) set(d declaration, w weight) {
	if s.values == nil {
		s.values, s.won = computed{}, map[string]weight{}
	}
	w.important = d.important
	if old, ok := s.won[d.name]; !ok || old.less(w) {
		s.values[d.name], s.won[d.name] = d.value, w
	}
}

var none = declaration{name: "display", value: "none"}

func (s *styler) computed(n *html.Node) computed {
	var found style
	if HasAttr(n, "hidden") || n.Data == "dialog" && !HasAttr(n, "open") {
		found.set(none, weight{})
	}
	s.rules.each(n, func(r *rule) {
		if !s.matchFrom(n, r.selector.compounds) {
			return
		}
		for _, d := range r.declarations {
			if !r.reached || d.reveals() {
				found.set(d, weight{specificity: r.selector.specificity, order: r.order})
			}
		}
	})
	if style, ok := LookupAttr(n, "style"); ok {
		for i, d := range declarations(style) {
			found.set(d, weight{inline: 1, order: i})
		}
	}
	if n.Data == "input" && inputType(n) == "hidden" {
		found.set(none, weight{inline: 2})
	}
	return found.values
}

// Unmarked runs do while n and all in it are as the source and the scripts made
// them, without what is kept in them of their style.
func (d *Document) Unmarked(n *html.Node, do func()) {
	forget(n)
	d.styled = -1
	do()
}
