package ipc165

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	loginCookie  = "com.canon.meap.service.login.session"
	nativeCookie = "iR"
)

type session struct {
	id     string
	last   time.Time
	ir     string // entered the native UI
	forms  map[string]*form
	serial int // the page with forms shown last
	wizard subject
}

// ctx is one request.
type ctx struct {
	d *Device
	s *session
	w http.ResponseWriter
	r *http.Request
}

func (d *Device) expire() {
	now := d.cfg.Now()
	for id, s := range d.sessions {
		if now.Sub(s.last) > sessionLife {
			delete(d.sessions, id)
		}
	}
}

// offerKey is an address without the cache buster.
func offerKey(u *url.URL) string {
	q := u.Query()
	q.Del("Dummy")
	return u.Path + "?" + q.Encode()
}

func (d *Device) offer(addr string) {
	if u, err := url.Parse(addr); err == nil {
		d.offers[offerKey(u)] = true
	}
}

// open are the addresses that anybody may know: typed by hand, asked for by
// every browser, or printed in the manual.
var open = []string{"/", "/rps/", "/login", "/favicon.ico", "/robots.txt"}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	body := http.MaxBytesReader(w, r.Body, 1<<20)
	raw, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(raw)))
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("Content-Type", "text/html;charset=UTF-8")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
	if r.Method != "GET" && r.Method != "POST" {
		if r.Method != "HEAD" {
			d.Violate("method %s on %s", r.Method, r.URL.Path)
		}
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	c := &ctx{d: d, w: w, r: r}
	if ck, err := r.Cookie(loginCookie); err == nil {
		if s := d.sessions[ck.Value]; s != nil {
			c.s, s.last = s, d.cfg.Now()
		}
	}
	if r.Method == "GET" && serveStatic(c) {
		return
	}
	if r.URL.Path == "/login" {
		c.login()
		return
	}
	if r.Method == "GET" {
		c.checkGet()
	}
	if !knownPath(r.URL.Path) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>")
		return
	}
	if c.s == nil {
		c.loginPage(r.URL.RequestURI())
		return
	}
	if r.Method == "POST" {
		c.post()
		return
	}
	c.get()
}

func (c *ctx) checkGet() {
	q := c.r.URL.Query()
	switch q.Get("Flag") {
	case "Exec_Data", "Clear_Data", "AllClear_Data":
		c.d.Violate("a write by GET: %s", c.r.URL.RequestURI())
	}
	if q.Has("password") {
		c.d.Violate("a password in the address of %s", c.r.URL.Path)
	}
	if q.Get("CorePGTAG") != "" && c.r.URL.Path == "/rps/nativetop.cgi" {
		return // the tags are published; people keep them as bookmarks
	}
	if !slices.Contains(open, c.r.URL.Path) && !c.d.offers[offerKey(c.r.URL)] {
		c.d.Violate("GET of an address never offered: %s", c.r.URL.RequestURI())
	}
}

