package dxc5840

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	loginCookie = "com.canon.meap.service.login.session"
	maxForms    = 60
)

type session struct {
	id, ir string
	last   time.Time
	offers map[string]bool
	draft  map[string]map[string]string // of settings pages, until 確定
}

type challenge struct {
	key *rsa.PrivateKey
}

// field is one control of a form as a browser submits it.
type field struct {
	name string
	vals []string // nil: anything
	opt  bool     // checkbox, radio button, or disabled by script
	max  int
}

type form struct {
	path   string
	fields []field
	radios map[string]bool // groups of which one is always chosen
	s      *session
	keep   bool // a download leaves the page as it is
	used   bool
}

type pair struct{ name, value string }

// req is one request for a page under /rps/.
type req struct {
	d    *Device
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	q    url.Values
	file []byte
	b    strings.Builder
	cur  *form
	path string
}

func esc(s string) string { return html.EscapeString(s) }

func (r *req) f(format string, a ...any) { fmt.Fprintf(&r.b, format, a...) }

// address is a URL without the cache buster, in one spelling.
func address(path string, q url.Values) string {
	c := url.Values{}
	for k, v := range q {
		if k != "Dummy" {
			c[k] = v
		}
	}
	if len(c) == 0 {
		return path
	}
	return path + "?" + c.Encode()
}

func (r *req) offer(path, query string) {
	q, _ := url.ParseQuery(query)
	r.s.offers[address(path, q)] = true
}

func (d *Device) addForm(tok string, f *form) {
	d.forms[tok] = f
	d.formOrder = append(d.formOrder, tok)
	if len(d.formOrder) > maxForms {
		delete(d.forms, d.formOrder[0])
		d.formOrder = d.formOrder[1:]
	}
}

func (d *Device) header(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	h.Set("X-XSS-Protection", "1; mode=block")
	h.Set("Content-Type", "text/html;charset=UTF-8")
}

func (d *Device) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(loginCookie)
	if err != nil {
		return nil
	}
	d.openSessions()
	s := d.sessions[c.Value]
	if s != nil {
		s.last = d.cfg.Now()
	}
	return s
}

func (d *Device) serve(w http.ResponseWriter, hr *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, hr.Body, 1<<20))
	if err != nil {
		http.Error(w, "", http.StatusRequestEntityTooLarge)
		return
	}
	defer d.Lock()()
	d.header(w)
	path := hr.URL.Path
	if d.static(w, path) {
		return
	}
	r := &req{d: d, w: w, r: hr, path: path, q: hr.URL.Query()}
	if d.Away {
		r.errorPage("裝置正在重新啟動。請稍候再試。")
		return
	}
	if hr.Method != http.MethodGet && hr.Method != http.MethodPost {
		d.Violate("method %s on %s", hr.Method, path)
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	}
	if path == "/login" {
		if hr.Method == http.MethodGet {
			d.Violate("GET /login: no page offers that")
			r.loginPage("/", "")
			return
		}
		r.login(body)
		return
	}
	r.s = d.sessionOf(hr)
	if hr.Method == http.MethodPost && !strings.HasPrefix(path, "/rps/") {
		d.Violate("POST %s: no form goes there", path)
	}
	if hr.Method == http.MethodGet && path != "/" && (r.s == nil || !r.s.offers[address(path, r.q)]) {
		// A page of a session that is over is still in the browser's window; its links are no invention.
		if _, e := hr.Cookie(loginCookie); r.s != nil || e != nil {
			d.Violate("GET %s: no page of this session offered that address", hr.URL.RequestURI())
		}
	}
	switch path {
	case "/", "/usermode", "/sysmonitor":
		if r.s == nil {
			r.loginPage(path, "")
			return
		}
		if path == "/" {
			r.portal()
			return
		}
		tag := map[string]string{"/usermode": "PGTAG_CONF_ENV_PAP", "/sysmonitor": "PGTAG_JOB_PRT_STAT"}[path]
		query := "RUIPNxBundle=&CorePGTAG=" + tag
		r.offer("/rps/nativetop.cgi", query)
		http.Redirect(w, hr, fmt.Sprintf("/rps/nativetop.cgi?%s&Dummy=%d", query, time.Now().UnixMilli()), http.StatusFound)
		return
	}
	if !strings.HasPrefix(path, "/rps/") {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.s == nil {
		r.errorPage("認證資訊已更新，或連線已逾時。請重新登入。")
		return
	}
	if path == "/rps/logout.cgi" || path == "/rps/nativetop.cgi" {
		if path == "/rps/logout.cgi" {
			delete(d.sessions, r.s.id)
			http.SetCookie(w, &http.Cookie{Name: loginCookie, Path: "/", MaxAge: -1})
			http.Redirect(w, hr, "/", http.StatusFound)
			return
		}
		r.nativeTop()
		return
	}
	if c, err := hr.Cookie("iR"); err != nil || c.Value != r.s.ir || r.s.ir == "" {
		d.Violate("%s asked for without the entrance page's cookie iR", path)
		r.errorPage("無法顯示指定的頁面。")
		return
	}
	flag := r.q.Get("Flag")
	if hr.Method == http.MethodPost {
		if !r.readPost(body) {
			return
		}
	} else if strings.HasPrefix(flag, "Exec_") || flag == "Temp_Data" {
		d.Violate("a write by GET: %s", hr.URL.RequestURI())
		r.errorPage("無法處理此要求。")
		return
	}
	h := routes[r.q.Get("PageFlag")]
	if h.cgi == "" || "/rps/"+h.cgi != path {
		r.errorPage("無法顯示指定的頁面。")
		return
	}
	h.serve(r)
}

