package adv4535

import (
	"maps"
	"slices"
	"strconv"
)

// setting is one page of fields; those with a key go to the key list and back before they are saved.
type setting struct {
	cgi, tpl, title string
	area            string
	crumbs          func(d *Device, no string) []crumb
	id              string // page of settings; for policies the number follows
	checks          []string
	secrets         []string // shown empty; empty means unchanged
	optional        []string // controls that script disables
	hasKey, atOnce  bool     // atOnce: in effect without a restart
	buttons         string
	body            func(p *page, f *form, m map[string]string)
	check           func(m map[string]string) string
}

func (d *Device) netCrumbs(more ...crumb) []crumb {
	return append([]crumb{{"ネットワーク設定", d.cgi("cnet.cgi", "CorePGTAG", "31", "Flag", "Init_Data", "PageFlag", "c_net.tpl")}}, more...)
}

func onNet(d *Device, _ string) []crumb { return d.netCrumbs() }

// serve answers all requests of a settings page.
func (st *setting) serve(c *ctx) {
	d := c.d
	no := c.v.Get("PolicyNo")
	id := st.id + no
	m := d.stored[id]
	if m == nil {
		d.cannot(c.w, "指定されたページを表示できません。")
		return
	}
	merged := func() map[string]string {
		n := maps.Clone(m)
		for k := range n {
			if (c.v.Has(k) || slices.Contains(st.checks, k)) && !(slices.Contains(st.secrets, k) && c.v.Get(k) == "") {
				n[k] = c.v.Get(k)
			}
		}
		return n
	}
	draft := c.s.draft[id]
	post := c.r.Method == "POST"
	switch flag := c.v.Get("Flag"); {
	case post && flag == "Key_Data":
		c.s.draft[id] = merged()
		c.selectKey(st, id, no)
		return
	case post && (flag == "Set_Key" || flag == "Back_Data") && draft != nil:
		m = maps.Clone(draft)
		if flag == "Set_Key" {
			if k := d.keyByID(c.v.Get("KeyID")); k == nil || !d.selectable(k, id) {
				c.err = "この鍵は使用できません。"
			} else {
				m["KeyID"] = k.id
			}
		}
	case post && flag == "Exec_Data":
		n := merged()
		if st.check != nil {
			c.err = st.check(n)
		}
		if c.err == "" && st.hasKey && n["KeyID"] != "" && d.keyByID(n["KeyID"]) == nil {
			c.err = "指定された鍵は存在しません。"
		}
		m = n
		if c.err != "" {
			break
		}
		if st.hasKey {
			for _, k := range slices.Sorted(maps.Keys(n)) {
				if k != "KeyID" && n[k] != d.stored[id][k] {
					d.Violate("%s: the field %s was changed from %q to %q", st.cgi, k, d.stored[id][k], n[k])
				}
			}
		}
		d.stored[id] = n
		delete(c.s.draft, id)
		c.info = "設定を変更しました。"
		if st.atOnce {
			d.active[id] = maps.Clone(n)
		} else {
			d.pending = true
		}
	}
	c.show(st.area, st.crumbs(d, no), st.title, func(p *page) {
		flags := []string{"Exec_Data"}
		if st.hasKey {
			flags = append(flags, "Key_Data")
		}
		f := p.form("SETTING_FORM", st.cgi, false, flags, []string{st.tpl})
		if no != "" {
			f.hidden("PolicyNo", no)
		}
		if st.hasKey {
			f.hidden("KeyID", m["KeyID"])
		}
		p.w("\n<div>%s%s</div>\n", button("OK_Button", "OK", "send('SETTING_FORM','Exec_Data')", false), button("CANCEL_Button", "キャンセル", "location.href='"+st.crumbs(d, no)[len(st.crumbs(d, no))-1].addr+"'", false))
		st.body(p, f, m)
		f.optional(st.optional...)
		f.close()
		if st.buttons != "" {
			g := p.form("NEXT_FORM", st.buttons, false, []string{"Init_Data"}, []string{"c_ike.tpl"})
			g.hidden("PolicyNo", no)
			g.close()
		}
	})
}

// keyCells are the two lines that every page with a key has.
func (p *page) keyCells(m map[string]string, dots, js string, off bool) {
	name := "&nbsp;"
	if k := p.d.keyByID(m["KeyID"]); k != nil {
		name = esc(k.name)
	}
	p.row("鍵の名前：", name)
	p.row("鍵と証明書：", button("KEY_Button", "鍵と証明書"+dots, js, off))
}

