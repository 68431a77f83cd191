package c357

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	sessionLife = 15 * time.Minute
	lockTime    = 30 * time.Minute
	maxSessions = 32
)

type session struct {
	last   time.Time
	iR     string // set by nativetop.cgi
	token  string // of the page shown last
	forms  []*form
	old    map[string]bool // tokens of earlier pages
	offer  map[string]bool
	target string // page that a key is being chosen for
	draft  map[string]string
	host   string
}

type challenge struct {
	uri  string
	made time.Time
}

type pageKey struct {
	priv *rsa.PrivateKey
	pem  string
}

func newPageKey() *pageKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	return &pageKey{k, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

const sessionCookie = "com.canon.meap.service.login.session"

func headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("Content-Type", "text/html;charset=UTF-8")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
}

// canon is an address without its cache buster.
func canon(path, query string) string {
	v, _ := url.ParseQuery(query)
	v.Del("Dummy")
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (d *Device) session(r *http.Request) *session {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	d.open()
	s := d.sessions[c.Value]
	if s != nil {
		s.last = d.now()
	}
	return s
}

var openAddresses = map[string]bool{"/": true, "/login": true, "/rps/": true, "/portal": true, "/sysmonitor": true,
	"/usermode": true, "/sysmonitor/": true, "/usermode/": true, "/favicon.ico": true}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	defer d.Lock()()
	if d.Away {
		headers(w)
		w.WriteHeader(503)
		return
	}
	headers(w)
	if d.static(w, r) {
		return
	}
	if r.Method != "GET" && r.Method != "POST" {
		d.Violate("request with method %s", r.Method)
		w.WriteHeader(405)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	if r.URL.Path == "/login" {
		d.login(w, r)
		return
	}
	s := d.session(r)
	at := canon(r.URL.Path, r.URL.RawQuery)
	if s == nil {
		if !openAddresses[at] && !d.everSeen[at] && r.Method == "GET" {
			d.Violate("GET of an address never offered, without a session: %s", at)
		}
		uri := "/"
		if r.URL.Path == "/usermode" || r.URL.Path == "/sysmonitor" {
			uri = r.URL.Path
		}
		d.loginPage(w, uri, "")
		return
	}
	s.host, _, _ = strings.Cut(r.Host, ":")
	switch r.URL.Path {
	case "/", "/portal", "/rps/":
		d.portal(w, s)
		return
	case "/usermode", "/usermode/":
		d.redirect(w, r, s, "PGTAG_CONF_ENV_PAP")
		return
	case "/sysmonitor", "/sysmonitor/":
		d.redirect(w, r, s, "PGTAG_JOB_PRT_STAT")
		return
	case "/rps/nativetop.cgi":
		d.native(w, r, s)
		return
	case "/rps/logout.cgi":
		if c, err := r.Cookie(sessionCookie); err == nil {
			delete(d.sessions, c.Value)
		}
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: "", Path: "/", MaxAge: -1})
		http.SetCookie(w, &http.Cookie{Name: "iR", Value: "", Path: "/rps/", MaxAge: -1})
		http.Redirect(w, r, "/", http.StatusFound)
		return
	}
	if c, err := r.Cookie("iR"); err != nil || s.iR == "" || c.Value != s.iR {
		if !s.offer[at] {
			d.Violate("%s of an address never offered: %s", r.Method, at)
		}
		d.cannotOpen(w, "The session has expired, or the authentication information has been updated.")
		return
	}
	if r.Method == "GET" {
		d.get(w, r, s, at)
	} else {
		d.post(w, r, s)
	}
}

func (d *Device) redirect(w http.ResponseWriter, r *http.Request, s *session, tag string) {
	to := "/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=" + tag
	d.offered(s, to)
	http.Redirect(w, r, fmt.Sprintf("%s&Dummy=%d", to, time.Now().UnixMilli()), http.StatusFound)
}

