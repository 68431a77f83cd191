package adv8595iii

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type session struct {
	id, ir string
	last   time.Time
	token  string           // of the page loaded last
	pages  map[string]*page // by token: what the pages offered
	order  []string
	notice string // said once on the next page
}

// page is a page of the native pages being written.
type page struct {
	token string
	forms []*form
}

type field struct {
	name, kind string   // fixed, script, free, choice, maybe, file
	vals       []string // what it may hold, for fixed, script, choice and maybe
}

type form struct {
	name, action string
	multipart    bool
	fields       []field
}

// ctx is one request.
type ctx struct {
	d    *Device
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	v    url.Values
	file []byte
	pg   *page
	b    bytes.Buffer
}

var esc = html.EscapeString

func (c *ctx) p(format string, a ...any) { fmt.Fprintf(&c.b, format, a...) }

// u offers an address of the native pages.
func (c *ctx) u(path string, kv ...string) string {
	q := ""
	for i := 0; i+1 < len(kv); i += 2 {
		q += kv[i] + "=" + url.QueryEscape(kv[i+1]) + "&"
	}
	c.d.offered[canon(path, q)] = true
	return fmt.Sprintf("%s?%sDummy=%d", path, q, c.d.now().UnixMilli())
}

// page offers a page of settings.
func (c *ctx) tpl(cgi, tpl string, kv ...string) string {
	return c.u("/rps/"+cgi, append([]string{"Flag", "Init_Data", "PageFlag", tpl, "FuncTypeFlag", "SettingPage"}, kv...)...)
}

func canon(path, query string) string {
	q, _ := url.ParseQuery(query)
	q.Del("Dummy")
	var ks []string
	for k, vs := range q {
		ks = append(ks, k+"="+strings.Join(vs, ","))
	}
	sort.Strings(ks)
	return strings.TrimSuffix(path, "/") + "?" + strings.Join(ks, "&")
}

// Forms.

func (f *form) add(kind, name string, vals ...string) {
	f.fields = append(f.fields, field{name, kind, vals})
}

// form begins a form with the fields every native form has.
func (c *ctx) form(name, cgi, tpl, next string, multipart bool) *form {
	f := &form{name: name, action: "/rps/" + cgi, multipart: multipart}
	c.pg.forms = append(c.pg.forms, f)
	enc := ""
	if multipart {
		enc = ` enctype="multipart/form-data"`
	}
	c.p(`<form name="%s" id="%s" action="./%s" method="post"%s onsubmit="return false;">`+"\n", name, name, cgi, enc)
	c.hid(f, "Flag", "Exec_Data", "Exec_Data", "Init_Data")
	c.hid(f, "PageFlag", tpl, tpl, next)
	c.hid(f, "CoreNXAction", "./"+cgi)
	c.hid(f, "CoreNXPage", next)
	c.hid(f, "CoreNXFlag", "Init_Data")
	c.hid(f, "FuncTypeFlag", "SettingPage")
	c.p(`<input type="hidden" name="Dummy" value="" />`)
	f.add("free", "Dummy")
	c.hid(f, "Token", c.pg.token)
	c.p("\n")
	return f
}

// hid writes a hidden field; scripts may set it to one of vals.
func (c *ctx) hid(f *form, name, val string, vals ...string) {
	c.p(`<input type="hidden" name="%s" value="%s" />`, name, esc(val))
	if len(vals) == 0 {
		f.add("fixed", name, val)
	} else {
		f.add("script", name, append(vals, val)...)
	}
}

func (c *ctx) text(f *form, name, val, attr string) string {
	f.add("free", name)
	return fmt.Sprintf(`<input type="text" name="%s" id="%s" value="%s" %s/>`, name, name, esc(val), attr)
}

func (c *ctx) sel(f *form, name, val string, opts ...string) string {
	s := fmt.Sprintf(`<select name="%s" id="%s">`, name, name)
	fd := field{name, "choice", nil}
	for i := 0; i+1 < len(opts); i += 2 {
		on := ""
		if opts[i] == val {
			on = ` selected="selected"`
		}
		s += fmt.Sprintf(`<option value="%s"%s>%s</option>`, esc(opts[i]), on, esc(opts[i+1]))
		fd.vals = append(fd.vals, opts[i])
	}
	f.fields = append(f.fields, fd)
	return s + "</select>"
}

func (c *ctx) check(f *form, name, id, label string, on bool) string {
	f.add("maybe", name, "1")
	return fmt.Sprintf(`<input type="checkbox" name="%s" id="%s" value="1"%s /><label for="%s">%s</label>`, name, id, ifs(on, ` checked="checked"`), id, label)
}

func (c *ctx) radio(f *form, name, val, label string, on bool, attr string) string {
	done := false
	for i := range f.fields {
		if f.fields[i].name == name {
			f.fields[i].vals = append(f.fields[i].vals, val)
			done = true
		}
	}
	if !done {
		f.add("choice", name, val)
	}
	id := name + "_" + val
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s" value="%s"%s %s/><label for="%s">%s</label>`, name, id, val, ifs(on, ` checked="checked"`), attr, id, label)
}

