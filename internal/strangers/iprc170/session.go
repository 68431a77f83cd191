package iprc170

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	adminName     = "PrintAdmin"
	adminPassword = "c170#Press-Ruhe"
	sessionLife   = 15 * time.Minute
	cookieID      = "sessionid"
	cookieLogin   = "com.canon.meap.service.login.session"
)

type session struct {
	id, sid, ir string
	last        time.Time
	token       string
	old         map[string]bool
	forms       []*form
	wiz         url.Values // what a wizard has collected
	note        string     // shown once on the next page
	noteErr     bool
}

type challenge struct {
	key   *rsa.PrivateKey
	forms []*form
	made  time.Time
}

// ctx is one request.
type ctx struct {
	d          *Device
	w          http.ResponseWriter
	r          *http.Request
	s          *session
	form       url.Values
	file       []byte
	flag, page string
}

// field is a control of a form as it was sent out.
type field struct {
	fixed    bool // hidden: only the value sent out may come back
	need     bool // a browser always sends it
	free     bool // typed or set by a script
	repeated bool
	values   map[string]bool
}

type form struct {
	name, action, method string
	multipart            bool
	fields               map[string]*field
}

var (
	reForm   = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	reTag    = regexp.MustCompile(`(?s)<(input|select|textarea|option) ([^>]*)>|</select>`)
	reAttr   = regexp.MustCompile(`(?s)([\w-]+)="([^"]*)"`)
	reURL    = regexp.MustCompile(`["'](/[a-zA-Z][^"'<> ]*)["']`)
	reFlag   = regexp.MustCompile(`'(\w+_Data)'`)
	reNumber = regexp.MustCompile(`\('(\d+)'`)
)

// scripted are the hidden fields that the pages' own scripts fill in.
var scripted = map[string]bool{"Dummy": true, "PASSWORD": true, "PASSWORD_T": true, "EapKeyNo": true, "IkeKeyNo": true}

func attrs(s string) map[string]string {
	m := map[string]string{}
	for _, a := range reAttr.FindAllStringSubmatch(s, -1) {
		m[a[1]] = html.UnescapeString(a[2])
	}
	return m
}

// scanForms reads back the forms of a page, to know what a browser can send.
func scanForms(page string) (l []*form) {
	var flags, numbers []string
	for _, m := range reFlag.FindAllStringSubmatch(page+js, -1) {
		flags = append(flags, m[1])
	}
	for _, m := range reNumber.FindAllStringSubmatch(page, -1) {
		numbers = append(numbers, m[1])
	}
	for _, m := range reForm.FindAllStringSubmatch(page, -1) {
		a := attrs(m[1])
		f := &form{name: a["name"], action: a["action"], method: a["method"], multipart: a["enctype"] != "", fields: map[string]*field{}}
		l = append(l, f)
		sel := ""
		for _, t := range reTag.FindAllStringSubmatch(m[2], -1) {
			a := attrs(t[2])
			n := a["name"]
			switch {
			case t[1] == "":
				sel = ""
				continue
			case t[1] == "option":
				f.fields[sel].values[a["value"]] = true
				continue
			case n == "":
				continue
			}
			x := f.fields[n]
			if x == nil {
				x = &field{values: map[string]bool{}}
				f.fields[n] = x
			} else {
				x.repeated = true
			}
			x.values[a["value"]] = true
			switch {
			case t[1] == "select":
				sel, x.need = n, true
				x.values = map[string]bool{}
			case t[1] == "textarea" || scripted[n]:
				x.free, x.need = true, true
			case a["type"] == "hidden":
				x.fixed, x.need = true, true
				more := flags
				if n == "KeyNo" || n == "PolicyNo" || n == "CertNo" {
					more = numbers
				} else if n != "Flag" {
					more = nil
				}
				for _, v := range more {
					x.values[v] = true
				}
			case a["type"] == "text" || a["type"] == "password" || a["type"] == "file":
				x.free, x.need = true, a["type"] != "file"
			}
		}
	}
	return l
}

// check tells what in the sent values no browser would send; "" if nothing.
func (f *form) check(v url.Values) string {
	for n, x := range f.fields {
		if x.need && len(v[n]) == 0 {
			return "the field " + n + " is missing"
		}
	}
	for n, vs := range v {
		x := f.fields[n]
		if x == nil {
			return "the form has no field " + n
		}
		for _, s := range vs {
			if !x.free && !x.values[strings.ReplaceAll(s, "\r\n", "\n")] {
				return fmt.Sprintf("the field %s cannot be %q", n, s)
			}
		}
		if len(vs) > 1 && !x.repeated {
			return "the field " + n + " is sent more than once"
		}
	}
	return ""
}

