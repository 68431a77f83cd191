package page

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Tab is one of several parts of a page of which one is in front.
type Tab struct {
	Text   string
	Action *Action // nil: it is not clicked, being in front
	Front  bool
}

// Bounds of a row of tabs.
const (
	maxTabs     = 8
	maxTabText  = 80 // bytes
	maxTabRows  = 20 // rows of one page
	maxTabNodes = 64 // children of what holds them
)

// Tabs are the rows of tabs of the page: short texts side by side that can be
// clicked, but for one, or of which one looks otherwise than all the others. A
// menu looks like that, too: whether it is one, only its texts tell.
func (p *Page) Tabs() [][]Tab {
	var rows [][]Tab
	seen := map[*html.Node]bool{}
	for _, a := range p.actionsIn(p.root()) {
		item := itemOf(a.node)
		if item.Parent == nil || seen[item] || p.inBreadcrumb(item) {
			continue
		}
		beside := sideBySide(item)
		for _, n := range beside {
			seen[n] = true
		}
		if row := p.tabsIn(item.Parent, beside); row != nil {
			rows = append(rows, row)
		}
		if len(rows) == maxTabRows {
			break
		}
	}
	return rows
}

// itemOf is the outermost element that holds nothing else than an action.
func itemOf(n *html.Node) *html.Node {
	text := dom.TextN(n, maxTabText)
	for up := n.Parent; up != nil && !dom.IsElement(up, "body", "form") && !hasSibling(n) && dom.TextN(up, maxTabText) == text; up = n.Parent {
		n = up
	}
	return n
}

func hasSibling(n *html.Node) bool {
	for c := range n.Parent.ChildNodes() {
		if c != n && (c.Type == html.ElementNode && !dom.IsElement(c, "script", "br") || c.Type == html.TextNode && strings.TrimSpace(c.Data) != "") {
			return true
		}
	}
	return false
}

// sideBySide are the nodes around n in one line with it.
func sideBySide(n *html.Node) []*html.Node {
	tag, inline := n.Data, isInline(n)
	along := func(s *html.Node) bool {
		switch {
		case s == nil:
			return false
		case s.Type != html.ElementNode || dom.IsElement(s, "script"):
			return true
		}
		return s.Data == tag || inline && isInline(s)
	}
	for range maxTabNodes {
		if !along(n.PrevSibling) {
			break
		}
		n = n.PrevSibling
	}
	var nodes []*html.Node
	for ; along(n) && len(nodes) <= maxTabNodes; n = n.NextSibling {
		nodes = append(nodes, n)
	}
	return nodes
}

// tabsIn are the tabs among nodes that stand side by side in an element; nil if
// they are something else.
func (p *Page) tabsIn(in *html.Node, beside []*html.Node) []Tab {
	if len(beside) > maxTabNodes || in.Data == "tr" && !p.onlyRow(in) {
		return nil
	}
	var row []Tab
	var looks []string
	for _, c := range beside {
		if len(row) > maxTabs {
			return nil
		}
		var t Tab
		look := ""
		switch {
		case c.Type == html.TextNode:
			t.Text = strings.TrimSpace(c.Data)
		case c.Type != html.ElementNode || dom.IsElement(c, "script", "style") || !dom.Visible(c) || dom.IsElement(c, "input") && dom.InputType(c) == "hidden":
			continue
		case !small(c):
			return nil
		case dom.IsElement(c, "th", "label") || isField(c) || p.holdsField(c):
			return nil
		default:
			actions := p.actionsIn(c)
			if p.isAction(c) {
				actions = []*Action{{page: p, node: c}}
				if labels := actionLabels(c); len(labels) > 0 {
					actions[0].label = labels[0].text
				}
			}
			if len(actions) > 1 {
				return nil
			}
			t.Text, look = dom.TextN(c, maxTabText+1), dom.Attr(c, "class")
			if len(actions) == 1 {
				t.Action, t.Text = actions[0], actions[0].label
				n := actions[0].node
				if href := dom.Attr(n, "href"); len(href) > 1 && href[0] == '#' && !dom.HasAttr(n, "onclick") && !p.listening[n] {
					return nil // leads to a place of the page that is shown
				}
				look += "|" + dom.Attr(n, "class") + "|" + dom.Attr(n, "aria-selected") + dom.Attr(n, "aria-current") + dom.Attr(c, "aria-selected")
				if actions[0].Disabled() {
					look += "|disabled"
				}
			}
		}
		if !strings.ContainsFunc(t.Text, unicode.IsLetter) {
			continue // a separator, or the number of a page
		}
		if len(t.Text) > maxTabText || strings.ContainsAny(t.Text, "\n:：>＞") {
			return nil
		}
		row, looks = append(row, t), append(looks, look)
	}
	front := inFront(row, looks)
	if len(row) < 2 || front < 0 {
		return nil
	}
	row[front].Front = true
	return row
}

// small reports whether an element is small enough for a tab.
func small(n *html.Node) bool {
	nodes := 0
	for range dom.Descendants(n) {
		if nodes++; nodes > maxTabNodes {
			return false
		}
	}
	return true
}

// inFront is the one that cannot be clicked or, if all can be, the one that looks
// otherwise; negative if it cannot be told.
func inFront(row []Tab, looks []string) int {
	plain := -1
	for i, t := range row {
		if t.Action != nil {
			continue
		}
		if plain >= 0 {
			return -1
		}
		plain = i
	}
	if plain >= 0 {
		return plain
	}
	front := -1
	for i, look := range looks {
		others := slices.Delete(slices.Clone(looks), i, i+1)
		alike := !slices.ContainsFunc(others, func(o string) bool { return o != others[0] })
		if !alike || len(others) == 0 || others[0] == look {
			continue
		}
		if front >= 0 { // two that differ: the first, as pages are shown
			return min(front, i)
		}
		front = i
	}
	return front
}

// onlyRow reports whether a row is the only one of its table.
func (p *Page) onlyRow(tr *html.Node) bool {
	table := dom.Closest(tr, "table")
	return table != nil && len(p.grid(table).rows) == 1
}
