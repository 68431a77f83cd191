package page

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// windowOperations are about the window: address, dialogs, cookies, writing.
var windowOperations = map[string]operation{
	"location": func(p *Page, a arguments) (any, error) { return p.address(), nil },
	"resolve": func(p *Page, a arguments) (any, error) {
		u, err := p.doc.Resolve(a.text(0))
		if err != nil {
			return a.text(0), nil
		}
		return u.String(), nil
	},
	"urlPart":    func(p *Page, a arguments) (any, error) { return urlPart(a.text(0), a.text(1)), nil },
	"withPart":   func(p *Page, a arguments) (any, error) { return withPart(a.text(0), a.text(1), a.text(2)), nil },
	"charset":    func(p *Page, a arguments) (any, error) { return p.doc.CharsetName(), nil },
	"readyState": func(p *Page, a arguments) (any, error) { return p.readyState, nil },
	"now":        func(p *Page, a arguments) (any, error) { return float64(p.now().UnixMilli()), nil },
	"timed":      func(p *Page, a arguments) (any, error) { p.timed = true; return nil, nil },
	"frame":      func(p *Page, a arguments) (any, error) { return p.opts.Frame, nil },
	"frames":     func(p *Page, a arguments) (any, error) { return float64(len(p.opts.Frames)), nil },
	"frameAt":    frameAt,
	"active":     func(p *Page, a arguments) (any, error) { return p.id(p.active), nil },
	"clickable":  clickable,
	"heard":      heard,
	"thrown":     thrown,

	"cookie":    func(p *Page, a arguments) (any, error) { return p.cookies.header(), nil },
	"setCookie": func(p *Page, a arguments) (any, error) { p.cookies.set(a.text(0)); return nil, nil },

	"alert": func(p *Page, a arguments) (any, error) {
		return nil, p.op.note(&p.op.alerts, a.text(0))
	},
	"confirm": func(p *Page, a arguments) (any, error) {
		yes := p.op.answer != nil && p.op.answer(a.text(0))
		p.op.denied = p.op.denied || !yes
		return yes, p.op.note(&p.op.asked, a.text(0))
	},
	"prompt": func(p *Page, a arguments) (any, error) {
		return nil, p.op.note(&p.op.asked, a.text(0))
	},

	"write":        func(p *Page, a arguments) (any, error) { return nil, p.write(a.text(0)) },
	"open":         func(p *Page, a arguments) (any, error) { return nil, p.openWindow(a.text(0), a.text(1)) },
	"openDocument": func(p *Page, a arguments) (any, error) { p.openDocument(); return nil, nil },
	"close":        func(p *Page, a arguments) (any, error) { return nil, nil },

	"hasOpener":    func(p *Page, a arguments) (any, error) { return p.opts.Opener != nil && !p.opts.Inside, nil },
	"inside":       func(p *Page, a arguments) (any, error) { return p.opts.Opener != nil && p.opts.Inside, nil },
	"behind":       behind,
	"closeWindow":  closeWindow,
	"closedWindow": func(p *Page, a arguments) (any, error) { return p.windowsClosed[a.text(0)], nil },

	"navigate": func(p *Page, a arguments) (any, error) {
		return nil, p.navigate(a.text(0), a.text(2), a.text(1))
	},
	"submit": func(p *Page, a arguments) (any, error) {
		if form := a.node(0); form != nil {
			return nil, p.send(form, nil, a.text(2))
		}
		return nil, nil
	},
	"requestSubmit": func(p *Page, a arguments) (any, error) {
		if form := a.node(0); form != nil {
			return nil, p.submit(form, a.node(1))
		}
		return nil, nil
	},
	"click": func(p *Page, a arguments) (any, error) { return nil, onElement(a, p.click) },
	"focus": func(p *Page, a arguments) (any, error) { return nil, onElement(a, p.focus) },
	"blur":  func(p *Page, a arguments) (any, error) { return nil, onElement(a, p.blur) },
}

// userAgent is what scripts see: a browser that old pages know to be modern.
const userAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"

func onElement(a arguments, do func(*html.Node) error) error {
	if n := a.node(0); n != nil && n.Type == html.ElementNode {
		return do(n)
	}
	return nil
}

// now is the page's clock: it starts at what the caller said and goes on.
func (p *Page) now() time.Time { return p.clock.Add(time.Since(p.begun) + p.skipped) }

func (p *Page) address() string {
	if p.doc.URL == nil {
		return "about:blank"
	}
	return p.doc.URL.String()
}

func urlPart(address, part string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	prefixed := func(mark, s string) string {
		if s == "" {
			return ""
		}
		return mark + s
	}
	switch part {
	case "protocol":
		return u.Scheme + ":"
	case "host":
		return u.Host
	case "hostname":
		return u.Hostname()
	case "port":
		return u.Port()
	case "pathname":
		return u.EscapedPath()
	case "search":
		return prefixed("?", u.RawQuery)
	case "hash":
		return prefixed("#", u.EscapedFragment())
	case "origin":
		return u.Scheme + "://" + u.Host
	}
	return ""
}

func withPart(address, part, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	switch part {
	case "protocol":
		u.Scheme = strings.TrimSuffix(value, ":")
	case "host", "hostname":
		u.Host = value
	case "port":
		u.Host = u.Hostname() + ":" + value
	case "pathname":
		u.Path = value
	case "search":
		u.RawQuery = strings.TrimPrefix(value, "?")
	case "hash":
		u.Fragment = strings.TrimPrefix(value, "#")
	}
	return u.String()
}

// frameAt is the name of one of the frames that the page is one of.
func frameAt(p *Page, a arguments) (any, error) {
	if i := a.number(0); i >= 0 && i < len(p.opts.Frames) {
		return p.opts.Frames[i], nil
	}
	return "", nil
}

// clickable notes that a script listens for clicks on a node, or no more.
func clickable(p *Page, a arguments) (any, error) {
	if n := a.node(0); n != nil && n.Type == html.ElementNode {
		p.listening[n] = a.flag(1)
		p.forgetActions()
	}
	return nil, nil
}

// thrown records what a handler or timer threw; that of a handler fails the
// act that fired it.
func thrown(p *Page, a arguments) (any, error) {
	raised := script.NewError(a.text(0), a.text(1))
	e := ScriptError{Where: a.text(2), Line: raised.Line, Column: raised.Column, Message: raised.Message}
	if n := a.node(3); n != nil {
		e.Where = "on" + a.text(2) + " of " + describe(n)
		p.handlerThrew(e)
		return nil, nil
	}
	if e.Where == "module" {
		e.Message = queryOf.ReplaceAllString(e.Message, "$1")
	}
	p.threw(e)
	return nil, nil
}
