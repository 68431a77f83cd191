package ir2630

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type session struct {
	id     string
	admin  bool
	last   time.Time
	tokens map[string][]formSpec // by iToken: the forms of the page that had it
	order  []string
	draftX *dot1x // what was typed before the key list was opened
	draftI map[int]*ike
	notice string // shown once on the next page
}

func (d *Device) expired(s *session) bool { return d.now().Sub(s.last) > sessionLife }

// ctx is one request under way.
type ctx struct {
	d    *Device
	s    *session
	w    http.ResponseWriter
	r    *http.Request
	f    url.Values
	file []byte
	got  bool // a file part with a name was sent
}

func (c *ctx) val(name string) string { // the last one: hidden + check box pairs
	if v := c.f[name]; len(v) > 0 {
		return strings.TrimSpace(v[len(v)-1])
	}
	return ""
}

func (c *ctx) on(name string) bool { return c.val(name) == "1" }

func (c *ctx) slot(name string) int {
	n := 0
	fmt.Sscan(c.val(name), &n)
	if n < 1 || n > slots {
		return 0
	}
	return n
}

func (c *ctx) redirect(to string) {
	c.d.offered[to] = true
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusFound)
}

// emit sends a page: it gives it a token, notes what it offers, and remembers its forms.
func (c *ctx) emit(page string) {
	tok := ""
	if c.s != nil {
		tok = fmt.Sprint(1000000000 + rand.Int64N(9000000000))
	}
	page = strings.ReplaceAll(page, "{{TOKEN}}", tok)
	forms := parseForms(page)
	if c.s == nil {
		c.d.loginForms = forms
	} else if len(forms) > 0 {
		c.s.tokens[tok] = forms
		if c.s.order = append(c.s.order, tok); len(c.s.order) > 40 {
			delete(c.s.tokens, c.s.order[0])
			c.s.order = c.s.order[1:]
		}
	}
	for _, m := range reOffer.FindAllStringSubmatch(page, -1) {
		c.d.offered[html.UnescapeString(m[1])] = true
	}
	c.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(c.w, page)
}

func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	c := &ctx{d: d, w: w, r: r, f: r.URL.Query()}
	if r.Method == http.MethodPost {
		c.f = url.Values{}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			if r.ParseMultipartForm(1<<20) == nil {
				c.f = r.MultipartForm.Value
				for name, fh := range r.MultipartForm.File {
					c.f[name] = append(c.f[name], fh[0].Filename)
					if f, err := fh[0].Open(); err == nil {
						c.file, _ = io.ReadAll(f)
						f.Close()
					}
					c.got = true
				}
			}
		} else if r.ParseForm() == nil {
			c.f = r.PostForm
		}
	}
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	defer d.Lock()()
	c.serve()
}

