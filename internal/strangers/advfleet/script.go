package advfleet

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// The second make: a Traditional Chinese device with user authentication. Menus
// and lists are written by script, actions are javascript: calls that fill the
// hidden fields of a helper form, and every form page carries a new Token.

func scriptModel() model {
	return model{
		product: "iR-ADV C3530 III", version: "39.12",
		cred:    Credentials{UserName: "Administrator", Password: "Mfp-3530!"},
		maxKeys: 10, maxTLS: tls.VersionTLS13, server: "Catwalk/2.30", listShowsSet: true,
		genDelay: 700 * time.Millisecond,
		setup:    scriptSetup, serve: scriptServe,
	}
}

func scriptSetup(d *Device) {
	named := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"TW"}, Province: []string{"Taipei"}, Organization: []string{"Example Office"}, CommonName: cn}
	}
	def := d.stock("Default Key", devicetest.Strong(2048), pkix.Name{Organization: []string{"CANON INC."}, CommonName: "Canon iR-ADV"}, 1500, nil)
	ams := d.stock("AMS", devicetest.Strong(2048), pkix.Name{Organization: []string{"CANON INC."}, CommonName: "AMS"}, 1500, nil)
	def.fixed, ams.fixed, ams.other = true, true, "AMS"
	sig := d.stock("Device Signature Key", d.weak.Next(), pkix.Name{Organization: []string{"CANON INC."}, CommonName: "C3530 Device Signature"}, 500, nil)
	sig.fixed = true
	net := d.stock("tls2021", d.weak.Next(), named("127.0.0.1"), 800, nil)
	vpn := d.stock("ipsec2021", d.weak.Next(), named("c3530.example.test"), 790, officeCA("Example Office CA 2", d.cfg.Now()))
	sip := d.stock("ipfax", d.weak.Next(), named("fax.example.test"), 600, nil)
	d.policies = []string{"HQ-Tunnel", "Plant2"}
	d.set = binding{tls: net.id, x1: net.id, sip: sip.id, sig: sig.id, ipsec: map[int]int{2: vpn.id}}
	d.pages["tls"] = map[string]string{"max": "13", "min": "12", "aes": "1", "chacha": "0"}
	d.pages["1x"] = map[string]string{"use": "1", "login": "host/c3530", "vcert": "1", "vname": "0", "sname": "", "tls": "1", "ttls": "0", "proto": "0", "peap": "0"}
	d.pages["ike1"] = map[string]string{"mode": "0", "time": "480", "auth": "psk", "psk": "Pl4ntShared"}
	d.pages["ike2"] = map[string]string{"mode": "0", "time": "300", "auth": "sig", "psk": ""}
	d.pages["pol1"] = map[string]string{"on": "1", "name": "HQ-Tunnel"}
	d.pages["pol2"] = map[string]string{"on": "1", "name": "Plant2"}
	d.pages["sip"] = map[string]string{"usetls": "1", "server": "sip.example.test", "t38": "0", "media": "0", "t38port": "49152", "rtpport": "5004", "client": "0", "server2": "1", "addcn": "0"}
	d.pages["smime"] = map[string]string{"enc": "1", "sign": "1", "encalg": "AES256", "signalg": "SHA256", "verify": "1", "print": "0"}
	d.pages["bt"] = map[string]string{"use": "1"}
	d.pages["ams"] = map[string]string{"use": "0"}
	peer := d.stock("peer", devicetest.Strong(2048), named("mfp-4f.example.test"), 200, nil)
	d.keys = d.keys[:len(d.keys)-1] // a certificate of another machine, not a key of this one
	d.smimeCerts = append(d.smimeCerts, peer)
}

var scriptPages map[string]func(*ctx)

func init() {
	scriptPages = map[string]func(*ctx){
		"jstatpri.cgi": scriptJobs, "dinfo.cgi": scriptInfo, "cfgtop.cgi": scriptTop,
		"cpaper.cgi": scriptPaper, "cnet.cgi": scriptMenuPage, "csend.cgi": scriptMenuPage, "cdev.cgi": scriptMenuPage, "clic.cgi": scriptMenuPage,
		"ctls.cgi": scriptTLS, "c1x.cgi": script1X, "cipsec.cgi": scriptIPSec, "csip.cgi": scriptSIP, "cbt.cgi": scriptBluetooth,
		"cams.cgi": scriptAMS, "csmime.cgi": scriptSMIME, "ckeys.cgi": scriptKeys, "cgenkey.cgi": scriptGenerate,
		"csmimecert.cgi": scriptPeers, "csigexp.cgi": scriptExport, "creset.cgi": scriptRestart,
	}
}