// errorPage is the page of this firmware for whatever cannot be shown.
func (r *req) errorPage(text string) {
	if r.s != nil {
		r.offer("/", "")
	}
	fmt.Fprintf(r.w, `<!DOCTYPE html>
<html lang="zh-TW"><head><meta charset="UTF-8"><title>遠端使用者介面 : 無法開啟此頁面。</title>
<link rel="stylesheet" type="text/css" href="/rps/css/rui.css" /></head>
<body class="Err"><div id="ErrBox"><h1>無法開啟此頁面。</h1><p class="ErrText">%s</p>
<fieldset class="Btn"><input type="button" value="確定" onclick="location.href='/'" /></fieldset></div></body></html>
`, esc(text))
}

// readPost takes a form apart and compares it with what the page held.
func (r *req) readPost(body []byte) bool {
	var pairs []pair
	mt, par, _ := mime.ParseMediaType(r.r.Header.Get("Content-Type"))
	switch mt {
	case "application/x-www-form-urlencoded":
		for _, kv := range strings.Split(string(body), "&") {
			k, v, _ := strings.Cut(kv, "=")
			k, e1 := url.QueryUnescape(k)
			v, e2 := url.QueryUnescape(v)
			if e1 != nil || e2 != nil {
				r.d.Violate("POST %s: bad encoding", r.path)
			}
			pairs = append(pairs, pair{k, v})
		}
	case "multipart/form-data":
		for m := multipart.NewReader(bytes.NewReader(body), par["boundary"]); ; {
			p, err := m.NextPart()
			if err != nil {
				break
			}
			b, _ := io.ReadAll(p)
			if _, ok := mimeFile(p.Header.Get("Content-Disposition")); ok {
				r.file = b
				b = nil
			}
			pairs = append(pairs, pair{p.FormName(), string(b)})
		}
	default:
		r.d.Violate("POST %s with content type %q", r.path, mt)
		r.errorPage("無法處理此要求。")
		return false
	}
	r.q = url.Values{}
	for _, p := range pairs {
		r.q.Add(p.name, p.value)
	}
	tok := r.q.Get("Token")
	if r.path == "/login" {
		tok = r.q.Get("CHALLENGE")
	}
	f := r.d.forms[tok]
	switch {
	case f == nil || f.s != r.s:
		r.d.Violate("POST %s without the token of a page of this session", r.path)
		r.errorPage("頁面已過期。請重新顯示頁面。")
		return false
	case f.used:
		r.errorPage("頁面已過期。請重新顯示頁面。")
		return false
	case f.path != r.path:
		r.d.Violate("POST to %s of a form that goes to %s", r.path, f.path)
		r.errorPage("無法處理此要求。")
		return false
	}
	f.used = !f.keep
	if why := f.compare(pairs); why != "" {
		r.d.Violate("POST %s: %s", r.path, why)
		if !strings.HasPrefix(why, "order") {
			r.errorPage("無法處理此要求。")
			return false
		}
	}
	return true
}