// selectable tells whether a page may use a key. SIP wants one that nothing else uses.
func (d *Device) selectable(k *key, id string) bool {
	if k.kind == kindAMS || k.kind == kindDevSig || k.cert == nil {
		return false
	}
	if id != "sip" {
		return true
	}
	for _, s := range []settings{d.active, d.stored} {
		for page, m := range s {
			if page != "sip" && m["KeyID"] == k.id {
				return false
			}
		}
	}
	return true
}

// selectKey is the list with [使用] on each row.
func (c *ctx) selectKey(st *setting, id, no string) {
	d := c.d
	crumbs := append(st.crumbs(d, no), crumb{st.title, d.cgi(st.cgi, st.link(no)...)})
	c.show(st.area, crumbs, "鍵と証明書", func(p *page) {
		cur := d.stored[id]["KeyID"]
		if dr := c.s.draft[id]; dr != nil {
			cur = dr["KeyID"]
		}
		p.w("<p>使用する鍵と証明書を選択してください。</p>\n<div class=\"ItemListComponent\"><table class=\"List\"><tr><th>鍵の名前</th><th>鍵の使用先</th><th>有効期限終了日</th><th>&nbsp;</th></tr>\n")
		var ids []string
		for _, k := range d.keys {
			if k.kind == kindAMS || k.kind == kindDevSig {
				continue
			}
			cell, end := "&nbsp;", "-"
			if x, ok := readCert(k.cert); ok {
				end = x.NotAfter.Local().Format("2006/01/02")
			}
			switch {
			case k.id == cur:
				cell = "使用中"
			case d.selectable(k, id):
				ids = append(ids, k.id)
				cell = button("USE_"+k.id, "使用", "row_send('SELECT_FORM','"+k.id+"','Set_Key')", false)
			}
			p.w("<tr><td>%s</td><td>%s&nbsp;</td><td>%s</td><td align=\"center\">%s</td></tr>\n", esc(k.name), d.useText(k), end, cell)
		}
		p.w("</table></div>\n")
		f := p.form("SELECT_FORM", st.cgi, false, []string{"Set_Key", "Back_Data"}, []string{st.tpl})
		f.vary("KeyID", "", append(ids, "")...)
		if no != "" {
			f.hidden("PolicyNo", no)
		}
		f.close()
		p.w("%s\n", button("BACK_Button", "戻る", "send('SELECT_FORM','Back_Data')", false))
	})
}

func (st *setting) link(no string) []string {
	kv := []string{"Flag", "Init_Data", "PageFlag", st.tpl}
	if no != "" {
		kv = append(kv, "PolicyNo", no)
	}
	return kv
}

