package adv4535

import (
	_ "embed" // the script and the style sheet
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const loginCookie = "com.canon.meap.service.login.session"

// session is one login.
type session struct {
	id, ir string
	last   time.Time
	draft  map[string]map[string]string // settings pages on the way to a key list and back
}

// ctx is one request of somebody logged in.
type ctx struct {
	d         *Device
	w         http.ResponseWriter
	r         *http.Request
	s         *session
	v         url.Values
	file      []byte
	info, err string // what the next page says at its top
}

func (d *Device) dummy() string { return fmt.Sprint(d.cfg.Now().UnixMilli()) }

// offer notes an address that a page shows, without the cache buster.
func (d *Device) offer(addr string) string {
	if u, err := url.Parse(addr); err == nil {
		d.offered[plain(u)] = true
	}
	return addr
}

func plain(u *url.URL) string {
	q := u.Query()
	q.Del("Dummy")
	return u.Path + "?" + q.Encode()
}

// cgi is the address of a page under /rps/, offered by that.
func (d *Device) cgi(name string, kv ...string) string {
	u := "/rps/" + name + "?"
	for i := 0; i < len(kv); i += 2 {
		u += kv[i] + "=" + url.QueryEscape(kv[i+1]) + "&"
	}
	return d.offer(u + "Dummy=" + d.dummy())
}

func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer d.Lock()()
	h := w.Header()
	h.Set("Server", "CANON HTTP Server")
	devicetest.Unkept(h)
	if strings.HasPrefix(r.URL.Path, "/rps/media/") || strings.HasPrefix(r.URL.Path, "/media/") || r.URL.Path == "/favicon.ico" {
		media(w, r)
		return
	}
	h.Set("Content-Type", "text/html;charset=UTF-8")
	if r.Method != "GET" && r.Method != "POST" {
		d.Violate("method %s for %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	typed := map[string]bool{"/": true, "/rps/": true, "/login": true}
	if r.Method == "GET" && !(typed[r.URL.Path] && r.URL.RawQuery == "") && !d.offered[plain(r.URL)] {
		d.Violate("GET of a URL that was never offered: %s", r.URL.RequestURI())
	}
	if flag := r.URL.Query().Get("Flag"); r.Method == "GET" && (strings.Contains(flag, "Exec") || flag == "Set_Key") {
		d.Violate("a write by GET: %s", r.URL.RequestURI())
		d.cannot(w, "指定されたページを表示できません。")
		return
	}
	var s *session
	ck, _ := r.Cookie(loginCookie)
	if ck != nil {
		if s = d.sessions[ck.Value]; s != nil && d.cfg.Now().Sub(s.last) >= sessionLife {
			delete(d.sessions, s.id)
			s = nil
		}
	}
	switch {
	case r.URL.Path == "/login":
		d.login(w, r)
	case s == nil && ck != nil && strings.HasPrefix(r.URL.Path, "/rps/") && r.URL.Path != "/rps/":
		d.cannot(w, "認証情報が更新されたか、セッションの有効期限が切れました。ログインしなおしてください。")
	case s == nil:
		if r.Method == "POST" {
			d.Violate("POST to %s without a login", r.URL.Path)
		}
		d.loginPage(w, r.URL.RequestURI())
	default:
		s.last = d.cfg.Now()
		d.inside(w, r, s)
	}
}

func (d *Device) inside(w http.ResponseWriter, r *http.Request, s *session) {
	c := &ctx{d: d, w: w, r: r, s: s, v: r.URL.Query()}
	switch r.URL.Path {
	case "/", "/rps/":
		d.portal(w)
		return
	case "/logout", "/rps/logout.cgi":
		delete(d.sessions, s.id)
		http.SetCookie(w, &http.Cookie{Name: loginCookie, Path: "/", MaxAge: -1})
		http.SetCookie(w, &http.Cookie{Name: "iR", Path: "/rps/", MaxAge: -1})
		redirect(w, r, "/")
		return
	case "/sysmonitor/":
		redirect(w, r, d.cgi("nativetop.cgi", "RUIPNxBundle", "", "CorePGTAG", "PGTAG_JOB_PRT_STAT"))
		return
	case "/usermode/":
		redirect(w, r, d.cgi("nativetop.cgi", "RUIPNxBundle", "", "CorePGTAG", "PGTAG_CONF_ENV_PAP"))
		return
	case "/rps/nativetop.cgi":
		d.nativeTop(w, r, s)
		return
	}
	run := routes[strings.TrimPrefix(r.URL.Path, "/rps/")]
	ir, _ := r.Cookie("iR")
	if run == nil || !strings.HasPrefix(r.URL.Path, "/rps/") || s.ir == "" || ir == nil || ir.Value != s.ir {
		d.cannot(w, "指定されたページを表示できません。")
		return
	}
	if r.Method == "POST" && !c.post() {
		return
	}
	run(c)
}

// post reads a form and compares it with what was shown.
func (c *ctx) post() bool {
	d, r := c.d, c.r
	r.Body = http.MaxBytesReader(c.w, r.Body, 1<<20)
	files := map[string]bool{}
	multi := strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
	if multi {
		if err := r.ParseMultipartForm(1 << 20); err == nil {
			c.v = r.MultipartForm.Value
			for name, fh := range r.MultipartForm.File {
				files[name] = true
				if f, err := fh[0].Open(); err == nil {
					c.file, _ = io.ReadAll(f)
					f.Close()
				}
			}
		}
	} else if r.ParseForm() == nil {
		c.v = r.PostForm
	}
	f := d.forms[c.v.Get("Token")]
	if f == nil {
		d.Violate("POST to %s without a token that a page has shown", r.URL.Path)
		d.cannot(c.w, "指定されたページを表示できません。")
		return false
	}
	bad := f.verify(c.v, files)
	if f.path != r.URL.Path {
		bad = append(bad, "the form belongs to "+f.path)
	}
	if r.URL.RawQuery != "" {
		bad = append(bad, "the form's action has no query")
	}
	if f.multipart != multi {
		bad = append(bad, "encoding differs from the form's")
	}
	for _, b := range bad {
		d.Violate("POST to %s: %s", r.URL.Path, b)
	}
	flag := c.v.Get("Flag")
	if f.sess != c.s || f.used || len(bad) > 0 {
		d.cannot(c.w, "ページの有効期限が切れています。もう一度はじめから操作してください。")
		return false
	}
	f.used = flag == "Exec_Data" || flag == "Set_Key"
	return true
}

func redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Location", "https://"+r.Host+to)
	w.WriteHeader(http.StatusFound)
}

// cannot is the page for everything that cannot be shown; it comes with status 200.
func (d *Device) cannot(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, "%s<title>リモートUI : このページは開けません。</title></head>\n<body><div class=\"ErrPage\"><img src=\"/media/ms_err.gif\" alt=\"エラー\" width=\"16\" height=\"16\" />\n<p>%s</p>\n<p><a href=\"/\" target=\"_top\">ポータルへ</a></p></div></body></html>\n", head, text)
}

