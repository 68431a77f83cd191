package ir2645

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

var network = item{"/m_network.html", "網路設定"}

func tlsPage(q *req) {
	d := q.d
	q.page("c", "TLS設定", []item{network}, `<h3>TLS設定</h3>`+
		table("可使用的版本：", "TLS 1.2", "加密演算法：", "AES-CBC(256 bit), AES-GCM(256 bit)", "金鑰交換演算法：", "ECDHE, RSA",
			"鍵值名稱：", esc(d.next.tlsKey), "鍵值和憑證：", button("鍵值和憑證", "location.href='/m_keyselect.html?fn=tls'")))
}

// keySelect is the list of keys that TLS, IEEE 802.1X or a policy may choose from.
func keySelect(q *req) {
	d := q.d
	fn, no := q.query("fn"), q.query("no")
	crumbs := []item{network}
	back := "/m_network.html"
	var cur string
	switch fn {
	case "tls":
		crumbs, back, cur = append(crumbs, item{"/m_tls.html", "TLS設定"}), "/m_tls.html", d.next.tlsKey
	case "1x":
		crumbs, back = append(crumbs, item{"/m_802_1x.html", "IEEE 802.1X設定"}), "/m_802_1x_edit.html"
		cur = q.selected("1x", d.next.dot1x.keyRef)
	case "ike":
		p := d.policyByNo(no)
		if p == nil {
			q.errorPage("找不到IPSec策略。")
			return
		}
		crumbs, back = append(crumbs, item{"/m_ipsec.html", "IPSec策略清單"}), "/m_ipsec_ike_edit.html?no="+no
		cur = q.selected("ike"+no, p.keyRef)
	default:
		q.errorPage("找不到此頁面。")
		return
	}
	f := q.newForm("selFrm", "/cgi/m_keyselect.cgi")
	f.hidden("i6000", fn)
	f.hidden("i6002", no)
	f.field("i6001", field{})
	f.raw(`<input type="hidden" name="i6001" value="" /><table class="ItemListComponent"><tr><th>鍵值名稱</th><th>鍵值用途</th><th>憑證</th><th></th></tr>`)
	for _, k := range d.keys {
		if k.devSg {
			continue
		}
		f.raw(fmt.Sprintf(`<tr><td><a href="/c_key_detail.html?no=%d">%s</a></td><td>%s</td><td>%s</td><td>`, k.no, esc(k.name), d.useText(k), certIcon(k)))
		switch {
		case k.name == cur:
			f.raw(`設定中`)
		case k.cert != nil:
			f.field("i6001", field{}, fmt.Sprint(k.no))
			f.raw(button("使用", fmt.Sprintf("useKey('%d')", k.no)))
		}
		f.raw("</td></tr>\n")
	}
	f.raw(`</table><div class="buttons">` + button("返回", "location.href='"+back+"'") + `</div>`)
	q.page("c", "鍵值和憑證", crumbs, f.String())
}

// selected is the key of a draft, or else the stored one.
func (q *req) selected(draft, stored string) string {
	if n, ok := q.s.keySel[draft]; ok {
		return n
	}
	return stored
}

func keyUse(q *req) {
	d := q.d
	k := d.keyByNo(q.val("i6001"))
	fn, no := q.val("i6000"), q.val("i6002")
	if k == nil || k.cert == nil || k.devSg {
		q.errorPage("無法使用此鍵值和憑證。")
		return
	}
	switch fn {
	case "tls":
		d.next.tlsKey = k.name
		d.changed = true
		q.back("/m_tls.html", "已設定鍵值和憑證。變更將在重新啟動本機後生效。")
	case "1x":
		q.s.keySel["1x"] = k.name
		q.redirect("/m_802_1x_edit.html")
	case "ike":
		q.s.keySel["ike"+no] = k.name
		q.redirect("/m_ipsec_ike_edit.html?no=" + no)
	}
}

var ttlsNames = []string{"MSCHAPv2", "PAP"}

func (x dot1x) proto() string {
	if x.ttlsProto == "1" {
		return ttlsNames[1]
	}
	return ttlsNames[0]
}

func dot1xPage(q *req) {
	delete(q.s.draft, "1x")
	delete(q.s.keySel, "1x")
	x := q.d.next.dot1x
	q.page("c", "IEEE 802.1X設定", []item{network}, `<h3>IEEE 802.1X設定</h3>`+
		table("使用IEEE 802.1X：", onOff(x.on), "登入名稱：", esc(x.login), "驗證認證伺服器憑證：", onOff(x.verifyCert),
			"驗證認證伺服器名稱：", onOff(x.verifyName), "認證伺服器名稱：", esc(x.server), "使用TLS：", onOff(x.tls), "鍵值名稱：", esc(x.keyRef),
			"使用TTLS：", onOff(x.ttls), "TTLS設定(TTLS協定)：", x.proto(), "使用PEAP：", onOff(x.peap), "使用者名稱：", esc(x.user))+
		`<div class="buttons">`+button("編輯...", "location.href='/m_802_1x_edit.html'")+`</div>`)
}