func scriptServe(c *ctx) {
	path := c.r.URL.Path
	switch {
	case path == "/login":
		scriptLogin(c)
	case path == "/rps/js/common.js":
		c.w.Header().Set("Content-Type", "text/javascript;charset=UTF-8")
		c.f("%s", scriptCommon)
		c.flush()
	case c.s == nil && (path == "/" || path == "/rps/"):
		scriptLoginPage(c, "")
	case c.s == nil:
		scriptError(c, "認證資訊已更新，或工作階段已過期 (session has expired)。")
	case path == "/" || path == "/rps/":
		scriptPortal(c)
	case path == "/sysmonitor" || path == "/sysmonitor/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_JOB_PRT_STAT&Dummy=" + c.dummy())
	case path == "/usermode" || path == "/usermode/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_CONF_ENV_PAP&Dummy=" + c.dummy())
	case path == "/rps/nativetop.cgi":
		scriptNative(c)
	case path == "/rps/logout.cgi":
		c.logout()
		c.redirect("/")
	case !strings.HasPrefix(path, "/rps/") || !c.entered():
		scriptError(c, "無法顯示指定的頁面。")
	default:
		if h := scriptPages[strings.TrimPrefix(path, "/rps/")]; h != nil {
			h(c)
			return
		}
		scriptError(c, "無法顯示指定的頁面。")
	}
}

func scriptLogin(c *ctx) {
	p := c.r.PostForm
	if !c.post() || !p.Has("uri") || p.Get("domainname") != "localhost" {
		scriptLoginPage(c, "無法登入。")
		return
	}
	if !c.d.login(p.Get("userID"), p.Get("password")) {
		scriptLoginPage(c, "使用者名稱或密碼不正確。")
		return
	}
	c.open(devicetest.Decimal(19))
	c.redirect("/")
}

