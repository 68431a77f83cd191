package irc3226

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

var (
	networkPath = []item{{"", "環境設定"}, {"/m_network.html", "ネットワーク設定"}}
	tlsPath     = append(networkPath[:2:2], item{"/m_security.html", "TLS設定"})
	dot1xPath   = append(networkPath[:2:2], item{"/m_network_8021x.html", "IEEE 802.1X設定"})
	ipsecPath   = append(networkPath[:2:2], item{"/m_network_ipsec.html", "IPSecポリシー一覧"})
)

func (d *Device) keyName(use string) string {
	if k := d.key(d.next.keys[use]); k != nil {
		return k.name
	}
	return ""
}

// choice is the list of the keys for one function.
func (d *Device) choice(x *reply, path []item, action, back string, now int) {
	f := newForm("selFrm", action)
	var b strings.Builder
	var may []string
	for _, k := range d.store {
		if k.cert == nil || k.name == signKey {
			continue
		}
		state := "使用中"
		if k.no != now {
			may = append(may, strconv.Itoa(k.no))
			state = fmt.Sprintf(`<input type="button" value="使用鍵に設定" onclick="return rowAction('selFrm','i5001','%d','%s','')" />`, k.no, action)
		}
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), usesJA(d.bound(k)), state)
	}
	hidden := f.script("i5001", may)
	d.keep(x.s, f)
	d.page(x, "set", "鍵と証明書", path, f.open()+"<div>"+hidden+`</div><table class="list"><tr><th>鍵の名前</th><th>鍵の使用先</th><th></th></tr>`+"\n"+b.String()+
		`</table><div class="buttons">`+button("戻る", back)+"</div></form>")
}

// commit stores the entries of a page; a binding should change nothing but the key.
func (d *Device) commit(group string, names []string, v url.Values) {
	old := d.next.values[group]
	for _, n := range names {
		if w := last(v[n]); w != old[n] && len(v[n]) > 0 {
			d.Violate("setting %s of %s changed from %q to %q", n, group, old[n], w)
			old[n] = w
		}
	}
}

var versions = []option{{"1", "TLS 1.0"}, {"2", "TLS 1.1"}, {"3", "TLS 1.2"}}

func (d *Device) tlsPage(x *reply) {
	v := d.next.values["tls"]
	at := func(n string) string { i, _ := strconv.Atoi(v[n]); return versions[i-1].text }
	d.page(x, "set", "TLS設定", networkPath, "<h2>鍵と証明書</h2>"+table(row("鍵の名前", esc(d.keyName("TLS"))))+`<div class="buttons">`+button("鍵と証明書...", "/m_security_key.html")+"</div>"+
		"<h2>使用可能なバージョン指定</h2>"+table(row("上限バージョン", at("i5101")), row("下限バージョン", at("i5102")))+
		"<h2>暗号化アルゴリズムの設定</h2>"+table(row("AES-GCM (256 bit)", onoff(v["i5103"])), row("AES-CBC (256 bit)", onoff(v["i5104"])), row("3DES-CBC", onoff(v["i5105"])))+
		`<div class="buttons">`+button("編集...", "/m_security_edit.html")+"</div>")
}

func (d *Device) tlsKeys(x *reply) {
	d.choice(x, tlsPath, "/cgi/m_security_key.cgi", "/m_security.html", d.next.keys["TLS"])
}

func (d *Device) doTLSKey(x *reply) {
	if k := d.usable(x, "/m_security_key.html"); k != nil {
		d.next.keys["TLS"] = k.no
		d.redirect(x, "/m_security.html")
	}
}

// usable is the key picked in a list, which may have gone since.
func (d *Device) usable(x *reply, back string) *key {
	no, _ := strconv.Atoi(x.v.Get("i5001"))
	k := d.key(no)
	if k == nil || k.cert == nil || k.name == signKey {
		d.refuse(x, "この鍵は使用できません。", back)
		return nil
	}
	return k
}

