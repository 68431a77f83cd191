package dxc5840

import (
	"fmt"
)

// portal is the page after login.
func (r *req) portal() {
	for _, p := range []string{"/", "/usermode", "/sysmonitor", "/rps/logout.cgi"} {
		r.offer(p, "")
	}
	if _, err := r.r.Cookie("portalLang"); err != nil {
		r.w.Header().Add("Set-Cookie", "portalLang=tw; Path=/; Secure")
	}
	fmt.Fprintf(r.w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-TW" xml:lang="zh-TW"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>遠端使用者介面 : 入口網站 : %s : %s</title><link rel="stylesheet" type="text/css" href="/rps/css/rui.css" /><script type="text/javascript" src="/rps/js/rui.js"></script></head>
<body><div id="Head"><span id="Product">%s</span><span id="DevName">裝置名稱：%s / 3F</span><span id="User">登入使用者：Administrator <a href="javascript:logout_exec()">登出</a></span></div>
<div id="Navi"><span class="Upd">最近更新：%s</span> <a href="/">更新</a></div>
<div style="padding:10px"><h2>裝置基本資訊</h2><table class="Prop"><tr><th>印表機：</th><td><script type="text/javascript">
//<![CDATA[
write_state(0);
//]]>
</script></td></tr><tr><th>掃描器：</th><td>待機中</td></tr><tr><th>傳真：</th><td>可傳送/接收。</td></tr></table>
<h3>錯誤資訊</h3><p>沒有錯誤。</p>
<h2>耗材資訊</h2><table class="Prop"><tr><th>A4</th><td>足夠</td></tr><tr><th>A3</th><td>足夠</td></tr><tr><th>碳粉(黑)</th><td>70%%</td></tr></table>
<h2>&nbsp;</h2><div class="Tile"><a href="/sysmonitor">狀態確認/取消</a></div><div class="Tile"><a href="/usermode">設定/註冊</a></div>
<h3>支援連結</h3><p>支援連結：<span>-</span></p></div><div id="Foot">Copyright CANON INC. 2021</div></body></html>
`, model, model, model, model, r.d.cfg.Now().Format("2006/01/02 15:04:05"))
}

// jobs are the job lists, all empty.
func (r *req) jobs() {
	label := map[string]string{"j_statpri.tpl": "列印", "j_ls.tpl": "傳送", "j_lr.tpl": "接收", "j_svl.tpl": "儲存"}[r.q.Get("PageFlag")]
	r.begin(statusMenu, "工作狀態："+label, label+"工作狀態")
	r.f(`<script type="text/javascript">
//<![CDATA[
var jobList = {};
//]]>
</script>
<div class="ItemListComponent"><table summary="工作"><tr><th>工作編號</th><th>狀態</th><th>使用者</th><th>工作名稱</th><th>時間</th></tr></table></div><p>沒有工作。</p>
`)
	r.end()
}

func (r *req) props(rows ...[2]string) {
	r.f("<table class=\"Prop\">\n")
	for _, p := range rows {
		r.f("<tr><th>%s</th><td>%s</td></tr>\n", p[0], esc(p[1]))
	}
	r.f("</table>\n")
}

func (r *req) deviceStatus() {
	r.begin(statusMenu, "裝置：裝置狀態", "裝置狀態")
	r.props([2]string{"印表機", "待機中"}, [2]string{"掃描器", "待機中"}, [2]string{"傳真", "可傳送/接收。"})
	r.end()
}

func (r *req) deviceInfo() {
	r.begin(statusMenu, "裝置：裝置資訊", "裝置資訊")
	r.f("<h3>裝置資訊</h3>\n")
	r.props([2]string{"裝置名稱", "3F"}, [2]string{"產品名稱", "Canon " + model}, [2]string{"序號", "QNR04211"}, [2]string{"安裝位置", "3F"}, [2]string{"管理員", "IT"})
	r.f("<h3>版本資訊</h3>\n")
	r.props([2]string{"控制器", controller}, [2]string{"PDL", "5.03"}, [2]string{"印表機引擎", "02.07"}, [2]string{"掃描器", "01.11"}, [2]string{"傳真1", "19.05"})
	r.f("<h3>規格</h3>\n")
	r.props([2]string{"列印速度", "A4：40頁/分鐘"}, [2]string{"記憶體", "5120 MB"})
	r.end()
}

func (r *req) counter() {
	r.begin(statusMenu, "裝置：檢查計數器", "檢查計數器")
	r.f(`<table class="Prop"><script type="text/javascript">
//<![CDATA[
write_value("101", 48211);
write_value("113", 30877);
write_value("123", 17334);
//]]>
</script></table>
`)
	r.end()
}

// index is a page of links to settings.
func (r *req) index(crumbs, title string, links ...[3]string) {
	r.begin(settingsMenu, crumbs, title)
	r.f("<ul class=\"SetList\">\n")
	for _, l := range links {
		r.f("<li>%s</li>\n", r.link(l[0], l[1], "", l[2]))
	}
	r.f("</ul>\n")
	r.end()
}

func (r *req) network() {
	const n, o, t = "cnetwork.cgi", "cpanel.cgi", "c_netpanel.tpl"
	r.index(netCrumbs, "網路設定",
		[3]string{o, t, "TCP/IPv4設定"}, [3]string{o, t, "TCP/IPv6設定"}, [3]string{o, t, "DNS設定"}, [3]string{n, "c_tls.tpl", "TLS設定"}, [3]string{n, "c_ipseclist.tpl", "IPSec策略清單"},
		[3]string{n, "c_sip.tpl", "SIP設定"}, [3]string{o, t, "SNMP設定"}, [3]string{o, t, "專用連接埠設定"}, [3]string{n, "c_1x.tpl", "IEEE 802.1X設定"}, [3]string{n, "c_bt.tpl", "藍芽設定"}, [3]string{o, t, "防火牆設定"})
}

func (r *req) send() {
	r.index("功能設定：傳送", "傳送", [3]string{"cpanel.cgi", "c_netpanel.tpl", "電子郵件/網際網路傳真設定"}, [3]string{"csend.cgi", "c_smime.tpl", "S/MIME設定"}, [3]string{"cpanel.cgi", "c_netpanel.tpl", "傳真設定"})
}

func (r *req) license() {
	r.index("管理設定：授權/其他", "授權/其他", [3]string{"cpanel.cgi", "c_netpanel.tpl", "註冊授權"}, [3]string{"clicense.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM設定"}, [3]string{"cpanel.cgi", "c_netpanel.tpl", "遠端使用者介面設定"})
}

func (r *req) deviceManagement() {
	r.index("管理設定：裝置管理", "裝置管理", [3]string{"cpanel.cgi", "c_netpanel.tpl", "裝置資訊設定"}, [3]string{"cpanel.cgi", "c_netpanel.tpl", "匯出/清除稽核日誌"}, [3]string{"ccert.cgi", "c_certlist.tpl", "鍵值和憑證設定"},
		[3]string{"cpanel.cgi", "c_netpanel.tpl", "CA憑證設定"}, [3]string{"csmcert.cgi", "c_smlist.tpl", "S/MIME憑證設定"}, [3]string{"cexpsig.cgi", "c_expsig.tpl", "匯出裝置簽章"})
}

// panelOnly stands for the settings that this page does not change.
func (r *req) panelOnly() {
	title := "設定"
	for _, m := range settingsMenu {
		if m.tpl != "" && m.tpl == r.q.Get("PageFlag") {
			title = m.label
		}
	}
	r.begin(settingsMenu, title, title)
	r.f("<p>由於安全性策略的設定，部分功能受到限制。</p><p>此處的設定請從控制面板進行變更。</p>\n")
	r.end()
}

// apply restarts the machine.
func (r *req) apply() {
	if r.r.Method == "POST" {
		fmt.Fprint(r.w, `<!DOCTYPE html>
<html lang="zh-TW"><head><meta charset="UTF-8"><title>遠端使用者介面 : 重新啟動</title><link rel="stylesheet" type="text/css" href="/rps/css/rui.css" /></head>
<body><div id="ErrBox"><h1>套用設定變更</h1><p>正在重新啟動裝置。重新啟動完成後，請從入口網站頁面重新登入。</p><p><a href="/">入口網站頁面</a></p></div></body></html>
`)
		r.d.restart()
		return
	}
	r.begin(settingsMenu, "套用設定變更", "套用設定變更")
	r.f("<p>將重新啟動裝置以套用變更的設定。正在處理的工作會被取消。確定要執行嗎？</p>\n")
	r.open("SET_FORM", "capply.cgi", "c_apply.tpl", "", false, nil, "Exec_Data")
	r.button("OK_Button", "確定", "set_exec()", false)
	r.button("", "取消", r.jump("cpanel.cgi", "c_paper.tpl", "Init_Data", ""), false)
	r.shut()
	r.end()
}
