package irc3226

import (
	"strings"
)

type handler func(*Device, *reply)

var openToAll = []string{"/portal_top.html", "/j_print.html", "/j_copy.html", "/j_send.html", "/j_recv.html", "/d_error.html", "/cartridge.html", "/d_info.html", "/d_counter.html"}

var getPages, postPages map[string]handler

func init() {
	getPages = map[string]handler{
		"/portal_top.html": (*Device).portal,
		"/j_print.html":    jobs("プリントジョブ", "ユーザー名"), "/j_copy.html": jobs("コピージョブ", "ユーザー名"),
		"/j_send.html": jobs("送信ジョブ", "宛先"), "/j_recv.html": jobs("受信ジョブ", "送信元"),
		"/d_error.html":        text("st", "エラー情報", nil, "<p>現在、エラーは発生していません。</p>"),
		"/cartridge.html":      text("st", "消耗品情報", nil, table(row("シアン", "60%"), row("マゼンタ", "70%"), row("イエロー", "70%"), row("ブラック", "40%"))),
		"/d_counter.html":      text("st", "カウンター情報", nil, table(row("101: トータル1", "48213"), row("113: モノクロ(小)", "30177"), row("123: カラー(小)", "17902"))),
		"/d_info.html":         (*Device).deviceInfo,
		"/p_paper_select.html": text("set", "用紙設定", []item{{"", "環境設定"}}, table(row("手差しトレイ", "A4 / 普通紙1"), row("カセット1", "A4 / 普通紙1"), row("カセット2", "A3 / 普通紙1"))),
		"/p_timer.html":        text("set", "タイマー設定", []item{{"", "環境設定"}}, table(row("オートスリープ移行時間", "10分"), row("オートリセット移行時間", "2分"))),
		"/m_license.html":      text("set", "ライセンス/その他", []item{{"", "管理設定"}}, table(row("リモートUI", "オン"), row("オンラインマニュアル", "https://oip.manual.canon/"))),
		"/m_network.html": index("ネットワーク設定", "環境設定", item{"/m_network_tcpip.html", "TCP/IP設定"}, item{"/m_security.html", "TLS設定"},
			item{"/m_network_8021x.html", "IEEE 802.1X設定"}, item{"/m_network_ipsec.html", "IPSecポリシー一覧"}),
		"/m_network_tcpip.html": text("set", "TCP/IP設定", []item{{"", "環境設定"}, {"/m_network.html", "ネットワーク設定"}}, table(row("IPアドレス", "192.168.20.41"), row("サブネットマスク", "255.255.255.0"), row("ホスト名", "irc3226-3f"))),
		"/m_device.html":        index("デバイス管理", "管理設定", item{"/m_keycert.html", "鍵と証明書設定"}, item{"/m_devsig_export.html", "機器署名のエクスポート"}, item{"/restart_device.html", "デバイスの再起動"}),
		"/restart_device.html":  (*Device).restartPage,
		"/m_keycert.html":       (*Device).keyList, "/m_keycert_detail.html": ofKey((*Device).keyDetail), "/m_keycert_verify.html": ofKey((*Device).keyVerify),
		"/m_keycert_gen.html": (*Device).genChoice, "/m_keycert_gen_nw.html": (*Device).genNetwork, "/m_keycert_gen_csr.html": (*Device).genCSR,
		"/m_keycert_gen_sig.html": (*Device).genSignature, "/m_keycert_gen_wait.html": (*Device).genWait,
		"/m_keycert_csr.html": ofKey((*Device).csrPage), "/m_keycert_csr.cgi": ofKey((*Device).csrFile),
		"/m_keycert_cert.html": ofKey((*Device).certPage), "/m_keycert_reg.html": ofKey((*Device).registerPage), "/m_devsig_export.html": (*Device).exportPage,
		"/m_security.html": (*Device).tlsPage, "/m_security_edit.html": (*Device).tlsEdit, "/m_security_key.html": (*Device).tlsKeys,
		"/m_network_8021x.html": (*Device).dot1x, "/m_network_8021x_edit.html": (*Device).dot1xEdit, "/m_network_8021x_key.html": (*Device).dot1xKeys,
		"/m_network_ipsec.html": (*Device).ipsec, "/m_network_ipsec_policy.html": ofPolicy((*Device).policy),
		"/m_network_ipsec_ike_edit.html": ofPolicy((*Device).ikeEdit), "/m_network_ipsec_ike_key.html": ofPolicy((*Device).ikeKeys),
	}
	postPages = map[string]handler{
		"/cgi/restart_device.cgi": (*Device).doRestart, "/cgi/m_keycert_gen.cgi": (*Device).doChoice, "/cgi/m_keycert_gen_nw.cgi": (*Device).doGenerate,
		"/cgi/m_keycert_gen_csr.cgi": (*Device).doGenerate, "/cgi/m_keycert_gen_sig.cgi": (*Device).doRenew, "/cgi/m_keycert_del.cgi": (*Device).doDelete,
		"/cgi/m_keycert_reg.cgi": (*Device).doRegister, "/cgi/m_devsig_export.cgi": (*Device).doExport,
		"/cgi/m_security_edit.cgi": (*Device).doTLSEdit, "/cgi/m_security_key.cgi": (*Device).doTLSKey,
		"/cgi/m_network_8021x_edit.cgi": (*Device).doDot1x, "/cgi/m_network_8021x_key.cgi": (*Device).doDot1xList, "/cgi/m_network_8021x_keyset.cgi": (*Device).doDot1xKey,
		"/cgi/m_network_ipsec_ike_edit.cgi": ofPolicy((*Device).doIKE), "/cgi/m_network_ipsec_ike_key.cgi": ofPolicy((*Device).doIKEList), "/cgi/m_network_ipsec_ike_keyset.cgi": (*Device).doIKEKey,
	}
}