func dot1xEdit(q *req) {
	x := q.d.next.dot1x
	if v := q.s.draft["1x"]; v != nil {
		x = x.with(v)
	}
	x.keyRef = q.selected("1x", x.keyRef)
	f := q.newForm("xFrm", "/cgi/m_802_1x_edit.cgi", "/cgi/m_802_1x_key.cgi")
	f.raw(okCancel("xFrm", "/m_802_1x.html") + `<table class="PropertyListComponent"><tr><td colspan="2">`)
	f.check("i4601", x.on, "使用IEEE 802.1X")
	f.end()
	f.row("登入名稱：", "i4602")
	f.text("text", "i4602", x.login, 24, false)
	f.raw(`</td></tr><tr><td colspan="2">`)
	f.check("i4603", x.verifyCert, "驗證認證伺服器憑證")
	f.raw(`<br />`)
	f.check("i4604", x.verifyName, "驗證認證伺服器名稱")
	f.end()
	f.row("認證伺服器名稱：", "i4605")
	f.text("text", "i4605", x.server, 64, false)
	f.raw(`</td></tr><tr><td colspan="2">`)
	f.check("i4606", x.tls, "使用TLS")
	f.raw(`<p class="note">*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。</p>`)
	f.end()
	f.raw(`<tr><th>鍵值名稱：</th><td>` + esc(x.keyRef) + "</td></tr>\n<tr><th>鍵值和憑證：</th><td>" +
		button("鍵值和憑證", "sendTo(document.xFrm,'/cgi/m_802_1x_key.cgi')") + `</td></tr><tr><td colspan="2">`)
	f.check("i4607", x.ttls, "使用TTLS")
	f.end()
	f.row("TTLS設定(TTLS協定)：", "")
	f.radio("i4608", "0", x.ttlsProto == "0", "使用MSCHAPv2", "")
	f.radio("i4608", "1", x.ttlsProto == "1", "使用PAP", "")
	f.raw(`</td></tr><tr><td colspan="2">`)
	f.check("i4609", x.peap, "使用PEAP")
	f.end()
	f.row("使用者名稱：", "i4610")
	f.text("text", "i4610", x.user, 24, false)
	f.end()
	f.row("密碼：", "i4611")
	f.check("i4612", false, "設定/變更密碼")
	f.raw(`<br />`)
	f.text("password", "i4611", "", 24, false)
	f.raw(`</td></tr></table>`)
	q.page("c", "編輯IEEE 802.1X設定", []item{network, {"/m_802_1x.html", "IEEE 802.1X設定"}}, f.String())
}

// with takes over what the form says.
func (x dot1x) with(v url.Values) dot1x {
	b := func(n string) bool { return val(v, n) == "1" }
	x.on, x.verifyCert, x.verifyName, x.tls, x.ttls, x.peap = b("i4601"), b("i4603"), b("i4604"), b("i4606"), b("i4607"), b("i4609")
	x.login, x.server, x.ttlsProto, x.user = val(v, "i4602"), val(v, "i4605"), val(v, "i4608"), val(v, "i4610")
	if b("i4612") {
		x.pass = val(v, "i4611")
	}
	return x
}

func dot1xKey(q *req) {
	q.s.draft["1x"] = q.form
	q.redirect("/m_keyselect.html?fn=1x")
}

func dot1xStore(q *req) {
	d := q.d
	x := d.next.dot1x.with(q.form)
	x.keyRef = q.selected("1x", x.keyRef)
	msg := ""
	switch {
	case x.on && x.login == "":
		msg = "請輸入登入名稱。"
	case x.tls && (x.ttls || x.peap):
		msg = "無法同時使用TLS和TTLS/PEAP。"
	case x.tls && d.keyByName(x.keyRef) == nil:
		msg = "未設定鍵值和憑證。"
	case x.verifyName && x.server == "":
		msg = "請輸入認證伺服器名稱。"
	}
	if msg != "" {
		q.s.draft["1x"] = q.form
		q.back("/m_802_1x_edit.html", msg)
		return
	}
	cmp := x
	cmp.keyRef = d.next.dot1x.keyRef
	if cmp != d.next.dot1x {
		d.Violate("IEEE 802.1X: settings other than the key changed: %+v -> %+v", d.next.dot1x, x)
	}
	d.next.dot1x = x
	d.changed = true
	q.back("/m_802_1x.html", "已變更設定。變更將在重新啟動本機後生效。")
}

func (d *Device) policyByNo(no string) *policy {
	for i := range d.next.policies {
		if fmt.Sprint(d.next.policies[i].no) == no {
			return &d.next.policies[i]
		}
	}
	return nil
}

func ipsecList(q *req) {
	var b strings.Builder
	b.WriteString(table("使用IPSec：", "開啟", "接收非策略封包：", "允許") +
		`<table class="ItemListComponent"><tr><th>優先順序</th><th>策略名稱</th><th>狀態</th></tr>`)
	for _, p := range q.d.next.policies {
		fmt.Fprintf(&b, `<tr><td>%d</td><td><a href="/m_ipsec_policy.html?no=%d">%s</a></td><td>%s</td></tr>`, p.no, p.no, esc(p.name), onOff(p.on))
	}
	b.WriteString(`</table>`)
	q.page("c", "IPSec策略清單", []item{network}, b.String())
}

