package c5560

//lint:file-ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type loginPage struct {
	challenge string
	key       *rsa.PrivateKey
	made      time.Time
}

// loginForm writes the login page with its own challenge and key; any protected address answers it.
func (d *Device) loginForm(w http.ResponseWriter, r *http.Request, uri, msg string) {
	k, err := devicetest.GenerateKey(2048)
	if err != nil {
		http.Error(w, "500", http.StatusInternalServerError)
		return
	}
	for c, p := range d.logins {
		if d.cfg.Now().Sub(p.made) > sessionAge {
			delete(d.logins, c)
		}
	}
	p := &loginPage{devicetest.Hex(16), k, d.cfg.Now()}
	d.logins[p.challenge] = p
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if _, err := r.Cookie("sessionid"); err != nil {
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", HttpOnly: true, Secure: true})
		http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "tw", Path: "/"})
	}
	if uri == "" || !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "/login") {
		uri = "/"
	}
	if msg != "" {
		msg = `<p class="ErrMsg"><img src="/media/ms_err.gif" alt=""/> ` + msg + `</p>`
	}
	io.WriteString(w, doctype+`<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<title>使用者認證 : `+model+` : `+model+`</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css"/>
<script type="text/javascript" src="/media/login.js"></script></head>
<body onload="document.login.USERNAME.focus()">
<div id="canonlogo"><img src="/media/canonlogo.gif" alt="Canon"/></div>
<div id="loginBox"><h1>`+model+`</h1><p>`+model+` / 5F 總務部</p>`+msg+`
<form name="login" action="/login" method="post" onsubmit="return doLogin()">
<input type="hidden" name="URI" value="`+html.EscapeString(uri)+`"/>
<input type="hidden" name="CHALLENGE" value="`+p.challenge+`"/>
<input type="hidden" name="PK" value="`+pk+`"/>
<input type="hidden" name="PASSWORD" value=""/>
<input type="hidden" name="DOMAIN" value=""/>
<input type="hidden" name="policy" value=""/><input type="hidden" name="admin" value=""/><input type="hidden" name="GUEST" value=""/>
<table>
<tr><th><label for="USERNAME">使用者名稱：</label></th><td><input type="text" id="USERNAME" name="USERNAME" maxlength="32" value=""/></td></tr>
<tr><th><label for="PASSWORD_T">密碼：</label></th><td><input type="password" id="PASSWORD_T" name="PASSWORD_T" maxlength="32" value="" autocomplete="off"/></td></tr>
<tr><th><label for="domainname">登入目的地：</label></th><td><select id="domainname" name="domainname"><option value="localhost">本裝置</option></select></td></tr>
</table>
<fieldset><input type="submit" name="LoginButton" value="登入"/></fieldset>
</form></div>
<div id="footer">Copyright CANON INC. 2020</div></body></html>
`)
}

func (d *Device) login(w http.ResponseWriter, r *http.Request) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	d.expire()
	if r.Method != "POST" {
		if r.URL.RawQuery != "" {
			d.Violate("login by GET with a query")
		}
		d.loginForm(w, r, "/", "")
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	v, err2 := url.ParseQuery(string(raw))
	if err != nil || err2 != nil {
		d.loginForm(w, r, "/", "")
		return
	}
	if v.Get("PASSWORD_T") != "" || v.Get("PASSWORD") == d.cred.Password {
		d.Violate("a password sent in clear")
	}
	for _, n := range []string{"URI", "CHALLENGE", "PK", "PASSWORD", "DOMAIN", "policy", "admin", "GUEST", "USERNAME", "PASSWORD_T", "domainname"} {
		if len(v[n]) != 1 {
			d.Violate("login without the form's own field %s", n)
		}
	}
	for n := range v {
		if !strings.Contains(" URI CHALLENGE PK PASSWORD DOMAIN policy admin GUEST USERNAME PASSWORD_T domainname LoginButton ", " "+n+" ") {
			d.Violate("login with a field that the form has not: %s", n)
		}
	}
	p := d.logins[v.Get("CHALLENGE")]
	delete(d.logins, v.Get("CHALLENGE"))
	if p == nil {
		d.loginForm(w, r, v.Get("URI"), "此網頁已過期。請重新登入。")
		return
	}
	if v.Get("DOMAIN") != "localhost" {
		d.loginForm(w, r, v.Get("URI"), "登入目的地不正確。")
		return
	}
	if d.wrong >= maxWrong && v.Get("USERNAME") == d.cred.UserName {
		d.loginForm(w, r, v.Get("URI"), "帳戶已鎖定。請聯絡管理員。")
		return
	}
	ct, _ := base64.StdEncoding.DecodeString(v.Get("PASSWORD"))
	pt, err := rsa.DecryptPKCS1v15(rand.Reader, p.key, ct)
	if err != nil {
		d.Violate("a password not encrypted with the page's key")
	}
	pw, ok := strings.CutSuffix(string(pt), p.challenge)
	if !ok || v.Get("USERNAME") != d.cred.UserName || subtle.ConstantTimeCompare([]byte(pw), []byte(d.cred.Password)) != 1 {
		if v.Get("USERNAME") == d.cred.UserName {
			d.wrong++
		}
		if d.failures++; d.failures > 1 {
			d.Violate("wrong-password attempt number %d", d.failures)
		}
		msg := "無法登入。請檢查使用者名稱和密碼。"
		if d.wrong >= maxWrong {
			msg = "帳戶已鎖定。請聯絡管理員。"
		}
		d.loginForm(w, r, v.Get("URI"), msg)
		return
	}
	d.wrong = 0
	me := clientOf(r)
	for _, s := range d.sessions {
		if s.client == me {
			d.Violate("two sessions at a time by the same client")
			break
		}
	}
	s := &session{id: devicetest.Hex(16), client: me, seen: d.cfg.Now(), offered: map[string]bool{}, keysShown: map[string]bool{}}
	d.sessions[s.id] = s
	http.SetCookie(w, &http.Cookie{Name: "com.canon.meap.service.login.session", Value: s.id, Path: "/", HttpOnly: true, Secure: true})
	to := v.Get("URI")
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		to = "/"
	}
	http.Redirect(w, r, "https://"+r.Host+to, http.StatusFound)
}
