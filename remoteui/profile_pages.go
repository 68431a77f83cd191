package remoteui

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

var pinRoles = map[string]Role{"field": RoleField, "button": RoleButton, "value": RoleValue}

// onPage reads a statement about a page: where it is, or what is pinned on it.
func (r *profileParser) onPage(key, value string) {
	if key == "url" {
		r.pageURL(value)
		return
	}
	kind, of, _ := strings.Cut(key, " ")
	role, ok := pinRoles[kind]
	if !ok {
		r.problem("%q is not known here: want url, or field, button or value and a label", clip(key, 40))
		return
	}
	l := r.labelNamed(strings.TrimSpace(of))
	if l == "" {
		return
	}
	p := pin{role: role, label: l, at: r.at()}
	how, what, _ := strings.Cut(value, " ")
	what = strings.TrimSpace(what)
	switch {
	case how == "name" && what != "":
		p.name = what
	case how == "id" && what != "":
		p.id = what
	default:
		r.problem("want %s = name NAME, or %s = id ID", key, key)
		return
	}
	if !r.twice(fmt.Sprintf("pin %d %s %s", len(r.p.pages), role, l), "this "+kind+" of this page") {
		r.page.pins = append(r.page.pins, p)
	}
}

func (r *profileParser) pageURL(value string) {
	switch {
	case r.page.path != nil:
		r.problem("url belongs below [page LABEL]: which page is it the address of?")
		return
	case !slices.Contains(labels.Reachable(), r.page.label):
		r.problem("page %s is not reached by an address of its own: pin the button that leads there", r.page.label)
		return
	case r.twice(fmt.Sprintf("url %d", len(r.p.pages)), "url of this page"):
		return
	}
	if u := r.address(value); u != nil {
		r.page.goTo = &pin{label: r.page.label, target: u, at: r.at()}
	}
}

// address checks that a pinned address stays on the device and only asks for a
// page.
func (r *profileParser) address(value string) *url.URL {
	u, err := url.Parse(value)
	switch {
	case err != nil || strings.ContainsAny(value, "\\ \t") || strings.Contains(value, "..") || u.Fragment != "":
		r.problem("address %q cannot be read: want a path such as /rps/x.cgi?PageFlag=y.tpl", clip(value, 60))
	case u.Scheme != "" || u.Host != "" || !strings.HasPrefix(value, "/") || strings.HasPrefix(value, "//"):
		r.problem("address %q: want a path that begins with /: pages are on the device itself and nowhere else", clip(value, 60))
	case !asksForPage(&page.Request{Method: "GET", URL: u}):
		r.problem("address %q would do something: want one that only asks for a page (Flag=Init_Data)", clip(value, 60))
	default:
		return u
	}
	return nil
}
