package ir2425

import (
	"cmp"
	crand "crypto/rand"
	"embed"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The HTTP task of the machine takes a few pages at once and so many a second.
const (
	bucketSize = 5.0
	perSecond  = 3.0
)

type session struct {
	id, cur string // cur: the token of the page shown last
	admin   bool
	last    time.Time
	issued  map[string]*form // by token and action
	draft   *draft
}

// draft keeps an edit page while a key is chosen on another one.
type draft struct {
	kind   string // "2" IEEE 802.1X, "3" IKE
	policy int
	x      dot1x
	ike    ike
}

// ctx is one request.
type ctx struct {
	*Device
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	in   url.Values
	file []byte
}

// plain are the pages that only show something.
var plain = map[string]view{}

// gets and posts are the pages and programs of the machine besides the plain pages.
var gets, posts map[string]func(*ctx)

func init() {
	gets = map[string]func(*ctx){
		"/": (*ctx).login, "/login.html": (*ctx).login, "/logout.cgi": (*ctx).logout, "/m_security.html": (*ctx).tlsPage, "/m_network_8021x.html": (*ctx).dot1xPage,
		"/m_network_8021x_edit.html": (*ctx).dot1xEdit, "/m_ipsec.html": (*ctx).ipsec, "/m_ipsec_policy.html": (*ctx).policyPage, "/m_ipsec_ike_edit.html": (*ctx).ikeEdit,
		"/m_keyselect.html": (*ctx).keySelect, "/m_keycert.html": (*ctx).keyList, "/m_keycert_detail.html": (*ctx).keyDetail, "/m_keycert_type.html": (*ctx).genType,
		"/m_keycert_gen.html": (*ctx).genPage, "/m_keycert_wait.html": (*ctx).genWait, "/m_devsign.html": (*ctx).devSign, "/request.csr": (*ctx).csrFile,
		"/m_keycert_reg.html": (*ctx).regPage, "/m_devsign_export.html": (*ctx).exportPage, "/restart_device.html": (*ctx).restartPage,
	}
	posts = map[string]func(*ctx){
		"/checkLogin.cgi": (*ctx).checkLogin, "/cgi/m_network_8021x_edit.cgi": (*ctx).dot1xSave, "/cgi/m_ipsec_ike_edit.cgi": (*ctx).ikeSave, "/cgi/m_keyselect.cgi": (*ctx).keySelected,
		"/cgi/m_keycert_delete.cgi": (*ctx).keyDelete, "/cgi/m_keycert_type.cgi": (*ctx).genTypeChosen, "/cgi/m_keycert_gen.cgi": (*ctx).genStart, "/cgi/m_devsign.cgi": (*ctx).devSignStart,
		"/cgi/m_keycert_reg.cgi": (*ctx).regFile, "/cgi/devsign_export.cgi": (*ctx).exportFile, "/cgi/restart_device.cgi": (*ctx).restartNow,
	}
	text, _ := ui.ReadFile("ui/plain.txt")
	for page := range strings.SplitSeq(string(text[1:]), "\n@") {
		head, body, _ := strings.Cut(page, "\n")
		h := strings.Split(head, "|") // address, area, title, way
		plain[h[0]] = view{area: h[1], title: h[2], crumbs: h[3:], body: body + "\n"}
		gets[h[0]] = func(c *ctx) { c.show(plain[h[0]]) }
	}
}

// open are the addresses before the login.
func open(path string) bool {
	return slices.Contains([]string{"/", "/login.html", "/checkLogin.cgi", "/logout.cgi"}, path)
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	if static(w, r) {
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<18)) // before the lock: the network is slow
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	defer d.Lock()()
	now := time.Now()
	d.bucket = min(bucketSize, d.bucket+perSecond*now.Sub(d.filled).Seconds())
	d.filled = now
	if d.bucket < 1 {
		if d.refused++; d.refused <= 3 {
			h.Set("Retry-After", "1")
			h.Set("Content-Type", "text/html;charset=UTF-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<html><head><title>503 Service Unavailable</title></head><body><p>The device is busy. Wait a moment, and then try again.</p></body></html>")
		} else if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			c.Close()
		}
		return
	}
	d.bucket, d.refused = d.bucket-1, 0
	h.Set("Cache-Control", "no-cache,no-store,max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	c := &ctx{Device: d, w: w, r: r}
	if !d.offered[r.URL.RequestURI()] {
		d.Violate("a URL never offered: %s %s", r.Method, r.URL.RequestURI())
	}
	path := r.URL.Path
	run := gets[path]
	if r.Method == http.MethodPost {
		run = posts[path]
	} else if posts[path] != nil {
		d.Violate("a write to the device by %s: %s", r.Method, path)
	}
	if run == nil {
		http.Error(w, "404 Not Found", http.StatusNotFound)
		return
	}
	if ck, err := r.Cookie("sessid"); err == nil {
		if s := d.sessions[ck.Value]; s != nil && d.cfg.Now().Sub(s.last) <= idle {
			c.s, s.last = s, d.cfg.Now()
		} else if !open(path) {
			delete(d.sessions, ck.Value)
			c.redirect("/login.html?err=3")
			return
		}
	}
	switch {
	case c.s == nil && !open(path):
		c.redirect("/login.html")
	case c.s != nil && !c.s.admin && !open(path) && plain[path].area == "":
		c.message("Settings/Registration", "You do not have the privileges to display the specified page. Log in in System Manager Mode.", "/portal_top.html")
	case r.Method != http.MethodPost || c.accept():
		run(c)
	}
}

