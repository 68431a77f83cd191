package ir2630

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// The pages are read back as a browser reads them, to know what a person can send.

var (
	reOffer  = regexp.MustCompile(`(?:(?:href|src|action)="|'|url=)(/[^"'<>]*)["']`)
	reForm   = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	reCtl    = regexp.MustCompile(`(?s)<(input|select|textarea)\b([^>]*)>`)
	reSelect = regexp.MustCompile(`(?s)<select\b([^>]*)>(.*?)</select>`)
	reOption = regexp.MustCompile(`<option value="([^"]*)"`)
	reAttr   = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	reCgi    = regexp.MustCompile(`'(/cgi/[^']*)'`)
)

type control struct {
	kind, value, on string
	max             int
	checked, script bool
	options         []string
}

type formSpec struct {
	actions map[string]bool
	fields  map[string][]control
}

func attrs(s string) map[string]string {
	m := map[string]string{}
	for _, a := range reAttr.FindAllStringSubmatch(s, -1) {
		m[a[1]] = html.UnescapeString(a[2])
	}
	return m
}

func parseForms(page string) []formSpec {
	var out []formSpec
	for _, m := range reForm.FindAllStringSubmatch(page, -1) {
		f := formSpec{map[string]bool{attrs(m[1])["action"]: true}, map[string][]control{}}
		for _, a := range reCgi.FindAllStringSubmatch(m[2], -1) {
			f.actions[a[1]] = true
		}
		for _, i := range reCtl.FindAllStringSubmatch(m[2], -1) {
			a := attrs(i[2])
			ctl := control{kind: a["type"], value: a["value"], on: a["data-on"], checked: a["checked"] != "", script: a["class"] == "v"}
			fmt.Sscan(a["maxlength"], &ctl.max)
			if i[1] == "select" || a["name"] == "" || ctl.kind == "button" {
				continue
			}
			f.fields[a["name"]] = append(f.fields[a["name"]], ctl)
		}
		for _, s := range reSelect.FindAllStringSubmatch(m[2], -1) {
			a := attrs(s[1])
			ctl := control{kind: "select", on: a["data-on"]}
			for _, o := range reOption.FindAllStringSubmatch(s[2], -1) {
				ctl.options = append(ctl.options, html.UnescapeString(o[1]))
			}
			f.fields[a["name"]] = append(f.fields[a["name"]], ctl)
		}
		out = append(out, f)
	}
	return out
}

// enabled tells whether a field's data-on condition ("name=value", any of several) holds in v.
func enabled(on string, v url.Values) bool {
	if on == "" {
		return true
	}
	for _, alt := range strings.Fields(on) {
		n, want, _ := strings.Cut(alt, "=")
		if l := v[n]; len(l) > 0 && l[len(l)-1] == want {
			return true
		}
	}
	return false
}

// check says in what v differs from all that a browser could send of this form.
func (f formSpec) check(v url.Values) []string {
	var bad []string
	for name, ctls := range f.fields {
		lo, hi, free, length := 0, 0, false, 0
		var allowed []string
		radio, picked := false, false
		for _, c := range ctls {
			live := enabled(c.on, v)
			switch c.kind {
			case "radio":
				radio = radio || live
				picked = picked || live && c.checked
			case "checkbox", "submit":
				if live {
					hi++
				}
			default:
				if live {
					lo, hi = lo+1, hi+1
				}
			}
			switch c.kind {
			case "hidden", "radio", "checkbox", "submit":
				allowed = append(allowed, c.value)
				free = free || c.script
			case "select":
				allowed = append(allowed, c.options...)
			default:
				free = true
				length = max(length, c.max)
			}
		}
		if radio {
			hi++
			if picked && name != "i0012" {
				lo++
			}
		}
		got := v[name]
		if len(got) < lo {
			bad = append(bad, "field "+name+" is missing")
		}
		if len(got) > hi {
			bad = append(bad, "field "+name+" is sent though it is disabled or not there")
		}
		for _, g := range got {
			if !free && !slices.Contains(allowed, g) {
				bad = append(bad, fmt.Sprintf("field %s cannot have the value %q", name, g))
			}
			if free && length > 0 && len([]rune(g)) > length {
				bad = append(bad, fmt.Sprintf("field %s is longer than its box allows", name))
			}
		}
	}
	for name := range v {
		if f.fields[name] == nil {
			bad = append(bad, "field "+name+" is not in the form")
		}
	}
	sort.Strings(bad)
	return bad
}

// ---- parts of forms

func esc(s string) string { return html.EscapeString(s) }

func on(cond string, live bool) string {
	s := ""
	if cond != "" {
		s = ` data-on="` + cond + `"`
	}
	if !live {
		s += ` disabled="disabled"`
	}
	return s
}

func text(name, val string, max int, cond string, live bool) string {
	return fmt.Sprintf(`<input type="text" name="%s" id="%s" value="%s" maxlength="%d" size="%d"%s />`, name, name, esc(val), max, min(max+1, 30), on(cond, live))
}

func hidden(name, val string) string {
	return fmt.Sprintf(`<input type="hidden" name="%s" value="%s" />`, name, esc(val))
}

// scriptHidden is a hidden field that the page's script fills in.
func scriptHidden(name string) string {
	return fmt.Sprintf(`<input type="hidden" name="%s" value="" class="v" />`, name)
}

func check(name, label string, set bool, cond string, live bool) string {
	return fmt.Sprintf(`%s<input type="checkbox" name="%s" id="%sB" value="1"%s%s /><label for="%sB">%s</label>`, hidden(name, "0"), name, name, checked(set), on(cond, live), name, label)
}

func radio(name, val, label string, set bool, cond string, live bool) string {
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s_%s" value="%s"%s%s /><label for="%s_%s">%s</label>`, name, name, val, val, checked(set), on(cond, live), name, val, label)
}

func checked(set bool) string {
	if set {
		return ` checked="checked"`
	}
	return ""
}

func sel(name, val, cond string, live bool, opts ...string) string { // value, label, value, label ...
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%s" id="%s"%s>`, name, name, on(cond, live))
	for i := 0; i+1 < len(opts); i += 2 {
		s := ""
		if opts[i] == val {
			s = ` selected="selected"`
		}
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, opts[i], s, esc(opts[i+1]))
	}
	return b.String() + `</select>`
}

func button(label, script string) string {
	return fmt.Sprintf(`<input type="button" value="%s" onclick="%s" />`, label, script)
}

func form(name, action, body string) string {
	return `<form name="` + name + `" action="` + action + `" method="post" autocomplete="off">` + hidden("iToken", "{{TOKEN}}") + body + `</form>`
}

func row(label, val string) string { return `<tr><th>` + label + `</th><td>` + val + `</td></tr>` }

func field(id, label, val string) string {
	return `<tr><th><label for="` + id + `">` + label + `</label></th><td>` + val + `</td></tr>`
}

func onOff(b bool) string {
	if b {
		return "On"
	}
	return "Off"
}