const head = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja" xml:lang="ja">
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<meta http-equiv="Content-Script-Type" content="text/javascript" />
<link rel="stylesheet" type="text/css" href="/rps/media/rui.css" />
`

func (d *Device) loginPage(w http.ResponseWriter, uri string) {
	d.loginShown = true
	http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "ja", Path: "/"})
	fmt.Fprintf(w, `%s<title>ユーザー認証 : %s : %s</title>
<script type="text/javascript">
//<![CDATA[
function set_focus() { document.login.userID.focus(); }
//]]>
</script></head>
<body onload="set_focus();">
<div id="LoginHead"><img src="/media/canonlogo.gif" alt="Canon" width="60" height="16" /> %s / %s / 4階 東側</div>
<form name="login" action="/login" method="post">
<input type="hidden" name="uri" value="%s" />
<table class="Login"><tr><td colspan="2">ログインしてください。</td></tr>
<tr><td>ユーザー名：</td><td><input type="text" name="userID" id="userID" size="32" maxlength="32" value="" /></td></tr>
<tr><td>パスワード：</td><td><input type="password" name="password" id="password" size="32" maxlength="32" value="" /></td></tr>
<tr><td>ログイン先：</td><td><select name="domain"><option value="localhost" selected="selected">このデバイス</option></select></td></tr>
<tr><td></td><td><input type="submit" value="ログイン" /></td></tr></table>
</form>
<div id="Copyright">Copyright CANON INC. 2015</div>
</body></html>
`, head, model, model, model, model, esc(url.QueryEscape(uri)))
}

func (d *Device) login(w http.ResponseWriter, r *http.Request) {
	if r.Method == "GET" {
		if r.URL.RawQuery != "" {
			d.Violate("login by GET")
		}
		d.loginPage(w, "/")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	r.ParseForm()
	v := r.PostForm
	uri, err := url.QueryUnescape(v.Get("uri"))
	if err != nil || !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") || strings.HasPrefix(uri, "/login") {
		uri = "/"
	}
	if len(v) == 1 && v.Has("uri") { // the OK of the refusal's page
		d.loginPage(w, uri)
		return
	}
	names := slices.Sorted(maps.Keys(v))
	if !slices.Equal(names, []string{"domain", "password", "uri", "userID"}) || v.Get("domain") != "localhost" || !d.loginShown || r.URL.RawQuery != "" {
		d.Violate("login POST that does not come from the login form (fields %s)", strings.Join(names, ", "))
	}
	if !v.Has("userID") || !v.Has("password") {
		d.loginPage(w, uri)
		return
	}
	now := d.cfg.Now()
	if now.Sub(d.lockedAt) >= lockTime && d.wrong >= 3 {
		d.wrong = 0
	}
	msg := ""
	switch {
	case d.wrong >= 3:
		msg = "アカウントがロックされているため、ログインできません。しばらくしてからログインしなおしてください。"
	case v.Get("userID") != adminName || v.Get("password") != adminPass:
		msg = "ユーザー名またはパスワードが正しくありません。"
		d.wrong++
		if d.wrongEver++; d.wrongEver > 1 {
			d.Violate("wrong-password attempt number %d", d.wrongEver)
		}
		if d.wrong >= 3 {
			d.lockedAt = now
		}
	}
	if msg != "" {
		fmt.Fprintf(w, `%s<title>ユーザー認証 : %s : %s</title></head>