// accept reads a form and compares it with the one that was shown.
func (c *ctx) accept() bool {
	multi := strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/")
	if multi {
		if err := c.r.ParseMultipartForm(1 << 18); err == nil {
			c.in = c.r.MultipartForm.Value
			for n, fs := range c.r.MultipartForm.File {
				if f, err := fs[0].Open(); err == nil {
					c.file, _ = io.ReadAll(f)
				}
				c.in[n] = []string{fs[0].Filename}
			}
		}
	} else if c.r.ParseForm() == nil {
		c.in = c.r.PostForm
	}
	if c.r.URL.Path == "/checkLogin.cgi" {
		c.check(loginForm())
		return true
	}
	tok := c.in.Get("iToken")
	f := c.s.issued[tok+c.r.URL.Path]
	if f == nil {
		c.Violate("a POST without the token of a page that holds the form: %s", c.r.URL.Path)
		c.expired()
		return false
	}
	if f.multi != multi {
		c.Violate("a form in another encoding than its own: %s", c.r.URL.Path)
	}
	complete := c.check(f)
	if tok != c.s.cur || !complete {
		c.expired()
		return false
	}
	c.s.cur = ""
	return true
}

// check compares the fields posted with those of the form.
func (c *ctx) check(f *form) bool {
	ok := true
	known := map[string]bool{"iToken": true}
	for _, fl := range f.fields {
		known[fl.name] = true
		v, there := c.in[fl.name]
		if !there && !fl.optional {
			c.Violate("a POST without the form's own field %s: %s", fl.name, f.action)
			ok = false
		}
		for _, x := range v {
			if fl.values != nil && !slices.Contains(fl.values, x) {
				c.Violate("field %s posted with a value that the form does not have (%q): %s", fl.name, x, f.action)
			}
		}
	}
	for n := range c.in {
		if !known[n] {
			c.Violate("a POST with a field that the form does not have (%s): %s", n, f.action)
		}
	}
	return ok
}

func (c *ctx) expired() {
	c.message("Error", "The page has expired or another page was displayed after it. Display the page again, and then repeat the operation.", "/portal_top.html")
}

func (c *ctx) redirect(to string) {
	c.offered[to] = true
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}

var quoted = regexp.MustCompile(`["'=](/[^"'<> ]*)["']`)

// send writes a page and remembers the addresses that it offers.
func (c *ctx) send(s string) {
	for _, m := range quoted.FindAllStringSubmatch(html.UnescapeString(s), -1) {
		c.offered[m[1]] = true
	}
	c.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(c.w, s)
}

