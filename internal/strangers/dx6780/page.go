package dx6780

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// ctx is one request of a session.
type ctx struct {
	d    *Device
	s    *session
	w    http.ResponseWriter
	r    *http.Request
	v    url.Values
	file []byte
	post bool
	flag string
}

func (c *ctx) cannotOpen(msg string) { io.WriteString(c.w, errorPage(msg)) }

// handlers by "cgi template".
var handlers map[string]func(*ctx)

func init() {
	handlers = map[string]func(*ctx){
		"jstatpri.cgi j_stat.tpl": (*ctx).jobs, "jstatcpy.cgi j_stat.tpl": (*ctx).jobs, "jstatsnd.cgi j_stat.tpl": (*ctx).jobs,
		"jlp.cgi j_log.tpl": (*ctx).jobs, "jsvl.cgi j_log.tpl": (*ctx).jobs,
		"dstatus.cgi d_tops.tpl": (*ctx).devStatus, "dinfo.cgi d_info.tpl": (*ctx).devInfo, "dcounter.cgi d_cnt.tpl": (*ctx).counter,
		"cpaper.cgi c_e_pap.tpl": (*ctx).paper, "cnet.cgi c_n_idx.tpl": (*ctx).netIndex, "csend.cgi c_s_idx.tpl": (*ctx).sendIndex,
		"cdev.cgi c_d_idx.tpl": (*ctx).devIndex, "clic.cgi c_l_idx.tpl": (*ctx).licIndex,
		"cntls.cgi c_n_tls.tpl": (*ctx).tlsPage, "cntls.cgi c_n_tlskey.tpl": (*ctx).tlsKeys,
		"cn8021x.cgi c_n_1x.tpl": (*ctx).dot1xPage, "cn8021x.cgi c_n_1xkey.tpl": (*ctx).dot1xKeys,
		"cnipsec.cgi c_n_iplist.tpl": (*ctx).ipsecList, "cnipsec.cgi c_n_ippol.tpl": (*ctx).ipsecPolicy,
		"cnipsec.cgi c_n_ipike.tpl": (*ctx).ikePage, "cnipsec.cgi c_n_ipkey.tpl": (*ctx).ikeKeys,
		"cnbt.cgi c_n_bt.tpl": (*ctx).bluetooth, "csend.cgi c_s_smime.tpl": (*ctx).smimePage, "clams.cgi c_l_ams.tpl": (*ctx).ams,
		"cdkey.cgi c_d_keylist.tpl": (*ctx).keyList, "cdkey.cgi c_d_keydtl.tpl": (*ctx).keyDetail,
		"cdkey.cgi c_d_keygen.tpl": (*ctx).genMenu, "cdkey.cgi c_d_gennet.tpl": (*ctx).genNet, "cdkey.cgi c_d_gencsr.tpl": (*ctx).genNet,
		"cdkey.cgi c_d_gensig.tpl": (*ctx).genSign, "cdkey.cgi c_d_genwait.tpl": (*ctx).genWait, "cdkey.cgi c_d_csr.tpl": (*ctx).csrPage,
		"cdkey.cgi c_d_keycrt.tpl": (*ctx).keyCert, "cdkey.cgi c_d_keyreg.tpl": (*ctx).keyRegister,
		"cdsmime.cgi c_d_smlist.tpl": (*ctx).smimeCertList, "cdsmime.cgi c_d_smreg.tpl": (*ctx).smimeRegister,
		"cdexpsig.cgi c_d_expsig.tpl": (*ctx).exportSign, "creboot.cgi c_reboot.tpl": (*ctx).reboot,
	}
}

