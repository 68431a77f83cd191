package dx6780

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
)

var esc = html.EscapeString

// field is what a form shows and so what a browser may send.
type field struct {
	fixed    bool     // hidden, never changed by script
	value    string   // of a fixed one
	values   []string // allowed ones, nil: any
	optional bool     // check box, button, file
	max      int
	need     func(url.Values) bool // nil, or whether the script has the box enabled
}

// form builds the HTML of a form and remembers its fields.
type form struct {
	name, action string
	b            strings.Builder
	fields       map[string]*field
}

// form starts a form of the page that posts to a CGI under a template name.
func (p *page) form(name, cgi, tpl string) *form {
	f := &form{name: name, action: "/rps/" + cgi, fields: map[string]*field{}}
	fmt.Fprintf(&f.b, `<form name="%s" action="./%s" method="post" onsubmit="return false">`+"\n", name, cgi)
	f.hidden("PageFlag", tpl)
	f.hidden("CoreNXAction", "./"+cgi)
	f.hidden("CoreNXPage", tpl)
	f.hidden("CoreNXFlag", "Init_Data")
	f.hidden("FuncTypeFlag", "SettingPage")
	f.hidden("disp", "")
	f.script("Dummy", "")
	f.fixed("Token", p.token)
	p.forms = append(p.forms, f)
	return f
}

// upload makes it a form with a file.
func (f *form) upload() {
	s := strings.Replace(f.b.String(), `method="post"`, `method="post" enctype="multipart/form-data"`, 1)
	f.b.Reset()
	f.b.WriteString(s)
}

func (f *form) w(format string, a ...any) { fmt.Fprintf(&f.b, format, a...) }

func (f *form) fixed(name, val string) {
	f.fields[name] = &field{fixed: true, value: val}
	f.w(`<input type="hidden" name="%s" value="%s" />`+"\n", name, esc(val))
}

func (f *form) hidden(name, val string) { f.fixed(name, val) }

// script is a hidden field that a script fills.
func (f *form) script(name, val string, allowed ...string) {
	f.fields[name] = &field{values: allowed}
	f.w(`<input type="hidden" name="%s" value="%s" />`+"\n", name, esc(val))
}

func (f *form) row(label, name, inner string) {
	if name != "" {
		label = fmt.Sprintf(`<label for="%s">%s</label>`, name, label)
	}
	f.w(`<tr><th>%s</th><td>%s</td></tr>`+"\n", label, inner)
}

func (f *form) text(name, val string, max int, need func(url.Values) bool, off bool) string {
	return f.input("text", name, val, max, need, off)
}

func (f *form) input(kind, name, val string, max int, need func(url.Values) bool, off bool) string {
	f.fields[name] = &field{max: max, need: need}
	return fmt.Sprintf(`<input type="%s" name="%s" id="%s" value="%s" size="%d" maxlength="%d"%s />`, kind, name, name, esc(val), min(max, 48), max, flag(off, "disabled"))
}

func (f *form) sel(name, val string, opts [][2]string, need func(url.Values) bool, off bool) string {
	fl := &field{need: need}
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%s" id="%s"%s>`, name, name, flag(off, "disabled"))
	for _, o := range opts {
		fl.values = append(fl.values, o[0])
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, o[0], flag(o[0] == val, "selected"), esc(o[1]))
	}
	f.fields[name] = fl
	return b.String() + "</select>"
}

func (f *form) check(name, label string, on bool, js string) string {
	f.fields[name] = &field{optional: true, values: []string{"1"}}
	if js != "" {
		js = ` onclick="` + js + `"`
	}
	return fmt.Sprintf(`<input type="checkbox" name="%s" id="%s" value="1"%s%s /><label for="%s">%s</label>`, name, name, flag(on, "checked"), js, name, label)
}

func (f *form) radio(name, val, cur, label, js string) string {
	fl := f.fields[name]
	if fl == nil {
		fl = &field{}
		f.fields[name] = fl
	}
	fl.values = append(fl.values, val)
	if js != "" {
		js = ` onclick="` + js + `"`
	}
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s_%s" value="%s"%s%s /><label for="%s_%s">%s</label>`, name, name, val, val, flag(val == cur, "checked"), js, name, val, label)
}

func flag(on bool, word string) string {
	if !on {
		return ""
	}
	return fmt.Sprintf(` %s="%s"`, word, word)
}

// faults tells what of a post this form could not have sent.
func (f *form) faults(v url.Values) []string {
	var bad []string
	for n, fl := range f.fields {
		x, ok := v[n]
		need := !fl.optional
		if fl.need != nil && !fl.need(v) {
			if ok {
				bad = append(bad, "the box "+n+" is greyed out, yet it was sent")
			}
			continue
		}
		if !ok {
			if need {
				bad = append(bad, "the form's field "+n+" is missing")
			}
			continue
		}
		if len(x) > 1 && !fl.optional {
			bad = append(bad, "the field "+n+" was sent twice")
		}
		for _, y := range x {
			switch {
			case fl.fixed && y != fl.value:
				bad = append(bad, fmt.Sprintf("the hidden field %s was changed from %q to %q", n, fl.value, y))
			case fl.values != nil && !slices.Contains(fl.values, y):
				bad = append(bad, fmt.Sprintf("the field %s has no choice %q", n, y))
			case fl.max > 0 && len([]rune(y)) > fl.max:
				bad = append(bad, "the field "+n+" is longer than its box")
			}
		}
	}
	for n := range v {
		if f.fields[n] == nil {
			bad = append(bad, "the form has no field "+n)
		}
	}
	slices.Sort(bad)
	return bad
}