func mimeFile(disposition string) (string, bool) {
	_, p, err := mime.ParseMediaType(disposition)
	if err != nil {
		return "", false
	}
	n, ok := p["filename"]
	return n, ok
}

// compare tells why a browser would not have sent these pairs, or "".
func (f *form) compare(pairs []pair) string {
	used := make([]bool, len(f.fields))
	last, disorder := -1, false
	for _, p := range pairs {
		at, named := -1, false
		for pass := 0; pass < 2 && at < 0; pass++ {
			for i, c := range f.fields {
				if c.name != p.name || used[i] || (pass == 0 && i <= last) {
					continue
				}
				named = true
				if c.accepts(p.value) {
					at = i
					break
				}
			}
		}
		if at < 0 {
			if named {
				return fmt.Sprintf("field %s with a value that the page does not offer: %.60q", p.name, p.value)
			}
			return fmt.Sprintf("field %s is not in the form, or too often", p.name)
		}
		if at < last {
			disorder = true
		}
		used[at], last = true, at
	}
	count := map[string]int{}
	for i, c := range f.fields {
		if !used[i] && !c.opt {
			return fmt.Sprintf("field %s of the form is missing", c.name)
		}
		if used[i] {
			count[c.name]++
		}
	}
	for g := range f.radios {
		if count[g] != 1 {
			return fmt.Sprintf("%d of the radio buttons %s chosen", count[g], g)
		}
	}
	if disorder {
		return "order of the fields is not the form's"
	}
	return ""
}

func (c field) accepts(v string) bool {
	if c.max > 0 && len([]rune(v)) > c.max {
		return false
	}
	return c.vals == nil || slices.Contains(c.vals, strings.ReplaceAll(v, "\r\n", "\n"))
}

