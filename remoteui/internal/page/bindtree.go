package page

import (
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// treeOperations walk, search and change the tree.
var treeOperations = map[string]operation{
	"tag": func(p *Page, a arguments) (any, error) { return tagName(a.node(0)), nil },

	"parent":   step(func(n *html.Node) *html.Node { return n.Parent }),
	"first":    step(func(n *html.Node) *html.Node { return n.FirstChild }),
	"last":     step(func(n *html.Node) *html.Node { return n.LastChild }),
	"next":     step(func(n *html.Node) *html.Node { return n.NextSibling }),
	"previous": step(func(n *html.Node) *html.Node { return n.PrevSibling }),

	"childNodes": func(p *Page, a arguments) (any, error) { return p.idList(slices.Collect(a.children(0))), nil },
	"children":   func(p *Page, a arguments) (any, error) { return p.idList(elements(a.node(0))), nil },
	"path": func(p *Page, a arguments) (any, error) {
		var path []*html.Node
		if n := a.node(0); n != nil {
			path = slices.Collect(n.Ancestors())
		}
		return p.idList(path), nil
	},
	"contains": func(p *Page, a arguments) (any, error) { return contains(a.node(0), a.node(1)), nil },

	"html": func(p *Page, a arguments) (any, error) { return p.id(p.doc.HTML()), nil },
	"head": func(p *Page, a arguments) (any, error) { return p.id(p.doc.Head()), nil },
	"body": func(p *Page, a arguments) (any, error) { return p.id(p.doc.Body()), nil },

	"byId": func(p *Page, a arguments) (any, error) { return p.id(p.doc.ByID(a.text(0))), nil },
	"byTag": func(p *Page, a arguments) (any, error) {
		tag := a.text(1)
		return p.found(a.node(0), func(n *html.Node) bool { return tag == "*" || n.Data == tag }), nil
	},
	"byClass": func(p *Page, a arguments) (any, error) {
		wanted := strings.Fields(a.text(1))
		return p.found(a.node(0), func(n *html.Node) bool {
			has := strings.Fields(dom.Attr(n, "class"))
			return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(c string) bool { return !slices.Contains(has, c) })
		}), nil
	},
	"byName": func(p *Page, a arguments) (any, error) {
		return p.found(p.doc.Root, func(n *html.Node) bool { return dom.Attr(n, "name") == a.text(0) }), nil
	},
	"query":   query,
	"matches": matches,

	"create":     func(p *Page, a arguments) (any, error) { return p.made(p.doc.NewElement(a.text(0))) },
	"createText": func(p *Page, a arguments) (any, error) { return p.made(p.doc.NewText(a.text(0))) },
	"createFragment": func(p *Page, a arguments) (any, error) {
		return p.made(p.doc.NewElement(dom.FragmentTag))
	},
	"insert": insert,
	"remove": func(p *Page, a arguments) (any, error) {
		parent, n := a.node(0), a.node(1)
		if n == nil || n.Parent != parent || parent == nil {
			return nil, errNotChild
		}
		parent.RemoveChild(n)
		p.doc.Changed()
		return nil, nil
	},
	"clone": func(p *Page, a arguments) (any, error) { return p.made(p.clone(a.node(0), a.flag(1))) },
}

func tagName(n *html.Node) string {
	switch {
	case n == nil:
		return "#comment"
	case n.Type == html.ElementNode:
		return n.Data
	case n.Type == html.TextNode:
		return "#text"
	case n.Type == html.DocumentNode:
		return "#document"
	}
	return "#comment"
}

// step makes an operation that goes from a node to one beside it.
func step(to func(*html.Node) *html.Node) operation {
	return func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			return p.id(to(n)), nil
		}
		return 0, nil
	}
}

func (a arguments) children(i int) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if n := a.node(i); n != nil {
			n.ChildNodes()(yield)
		}
	}
}

// elements returns the child elements of n.
func elements(n *html.Node) []*html.Node {
	var found []*html.Node
	if n == nil {
		return nil
	}
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			found = append(found, c)
		}
	}
	return found
}