<body><form name="ok" method="post"><input type="hidden" name="uri" value="%s" />
<p><img src="/media/ms_err.gif" alt="エラー" width="16" height="16" /> <b>%s</b></p>
<p><input type="submit" value="OK" /></p></form></body></html>
`, head, model, model, esc(url.QueryEscape(uri)), msg)
		return
	}
	d.wrong = 0
	if d.openSessions() > 0 {
		d.Violate("a second session while another one is open")
	}
	s := &session{id: "-" + devicetest.Decimal(18), last: now, draft: map[string]map[string]string{}}
	d.sessions[s.id] = s
	http.SetCookie(w, &http.Cookie{Name: loginCookie, Value: s.id, Path: "/", Secure: true, HttpOnly: true})
	redirect(w, r, d.offer(uri))
}

func (d *Device) portal(w http.ResponseWriter) {
	link := func(u, img, text string) string {
		return fmt.Sprintf(`<li><a href="%s"><img src="/media/%s.gif" alt="" width="16" height="16" />%s</a></li>`+"\n", d.offer(u), img, text)
	}
	fmt.Fprintf(w, `%s<title>リモートUI : ポータル : %s : %s</title></head>
<body><div id="Head"><img src="/media/canonlogo.gif" alt="Canon" width="60" height="16" /> リモートUI : ポータル
<span class="Right">ログインユーザー：%s <a href="%s">ログアウト</a></span></div>
<div id="PortalBody"><div class="Area"><h2>デバイス基本情報</h2>
<table class="List"><tr><th>デバイス名：</th><td>%s</td></tr><tr><th>製品名：</th><td>%s</td></tr><tr><th>設置場所：</th><td>4階 東側</td></tr>
<tr><th>デバイスの状態：</th><td>プリンター：スリープモードです。　スキャナー：スリープモードです。　ファクス：送受信できます。</td></tr></table>
<h2>消耗品情報</h2><table class="List"><tr><th>カセット1</th><td>A4　普通紙1</td></tr><tr><th>カセット2</th><td>A3　普通紙1</td></tr><tr><th>トナー(ブラック)</th><td>70%%</td></tr></table></div>
<ul id="PortalMenu">
`, head, model, model, adminName, d.offer("/logout"), model, model)
	io.WriteString(w, link("/sysmonitor/", "p_stat", "状況確認/中止")+link("/usermode/", "p_conf", "設定/登録"))
	io.WriteString(w, "</ul></div>\n<div id=\"Copyright\">Copyright CANON INC. 2015</div></body></html>\n")
}

// nativeTop enters the device's own pages: it hands out the cookie iR and goes on by script.
func (d *Device) nativeTop(w http.ResponseWriter, r *http.Request, s *session) {
	if s.ir == "" {
		s.ir = devicetest.Decimal(9)
	}
	http.SetCookie(w, &http.Cookie{Name: "iR", Value: s.ir, Path: "/rps/"})
	to := ""
	switch r.URL.Query().Get("CorePGTAG") {
	case "PGTAG_JOB_PRT_STAT":
		to = d.cgi("jstatpri.cgi", "CorePGTAG", "1", "FromTopPage", "1", "Flag", "Init_Data", "PageFlag", "j_statpri.tpl")
	case "PGTAG_CONF_ENV_PAP":
		to = d.cgi("cstub.cgi", "CorePGTAG", "28", "FromTopPage", "1", "Flag", "Init_Data", "PageFlag", "c_paper.tpl")
	default:
		d.cannot(w, "指定されたページを表示できません。")
		return
	}
	fmt.Fprintf(w, `%s<title>リモートUI : %s</title>