func (c *ctx) dispatch() {
	path := strings.TrimPrefix(c.r.URL.Path, "/rps/")
	if path == "nativetop.cgi" {
		c.v = url.Values{}
		c.flag = "Init_Data"
		if c.r.URL.Query().Get("CorePGTAG") == "PGTAG_CONF_ENV_PAP" {
			c.paper()
		} else {
			c.r.URL.Path = "/rps/jstatpri.cgi"
			c.jobs()
		}
		return
	}
	c.v = c.r.URL.Query()
	if c.r.Method == "POST" {
		c.post = true
		if !c.accept() {
			return
		}
	}
	c.flag = c.v.Get("Flag")
	h := handlers[path+" "+c.v.Get("PageFlag")]
	if h == nil {
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	h(c)
}

// accept reads a post and holds it against the forms of the page it came from.
func (c *ctx) accept() bool {
	r, d, s := c.r, c.d, c.s
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if r.ParseMultipartForm(1<<20) != nil {
			c.cannotOpen("指定されたページを表示できません。")
			return false
		}
		c.v = url.Values(r.MultipartForm.Value)
		for n, fs := range r.MultipartForm.File {
			c.v[n] = []string{fs[0].Filename}
			if f, err := fs[0].Open(); err == nil {
				c.file, _ = io.ReadAll(io.LimitReader(f, 1<<16))
				f.Close()
			}
		}
	} else {
		r.ParseForm()
		c.v = r.PostForm
	}
	if r.URL.RawQuery != "" {
		d.Violate("POST to an address with a query: %s", r.URL.RequestURI())
	}
	tok := c.v.Get("Token")
	forms := s.tokens[tok]
	if forms == nil {
		if tok == "" || !s.spent[tok] {
			d.Violate("POST to %s without a token that the device issued", r.URL.Path)
		}
		c.cannotOpen("ページの有効期限が切れました。もう一度操作してください。")
		return false
	}
	var best []string
	var seen, ok bool
	for _, f := range forms {
		if f.action != r.URL.Path {
			continue
		}
		if b := f.faults(c.v); !seen || len(b) < len(best) {
			best = b
		}
		seen = true
		if len(best) == 0 {
			ok = true
			break
		}
	}
	if !seen {
		d.Violate("POST to %s, which is no form of the page with that token", r.URL.Path)
	}
	for _, b := range best {
		d.Violate("POST to %s (%s): %s", r.URL.Path, c.v.Get("PageFlag"), b)
	}
	for _, x := range c.v["DelKey"] {
		if id, _ := strconv.Atoi(x); !ok && d.keyByID(id) != nil && d.keyByID(id).kind != kindNet {
			d.Violate("deletion of %s attempted", d.keyByID(id).name)
		}
	}
	if !ok {
		c.cannotOpen("指定されたページを表示できません。")
	}
	return ok
}

// spend makes the token of a finished write useless.
func (c *ctx) spend() {
	t := c.v.Get("Token")
	delete(c.s.tokens, t)
	c.s.spent[t] = true
}

// page is one HTML page being written.
type page struct {
	c     *ctx
	title string
	token string
	forms []*form
	b     strings.Builder
	kind  string // "set" or "stat": which menu stands left
	crumb string // HTML
	upd   string
	urls  []string // script variables with addresses
}

func (c *ctx) page(kind, title, crumb string) *page {
	return &page{c: c, kind: kind, title: title, crumb: crumb, token: devicetest.Decimal(20)}
}

func (p *page) w(format string, a ...any) { fmt.Fprintf(&p.b, format, a...) }

// u is an address under /rps/ that the page offers.
func (p *page) u(cgi, tpl string, kv ...string) string {
	q := "./" + cgi + "?Flag=Init_Data&PageFlag=" + tpl + "&FuncTypeFlag=SettingPage"
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == "Flag" {
			q = strings.Replace(q, "Init_Data", kv[i+1], 1)
			continue
		}
		q += "&" + kv[i] + "=" + url.QueryEscape(kv[i+1])
	}
	p.c.s.offer("/rps/" + q[2:])
	return q
}

func (p *page) link(text, u string) string {
	return fmt.Sprintf(`<a href="javascript:rui_go('%s')">%s</a>`, esc(u), text)
}

func (p *page) button(text, u string) string {
	return fmt.Sprintf(`<fieldset class="btn"><input type="button" value="%s" onclick="rui_go('%s')" /></fieldset>`, text, esc(u))
}

func act(id, text, js string) string {
	if id != "" {
		id = ` id="` + id + `"`
	}
	return fmt.Sprintf(`<fieldset class="btn"><input type="button"%s value="%s" onclick="%s" /></fieldset>`, id, text, js)
}