var (
	setTLS = &setting{cgi: "ctls.cgi", tpl: "c_tls.tpl", title: "TLS設定", area: areaEnv, crumbs: onNet, id: "tls", hasKey: true, checks: []string{"AlgAES", "AlgDES", "AlgGCM", "AlgECDHE", "AlgRSA"},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.keyCells(m, "", "send('SETTING_FORM','Key_Data')", false)
			p.w("</table>\n<h3>使用可能なバージョン指定</h3><table class=\"List\">\n")
			v := []string{"1.0", "TLS 1.0", "1.1", "TLS 1.1", "1.2", "TLS 1.2"}
			p.row("上限バージョン：", f.sel("MaxVer", m["MaxVer"], v...))
			p.row("下限バージョン：", f.sel("MinVer", m["MinVer"], v...))
			p.w("</table>\n<h3>暗号化アルゴリズムの設定</h3><table class=\"List\">\n")
			p.row("暗号化：", f.check("AlgAES", "1", m["AlgAES"] == "1", "AES-CBC", "")+f.check("AlgDES", "1", m["AlgDES"] == "1", "3DES-CBC", "")+f.check("AlgGCM", "1", m["AlgGCM"] == "1", "AES-GCM", ""))
			p.row("鍵交換：", f.check("AlgRSA", "1", m["AlgRSA"] == "1", "RSA", "")+f.check("AlgECDHE", "1", m["AlgECDHE"] == "1", "ECDHE", ""))
			p.w("</table>\n")
		},
		check: func(m map[string]string) string {
			if m["MinVer"] > m["MaxVer"] {
				return "下限バージョンは上限バージョン以下に設定してください。"
			}
			return ""
		}}
	set8021X = &setting{cgi: "cieee8021x.cgi", tpl: "c_8021x.tpl", title: "IEEE 802.1X設定", area: areaEnv, crumbs: onNet, id: "x1", hasKey: true,
		checks: []string{"Use8021X", "VerCert", "VerName", "UseTLS", "UseTTLS", "UsePEAP", "SameName"}, secrets: []string{"PeapPass"}, optional: []string{"AuthName"},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.row(f.check("Use8021X", "1", m["Use8021X"] == "1", "IEEE 802.1Xを使用", ""), "&nbsp;")
			p.row("ログイン名：", f.text("LoginName", m["LoginName"], 32, 24))
			p.row(f.check("VerCert", "1", m["VerCert"] == "1", "認証サーバー証明書を検証", ""), "&nbsp;")
			p.row(f.check("VerName", "1", m["VerName"] == "1", "認証サーバー名を検証", "chg_8021x()"), "&nbsp;")
			p.row("認証サーバー名：", f.text("AuthName", m["AuthName"], 40, 64))
			p.row(f.check("UseTLS", "1", m["UseTLS"] == "1", "TLSを使用", "chg_8021x()"), "*TLSを使用するには、［TLS設定］の鍵と証明書設定で使用鍵を設定してください。")
			p.keyCells(m, "", "send('SETTING_FORM','Key_Data')", m["UseTLS"] != "1")
			p.row(f.check("UseTTLS", "1", m["UseTTLS"] == "1", "TTLSを使用", ""), "&nbsp;")
			p.row("TTLS設定(TTLSプロトコル)：", f.radio("TTLSProt", "0", m["TTLSProt"] == "0", "MSCHAPv2を使用", "")+f.radio("TTLSProt", "1", m["TTLSProt"] == "1", "PAPを使用", ""))
			p.row(f.check("UsePEAP", "1", m["UsePEAP"] == "1", "PEAPを使用", ""), "&nbsp;")
			p.row(f.check("SameName", "1", m["SameName"] == "1", "ログイン名と同じユーザー名を使用", ""), "&nbsp;")
			p.row("ユーザー名：", f.text("PeapName", m["PeapName"], 32, 24))
			p.row("パスワード：", f.pass("PeapPass", 24))
			p.w("</table>\n<script type=\"text/javascript\">chg_8021x();</script>\n")
		},
		check: func(m map[string]string) string {
			switch {
			case m["UseTLS"] == "1" && (m["UseTTLS"] == "1" || m["UsePEAP"] == "1"):
				return "TLSとTTLS/PEAPは同時に使用できません。"
			case m["Use8021X"] == "1" && m["LoginName"] == "":
				return "ログイン名を入力してください。"
			case m["UseTLS"] == "1" && m["KeyID"] == "":
				return "TLSを使用するには、鍵と証明書を設定してください。"
			}
			return ""
		}}
	setPolicy = &setting{cgi: "cipsecpol.cgi", tpl: "c_ipsecpol.tpl", title: "ポリシー編集", area: areaEnv, id: "pol", buttons: "cike.cgi", crumbs: func(d *Device, _ string) []crumb { return d.policyCrumbs() },
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.row("ポリシー名：", f.text("PolName", m["PolName"], 32, 24))
			p.row("ポリシー：", f.radio("PolUse", "1", m["PolUse"] == "1", "ON", "")+f.radio("PolUse", "0", m["PolUse"] == "0", "OFF", ""))
			p.row("セレクター設定：", "ローカルアドレス：すべてのIPアドレス　リモートアドレス：IPv4手動設定　ポート：すべてのポート")
			p.row("IKE設定：", button("IKE_Button", "IKE設定...", "send('NEXT_FORM','Init_Data','c_ike.tpl')", false))
			p.row("IPSecネットワーク設定：", "有効期間：480分　PFS：OFF　認証/暗号化アルゴリズム：自動")
			p.w("</table>\n")
		},
		check: func(m map[string]string) string {
			if m["PolName"] == "" {
				return "ポリシー名を入力してください。"
			}
			return ""
		}}
	setIKE = &setting{cgi: "cike.cgi", tpl: "c_ike.tpl", title: "IKE", area: areaEnv, id: "ike", hasKey: true, checks: []string{"SHA1", "SHA2", "Enc3DES", "EncAES"}, secrets: []string{"PSK"}, optional: []string{"PSK"},
		crumbs: func(d *Device, no string) []crumb {
			return append(d.policyCrumbs(), crumb{"ポリシー編集", d.cgi("cipsecpol.cgi", setPolicy.link(no)...)})
		},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.row("IKEモード", f.radio("IkeMode", "0", m["IkeMode"] == "0", "メイン", "")+f.radio("IkeMode", "1", m["IkeMode"] == "1", "アグレッシブ", ""))
			p.row("有効期間", "時間 "+f.text("IkeTime", m["IkeTime"], 6, 5)+" 分(1-65535)")
			p.w("<tr><th colspan=\"2\">認証方式</th></tr>\n")
			p.row(f.radio("AuthType", "0", m["AuthType"] == "0", "事前共有鍵方式：", "chg_auth()"), "共有鍵："+f.pass("PSK", 24))
			p.row(f.radio("AuthType", "1", m["AuthType"] == "1", "電子署名方式：", "chg_auth()"), "&nbsp;")
			p.keyCells(m, "", "send('SETTING_FORM','Key_Data')", m["AuthType"] != "1")
			p.row("認証/暗号化アルゴリズム", f.radio("AlgMode", "0", m["AlgMode"] == "0", "自動", "")+f.radio("AlgMode", "1", m["AlgMode"] == "1", "手動設定", ""))
			p.row("認証：", f.check("SHA1", "1", m["SHA1"] == "1", "SHA1", "")+f.check("SHA2", "1", m["SHA2"] == "1", "SHA2", ""))
			p.row("暗号化：", f.check("Enc3DES", "1", m["Enc3DES"] == "1", "3DES-CBC", "")+f.check("EncAES", "1", m["EncAES"] == "1", "AES-CBC", ""))
			p.row("DHグループ：", f.sel("DHGroup", m["DHGroup"], "1", "グループ1 (762)", "2", "グループ2 (1024)", "14", "グループ14 (2048)", "19", "ECDH-P256", "20", "ECDH-P384"))
			p.w("</table>\n<script type=\"text/javascript\">chg_auth();</script>\n")
		},
		check: func(m map[string]string) string {
			if n, err := strconv.Atoi(m["IkeTime"]); err != nil || n < 1 || n > 65535 {
				return "有効期間の値が正しくありません。(1-65535)"
			}
			if m["AuthType"] == "1" && m["KeyID"] == "" {
				return "電子署名方式を使用するには、鍵と証明書を設定してください。"
			}
			return ""
		}}
	setSIP = &setting{cgi: "csip.cgi", tpl: "c_sip.tpl", title: "SIP設定", area: areaEnv, crumbs: onNet, id: "sip", hasKey: true, checks: []string{"IntraUse", "IntraTLS", "IntraAuto", "NGNUse", "ReqClient", "VerServer", "AddCN"},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<h3>イントラネット設定</h3><table class=\"List\">\n")
			p.row(f.check("IntraUse", "1", m["IntraUse"] == "1", "イントラネットを使用", ""), "&nbsp;")
			p.row(f.check("IntraTLS", "1", m["IntraTLS"] == "1", "TLSを使用", ""), "&nbsp;")
			p.row("ユーザーURI：", f.text("UserURI", m["UserURI"], 40, 128))
			p.row(f.check("IntraAuto", "1", m["IntraAuto"] == "1", "プロキシサーバーを使用", ""), "&nbsp;")
			p.row("レジストラサーバー：", f.text("RegServer", m["RegServer"], 40, 128))
			p.row("登録の有効期間：", f.text("RegTime", m["RegTime"], 6, 5)+" 秒(60-65535)")
			p.w("</table>\n<h3>NGN設定</h3><table class=\"List\">\n")
			p.row(f.check("NGNUse", "1", m["NGNUse"] == "1", "NGNを使用", ""), "&nbsp;")
			p.w("</table>\n<h3>ポート/メディア設定</h3><table class=\"List\">\n")
			p.row("T.38送信トランスポート：", f.sel("T38Trans", m["T38Trans"], "0", "UDPTL", "1", "TCP", "2", "RTP"))
			p.row("T.38メディアタイプ：", f.sel("T38Media", m["T38Media"], "0", "イメージ", "1", "オーディオ"))
			p.row("T.38受信ポート番号：", f.text("T38Port", m["T38Port"], 6, 5)+" (1-65535)")
			p.row("RTP受信ポート番号：", f.text("RTPPort", m["RTPPort"], 6, 5)+" (1024-65534)")
			p.w("</table>\n<h3>TLS設定</h3><table class=\"List\">\n")
			p.keyCells(m, "...", "send('SETTING_FORM','Key_Data')", false)
			p.row("受信設定：", f.check("ReqClient", "1", m["ReqClient"] == "1", "クライアント認証を要求", ""))
			p.row("送信設定：", f.check("VerServer", "1", m["VerServer"] == "1", "サーバー証明書を検証", "")+"<br />\n"+f.check("AddCN", "1", m["AddCN"] == "1", "CNを検証項目に追加", ""))
			p.w("</table>\n")
		},
		check: func(m map[string]string) string {
			for _, x := range []struct {
				n, l   string
				lo, hi int
			}{{"T38Port", "T.38受信ポート番号", 1, 65535}, {"RTPPort", "RTP受信ポート番号", 1024, 65534}, {"RegTime", "登録の有効期間", 60, 65535}} {
				if n, err := strconv.Atoi(m[x.n]); err != nil || n < x.lo || n > x.hi {
					return x.l + "の値が正しくありません。"
				}
			}
			if m["IntraTLS"] == "1" && m["KeyID"] == "" {
				return "TLSを使用するには、鍵と証明書を設定してください。"
			}
			return ""
		}}
	setSMIME = &setting{cgi: "csmime.cgi", tpl: "c_smime.tpl", title: "S/MIME設定", area: areaFunc, id: "smime", atOnce: true, checks: []string{"AddSign", "VerRecv"},
		crumbs: func(d *Device, _ string) []crumb {
			return []crumb{{"送信", d.cgi("csend.cgi", "CorePGTAG", "34", "Flag", "Init_Data", "PageFlag", "c_send.tpl")}}
		},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.row("暗号化設定：", f.radio("EncMode", "0", m["EncMode"] == "0", "常に暗号化する", "")+"<br />\n"+f.radio("EncMode", "1", m["EncMode"] == "1", "送信時のみ暗号化する", "")+"<br />\n"+f.radio("EncMode", "2", m["EncMode"] == "2", "暗号化しない", ""))
			p.row(f.check("AddSign", "1", m["AddSign"] == "1", "電子署名を付ける", ""), "&nbsp;")
			p.row("暗号化アルゴリズム：", f.sel("EncAlg", m["EncAlg"], "3DES", "3DES", "AES128", "AES 128 bit", "AES256", "AES 256 bit"))
			p.row("署名アルゴリズム：", f.sel("SignAlg", m["SignAlg"], "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512"))
			p.row(f.check("VerRecv", "1", m["VerRecv"] == "1", "受信時に署名を検証", ""), "&nbsp;")
			p.row("受信時に署名を印刷：", f.sel("PrintSign", m["PrintSign"], "0", "印刷しない", "1", "エラー時のみ", "2", "常に印刷"))
			p.w("</table>\n")
		}}
	setAMS = &setting{cgi: "cams.cgi", tpl: "c_ams.tpl", title: "ACCESS MANAGEMENT SYSTEM設定", area: areaMan, id: "ams", checks: []string{"UseAMS"},
		crumbs: func(d *Device, _ string) []crumb {
			return []crumb{{"ライセンス/その他", d.cgi("clic.cgi", "CorePGTAG", "39", "Flag", "Init_Data", "PageFlag", "c_lic.tpl")}}
		},
		body: func(p *page, f *form, m map[string]string) {
			p.w("<table class=\"List\">\n")
			p.row(f.check("UseAMS", "1", m["UseAMS"] == "1", "ACCESS MANAGEMENT SYSTEMを使用する", ""), "&nbsp;")
			p.w("</table>\n")
		}}
)

// tlsPage is ctls.cgi: its key comes from a form of its own, and [使用] stores it at once.
func tlsPage(c *ctx) {
	d := c.d
	flag := c.v.Get("Flag")
	if c.r.Method == "POST" && flag == "Key_Data" {
		c.selectKey(setTLS, "tls", "")
		return
	}
	if c.r.Method == "POST" && flag == "Set_Key" {
		if k := d.keyByID(c.v.Get("KeyID")); k == nil || !d.selectable(k, "tls") {
			c.err = "この鍵は使用できません。"
		} else {
			d.stored["tls"]["KeyID"], d.pending = k.id, true
			c.info = "設定を変更しました。"
		}
		c.v.Set("Flag", "Init_Data")
	}
	setTLS.serve(c)
}