func (c *ctx) serve() {
	d, path := c.d, c.r.URL.Path
	post := c.r.Method == http.MethodPost
	if c.r.Method != http.MethodGet && !post && c.r.Method != http.MethodHead {
		d.Violate("%s %s: a browser does not send this method", c.r.Method, path)
		c.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !post && !d.offered[c.r.URL.RequestURI()] {
		d.Violate("GET %s: this address was never offered", c.r.URL.RequestURI())
	}
	if a, ok := assets[path]; ok {
		c.w.Header().Set("Content-Type", a.kind)
		c.w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(c.w, a.body)
		return
	}
	if d.Away {
		c.w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var timedOut bool
	if k, err := c.r.Cookie("sessid"); err == nil {
		if s := d.sessions[k.Value]; s != nil {
			if timedOut = d.expired(s); timedOut {
				delete(d.sessions, k.Value)
			} else {
				c.s, s.last = s, d.now()
			}
		}
	}
	switch path {
	case "/favicon.ico":
		c.w.WriteHeader(http.StatusNotFound)
		return
	case "/":
		http.SetCookie(c.w, &http.Cookie{Name: "language", Value: "en", Path: "/"})
		if c.s != nil {
			c.redirect("/portal_top.html")
		} else {
			c.redirect("/login.html")
		}
		return
	case "/login.html":
		c.loginPage()
		return
	case "/checkLogin.cgi":
		c.login(post)
		return
	}
	h, isPage := pages[path]
	hw, isCgi := cgis[path]
	if !isPage && !isCgi {
		c.w.WriteHeader(http.StatusNotFound)
		io.WriteString(c.w, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>")
		return
	}
	if c.s == nil {
		if post {
			c.drain()
		}
		if timedOut {
			c.redirect("/login.html?err=2")
		} else {
			c.redirect("/login.html")
		}
		return
	}
	switch {
	case !c.s.admin && (isCgi || systemOnly(path)):
		c.errorPage("You do not have the privileges to display the specified page. Log in in System Manager Mode.")
	case isCgi && !post:
		d.Violate("GET %s: a write by GET", path)
		c.errorPage("Cannot display the specified page.")
	case isPage && post:
		d.Violate("POST %s: no form posts there", path)
		c.errorPage("Cannot display the specified page.")
	case isPage:
		h(c)
	default:
		if c.checkPost(path) {
			hw(c)
		}
	}
}

func (c *ctx) drain() { io.Copy(io.Discard, c.r.Body) }

// checkPost holds the request against the form it must come from, and uses up its token.
func (c *ctx) checkPost(path string) bool {
	const stale = "The page has expired. Display the page again, and then repeat the operation."
	tok := c.val("iToken")
	forms, ok := c.s.tokens[tok]
	if !ok || tok == "" {
		c.d.Violate("POST %s: with a token of no page, or one used already (%q)", path, tok)
		c.errorPage(stale)
		return false
	}
	var best []string
	for _, f := range forms {
		if !f.actions[path] {
			continue
		}
		bad := f.check(c.f)
		if len(bad) == 0 {
			best = nil
			if !downloads[path] {
				delete(c.s.tokens, tok)
			}
			return true
		}
		if best == nil || len(bad) < len(best) {
			best = bad
		}
	}
	if best == nil {
		best = []string{"the page with this token has no form that posts there"}
	}
	c.d.Violate("POST %s: %s", path, strings.Join(best, "; "))
	c.errorPage("The operation could not be performed. Display the page again, and then repeat the operation.")
	return false
}

// ---- log in and out

var loginErrors = map[string]string{
	"1": "The System Manager ID or the System Manager PIN is incorrect.",
	"2": "You have been logged out because no operation was performed for a certain time. Log in again.",
	"3": "Login is locked because an incorrect PIN was entered several times. Wait a while, and then log in again.",
	"4": "Cannot log in. The maximum number of users is currently logged in. Wait a while, and then try again.",
}

func (c *ctx) loginPage() {
	msg := ""
	if t := loginErrors[c.f.Get("err")]; t != "" {
		msg = `<p class="errText" id="errMsg">` + t + `</p>`
	}
	was := c.s
	c.s = nil // this page has no token
	c.emit(head("Login") + `<body onload="ruiInit()"><div id="loginBox">
<div id="deviceName">` + model + `&nbsp;/&nbsp;` + model + `&nbsp;/&nbsp;2F Office</div>
<h1>Remote UI: Login</h1>` + msg + `
<form name="loginFrm" action="/checkLogin.cgi" autocomplete="off" method="post">
<input type="hidden" name="iToken" value="" /><input type="hidden" name="errText" value="Error!" />
<fieldset><div><input type="radio" name="i0012" id="i0012A" value="1" checked="checked" onclick="loginMode(this)" /><label for="i0012A">System Manager Mode</label></div>
<table class="sub"><tr><th><label for="i0014">System Manager ID:</label></th><td>` + text("i0014", "", 7, "i0012=1", true) + `</td></tr>
<tr><th><label for="i0016">System Manager PIN:</label></th><td>` + strings.Replace(text("i0016", "", 7, "i0012=1", true), `type="text"`, `type="password"`, 1) + `</td></tr></table>
<div><input type="radio" name="i0017" id="i0017A" value="2" onclick="loginMode(this)" /><label for="i0017A">General User Mode</label></div>
<table class="sub"><tr><th><label for="i0019">User Name:</label></th><td>` + text("i0019", "", 32, "i0017=2", false) + `</td></tr></table></fieldset>
<input type="submit" id="submitButton" name="submitButton" value="Log In" /></form></div>
<div id="footer">Copyright CANON INC. 2020</div></body></html>`)
	c.s = was
}

func (c *ctx) login(post bool) {
	d := c.d
	if !post {
		d.Violate("GET /checkLogin.cgi: login by GET")
		c.redirect("/login.html?err=1")
		return
	}
	if len(d.loginForms) == 0 {
		d.Violate("POST /checkLogin.cgi: the login page was not opened")
	} else if bad := d.loginForms[0].check(c.f); len(bad) > 0 {
		d.Violate("POST /checkLogin.cgi: %s", strings.Join(bad, "; "))
	}
	admin := c.val("i0012") == "1"
	want := d.Credentials()
	switch {
	case admin && d.now().Before(d.lockUntil):
		c.redirect("/login.html?err=3")
		return
	case admin && (c.val("i0014") != want.DepartmentID || c.val("i0016") != want.Password):
		d.wrong++
		if d.wrongEver++; d.wrongEver > 1 {
			d.Violate("wrong password tried %d times", d.wrongEver)
		}
		if d.wrong >= 3 {
			d.wrong, d.lockUntil = 0, d.now().Add(lockTime)
			c.redirect("/login.html?err=3")
			return
		}
		c.redirect("/login.html?err=1")
		return
	case !admin && c.val("i0017") != "2":
		c.redirect("/login.html?err=1")
		return
	}
	open := 0
	for id, s := range d.sessions {
		if d.expired(s) {
			delete(d.sessions, id)
		} else {
			open++
		}
	}
	if open >= maxSessions {
		c.redirect("/login.html?err=4")
		return
	}
	if open > 0 {
		d.Violate("logged in while another session was open")
	}
	if admin {
		d.wrong = 0
	}
	s := &session{id: fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()), admin: admin, last: d.now(), tokens: map[string][]formSpec{}, draftI: map[int]*ike{}}
	d.sessions[s.id] = s
	http.SetCookie(c.w, &http.Cookie{Name: "sessid", Value: s.id, Path: "/", Secure: true, HttpOnly: true})
	c.redirect("/portal_top.html")
}

func (c *ctx) logout() {
	delete(c.d.sessions, c.s.id)
	http.SetCookie(c.w, &http.Cookie{Name: "sessid", Value: "", Path: "/", MaxAge: -1})
	c.redirect("/login.html")
}

func (c *ctx) download(name, kind string, body []byte) {
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	io.Copy(c.w, bytes.NewReader(body))
}
