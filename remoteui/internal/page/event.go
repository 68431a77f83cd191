package page

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// hasHandler reports whether an attribute handles the event on n or around it.
func (p *Page) hasHandler(n *html.Node, event string) bool {
	key := "on" + event
	if n == nil {
		return p.doc.Body() != nil && dom.HasAttr(p.doc.Body(), key)
	}
	for ; n != nil; n = n.Parent {
		if dom.HasAttr(n, key) {
			return true
		}
	}
	return false
}

// click fires the event and does what a click on n does by default. A checkbox
// or radio button changes first and changes back if a handler objects.
func (p *Page) click(n *html.Node) error {
	if isControl(n) && dom.Disabled(n) {
		return nil
	}
	undo, changed := p.toggle(n)
	proceed, err := p.fire(n, "click")
	if err != nil {
		return err
	}
	if !proceed {
		undo()
		return nil
	}
	if changed {
		for _, event := range []string{"input", "change"} {
			if _, err := p.fire(n, event); err != nil {
				return err
			}
		}
		return nil
	}
	return p.activate(n)
}

// toggle changes a checkbox or radio button as a click does.
func (p *Page) toggle(n *html.Node) (undo func(), changed bool) {
	kind := ""
	if n.Data == "input" {
		kind = dom.InputType(n)
	}
	was := kind == "checkbox" || kind == "radio"
	was = was && p.doc.Checked(n)
	switch {
	case kind == "checkbox":
		p.doc.SetChecked(n, !was)
		return func() { p.doc.SetChecked(n, was) }, true
	case kind == "radio" && !was:
		before := p.checkedIn(n)
		p.doc.SetChecked(n, true)
		return func() {
			p.doc.SetChecked(n, false)
			if before != nil {
				p.doc.SetChecked(before, true)
			}
		}, true
	}
	return func() {}, false
}

// checkedIn is the checked button of n's radio group; nil if none is.
func (p *Page) checkedIn(n *html.Node) *html.Node {
	if on := p.doc.CheckedIn(n); on != nil && p.doc.Contains(on) {
		return on
	}
	return nil
}

// activate does what clicking on n does by default: that of the nearest link,
// button or label around it.
func (p *Page) activate(n *html.Node) error {
	for ; n != nil; n = n.Parent {
		switch {
		case dom.IsElement(n, "a", "area") && dom.HasAttr(n, "href"):
			return p.followLink(n)
		case dom.IsButton(n):
			return p.press(n)
		case dom.IsElement(n, "label"):
			if c := p.labelled(n); c != nil && !dom.Disabled(c) {
				return p.click(c)
			}
			return nil
		case isControl(n):
			return nil
		}
	}
	return nil
}

// followLink does what a link does.
func (p *Page) followLink(n *html.Node) error {
	href := dom.Attr(n, "href")
	if name, download := dom.LookupAttr(n, "download"); download {
		u, err := p.doc.Resolve(href)
		if err != nil {
			return err
		}
		if saved, err := p.saves(u, name, true); saved || err != nil {
			return err
		}
	}
	return p.navigate(href, p.target(n), "link")
}

// press does what a button does.
func (p *Page) press(n *html.Node) error {
	form := p.doc.Owner(n)
	if form == nil || dom.Disabled(n) {
		return nil
	}
	switch dom.ButtonType(n) {
	case "submit":
		return p.submit(form, n)
	case "reset":
		proceed, err := p.fire(form, "reset")
		if err == nil && proceed {
			p.doc.Reset(form)
		}
		return err
	}
	return nil
}

// submit sends a form as a person does: its handler may object.
func (p *Page) submit(form, submitter *html.Node) error {
	proceed, err := p.fire(form, "submit")
	if err != nil || !proceed {
		return err
	}
	return p.send(form, submitter, "submit")
}

// send makes the request of a form the pending one. A form that belongs to a
// dialogue closes that.
func (p *Page) send(form, submitter *html.Node, reason string) error {
	if strings.EqualFold(strings.TrimSpace(formAttr(form, submitter, "method")), "dialog") {
		if d := dom.Closest(form, "dialog"); d != nil && dom.HasAttr(d, "open") {
			p.doc.RemoveAttr(d, "open")
			_, err := p.fire(d, "close")
			return err
		}
		return nil
	}
	if action := formAttr(form, submitter, "action"); isScriptAddress(action) {
		return p.runAddress(action)
	}
	r, err := p.formRequest(form, submitter)
	if err != nil {
		return err
	}
	p.leaveFor(&Navigation{Request: r, Reason: reason})
	return nil
}