// loginPage is what every address answers to a stranger.
func (c *ctx) loginPage(uri string) {
	if c.r.URL.Path == "/" || c.r.URL.Path == "/rps/" {
		http.SetCookie(c.w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/"})
		http.SetCookie(c.w, &http.Cookie{Name: "portalLang", Value: "en", Path: "/"})
	}
	fmt.Fprintf(c.w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Login</title>
<link rel="stylesheet" type="text/css" href="/rps/css/rui.css" />
</head>
<body class="LoginBody" onload="document.login.userID.focus()">
<div id="loginBox">
<h1>%s</h1>
<p>Enter your user name and password.</p>
<form name="login" action="/login" method="post">
<input type="hidden" name="uri" value="%s" />
<table>
<tr><th><label for="userID">User Name:</label></th><td><input type="text" id="userID" name="userID" maxlength="32" value="" /></td></tr>
<tr><th><label for="password">Password:</label></th><td><input type="password" id="password" name="password" maxlength="32" autocomplete="off" /></td></tr>
</table>
<input type="submit" value="Log In" />
</form>
</div>
<p class="Copyright">Copyright CANON INC. 2020</p>
</body>
</html>
`, modelName, html.EscapeString(uri))
}

// loginFailed is the failure page: no login form, one OK.
func (c *ctx) loginFailed(uri, text string) {
	fmt.Fprintf(c.w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Login Error</title>
<link rel="stylesheet" type="text/css" href="/rps/css/rui.css" />
</head>
<body class="LoginBody">
<div id="loginBox">
<h1>%s</h1>
<p><b>%s</b></p>
<form name="ok" method="post">
<input type="hidden" name="uri" value="%s" />
<input type="submit" value="OK" />
</form>
</div>
</body>
</html>
`, modelName, html.EscapeString(text), html.EscapeString(uri))
}

func (c *ctx) login() {
	d := c.d
	if err := c.r.ParseForm(); err != nil {
		c.loginPage("/")
		return
	}
	v := c.r.PostForm
	if c.r.Method == "GET" {
		v = c.r.URL.Query()
		if v.Has("password") {
			d.Violate("a password in the address of /login")
		}
	} else if c.r.URL.RawQuery != "" {
		d.Violate("POST to an address never offered: %s", c.r.URL.Path)
	}
	uri := v.Get("uri")
	if uri == "" || !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	if !v.Has("userID") || !v.Has("password") {
		if v.Has("userID") || v.Has("password") {
			d.Violate("a login without all fields of the form")
		}
		c.loginPage(uri)
		return
	}
	if !v.Has("uri") {
		d.Violate("a login without the form's field uri")
	}
	for n, vals := range v {
		if !slices.Contains([]string{"uri", "userID", "password"}, n) || len(vals) != 1 {
			d.Violate("a login with a field that the form does not have or has once: %s", n)
		}
	}
	now := d.cfg.Now()
	if now.Before(d.lockedTill) {
		d.Violate("a login to a locked account")
		c.loginFailed(uri, "The account is locked. Contact the administrator, or wait and try again.")
		return
	}
	if v.Get("userID") != adminName || v.Get("password") != adminPass {
		d.wrong++
		if d.wrongAll++; d.wrongAll > 1 {
			d.Violate("a wrong password again (attempt %d)", d.wrongAll)
		}
		if d.wrong >= 3 {
			d.wrong, d.lockedTill = 0, now.Add(lockTime)
			c.loginFailed(uri, "The account is locked because the wrong password was entered too many times.")
			return
		}
		c.loginFailed(uri, "The user name or password is incorrect.")
		return
	}
	if len(d.sessions) >= maxSessions {
		c.loginFailed(uri, "The maximum number of users who can log in has been exceeded. Wait a while and try again.")
		return
	}
	d.wrong = 0
	if len(d.sessions) > 0 {
		d.Violate("a second session while one is open")
	}
	s := &session{id: devicetest.Hex(16), last: now, forms: map[string]*form{}}
	d.sessions[s.id] = s
	http.SetCookie(c.w, &http.Cookie{Name: loginCookie, Value: s.id, Path: "/", HttpOnly: true})
	d.offer(uri)
	c.redirect(uri)
}

func (c *ctx) redirect(to string) {
	c.d.offer(to)
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}

func (c *ctx) logout() {
	delete(c.d.sessions, c.s.id)
	http.SetCookie(c.w, &http.Cookie{Name: loginCookie, Path: "/", MaxAge: -1})
	http.SetCookie(c.w, &http.Cookie{Name: nativeCookie, Path: "/", MaxAge: -1})
	c.redirect("/")
}

// control is one field of a form as a browser would send it.
type control struct {
	always  bool     // sent in any case
	values  []string // the only values possible; nil: any text
	max     int
	file    bool   // a file, sent as such when chosen
	depends string // sent only when this field ...
	on      string // ... has this value
}

type form struct {
	name, action string
	serial       int
	controls     map[string]*control
	multipart    bool
	run          func(c *ctx, v url.Values)
	b            strings.Builder
	file         []byte
	fileName     string
}

// post finds the form by its token, checks that a browser could have sent
// this, and runs it.
func (c *ctx) post() {
	d := c.d
	var err error
	multi := strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data")
	if multi {
		err = c.r.ParseMultipartForm(1 << 20)
	} else {
		err = c.r.ParseForm()
	}
	v := c.r.PostForm
	if err != nil {
		d.Violate("POST to %s that cannot be read: %v", c.r.URL.Path, err)
		c.cannotOpen()
		return
	}
	f := c.s.forms[v.Get("Token")]
	if f == nil {
		d.Violate("POST to %s without a valid token", c.r.URL.Path)
		c.cannotOpen()
		return
	}
	if f.action != c.r.URL.Path || c.r.URL.RawQuery != "" {
		d.Violate("POST of form %s to %s, not to %s", f.name, c.r.URL.RequestURI(), f.action)
		c.cannotOpen()
		return
	}
	if ck, err := c.r.Cookie(nativeCookie); err != nil || ck.Value != c.s.ir {
		c.cannotOpen()
		return
	}
	if f.serial != c.s.serial {
		c.cannotOpen()
		return
	}
	bad := f.check(v, multi)
	if multi {
		for n := range c.r.MultipartForm.File {
			if f.controls[n] == nil || !f.controls[n].file {
				bad = append(bad, "file "+n+" is not in the form")
			}
			v[n] = []string{""}
		}
	}
	for _, b := range bad {
		d.Violate("POST to %s (%s): %s", f.action, f.name, b)
	}
	if len(bad) > 0 {
		c.cannotOpen()
		return
	}
	f.file, f.fileName = nil, ""
	if multi {
		for _, fs := range c.r.MultipartForm.File {
			if rd, err := fs[0].Open(); err == nil {
				f.file, _ = io.ReadAll(rd)
				f.fileName = fs[0].Filename
				rd.Close()
			}
		}
	}
	f.run(c, v)
}

func (f *form) check(v url.Values, multi bool) (bad []string) {
	if multi != f.multipart {
		bad = append(bad, "wrong encoding of the form")
	}
	for n, ctl := range f.controls {
		got, there := v[n]
		need := ctl.always
		if ctl.depends != "" {
			need = v.Get(ctl.depends) == ctl.on
			if !need && there {
				bad = append(bad, "field "+n+" is disabled but was sent")
			}
		}
		if need && !there {
			bad = append(bad, "field "+n+" is missing")
		}
		if len(got) > 1 {
			bad = append(bad, "field "+n+" was sent more than once")
		}
		if !there {
			continue
		}
		if ctl.values != nil && !slices.Contains(ctl.values, got[0]) {
			bad = append(bad, fmt.Sprintf("field %s cannot have the value %q", n, got[0]))
		}
		if ctl.max > 0 && len([]rune(got[0])) > ctl.max {
			bad = append(bad, "field "+n+" is longer than its box")
		}
	}
	for n := range v {
		if f.controls[n] == nil {
			bad = append(bad, "field "+n+" is not in the form")
		}
	}
	slices.Sort(bad)
	return bad
}
