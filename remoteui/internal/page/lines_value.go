package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// lineValues finds what the layout does not tell and only a person who knows
// the label sees: "Controller 37.31" with nothing but white space between, or
// the label on a line of its own and the value on the next. Unlike [Page.Pairs]
// it needs the label, so it is asked only when nothing else fits.
func (p *Page) lineValues(w wanted, in func(*html.Node) bool) []string {
	var values []string
	lines := p.readingLines(in)
	for i, line := range lines {
		value, ok := "", false
		if w.has(line) {
			if i+1 < len(lines) && !w.has(lines[i+1]) {
				value, ok = lines[i+1], true
			}
		} else {
			value, ok = w.cut(line)
		}
		if ok && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// readingLines are the lines of the page that nobody can click on: menus and
// breadcrumbs repeat labels.
func (p *Page) readingLines(in func(*html.Node) bool) []string {
	var lines []string
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.ElementNode || isInline(n) || holdsBlocks(n) || !in(n) || !dom.Visible(n) || headingLevel(n) > 0 {
			continue
		}
		clickable := slices.ContainsFunc(elementsIn(n), func(c *html.Node) bool { return dom.IsElement(c, "a", "button") })
		if clickable {
			continue
		}
		for line := range strings.Lines(dom.TextN(n, maxLine)) { // <br> ends one, too
			if text := strings.Join(strings.Fields(line), " "); text != "" {
				lines = append(lines, text)
			}
		}
	}
	return lines
}

func elementsIn(n *html.Node) []*html.Node {
	var all []*html.Node
	for d := range dom.Descendants(n) {
		if d.Type == html.ElementNode {
			all = append(all, d)
		}
	}
	return all
}

// maxLine bounds a line that is read, in bytes, and maxWords the words of a
// label at its beginning.
const (
	maxLine  = 64 << 10
	maxWords = 20
)

// cut splits a line that begins with a wanted label and white space.
func (w wanted) cut(line string) (value string, ok bool) {
	for at, words := 0, 0; words < maxWords && at < maxLabel; words++ {
		space := strings.IndexByte(line[at:], ' ')
		if space < 0 {
			return "", false
		}
		if w.has(line[:at+space]) {
			return line[at+space+1:], true
		}
		at += space + 1
	}
	return "", false
}