func text(area, title string, path []item, body string) handler {
	return func(d *Device, x *reply) { d.page(x, area, title, path, body) }
}

func jobs(title, who string) handler {
	return text("st", title, nil, `<table class="list"><tr><th>ジョブ番号</th><th>状態</th><th>`+who+`</th><th>受付時刻</th></tr></table><p>ジョブはありません。</p>`)
}

func index(title, group string, items ...item) handler {
	var b strings.Builder
	b.WriteString(`<ul class="index">`)
	for _, i := range items {
		b.WriteString(`<li><a href="` + i.url + `">` + i.text + `</a></li>`)
	}
	return text("set", title, []item{{"", group}}, b.String()+"</ul>\n")
}

func (d *Device) portal(x *reply) {
	body := `<h2>デバイス基本情報</h2>` + table(row("プリンター", "プリントできます。"), row("スキャナー", "スキャンできます。")) +
		`<h2>消耗品情報</h2>` + table(row("カセット1", "A4"), row("カセット2", "A3")) +
		`<ul id="portalMenu"><li><a href="/j_print.html">状況確認/中止</a></li>`
	if x.s.admin {
		body += `<li><a href="/p_paper_select.html">設定/登録</a></li>`
	}
	d.page(x, "", "ポータル", nil, body+`</ul>`+table(row("デバイス名", model), row("設置場所", "3F"), row("管理者名", "総務部")))
}

func (d *Device) deviceInfo(x *reply) {
	d.page(x, "st", "デバイス情報", nil, `<h2>デバイス情報</h2>`+table(row("製品名", product), row("デバイス名", model), row("シリアル番号", "XTK04417"), row("設置場所", "3F"), row("管理者名", "総務部"))+
		`<h2>バージョン情報</h2>`+table(row("コントローラー", controller), row("ブートROM", "01.04"), row("DCON", "02.10"), row("言語", "ja 03.05")))
}

func (d *Device) restartPage(x *reply) {
	f := newForm("restartFrm", "/cgi/restart_device.cgi")
	d.keep(x.s, f)
	note := ""
	if d.pending() {
		note = "<p>再起動すると、変更した設定が反映されます。</p>"
	}
	d.page(x, "set", "デバイスの再起動", []item{{"", "管理設定"}, {"/m_device.html", "デバイス管理"}}, note+"<p>デバイスを再起動します。よろしいですか?</p>"+f.open()+
		`<div class="buttons">`+send("OK", f.name, f.actions[0])+button("キャンセル", "/m_device.html")+`</div></form>`)
}

func (d *Device) doRestart(x *reply) {
	if d.job != nil && !d.job.done {
		d.refuse(x, "鍵を生成しているため、再起動できません。", "/m_device.html")
		return
	}
	x.w.Header().Set("Connection", "close")
	d.simple(x, "再起動", "<p>デバイスを再起動しています。しばらくお待ちください。</p><p>再起動が終わったら、ブラウザーでリモートUIにアクセスし直してログインしてください。</p>")
	d.restart()
}

func (d *Device) download(x *reply, name string, data []byte) {
	x.w.Header().Set("Content-Type", "application/octet-stream")
	x.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	x.w.Write(data)
}
