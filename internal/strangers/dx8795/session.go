package dx8795

//lint:file-ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.

import (
	"bytes"
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
	adminPassword = "Reigate-8795"
	sessionCookie = "com.canon.meap.service.login.session"
	sessionLife   = 15 * time.Minute
)

type session struct {
	id, iR, client string
	last           time.Time
	offered        map[string]bool
	token          string
	forms          []*form
	ike            policy // the IKE page's entries while a key is being chosen
	ikeNo          int
}

type loginKey struct{ priv *rsa.PrivateKey }

type challenge struct {
	key  *loginKey
	born time.Time
}

// newLoginKey makes the key pair for the login pages to come.
func (d *Device) newLoginKey() {
	k, err := devicetest.GenerateKey(1024)
	if err != nil {
		panic(err)
	}
	d.loginKey = &loginKey{k}
}

func (k *loginKey) pem() string {
	der, _ := x509.MarshalPKIXPublicKey(&k.priv.PublicKey)
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

func (d *Device) expire() {
	for id, s := range d.sessions {
		if d.now().Sub(s.last) > sessionLife {
			delete(d.sessions, id)
		}
	}
}

// ctx is one request.
type ctx struct {
	d    *Device
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	v    url.Values
	file []byte
	post bool
}

func clientOf(r *http.Request) string {
	host, _, _ := strings.Cut(r.RemoteAddr, ":")
	return host + " " + r.UserAgent()
}

// offerKey is an address without what changes at every call.
func offerKey(u *url.URL) string {
	q := u.Query()
	q.Del("Dummy")
	q.Del("Token")
	return u.Path + "?" + q.Encode()
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
	if strings.HasPrefix(r.URL.Path, "/media/") {
		media(w, r)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	c := &ctx{d: d, w: w, r: r, v: r.URL.Query(), post: r.Method == http.MethodPost}
	if c.post {
		c.readForm(body)
	} else if r.Method != http.MethodGet && r.Method != http.MethodHead {
		d.Violate("method %s on %s", r.Method, r.URL.Path)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	for _, vs := range c.v {
		if slices.ContainsFunc(vs, func(s string) bool { return strings.Contains(s, adminPassword) }) {
			d.Violate("the password was sent in clear to %s", r.URL.Path)
		}
	}
	if d.Away {
		w.Header().Set("Connection", "close")
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	if ck, err := r.Cookie(sessionCookie); err == nil {
		c.s = d.sessions[ck.Value]
	}
	if r.URL.Path == "/login" {
		c.login()
		return
	}
	entry := r.URL.Path == "/" || r.URL.Path == "/rps/" || r.URL.Path == "/rps"
	key := offerKey(r.URL)
	if c.s == nil {
		if !entry && !d.anon[key] {
			d.Violate("%s %s: this address was never offered", r.Method, r.URL.RequestURI())
		}
		uri := r.URL.RequestURI()
		if c.post {
			uri = "/"
		}
		c.loginPage(uri, "")
		return
	}
	c.s.last = d.now()
	if !entry && !c.post && !c.s.offered[key] {
		d.Violate("GET %s: this address was never offered in this session", r.URL.RequestURI())
	}
	if !c.post && strings.HasPrefix(c.v.Get("Flag"), "Exec_") || !c.post && c.v.Get("Flag") == "Clear_Data" {
		d.Violate("GET %s: a write by GET", r.URL.Path)
		c.errorPage()
		return
	}
	c.route()
}

func (c *ctx) readForm(body []byte) {
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/") {
		if c.r.ParseMultipartForm(1<<20) == nil {
			for k, v := range c.r.MultipartForm.Value {
				c.v[k] = v
			}
			for k, fs := range c.r.MultipartForm.File {
				c.v[k] = []string{fs[0].Filename}
				if f, err := fs[0].Open(); err == nil {
					c.file, _ = io.ReadAll(f)
					f.Close()
				}
			}
		}
		return
	}
	q, err := url.ParseQuery(string(body))
	if err != nil {
		c.d.Violate("POST %s: a body that is not urlencoded", c.r.URL.Path)
	}
	for k, v := range q {
		c.v[k] = append(c.v[k], v...)
	}
}

// checkPost compares a POST with the forms of the page shown last.
func (c *ctx) checkPost() bool {
	d, path := c.d, c.r.URL.Path
	tok := c.v.Get("Token")
	if tok == "" {
		d.Violate("POST %s without the form's Token", path)
		return false
	}
	if tok != c.s.token {
		d.Violate("POST %s with a Token that is not the last page's", path)
		return false
	}
	var why string
	for _, f := range c.s.forms {
		if f.path != path {
			continue
		}
		msg := f.compare(c.v)
		if msg == "" {
			return true
		}
		if why == "" || f.v("Flag") == c.v.Get("Flag") {
			why = msg
		}
	}
	if why == "" {
		why = "the page had no form for it"
	}
	d.Violate("POST %s: %s", path, why)
	return false
}

func (c *ctx) login() {
	d := c.d
	if !c.post {
		if c.v.Has("PASSWORD") || c.v.Has("USERNAME") {
			d.Violate("login by GET")
		}
		c.loginPage("/", "")
		return
	}
	fields := []string{"USERNAME", "PASSWORD", "PASSWORD_T", "CHALLENGE", "PK", "URI", "DOMAIN", "domainname", "policy", "admin", "GUEST", "invalidCH"}
	for _, n := range fields {
		if !c.v.Has(n) {
			d.Violate("POST /login without the form's field %s", n)
		}
	}
	for n := range c.v {
		if n != "LoginButton" && !slices.Contains(fields, n) {
			d.Violate("POST /login with a field the form does not have: %s", n)
		}
	}
	if c.v.Get("PASSWORD_T") != "" {
		d.Violate("POST /login: the password box was sent filled (the page's script empties it)")
	}
	uri := c.v.Get("URI")
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	ch := d.challenges[c.v.Get("CHALLENGE")]
	delete(d.challenges, c.v.Get("CHALLENGE"))
	if ch == nil || d.now().Sub(ch.born) > 10*time.Minute {
		c.loginPage(uri, "The page has expired. Enter the information again and log in.")
		return
	}
	if d.now().Before(d.lockedTill) && c.v.Get("USERNAME") == adminName {
		d.Violate("a login attempt while the account is locked")
		c.loginPage(uri, "Cannot log in because the account is locked. Wait for a while, and then try again.")
		return
	}
	if c.v.Get("domainname") != "localhost" || c.v.Get("DOMAIN") != "localhost" {
		c.loginPage(uri, "Cannot connect to the server of the login destination. Contact the administrator.")
		return
	}
	box, err := base64.StdEncoding.DecodeString(c.v.Get("PASSWORD"))
	var plain []byte
	if err == nil {
		plain, err = rsa.DecryptPKCS1v15(nil, ch.key.priv, box)
	}
	if err != nil {
		d.Violate("POST /login: PASSWORD is not what the page's script makes")
	}
	pw, ok := strings.CutSuffix(string(plain), c.v.Get("CHALLENGE"))
	if !ok && err == nil {
		d.Violate("POST /login: the challenge is not in the encrypted password")
	}
	if err != nil || !ok || pw != adminPassword || c.v.Get("USERNAME") != adminName {
		d.fails++
		if d.fails > 1 {
			d.Violate("wrong-password attempt number %d", d.fails)
		}
		if d.fails >= 3 {
			d.lockedTill, d.fails = d.now().Add(10*time.Minute), 0
			c.loginPage(uri, "Cannot log in because the account is locked. Wait for a while, and then try again.")
			return
		}
		c.loginPage(uri, "The user name or password is incorrect. Check the entered information.")
		return
	}
	d.fails = 0
	if len(d.sessions) >= 32 {
		c.loginPage(uri, "The maximum number of users who can log in has been exceeded. Wait for a while, and then try again.")
		return
	}
	for _, s := range d.sessions {
		if s.client == clientOf(c.r) {
			d.Violate("a second session of the same client, the first not logged out")
		}
	}
	s := &session{id: devicetest.Hex(16), client: clientOf(c.r), last: d.now(), offered: map[string]bool{}}
	d.sessions[s.id] = s
	if u, err := url.Parse(uri); err == nil && d.anon[offerKey(u)] {
		s.offered[offerKey(u)] = true
	}
	http.SetCookie(c.w, &http.Cookie{Name: sessionCookie, Value: s.id, Path: "/", Secure: true, HttpOnly: true})
	c.w.Header().Set("Location", uri)
	c.w.WriteHeader(http.StatusFound)
}

func (c *ctx) loginPage(uri, msg string) {
	d := c.d
	d.newLoginKey()
	chal := devicetest.Hex(16)
	for k, v := range d.challenges {
		if d.now().Sub(v.born) > 20*time.Minute {
			delete(d.challenges, k)
		}
	}
	d.challenges[chal] = &challenge{d.loginKey, d.now()}
	if _, err := c.r.Cookie("sessionid"); err != nil {
		http.SetCookie(c.w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", Secure: true, HttpOnly: true})
	}
	http.SetCookie(c.w, &http.Cookie{Name: "portalLang", Value: "en", Path: "/"})
	var b strings.Builder
	fmt.Fprintf(&b, loginTop, model, model)
	if msg != "" {
		fmt.Fprintf(&b, "<div id=\"ErrMsg\" class=\"loginErr\"><img src=\"/media/ic_err.gif\" alt=\"Error\" /> %s</div>\n", esc(msg))
	}
	hid := func(n, v string) {
		fmt.Fprintf(&b, "<input type=\"hidden\" name=\"%s\" id=\"%s\" value=\"%s\" />\n", n, n, esc(v))
	}
	b.WriteString("<form name=\"login\" action=\"/login\" method=\"post\" autocomplete=\"off\" onsubmit=\"return doLogin(this);\">\n")
	hid("URI", uri)
	hid("CHALLENGE", chal)
	hid("PK", d.loginKey.pem())
	for _, n := range []string{"PASSWORD", "policy", "admin", "GUEST", "invalidCH"} {
		hid(n, "")
	}
	hid("DOMAIN", "localhost")
	b.WriteString(loginFields)
	c.send(b.String())
}

const loginTop = `<!DOCTYPE html>
<html lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>User Authentication : %s : %s</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" />
<script type="text/javascript" src="/media/login.js"></script>
</head>
<body class="login" onload="document.login.USERNAME.focus();">
<div id="loginHead"><span class="logo">Canon</span> <span class="product">imageRUNNER ADVANCE</span> Remote UI</div>
<div id="loginBox">
<h1>Login</h1>
<noscript><p>Enable JavaScript in the Web browser to log in.</p></noscript>
`

const loginFields = `<table class="loginTbl">
<tr><th><label for="USERNAME">User Name:</label></th><td><input type="text" name="USERNAME" id="USERNAME" maxlength="128" value="" /></td></tr>
<tr><th><label for="PASSWORD_T">Password:</label></th><td><input type="password" name="PASSWORD_T" id="PASSWORD_T" maxlength="32" value="" /></td></tr>
<tr><th><label for="domainname">Login Destination:</label></th><td><select name="domainname" id="domainname"><option value="localhost" selected="selected">This Device</option><option value="EXAMPLE">EXAMPLE</option></select></td></tr>
</table>
<fieldset class="btn"><input type="submit" name="LoginButton" id="LoginButton" value="Log In" /></fieldset>
</form>
</div>
<div id="copyright">Copyright CANON INC. 2020</div>
</body>
</html>
`
