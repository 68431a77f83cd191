package smallfleet

import "strings"

func portalC(q *rq) {
	body := `<ul class="entry"><li><a href="/d_error.html"><img src="/media/e_status.gif" alt="" />状況確認/中止</a></li>
`
	if !q.s.guest {
		body += `<li><a href="/p_paper_select.html"><img src="/media/e_set.gif" alt="" />設定/登録</a></li>
`
	}
	q.pageC("ポータルページ", "", body+"</ul>\n<table><tr><th>機種名</th><td>"+q.d.p.model+"</td></tr><tr><th>状態</th><td>印刷できます。</td></tr></table>")
}

const statusMenuC = `<dl class="menu"><dt>状況確認/中止</dt><dd><a href="/d_error.html">エラー情報</a></dd><dd><a href="/d_info.html">デバイス情報</a></dd></dl>
`

func errorC(q *rq) { q.pageC("エラー情報", statusMenuC, "<p>エラーはありません。</p>") }

func infoC(q *rq) {
	q.pageC("デバイス情報", statusMenuC, `<table><caption>デバイス情報</caption>
<tr><th>機種名</th><td>`+q.d.p.model+`</td></tr><tr><th>設置場所</th><td>本社2F</td></tr></table>
<table><caption>バージョン情報</caption>
<tr><th>コントローラー</th><td>`+q.d.p.version+`</td></tr><tr><th>スキャナー</th><td>12.02</td></tr></table>`)
}

func paperC(q *rq) {
	q.setC("環境設定", "用紙設定", "<table><tr><th>カセット1</th><td>A4</td></tr><tr><th>カセット2</th><td>A3</td></tr></table>")
}

func timerC(q *rq) {
	q.setC("環境設定", "タイマー設定", "<table><tr><th>オートスリープ移行時間</th><td>1分</td></tr></table>")
}

func networkC(q *rq) {
	q.setC("環境設定", "ネットワーク", linksC("/n_bluetooth_edit.html", "Bluetooth設定", "/n_ieee8021x_edit.html", "IEEE 802.1X設定",
		"/n_ipsec_list.html", "IPSecポリシー一覧", "/m_security.html", "TLS設定"))
}

func sendC(q *rq) {
	q.setC("ファンクション設定", "送信", linksC("/f_smime_edit.html", "S/MIME設定"))
}

func deviceC(q *rq) {
	q.setC("管理設定", "デバイス管理", linksC("/c_keylist.html", "鍵と証明書設定", "/c_smimecert.html", "S/MIME証明書設定",
		"/c_export.html", "機器署名のエクスポート", "/restart_device.html", "デバイスの再起動"))
}

func licenseC(q *rq) {
	q.setC("管理設定", "ライセンス/その他", linksC("/c_ams_edit.html", "ACCESS MANAGEMENT SYSTEM設定"))
}

func formC(q *rq, action, button, cancel, body string) string {
	return `<form action="` + action + `" method="post"><div>` + q.tokC() + "</div>\n" + body +
		`<p><input type="submit" name="submitButton" value="` + button + `" /> <input type="button" value="キャンセル" onclick="location.href='` +
		cancel + `'" /></p></form>`
}

func amsC(q *rq) {
	f := q.form()
	q.setC("管理設定：ライセンス/その他", "ACCESS MANAGEMENT SYSTEM設定", formC(q, "/cgi/c_ams_edit.cgi", "更新", "/c_license.html",
		"<p>"+f.check("i6810", true)+lab("i6810A", "ACCESS MANAGEMENT SYSTEMを使用する")+"</p>\n"))
}

func bluetoothC(q *rq) {
	f := q.form()
	q.setC("環境設定：ネットワーク", "Bluetooth設定", formC(q, "/cgi/n_bluetooth_edit.cgi", "更新", "/m_network.html",
		setBox("Bluetooth設定", f.check("i6820", true)+lab("i6820A", "Bluetoothを使用"),
			lab("i6821", "デバイス名")+f.text("i6821", "iR2630"))))
}

