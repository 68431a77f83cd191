package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// There is no layout, so signs tell what lies in front of what. These are in front
// of the page, while they are displayed:
//   - a dialogue: an open dialog element, the roles dialog and alertdialog,
//     aria-modal;
//   - a positioned element with something to click on that reaches from edge to
//     edge above the page (z-index), or that lies beside one that does: the veil
//     which is drawn over the page;
//   - a veil alone, where a script has drawn it since the page was loaded: it
//     keeps people from clicking until the device is ready;
//   - a positioned element with something to click on that a script has shown
//     since the page was loaded, such as a menu: it comes first, but does not keep
//     people from what is behind it, unless it reaches from edge to edge. (One that
//     does and was there from the start may be what holds the whole page.)
//
// Of several, the one with the highest z-index counts, then the last one.

// overlay is what lies in front of the page; nil if nothing does. hides says
// that what is behind it cannot be clicked on.
func (p *Page) overlay() (front *html.Node, hides bool) {
	m := p.memo()
	if !m.looked {
		m.looked = true
		m.front, m.hides = p.findOverlay()
	}
	return m.front, m.hides
}

// maxLayers bounds the layers that are looked at; the last ones lie in front.
const maxLayers = 100

func (p *Page) findOverlay() (front *html.Node, hides bool) {
	layers := p.doc.Layers()
	layers = layers[max(0, len(layers)-maxLayers):]
	veil := slices.IndexFunc(layers, func(l dom.Layer) bool { return l.Covers && l.Level > 0 && !p.holdsAction(l.Node) })
	best := -1
	for _, l := range layers {
		holds, fresh := p.holdsAction(l.Node), !p.atFirst[l.Node]
		over := veil >= 0 && (l.Level >= layers[veil].Level || p.order()[l.Node] > p.order()[layers[veil].Node])
		if !holds || !l.Modal && !(l.Covers && l.Level > 0) && !over && !fresh {
			continue
		}
		level := l.Level
		for _, around := range layers {
			if contains(around.Node, l.Node) {
				level = max(level, around.Level)
			}
		}
		if level >= best {
			best, front = level, l.Node
			hides = l.Modal || l.Covers && (l.Level > 0 || fresh) || over || hides && contains(front, l.Node)
		}
	}
	if front == nil && veil >= 0 && !p.atFirst[layers[veil].Node] {
		return layers[veil].Node, true
	}
	return front, hides
}

func (p *Page) holdsAction(n *html.Node) bool {
	for d := range dom.Descendants(n) {
		if p.isAction(d) && dom.Visible(d) {
			return true
		}
	}
	return false
}

// seeLayers keeps which layers the page was loaded with.
func (p *Page) seeLayers() {
	p.atFirst = make(map[*html.Node]bool)
	for _, l := range p.doc.Layers() {
		p.atFirst[l.Node] = true
	}
}

// Overlay returns the text of what lies in front of the page, and whether
// anything does that keeps people from clicking on what is behind it.
func (p *Page) Overlay() (text string, shown bool) {
	front, hides := p.overlay()
	if front == nil || !hides {
		return "", false
	}
	return dom.Text(front), true
}

// reach returns a function that reports whether a person can come to click on
// an element. What is hidden, or lies behind an overlay, cannot be clicked on;
// but a plain link in a menu that is folded, or behind something, leads to its
// address all the same: of those that fit, what can be seen comes first.
func (p *Page) reach() func(*html.Node) bool {
	front, hides := p.overlay()
	return func(n *html.Node) bool {
		there := dom.Visible(n) && (!hides || contains(front, n))
		return there || plainLink(n)
	}
}

func plainLink(n *html.Node) bool {
	href := strings.TrimSpace(dom.Attr(n, "href"))
	return dom.IsElement(n, "a", "area") && href != "" && !strings.HasPrefix(href, "#") && !isScriptAddress(href)
}
