package c5560

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const doctype = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="zh-TW" lang="zh-TW">
`

func esc(s string) string { return html.EscapeString(s) }

func head(title, more string) string {
	return doctype + `<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<meta http-equiv="Content-Script-Type" content="text/javascript"/>
<title>遠端使用者介面 : ` + title + ` : ` + model + ` : ` + model + `</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css"/>
<script type="text/javascript" src="/media/rui_common.js"></script>
` + more + `</head>
`
}

// errorPage comes with status 200, as everything does.
func errorPage(w io.Writer, text string) {
	io.WriteString(w, doctype+`<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<title>遠端使用者介面 : 無法開啟此網頁。</title><link rel="stylesheet" type="text/css" href="/media/rui.css"/></head>
<body><div id="errorBox"><p><img src="/media/ms_err.gif" alt=""/> `+text+`</p><p><a href="/" target="_top">至入口網站</a></p></div></body></html>
`)
}

func (c *ctx) header(top string) string {
	return `<div id="header"><img src="/media/canonlogo.gif" alt="Canon"/> <span id="deviceName">` + model + `</span>
<span id="headLinks">登入使用者： ` + esc(c.d.cred.UserName) + ` | ` + top + `
<script type="text/javascript">
//<![CDATA[
document.writeln('<a href="/rps/logout.cgi?Dummy=' + (new Date()).getTime() + '">登出</a>');
//]]>
</script></span></div>
`
}

func (c *ctx) portal() {
	c.s.offered["portal"] = true
	io.WriteString(c.w, head("入口網站", "")+`<body>
`+c.header("")+`<div id="portalMain">
<h2>裝置基本資訊</h2>
<table class="info"><tr><th>裝置狀態</th><td><img src="/media/st_ok.gif" alt=""/> 列印機： 休眠模式。 / 掃描器： 休眠模式。 / 傳真： 可傳送/接收。</td></tr>
<tr><th>錯誤資訊</th><td>目前沒有錯誤。</td></tr></table>
<h2>耗材資訊</h2>
<table class="info"><tr><th>紙匣1</th><td>A4 / 普通紙1</td></tr><tr><th>紙匣2</th><td>A3 / 普通紙1</td></tr><tr><th>碳粉 (黑色)</th><td>60%</td></tr></table>
</div><div id="portalMenu"><ul>
<li><a href="/sysmonitor"><img src="/media/pt_stat.gif" alt=""/> 狀態確認/取消</a></li>
<li><a href="/usermode"><img src="/media/pt_set.gif" alt=""/> 設定/註冊</a></li>
</ul></div><div id="footer">Copyright CANON INC. 2020</div></body></html>
`)
}

// native enters the native part: it sets the cookie iR and jumps on.
func (c *ctx) native() {
	if !c.s.offered["portal"] {
		c.d.Violate("nativetop.cgi without the portal before it")
	}
	var to string
	switch tag := c.r.URL.Query().Get("CorePGTAG"); tag {
	case "PGTAG_CONF_ENV_PAP":
		to = c.href("cset.cgi", "c_top.tpl", "30", "", "Init_Data", "SettingPage")
	default:
		to = c.href("jstatpri.cgi", "j_pri.tpl", "1", "", "Init_Data", "StatusPage")
	}
	if c.s.ir == "" {
		c.s.ir = devicetest.Decimal(10)
	}
	http.SetCookie(c.w, &http.Cookie{Name: "iR", Value: c.s.ir, Path: "/"})
	io.WriteString(c.w, doctype+`<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/><title>`+model+`</title>