// checked returns the last value of a checkbox with its hidden 0.
func (c *ctx) checked(name string) bool {
	v := c.in[name]
	return len(v) > 0 && v[len(v)-1] == "1"
}

// form is a form as printed in a page; it knows the fields that a browser posts.
type form struct {
	action, id, s string // s: the markup
	multi         bool
	fields        []*field
}

type field struct {
	name     string
	values   []string // nil: free text
	optional bool     // a browser may leave it out
}

func esc(s string) string { return html.EscapeString(s) }

func newForm(id, action string) *form { return &form{id: id, action: action} }

func (f *form) add(format string, a ...any) { f.s += fmt.Sprintf(format, a...) }

func (f *form) field(name string, optional bool, values ...string) {
	for _, x := range f.fields {
		if x.name == name {
			x.values = append(x.values, values...)
			return
		}
	}
	f.fields = append(f.fields, &field{name, values, optional})
}

func attr(on bool, a string) string {
	return map[bool]string{true: fmt.Sprintf(` %s="%s"`, a, a)}[on]
}

// hidden adds a hidden input; a script may set it to one of more.
func (f *form) hidden(name, value string, more ...string) {
	f.field(name, false, append(more, value)...)
	f.add(`<input type="hidden" name="%s" id="%s" value="%s" />`, name, name, esc(value))
}

func (f *form) row(label, content string) {
	f.add("<tr><th>%s</th><td>%s</td></tr>\n", label, content)
}

// The following return the markup of one control.

func (f *form) text(name, value string, size, max int, off bool) string {
	f.field(name, off)
	return fmt.Sprintf(`<input type="text" name="%s" id="%s" value="%s" size="%d" maxlength="%d"%s />`, name, name, esc(value), size, max, attr(off, "disabled"))
}

func (f *form) password(name string, off bool) string {
	f.field(name, off)
	return fmt.Sprintf(`<input type="password" name="%s" id="%s" value="" size="24" maxlength="32" autocomplete="off"%s />`, name, name, attr(off, "disabled"))
}

func (f *form) choice(name, cur string, off bool, opts ...string) string {
	s := fmt.Sprintf(`<select name="%s" id="%s"%s>`, name, name, attr(off, "disabled"))
	for _, o := range opts {
		v, l, _ := strings.Cut(o, "|")
		f.field(name, true, v)
		s += fmt.Sprintf(`<option value="%s"%s>%s</option>`, v, attr(v == cur, "selected"), esc(l))
	}
	return s + "</select>"
}

func (f *form) radio(name, value, id, label string, on bool, script string) string {
	f.field(name, false, value)
	return fmt.Sprintf(`<input type="radio" name="%s" id="%s" value="%s"%s onclick="%s" /><label for="%s">%s</label>`, name, id, value, attr(on, "checked"), script, id, label)
}

func (f *form) checkbox(name, label string, on bool, script string) string {
	f.field(name, false, "0", "1")
	return fmt.Sprintf(`<input type="hidden" name="%s" value="0" /><input type="checkbox" name="%s" id="%sA" value="1"%s onclick="%s" /><label for="%sA">%s</label>`,
		name, name, name, attr(on, "checked"), script, name, label)
}

// buttons adds OK and Cancel in the way of all edit pages.
func buttons(ok, okScript, back string) string {
	s := fmt.Sprintf(`<div class="SubmitButtonModule"><fieldset><input type="submit" class="ButtonEnable" value="%s" onclick="return %s" />`, ok, okScript)
	if back != "" {
		s += button("Cancel", "location.href='"+back+"'")
	}
	return s + "</fieldset></div>\n"
}

func button(label, script string) string {
	return fmt.Sprintf(`<input type="button" class="ButtonEnable" value="%s" onclick="%s" />`, label, esc(script))
}

func link(to, label string) string { return fmt.Sprintf(`<a href="%s">%s</a>`, esc(to), label) }

func (f *form) markup() string {
	enc := map[bool]string{true: ` enctype="multipart/form-data"`}[f.multi]
	return fmt.Sprintf(`<form name="%s" id="%s" action="%s" method="post"%s><input type="hidden" name="iToken" value="@TOKEN@" />`, f.id, f.id, f.action, enc) +
		f.s + "</form>\n"
}

