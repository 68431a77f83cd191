package page

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// isModule reports whether a script element holds or names a module: it runs once
// the page is read, after what it imports.
func isModule(n *html.Node) bool {
	return strings.EqualFold(strings.TrimSpace(dom.Attr(n, "type")), "module")
}

// runModule runs a module. What it imports is fetched and run before it, once for
// the page, and comes from the page's own host, as all script files do.
func (p *Page) runModule(n *html.Node) error {
	address := dom.Attr(n, "src")
	if dom.HasAttr(n, "src") {
		u, err := p.doc.Resolve(address)
		if err != nil {
			p.threw(ScriptError{Where: where(nil, address), Message: err.Error()})
			return nil
		}
		address = u.String()
	} else {
		p.scripts++
		address = fmt.Sprintf("%s#script-%d", where(p.doc.URL, ""), p.scripts)
		if p.modules == nil {
			p.modules = map[string]string{}
		}
		p.modules[address] = dom.RawText(n)
	}
	if err := p.nameGlobals(); err != nil {
		return err
	}
	vm, err := p.engine()
	if err != nil {
		return err
	}
	vm.Modules()
	_, err = p.call("module", address)
	return err
}

// queryOf is the query of a module's address in what the engine says of it: it may hold
// tokens, as that of a script file.
var queryOf = lazyregexp.New(`(https?://[^\s'"?]*)\?[^\s'"]*`)

// moduleOperations are what the engine asks when a script imports.
var moduleOperations = map[string]operation{
	"moduleAddress": func(p *Page, a arguments) (any, error) {
		base, name := a.text(0), a.text(1)
		if !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "./") && !strings.HasPrefix(name, "../") {
			if !strings.HasPrefix(name, "https://") && !strings.HasPrefix(name, "http://") {
				return nil, fmt.Errorf("a module has an address, which %.60q is none", name)
			}
			return name, nil
		}
		from, err := p.doc.Resolve(base)
		if err != nil {
			return nil, err
		}
		u, err := from.Parse(name)
		if err != nil {
			return nil, err
		}
		return u.String(), nil
	},
	"module": func(p *Page, a arguments) (any, error) {
		address := a.text(0)
		if source, inline := p.modules[address]; inline {
			return source, nil
		}
		var source string
		var err error
		p.vm.Outside(p.op.ctx, func() { source, _, err = p.fetch(address) })
		return source, err
	},
}
