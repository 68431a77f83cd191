package dx6780

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const sessionLife = 15 * time.Minute

type session struct {
	d           *Device
	meap, ir    string
	last        time.Time
	offered     map[string]bool
	tokens      map[string][]*form
	order       []string
	spent       map[string]bool
	draft1x     *dot1xSettings
	draft1xKey  int
	draftIKE    *policy
	draftIKEKey int
}

// challenge is what one login page carries.
type challenge struct {
	priv *rsa.PrivateKey
	at   time.Time
}

func (d *Device) expired(s *session) bool { return d.cfg.Now().Sub(s.last) >= sessionLife }

func (d *Device) find(r *http.Request) *session {
	c, err := r.Cookie("com.canon.meap.service.login.session")
	if err != nil {
		return nil
	}
	s := d.sessions[c.Value]
	if s != nil && d.expired(s) {
		delete(d.sessions, c.Value)
		return nil
	}
	return s
}

// urlKey is an address without its cache buster.
func urlKey(path string, q url.Values) string {
	v := url.Values{}
	for k, x := range q {
		if k != "Dummy" {
			v[k] = x
		}
	}
	return path + "?" + v.Encode()
}

// ServeHTTP is the device's web server.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer d.Lock()()
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-XSS-Protection", "1; mode=block")
	if body, ok := assets[r.URL.Path]; ok {
		h.Set("Content-Type", map[bool]string{true: "text/css", false: "text/javascript"}[strings.HasSuffix(r.URL.Path, ".css")])
		io.WriteString(w, body)
		return
	}
	h.Set("Content-Type", "text/html;charset=UTF-8")
	h.Set("Cache-Control", "no-cache,no-store,max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	if r.Method != "GET" && r.Method != "POST" && r.Method != "HEAD" {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	s := d.find(r)
	if r.URL.Path == "/login" && r.Method == "POST" {
		d.login(w, r)
		return
	}
	if s == nil {
		d.noSession(w, r)
		return
	}
	s.last = d.cfg.Now()
	c := &ctx{d: d, s: s, w: w, r: r}
	switch r.URL.Path {
	case "/", "/rps/", "/portal":
		c.portal()
		return
	case "/login":
		http.Redirect(w, r, "/", http.StatusFound)
		return
	}
	if f := r.URL.Query().Get("Flag"); r.Method != "POST" && (f == "Exec_Data" || f == "Temp_Data") {
		d.Violate("a write by GET: %s", r.URL.RequestURI())
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	if r.Method != "POST" && !s.offered[urlKey(r.URL.Path, r.URL.Query())] {
		d.Violate("GET of an address that no page offered: %s", r.URL.RequestURI())
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	switch r.URL.Path {
	case "/logout", "/rps/logout.cgi":
		delete(d.sessions, s.meap)
		http.SetCookie(w, &http.Cookie{Name: "com.canon.meap.service.login.session", Path: "/", MaxAge: -1})
		http.Redirect(w, r, "/", http.StatusFound)
		return
	case "/sysmonitor", "/usermode":
		tag := map[string]string{"/sysmonitor": "PGTAG_JOB_PRT_STAT", "/usermode": "PGTAG_CONF_ENV_PAP"}[r.URL.Path]
		to := "/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=" + tag
		s.offer(to)
		http.Redirect(w, r, to+"&Dummy="+strconv.FormatInt(time.Now().UnixMilli(), 10), http.StatusFound)
		return
	}
	if r.URL.Path == "/rps/nativetop.cgi" {
		if s.ir == "" {
			n, _ := rand.Int(rand.Reader, big.NewInt(2_000_000_000))
			s.ir = n.String()
		}
		http.SetCookie(w, &http.Cookie{Name: "iR", Value: s.ir, Path: "/rps/"})
	} else if ck, err := r.Cookie("iR"); s.ir == "" || err != nil || ck.Value != s.ir {
		c.cannotOpen("セッションの有効期限が切れています。")
		return
	}
	c.dispatch()
}

func (s *session) offer(u string) {
	p, err := url.Parse(u)
	if err == nil {
		s.offered[urlKey(p.Path, p.Query())] = true
		s.d.ever[urlKey(p.Path, p.Query())] = true
	}
}

// noSession answers every protected address: the login page at the entries, a notice elsewhere.
func (d *Device) noSession(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Path
	if p == "/" || p == "/rps/" || p == "/login" || p == "/portal" || p == "/usermode" || p == "/sysmonitor" || p == "/logout" || p == "/rps/logout.cgi" {
		uri := "/"
		if p == "/usermode" || p == "/sysmonitor" {
			uri = p
		}
		d.loginPage(w, r, uri, "")
		return
	}
	if r.Method != "POST" && !d.ever[urlKey(p, r.URL.Query())] {
		d.Violate("GET of an address that no page offered: %s", r.URL.RequestURI())
	}
	if strings.HasPrefix(p, "/rps/") {
		fmt.Fprint(w, errorPage("認証情報が更新されたか、セッションの有効期限が切れています。もう一度ログインしてください。"))
		return
	}
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprint(w, errorPage("指定されたページを表示できません。"))
}

func errorPage(msg string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>リモートUI : このページを開くことができません。</title><link rel="stylesheet" type="text/css" href="/media/rui.css" /></head>
<body><div id="errorBox"><h1>このページを開くことができません。</h1><p class="ErrorMessage">` + esc(msg) + `</p>
<p><a href="/">ポータルへ</a></p></div></body></html>`
}

func (d *Device) loginPage(w http.ResponseWriter, r *http.Request, uri, msg string) {
	ch := devicetest.Hex(16)
	priv := devicetest.Strong(2048)
	for k, c := range d.challenges {
		if len(d.challenges) > 40 || d.cfg.Now().Sub(c.at) > sessionLife {
			delete(d.challenges, k)
		}
	}
	d.challenges[ch] = &challenge{priv: priv, at: d.cfg.Now()}
	if _, err := r.Cookie("sessionid"); err != nil {
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", HttpOnly: true, Secure: true})
		http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "ja", Path: "/"})
	}
	der, _ := x509.MarshalPKIXPublicKey(&priv.PublicKey)
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if msg != "" {
		msg = `<p class="ErrorMessage" id="loginError">` + esc(msg) + `</p>`
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja">
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>ユーザー認証&nbsp;:&nbsp;%[1]s&nbsp;:&nbsp;%[1]s</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" />
<script type="text/javascript" src="/media/cipher.js"></script></head>
<body onload="document.login.USERNAME.focus()">
<div id="loginHead"><span class="ruiLogo">リモートUI</span> <span id="deviceName">%[1]s</span></div>
<form name="login" action="/login" method="post" onsubmit="return loginExec(this)" autocomplete="off">
<div id="loginBox"><h1>ログイン</h1>%[2]s
<table class="LoginTable">
<tr><th><label for="USERNAME">ユーザー名</label></th><td><input type="text" name="USERNAME" id="USERNAME" maxlength="32" size="30" value="" /></td></tr>
<tr><th><label for="PASSWORD_T">パスワード</label></th><td><input type="password" name="PASSWORD_T" id="PASSWORD_T" maxlength="32" size="30" value="" /></td></tr>
<tr><th><label for="DOMAIN">ログイン先</label></th><td><select name="DOMAIN" id="DOMAIN"><option value="localhost" selected="selected">このデバイス</option></select></td></tr>
</table>
<input type="hidden" name="PASSWORD" value="" /><input type="hidden" name="URI" value="%[3]s" />
<input type="hidden" name="CHALLENGE" value="%[4]s" /><input type="hidden" name="PK" value="%[5]s" />
<input type="hidden" name="policy" value="" /><input type="hidden" name="admin" value="" /><input type="hidden" name="GUEST" value="" />
<fieldset class="btn"><input type="submit" name="LoginButton" value="ログイン" /></fieldset>
</div></form>
<div id="foot">Copyright CANON INC. 2020</div></body></html>`, modelName, msg, esc(uri), ch, esc(pk))
}

func (d *Device) login(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	v := r.PostForm
	for _, n := range []string{"USERNAME", "PASSWORD_T", "DOMAIN", "PASSWORD", "URI", "CHALLENGE", "PK", "policy", "admin", "GUEST"} {
		if _, ok := v[n]; !ok {
			d.Violate("login without the form's own field %s", n)
		}
	}
	for n := range v {
		if !slices.Contains([]string{"USERNAME", "PASSWORD_T", "DOMAIN", "PASSWORD", "URI", "CHALLENGE", "PK", "policy", "admin", "GUEST", "LoginButton"}, n) {
			d.Violate("login with a field that the form has not: %s", n)
		}
	}
	if len(r.URL.RawQuery) > 0 {
		d.Violate("login with a query string")
	}
	cred := d.Credentials()
	if v.Get("PASSWORD_T") != "" || v.Get("PASSWORD") == cred.Password {
		d.Violate("password sent in clear though the form encrypts it")
	}
	uri := v.Get("URI")
	if uri != "/usermode" && uri != "/sysmonitor" {
		uri = "/"
	}
	if d.Away {
		d.loginPage(w, r, uri, "ログインに必要な機能を起動しています。しばらく待ってからログインしてください。")
		return
	}
	ch := d.challenges[v.Get("CHALLENGE")]
	delete(d.challenges, v.Get("CHALLENGE"))
	if ch == nil {
		d.loginPage(w, r, uri, "ページの有効期限が切れました。もう一度ログインしてください。")
		return
	}
	if d.locked {
		d.Violate("login tried on a locked account")
		d.loginPage(w, r, uri, "アカウントがロックされています。管理者に連絡してください。")
		return
	}
	raw, err := base64.StdEncoding.DecodeString(v.Get("PASSWORD"))
	var plain []byte
	if err == nil {
		//lint:ignore SA1019 it is what the login page uses
		plain, err = rsa.DecryptPKCS1v15(nil, ch.priv, raw)
	}
	if err != nil || v.Get("USERNAME") != cred.UserName || string(plain) != cred.Password+v.Get("CHALLENGE") {
		if d.bad++; d.bad > 1 {
			d.Violate("wrong password attempt number %d", d.bad)
		}
		msg := "ユーザー名、パスワード、またはログイン先が正しくありません。"
		if d.bad >= 3 {
			d.locked = true
			msg = "アカウントがロックされています。管理者に連絡してください。"
		}
		d.loginPage(w, r, uri, msg)
		return
	}
	d.bad = 0
	for _, o := range d.sessions {
		if !d.expired(o) {
			d.Violate("a second session while one is open")
			break
		}
	}
	s := &session{d: d, meap: devicetest.Hex(16), last: d.cfg.Now(), offered: map[string]bool{}, tokens: map[string][]*form{}, spent: map[string]bool{}}
	d.sessions[s.meap] = s
	http.SetCookie(w, &http.Cookie{Name: "com.canon.meap.service.login.session", Value: s.meap, Path: "/", HttpOnly: true, Secure: true})
	s.offer("/usermode")
	s.offer("/sysmonitor")
	http.Redirect(w, r, uri, http.StatusFound)
}