func contains(outer, n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// found numbers the elements below root that fit.
func (p *Page) found(root *html.Node, fits func(*html.Node) bool) []any {
	var nodes []*html.Node
	if root != nil {
		for n := range dom.Descendants(root) {
			if n.Type == html.ElementNode && fits(n) {
				nodes = append(nodes, n)
			}
		}
	}
	return p.idList(nodes)
}

func query(p *Page, a arguments) (any, error) {
	sel, err := cascadia.ParseGroup(a.text(1))
	if err != nil {
		return nil, err
	}
	root := a.node(0)
	if root == nil {
		return []any{}, nil
	}
	var found []*html.Node
	p.withLive(a.text(1), func() {
		if !a.flag(2) {
			found = cascadia.QueryAll(root, sel)
		} else if n := cascadia.Query(root, sel); n != nil {
			found = []*html.Node{n}
		}
	})
	return p.idList(found), nil
}

func matches(p *Page, a arguments) (any, error) {
	sel, err := cascadia.ParseGroup(a.text(1))
	if err != nil {
		return nil, err
	}
	n := a.node(0)
	hit := false
	p.withLive(a.text(1), func() { hit = n != nil && n.Type == html.ElementNode && sel.Match(n) })
	return hit, nil
}

func (p *Page) made(n *html.Node, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return p.id(n), nil
}

func insert(p *Page, a arguments) (any, error) {
	parent, n, ref := a.node(0), a.node(1), a.node(2)
	switch {
	case parent == nil || n == nil || n.Type == html.DocumentNode || p.holds(n, parent) || parent.Type == html.TextNode:
		return nil, errHierarchy
	case ref != nil && ref.Parent != parent:
		return nil, errNotChild
	case ref == n:
		ref = n.NextSibling
	}
	return nil, p.insert(parent, ref, n)
}

// insert puts a node, or what a fragment holds, before ref; scripts among them
// run when the current one has ended.
func (p *Page) insert(parent, ref *html.Node, nodes ...*html.Node) error {
	for _, n := range nodes {
		if n.Data == dom.FragmentTag && n.Type == html.ElementNode {
			if err := p.insert(parent, ref, slices.Collect(n.ChildNodes())...); err != nil {
				return err
			}
			continue
		}
		if p.depth(parent)+p.height(n) > p.limits.Depth {
			return &dom.LimitError{Limit: "depth", Max: p.limits.Depth}
		}
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
		parent.InsertBefore(n, ref)
		p.doc.Adopt(n)
		p.queueScripts(n)
	}
	return nil
}

// holds reports whether inner is outer or stands in it, be it in a template: what
// is put into itself has no end.
func (p *Page) holds(outer, inner *html.Node) bool {
	for ; inner != nil; inner = p.doc.Around(inner) {
		if inner == outer {
			return true
		}
	}
	return false
}

func (p *Page) depth(n *html.Node) int {
	d := 0
	for ; n != nil; n = p.doc.Around(n) {
		d++
	}
	return d
}

func (p *Page) height(n *html.Node) int {
	h := 0
	for c := range n.ChildNodes() {
		h = max(h, p.height(c))
	}
	if holder := p.doc.Content(n); holder != nil {
		h = max(h, p.height(holder))
	}
	return h + 1
}

func (p *Page) clone(n *html.Node, deep bool) (*html.Node, error) {
	if n == nil {
		return nil, errHierarchy
	}
	var (
		c   *html.Node
		err error
	)
	if n.Type == html.ElementNode {
		c, err = p.doc.NewElement(n.Data)
	} else {
		c, err = p.doc.NewText(n.Data)
	}
	if err != nil {
		return nil, err
	}
	c.Type, c.Attr = n.Type, slices.Clone(n.Attr)
	if p.started[n] {
		p.started[c] = true
	}
	if !deep {
		return c, nil
	}
	if err := p.cloneInto(c, n); err != nil {
		return nil, err
	}
	if holder := p.doc.Content(n); holder != nil {
		return c, p.cloneInto(p.doc.Content(c), holder)
	}
	return c, nil
}

// cloneInto copies what a node holds.
func (p *Page) cloneInto(to, from *html.Node) error {
	for child := range from.ChildNodes() {
		copied, err := p.clone(child, true)
		if err != nil {
			return err
		}
		to.AppendChild(copied)
	}
	return nil
}
