package c7580

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	adminName     = "Administrator"
	adminPassword = "Rg7-reigate!58"
	loginCookie   = "com.canon.meap.service.login.session"
)

type session struct {
	id, ir string
	last   time.Time
	token  string // of the form page loaded last
	issued map[string]map[string]*formSpec
	draft  fields // a settings page on its way through the key list
	secID  string // its policy
	csr    *key   // the key that the CSR page shows
}

// loginPage is one login form served; its key and challenge serve once.
type loginPage struct {
	priv *rsa.PrivateKey
	made time.Time
	spec *formSpec
}

// ctx is one request.
type ctx struct {
	d    *Device
	s    *session
	w    http.ResponseWriter
	r    *http.Request
	v    url.Values
	file []byte
	host string
}

// ServeHTTP answers one request.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var file []byte
	var perr error
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if perr = r.ParseMultipartForm(1 << 20); perr == nil {
			for name, fs := range r.MultipartForm.File {
				if f, err := fs[0].Open(); err == nil {
					file, _ = io.ReadAll(f)
					f.Close()
				}
				r.PostForm.Set(name, fs[0].Filename)
			}
		}
	} else {
		perr = r.ParseForm()
	}
	var fresh *rsa.PrivateKey // made outside the lock
	if r.Method == http.MethodGet {
		if c, err := r.Cookie(loginCookie); err != nil || !d.known(c.Value) {
			if !isStatic(r.URL.Path) {
				fresh = devicetest.Strong(2048)
			}
		}
	}
	defer d.Lock()()
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
	h.Set("Keep-Alive", "timeout=30")
	c := &ctx{d: d, w: w, r: r, file: file, host: r.Host}
	if d.Away && !isStatic(r.URL.Path) { // on its way down
		h.Set("Connection", "close")
		c.cannotOpen("The machine is being restarted. Wait for a while, and then access the Remote UI again.")
		return
	}
	if perr != nil {
		d.Violate("a body that is no form: %s %s", r.Method, r.URL.Path)
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.v = r.URL.Query()
	case http.MethodPost:
		c.v = r.PostForm
		if len(r.URL.Query()) > 0 {
			d.Violate("a form posted with a query string: %s", r.URL.Path)
		}
	default:
		d.Violate("method %s used", r.Method)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	path := r.URL.Path
	if isStatic(path) {
		serveStatic(w, path)
		return
	}
	if path == "/login" {
		c.login(fresh)
		return
	}
	if r.Method != http.MethodPost && c.v.Has("PASSWORD") {
		d.Violate("a password in the address by GET")
	}
	if r.Method != http.MethodPost && !d.offered[path+"|"+c.v.Get("PageFlag")] {
		d.Violate("a URL never offered: %s PageFlag=%q", path, c.v.Get("PageFlag"))
	}
	if ck, err := r.Cookie(loginCookie); err == nil {
		if s := d.sessions[ck.Value]; s != nil {
			if d.now().Sub(s.last) >= idleTime {
				delete(d.sessions, s.id)
				c.setCookie(loginCookie, "", -1)
				c.cannotOpen("The session has expired. Log in to the Remote UI again.")
				return
			}
			s.last, c.s = d.now(), s
		}
	}
	if c.s == nil {
		if r.Method == http.MethodPost {
			c.cannotOpen("The authentication information has been updated or the session has expired. Log in to the Remote UI again.")
			return
		}
		c.loginForm(fresh, r.URL.RequestURI(), "", "")
		return
	}
	c.route(path)
}

func (d *Device) known(id string) bool {
	defer d.Lock()()
	s := d.sessions[id]
	return s != nil
}

func (c *ctx) setCookie(name, value string, age int) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: name != "portalLang", Secure: true})
}

func (c *ctx) html(s string) {
	c.w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(c.w, s)
}