<script type="text/javascript">
//<![CDATA[
function jump() { location.replace("`+to+`"); }
//]]>
</script></head><body onload="jump()"></body></html>
`)
}

type item struct{ cgi, tpl, pg, label string }

var statusMenu = []item{
	{"jstatpri.cgi", "j_pri.tpl", "1", "列印"}, {"jls.cgi", "j_send.tpl", "4", "傳送"}, {"jlf.cgi", "j_fax.tpl", "5", "傳真"},
	{"jlr.cgi", "j_recv.tpl", "6", "接收"}, {"jsvl.cgi", "j_store.tpl", "7", "儲存"},
	{"dstatus.cgi", "d_tops.tpl", "11", "錯誤資訊"}, {"dinfo.cgi", "d_info.tpl", "13", "裝置資訊"}, {"dcounter.cgi", "d_cnt.tpl", "14", "檢查計數器"},
}

// settingMenu: an entry without an address is a heading.
var settingMenu = []item{
	{label: "參數選擇"}, {"cset.cgi", "c_paper.tpl", "31", "用紙設定"}, {"cset.cgi", "c_timer.tpl", "32", "計時器/電力設定"}, {"cset.cgi", "c_netidx.tpl", "33", "網路設定"},
	{label: "功能設定"}, {"cset.cgi", "c_common.tpl", "41", "一般"}, {"cset.cgi", "c_sendidx.tpl", "42", "傳送"},
	{label: "管理設定"}, {"cset.cgi", "c_usridx.tpl", "51", "使用者管理"}, {"cset.cgi", "c_devidx.tpl", "52", "裝置管理"},
	{"cset.cgi", "c_licidx.tpl", "53", "授權/其他"}, {"cset.cgi", "c_datidx.tpl", "54", "資料管理"}, {"cset.cgi", "c_secidx.tpl", "55", "安全設定"},
}

var indexes = map[string]struct {
	crumb string
	items []item
}{
	"c_paper.tpl": {"參數選擇：用紙設定", nil}, "c_timer.tpl": {"參數選擇：計時器/電力設定", nil}, "c_common.tpl": {"功能設定：一般", nil},
	"c_usridx.tpl": {"管理設定：使用者管理", nil}, "c_datidx.tpl": {"管理設定：資料管理", nil}, "c_secidx.tpl": {"管理設定：安全設定", nil},
	"c_netidx.tpl": {"參數選擇：網路設定", []item{{"cnetset.cgi", "c_tls.tpl", "33", "TLS設定"}, {"cnetset.cgi", "c_dot1x.tpl", "33", "IEEE 802.1X設定"},
		{"cipsec.cgi", "c_ipslist.tpl", "33", "IPSec策略清單"}, {"cnetset.cgi", "c_sip.tpl", "33", "SIP設定"}, {"cnetset.cgi", "c_bt.tpl", "33", "藍芽設定"}}},
	"c_sendidx.tpl": {"功能設定：傳送", []item{{"csend.cgi", "c_smime.tpl", "42", "S/MIME設定"}}},
	"c_devidx.tpl": {"管理設定：裝置管理", []item{{"ckeylist.cgi", "c_keylist.tpl", "52", "鍵值和憑證設定"},
		{"csmime.cgi", "c_smlist.tpl", "52", "S/MIME憑證設定"}, {"cdevsig.cgi", "c_sigexp.tpl", "52", "匯出裝置簽章"}}},
	"c_licidx.tpl": {"管理設定：授權/其他", []item{{"clic.cgi", "c_ams.tpl", "53", "ACCESS MANAGEMENT SYSTEM設定"}}},
}

// send writes a page and remembers its forms.
func (c *ctx) send(page string) {
	if c.token != "" {
		c.s.token, c.s.forms = c.token, formsOf(page)
		c.s.offered["token "+c.token] = true
	}
	io.WriteString(c.w, page)
}

func (c *ctx) newToken() string {
	if c.token == "" {
		c.token = devicetest.Decimal(19)
	}
	return c.token
}

// status writes a page of Status Monitor/Cancel.
func (c *ctx) status(title, body string) {
	var m strings.Builder
	for i, it := range statusMenu {
		if i == 0 {
			m.WriteString("<h3>工作狀態</h3><ul>\n")
		} else if i == 5 {
			m.WriteString("</ul><h3>裝置狀態</h3><ul>\n")
		}
		fmt.Fprintf(&m, "<li><a href=\"%s\">%s</a></li>\n", esc(c.href(it.cgi, it.tpl, it.pg, "", "Init_Data", "StatusPage")), it.label)
	}
	c.send(head(title, "") + "<body>\n" + c.header(`<a href="/">至入口網站</a> |`) + `<table id="frame"><tr><td id="menu">` + m.String() + `</ul></td><td id="contents">