func smimeC(q *rq) {
	f := q.form()
	q.setC("ファンクション設定：送信", "S/MIME設定", formC(q, "/cgi/f_smime_edit.cgi", "OK", "/f_send.html",
		setBox("暗号化設定", f.radio("i6830", "A", "0", false)+lab("i6830A", "常に暗号化"),
			f.radio("i6830", "B", "1", false)+lab("i6830B", "送信時のみ暗号化"), f.radio("i6830", "C", "2", true)+lab("i6830C", "暗号化しない"))+
			setBox("署名", f.check("i6831", false)+lab("i6831A", "電子署名を付ける"),
				lab("i6832", "暗号化アルゴリズム")+f.sel("i6832", "1", "0", "3DES", "1", "AES256"),
				lab("i6833", "署名アルゴリズム")+f.sel("i6833", "1", "0", "SHA1", "1", "SHA256"),
				f.check("i6834", true)+lab("i6834A", "受信時に署名を検証"), f.check("i6835", false)+lab("i6835A", "受信時に署名をプリント"))))
}

// chooseC is a selection list of radio buttons and one button below.
func (q *rq) chooseC(use, action, no string) {
	var b strings.Builder
	b.WriteString(`<form action="` + action + `" method="post"><div>` + q.tokC() + `<input type="hidden" name="i6901" value="` + no + `" /></div>
<table class="ItemListComponent"><tr><th></th><th>鍵の名前</th><th>使用先</th></tr>
`)
	for _, k := range q.d.keys {
		dis := ` disabled="disabled"`
		if q.d.bindable(use, k) {
			dis = ""
		}
		n := slot(k)
		if q.d.saved[use] == k {
			dis += ` checked="checked"`
		}
		b.WriteString(`<tr><td><input type="radio" name="i6900" id="i6900_` + n + `" value="` + n + `"` + dis + ` /></td><td>` +
			lab("i6900_"+n, k.name) + "</td><td>" + q.usageC(k) + "</td></tr>\n")
	}
	q.setC("環境設定：ネットワーク", "鍵と証明書", b.String()+`</table>
<p><input type="submit" name="submitButton" value="使用鍵に設定" /></p></form>`)
}

// carryC answers with a page that submits itself: the key goes back to the
// form as a field and is stored there with [OK] only.
func (q *rq) carryC(page, field string) {
	k := q.d.keyAt(q.f.Get("i6900"))
	if k == nil || k.fixed || k.cert == nil {
		faultC(q, badChoice)
		return
	}
	extra := ""
	if no := q.f.Get("i6901"); no != "" {
		extra = `<input type="hidden" name="no" value="` + no + `" />`
	}
	q.onwardC(page, extra+`<input type="hidden" name="`+field+`" value="`+slot(k)+`" />`)
}

func (q *rq) onwardC(page, fields string) {
	q.buf.WriteString(`<html><head><meta http-equiv="Content-Type" content="text/html;charset=UTF-8" /><title>リモートUI</title></head>
<body onload="document.NEXT_FORM.submit();">
<form name="NEXT_FORM" action="` + page + `" method="get"><div>` + fields + `</div></form>
</body></html>
`)
}

func tlsC(q *rq) {
	f := q.form()
	q.setC("環境設定：ネットワーク", "TLS設定", setBox("鍵と証明書", "鍵の名前："+q.keyName(useTLS),
		`<a href="/m_security_sel.html">鍵と証明書</a>`)+formC(q, "/cgi/m_security_edit.cgi", "更新", "/m_network.html",
		setBox("使用可能なバージョン指定", lab("i6201", "上限バージョン")+f.sel("i6201", "13", "12", "TLS 1.2", "13", "TLS 1.3"),
			lab("i6202", "下限バージョン")+f.sel("i6202", "12", "10", "TLS 1.0", "11", "TLS 1.1", "12", "TLS 1.2"))+
			setBox("暗号化アルゴリズムの設定", f.check("i6203", true)+lab("i6203A", "AES-GCM (256 bit)"), f.check("i6204", false)+lab("i6204A", "3DES-CBC"))))
}

func tlsUseC(q *rq) {
	if f := q.d.bind(useTLS, q.f.Get("i6900")); f != "" {
		faultC(q, f)
		return
	}
	q.onwardC("/m_security.html", "")
}

// carried is the key a form shows: the one in the address, else the stored.
func (q *rq) carried(field, use string) (no, name string) {
	if k := q.d.keyAt(q.f.Get(field)); k != nil {
		return slot(k), k.name
	}
	if k := q.d.saved[use]; k != nil {
		return slot(k), k.name
	}
	return "", ""
}

