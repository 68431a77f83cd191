package ir2645

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// session is one administrator logged in.
type session struct {
	id     string
	last   time.Time
	tokens map[string]*formSpec // by token and action
	order  []string
	flash  string // message for the next page
	draft  map[string]url.Values
	keySel map[string]string // key chosen in a draft and not stored yet
}

// formSpec is a form as it was sent to the browser.
type formSpec struct {
	fields map[string]*field
	order  []string
}

type field struct {
	options  []string // nil: any text
	optional bool     // radio, check box, or disabled by script
	max      int
}

// req is one request being answered; Device.mu is held.
type req struct {
	d    *Device
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	tok  string
	form url.Values
	file []byte
}

var offers = regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"|'(/[^']*)'|URL=(/[^"]*)"`)

func (d *Device) offer(html string) {
	for _, m := range offers.FindAllStringSubmatch(html, -1) {
		u := m[1] + m[2] + m[3]
		d.offered[strings.ReplaceAll(u, "&amp;", "&")] = true
	}
}

func (d *Device) dropExpired() {
	for id, s := range d.sessions {
		if d.cfg.Now().Sub(s.last) > lifetime {
			delete(d.sessions, id)
		}
	}
}

// ServeHTTP answers one request.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer d.Lock()()
	if d.Away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("Cache-Control", "no-cache,no-store,max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("X-Content-Type-Options", "nosniff")
	q := &req{d: d, w: w, r: r}
	if !d.offered[r.URL.RequestURI()] {
		d.Violate("%s %s: a URL that no page offered", r.Method, r.URL.RequestURI())
	}
	d.dropExpired()
	c, err := r.Cookie("sessid")
	if err == nil {
		q.s = d.sessions[c.Value]
	}
	if q.s != nil {
		q.s.last = d.cfg.Now()
	}
	path := r.URL.Path
	if strings.HasPrefix(path, "/media/") || path == "/js/rui.js" || path == "/favicon.ico" {
		q.media(path)
		return
	}
	if f := openPages[path]; f != nil {
		f(q)
		return
	}
	get, post := pages[path], actions[path]
	switch {
	case get == nil && post == nil:
		w.Header().Set("Content-Type", "text/html;charset=UTF-8")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>")
	case post != nil && r.Method != http.MethodPost:
		d.Violate("%s %s: a write without POST", r.Method, path)
		w.WriteHeader(http.StatusMethodNotAllowed)
	case get != nil && r.Method != http.MethodGet && r.Method != http.MethodHead:
		d.Violate("%s %s: a page is no form's target", r.Method, path)
		w.WriteHeader(http.StatusMethodNotAllowed)
	case q.s == nil:
		to := "/login.html"
		if err == nil {
			to = "/login.html?err=2"
		}
		q.redirect(to)
	case get != nil:
		q.tok = devicetest.Decimal(10)
		get(q)
	default:
		if q.checkForm(path) {
			post(q)
		}
	}
}

func (q *req) redirect(to string) {
	q.d.offered[to] = true
	http.Redirect(q.w, q.r, to, http.StatusFound)
}

// back goes to a page and shows a message there.
func (q *req) back(to, msg string) {
	q.s.flash = msg
	q.redirect(to)
}

// readForm reads the fields and the file of a POST.
func (q *req) readForm() bool {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, 1<<20)
	if strings.HasPrefix(q.r.Header.Get("Content-Type"), "multipart/form-data") {
		if q.r.ParseMultipartForm(1<<20) != nil {
			return false
		}
		q.form = url.Values(q.r.MultipartForm.Value)
		for name, fs := range q.r.MultipartForm.File {
			q.form.Add(name, fs[0].Filename)
			if f, err := fs[0].Open(); err == nil {
				q.file, _ = io.ReadAll(f)
				f.Close()
			}
		}
		return true
	}
	if q.r.ParseForm() != nil {
		return false
	}
	q.form = q.r.PostForm
	return true
}

// checkForm compares a POST with the form that was shown.
func (q *req) checkForm(path string) bool {
	d := q.d
	if !q.readForm() {
		d.Violate("POST %s: unreadable body", path)
		q.errorPage("無法處理此要求。")
		return false
	}
	tok := q.form.Get("iToken")
	spec := q.s.tokens[tok+" "+path]
	if spec == nil {
		d.Violate("POST %s: without the token of a form that was shown (%q)", path, tok)
		q.errorPage("頁面已過期。請重新載入頁面後再試一次。")
		return false
	}
	bad := false
	for _, n := range spec.order {
		f := spec.fields[n]
		v, ok := q.form[n]
		if !ok && !f.optional {
			d.Violate("POST %s: the form's field %s is missing", path, n)
			bad = true
		}
		for _, x := range v {
			if f.options != nil && !slices.Contains(f.options, x) {
				d.Violate("POST %s: %s=%q is not offered", path, n, x)
				bad = true
			}
			if f.max > 0 && len([]rune(x)) > f.max {
				d.Violate("POST %s: %s is longer than its box", path, n)
				bad = true
			}
		}
	}
	for n := range q.form {
		if spec.fields[n] == nil {
			d.Violate("POST %s: %s is no field of the form", path, n)
			bad = true
		}
	}
	if bad {
		q.errorPage("設定值不正確。")
	}
	return !bad
}