func scriptLoginPage(c *ctx, msg string) {
	c.cookie("sessionid", devicetest.Hex(16))
	c.cookie("portalLang", "zt")
	c.f(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><title>Login</title></head>
<body><h1>%s</h1>
<form name="login" action="/login" method="post"><input type="hidden" name="uri" value="%%2F" />
<p class="err">%s</p>
<table><tr><th>使用者名稱：</th><td><input type="text" name="userID" /></td></tr>
<tr><th>密碼：</th><td><input type="password" name="password" autocomplete="off" /></td></tr>
<tr><th>登入位置：</th><td><select name="domainname"><option value="localhost">本裝置</option></select></td></tr></table>
<input type="submit" value="登入" /></form></body></html>
`, c.d.model.product, msg)
	c.flush()
}

func scriptError(c *ctx, msg string) {
	c.f(`<html lang="zh-TW"><head><title>遠端使用者介面 : 無法開啟此頁面。</title></head><body><p>%s</p><p><a href="/">入口網站</a></p></body></html>`, msg)
	c.flush()
}

func scriptPortal(c *ctx) {
	c.f(`<html lang="zh-TW"><head><title>遠端使用者介面 : 入口網站 : %[1]s</title>
<script type="text/javascript">
//<![CDATA[
function log_out() { location.href = "/rps/logout.cgi?Dummy=" + new Date().getTime(); }
//]]>
</script></head><body>
<div id="head">%[1]s <script type="text/javascript">document.writeln('<a href="javascript:log_out()">登出<\/a>');</script></div>
<div id="portalMenu"><a href="/sysmonitor"><img src="/media/p_status.gif" alt="" />狀態確認/取消</a>
<a href="/usermode"><img src="/media/p_set.gif" alt="" />設定/註冊</a></div>
<div>裝置名稱：%[1]s<br />位置：3F</div></body></html>`, c.d.model.product)
	c.flush()
}

func scriptNative(c *ctx) {
	if !strings.HasPrefix(c.r.Referer(), "https://"+c.r.Host+"/") {
		c.d.Violate("page out of order: nativetop without Referer")
		scriptError(c, "無法顯示指定的頁面。")
		return
	}
	c.native()
	c.f(`<html><head><title></title></head><body onload="document.jump.submit()">
<form name="jump" method="post" action="/rps/cfgtop.cgi"><input type="hidden" name="CorePGTAG" value="%s" /><input type="hidden" name="FromTopPage" value="1" /><input type="hidden" name="Dummy" value="%s" /></form></body></html>`,
		esc(c.v("CorePGTAG")), c.dummy())
	c.flush()
}

func scriptTop(c *ctx) {
	if c.v("CorePGTAG") == "PGTAG_CONF_ENV_PAP" {
		scriptPaper(c)
		return
	}
	scriptJobs(c)
}

const scriptCommon = `// shared by all pages
function write_value(id, v) { document.write('<span id="v' + id + '">' + v + '</span>'); }
function set_flag(name, on) { document.FORM1.elements[name].value = on ? "1" : "0"; }
`

var scriptMenus = map[string][][3]string{
	"cnet.cgi":  {{"ctls.cgi", "c_tls.tpl", "TLS設定"}, {"c1x.cgi", "c_1x.tpl", "IEEE 802.1X設定"}, {"cipsec.cgi", "c_ipsec.tpl", "IPSec策略清單"}, {"csip.cgi", "c_sip.tpl", "SIP設定"}, {"cbt.cgi", "c_bt.tpl", "藍芽設定"}},
	"csend.cgi": {{"csmime.cgi", "c_smime.tpl", "S/MIME設定"}},
	"cdev.cgi":  {{"ckeys.cgi", "c_keys.tpl", "鍵值和憑證設定"}, {"csmimecert.cgi", "c_smimecert.tpl", "S/MIME憑證設定"}, {"csigexp.cgi", "c_sigexp.tpl", "匯出裝置簽章"}},
	"clic.cgi":  {{"cams.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM 設定"}},
}

// scriptHead opens a page below 設定/註冊; the apply button is there only while
// something waits for the restart.
func (c *ctx) scriptHead(crumb, title, script string) {
	c.f(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>遠端使用者介面 : %[1]s : %[2]s</title>
<script type="text/javascript" src="/rps/js/common.js"></script>
<script type="text/javascript">
//<![CDATA[
function jump(cgi, tpl) { location.href = "/rps/" + cgi + "?Flag=Init_Data&PageFlag=" + tpl + "&Dummy=" + new Date().getTime(); }
function log_out() { location.href = "/rps/logout.cgi?Dummy=" + new Date().getTime(); }
function apply_change() {
  if (!confirm("本機將重新啟動。")) { return; }
  var f = document.SUBMIT_FORM;
  f.action = "/rps/creset.cgi"; f.Flag.value = "Exec_Data"; f.PageFlag.value = "c_reset.tpl"; f.submit();
}
%[3]s//]]>
</script></head><body>
<div id="head">%[2]s <a href="/">入口網站</a> <script type="text/javascript">document.writeln('<a href="javascript:log_out()">登出<\/a>');</script></div>
<div id="menu"><script type="text/javascript">
//<![CDATA[
document.writeln('<ul>');
`, title, c.d.model.product, script)
	if strings.HasPrefix(crumb, "設定/註冊") {
		for _, m := range [][3]string{{"", "", "參數選擇"}, {"cpaper.cgi", "c_paper.tpl", "紙張設定"}, {"cnet.cgi", "c_nettop.tpl", "網路設定"},
			{"", "", "功能設定"}, {"csend.cgi", "c_sendtop.tpl", "傳送"}, {"", "", "管理設定"}, {"cdev.cgi", "c_devtop.tpl", "裝置管理"}, {"clic.cgi", "c_lictop.tpl", "授權/其他"}} {
			if m[0] == "" {
				c.f("document.writeln('<li class=\"cat\">%s<\\/li>');\n", m[2])
				continue
			}
			c.f("document.writeln('<li><a href=\"javascript:jump(\\'%s\\',\\'%s\\')\">%s<\\/a><\\/li>');\n", m[0], m[1], m[2])
		}
	} else {
		for _, m := range [][3]string{{"jstatpri.cgi", "j_pri.tpl", "列印"}, {"dinfo.cgi", "d_info.tpl", "裝置資訊"}} {
			c.f("document.writeln('<li><a href=\"javascript:jump(\\'%s\\',\\'%s\\')\">%s<\\/a><\\/li>');\n", m[0], m[1], m[2])
		}
	}
	c.f("document.writeln('<\\/ul>');\n//]]>\n</script></div>\n<div id=\"contents\"><p class=\"crumb\">%s</p><h2>%s</h2><p>最近更新：%s</p>\n",
		crumb, title, c.d.cfg.Now().Format("2006/01/02 15:04:05"))
}

// scriptFoot closes the page with its two helper forms, both with the page's Token.
func (c *ctx) scriptFoot(token string) {
	if c.d.changed {
		c.f(`<fieldset class="apply"><input type="button" value="套用設定變更" onclick="apply_change()" /></fieldset>` + "\n")
	}
	c.f(`</div>%s%s<div id="foot">Copyright CANON INC. 2020</div></body></html>`, c.helper("SUBMIT_FORM", token), c.helper("ERR_SUBMIT_FORM", token))
	c.flush()
}

func (c *ctx) helper(name, token string) string {
	return fmt.Sprintf(`<form name="%s" method="post" action=""><input type="hidden" name="Flag" value="" /><input type="hidden" name="PageFlag" value="" />
<input type="hidden" name="CoreNXAction" value="" /><input type="hidden" name="CoreNXPage" value="" /><input type="hidden" name="CoreNXFlag" value="Init_Data" />
<input type="hidden" name="KeyID" value="" /><input type="hidden" name="No" value="" /><input type="hidden" name="Dummy" value="%s" /><input type="hidden" name="Token" value="%s" /></form>
`, name, c.dummy(), token)
}

// scriptPost checks a write; on failure the error page is already sent.
func (c *ctx) scriptPost(tpl string) bool {
	if c.tokenOK(false) && (tpl == "" || c.from(tpl)) {
		return true
	}
	scriptError(c, "無法顯示指定的頁面。")
	return false
}