func checkForms(l []*form, path string, v url.Values) string {
	bad := "no form of the page goes to " + path
	for _, f := range l {
		if f.action != path {
			continue
		}
		if bad = f.check(v); bad == "" {
			return ""
		}
	}
	return bad
}

// normal is an address without its cache buster.
func normal(u *url.URL) string {
	q := u.Query()
	q.Del("Dummy")
	return u.Path + "?" + q.Encode()
}

func (d *Device) offer(page string) {
	for _, m := range reURL.FindAllStringSubmatch(page, -1) {
		if u, err := url.Parse(html.UnescapeString(m[1])); err == nil {
			d.offered[normal(u)] = true
		}
	}
}

var open = map[string]bool{"/": true, "/rps/": true, "/sysmonitor": true, "/usermode": true, "/favicon.ico": true}

// ServeHTTP answers one request; the firmware handles one at a time.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &ctx{d: d, w: w, r: r, form: url.Values{}}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			if err := r.ParseMultipartForm(1 << 20); err == nil {
				c.form = url.Values(r.MultipartForm.Value)
				for n, fs := range r.MultipartForm.File {
					c.form[n] = append(c.form[n], fs[0].Filename)
					if fh, err := fs[0].Open(); err == nil {
						c.file, _ = io.ReadAll(fh)
						_ = fh.Close()
					}
				}
			}
		} else if err := r.ParseForm(); err == nil {
			c.form = r.PostForm
		}
	} else {
		c.form = r.URL.Query()
	}
	c.flag, c.page = c.form.Get("Flag"), c.form.Get("PageFlag")
	defer d.Lock()()
	if d.Away {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	if static(w, r) {
		return
	}
	h.Set("Content-Type", "text/html;charset=UTF-8")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
	path := r.URL.Path
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		d.Violate("%s %s: no page uses this method", r.Method, path)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if path == "/login" && r.Method == http.MethodPost {
		c.login()
		return
	}
	if r.Method == http.MethodGet {
		if !open[path] && !d.offered[normal(r.URL)] {
			d.Violate("GET %s: no page has offered this address", r.URL.RequestURI())
		}
		if strings.HasPrefix(c.flag, "Exec") || c.flag == "Wait_Data" || c.flag == "Next_Data" {
			d.Violate("GET %s: a write by GET", path)
			c.cannot("無法顯示指定的頁面。")
			return
		}
	}
	if ck, err := r.Cookie(cookieLogin); err == nil {
		if s := d.sessions[ck.Value]; s != nil && d.now().Sub(s.last) <= sessionLife {
			if sid, err := r.Cookie(cookieID); err == nil && sid.Value == s.sid {
				c.s = s
			}
		} else if s != nil {
			delete(d.sessions, ck.Value)
		}
	}
	if c.s == nil {
		if strings.HasPrefix(path, "/rps/") && path != "/rps/" {
			if ck, err := r.Cookie("iR"); err == nil && ck.Value != "" {
				c.cannot("工作階段已過期，或認證資訊已更新。請返回登入頁面，然後重新登入。")
				return
			}
		}
		c.loginPage("", "")
		return
	}
	c.s.last = d.now()
	f := d.mux[path]
	if f == nil {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>")
		return
	}
	if strings.HasSuffix(path, ".cgi") && path != "/rps/nativetop.cgi" && path != "/rps/logout.cgi" {
		if ck, err := r.Cookie("iR"); err != nil || c.s.ir == "" || ck.Value != c.s.ir {
			c.cannot("無法顯示指定的頁面。請從入口網站頁面重新操作。")
			return
		}
	}
	if r.Method == http.MethodPost {
		t := c.form.Get("Token")
		switch {
		case t != "" && t == c.s.token:
			if bad := checkForms(c.s.forms, path, c.form); bad != "" {
				d.Violate("POST %s: %s", path, bad)
			}
		case c.s.old[t]:
			c.cannot("此頁面已過期。請重新顯示頁面後再進行操作。")
			return
		default:
			d.Violate("POST %s: without the token of a page", path)
			c.cannot("無法顯示指定的頁面。")
			return
		}
	}
	f(c)
}

