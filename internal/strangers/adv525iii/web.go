package adv525iii

//lint:file-ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.

import (
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type session struct {
	id, ir, token string
	last          time.Time
}

type challenge struct {
	text string
	key  *rsa.PrivateKey
}

// form is a form as it was sent: what a browser must send back.
type form struct {
	action string
	fixed  map[string]string // hidden values that no script changes
	need   map[string]bool
	opts   map[string][]string // values of selects, radios and check boxes
}

var (
	formRE = regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	tagRE  = regexp.MustCompile(`(?s)<(input|select|textarea|option)\b((?:[^>"]|"[^"]*")*)>`)
	attrRE = regexp.MustCompile(`(?s)([a-zA-Z-]+)="([^"]*)"`)
	urlRE  = regexp.MustCompile(`["'=](\.?/[a-z][A-Za-z0-9_./?&;=%-]*)["']`)
	// set by the scripts of the pages
	scripted = map[string]bool{"Flag": true, "PageFlag": true, "CoreNXPage": true, "KeyNo": true, "PolNo": true, "Dummy": true, "PASSWORD": true, "SubNo": true}
)

func attrs(s string) map[string]string {
	m := map[string]string{}
	for _, a := range attrRE.FindAllStringSubmatch(s, -1) {
		m[strings.ToLower(a[1])] = html.UnescapeString(a[2])
	}
	return m
}

// scan remembers the addresses and the forms that a page offers.
func (d *Device) scan(page, token string) {
	for _, u := range urlRE.FindAllStringSubmatch(page, -1) {
		d.offer(html.UnescapeString(u[1]))
	}
	for _, m := range formRE.FindAllStringSubmatch(page, -1) {
		f := form{"/rps/" + strings.TrimPrefix(attrs(m[1])["action"], "./"), map[string]string{}, map[string]bool{}, map[string][]string{}}
		if strings.HasSuffix(f.action, "//login") {
			f.action = "/login"
		}
		sel := ""
		for _, t := range tagRE.FindAllStringSubmatch(m[2], -1) {
			a := attrs(t[2])
			n, kind := a["name"], a["type"]
			switch {
			case t[1] == "option":
				f.opts[sel] = append(f.opts[sel], a["value"])
			case kind == "checkbox" || kind == "radio" || kind == "submit":
				f.opts[n] = append(f.opts[n], a["value"])
			case n != "" && kind != "button":
				f.need[n], sel = true, n
				if kind == "hidden" && !scripted[n] {
					f.fixed[n] = a["value"]
				}
			}
		}
		if token != "" {
			d.forms[token] = append(d.forms[token], f)
		}
	}
}

func (d *Device) offer(u string) {
	if strings.HasPrefix(u, "./") {
		u = "/rps/" + u[2:]
	}
	if p, err := url.Parse(u); err == nil {
		d.offered[plain(p)] = true
	}
}

// plain is an address without its cache buster.
func plain(u *url.URL) string {
	q := u.Query()
	q.Del("Dummy")
	if len(q) == 0 {
		return u.Path
	}
	return u.Path + "?" + q.Encode()
}

// check compares a POST with the forms that were sent with the token.
func (d *Device) check(r *http.Request, token string, sent url.Values) bool {
	why := "no form of the page has this action"
	if d.forms[token] == nil {
		why = "no page with its token was sent"
	}
	for _, f := range d.forms[token] {
		if f.action != r.URL.Path {
			continue
		}
		why = ""
		for n := range f.need {
			if !sent.Has(n) {
				why = "field " + n + " is missing"
			}
		}
		for n, v := range sent {
			fixed, ok := f.fixed[n]
			switch {
			case !f.need[n] && f.opts[n] == nil:
				why = "field " + n + " is not in the form"
			case len(v) > 1:
				why = "field " + n + " is sent twice"
			case ok && norm(v[0]) != norm(fixed):
				why = "hidden field " + n + " was changed"
			case f.opts[n] != nil && !slices.Contains(f.opts[n], v[0]):
				why = "field " + n + " has a value that the form does not offer"
			}
		}
		if why == "" {
			return true
		}
	}
	d.Violate("POST %s is not what its form sends: %s", r.URL.Path, why)
	return false
}

func norm(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r", "")) }

func esc(s string) string { return html.EscapeString(s) }

func (d *Device) stamp() string { return d.cfg.Now().Format("2006 01/02 15:04:05") }

func (d *Device) dummy() string { return fmt.Sprint(time.Now().UnixMilli()) }

func (d *Device) handle(w http.ResponseWriter, r *http.Request) {
	defer d.Lock()()
	h := w.Header()
	for k, v := range map[string]string{"Server": "CANON HTTP Server", "Cache-Control": "no-cache,no-store,max-age=0", "Pragma": "no-cache",
		"Expires": "Thu, 01 Jan 1970 00:00:00 GMT", "X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff"} {
		h.Set(k, v)
	}
	if m, ok := media[r.URL.Path]; ok {
		h.Set("Content-Type", m[0])
		fmt.Fprint(w, m[1])
		return
	}
	if !d.offered[plain(r.URL)] {
		d.Violate("%s %s: an address that no page offered", r.Method, plain(r.URL))
	}
	if r.Method != "GET" && r.Method != "POST" {
		d.Violate("%s %s: a method that no browser uses here", r.Method, r.URL.Path)
		http.Error(w, "405", http.StatusMethodNotAllowed)
		return
	}
	if r.Method == "GET" && strings.HasPrefix(r.URL.Query().Get("Flag"), "Exec") {
		d.Violate("GET %s: a write by GET", r.URL.Path)
		d.cannot(w, noPage)
		return
	}
	s, native := d.session(r), "/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=%s&Dummy="+d.dummy()
	switch p := r.URL.Path; {
	case p == "/login":
		d.login(w, r)
	case strings.HasPrefix(p, "/rps/") && p != "/rps/":
		d.rps(w, r, s)
	case p != "/" && p != "/rps/" && p != "/usermode" && p != "/sysmonitor":
		http.NotFound(w, r)
	case s == nil:
		d.loginPage(w, r, p, "")
	case p == "/usermode":
		d.redirect(w, fmt.Sprintf(native, "PGTAG_CONF_ENV_PAP"))
	case p == "/sysmonitor":
		d.redirect(w, fmt.Sprintf(native, "PGTAG_JOB_PRT_STAT"))
	default:
		d.portal(w)
	}
}

func (d *Device) session(r *http.Request) *session {
	d.open()
	c, err := r.Cookie("com.canon.meap.service.login.session")
	if err != nil || d.sessions[c.Value] == nil {
		return nil
	}
	s := d.sessions[c.Value]
	s.last = d.cfg.Now()
	return s
}

func (d *Device) redirect(w http.ResponseWriter, to string) {
	d.offer(to)
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

const icon = "GIF89a\x10\x00\x10\x00\x80\x00\x00"

// iconEnd paints the whole square with the first colour, uncompressed.
var iconEnd = "\xff\xff\xff,\x00\x00\x00\x00\x10\x00\x10\x00\x00\x02\x0e\x84\x8f\xa9\xcb\xed\x0f\xa3\x9c\xb4\xda\x8b\xb3>\x05\x00;"

var media = map[string][2]string{
	"/media/rui.css":        {"text/css", asset("rui.css")},
	"/media/ms_err.gif":     {"image/gif", icon + "\xc8\x00\x00" + iconEnd},
	"/media/ico_nocert.gif": {"image/gif", icon + "\xe6\xa0\x00" + iconEnd},
	"/media/ico_key.gif":    {"image/gif", icon + "\x00\x5a\xa0" + iconEnd},
}

// write sends a page and remembers what it offers.
func (d *Device) write(w http.ResponseWriter, title, head, body, token string) {
	p := `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>` + esc(title) + `</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" />
` + head + `</head>
` + body + "\n</html>\n"
	d.scan(p, token)
	w.Header().Set("Content-Type", "text/html;charset=UTF-8")
	fmt.Fprint(w, p)
}

// cannot is the page for what cannot be shown, with status 200.
func (d *Device) cannot(w http.ResponseWriter, why string) {
	d.write(w, "リモートUI : このページを表示できません。", "", `<body><p><img src="/media/ms_err.gif" alt="" /> このページを表示できません。</p>
<p>`+esc(why)+`</p><p><a href="/" target="_top">ポータルページへ</a></p></body>`, "")
}

func (d *Device) expired(w http.ResponseWriter) {
	d.cannot(w, "認証情報が更新されたか、セッションの有効期限が切れています。ポータルページからログインしなおしてください。")
}

func (d *Device) loginPage(w http.ResponseWriter, r *http.Request, uri, msg string) {
	k, err := devicetest.GenerateKey(1024)
	if err != nil {
		http.Error(w, "500", 500)
		return
	}
	c := &challenge{devicetest.Hex(16), k}
	d.logins = append(d.logins, c)
	if len(d.logins) > 32 {
		d.logins = d.logins[1:]
	}
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if _, err := r.Cookie("sessionid"); err != nil {
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: devicetest.Hex(16), Path: "/", Secure: true, HttpOnly: true})
	}
	http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "ja", Path: "/"})
	if msg != "" {
		msg = `<p class="ErrMsg"><img src="/media/ms_err.gif" alt="" /> ` + esc(msg) + `</p>`
	}
	d.write(w, "ユーザー認証 : "+model+" : "+model, script(asset("login.js")), asset("login.html", "{msg}", msg, "{challenge}", c.text, "{pk}", pk, "{uri}", esc(uri)), c.text)
}