<script type="text/javascript">
//<![CDATA[
function go_top() {
  if (document.cookie.indexOf("iR=") < 0) { alert("ブラウザーのCookieを有効にしてください。"); return; }
  location.replace("%s");
}
//]]>
</script></head>
<body onload="go_top();"><p>しばらくお待ちください。</p></body></html>
`, head, model, to)
}

// page is one page of the device's own UI being written.
type page struct {
	d *Device
	s *session
	strings.Builder
}

func (p *page) w(format string, a ...any) { fmt.Fprintf(p, format, a...) }

func (p *page) row(label, cell string) {
	p.w("<tr><th>%s</th><td>%s</td></tr>\n", label, cell)
}

type crumb struct{ text, addr string }

type menuItem struct{ text, cgi, tpl, tag string }

var statusMenu = []menuItem{{"ジョブ状況", "", "", ""}, {"プリント", "jstatpri.cgi", "j_statpri.tpl", "1"}, {"送信", "jls.cgi", "j_ls.tpl", "4"}, {"受信", "jlr.cgi", "j_lr.tpl", "6"}, {"保存", "jsvl.cgi", "j_svl.tpl", "7"},
	{"ジョブ履歴", "", "", ""}, {"プリント履歴", "jlp.cgi", "j_lp.tpl", "2"}, {"保存履歴", "jlsv.cgi", "j_lsv.tpl", "8"},
	{"デバイス", "", "", ""}, {"デバイスの状態", "dstatus.cgi", "d_tops.tpl", "11"}, {"デバイス情報", "dinfo.cgi", "d_info.tpl", "13"}, {"カウンター情報", "dcounter.cgi", "d_counter.tpl", "14"}}

var confMenu = []menuItem{{"", "capply.cgi", "c_apply.tpl", "27"},
	{"環境設定", "", "", ""}, {"用紙設定", "cstub.cgi", "c_paper.tpl", "28"}, {"表示設定", "cstub.cgi", "c_disp.tpl", "29"}, {"タイマー/電力設定", "cstub.cgi", "c_timer.tpl", "30"}, {"ネットワーク", "cnet.cgi", "c_net.tpl", "31"}, {"外部インターフェース", "cstub.cgi", "c_extif.tpl", "32"},
	{"ファンクション設定", "", "", ""}, {"共通設定", "cstub.cgi", "c_common.tpl", "33"}, {"送信", "csend.cgi", "c_send.tpl", "34"}, {"受信/転送", "cstub.cgi", "c_recv.tpl", "35"},
	{"宛先設定", "", "", ""}, {"宛先", "cstub.cgi", "c_addr.tpl", "36"},
	{"管理設定", "", "", ""}, {"ユーザー管理", "cstub.cgi", "c_user.tpl", "37"}, {"デバイス管理", "cdev.cgi", "c_dev.tpl", "38"}, {"ライセンス/その他", "clic.cgi", "c_lic.tpl", "39"}, {"データ管理", "cstub.cgi", "c_data.tpl", "40"}}

// show writes a page of an area with its head, its menu and what fill writes; crumbs lead to it.
func (c *ctx) show(area string, crumbs []crumb, title string, fill func(p *page)) {
	d := c.d
	p := &page{d: d, s: c.s}
	menu, top := confMenu, "設定/登録"
	if area == "状況確認/中止" {
		menu, top = statusMenu, area
	}
	p.w(`%s<title>リモートUI : %s : %s : %s</title>