// loginPage shows the login page with a key and challenge made for it.
func (c *ctx) loginPage(uri, message string) {
	d := c.d
	if uri == "" {
		uri = c.r.URL.RequestURI()
		if c.r.Method == http.MethodPost || strings.HasPrefix(uri, "/login") || strings.HasPrefix(uri, "/rps/logout") {
			uri = "/"
		}
	}
	if ck, err := c.r.Cookie(cookieID); err != nil || ck.Value == "" {
		c.cookie(cookieID, devicetest.Hex(16))
		c.cookie("portalLang", "tw")
	}
	for k, ch := range d.challenges {
		if d.now().Sub(ch.made) > sessionLife {
			delete(d.challenges, k)
		}
	}
	key := devicetest.Strong(1024)
	der, _ := x509.MarshalPKIXPublicKey(key.Public())
	ch := devicetest.Hex(16)
	p := loginHTML(ch, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), uri, message)
	d.challenges[ch] = &challenge{key: key, forms: scanForms(p), made: d.now()}
	d.offer(p)
	_, _ = io.WriteString(c.w, p)
}

func (c *ctx) cookie(name, value string) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: name != "portalLang", Secure: name != "portalLang"})
}

func (c *ctx) login() {
	d := c.d
	uri := c.form.Get("URI")
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	ch := d.challenges[c.form.Get("CHALLENGE")]
	if ch == nil {
		if _, err := c.r.Cookie(cookieID); err != nil {
			d.Violate("POST /login: without a login page before it")
		}
		c.loginPage(uri, "登入頁面已過期。請再次輸入。")
		return
	}
	delete(d.challenges, c.form.Get("CHALLENGE"))
	if bad := checkForms(ch.forms, "/login", c.form); bad != "" {
		d.Violate("POST /login: %s", bad)
	}
	if c.form.Get("PASSWORD_T") != "" {
		d.Violate("POST /login: the password is sent in clear")
	}
	if d.now().Before(d.lockedTill) {
		d.Violate("POST /login: an attempt while the account is locked")
		c.loginPage(uri, "此使用者已被鎖定。請稍候再試，或洽詢管理員。")
		return
	}
	enc, _ := base64.StdEncoding.DecodeString(c.form.Get("PASSWORD"))
	//lint:ignore SA1019 it is what the login page uses
	plain, err := rsa.DecryptPKCS1v15(nil, ch.key, enc)
	if err != nil || c.form.Get("USERNAME") != adminName || string(plain) != adminPassword+c.form.Get("CHALLENGE") {
		d.wrong++
		d.wrongAll++
		if d.wrongAll > 1 {
			d.Violate("POST /login: wrong attempt no. %d", d.wrongAll)
		}
		if d.wrong >= 3 {
			d.lockedTill, d.wrong = d.now().Add(10*time.Minute), 0
			c.loginPage(uri, "此使用者已被鎖定。請稍候再試，或洽詢管理員。")
			return
		}
		c.loginPage(uri, "使用者名稱或密碼不正確。")
		return
	}
	d.wrong = 0
	if d.liveSessions() > 0 {
		d.Violate("POST /login: a second session while one is open")
	}
	s := &session{id: devicetest.Hex(16), sid: devicetest.Hex(16), last: d.now(), old: map[string]bool{}}
	if ck, err := c.r.Cookie(cookieID); err == nil {
		s.sid = ck.Value
	} else {
		c.cookie(cookieID, s.sid)
	}
	d.sessions[s.id] = s
	c.cookie(cookieLogin, s.id)
	d.offer(`"` + uri + `"`)
	http.Redirect(c.w, c.r, uri, http.StatusFound)
}

func (c *ctx) logout() {
	delete(c.d.sessions, c.s.id)
	for _, n := range []string{cookieLogin, "iR"} {
		http.SetCookie(c.w, &http.Cookie{Name: n, Path: "/", MaxAge: -1})
	}
	c.loginPage("/", "")
}

// send writes a page; a page with a token makes that of the page before stale.
func (c *ctx) send(p string) {
	if s := c.s; s != nil && strings.Contains(p, "@TOKEN@") {
		if s.token != "" {
			s.old[s.token] = true
		}
		s.token = devicetest.Decimal(20)
		p = strings.ReplaceAll(p, "@TOKEN@", s.token)
		s.forms = scanForms(p)
	}
	c.d.offer(p)
	_, _ = io.WriteString(c.w, p)
}