type menuItem struct{ id, label, cgi, tpl string }

var setMenu = []struct {
	head  string
	items []menuItem
}{
	{"環境設定", []menuItem{{"PAP", "用紙設定", "cpaper.cgi", "c_e_pap.tpl"}, {"NET", "ネットワーク", "cnet.cgi", "c_n_idx.tpl"}}},
	{"ファンクション設定", []menuItem{{"SND", "送信", "csend.cgi", "c_s_idx.tpl"}}},
	{"管理設定", []menuItem{{"DEV", "デバイス管理", "cdev.cgi", "c_d_idx.tpl"}, {"LIC", "ライセンス/その他", "clic.cgi", "c_l_idx.tpl"}}},
}

var statMenu = []menuItem{
	{"1", "プリント ジョブ状況", "jstatpri.cgi", "j_stat.tpl"}, {"3", "コピー ジョブ状況", "jstatcpy.cgi", "j_stat.tpl"},
	{"4", "送信 ジョブ状況", "jstatsnd.cgi", "j_stat.tpl"}, {"2", "プリント ジョブ履歴", "jlp.cgi", "j_log.tpl"}, {"7", "保存 ジョブ履歴", "jsvl.cgi", "j_log.tpl"},
	{"11", "デバイス状況", "dstatus.cgi", "d_tops.tpl"}, {"13", "デバイス情報", "dinfo.cgi", "d_info.tpl"}, {"14", "カウンター確認", "dcounter.cgi", "d_cnt.tpl"},
}

func jst(t time.Time) string {
	return t.In(time.FixedZone("JST", 9*3600)).Format("2006/01/02 15:04:05")
}

