package page

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

var (
	errHierarchy = errors.New("HierarchyRequestError: the node cannot be inserted there")
	errNotChild  = errors.New("NotFoundError: the node is not a child of this node")
)

// htmlOperations read and write attributes, text and markup.
var htmlOperations = map[string]operation{
	"attribute": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			if v, ok := dom.LookupAttr(n, a.text(1)); ok {
				return v, nil
			}
		}
		return nil, nil
	},
	"attributes": func(p *Page, a arguments) (any, error) {
		names := []any{}
		if n := a.node(0); n != nil {
			for _, attr := range n.Attr {
				names = append(names, attr.Key)
			}
		}
		return names, nil
	},
	"setAttribute": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.SetAttr(n, a.text(1), a.text(2))
		}
		return nil, nil
	},
	"removeAttribute": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.RemoveAttr(n, a.text(1))
		}
		return nil, nil
	},
	"data":        onNode(func(n *html.Node) string { return n.Data }),
	"textContent": onNode(dom.RawText),
	"innerText":   onNode(dom.InnerText),
	"optionText":  onNode(dom.OptionText),
	"innerHTML":   asMade(innerHTML),
	"outerHTML":   asMade(render),
	"visible": func(p *Page, a arguments) (any, error) {
		p.doc.Style()
		return dom.Visible(a.node(0)), nil
	},
	"setData": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil && n.Type == html.TextNode {
			n.Data = a.text(1)
			p.doc.Changed()
		}
		return nil, nil
	},
	"setText":      setText,
	"setInnerHTML": setInnerHTML,
	"insertHTML":   insertHTML,
	"title":        func(p *Page, a arguments) (any, error) { return p.Title(), nil },
	"setTitle":     setTitle,
}

func onNode(read func(*html.Node) string) operation {
	return func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			return read(n), nil
		}
		return "", nil
	}
}

// asMade reads a node without what is kept in it of its style.
func asMade(read func(*html.Node) string) operation {
	return func(p *Page, a arguments) (any, error) {
		n, text := a.node(0), ""
		if n != nil {
			p.doc.Unmarked(n, func() { p.doc.WithContents(n, func() { text = read(n) }) })
		}
		return text, nil
	}
}

func innerHTML(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(render(c))
	}
	return b.String()
}

func render(n *html.Node) string {
	var b strings.Builder
	_ = html.Render(&b, n) // a builder never fails; what cannot be rendered stays out
	return b.String()
}

func (p *Page) empty(n *html.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
	}
	p.doc.Changed()
}

func setText(p *Page, a arguments) (any, error) {
	n := a.node(0)
	if n == nil {
		return nil, nil
	}
	if n.Type != html.ElementNode {
		n.Data = a.text(1)
		p.doc.Changed()
		return nil, nil
	}
	p.empty(n)
	if a.text(1) == "" {
		return nil, nil
	}
	text, err := p.doc.NewText(a.text(1))
	if err != nil {
		return nil, err
	}
	n.AppendChild(text)
	return nil, nil
}

func setInnerHTML(p *Page, a arguments) (any, error) {
	n := a.node(0)
	if n == nil || n.Type != html.ElementNode {
		return nil, nil
	}
	nodes, err := p.parse(n, a.text(1))
	if err != nil {
		return nil, err
	}
	p.empty(n)
	return nil, p.insert(n, nil, nodes...)
}

// parse reads markup that a script puts in. Scripts in it never run.
func (p *Page) parse(parent *html.Node, markup string) ([]*html.Node, error) {
	nodes, err := p.doc.ParseFragment(p.op.ctx, parent, markup)
	for _, n := range nodes {
		p.markStarted(n)
	}
	return nodes, err
}

func insertHTML(p *Page, a arguments) (any, error) {
	n := a.node(0)
	if n == nil {
		return nil, nil
	}
	parent, ref := n, (*html.Node)(nil)
	switch a.text(1) {
	case "beforebegin":
		parent, ref = n.Parent, n
	case "afterbegin":
		ref = n.FirstChild
	case "afterend":
		parent, ref = n.Parent, n.NextSibling
	}
	if parent == nil {
		return nil, errHierarchy
	}
	nodes, err := p.parse(parent, a.text(2))
	if err != nil {
		return nil, err
	}
	return nil, p.insert(parent, ref, nodes...)
}

func setTitle(p *Page, a arguments) (any, error) {
	titles := slices.Collect(p.byTag("title"))
	if len(titles) == 0 {
		n, err := p.doc.NewElement("title")
		if err != nil {
			return nil, err
		}
		p.doc.Head().AppendChild(n)
		titles = append(titles, n)
	}
	p.empty(titles[0])
	text, err := p.doc.NewText(a.text(0))
	if err != nil {
		return nil, err
	}
	titles[0].AppendChild(text)
	return nil, nil
}