// loginPage asks for name and password; the password is encrypted for this very page.
func (r *req) loginPage(uri, msg string) {
	k, err := devicetest.GenerateKey(2048)
	if err != nil {
		panic(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	ch := devicetest.Hex(32)
	if len(r.d.logins) > maxForms {
		r.d.logins = map[string]*challenge{}
	}
	r.d.logins[ch] = &challenge{key: k}
	f := &form{path: "/login"}
	fixed := func(n string, v ...string) { f.fields = append(f.fields, field{name: n, vals: v}) }
	fixed("URI", uri)
	fixed("CHALLENGE", ch)
	fixed("PK", pk)
	f.fields = append(f.fields, field{name: "PASSWORD"})
	fixed("DOMAIN", "localhost")
	for _, n := range []string{"policy", "admin", "GUEST", "invalidCH"} {
		fixed(n, "")
	}
	f.fields = append(f.fields, field{name: "USERNAME", max: 32}, field{name: "PASSWORD_T", max: 32})
	fixed("domainname", "localhost")
	fixed("LoginButton", "登入")
	r.d.addForm(ch, f)
	if _, err := r.r.Cookie("sessionid"); err != nil {
		http.SetCookie(r.w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", HttpOnly: true, Secure: true})
	}
	http.SetCookie(r.w, &http.Cookie{Name: "portalLang", Value: "tw", Path: "/", Secure: true})
	if msg != "" {
		msg = `<p class="LoginErr" id="errMsg">` + esc(msg) + `</p>`
	}
	fmt.Fprintf(r.w, loginHTML, model, model, uri, ch, esc(pk), msg)
}

// login judges what the login form sent.
func (r *req) login(body []byte) {
	d := r.d
	if !r.readPost(body) {
		if q := r.q.Get("PASSWORD"); q == d.Credentials().Password || r.q.Get("PASSWORD_T") != "" {
			d.Violate("a password sent in clear where the form encrypts it")
		}
		return
	}
	ch := d.logins[r.q.Get("CHALLENGE")]
	delete(d.logins, r.q.Get("CHALLENGE"))
	if r.q.Get("PASSWORD_T") != "" {
		d.Violate("a password sent in clear where the form encrypts it")
	}
	var plain []byte
	raw, err := base64.StdEncoding.DecodeString(r.q.Get("PASSWORD"))
	if err == nil && ch != nil {
		//lint:ignore SA1019 it is what the login page uses
		plain, err = rsa.DecryptPKCS1v15(nil, ch.key, raw)
	}
	if err != nil || ch == nil {
		d.Violate("a password that was not encrypted as the form does")
	}
	pw, bound := strings.CutSuffix(string(plain), r.q.Get("CHALLENGE"))
	uri := r.q.Get("URI")
	now := d.cfg.Now()
	if now.Before(d.lockedUntil) {
		r.loginPage(uri, "此帳戶已被鎖定。請於一段時間後再試。")
		return
	}
	cred := d.Credentials()
	if !bound || pw != cred.Password || r.q.Get("USERNAME") != cred.UserName {
		d.wrong++
		d.wrongTotal++
		if d.wrongTotal > 1 {
			d.Violate("wrong name or password number %d", d.wrongTotal)
		}
		msg := "使用者名稱或密碼不正確。"
		if d.wrong >= maxWrong {
			d.wrong, d.lockedUntil = 0, now.Add(lockTime)
			msg = "登入失敗次數已達上限，此帳戶已被鎖定。"
		}
		r.loginPage(uri, msg)
		return
	}
	d.wrong = 0
	if d.openSessions() > 0 {
		d.Violate("a second session while another one is open")
	}
	s := &session{id: devicetest.Hex(16), last: now, offers: map[string]bool{}, draft: map[string]map[string]string{}}
	d.sessions[s.id] = s
	r.s = s
	r.offer(uri, "")
	http.SetCookie(r.w, &http.Cookie{Name: loginCookie, Value: s.id, Path: "/", HttpOnly: true, Secure: true})
	http.Redirect(r.w, r.r, uri, http.StatusFound)
}

// nativeTop is the entrance to the native pages: it sets iR and goes on by script.
func (r *req) nativeTop() {
	n, _ := strconv.ParseUint(devicetest.Hex(4), 16, 32)
	r.s.ir = strconv.FormatUint(n, 10)
	http.SetCookie(r.w, &http.Cookie{Name: "iR", Value: r.s.ir, Path: "/", Secure: true})
	cgi, tpl, tag := "jstatpri.cgi", "j_statpri.tpl", "1"
	if strings.HasPrefix(r.q.Get("CorePGTAG"), "PGTAG_CONF") {
		cgi, tpl, tag = "cpanel.cgi", "c_paper.tpl", "51"
	}
	r.offer("/rps/"+cgi, "CorePGTAG="+tag+"&Flag=Init_Data&PageFlag="+tpl+"&FromTopPage=1")
	fmt.Fprintf(r.w, `<!DOCTYPE html>
<html lang="zh-TW"><head><meta charset="UTF-8"><title>遠端使用者介面</title></head>
<body onload="document.TOP_FORM.Dummy.value=new Date().getTime();document.TOP_FORM.submit();">
<form name="TOP_FORM" method="get" action="./%s"><input type="hidden" name="CorePGTAG" value="%s" /><input type="hidden" name="Flag" value="Init_Data" />
<input type="hidden" name="PageFlag" value="%s" /><input type="hidden" name="FromTopPage" value="1" /><input type="hidden" name="Dummy" value="" /></form>
</body></html>
`, cgi, tag, tpl)
}