<p id="crumb">狀態確認/取消：` + title + `</p><h2>` + title + `</h2>
` + body + `</td></tr></table><div id="footer">Copyright CANON INC. 2020</div></body></html>
`)
}

// setting writes a page of Settings/Registration.
func (c *ctx) setting(crumb, title, script, body string) {
	var m strings.Builder
	for _, it := range settingMenu {
		if it.cgi == "" {
			fmt.Fprintf(&m, "</ul><h3>%s</h3><ul>\n", it.label)
			continue
		}
		fmt.Fprintf(&m, "<li><a href=\"%s\">%s</a></li>\n", c.link(it.cgi, it.tpl, it.pg, ""), it.label)
	}
	apply := ""
	if c.d.pending {
		apply = fmt.Sprintf(`<div id="apply"><img src="/media/ms_caut.gif" alt=""/> 部分設定變更需要重新啟動裝置才會生效。 <a href="%s">套用設定變更</a></div>
`, c.link("capply.cgi", "c_apply.tpl", "30", ""))
	}
	msg := ""
	if c.err != "" {
		msg = `<p class="ErrMsg"><img src="/media/ms_err.gif" alt=""/> ` + c.err + `</p>
<form name="ERR_SUBMIT_FORM" action="#" method="get"></form>
`
	}
	stamp := ""
	if c.token != "" {
		if _, ok := c.d.stamps[title]; !ok {
			c.d.stamps[title] = c.d.cfg.Now()
		}
		stamp = `<span class="upd">最近更新：` + c.d.stamps[title].Format("2006/01/02 15:04:05") + `</span>`
	}
	js := ""
	if script != "" {
		js = "<script type=\"text/javascript\">\n//<![CDATA[\n" + script + "\n//]]>\n</script>\n"
	}
	c.send(head(title, js) + "<body>\n" + c.header(`<a href="/">至入口網站</a> |`) + apply + `<table id="frame"><tr><td id="menu"><a href="` +
		c.link("cset.cgi", "c_top.tpl", "30", "") + `">設定/註冊</a><ul>` + m.String() + `</ul></td><td id="contents">
<p id="crumb">` + crumb + `</p><h2>` + title + `</h2>` + stamp + "\n" + msg + body + `</td></tr></table>
<form name="SUBMIT_FORM" action="#" method="get"><div><input type="hidden" name="Flag" value="Init_Data"/><input type="hidden" name="PageFlag" value=""/><input type="hidden" name="FuncTypeFlag" value="SettingPage"/><input type="hidden" name="CorePGTAG" value=""/><input type="hidden" name="SecID" value=""/><input type="hidden" name="Dummy" value=""/></div></form>
<div id="footer">Copyright CANON INC. 2020</div></body></html>
`)
}

// open writes the head of a form that writes to the device.
func (c *ctx) open(name, cgi, tpl, next, sec, enc string) string {
	return fmt.Sprintf(`<form name="%s" action="./%s" method="post" onsubmit="return false"%s><div><input type="hidden" name="Flag" value="Exec_Data"/><input type="hidden" name="PageFlag" value="%s"/><input type="hidden" name="FuncTypeFlag" value="SettingPage"/><input type="hidden" name="CoreNXAction" value="./%s"/><input type="hidden" name="CoreNXPage" value="%s"/><input type="hidden" name="CoreNXFlag" value="Init_Data"/><input type="hidden" name="CorePGTAG" value="%s"/><input type="hidden" name="SecID" value="%s"/><input type="hidden" name="Dummy" value=""/><input type="hidden" name="Token" value="%s"/></div>
`, name, cgi, enc, tpl, cgi, next, c.pg, sec, c.newToken())
}

const multi = ` enctype="multipart/form-data"`

func buttons(b ...string) string {
	return "<fieldset class=\"btn\">" + strings.Join(b, " ") + "</fieldset>\n"
}

func button(id, label, call string) string {
	return fmt.Sprintf(`<input type="button" id="%s" value="%s" onclick="%s"/>`, id, label, strings.TrimPrefix(call, "javascript:"))
}

// message is a page with a text and one way on.
func (c *ctx) message(crumb, title, text, call string) {
	c.setting(crumb, title, "", `<div class="msg"><p><img src="/media/ms_info.gif" alt=""/> `+text+`</p>`+buttons(button("OK_Button", "確定", call))+`</div>`)
}

var reads, writes map[string]func(*ctx)