func ifs(b bool, s string) string {
	if b {
		return s
	}
	return ""
}

func button(id, label, js string) string {
	return fmt.Sprintf(`<fieldset class="btn"><input type="button" id="%s" class="ButtonEnable" value="%s" onclick="javascript:%s" /></fieldset>`, id, label, esc(js))
}

// matches tells what a posted form has that its page's form could not send.
func (f *form) matches(v url.Values, multipart bool) string {
	if multipart != f.multipart {
		return "another encoding than the form's"
	}
	for n, vals := range v {
		i := slices.IndexFunc(f.fields, func(fd field) bool { return fd.name == n })
		if i < 0 {
			return "field " + n + " which the form has not"
		}
		fd := f.fields[i]
		if len(vals) > 1 && fd.kind != "maybe" {
			return "field " + n + " more than once"
		}
		for _, val := range vals {
			if fd.kind != "free" && fd.kind != "file" && fd.kind != "off" && !slices.Contains(fd.vals, val) {
				return fmt.Sprintf("field %s with %q, which the form does not offer", n, val)
			}
		}
	}
	for _, fd := range f.fields {
		if fd.kind != "maybe" && fd.kind != "off" && !v.Has(fd.name) {
			return "no field " + fd.name
		}
	}
	return ""
}

// accept checks a POST to a native page against the form it came from.
func (c *ctx) accept() bool {
	tok := c.v.Get("Token")
	pg := c.s.pages[tok]
	if pg == nil {
		c.d.Violate("POST to %s with a token that no page of this session held", c.r.URL.Path)
		c.cannot("The page has expired.")
		return false
	}
	why := "a form that the page has not"
	for _, f := range pg.forms {
		if f.action == c.r.URL.Path {
			why = f.matches(c.v, strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/"))
			if why == "" {
				break
			}
		}
	}
	if why != "" {
		c.d.Violate("POST to %s (%s) with %s", c.r.URL.Path, c.v.Get("PageFlag"), why)
		c.cannot("The specified operation cannot be performed.")
		return false
	}
	if tok != c.s.token { // e.g. after the browser's Back
		c.cannot("The page has expired. Display the page again, and then perform the operation.")
		return false
	}
	return true
}

// Pages.

func (c *ctx) headers(ctype string) {
	h := c.w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("Content-Type", ctype)
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
}

func (c *ctx) send() {
	c.headers("text/html;charset=UTF-8")
	c.w.Write(c.b.Bytes())
}

const doctype = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
`

func (c *ctx) head(title string) {
	c.p(doctype)
	c.p("<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n<meta http-equiv=\"Content-Script-Type\" content=\"text/javascript\" />\n")
	c.p("<title>%s : %s : %s</title>\n<link rel=\"stylesheet\" type=\"text/css\" href=\"/media/rui.css\" />\n<script type=\"text/javascript\" src=\"/media/rui.js\"></script>\n</head>\n", title, deviceName, modelName)
}

// begin writes the frame of a native page. crumbs are pairs of text and address, the last text is the page's.
func (c *ctx) begin(menu string, crumbs ...string) {
	c.pg = &page{token: devicetest.Decimal(20)}
	title := crumbs[len(crumbs)-1]
	c.head("Remote UI : " + title)
	c.p("<body>\n")
	c.p(`<div id="globalNavigation"><span id="productName">%s</span> / <span id="deviceName">%s</span> / <span id="location">2F copy room</span>`, modelName, deviceName)
	c.p(`<ul><li>Login User: %s</li><li><a href="/">To Portal</a></li><li><a href="javascript:rui_logout('%s');"><script type="text/javascript">document.write('Log Out');</script></a></li></ul></div>`+"\n", adminName, c.u("/rps/logout.cgi"))
	c.p(`<div id="localNavigation">`)
	if menu == "status" {
		c.statusMenu()
	} else {
		c.settingsMenu()
	}
	c.p("</div>\n" + `<div id="contentBody">` + "\n")
	if menu != "status" {
		c.p(`<p id="pankuzu">Settings/Registration: `)
		for i := 0; i+1 < len(crumbs); i += 2 {
			if crumbs[i+1] == "" {
				c.p(`%s: `, crumbs[i])
			} else {
				c.p(`<a href="%s">%s</a> &gt; `, esc(crumbs[i+1]), crumbs[i])
			}
		}
		c.p("%s</p>\n", title)
	}
	c.p(`<h1>%s</h1><p id="updateTime">Last Updated : %s</p>`+"\n", title, c.d.now().Format("02/01 2006 15:04:05"))
	if c.d.dirty && menu != "status" {
		c.p(`<div id="applyArea">Some changed settings are not in effect yet. %s</div>`+"\n", button("Apply_Button", "Apply Setting Changes", "jump('"+c.tpl("creboot.cgi", "c_apply.tpl")+"')"))
	}
	if c.s.notice != "" {
		c.p(`<p class="Info">%s</p>`+"\n", esc(c.s.notice))
		c.s.notice = ""
	}
}

// end writes the rest of a native page and sends it.
func (c *ctx) end() {
	c.p("</div>\n" + `<form name="ERR_SUBMIT_FORM" action="./cconf.cgi" method="get"><input type="hidden" name="Flag" value="" /><input type="hidden" name="PageFlag" value="" /></form>` + "\n")
	c.p(`<div id="footer"><address>Copyright CANON INC. 2020</address></div>` + "\n</body>\n</html>\n")
	if len(c.pg.forms) > 0 {
		c.s.token = c.pg.token
		c.s.pages[c.pg.token] = c.pg
		c.s.order = append(c.s.order, c.pg.token)
		if len(c.s.order) > 40 {
			delete(c.s.pages, c.s.order[0])
			c.s.order = c.s.order[1:]
		}
	}
	c.send()
}

func (c *ctx) errBox(msg string) {
	if msg != "" {
		c.p(`<div id="ErrMsg"><img src="/media/ms_err.gif" alt="" width="16" height="16" /> <em>%s</em></div>`+"\n", esc(msg))
	}
}

// cannot is the page shown in place of one that may not be shown.
func (c *ctx) cannot(text string) {
	c.b.Reset()
	c.p(doctype)
	c.p("<head><title>Remote UI : Cannot open this page.</title></head>\n<body><h1><img src=\"/media/ms_err.gif\" alt=\"\" /> Cannot display the specified page.</h1><p>%s</p><p><a href=\"/\">To Portal</a></p></body></html>\n", esc(text))
	c.send()
}

func (c *ctx) download(name, ctype string, b []byte) {
	c.headers(ctype)
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	c.w.Write(b)
}

func (c *ctx) redirect(to string) {
	c.headers("text/html;charset=UTF-8")
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}

func (d *Device) session(r *http.Request) *session {
	ck, err := r.Cookie(loginCookie)
	if err != nil {
		return nil
	}
	s := d.sessions[ck.Value]
	if s == nil || d.now().Sub(s.last) > sessionLife {
		delete(d.sessions, ck.Value)
		return nil
	}
	s.last = d.now()
	return s
}

func (d *Device) serveHTTP(w http.ResponseWriter, r *http.Request) {
	c := &ctx{d: d, w: w, r: r}
	if a, ok := assets[r.URL.Path]; ok && r.Method == "GET" {
		c.headers(a.ctype)
		w.Write(a.data)
		return
	}
	c.v = r.URL.Query()
	if r.Method == "POST" {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			if r.ParseMultipartForm(1<<20) == nil {
				c.v = url.Values(r.MultipartForm.Value)
				for n, fs := range r.MultipartForm.File {
					c.v.Set(n, fs[0].Filename)
					if f, err := fs[0].Open(); err == nil {
						c.file, _ = io.ReadAll(f)
						f.Close()
					}
				}
			}
		} else {
			r.ParseForm()
			c.v = r.PostForm
		}
	}
	defer d.Lock()()
	if d.Away {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	path := strings.TrimSuffix(r.URL.Path, "/")
	c.s = d.session(r)
	switch {
	case path == "/login" && r.Method == "POST":
		c.login()
		return
	case path == "/favicon.ico":
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != "GET" && r.Method != "POST":
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case c.s == nil:
		if r.Method == "POST" || (strings.HasPrefix(path, "/rps/") && hasLoginCookie(r)) {
			c.cannot("The authentication information has been updated, or the session has expired.")
			return
		}
		c.loginPage(r.URL.RequestURI(), "")
		return
	case path == "" || path == "/rps":
		c.portal()
		return
	}
	if r.Method == "GET" && !d.offered[canon(path, r.URL.RawQuery)] {
		if c.v.Get("Flag") == "Exec_Data" {
			d.Violate("a write to the device by GET: %s", r.URL.Path)
		}
		d.Violate("GET of an address that no page offered: %s", r.URL.RequestURI())
		c.cannot("The specified page cannot be found.")
		return
	}
	if e, ok := entries[path]; ok && r.Method == "GET" {
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=" + e + fmt.Sprintf("&Dummy=%d", d.now().UnixMilli()))
		d.offered[canon("/rps/nativetop.cgi", "RUIPNxBundle=&CorePGTAG="+e)] = true
		return
	}
	if path == "/rps/nativetop.cgi" && r.Method == "GET" {
		c.nativetop()
		return
	}
	if path == "/sms" && r.Method == "GET" { // these two need no native pages
		c.sms()
		return
	}
	if path == "/rps/logout.cgi" && r.Method == "GET" {
		c.logout()
		return
	}
	ir, err := r.Cookie("iR")
	h := routes[strings.TrimPrefix(path, "/rps/")]
	if h == nil || err != nil || ir.Value != c.s.ir {
		c.cannot("The session has expired.")
		return
	}
	if r.Method == "POST" && !c.accept() {
		return
	}
	h(c)
}

func hasLoginCookie(r *http.Request) bool {
	_, err := r.Cookie(loginCookie)
	return err == nil
}

func (c *ctx) exec() bool { return c.r.Method == "POST" && c.v.Get("Flag") == "Exec_Data" }