// view is the frame around the content of a page.
type view struct {
	title, area        string
	head, onload, body string
	crumbs             []string // "url|label" or "label"
	forms              []*form
}

func headOf(title, extra string) string {
	head, _ := ui.ReadFile("ui/head.html")
	return strings.NewReplacer("@TITLE@", "Remote UI: "+title+": "+model+": "+model, "@EXTRA@", extra).Replace(string(head))
}

func (c *ctx) show(v view) {
	v.area = cmp.Or(v.area, "settings")
	var b strings.Builder
	b.WriteString(headOf(v.title, v.head))
	user := map[bool]string{true: "System&nbsp;Manager", false: "General&nbsp;User"}[c.s.admin]
	fmt.Fprintf(&b, `<body onload="%s">
<div id="container">
<div id="ruiCommonHead"><span id="deviceName">%s&nbsp;/&nbsp;%s&nbsp;/&nbsp;3F</span> <span class="Label">Login User:</span> <span id="userName">%s</span>
<ul id="navStandard"><li>%s</li><li>%s</li></ul></div>
`, v.onload, model, model, user, link("/portal_top.html", "To Portal"), link("/logout.cgi", "Log Out"))
	nav, _ := ui.ReadFile("ui/nav_" + v.area + ".html") // the portal has none
	b.Write(nav)
	b.WriteString(`<div id="contents">` + "\n")
	if v.area == "settings" && c.s.admin && c.eff != c.stored && v.title != "Restart Device" {
		fmt.Fprintf(&b, `<div class="Notice"><p>There are settings that are applied after the device is restarted.</p><p>%s</p></div>`+"\n",
			link("/restart_device.html", "Apply Setting Changes"))
	}
	crumbs := slices.Clone(v.crumbs)
	for i, cr := range crumbs {
		if to, label, ok := strings.Cut(cr, "|"); ok {
			crumbs[i] = link(to, label)
		}
	}
	b.WriteString(`<div id="path">` + strings.Join(crumbs, " &gt; ") + "</div>\n")
	fmt.Fprintf(&b, "<h1>%s</h1>\n<p class=\"Update\">Last Updated : %s</p>\n", v.title, c.cfg.Now().Format("02/01/2006 15:04:05"))
	b.WriteString(v.body + "</div>\n<div id=\"foot\">Copyright CANON INC. 2018</div>\n</div>\n</body></html>\n")
	page := b.String()
	if len(v.forms) > 0 {
		tok := fmt.Sprint(1_000_000_000 + rand.Int64N(8_999_999_999))
		for _, f := range v.forms {
			c.s.issued[tok+f.action] = f
		}
		c.s.cur = tok
		page = strings.ReplaceAll(page, "@TOKEN@", tok)
	}
	c.send(page)
}

// message shows a page of words with a way back.
func (c *ctx) message(title, text, back string) {
	c.show(view{title: title,
		body: `<p class="ErrorMessage">` + text + `</p><div class="SubmitButtonModule"><fieldset>` + button("Back", "location.href='"+back+"'") + "</fieldset></div>\n"})
}

// table prints rows of label and value.
func table(rows ...string) string {
	s := `<table class="PropertyListComponent">` + "\n"
	for i := 0; i+1 < len(rows); i += 2 {
		s += fmt.Sprintf("<tr><th>%s</th><td>%s</td></tr>\n", rows[i], rows[i+1])
	}
	return s + "</table>\n"
}

var onOff = map[bool]string{true: "On", false: "Off"}

func errText(s string) string {
	return map[bool]string{true: `<p class="ErrorMessage" id="errMsg">` + s + "</p>\n"}[s != ""]
}

//go:embed ui
var ui embed.FS

