package irc3226

import (
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

type field struct {
	kind   string // text, password, hidden, script, radio, check, select, file, submit
	value  string
	opts   []string
	max    int
	by, is string // usable only while the field by has the value is
}

// form is one form as it was sent to a browser.
type form struct {
	name, token string
	actions     []string
	multipart   bool
	fields      map[string]*field
	names       []string
	by, is      string
	off         bool
}

type option struct{ value, text string }

func newForm(name string, actions ...string) *form {
	return &form{name: name, actions: actions, fields: map[string]*field{}}
}

func (f *form) add(name string, n field) *field {
	if old := f.fields[name]; old != nil {
		old.opts = append(old.opts, n.opts...)
		return old
	}
	n.by, n.is = f.by, f.is
	f.fields[name] = &n
	f.names = append(f.names, name)
	return &n
}

// only makes the following fields depend on another one; now is its value at present.
func (f *form) only(by, is, now string) { f.by, f.is, f.off = by, is, by != "" && is != now }

func (f *form) dis() string {
	if f.off {
		return ` disabled="disabled"`
	}
	return ""
}

func esc(s string) string { return html.EscapeString(s) }

func (f *form) open() string {
	enc, dep := "", ""
	if f.multipart {
		enc = ` enctype="multipart/form-data"`
	}
	for _, n := range f.names {
		if x := f.fields[n]; x.by != "" {
			dep += fmt.Sprintf(`["%s","%s","%s"],`, n, x.by, x.is)
		}
	}
	s := fmt.Sprintf(`<form name="%s" action="%s" method="post" autocomplete="off"%s>`+"\n"+`<div><input type="hidden" name="iToken" value="%s" /></div>`+"\n", f.name, f.actions[0], enc, f.token)
	if dep != "" {
		s = "<script type=\"text/javascript\">\n//<![CDATA[\nvar depList = [" + strings.TrimSuffix(dep, ",") + "];\n//]]>\n</script>\n" + s
	}
	return s
}

func (f *form) input(typ, name, value string, max, size int) string {
	f.add(name, field{kind: typ, max: max})
	return fmt.Sprintf(`<input type="%s" name="%s" id="%s" value="%s" maxlength="%d" size="%d"%s />`, typ, name, name, esc(value), max, size, f.dis())
}

func (f *form) text(name, value string, max, size int) string {
	return f.input("text", name, value, max, size)
}

func (f *form) pass(name string, max int) string { return f.input("password", name, "", max, 20) }

func (f *form) hidden(name, value string) string {
	f.add(name, field{kind: "hidden", value: value})
	return fmt.Sprintf(`<input type="hidden" name="%s" value="%s" />`, name, esc(value))
}

// script is a hidden field that a button fills; vals are what the buttons fill in.
func (f *form) script(name string, vals []string) string {
	f.add(name, field{kind: "script", opts: vals})
	return fmt.Sprintf(`<input type="hidden" name="%s" value="" />`, name)
}

func (f *form) radio(name, value, now, letter, label string) string {
	f.add(name, field{kind: "radio", opts: []string{value}})
	c := ""
	if value == now {
		c = ` checked="checked"`
	}
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s%s" value="%s"%s onclick="setDepend()" /><label for="%s%s">%s</label>`, name, name, letter, value, c, name, letter, label)
}

func (f *form) check(name, now, label string) string {
	f.add(name, field{kind: "check"})
	c := ""
	if now == "1" {
		c = ` checked="checked"`
	}
	return fmt.Sprintf(`<input type="hidden" name="%s" value="0" /><input type="checkbox" name="%s" id="%sA" value="1"%s onclick="setDepend()" /><label for="%sA">%s</label>`, name, name, name, c, name, label)
}

func (f *form) choose(name, now string, opts []option) string {
	n := field{kind: "select"}
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%s" id="%s"%s>`, name, name, f.dis())
	for _, o := range opts {
		n.opts = append(n.opts, o.value)
		c := ""
		if o.value == now {
			c = ` selected="selected"`
		}
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, esc(o.value), c, o.text)
	}
	f.add(name, n)
	return b.String() + "</select>"
}

func last(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[len(v)-1]
}

// verify compares what was sent with what a browser could have sent from this form.
func (f *form) verify(v url.Values) (faults []string, missing bool) {
	for _, n := range f.names {
		x, got := f.fields[n], v[n]
		if x.by != "" && last(v[x.by]) != x.is {
			if len(got) > 0 {
				faults = append(faults, n+" sent though it is switched off")
			}
			continue
		}
		want := 1
		switch x.kind {
		case "check":
			if !slices.Equal(got, []string{"0"}) && !slices.Equal(got, []string{"0", "1"}) {
				faults, missing = append(faults, n+" is not a check box with its hidden zero"), missing || len(got) == 0
			}
			continue
		case "radio", "select", "script":
			if len(got) == 1 && !slices.Contains(x.opts, got[0]) {
				faults = append(faults, fmt.Sprintf("%s=%q was not on offer", n, got[0]))
			}
		case "hidden", "submit":
			if len(got) == 1 && got[0] != x.value {
				faults = append(faults, n+" was altered")
			}
		case "text", "password":
			if len(got) == 1 && x.max > 0 && utf8.RuneCountInString(got[0]) > x.max {
				faults = append(faults, n+" is longer than its box")
			}
		}
		if len(got) != want {
			faults, missing = append(faults, fmt.Sprintf("%s sent %d times", n, len(got))), missing || len(got) == 0
		}
	}
	for n := range v {
		if f.fields[n] == nil && n != "iToken" {
			faults = append(faults, n+" is no field of the form")
		}
	}
	slices.Sort(faults)
	return faults, missing
}
