package ir2645

import "net/http"

var openPages map[string]func(*req)

// pages are shown by GET, actions take a POST.
var pages, actions map[string]func(*req)

func init() {
	openPages = map[string]func(*req){"/": rootPage, "/login.html": loginPage, "/checkLogin.cgi": checkLogin, "/logout.cgi": logout}
	pages = map[string]func(*req){
		"/portal_top.html": portal,
		"/j_print.html":    jobs("列印", "文件名稱"), "/j_copy.html": jobs("影印", "工作編號"), "/j_send.html": jobs("傳送", "目的地"),
		"/j_rx.html": jobs("接收", "傳送者"), "/j_log_print.html": jobs("列印記錄", "文件名稱"), "/j_log_send.html": jobs("傳送記錄", "目的地"),
		"/d_info.html": deviceInfo, "/d_error.html": deviceErrors, "/d_counter.html": counters,
		"/p_paper_select.html": paper, "/p_timer.html": timers, "/f_send.html": sendSettings, "/m_license.html": license,
		"/m_network.html": networkMenu, "/m_device.html": deviceMenu,
		"/m_tls.html": tlsPage, "/m_keyselect.html": keySelect,
		"/m_802_1x.html": dot1xPage, "/m_802_1x_edit.html": dot1xEdit,
		"/m_ipsec.html": ipsecList, "/m_ipsec_policy.html": ipsecPolicy, "/m_ipsec_ike_edit.html": ikeEdit,
		"/m_tcpip.html": tcpip,
		"/c_key.html":   keyList, "/c_key_detail.html": keyDetail, "/c_key_verify.html": keyVerify,
		"/c_key_gen.html": genMenu, "/c_key_gen_net.html": genForm(false), "/c_key_gen_csr.html": genForm(true),
		"/c_key_gen_sign.html": signForm, "/c_key_wait.html": genWait,
		"/c_csr.html": csrPage, "/c_cert_install.html": certForm, "/c_sign_export.html": signExport,
		"/restart_apply.html": restartPage("套用設定變更"), "/restart_device.html": restartPage("重新啟動裝置"),
	}
	actions = map[string]func(*req){
		"/cgi/m_keyselect.cgi": keyUse, "/cgi/m_802_1x_edit.cgi": dot1xStore, "/cgi/m_802_1x_key.cgi": dot1xKey,
		"/cgi/m_ipsec_ike_edit.cgi": ikeStore, "/cgi/m_ipsec_ike_key.cgi": ikeKey,
		"/cgi/c_key_delete.cgi": keyDelete, "/cgi/c_key_gen.cgi": genChoose,
		"/cgi/c_key_gen_net.cgi": genStart(false), "/cgi/c_key_gen_csr.cgi": genStart(true), "/cgi/c_key_gen_sign.cgi": signStart,
		"/cgi/c_csr_save.cgi": csrSave, "/cgi/c_cert_install.cgi": certStore, "/cgi/c_sign_export.cgi": signSave,
		"/cgi/restart_device.cgi": restartNow,
	}
}

func portal(q *req) {
	q.page("p", "入口網站", nil, `<div id="portalStatus"><h3>裝置基本資訊</h3>`+
		table("裝置名稱：", product, "產品名稱：", product, "安裝位置：", "2F 影印室", "列印機：", "準備就緒", "掃描器：", "準備就緒")+
		`<h3>耗材資訊</h3>`+table("紙匣1", "A4&nbsp;&nbsp;普通紙1", "紙匣2", "A3&nbsp;&nbsp;普通紙1", "碳粉(黑色)", "剩餘量：60%")+
		`</div><div id="portalMenu"><p><a href="/j_print.html">狀態確認/取消</a></p><p><a href="/p_paper_select.html">設定/註冊</a></p></div>`)
}