<script type="text/javascript" src="/rps/media/core.js"></script>
<script type="text/javascript">
//<![CDATA[
var logoutURL = "%s";
//]]>
</script></head>
<body><div id="Head"><img src="/rps/media/canonlogo.gif" alt="Canon" width="60" height="16" /> %s / %s / 4階 東側
<span class="Right">ログインユーザー：%s <a href="/">ポータルへ</a> <script type="text/javascript">document.writeln('<a href="javascript:log_out();">ログアウト</a>');</script></span></div>
<table id="Frame"><tr><td id="Menu"><h1>%s</h1>
`, head, title, model, model, d.cgi("logout.cgi"), model, model, adminName, top)
	for _, m := range menu {
		switch {
		case m.cgi == "":
			p.w("<h4>%s</h4>\n", m.text)
		case m.text == "":
			p.w("<p class=\"Apply\"><a href=\"%s\">設定の反映</a></p>\n", esc(d.cgi(m.cgi, "CorePGTAG", m.tag, "Flag", "Init_Data", "PageFlag", m.tpl)))
		default:
			p.w("<div class=\"Item\"><a href=\"%s\">%s</a></div>\n", esc(d.cgi(m.cgi, "CorePGTAG", m.tag, "Flag", "Init_Data", "PageFlag", m.tpl)), m.text)
		}
	}
	p.w("</td><td id=\"Contents\">\n<div id=\"Path\">%s", top)
	if area != top {
		p.w("：%s", area)
	}
	for i, cr := range crumbs {
		p.w("%s<a href=\"%s\">%s</a>", []string{"：", " &gt; "}[min(i, 1)], esc(cr.addr), cr.text)
	}
	p.w("%s%s</div>\n<div id=\"Title\"><h2>%s</h2><span class=\"Right\">最終更新：%s</span></div>\n", pick(len(crumbs) > 0, " &gt; "), pick(len(crumbs) == 0, "：")+title, title, d.cfg.Now().Format("2006/01/02 15:04:05"))
	if c.err != "" {
		p.w("<div class=\"ErrMsg\"><img src=\"./media/ms_err.gif\" alt=\"エラー\" width=\"16\" height=\"16\" /> %s</div>\n", c.err)
	}
	if c.info != "" {
		p.w("<div class=\"InfoMsg\">%s</div>\n", c.info)
	}
	if d.pending && top == "設定/登録" {
		p.w("<div class=\"Notice\">変更した設定は、［設定の反映］を実行すると有効になります。</div>\n")
	}
	fill(p)
	p.w("</td></tr></table>\n<div id=\"Copyright\">Copyright CANON INC. 2015</div>\n</body></html>\n")
	io.WriteString(c.w, p.String())
}

func media(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case name == "core.js":
		w.Header().Set("Content-Type", "application/x-javascript")
		io.WriteString(w, coreJS)
	case name == "rui.css":
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, ruiCSS)
	case strings.HasSuffix(name, ".gif"):
		w.Header().Set("Content-Type", "image/gif")
		rgb := map[string]string{"ms_err.gif": "\xcc\x00\x00", "ic_nocert.gif": "\xee\x99\x00", "ic_cert.gif": "\x00\x88\x44", "ic_broken.gif": "\xcc\x00\x44"}[name]
		if rgb == "" {
			rgb = "\x33\x55\x88"
		}
		io.WriteString(w, "GIF89a\x01\x00\x01\x00\x80\x00\x00"+rgb+"\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

//go:embed media/core.js
var coreJS string

//go:embed media/rui.css
var ruiCSS string
