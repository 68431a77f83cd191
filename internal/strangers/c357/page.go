package c357

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func esc(s string) string { return html.EscapeString(s) }

// page is one page being written.
type page struct {
	d       *Device
	s       *session
	cgi     string
	crumbs  string
	title   string
	menu    string // "settings" or "status"
	buttons string // top right
	note    string // after a change
	err     string
	body    strings.Builder
	forms   []*form
	token   string
	onload  string
}

func (d *Device) page(s *session, cgi, crumbs, title string) *page {
	return &page{d: d, s: s, cgi: cgi, crumbs: crumbs, title: title, menu: "settings", token: devicetest.Decimal(20)}
}

func (p *page) w(format string, a ...any) { fmt.Fprintf(&p.body, format, a...) }

// href is the script that goes to a page.
func (p *page) href(cgi, tpl, ext string) string {
	p.d.offered(p.s, "/rps/"+initURL(cgi, tpl, ext))
	if ext == "" {
		return fmt.Sprintf("javascript:jump_page('%s','%s')", cgi, tpl)
	}
	return fmt.Sprintf("javascript:jump_page('%s','%s','%s')", cgi, tpl, ext)
}

func (p *page) link(text, cgi, tpl, ext string) string {
	return fmt.Sprintf(`<a href="%s">%s</a>`, p.href(cgi, tpl, ext), esc(text))
}

func button(text, id, script string) string {
	if id != "" {
		id = ` id="` + id + `"`
	}
	return fmt.Sprintf(`<fieldset><input type="button"%s value="%s" onclick="%s" /></fieldset>`, id, esc(text), script)
}

// form remembers what a page's form holds, to compare what comes back.
type form struct {
	p         *page
	name, cgi string
	tpl       string
	flags     []string
	fields    []*field
	upload    bool
}

type field struct {
	kind, name, value string
	opts              []string
	max               int
}

// form begins a form whose script may set one of the flags.
func (p *page) form(name, cgi, tpl, next string, flags ...string) *form {
	f := &form{p: p, name: name, cgi: cgi, tpl: tpl, flags: flags}
	p.forms = append(p.forms, f)
	p.w("<form name=\"%s\" action=\"./%s\" method=\"post\" onsubmit=\"return false;\">\n", name, cgi)
	p.std(f, next)
	return f
}

func (p *page) uploadForm(name, cgi, tpl, next string, flags ...string) *form {
	f := &form{p: p, name: name, cgi: cgi, tpl: tpl, flags: flags, upload: true}
	p.forms = append(p.forms, f)
	p.w("<form name=\"%s\" action=\"./%s\" method=\"post\" enctype=\"multipart/form-data\">\n", name, cgi)
	p.std(f, next)
	return f
}

func (p *page) std(f *form, next string) {
	f.fields = append(f.fields, &field{kind: "select", name: "Flag", opts: f.flags})
	p.w(`<input type="hidden" name="Flag" value="%s" />`+"\n", f.flags[0])
	f.hidden("PageFlag", f.tpl)
	f.hidden("CoreNXAction", "./"+f.cgi)
	f.hidden("CoreNXPage", next)
	f.hidden("CoreNXFlag", "Init_Data")
	f.hidden("FuncTypeFlag", "SettingPage")
	f.script("Dummy", "")
	f.hidden("Token", p.token)
}

func (f *form) hidden(name, value string) {
	f.fields = append(f.fields, &field{kind: "hidden", name: name, value: value})
	f.p.w(`<input type="hidden" name="%s" value="%s" />`+"\n", name, esc(value))
}

// script is a hidden field that the page's script fills.
func (f *form) script(name, value string) {
	f.fields = append(f.fields, &field{kind: "script", name: name})
	f.p.w(`<input type="hidden" name="%s" value="%s" />`+"\n", name, esc(value))
}

func (f *form) text(name, value string, size, maxlen int) string {
	f.fields = append(f.fields, &field{kind: "text", name: name, max: maxlen})
	return fmt.Sprintf(`<input type="text" name="%s" id="%s" value="%s" size="%d" maxlength="%d" />`, name, name, esc(value), size, maxlen)
}

func (f *form) optional(name, value string, size, maxlen int) string {
	t := f.text(name, value, size, maxlen)
	f.fields[len(f.fields)-1].kind = "optional"
	return strings.Replace(t, " />", ` disabled="disabled" />`, 1)
}

func (f *form) password(name, value string) string {
	f.fields = append(f.fields, &field{kind: "text", name: name, max: 24})
	return fmt.Sprintf(`<input type="password" name="%s" id="%s" value="%s" size="24" maxlength="24" autocomplete="off" />`, name, name, esc(value))
}