// loginForm is the page that any address gives without a login.
func (c *ctx) loginForm(priv *rsa.PrivateKey, uri, name, message string) {
	if priv == nil {
		priv = devicetest.Strong(2048)
	}
	for ch, l := range c.d.logins {
		if c.d.now().Sub(l.made) > idleTime {
			delete(c.d.logins, ch)
		}
	}
	der, _ := x509.MarshalPKIXPublicKey(&priv.PublicKey)
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	ch := devicetest.Hex(16)
	p := newPage(c, "User Authentication : "+model+" : "+model)
	p.f("<body class=\"login\" onload=\"login_init()\">\n<div id=\"loginHead\"><img src=\"/media/canonlogo.gif\" alt=\"Canon\" /><span class=\"device\">%s</span></div>\n<div id=\"loginBox\"><h1>User Authentication</h1>\n", model)
	if message != "" {
		p.f("<p class=\"ErrMsg\"><b>%s</b></p>\n", esc(message))
	}
	spec := newSpec()
	p.spec = spec
	p.f("<form name=\"login\" action=\"/login\" method=\"post\" onsubmit=\"return login_submit(this);\" autocomplete=\"off\">\n")
	p.hidden("URI", uri)
	p.hidden("CHALLENGE", ch)
	p.hidden("PK", pk)
	p.hidden("PASSWORD", "")
	p.hidden("DOMAIN", "localhost")
	p.hidden("policy", "")
	p.hidden("admin", "")
	p.hidden("GUEST", "")
	p.hidden("invalidCH", "")
	p.f("<table class=\"PropTable\">\n")
	p.text("User Name:", "USERNAME", name, 32, "")
	p.password("Password:", "PASSWORD_T", "", 32)
	p.f("<tr><th>Login Destination:</th><td>")
	p.sel("domainname", "localhost", "localhost", "This Device")
	p.f("</td></tr>\n</table>\n<fieldset><input type=\"submit\" name=\"LoginButton\" value=\"Log In\" /></fieldset>\n</form>\n</div>\n<p class=\"copy\">Copyright CANON INC. 2016</p>\n</body></html>\n")
	spec.rules["LoginButton"] = rule{}
	c.d.logins[ch] = &loginPage{priv: priv, made: c.d.now(), spec: spec}
	if _, err := c.r.Cookie("sessionid"); err != nil {
		c.setCookie("sessionid", devicetest.Hex(16), 0)
		c.setCookie("portalLang", "en", 0)
	}
	c.html(p.String())
}

func (c *ctx) login(priv *rsa.PrivateKey) {
	d := c.d
	if c.r.Method != http.MethodPost {
		if c.v.Has("PASSWORD") || c.v.Has("USERNAME") {
			d.Violate("a login by GET, its password in the address")
		}
		c.loginForm(priv, "/", "", "")
		return
	}
	user, uri := c.v.Get("USERNAME"), c.v.Get("URI")
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	l := d.logins[c.v.Get("CHALLENGE")]
	if c.v.Get("PASSWORD_T") != "" {
		d.Violate("a password sent in clear (PASSWORD_T) where the form encrypts it")
	}
	if l == nil {
		d.Violate("a login with a challenge never given or used before")
		c.loginForm(priv, uri, user, "The page has expired. Log in again.")
		return
	}
	delete(d.logins, c.v.Get("CHALLENGE"))
	if bad := l.spec.judge(c.v); bad != "" {
		d.Violate("login form: %s", bad)
		c.loginForm(priv, uri, user, "The authentication information is invalid.")
		return
	}
	enc, err := base64.StdEncoding.DecodeString(c.v.Get("PASSWORD"))
	var plain []byte
	if err == nil {
		//lint:ignore SA1019 it is what the login page uses
		plain, err = rsa.DecryptPKCS1v15(nil, l.priv, enc)
	}
	if err != nil {
		d.Violate("PASSWORD is not encrypted as the login form does it")
	}
	if d.fails >= 3 {
		c.loginForm(priv, uri, user, "The user account is locked out. Wait for a while, and then log in again, or contact the administrator.")
		return
	}
	if err != nil || user != adminName || string(plain) != adminPassword+c.v.Get("CHALLENGE") {
		if d.wrong++; d.wrong > 1 {
			d.Violate("wrong password number %d", d.wrong)
		}
		d.fails++
		c.loginForm(priv, uri, user, "The user name or password is incorrect.")
		return
	}
	d.fails = 0
	if d.open() > 0 {
		d.Violate("two sessions at a time: a login while another session was open")
	}
	s := &session{id: devicetest.Hex(16), last: d.now(), issued: map[string]map[string]*formSpec{}}
	d.sessions[s.id] = s
	c.setCookie(loginCookie, s.id, 0)
	c.w.Header().Set("Location", uri)
	c.w.WriteHeader(http.StatusFound)
}

// rule is what a browser may send for one field of a form.
type rule struct {
	need bool
	max  int
	one  []string // of these values only
}

type formSpec struct {
	rules map[string]rule
	count map[string]int
}