// login takes the form of the login page.
func (d *Device) login(w http.ResponseWriter, r *http.Request) {
	if r.Method != "POST" {
		if r.URL.RawQuery != "" {
			d.Violate("GET /login with a query: a password may be in the address")
		}
		d.loginPage(w, r, "/", "")
		return
	}
	r.ParseForm()
	f, msg := r.PostForm, ""
	d.check(r, f.Get("CHALLENGE"), f)
	uri := "/" + strings.TrimLeft(f.Get("URI"), "/")
	if f.Get("PASSWORD_T") != "" || f.Get("PASSWORD") == adminPass {
		d.Violate("a password was sent in clear to /login")
	}
	c := find(d.logins, func(c *challenge) bool { return c.text == f.Get("CHALLENGE") })
	if c == nil {
		d.loginPage(w, r, uri, "ページの有効期限が切れています。もう一度ログインしてください。")
		return
	}
	d.logins = slices.DeleteFunc(d.logins, func(o *challenge) bool { return o == c })
	ct, _ := base64.StdEncoding.DecodeString(f.Get("PASSWORD"))
	pt, err := rsa.DecryptPKCS1v15(nil, c.key, ct)
	if err != nil {
		d.Violate("the password sent to /login was not encrypted as the form does it")
	}
	switch ok := f.Get("USERNAME") == adminName && string(pt) == adminPass+c.text; {
	case d.wrong >= maxWrongPass:
		d.Violate("a login to a locked account")
		msg = "アカウントがロックアウトされています。システム管理者に連絡してください。"
	case !ok:
		if d.wrong, d.wrongTotal = d.wrong+1, d.wrongTotal+1; d.wrongTotal > 1 {
			d.Violate("wrong password number %d", d.wrongTotal)
		}
		msg = "ユーザー名、パスワード、またはログイン先が正しくありません。"
		if d.wrong >= maxWrongPass {
			msg = "ログインに連続して失敗したため、アカウントがロックアウトされました。システム管理者に連絡してください。"
		}
	default:
		if d.wrong = 0; d.open() > 0 {
			d.Violate("a second session while one is open")
		}
		s := &session{id: devicetest.Hex(16), last: d.cfg.Now()}
		d.sessions[s.id] = s
		http.SetCookie(w, &http.Cookie{Name: "com.canon.meap.service.login.session", Value: s.id, Path: "/", Secure: true, HttpOnly: true})
		d.redirect(w, uri)
		return
	}
	d.loginPage(w, r, uri, msg)
}

