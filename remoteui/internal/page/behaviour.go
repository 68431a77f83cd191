package page

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

var (
	thisForm = lazyregexp.New(`\bthis\s*\.\s*form\b`)
	personal = lazyregexp.New(`\b(this|event|arguments|srcElement)\b`)
)

// behaviour is a text that is equal for two elements only if a click on either
// does the same: the handlers on and around the element and what follows by
// default. A handler that looks at its element makes it a case of its own.
func (p *Page) behaviour(n *html.Node) (string, error) {
	var b strings.Builder
	acts := false
	for at := n; at != nil; at = at.Parent {
		code := dom.Attr(at, "onclick")
		if p.listening[at] {
			listeners, err := p.listeners(at)
			if err != nil {
				return "", err
			}
			code += "\n" + listeners
		}
		if code == "" {
			continue
		}
		acts = acts || at == n
		if form := p.doc.Owner(at); form != nil {
			code = thisForm.ReplaceAllString(code, fmt.Sprintf("form#%d", p.order()[form]))
		}
		if personal.MatchString(code) || at != n && p.listening[at] {
			code += p.identity(n)
		}
		b.WriteString(code + "\n")
	}
	def, err := p.defaultAction(n)
	if def == "" && !acts {
		def = p.identity(n)
	}
	return b.String() + "=> " + def, err
}

// identity sets an element apart from all others.
func (p *Page) identity(n *html.Node) string { return fmt.Sprintf("element#%d", p.order()[n]) }

// defaultAction describes what follows a click that no handler prevents.
func (p *Page) defaultAction(n *html.Node) (string, error) {
	for ; n != nil; n = n.Parent {
		if href, ok := dom.LookupAttr(n, "href"); ok && dom.IsElement(n, "a", "area") {
			return p.linkTarget(href), nil
		}
		if !dom.IsButton(n) {
			continue
		}
		form := p.doc.Owner(n)
		if form == nil || dom.ButtonType(n) == "button" {
			return "", nil
		}
		if dom.ButtonType(n) == "reset" {
			return "reset " + p.identity(form), nil
		}
		r, err := p.formRequest(form, n)
		if err != nil {
			return "", err
		}
		return dom.Attr(form, "onsubmit") + "\n" + r.Key(), nil
	}
	return "", nil
}

func (p *Page) linkTarget(href string) string {
	trimmed := strings.TrimSpace(href)
	if isScriptAddress(trimmed) || strings.HasPrefix(trimmed, "#") {
		return trimmed
	}
	u, err := p.doc.Resolve(href)
	if err != nil {
		return trimmed
	}
	return (&Request{Method: "GET", URL: u}).Key()
}

// listeners describes the click listeners that scripts have put on a node.
func (p *Page) listeners(n *html.Node) (string, error) {
	if p.closed {
		return "", ErrClosed
	}
	p.op = &act{ctx: context.Background(), budget: p.limits.ScriptTime}
	text, err := p.call("handlers", p.id(n))
	s, _ := text.(string)
	return s, err
}