var gif = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// static serves style, scripts and pictures.
func static(w http.ResponseWriter, r *http.Request) bool {
	p := r.URL.Path
	switch {
	case p == "/ui/rui.css" || p == "/ui/rui.js":
		http.ServeFileFS(w, r, ui, p[1:])
	case strings.HasPrefix(p, "/media/ic_"):
		w.Header().Set("Content-Type", "image/gif")
		w.Write(gif)
	case p == "/favicon.ico":
		w.WriteHeader(http.StatusNotFound)
	default:
		return false
	}
	return true
}

// loginForm knows the fields of the form in ui/login.html.
func loginForm() *form {
	f := newForm("loginFrm", "/checkLogin.cgi")
	f.field("i0012", false, "1", "2")
	for _, n := range []string{"i0014", "i0016", "i0019", "submitButton"} {
		f.field(n, true)
	}
	f.field("errText", false, "Error!")
	return f
}

func (c *ctx) login() {
	if c.s != nil && c.r.URL.Path == "/" {
		c.redirect("/portal_top.html")
		return
	}
	msg := map[string]string{
		"1": "The System Manager ID or System Manager PIN is incorrect.",
		"2": "Login is locked because an incorrect System Manager ID or PIN was entered several times. Wait for a while, and then log in again.",
		"3": "The session has timed out. Log in again.",
		"4": "Logged out.",
	}[c.r.URL.Query().Get("err")]
	http.SetCookie(c.w, &http.Cookie{Name: "language", Value: "en", Path: "/"})
	body, _ := ui.ReadFile("ui/login.html")
	c.send(headOf("Login", "") + strings.Replace(string(body), "@ERROR@", errText(msg), 1))
}

func (c *ctx) checkLogin() {
	now := c.cfg.Now()
	if now.Before(c.lockedTill) {
		c.Violate("a login while the account is locked")
		c.redirect("/login.html?err=2")
		return
	}
	admin := c.in.Get("i0012") == "1"
	if admin && (c.in.Get("i0014") != managerID || c.in.Get("i0016") != managerPIN) {
		if c.wrong++; c.wrong > 1 {
			c.Violate("a wrong password again (attempt %d)", c.wrong)
		}
		err := "1"
		if c.wrong >= 3 {
			c.wrong, c.lockedTill, err = 0, now.Add(lockTime), "2"
		}
		c.redirect("/login.html?err=" + err)
		return
	}
	if c.open() > 0 {
		c.Violate("two sessions at a time")
	}
	c.wrong = 0
	s := &session{id: crand.Text(), admin: admin, last: now, issued: map[string]*form{}}
	c.sessions[s.id] = s
	http.SetCookie(c.w, &http.Cookie{Name: "sessid", Value: s.id, Path: "/", HttpOnly: true, Secure: true})
	c.redirect("/portal_top.html")
}

func (c *ctx) logout() {
	if c.s != nil {
		delete(c.sessions, c.s.id)
	}
	http.SetCookie(c.w, &http.Cookie{Name: "sessid", Value: "", Path: "/", MaxAge: -1})
	c.redirect("/login.html?err=4")
}

func (c *ctx) restartPage() {
	f := newForm("restartForm", "/cgi/restart_device.cgi")
	f.add("%s", `<p>The device is restarted, and the changed settings are applied.</p><p>Before restarting, make sure that no jobs are being processed.</p>`+
		buttons("Restart", "ask('The device will be restarted. Do you want to continue?')", "/m_device.html"))
	c.show(view{title: "Restart Device", crumbs: []string{"Management Settings", "/m_device.html|Device Management", "Restart Device"}, body: f.markup(), forms: []*form{f}})
}

func (c *ctx) restartNow() {
	if c.job != nil && !c.job.done {
		c.message("Restart Device", "The device cannot be restarted because a key is being generated. Wait for a while, and then try again.", "/restart_device.html")
		return
	}
	body, _ := ui.ReadFile("ui/restarting.html")
	c.send(headOf("Restart Device", "") + string(body))
	http.NewResponseController(c.w).Flush()
	c.restart()
}

func yearMonthDay(y, m, dd string) (time.Time, bool) {
	t, err := time.Parse("2006-1-2", y+"-"+m+"-"+dd)
	return t, err == nil && t.Year() >= 2000 && t.Year() <= 2037
}