// native enters the native part: it sets a cookie, and its script goes on to the page.
func (d *Device) native(w http.ResponseWriter, r *http.Request, s *session) {
	if at := canon(r.URL.Path, r.URL.RawQuery); !s.offer[at] {
		d.Violate("%s of an address never offered: %s", r.Method, at)
	}
	if s.iR == "" {
		n, _ := rand.Int(rand.Reader, big.NewInt(1<<31))
		s.iR = n.String()
	}
	http.SetCookie(w, &http.Cookie{Name: "iR", Value: s.iR, Path: "/rps/"})
	var to string
	switch r.URL.Query().Get("CorePGTAG") {
	case "PGTAG_CONF_ENV_PAP":
		to = initURL("cpaper.cgi", "c_paper.tpl", "")
	case "PGTAG_JOB_PRT_STAT":
		to = "jstatpri.cgi?CorePGTAG=1&FromTopPage=1"
	default:
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	d.offered(s, "/rps/"+to)
	fmt.Fprintf(w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>Remote UI</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /></head>
<body onload="jump_page()"><script type="text/javascript">
//<![CDATA[
function jump_page(){
	location.replace('./%s&Dummy=' + new Date().getTime());
}
//]]>
</script></body></html>`, to)
}

func (d *Device) offered(s *session, u string) {
	path, q, _ := strings.Cut(u, "?")
	c := canon(path, q)
	s.offer[c] = true
	d.everSeen[c] = true
}

func (d *Device) cannotOpen(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, `<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>Remote UI : Cannot open this page.</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><link rel="stylesheet" type="text/css" href="/media/rui.css" /></head>
<body><div id="ErrorBox"><h1>Cannot open this page.</h1><p>%s</p><p><a href="/">To Portal</a></p></div></body></html>`, html.EscapeString(text))
}

func (d *Device) loginPage(w http.ResponseWriter, uri, message string) {
	ch := devicetest.Hex(16)
	for c, x := range d.challenges {
		if d.now().Sub(x.made) > sessionLife {
			delete(d.challenges, c)
		}
	}
	d.challenges[ch] = &challenge{uri, d.now()}
	http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "en", Path: "/"})
	if message != "" {
		message = `<p class="ErrorMessage">` + html.EscapeString(message) + `</p>`
	}
	fmt.Fprintf(w, loginHTML, model, model, model, message, ch, d.pk.pem, html.EscapeString(uri))
}

var loginFields = []string{"USERNAME", "PASSWORD_T", "PASSWORD", "CHALLENGE", "PK", "URI", "DOMAIN", "policy", "admin", "GUEST", "invalidCH"}

func (d *Device) login(w http.ResponseWriter, r *http.Request) {
	if r.Method != "POST" {
		if r.URL.RawQuery != "" {
			d.Violate("login by GET")
		}
		d.loginPage(w, "/", "")
		return
	}
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(400)
		return
	}
	f := r.PostForm
	for _, n := range loginFields {
		if len(f[n]) != 1 {
			d.Violate("login without exactly one field %s", n)
		}
	}
	for n := range f {
		if !contains(loginFields, n) {
			d.Violate("login with a field that the form has not: %s", n)
		}
	}
	if f.Get("PASSWORD_T") != "" || f.Get("PASSWORD") == adminPass {
		d.Violate("password sent in clear")
	}
	c := d.challenges[f.Get("CHALLENGE")]
	delete(d.challenges, f.Get("CHALLENGE"))
	if c == nil {
		d.loginPage(w, "/", "The page has expired. Log in again.")
		return
	}
	if d.now().Before(d.lockedTill) {
		d.wrongEver++
		d.Violate("login attempt on a locked account")
		d.loginPage(w, c.uri, "The account is locked. Wait for a while, then try again.")
		return
	}
	raw, err := base64.StdEncoding.DecodeString(f.Get("PASSWORD"))
	var plain []byte
	if err == nil {
		//lint:ignore SA1019 it is what the login page uses
		plain, err = rsa.DecryptPKCS1v15(nil, d.pk.priv, raw)
	}
	if err != nil || f.Get("USERNAME") != adminName || string(plain) != adminPass+f.Get("CHALLENGE") || f.Get("DOMAIN") != "localhost" {
		d.wrong++
		d.wrongEver++
		if d.wrongEver > 1 {
			d.Violate("wrong user name or password for the %d. time", d.wrongEver)
		}
		if d.wrong >= 3 {
			d.wrong = 0
			d.lockedTill = d.now().Add(lockTime)
			d.loginPage(w, c.uri, "The account is locked. Wait for a while, then try again.")
			return
		}
		d.loginPage(w, c.uri, "The user name or password is incorrect.")
		return
	}
	d.wrong = 0
	if n := d.open(); n >= maxSessions {
		d.loginPage(w, c.uri, "The maximum number of users are currently logged in. Wait for a while, then try again.")
		return
	} else if n > 0 {
		d.Violate("a second session at a time (%d open)", n+1)
	}
	if f.Get("URI") != c.uri {
		d.Violate("login with URI %q in place of %q", f.Get("URI"), c.uri)
	}
	id := devicetest.Hex(16)
	d.sessions[id] = &session{last: d.now(), old: map[string]bool{}, offer: map[string]bool{}}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: true})
	http.Redirect(w, r, c.uri, http.StatusFound)
}

func (d *Device) portal(w http.ResponseWriter, s *session) {
	d.offered(s, "/sysmonitor")
	d.offered(s, "/usermode")
	fmt.Fprintf(w, portalHTML, model, adminName, d.stamp(), model)
}

func (d *Device) stamp() string { return d.now().Format("02/01 2006 15:04:05") }

func initURL(cgi, tpl, ext string) string {
	u := cgi + "?Flag=Init_Data&PageFlag=" + tpl + "&FuncTypeFlag=SettingPage"
	if ext != "" {
		u += "&" + ext
	}
	return u
}

func contains(l []string, s string) bool {
	for _, x := range l {
		if x == s {
			return true
		}
	}
	return false
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
