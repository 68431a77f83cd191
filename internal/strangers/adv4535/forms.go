package adv4535

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var esc = html.EscapeString

// field is what a browser can send for one control of a form.
type field struct {
	name, kind string // hidden, vary (set by script), text, check, radio, select, file
	vals       []string
	max        int
	opt        bool // the browser may leave it out (a control that script disables)
}

// form remembers what was shown, so that what comes back can be compared.
type form struct {
	p             *page
	sess          *session
	path, token   string
	multipart     bool
	used          bool
	fields        []*field
	radiosChecked map[string]bool
}

// form opens a form with the hidden fields that every page of this firmware has.
func (p *page) form(name, cgi string, multipart bool, flags, pages []string) *form {
	f := &form{p: p, sess: p.s, path: "/rps/" + cgi, token: devicetest.Decimal(20), multipart: multipart, radiosChecked: map[string]bool{}}
	p.d.forms[f.token] = f
	enc := ""
	if multipart {
		enc = ` enctype="multipart/form-data"`
	}
	p.w("<form name=\"%s\" id=\"%s\" method=\"post\" action=\"./%s\"%s>\n", name, name, cgi, enc)
	f.vary("Flag", flags[0], flags...)
	f.vary("PageFlag", pages[0], pages...)
	f.hidden("CoreNXAction", "./"+cgi)
	f.hidden("CoreNXPage", pages[len(pages)-1])
	f.hidden("CoreNXFlag", "Init_Data")
	f.hidden("FuncTypeFlag", "SettingPage")
	f.vary("Dummy", p.d.dummy())
	f.hidden("Token", f.token)
	p.w("\n")
	return f
}

func (f *form) close() { f.p.w("</form>\n") }

func (f *form) add(name, kind string, vals ...string) *field {
	x := &field{name: name, kind: kind, vals: vals}
	f.fields = append(f.fields, x)
	return x
}

func (f *form) hidden(name, val string) {
	f.add(name, "hidden", val)
	f.p.w(`<input type="hidden" name="%s" value="%s" />`, name, esc(val))
}

// vary is a hidden field that the page's own script fills; without values, with anything.
func (f *form) vary(name, val string, allowed ...string) {
	f.add(name, "vary", allowed...)
	f.p.w(`<input type="hidden" name="%s" value="%s" />`, name, esc(val))
}

func (f *form) text(name, val string, size, max int) string {
	f.add(name, "text").max = max
	return fmt.Sprintf(`<input type="text" name="%s" id="%s" value="%s" size="%d" maxlength="%d" />`, name, name, esc(val), size, max)
}

func (f *form) pass(name string, max int) string {
	f.add(name, "text").max = max
	return fmt.Sprintf(`<input type="password" name="%s" id="%s" value="" size="24" maxlength="%d" autocomplete="off" />`, name, name, max)
}

func (f *form) check(name, val string, on bool, label, js string) string {
	f.add(name, "check", val)
	return fmt.Sprintf(`<input type="checkbox" name="%s" id="%s_%s" value="%s"%s%s /><label for="%s_%s">%s</label>`, name, name, val, val, pick(on, ` checked="checked"`), handler(js), name, val, label)
}

func (f *form) radio(name, val string, on bool, label, js string) string {
	f.add(name, "radio", val)
	f.radiosChecked[name] = f.radiosChecked[name] || on
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s_%s" value="%s"%s%s /><label for="%s_%s">%s</label>`, name, name, val, val, pick(on, ` checked="checked"`), handler(js), name, val, label)
}

// sel makes a pull-down menu of value, text, value, text, ...
func (f *form) sel(name, cur string, opts ...string) string {
	x := f.add(name, "select")
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%s" id="%s">`, name, name)
	for i := 0; i < len(opts); i += 2 {
		x.vals = append(x.vals, opts[i])
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, opts[i], pick(opts[i] == cur, ` selected="selected"`), esc(opts[i+1]))
	}
	return b.String() + "</select>"
}

func (f *form) file(name string) string {
	f.add(name, "file")
	return fmt.Sprintf(`<input type="file" name="%s" id="%s" size="40" />`, name, name)
}

func (f *form) optional(names ...string) {
	for _, x := range f.fields {
		x.opt = x.opt || slices.Contains(names, x.name)
	}
}

func pick(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func handler(js string) string {
	if js == "" {
		return ""
	}
	return ` onclick="` + esc(js) + `"`
}

func button(id, label, js string, off bool) string {
	return fmt.Sprintf(`<fieldset><input type="button" id="%s" value="%s" onclick="%s"%s /></fieldset>`, id, label, esc(js), pick(off, ` disabled="disabled"`))
}

// verify tells what a browser could not have sent from this form.
func (f *form) verify(v url.Values, files map[string]bool) (bad []string) {
	by := map[string][]*field{}
	for _, x := range f.fields {
		by[x.name] = append(by[x.name], x)
	}
	for name, vals := range v {
		fs := by[name]
		if fs == nil || fs[0].kind == "file" {
			bad = append(bad, "field "+name+" is not in the form")
			continue
		}
		if len(vals) > len(fs) || fs[0].kind == "radio" && len(vals) > 1 {
			bad = append(bad, "field "+name+" is sent too often")
		}
		for _, val := range vals {
			if !slices.ContainsFunc(fs, func(x *field) bool {
				if x.kind == "text" {
					return utf8.RuneCountInString(val) <= x.max
				}
				return x.kind == "vary" && len(x.vals) == 0 || slices.Contains(x.vals, val)
			}) {
				bad = append(bad, fmt.Sprintf("field %s cannot have the value %q", name, val))
			}
		}
	}
	for name, fs := range by {
		switch fs[0].kind {
		case "check":
			continue
		case "radio":
			if !f.radiosChecked[name] {
				continue
			}
		case "file":
			if !files[name] {
				bad = append(bad, "file field "+name+" is missing")
			}
			continue
		}
		if !fs[0].opt && !v.Has(name) {
			bad = append(bad, "field "+name+" is missing")
		}
	}
	slices.Sort(bad)
	return bad
}