func (d *Device) tlsEdit(x *reply) {
	v := d.next.values["tls"]
	f := newForm("tlsFrm", "/cgi/m_security_edit.cgi")
	body := table(lrow("i5101", "上限バージョン", f.choose("i5101", v["i5101"], versions)), lrow("i5102", "下限バージョン", f.choose("i5102", v["i5102"], versions)),
		row("暗号化アルゴリズムの設定", f.check("i5103", v["i5103"], "AES-GCM (256 bit)")+"<br />"+f.check("i5104", v["i5104"], "AES-CBC (256 bit)")+"<br />"+f.check("i5105", v["i5105"], "3DES-CBC")))
	d.keep(x.s, f)
	d.page(x, "set", "TLS設定の編集", tlsPath, f.open()+body+`<div class="buttons">`+send("OK", f.name, f.actions[0])+button("キャンセル", "/m_security.html")+"</div></form>")
}

func (d *Device) doTLSEdit(x *reply) {
	d.commit("tls", []string{"i5101", "i5102", "i5103", "i5104", "i5105"}, x.v)
	d.redirect(x, "/m_security.html")
}

func (d *Device) dot1x(x *reply) {
	v := d.next.values["dot1x"]
	d.page(x, "set", "IEEE 802.1X設定", networkPath, table(row("IEEE 802.1Xを使用する", onoff(v["i5201"])), row("ログイン名", esc(v["i5202"])),
		row("認証サーバー証明書を検証する", onoff(v["i5203"])), row("認証サーバー名を検証する", onoff(v["i5204"])), row("認証サーバー名", esc(v["i5205"])),
		row("TLSを使用する", onoff(v["i5206"])), row("鍵の名前", esc(d.keyName("IEEE 802.1X"))),
		row("TTLSを使用する", onoff(v["i5207"])), row("PEAPを使用する", onoff(v["i5209"])))+
		`<div class="buttons">`+button("編集...", "/m_network_8021x_edit.html")+"</div>")
}

// entries are those of a draft when the page comes back from its key list, else those stored.
func (d *Device) entries(x *reply, draft, group, use string) (at func(string) string, no int) {
	if x.r.URL.Query().Get("ret") == "" {
		delete(x.s.draft, draft)
	}
	no = d.next.keys[use]
	p, ok := x.s.draft[draft]
	if !ok {
		return func(n string) string { return d.next.values[group][n] }, no
	}
	if s := p.Get("key"); s != "" {
		no, _ = strconv.Atoi(s)
	}
	return func(n string) string {
		if !p.Has(n) { // it was switched off
			return d.next.values[group][n]
		}
		return last(p[n])
	}, no
}

func (d *Device) dot1xEdit(x *reply) {
	at, no := d.entries(x, "dot1x", "dot1x", "IEEE 802.1X")
	f := newForm("dot1xFrm", "/cgi/m_network_8021x_edit.cgi", "/cgi/m_network_8021x_key.cgi")
	rows := []string{row("IEEE 802.1X", f.check("i5201", at("i5201"), "IEEE 802.1Xを使用する")), lrow("i5202", "ログイン名", f.text("i5202", at("i5202"), 24, 30)),
		row("認証サーバー", f.check("i5203", at("i5203"), "認証サーバー証明書を検証する")+"<br />"+f.check("i5204", at("i5204"), "認証サーバー名を検証する"))}
	f.only("i5204", "1", at("i5204"))
	rows = append(rows, lrow("i5205", "認証サーバー名", f.text("i5205", at("i5205"), 64, 40)))
	f.only("", "", "")
	name := ""
	if k := d.key(no); k != nil {
		name = k.name
	}
	rows = append(rows, row("TLS", f.check("i5206", at("i5206"), "TLSを使用する")), row("鍵の名前", esc(name)),
		row("鍵と証明書", send("鍵と証明書...", f.name, f.actions[1])), row("TTLS", f.check("i5207", at("i5207"), "TTLSを使用する")))
	rows = append(rows, row("TTLS設定(TTLSプロトコル)", f.radio("i5208", "1", at("i5208"), "A", "MSCHAPv2を使用する")+f.radio("i5208", "2", at("i5208"), "B", "PAPを使用する")),
		row("PEAP", f.check("i5209", at("i5209"), "PEAPを使用する")), row("ユーザー名", f.check("i5210", at("i5210"), "ログイン名をユーザー名として使用する")))
	f.only("i5210", "0", at("i5210"))
	rows = append(rows, lrow("i5211", "ユーザー名", f.text("i5211", at("i5211"), 24, 30)))
	f.only("", "", "")
	rows = append(rows, row("パスワード", f.check("i5212", "0", "パスワードを設定/変更する")))
	f.only("i5212", "1", "0")
	rows = append(rows, lrow("i5213", "パスワード", f.pass("i5213", 24)))
	d.keep(x.s, f)
	d.page(x, "set", "IEEE 802.1X設定の編集", dot1xPath, f.open()+table(rows...)+"<p>*TLSを使用するには、鍵と証明書の設定が必要です。</p>"+
		`<div class="buttons">`+send("OK", f.name, f.actions[0])+button("キャンセル", "/m_network_8021x.html")+"</div></form>")
}