func (f *form) check(name, label string, on bool) string {
	f.fields = append(f.fields, &field{kind: "check", name: name, value: "1"})
	c := ""
	if on {
		c = ` checked="checked"`
	}
	return fmt.Sprintf(`<input type="checkbox" name="%s" id="%s" value="1"%s /><label for="%s">%s</label>`, name, name, c, name, esc(label))
}

// radio writes one button of a group.
func (f *form) radio(name, value, label string, on bool, script string) string {
	var fd *field
	for _, x := range f.fields {
		if x.name == name {
			fd = x
		}
	}
	if fd == nil {
		fd = &field{kind: "radio", name: name}
		f.fields = append(f.fields, fd)
	}
	fd.opts = append(fd.opts, value)
	c := ""
	if on {
		c = ` checked="checked"`
		fd.value = value
	}
	if script != "" {
		c += ` onclick="` + script + `"`
	}
	id := name + "_" + value
	if label != "" {
		label = fmt.Sprintf(`<label for="%s">%s</label>`, id, esc(label))
	}
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s" value="%s"%s />%s`, name, id, value, c, label)
}

// choice is a drop-down list; opts are "value|text". A disabled one is not sent.
func (f *form) choice(name, value string, opts []string, disabled bool) string {
	kind, dis := "select", ""
	fd := &field{kind: kind, name: name}
	if disabled || name == "RsaLength" || name == "CountryName" {
		fd.kind = "optional"
	}
	if disabled {
		dis = ` disabled="disabled"`
	}
	f.fields = append(f.fields, fd)
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%s" id="%s"%s>`, name, name, dis)
	for _, o := range opts {
		v, t, _ := strings.Cut(o, "|")
		fd.opts = append(fd.opts, v)
		sel := ""
		if v == value {
			sel = ` selected="selected"`
		}
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, v, sel, esc(t))
	}
	b.WriteString("</select>")
	return b.String()
}

func (f *form) file(name string) string {
	f.fields = append(f.fields, &field{kind: "file", name: name})
	return fmt.Sprintf(`<input type="file" name="%s" id="%s" size="50" />`, name, name)
}

func (f *form) end() { f.p.w("</form>\n") }

// differs tells why a browser could not have sent these values by this form; empty: it could.
func (f *form) differs(v url.Values, files map[string][]byte) string {
	known := map[string]bool{}
	for _, x := range f.fields {
		known[x.name] = true
		got := v[x.name]
		if len(got) > 1 {
			return "field " + x.name + " twice"
		}
		val := v.Get(x.name)
		if x.max > 0 && len([]rune(val)) > x.max {
			return fmt.Sprintf("field %s longer than %d characters", x.name, x.max)
		}
		switch x.kind {
		case "hidden":
			if len(got) == 0 || val != x.value {
				return fmt.Sprintf("hidden field %s is %q, the form has %q", x.name, got, x.value)
			}
		case "script", "text":
			if len(got) == 0 {
				return "field " + x.name + " missing"
			}
		case "check":
			if len(got) == 1 && val != "1" {
				return "check box " + x.name + " with a value of its own"
			}
		case "radio":
			if len(got) == 0 && x.value != "" || len(got) == 1 && !contains(x.opts, val) {
				return fmt.Sprintf("radio %s is %q", x.name, got)
			}
		case "select":
			if len(got) == 0 || !contains(x.opts, val) {
				return fmt.Sprintf("select %s is %q", x.name, got)
			}
		case "optional":
			if len(got) == 1 && x.opts != nil && !contains(x.opts, val) {
				return fmt.Sprintf("select %s is %q", x.name, got)
			}
		case "file":
			if _, ok := files[x.name]; !ok {
				return "file " + x.name + " missing"
			}
		}
	}
	for n := range v {
		if !known[n] {
			return "field " + n + " that the form has not"
		}
	}
	return ""
}

// show sends the page; from now on its token is the one to use.
func (p *page) show(w http.ResponseWriter) {
	left := p.leftMenu()
	if p.s.token != "" {
		p.s.old[p.s.token] = true
	}
	p.s.token, p.s.forms = p.token, p.forms
	var msg string
	if p.err != "" {
		msg = `<p class="ErrorMessage"><img src="/media/ico_err.gif" alt="Error" /> ` + esc(p.err) + "</p>\n"
	} else if p.note != "" {
		msg = `<p class="InfoMessage">` + esc(p.note) + "</p>\n"
	}
	onload := ""
	if p.onload != "" {
		onload = ` onload="` + p.onload + `"`
	}
	top := "Settings/Registration"
	if p.menu == "status" {
		top = "Status Monitor/Cancel"
	}
	crumbs := top
	if p.crumbs != "" {
		crumbs += ": " + p.crumbs
	}
	fmt.Fprintf(w, pageHTML, esc(p.title), top, model, onload, model, adminName, left, crumbs, esc(p.title),
		p.d.stamp(), msg, p.buttons, p.body.String())
}