func jobs(title, col string) func(*req) {
	return func(q *req) {
		q.page("s", title, nil, `<table class="ItemListComponent"><tr><th>工作編號</th><th>時間</th><th>`+col+`</th><th>使用者名稱</th><th>狀態</th></tr>
<tr><td colspan="5">沒有工作。</td></tr></table>`)
	}
}

func deviceInfo(q *req) {
	q.page("s", "裝置資訊", nil, `<h3>裝置資訊</h3>`+
		table("產品名稱：", product, "裝置名稱：", product, "安裝位置：", "2F 影印室", "序號：", "2KQ01847", "列印速度：", "45 ppm (A4)")+
		`<h3>版本資訊</h3>`+table("控制器：", firmware, "掃描器：", "01.07", "印表機引擎：", "04.02", "語言：", "zh_TW 12.01"))
}

func deviceErrors(q *req) {
	q.page("s", "錯誤資訊", nil, `<p>沒有錯誤。</p>`)
}

func counters(q *req) {
	q.page("s", "計數器檢查", nil, table("101：總計1", "48210", "113：總計(黑白/小)", "45117", "112：總計(黑白/大)", "3093", "501：掃描總計1", "12044"))
}

func paper(q *req) {
	q.page("c", "紙張設定", nil, table("紙匣1：", "A4 普通紙1 (64-75 g/m²)", "紙匣2：", "A3 普通紙1 (64-75 g/m²)", "多功能紙匣：", "自由"))
}

func timers(q *req) {
	q.page("c", "計時器設定", nil, table("自動重設時間：", "2 分鐘", "自動睡眠時間：", "1 分鐘", "時區：", "UTC+08:00 台北"))
}

func sendSettings(q *req) {
	q.page("c", "傳送", nil, table("預設標題：", "Attached Image", "重試次數：", "3", "SMTP伺服器：", "mail.office.example", "將裝置簽章加入至傳送的檔案：", "開啟"))
}

func license(q *req) {
	q.page("c", "授權/其他", nil, table("遠端使用者介面：", "開啟", "USB設定：", "使用作為USB裝置", "授權碼：", "未註冊"))
}

func tcpip(q *req) {
	q.page("c", "TCP/IP設定", []item{{"/m_network.html", "網路設定"}},
		table("IP位址：", "192.168.11.45", "子網路遮罩：", "255.255.255.0", "閘道位址：", "192.168.11.1", "主機名稱：", "ir2645", "SNTP設定：", "使用"))
}

func networkMenu(q *req) {
	q.page("c", "網路設定", nil, links(item{"/m_tcpip.html", "TCP/IP設定"}, item{"/m_tls.html", "TLS設定"},
		item{"/m_802_1x.html", "IEEE 802.1X設定"}, item{"/m_ipsec.html", "IPSec策略清單"}))
}

func deviceMenu(q *req) {
	q.page("c", "裝置管理", nil, links(item{"/c_key.html", "鍵值和憑證設定"}, item{"/c_sign_export.html", "匯出裝置簽章"},
		item{"/restart_device.html", "重新啟動裝置"}))
}

func restartPage(title string) func(*req) {
	return func(q *req) {
		f := q.newForm("rstFrm", "/cgi/restart_device.cgi")
		f.raw(`<p>將重新啟動本機。重新啟動期間無法使用遠端使用者介面。是否要重新啟動？</p>`)
		f.raw(okCancel("rstFrm", "/m_device.html"))
		q.page("c", title, nil, f.String())
	}
}

func restartNow(q *req) {
	if g := q.d.gen; g != nil && !g.done {
		q.back("/restart_device.html", "正在產生鍵值，目前無法重新啟動。")
		return
	}
	q.send(head("重新啟動裝置", "") + `<div id="contents"><h2>正在重新啟動</h2><p>本機正在重新啟動。請稍候，然後再次存取遠端使用者介面。</p></div>` + foot)
	if f, ok := q.w.(http.Flusher); ok {
		f.Flush()
	}
	q.d.restart()
}