var ipsecCrumbs = []item{network, {"/m_ipsec.html", "IPSec策略清單"}}

func ipsecPolicy(q *req) {
	no := q.query("no")
	p := q.d.policyByNo(no)
	if p == nil {
		q.errorPage("找不到IPSec策略。")
		return
	}
	delete(q.s.draft, "ike"+no)
	delete(q.s.keySel, "ike"+no)
	auth := "預共用鍵值方法"
	if p.auth == "1" {
		auth = "數位簽章方法"
	}
	q.page("c", "註冊策略", ipsecCrumbs, table("策略名稱：", esc(p.name), "策略：", onOff(p.on), "本機位址：", p.local, "遠端位址：", p.remote,
		"安全通訊協定：", "ESP ("+p.enc+")", "連線模式：", "傳輸", "認證方法：", auth)+
		`<div class="buttons">`+button("IKE設定", "location.href='/m_ipsec_ike_edit.html?no="+no+"'")+` `+button("返回", "location.href='/m_ipsec.html'")+`</div>`)
}

func (p policy) with(v url.Values) policy {
	p.mode, p.minutes, p.auth = val(v, "i4701"), val(v, "i4702"), val(v, "i4703")
	if val(v, "i4704") == "1" {
		p.psk = val(v, "i4705")
	}
	return p
}

func ikeEdit(q *req) {
	no := q.query("no")
	sp := q.d.policyByNo(no)
	if sp == nil {
		q.errorPage("找不到IPSec策略。")
		return
	}
	p := *sp
	if v := q.s.draft["ike"+no]; v != nil {
		p = p.with(v)
	}
	p.keyRef = q.selected("ike"+no, p.keyRef)
	f := q.newForm("ikeFrm", "/cgi/m_ipsec_ike_edit.cgi", "/cgi/m_ipsec_ike_key.cgi")
	f.hidden("i4700", no)
	f.raw(okCancel("ikeFrm", "/m_ipsec_policy.html?no="+no) + `<h3>IKE模式</h3><p>`)
	f.radio("i4701", "0", p.mode == "0", "主要", "")
	f.radio("i4701", "1", p.mode == "1", "積極", "")
	f.raw(`</p><h3>有效期</h3><p><label for="i4702">時間</label> `)
	f.text("text", "i4702", p.minutes, 5, false)
	f.raw(` 分鐘(1-65535)</p><h3>認證方法</h3><table class="PropertyListComponent"><tr><td colspan="2">`)
	f.radio("i4703", "0", p.auth == "0", "預共用鍵值方法：", "")
	f.raw("</td></tr><tr><th>預共用鍵值：</th><td>")
	f.check("i4704", false, "設定/變更預共用鍵值")
	f.raw(`<br />`)
	f.text("password", "i4705", "", 24, false)
	f.raw(`</td></tr><tr><td colspan="2">`)
	f.radio("i4703", "1", p.auth == "1", "數位簽章方法：", "")
	f.raw(`</td></tr><tr><th>鍵值名稱：</th><td>` + esc(p.keyRef) + `</td></tr><tr><th>鍵值和憑證：</th><td>` +
		button("鍵值和憑證", "sendTo(document.ikeFrm,'/cgi/m_ipsec_ike_key.cgi')") + `</td></tr></table>`)
	q.page("c", "IKE", append(ipsecCrumbs[:2:2], item{"/m_ipsec_policy.html?no=" + no, "註冊策略"}), f.String())
}

func ikeKey(q *req) {
	no := q.val("i4700")
	q.s.draft["ike"+no] = q.form
	q.redirect("/m_keyselect.html?fn=ike&no=" + no)
}

func ikeStore(q *req) {
	d := q.d
	no := q.val("i4700")
	old := d.policyByNo(no)
	if old == nil {
		q.errorPage("找不到IPSec策略。")
		return
	}
	p := old.with(q.form)
	p.keyRef = q.selected("ike"+no, p.keyRef)
	msg := ""
	if n, err := strconv.Atoi(p.minutes); err != nil || n < 1 || n > 65535 {
		msg = "時間必須介於1到65535之間。"
	} else if p.auth == "1" && d.keyByName(p.keyRef) == nil {
		msg = "未設定鍵值和憑證。"
	} else if p.auth == "0" && p.psk == "" {
		msg = "請輸入預共用鍵值。"
	}
	if msg != "" {
		q.s.draft["ike"+no] = q.form
		q.back("/m_ipsec_ike_edit.html?no="+no, msg)
		return
	}
	cmp := p
	cmp.keyRef = old.keyRef
	if cmp != *old {
		d.Violate("IPSec policy %s: settings other than the key changed: %+v -> %+v", old.name, *old, p)
	}
	*old = p
	d.changed = true
	q.back("/m_ipsec_policy.html?no="+no, "已變更設定。變更將在重新啟動本機後生效。")
}
