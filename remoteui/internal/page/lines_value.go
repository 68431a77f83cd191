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
//
// Whether the line behind a value goes on with it, nobody knows who does not know the
// values: then both readings are returned, for the value to be ambiguous. A line with
// a label of its own does not go on with anything.
func (p *Page) lineValues(w wanted, in func(*html.Node) bool) []string {
	var values []string
	blocks := append(p.readingBlocks(in), nil)
	for i, lines := range blocks[:len(blocks)-1] {
		read := func(line string, after []string) {
			value, ok := w.cut(line)
			if w.has(line) {
				if len(after) == 0 {
					after = blocks[i+1]
				}
				if ok = len(after) > 0 && !w.has(after[0]); ok {
					value, after = after[0], after[1:]
				}
			}
			if !ok {
				return
			}
			if end := slices.IndexFunc(after, labelled); end >= 0 {
				after = after[:end]
			}
			for _, v := range []string{value, strings.Join(append([]string{value}, after...), " ")} {
				if !slices.Contains(values, v) {
					values = append(values, v)
				}
			}
		}
		before := len(values)
		for at, line := range lines {
			if read(line, lines[at+1:]); len(values) > 1 {
				return values
			}
		}
		if len(values) == before { // the label may be broken
			read(strings.Join(lines, " "), nil)
		}
	}
	return values
}

// labelled reports whether a line is a label and its value.
func labelled(line string) bool {
	_, _, ok := cutColon(line)
	return ok
}

// readingBlocks are the lines of each block of the page in which nobody can click on
// anything: menus and breadcrumbs repeat labels.
func (p *Page) readingBlocks(in func(*html.Node) bool) [][]string {
	var blocks [][]string
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.ElementNode || isInline(n) || holdsBlocks(n) || !in(n) || !dom.Visible(n) || headingLevel(n) > 0 {
			continue
		}
		clickable := slices.ContainsFunc(elementsIn(n), func(c *html.Node) bool { return dom.IsElement(c, "a", "button") })
		if clickable {
			continue
		}
		var lines []string
		for line := range strings.Lines(dom.TextN(n, maxLine)) { // <br> ends one, too
			if text := strings.Join(strings.Fields(line), " "); text != "" {
				lines = append(lines, text)
			}
		}
		if len(lines) > 0 {
			blocks = append(blocks, lines)
		}
	}
	return blocks
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
