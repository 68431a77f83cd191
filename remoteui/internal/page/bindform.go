package page

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// formOperations read and write forms and the state of their controls.
var formOperations = map[string]operation{
	"forms": func(p *Page, a arguments) (any, error) { return p.idList(p.doc.Forms()), nil },
	"owner": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			return p.id(p.doc.Owner(n)), nil
		}
		return 0, nil
	},
	"elements":      func(p *Page, a arguments) (any, error) { return p.idList(p.formElements(a.node(0))), nil },
	"formNamed":     formNamed,
	"documentNames": documentNames,
	"documentNamed": documentNamed,
	"globalNamed":   globalNamed,

	"value": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			return p.doc.Value(n), nil
		}
		return "", nil
	},
	"setValue": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.SetValue(n, a.text(1))
		}
		return nil, nil
	},
	"inputType": func(p *Page, a arguments) (any, error) {
		n := a.node(0)
		if dom.IsElement(n, "button") {
			return dom.ButtonType(n), nil
		}
		return dom.InputType(n), nil
	},
	"checked": func(p *Page, a arguments) (any, error) {
		n := a.node(0)
		return n != nil && p.doc.Checked(n), nil
	},
	"setChecked": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.SetChecked(n, a.flag(1))
		}
		return nil, nil
	},
	"options": func(p *Page, a arguments) (any, error) { return p.idList(optionsOf(a.node(0))), nil },
	"selectedIndex": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			return p.doc.SelectedIndex(n), nil
		}
		return -1, nil
	},
	"setSelectedIndex": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.SelectIndex(n, a.number(1))
		}
		return nil, nil
	},
	"selected": func(p *Page, a arguments) (any, error) {
		n := a.node(0)
		return n != nil && p.doc.Selected(n), nil
	},
	"setSelected": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.SetSelected(n, a.flag(1))
		}
		return nil, nil
	},
	"reset": func(p *Page, a arguments) (any, error) {
		if n := a.node(0); n != nil {
			p.doc.Reset(n)
		}
		return nil, nil
	},
}

func optionsOf(n *html.Node) []*html.Node {
	if n == nil {
		return nil
	}
	return dom.Options(n)
}

// formElements are the controls that form.elements lists: all but images.
func (p *Page) formElements(form *html.Node) []*html.Node {
	if form == nil {
		return nil
	}
	return slices.DeleteFunc(p.doc.Controls(form), func(n *html.Node) bool {
		return n.Data == "input" && dom.InputType(n) == "image"
	})
}

func hasName(n *html.Node, name string) bool {
	return dom.Attr(n, "id") == name || dom.Attr(n, "name") == name
}

func formNamed(p *Page, a arguments) (any, error) {
	form, name := a.node(0), a.text(1)
	if form == nil || name == "" {
		return []any{}, nil
	}
	var named []*html.Node
	for _, n := range p.formElements(form) {
		if hasName(n, name) {
			named = append(named, n)
		}
	}
	return p.idList(named), nil
}

// documentNames are the names that stand for something, if there are few:
// whoever knows them need not ask for each.
func documentNames(p *Page, _ arguments) (any, error) {
	const few = 50
	if len(p.namedNodes()) > few {
		return nil, nil
	}
	names := []any{}
	for name := range p.namedNodes() {
		names = append(names, name)
	}
	return names, nil
}

// documentNamed finds what document.name stands for.
func documentNamed(p *Page, a arguments) (any, error) {
	return p.idList(p.namedNodes()[a.text(0)]), nil
}

// namedNodes are the elements that are properties of the document by their
// name: forms, images and embedded pages.
func (p *Page) namedNodes() map[string][]*html.Node {
	if p.named != nil && p.namedVersion == p.doc.Version() {
		return p.named
	}
	p.named, p.namedVersion = make(map[string][]*html.Node), p.doc.Version()
	for n := range dom.Descendants(p.doc.Root) {
		if !dom.IsElement(n, "form", "img", "embed", "iframe", "object") {
			continue
		}
		if name := dom.Attr(n, "name"); name != "" {
			p.named[name] = append(p.named[name], n)
		}
	}
	return p.named
}

// globalNamed finds what a global name stands for.
func globalNamed(p *Page, a arguments) (any, error) {
	name := a.text(0)
	if n := p.doc.ByID(name); n != nil {
		return p.id(n), nil
	}
	for n := range dom.Descendants(p.doc.Root) {
		if dom.IsElement(n, "form", "img", "embed", "iframe", "frame", "object") && dom.Attr(n, "name") == name {
			return p.id(n), nil
		}
	}
	return 0, nil
}

// nameGlobals tells the engine that the document has changed, and the global
// names of elements that are new.
func (p *Page) nameGlobals() error {
	if p.globalsVersion == p.doc.Version() {
		return nil
	}
	p.globalsVersion = p.doc.Version()
	fresh := []any{"names"}
	add := func(name string) {
		if name != "" && !p.globals[name] && !strings.ContainsAny(name, " \t\n") {
			p.globals[name] = true
			fresh = append(fresh, name)
		}
	}
	// Going over the tree before each script counts as its work: there may be a
	// hundred thousand. It is counted in nodes, the same on any machine.
	const perNode = 20 * time.Nanosecond
	for n := range dom.Descendants(p.doc.Root) {
		p.op.budget -= perNode
		if n.Type != html.ElementNode {
			continue
		}
		add(dom.Attr(n, "id"))
		if dom.IsElement(n, "form", "img", "embed", "iframe", "frame", "object") {
			add(dom.Attr(n, "name"))
		}
	}
	if len(fresh) == 1 && p.vm == nil {
		return nil
	}
	_, err := p.call(fresh...)
	return err
}