// val is the last value of a field: a ticked box comes after its hidden 0.
func val(v url.Values, n string) string {
	if x := v[n]; len(x) > 0 {
		return x[len(x)-1]
	}
	return ""
}

func (q *req) val(n string) string { return val(q.form, n) }

func (q *req) query(n string) string { return q.r.URL.Query().Get(n) }

// enabledOnly notes fields that the script of the page had disabled.
func (q *req) enabledOnly(on bool, names ...string) {
	for _, n := range names {
		if _, sent := q.form[n]; sent != on {
			if sent {
				q.d.Violate("POST %s: %s is disabled for this choice, and was sent", q.r.URL.Path, n)
			} else {
				q.d.Violate("POST %s: the form's field %s is missing", q.r.URL.Path, n)
			}
		}
	}
}

func rootPage(q *req) {
	to := "/login.html"
	if q.s != nil {
		to = "/portal_top.html"
	}
	http.SetCookie(q.w, &http.Cookie{Name: "language", Value: "zh_TW", Path: "/"})
	html := `<html><head><meta http-equiv="refresh" content="0;URL=` + to + `"><title>` + product + `</title></head><body></body></html>`
	q.d.offer(html)
	q.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(q.w, html)
}

func loginPage(q *req) {
	msg := map[string]string{
		"1": "系統管理員ID或系統管理員PIN不正確。",
		"2": "由於長時間未操作，工作階段已過期。請重新登入。",
		"3": "輸入錯誤的次數過多，此帳戶已被鎖定。請稍候再登入。",
		"4": "一般使用者無法使用此功能。",
	}[q.query("err")]
	var b strings.Builder
	b.WriteString(head("登入", ""))
	b.WriteString(`<div id="loginArea"><h1 id="deviceName">` + product + `</h1><p class="loc">裝置名稱：` + product + `&nbsp;&nbsp;安裝位置：2F 影印室</p>
<form name="loginFrm" action="/checkLogin.cgi" autocomplete="off" method="post">
<input type="hidden" name="iToken" value="" />`)
	if msg != "" {
		b.WriteString(`<p class="error">` + msg + `</p>`)
	}
	b.WriteString(`<fieldset><legend>登入</legend>
<p><input type="radio" name="i0012" id="i0012A" value="1" checked="checked" /><label for="i0012A">系統管理員模式</label></p>
<table class="login"><tr><th><label for="i0014">系統管理員ID：</label></th><td><input type="text" id="i0014" name="i0014" maxlength="7" value="" /></td></tr>
<tr><th><label for="i0016">系統管理員PIN：</label></th><td><input type="password" id="i0016" name="i0016" maxlength="7" value="" /></td></tr></table>
<p><input type="radio" name="i0012" id="i0012B" value="2" /><label for="i0012B">一般使用者模式</label></p>
<table class="login"><tr><th><label for="i0019">使用者名稱：</label></th><td><input type="text" id="i0019" name="i0019" maxlength="32" value="" /></td></tr></table>
<p><input type="submit" id="submitButton" name="submitButton" value="登入" /></p></fieldset></form></div>`)
	b.WriteString(foot)
	q.send(b.String())
}

func checkLogin(q *req) {
	d := q.d
	if q.r.Method != http.MethodPost {
		d.Violate("%s /checkLogin.cgi: a login without POST", q.r.Method)
		q.w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	q.readForm()
	for _, n := range []string{"iToken", "i0012", "i0014", "i0016", "i0019"} {
		if _, ok := q.form[n]; !ok {
			d.Violate("POST /checkLogin.cgi: the form's field %s is missing", n)
		}
	}
	if q.val("i0012") == "2" {
		q.redirect("/login.html?err=4")
		return
	}
	if d.cfg.Now().Before(d.locked) {
		d.Violate("a login while the account is locked")
		q.redirect("/login.html?err=3")
		return
	}
	if q.val("i0014") != d.cred.DepartmentID || q.val("i0016") != d.cred.Password {
		if d.wrong++; d.wrong > 1 {
			d.Violate("wrong password number %d", d.wrong)
		}
		if d.wrong >= 3 {
			d.wrong, d.locked = 0, d.cfg.Now().Add(lifetime)
			q.redirect("/login.html?err=3")
			return
		}
		q.redirect("/login.html?err=1")
		return
	}
	d.wrong = 0
	if q.s != nil { // the same browser again
		delete(d.sessions, q.s.id)
	}
	if len(d.sessions) > 0 {
		d.Violate("a login while another session is open")
	}
	s := &session{id: devicetest.Hex(16), last: d.cfg.Now(), tokens: map[string]*formSpec{},
		draft: map[string]url.Values{}, keySel: map[string]string{}}
	d.sessions[s.id] = s
	http.SetCookie(q.w, &http.Cookie{Name: "sessid", Value: s.id, Path: "/", HttpOnly: true, Secure: true})
	q.redirect("/portal_top.html")
}

func logout(q *req) {
	if q.s != nil {
		delete(q.d.sessions, q.s.id)
	}
	http.SetCookie(q.w, &http.Cookie{Name: "sessid", Value: "", Path: "/", MaxAge: -1})
	q.redirect("/login.html")
}