// leaveFor notes what a frame, or the window, is to load: of what is started
// for one of them the last counts. A page stays where it is while another frame
// is sent elsewhere.
func (p *Page) leaveFor(n *Navigation) {
	to := &n.Request.Target
	switch {
	case *to == p.opts.Frame:
		*to = ""
	case slices.Contains(p.opts.Frames, *to):
		p.op.elsewhere = slices.DeleteFunc(p.op.elsewhere, func(r *Request) bool { return r.Target == *to })
		p.op.elsewhere = append(p.op.elsewhere, n.Request)
		return
	}
	if p.opts.Opener != nil && (p.opts.Inside && isOuter(*to) || p.isBehind(*to)) {
		p.actBehind()
		*to = ""
		p.opts.Opener.op.pending = n
		return
	}
	if isNewWindow(*to) {
		p.op.opened = *to
		delete(p.windowsClosed, *to)
	}
	p.op.pending = n
}

// isNewWindow reports whether a target that is no frame of the window means a
// window of its own.
func isNewWindow(target string) bool {
	return target != "" && !strings.EqualFold(target, "_self") && !isOuter(target)
}

// isOuter reports whether a target is the window around a frame.
func isOuter(target string) bool {
	return strings.EqualFold(target, "_parent") || strings.EqualFold(target, "_top")
}

// navigate makes an address the pending request. A step within the page is
// none, of which its scripts are told, and an address of script is run.
func (p *Page) navigate(ref, target, reason string) error {
	if isScriptAddress(ref) {
		return p.runAddress(ref)
	}
	u, err := p.doc.Resolve(ref)
	if err != nil {
		return fmt.Errorf("%s: %w", reason, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		_, err := p.saves(u, "", false)
		return err
	}
	if strings.HasSuffix(strings.TrimSpace(ref), "#") {
		u.Fragment, u.RawFragment = "", "" // net/url keeps that of the page
	}
	if strings.Contains(ref, "#") && p.sameDocument(u) {
		if isNewWindow(target) || target != "" && slices.Contains(p.opts.Frames, target) && target != p.opts.Frame {
			return nil
		}
		return p.goWithin(u, reason == "location.replace()")
	}
	u.Fragment, u.RawFragment = "", ""
	p.leaveFor(&Navigation{Request: &Request{Method: "GET", URL: u, Target: target}, Reason: reason})
	return nil
}

func (p *Page) sameDocument(u *url.URL) bool {
	if p.doc.URL == nil {
		return false
	}
	a, b := *u, *p.doc.URL
	a.Fragment, a.RawFragment, b.Fragment, b.RawFragment = "", "", "", ""
	return a.String() == b.String()
}

func (p *Page) openWindow(ref, target string) error {
	if ref == "" {
		return nil
	}
	return p.navigate(ref, target, "window.open()")
}

func isScriptAddress(ref string) bool {
	ref = strings.TrimSpace(ref)
	return len(ref) >= 11 && strings.EqualFold(ref[:11], "javascript:")
}

// runAddress runs a javascript: address when the running script has ended.
func (p *Page) runAddress(ref string) error {
	text := strings.TrimSpace(ref)[11:]
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	o := p.op
	o.queue = append(o.queue, func() error {
		const where = "javascript: address"
		before := len(p.scriptErrors)
		if err := p.eval(code{text, where, 1}); err != nil {
			return err
		}
		// Scripts that waited for an engine may have had errors, too.
		for _, e := range p.scriptErrors[before:] {
			if e.Where == where && o.failed == nil {
				o.failed = &e
			}
		}
		return nil
	})
	return nil
}

// target is where a link loads into; "" is the page's own window.
func (p *Page) target(n *html.Node) string {
	t, ok := dom.LookupAttr(n, "target")
	if !ok {
		t = p.memo().baseTarget
	}
	if strings.EqualFold(t, "_self") {
		return ""
	}
	return t
}

// focus moves the focus to n.
func (p *Page) focus(n *html.Node) error {
	if p.active == n || isControl(n) && dom.Disabled(n) {
		return nil
	}
	if p.active != nil {
		if err := p.blur(p.active); err != nil {
			return err
		}
	}
	p.active = n
	_, err := p.fire(n, "focus")
	return err
}

// blur takes the focus away from n.
func (p *Page) blur(n *html.Node) error {
	if p.active != n {
		return nil
	}
	p.active = nil
	_, err := p.fire(n, "blur")
	return err
}