func (d *Device) doDot1xList(x *reply) {
	x.v.Set("key", x.s.draft["dot1x"].Get("key"))
	x.s.draft["dot1x"] = x.v
	d.redirect(x, "/m_network_8021x_key.html")
}

func (d *Device) dot1xKeys(x *reply) {
	d.choice(x, dot1xPath, "/cgi/m_network_8021x_keyset.cgi", "/m_network_8021x_edit.html?ret=1", picked(x.s.draft["dot1x"], d.next.keys["IEEE 802.1X"]))
}

func picked(draft url.Values, now int) int {
	if n, err := strconv.Atoi(draft.Get("key")); err == nil {
		return n
	}
	return now
}

func (d *Device) doDot1xKey(x *reply) {
	if k := d.usable(x, "/m_network_8021x_key.html"); k != nil {
		if x.s.draft["dot1x"] == nil {
			x.s.draft["dot1x"] = url.Values{}
		}
		x.s.draft["dot1x"].Set("key", strconv.Itoa(k.no))
		d.redirect(x, "/m_network_8021x_edit.html?ret=1")
	}
}

func (d *Device) doDot1x(x *reply) {
	on := func(n string) bool { return last(x.v[n]) == "1" }
	no := picked(x.s.draft["dot1x"], d.next.keys["IEEE 802.1X"])
	switch {
	case on("i5206") && (on("i5207") || on("i5209")):
		d.refuse(x, "TLSは、TTLSまたはPEAPと同時に使用できません。", "/m_network_8021x_edit.html")
		return
	case on("i5206") && d.key(no) == nil:
		d.refuse(x, "鍵と証明書が設定されていません。", "/m_network_8021x_edit.html")
		return
	case on("i5201") && x.v.Get("i5202") == "":
		d.refuse(x, "ログイン名を入力してください。", "/m_network_8021x_edit.html")
		return
	}
	if on("i5212") {
		d.Violate("the password of IEEE 802.1X was set")
	}
	d.commit("dot1x", []string{"i5201", "i5202", "i5203", "i5204", "i5205", "i5206", "i5207", "i5208", "i5209", "i5210", "i5211"}, x.v)
	d.next.keys["IEEE 802.1X"] = no
	delete(x.s.draft, "dot1x")
	d.redirect(x, "/m_network_8021x.html")
}

var policies = []string{"Honsha-VPN", "Backup-NAS"}

func (d *Device) ipsec(x *reply) {
	var b strings.Builder
	b.WriteString("<p>IPSecを使用する: オン</p>" + `<table class="list"><tr><th>優先順位</th><th>ポリシー名</th><th>ポリシーのオン/オフ</th></tr>`)
	for i, p := range policies {
		fmt.Fprintf(&b, `<tr><td>%d</td><td><a href="/m_network_ipsec_policy.html?no=%d">%s</a></td><td>オン</td></tr>`, i+1, i+1, p)
	}
	d.page(x, "set", "IPSecポリシー一覧", networkPath, b.String()+"</table>")
}

// ofPolicy is a page or form about one policy: "1" or "2".
func ofPolicy(h func(*Device, *reply, string)) handler {
	return func(d *Device, x *reply) {
		no := x.r.URL.Query().Get("no")
		if x.v != nil {
			no = x.v.Get("i5400")
		}
		if no == "1" || no == "2" {
			h(d, x, no)
			return
		}
		d.refuse(x, "指定されたポリシーは登録されていません。", "/m_network_ipsec.html")
	}
}

func policyURL(no string) string { return "/m_network_ipsec_policy.html?no=" + no }

func ikeURL(no string) string { return "/m_network_ipsec_ike_edit.html?no=" + no }