func init() {
	reads = map[string]func(*ctx){
		"c_top.tpl": func(c *ctx) {
			c.setting("設定/註冊", "設定/註冊", "", "<p>請從左側的選單選擇要設定的項目。</p>")
		},
		"d_info.tpl": func(c *ctx) {
			c.status("裝置資訊", `<h3>裝置資訊</h3><table class="info"><tr><th>裝置名稱</th><td>`+model+`</td></tr><tr><th>產品名稱</th><td>`+model+`</td></tr><tr><th>序號</th><td>QMT03721</td></tr><tr><th>安裝位置</th><td>5F 總務部</td></tr></table>
<h3>版本資訊</h3><table class="info"><tr><th>控制器</th><td>`+controller+`</td></tr><tr><th>列印機</th><td>55.09</td></tr><tr><th>讀取器</th><td>09.02</td></tr><tr><th>語言 (zh-TW)</th><td>68.02</td></tr></table>`)
		},
		"d_tops.tpl": func(c *ctx) { c.status("錯誤資訊", "<p>目前沒有錯誤。</p>") },
		"d_cnt.tpl": func(c *ctx) {
			c.status("檢查計數器", `<table class="info"><tr><th>113：總計 (黑白/小)</th><td><script type="text/javascript">write_value("113", 48213)</script></td></tr><tr><th>123：總計 (全彩+單色/小)</th><td><script type="text/javascript">write_value("123", 20177)</script></td></tr></table>`)
		},
		"c_apply.tpl": applyPage,
	}
	for _, it := range statusMenu[:5] {
		reads[it.tpl] = func(c *ctx) {
			c.status(it.label+"工作", `<div class="ItemListComponent"><table><tr><th>工作編號</th><th>狀態</th><th>文件名稱/目的地</th><th>使用者</th><th>日期/時間</th></tr><tr><td colspan="5">沒有工作。</td></tr></table></div>`)
		}
	}
	for tpl, ix := range indexes {
		reads[tpl] = func(c *ctx) {
			var b strings.Builder
			b.WriteString("<ul class=\"index\">\n")
			for _, it := range ix.items {
				fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a></li>\n", c.link(it.cgi, it.tpl, it.pg, ""), it.label)
			}
			if len(ix.items) == 0 {
				b.WriteString("<li>沒有可從遠端使用者介面設定的項目。請使用控制面板進行設定。</li>")
			}
			_, title, _ := strings.Cut(ix.crumb, "：")
			c.setting("設定/註冊："+ix.crumb, title, "", b.String()+"</ul>")
		}
	}
	writes = map[string]func(*ctx){"c_apply.tpl": applyNow}
	initSettings()
	initKeys()
	initCerts()
}

func applyPage(c *ctx) {
	if !c.d.pending {
		c.setting("設定/註冊", "設定/註冊", "", "<p>沒有需要套用的設定變更。</p>")
		return
	}
	c.setting("設定/註冊 > 套用設定變更", "套用設定變更", "function apply_ok() { var f = document.APPLY_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
		c.open("APPLY_FORM", "capply.cgi", "c_apply.tpl", "c_top.tpl", "", "")+`<p><img src="/media/ms_caut.gif" alt=""/> 將重新啟動裝置以套用設定變更。<br/>處理中的工作將會取消。是否繼續？</p>`+
			buttons(button("OK_Button", "確定", "apply_ok()"), button("Cancel_Button", "取消", c.link("cset.cgi", "c_top.tpl", "30", "")))+"</form>")
}

func applyNow(c *ctx) {
	if c.d.job != nil && !c.d.job.done {
		c.err = "正在生成鍵值。請在完成後再試。"
		applyPage(c)
		return
	}
	io.WriteString(c.w, head("重新啟動", "")+`<body><div id="errorBox"><p><img src="/media/ms_info.gif" alt=""/> 正在重新啟動裝置。</p><p>請稍候，待裝置啟動完成後再重新登入遠端使用者介面。</p><p><a href="/">至入口網站</a></p></div></body></html>
`)
	if f, ok := c.w.(http.Flusher); ok {
		f.Flush()
	}
	c.after = c.d.restart
}

func dateText(t time.Time) string { return t.UTC().Format("2006/01/02") }