const noPage = "指定されたページを表示できません。"

//go:embed assets
var assets embed.FS

// asset is a part of a page with its marks replaced.
func asset(name string, repl ...string) string {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer(append(repl, "{model}", model, "{user}", adminName, "{serial}", serialNo, "{version}", ctrlVersion)...).Replace(string(b))
}

func script(js string) string {
	return "<script type=\"text/javascript\">\n//<![CDATA[\n" + js + "//]]>\n</script>\n"
}

func (d *Device) portal(w http.ResponseWriter) {
	d.offer("/rps/logout.cgi")
	d.write(w, "リモートUI : ポータル : "+model+" : "+model, script(asset("logout.js")), asset("portal.html"), "")
}

// rps serves the native part of the UI.
func (d *Device) rps(w http.ResponseWriter, r *http.Request, s *session) {
	name := strings.TrimPrefix(r.URL.Path, "/rps/")
	if name == "logout.cgi" {
		if s != nil {
			delete(d.sessions, s.id)
		}
		http.SetCookie(w, &http.Cookie{Name: "com.canon.meap.service.login.session", Path: "/", MaxAge: -1})
		http.SetCookie(w, &http.Cookie{Name: "iR", Path: "/rps/", MaxAge: -1})
		d.redirect(w, "/")
		return
	}
	if s == nil {
		d.expired(w)
		return
	}
	if name == "nativetop.cgi" {
		s.ir = devicetest.Decimal(9)
		http.SetCookie(w, &http.Cookie{Name: "iR", Value: s.ir, Path: "/rps/"})
		menu, body := "./cmenu.cgi?CorePGTAG=30", "./cpaper.cgi?Flag=Init_Data&PageFlag=c_paper.tpl&FromTopPage=1"
		if r.URL.Query().Get("CorePGTAG") != "PGTAG_CONF_ENV_PAP" {
			menu, body = "./jmenu.cgi?CorePGTAG=1", "./jstatpri.cgi?Flag=Init_Data&PageFlag=j_pri.tpl&CorePGTAG=1&FromTopPage=1"
		}
		d.write(w, "リモートUI : "+model+" : "+model, "", asset("frames.html", "{menu}", menu, "{body}", esc(body)), "")
		return
	}
	if c, err := r.Cookie("iR"); err != nil || c.Value != s.ir || s.ir == "" {
		if err != nil {
			d.Violate("%s without the cookie of nativetop.cgi", r.URL.Path)
		}
		d.expired(w)
		return
	}
	q := &req{w: w, r: r, s: s, name: name, v: r.URL.Query()}
	if r.Method == "POST" {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		r.ParseMultipartForm(1 << 20) // reads an ordinary form as well
		q.v = r.PostForm
		names := maps.Clone(q.v)
		if r.MultipartForm != nil {
			for n := range r.MultipartForm.File {
				names[n] = []string{""}
			}
		}
		if !d.check(r, q.v.Get("Token"), names) || q.v.Get("Token") != s.token {
			d.cannot(w, "ページの有効期限が切れています。操作をやりなおしてください。")
			return
		}
	}
	d.route(q)
}