// send writes the page with its head and menu.
func (p *page) send() {
	c := p.c
	if len(p.forms) > 0 {
		c.s.tokens[p.token] = p.forms
		c.s.order = append(c.s.order, p.token)
		if len(c.s.order) > 24 {
			delete(c.s.tokens, c.s.order[0])
			c.s.spent[c.s.order[0]] = true
			c.s.order = c.s.order[1:]
		}
	}
	c.s.offer("/rps/logout.cgi")
	var m, tbl strings.Builder
	entry := func(it menuItem) {
		u := p.u(it.cgi, it.tpl)
		if p.kind == "stat" {
			u = "./" + it.cgi + "?CorePGTAG=" + it.id + "&PageFlag=" + it.tpl
			c.s.offer("/rps/" + u[2:])
		}
		if tbl.Len() > 0 {
			tbl.WriteString(",\n")
		}
		fmt.Fprintf(&tbl, `%q:"%s"`, "m"+it.id, u)
		fmt.Fprintf(&m, `<li><a href="javascript:rui_menu('m%s')">%s</a></li>`+"\n", it.id, it.label)
	}
	other := `<a href="/usermode">設定/登録</a>`
	if p.kind == "stat" {
		m.WriteString("<ul>")
		for _, it := range statMenu {
			entry(it)
		}
		m.WriteString("</ul>")
	} else {
		other = `<a href="/sysmonitor">状況確認/中止</a>`
		for _, g := range setMenu {
			fmt.Fprintf(&m, "<h3>%s</h3>\n<ul>", g.head)
			for _, it := range g.items {
				entry(it)
			}
			m.WriteString("</ul>\n")
		}
		m.WriteString(act("ApplyButton", "設定の反映", fmt.Sprintf("rui_go('%s')", esc(p.u("creboot.cgi", "c_reboot.tpl")))))
		if c.d.pending {
			m.WriteString(`<p class="Notice">設定の変更を有効にするには、[設定の反映]をクリックしてください。</p>`)
		}
	}
	upd := ""
	if p.upd != "" {
		upd = "最終更新：" + jst(c.d.updated[p.upd])
	} else {
		upd = "最終更新：" + jst(c.d.cfg.Now())
	}
	fmt.Fprintf(c.w, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja">
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>リモートUI : %s : %s</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" />
<script type="text/javascript" src="/media/rui.js"></script>
<script type="text/javascript">
//<![CDATA[
var VARIE_BOX_ALL_SETTING = 1;
var menuUrl = {%s};
%s
//]]>
</script></head>
<body>
<div id="head"><span class="ruiLogo">リモートUI</span> <span id="deviceName">%s</span>
<span class="headLinks"><a href="/">ポータルへ</a> | %s |
<script type="text/javascript">
//<![CDATA[
document.writeln('<span class="user">Administrator<\/span> <a href="javascript:rui_logout()">ログアウト<\/a>');
//]]>
</script></span></div>
<div id="menu">%s</div>
<div id="main"><div class="crumb">%s</div>
<h2>%s</h2><div class="upd">%s</div>
%s
</div>
<div id="foot">Copyright CANON INC. 2020</div>
</body></html>
`, p.title, modelName, tbl.String(), strings.Join(p.urls, "\n"), modelName, other, m.String(), p.crumb, p.title, upd, p.b.String())
}

// refuse shows why a write was not done; the button leads back.
func (c *ctx) refuse(msg, back string) {
	p := c.page("set", "エラー", "設定/登録")
	p.w(`<form name="ERR_SUBMIT_FORM" action="#" onsubmit="return false"><p class="ErrorMessage"><img src="/media/ms_err.gif" alt="" width="1" height="1" />%s</p>%s</form>`, esc(msg), act("OK_Button", "OK", fmt.Sprintf("rui_go('%s')", esc(back))))
	p.send()
}

func (c *ctx) portal() {
	s := c.s
	s.offer("/logout")
	fmt.Fprintf(c.w, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="ja">
<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>リモートUI : ポータル : %[1]s : %[1]s</title><link rel="stylesheet" type="text/css" href="/media/rui.css" /></head>
<body id="portal"><div id="head"><span class="ruiLogo">リモートUI</span> <span id="deviceName">%[1]s</span>
<span class="headLinks"><span class="user">Administrator</span> <a href="/logout">ログアウト</a></span></div>
<div id="main">
<h2>デバイス基本情報</h2>
<table class="ItemTable"><tr><th>デバイス名：</th><td>MFP-3F</td></tr><tr><th>製品名：</th><td>%[1]s</td></tr><tr><th>設置場所：</th><td>本館3階</td></tr>
<tr><th>デバイス状況：</th><td>プリンター：スリープ中です。<br />スキャナー：スリープ中です。</td></tr></table>
<h2>消耗品情報</h2>
<table class="ItemTable"><tr><th>カセット1：</th><td>A4 残量あり</td></tr><tr><th>カセット2：</th><td>A3 残量あり</td></tr><tr><th>トナー(ブラック)：</th><td>60%%</td></tr></table>
</div>
<div id="launch"><ul>
<li><a href="/sysmonitor">状況確認/中止</a></li><li><a href="/usermode">設定/登録</a></li>
</ul></div>
<div id="foot">Copyright CANON INC. 2020</div></body></html>`, modelName)
}

func (c *ctx) reboot() {
	back := "./cpaper.cgi?Flag=Init_Data&PageFlag=c_e_pap.tpl&FuncTypeFlag=SettingPage"
	if c.flag == "Exec_Data" {
		c.spend()
		if c.d.job != nil && !c.d.job.ready {
			c.refuse("鍵を生成しているため、再起動できません。", back)
			return
		}
		c.w.Header().Set("Connection", "close")
		p := c.page("set", "再起動中", "設定/登録")
		p.w(`<p class="Notice">デバイスを再起動しています。しばらくお待ちください。</p><p>再起動が完了したら、リモートUIに接続しなおしてください。</p><p><a href="/">リモートUIに接続する</a></p>`)
		p.send()
		c.d.restart()
		return
	}
	p := c.page("set", "設定の反映", "設定/登録")
	f := p.form("SUBMIT_FORM", "creboot.cgi", "c_reboot.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w(`<p>設定の変更を反映するには、デバイスの再起動が必要です。再起動しますか？</p><p>実行中のジョブがある場合、ジョブの終了後に再起動します。</p>`)
	f.w("%s%s</form>", act("OK_Button", "はい", "rui_submit(document.SUBMIT_FORM)"), p.button("いいえ", back))
	p.w("%s", f.b.String())
	p.send()
}