func newSpec() *formSpec { return &formSpec{rules: map[string]rule{}, count: map[string]int{}} }

// judge tells what a browser could not have sent, "" if nothing.
func (f *formSpec) judge(v url.Values) string {
	for n, r := range f.rules {
		if r.need && !v.Has(n) {
			return fmt.Sprintf("field %q of the form is missing", n)
		}
	}
	for n, vs := range v {
		r, ok := f.rules[n]
		if !ok {
			return fmt.Sprintf("field %q is not in the form", n)
		}
		if len(vs) > max(1, f.count[n]) {
			return fmt.Sprintf("field %q sent %d times", n, len(vs))
		}
		for _, x := range vs {
			if r.max > 0 && len([]rune(x)) > r.max {
				return fmt.Sprintf("field %q is longer than its box allows", n)
			}
			if r.one != nil && !slices.Contains(r.one, x) {
				return fmt.Sprintf("field %q has the value %q, which the form does not offer", n, x)
			}
		}
	}
	return ""
}

// route leads to the page or action inside the session.
func (c *ctx) route(path string) {
	d, s := c.d, c.s
	tpl := c.v.Get("PageFlag")
	if c.r.Method == http.MethodPost {
		if c.v.Get("Token") == "" {
			d.Violate("a POST without the form's token: %s", path)
			c.cannotOpen("Cannot display the specified page.")
			return
		}
		forms := s.issued[c.v.Get("Token")]
		if forms == nil {
			d.Violate("a POST with a token never given to this session: %s", path)
			c.cannotOpen("Cannot display the specified page.")
			return
		}
		spec := forms[path+"|"+tpl]
		if spec == nil {
			d.Violate("a POST to %s (PageFlag=%q) that the page of its token does not offer", path, tpl)
			c.cannotOpen("Cannot display the specified page.")
			return
		}
		if bad := spec.judge(c.v); bad != "" {
			d.Violate("POST %s (%s): %s", path, tpl, bad)
			if k := d.key(c.v.Get("KEYSEL")); k != nil && k.fixed {
				d.Violate("a deletion of %s attempted", k.name)
			}
			c.cannotOpen("Cannot display the specified page.")
			return
		}
		if c.v.Get("Token") != s.token {
			c.cannotOpen("The page has expired. Display the page again, and then try again.")
			return
		}
	} else if f := c.v.Get("Flag"); f != "" && f != "Init_Data" {
		d.Violate("a write to the device by GET: %s Flag=%s", path, f)
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	switch path {
	case "/", "/rps", "/rps/":
		c.portal()
		return
	case "/sysmonitor", "/sysmonitor/", "/usermode", "/abook", "/docbox", "/dprint":
		tag := map[byte]string{'s': "PGTAG_DEV_STAT", 'u': "PGTAG_CONF_ENV_PAP", 'a': "PGTAG_ADR_USR", 'd': "PGTAG_BOX_USER"}[path[1]]
		if path == "/dprint" {
			tag = "PGTAG_DIRC_PDF"
		}
		c.w.Header().Set("Location", fmt.Sprintf("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=%s&Dummy=%d", tag, d.now().UnixMilli()))
		d.offered["/rps/nativetop.cgi|"] = true
		c.w.WriteHeader(http.StatusFound)
		return
	case "/rps/nativetop.cgi":
		c.nativeTop()
		return
	case "/rps/logout.cgi":
		delete(d.sessions, s.id)
		c.setCookie(loginCookie, "", -1)
		c.setCookie("iR", "", -1)
		c.w.Header().Set("Location", "/")
		c.w.WriteHeader(http.StatusFound)
		return
	}
	if ck, err := c.r.Cookie("iR"); err != nil || s.ir == "" || ck.Value != s.ir {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	if h := handlers[strings.TrimPrefix(path, "/rps/")+"|"+tpl]; h != nil {
		h(c)
		return
	}
	c.cannotOpen("Cannot display the specified page.")
}

// cannotOpen is the page of every refusal outside a form.
func (c *ctx) cannotOpen(text string) {
	p := newPage(c, "Remote UI : Cannot open this page.")
	p.f("<body class=\"err\">\n<div id=\"errBox\"><img src=\"/media/ms_err.gif\" alt=\"Error\" />\n<p>%s</p>\n<fieldset><input type=\"button\" value=\"OK\" onclick=\"location.replace('/')\" /></fieldset></div>\n</body></html>\n", esc(text))
	c.html(p.String())
}