func (d *Device) policy(x *reply, no string) {
	i, _ := strconv.Atoi(no)
	d.page(x, "set", "IPSecポリシー", ipsecPath, table(row("ポリシー名", policies[i-1]), row("ローカルアドレス", "すべてのIPアドレス"), row("リモートアドレス", fmt.Sprintf("192.168.%d.0/24", 100+i)), row("ポート", "すべてのポート"),
		row("IKE設定", button("IKE設定...", ikeURL(no))), row("IPSec通信設定", "ESP / AES-CBC / SHA2"))+
		`<div class="buttons">`+button("戻る", "/m_network_ipsec.html")+"</div>")
}

func (d *Device) ikeEdit(x *reply, no string) {
	at, kn := d.entries(x, "ike"+no, "ike"+no, "IPSec"+no)
	f := newForm("ikeFrm", "/cgi/m_network_ipsec_ike_edit.cgi", "/cgi/m_network_ipsec_ike_key.cgi")
	name := ""
	if k := d.key(kn); k != nil {
		name = k.name
	}
	hidden := f.hidden("i5400", no)
	rows := []string{row("IKEモード", f.radio("i5401", "1", at("i5401"), "A", "メイン")+f.radio("i5401", "2", at("i5401"), "B", "アグレッシブ")),
		row("有効期間", `<label for="i5402">時間</label> `+f.text("i5402", at("i5402"), 5, 6)+" 分(1-65535)"),
		row("認証/暗号化アルゴリズム", f.radio("i5403", "1", at("i5403"), "A", "自動")+f.radio("i5403", "2", at("i5403"), "B", "手動設定")),
		row("認証方式", f.radio("i5404", "1", at("i5404"), "A", "事前共有鍵方式"))}
	rows = append(rows, row("", f.check("i5405", "0", "共有鍵を設定/変更する")))
	f.only("i5405", "1", "0")
	rows = append(rows, lrow("i5406", "共有鍵", f.pass("i5406", 24)))
	f.only("", "", "")
	rows = append(rows, row("", f.radio("i5404", "2", at("i5404"), "B", "電子署名方式")), row("鍵の名前", esc(name)), row("鍵と証明書", send("鍵と証明書...", f.name, f.actions[1])))
	d.keep(x.s, f)
	i, _ := strconv.Atoi(no)
	d.page(x, "set", "IKE設定", append(ipsecPath[:3:3], item{policyURL(no), policies[i-1]}), f.open()+"<div>"+hidden+"</div>"+table(rows...)+
		`<div class="buttons">`+send("OK", f.name, f.actions[0])+button("キャンセル", policyURL(no))+"</div></form>")
}

func (d *Device) doIKEList(x *reply, no string) {
	x.v.Set("key", x.s.draft["ike"+no].Get("key"))
	x.s.draft["ike"+no] = x.v
	d.redirect(x, "/m_network_ipsec_ike_key.html?no="+no)
}

func (d *Device) ikeKeys(x *reply, no string) {
	x.s.draft["ike"] = url.Values{"no": {no}}
	d.choice(x, ipsecPath, "/cgi/m_network_ipsec_ike_keyset.cgi", ikeURL(no)+"&ret=1", picked(x.s.draft["ike"+no], d.next.keys["IPSec"+no]))
}

func (d *Device) doIKEKey(x *reply) {
	no := x.s.draft["ike"].Get("no")
	k := d.usable(x, "/m_network_ipsec.html")
	if k == nil || no == "" {
		return
	}
	if x.s.draft["ike"+no] == nil {
		x.s.draft["ike"+no] = url.Values{}
	}
	x.s.draft["ike"+no].Set("key", strconv.Itoa(k.no))
	d.redirect(x, ikeURL(no)+"&ret=1")
}

func (d *Device) doIKE(x *reply, no string) {
	kn := picked(x.s.draft["ike"+no], d.next.keys["IPSec"+no])
	if m, err := strconv.Atoi(x.v.Get("i5402")); err != nil || m < 1 || m > 65535 {
		d.refuse(x, "有効期間は1から65535の範囲で入力してください。", ikeURL(no))
		return
	}
	if x.v.Get("i5404") == "2" && d.key(kn) == nil {
		d.refuse(x, "鍵と証明書が設定されていません。", ikeURL(no))
		return
	}
	if last(x.v["i5405"]) == "1" {
		d.Violate("the pre-shared key of IPSec policy %s was set", no)
	}
	d.commit("ike"+no, []string{"i5401", "i5402", "i5403", "i5404"}, x.v)
	d.next.keys["IPSec"+no] = kn
	delete(x.s.draft, "ike"+no)
	d.redirect(x, policyURL(no))
}