type req struct {
	w    http.ResponseWriter
	r    *http.Request
	s    *session
	name string
	v    url.Values
}

func (q *req) flag() string { return q.v.Get("Flag") }

// page is one page of the content frame under construction.
type page struct {
	d                *Device
	q                *req
	title, path, msg string
	js, head         string
	b                strings.Builder
	token            string
}

func (d *Device) page(q *req, title, path string) *page {
	q.s.token = devicetest.Decimal(20)
	return &page{d: d, q: q, title: title, path: path, token: q.s.token}
}

func (p *page) f(format string, a ...any) { fmt.Fprintf(&p.b, format, a...) }

// form opens a form with the hidden fields of the UI; more are name, value pairs.
func (p *page) form(name, cgi, tpl, extra string, more ...string) {
	p.f(`<form name="%s" action="./%s" method="post"%s>`+"\n", name, cgi, extra)
	all := append([]string{"Flag", "Init_Data", "PageFlag", tpl, "CoreNXAction", "./" + cgi, "CoreNXPage", tpl, "CoreNXFlag", "Init_Data",
		"FuncTypeFlag", "SettingPage", "Dummy", p.d.dummy(), "Token", p.token}, more...)
	for i := 0; i < len(all); i += 2 {
		p.hidden(all[i], all[i+1])
	}
}

func (p *page) hidden(name, value string) {
	p.f(`<input type="hidden" name="%s" value="%s" />`+"\n", name, esc(value))
}

func (p *page) row(label, cell string) { p.f("<tr><th>%s</th><td>%s</td></tr>\n", label, cell) }

// buttons are id, label and script by turns.
func (p *page) buttons(b ...string) {
	p.f(`<fieldset class="ButtonSet">`)
	for i := 0; i < len(b); i += 3 {
		p.f("%s ", button(b[i], b[i+1], b[i+2]))
	}
	p.f("</fieldset>\n")
}

// ask is a question with OK, which sends a form with Exec_Data, and a way back.
func (p *page) ask(text, cgi, tpl, extra, back string, more ...string) {
	p.js = setJS("exec_ok", "SUBMIT_FORM", "Exec_Data") + p.goJS("exec_cancel", back)
	p.form("SUBMIT_FORM", cgi, tpl, extra, more...)
	p.f("<p>%s</p>\n", text)
	p.buttons("OK_Button", "OK", "exec_ok()", "Cancel_Button", "キャンセル", "exec_cancel()")
	p.end("</form>\n")
}

func button(id, label, js string) string {
	return fmt.Sprintf(`<input type="button" id="%s" value="%s" onclick="%s" />`, id, esc(label), esc(js))
}

// setJS is a function that sends a form with a flag.
func setJS(fn, form, flag string) string {
	return fmt.Sprintf("function %s(){var f=document.%s;f.Flag.value='%s';f.Dummy.value=new Date().getTime();f.submit();}\n", fn, form, flag)
}

// goJS is a function that goes to a page.
func (p *page) goJS(fn, to string) string {
	p.d.offer(to)
	return fmt.Sprintf("function %s(){location.href='%s&Dummy='+new Date().getTime();}\n", fn, to)
}

// end writes the last of the page and sends it.
func (p *page) end(last string) { p.b.WriteString(last); p.send() }

func (p *page) send() {
	if p.msg != "" {
		p.msg = `<p class="ErrMsg"><img src="/media/ms_err.gif" alt="" /> ` + esc(p.msg) + "</p>\n"
	}
	p.d.write(p.q.w, "リモートUI : "+p.title+" : "+model, p.head+script(p.js), `<body>
<div class="PagePath">`+p.path+`</div>
<h2>`+esc(p.title)+`</h2><div align="right">最終更新日時：`+p.d.stamp()+`</div>
`+p.msg+p.b.String()+`<p>Copyright CANON INC. 2019</p>
</body>`, p.token)
}