func (p *page) leftMenu() string {
	var b strings.Builder
	if p.menu == "status" {
		for _, m := range statusMenu {
			if m[1] == "" {
				fmt.Fprintf(&b, "<h3>%s</h3>\n", m[0])
				continue
			}
			p.d.offered(p.s, "/rps/"+m[1])
			fmt.Fprintf(&b, "<li><a href=\"javascript:menu_link('%s')\">%s</a></li>\n", m[1], esc(m[0]))
		}
		return b.String()
	}
	for _, m := range settingsMenu {
		if m[1] == "" {
			fmt.Fprintf(&b, "<h3>%s</h3>\n", m[0])
			continue
		}
		fmt.Fprintf(&b, "<li>%s</li>\n", p.link(m[0], m[1], m[2], ""))
	}
	if !p.d.stored.equal(p.d.effect) {
		b.WriteString("<p class=\"Attention\">" + p.link("Apply Setting Changes", "capply.cgi", "c_apply.tpl", "") + "</p>\n")
	} else {
		b.WriteString("<p class=\"Attention Off\">Apply Setting Changes</p>\n")
	}
	return b.String()
}

var settingsMenu = [][3]string{
	{"Preferences"},
	{"Paper Settings", "cpaper.cgi", "c_paper.tpl"},
	{"Network Settings", "cnw.cgi", "c_nw_top.tpl"},
	{"Function Settings"},
	{"Send", "csend.cgi", "c_send_top.tpl"},
	{"Management Settings"},
	{"Device Management", "cdm.cgi", "c_dm_top.tpl"},
	{"License/Other", "clic.cgi", "c_lic_top.tpl"},
}

// get shows a page.
func (d *Device) get(w http.ResponseWriter, r *http.Request, s *session, at string) {
	q := r.URL.Query()
	cgi := strings.TrimPrefix(r.URL.Path, "/rps/")
	if fl := q.Get("Flag"); fl != "" && fl != "Init_Data" && fl != "Status_Data" {
		d.Violate("a write by GET: %s", at)
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	if !s.offer[at] {
		d.Violate("GET of an address never offered: %s", at)
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	v := views[cgi+" "+q.Get("PageFlag")]
	if v == nil {
		v = views[cgi+" "]
	}
	if v == nil {
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	v(d, w, s, q)
}

// post takes a form.
func (d *Device) post(w http.ResponseWriter, r *http.Request, s *session) {
	cgi := strings.TrimPrefix(r.URL.Path, "/rps/")
	v := url.Values{}
	files := map[string][]byte{}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	multi := strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
	var err error
	if multi {
		if err = r.ParseMultipartForm(1 << 20); err == nil {
			for n, x := range r.MultipartForm.Value {
				v[n] = x
			}
			for n, x := range r.MultipartForm.File {
				if fh, e := x[0].Open(); e == nil {
					files[n], _ = io.ReadAll(fh)
					fh.Close()
				}
			}
		}
	} else if err = r.ParseForm(); err == nil {
		v = r.PostForm
	}
	if err != nil {
		d.Violate("POST %s that cannot be read: %v", cgi, err)
		w.WriteHeader(400)
		return
	}
	if r.URL.RawQuery != "" {
		d.Violate("POST %s with a query in its address", cgi)
	}
	tok := v.Get("Token")
	if tok != s.token {
		if !s.old[tok] {
			d.Violate("POST %s with a token never given (%q)", cgi, tok)
		}
		d.cannotOpen(w, "The page has expired. Display the page again from the portal page.")
		return
	}
	why := "no form of the page goes there"
	var f *form
	for _, x := range s.forms {
		if x.cgi == cgi && x.upload == multi && x.tpl == v.Get("PageFlag") {
			if why = x.differs(v, files); why == "" {
				f = x
				break
			}
		}
	}
	if f == nil {
		d.Violate("POST %s (%s, %s): %s", cgi, v.Get("PageFlag"), v.Get("Flag"), why)
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	a := actions[cgi+" "+f.tpl+" "+v.Get("Flag")]
	if a == nil {
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	a(d, w, s, v, files)
}

type view func(d *Device, w http.ResponseWriter, s *session, q url.Values)
type action func(d *Device, w http.ResponseWriter, s *session, v url.Values, files map[string][]byte)

var (
	views   map[string]view
	actions map[string]action
)