func dot1xC(q *rq) {
	f := q.form()
	no, name := q.carried("i6309", useDot1x)
	q.setC("環境設定：ネットワーク", "IEEE 802.1X設定", formC(q, "/cgi/n_ieee8021x_edit.cgi", "OK", "/m_network.html",
		setBox("IEEE 802.1X", f.check("i6301", true)+lab("i6301A", "IEEE 802.1Xを使用"),
			lab("i6302", "ログイン名")+f.text("i6302", "ir2630"))+
			setBox("認証サーバー", f.check("i6303", false)+lab("i6303A", "認証サーバー証明書を検証"),
				f.check("i6304", true)+lab("i6304A", "認証サーバー名を検証"), lab("i6305", "認証サーバー名")+f.text("i6305", "ias.example.co.jp"))+
			setBox("TLS設定", f.check("i6306", true)+lab("i6306A", "TLSを使用"), "鍵の名前："+name+f.hidden("i6309", no),
				`<input type="button" value="鍵と証明書" onclick="location.href='/n_ieee8021x_sel.html'" />`)+
			setBox("TTLS/PEAP", f.check("i6310", false)+lab("i6310A", "TTLSを使用"),
				f.radio("i6311", "A", "0", false)+lab("i6311A", "MSCHAPv2を使用")+f.radio("i6311", "B", "1", true)+lab("i6311B", "PAPを使用"),
				f.check("i6312", false)+lab("i6312A", "PEAPを使用"), lab("i6313", "ユーザー名")+f.text("i6313", "printer"),
				f.secret("i6314", "i6315", "パスワードを変更"))))
}

func dot1xSaveC(q *rq) { q.storeC(useDot1x, "i6309", "/n_ieee8021x_edit.html") }

func (q *rq) storeC(use, field, next string) {
	q.intact()
	if no := q.f.Get(field); no != "" {
		if f := q.d.bind(use, no); f != "" {
			faultC(q, f)
			return
		}
	}
	q.redirect(next)
}

func ipsecC(q *rq) {
	p := q.d.p.policies
	q.setC("環境設定：ネットワーク", "IPSecポリシー一覧", `<table class="ItemListComponent"><tr><th>優先順位</th><th>ポリシー名</th><th>状態</th></tr>
<tr><td>1</td><td><a href="/n_ipsec_reg_edit.html?no=2">`+p[1]+`</a></td><td>ON</td></tr>
<tr><td>2</td><td><a href="/n_ipsec_reg_edit.html?no=1">`+p[0]+`</a></td><td>ON</td></tr></table>`)
}

func policyC(q *rq) {
	no, use := q.policyNo("no")
	f := q.form()
	q.setC("環境設定：ネットワーク &gt; IPSecポリシー一覧", "ポリシーの登録", `<p class="tab">ポリシー <a href="/n_ipsec_ike_edit.html?no=`+no+`">IKE設定</a></p>
`+formC(q, "/cgi/n_ipsec_reg_edit.cgi", "OK", "/n_ipsec_list.html",
		setBox("ポリシー", f.hidden("i6400", no)+lab("i6401", "ポリシー名")+f.text("i6401", use[len(useIPSec):]), f.check("i6402", true)+lab("i6402A", "ポリシーをONにする"))))
}

func ikeC(q *rq) {
	no, use := q.policyNo("no")
	psk := no == "2"
	f := q.form()
	slotNo, name := q.carried("i6409", use)
	q.setC("環境設定：ネットワーク &gt; IPSecポリシー一覧 &gt; ポリシーの登録", "IKE", `<p class="tab"><a href="/n_ipsec_reg_edit.html?no=`+no+`">ポリシー</a> IKE設定</p>
`+formC(q, "/cgi/n_ipsec_ike_edit.cgi", "OK", "/n_ipsec_reg_edit.html?no="+no,
		setBox("IKEモード", f.hidden("i6400", no)+f.radio("i6404", "A", "0", !psk)+lab("i6404A", "メイン")+f.radio("i6404", "B", "1", psk)+lab("i6404B", "アグレッシブ"))+
			setBox("有効期間", lab("i6405", "時間")+f.text("i6405", "480")+"分(1-65535)")+
			setBox("認証方式", f.radio("i6406", "A", "0", psk)+lab("i6406A", "事前共有鍵方式"), f.secret("i6407", "i6408", "共有鍵を変更"),
				f.radio("i6406", "B", "1", !psk)+lab("i6406B", "電子署名方式"), "鍵の名前："+name+f.hidden("i6409", slotNo),
				`<input type="button" value="鍵と証明書" onclick="location.href='/n_ipsec_sel.html?no=`+no+`'" />`)))
}

func ikeSaveC(q *rq) {
	no, use := q.policyNo("i6400")
	q.storeC(use, "i6409", "/n_ipsec_reg_edit.html?no="+no)
}
