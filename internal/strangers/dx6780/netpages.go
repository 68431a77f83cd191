package dx6780

import (
	"fmt"
	"net/url"
	"strconv"
)

const netCrumb = "設定/登録：環境設定：ネットワーク設定 &gt; "

type tlsSettings struct{ Max, Min string }

type dot1xSettings struct {
	On                     bool
	Login                  string
	VerifyCert, VerifyName bool
	Server                 string
	TLS, TTLS              bool
	Proto                  string
	PEAP                   bool
	User                   string
}

type policy struct {
	No              int
	Name            string
	On              bool
	Mode, Minutes   string
	Auth, PSK       string
	Enc, Hash, DH   string
	SelLocal, SelRm string
}

func (c *ctx) keyName(id int) string {
	if k := c.d.keyByID(id); k != nil {
		return k.name
	}
	return ""
}

// keyChoice is the list with one [使用] per key; the click posts form.KeyID.
func (c *ctx) keyChoice(title, crumb, cgi, tpl, back string, backKV []string, cur int, extra ...string) {
	d := c.d
	p := c.page("set", title, crumb)
	f := p.form("SUBMIT_FORM", cgi, tpl)
	f.script("Flag", "Exec_Data", "Exec_Data")
	for i := 0; i+1 < len(extra); i += 2 {
		f.hidden(extra[i], extra[i+1])
	}
	ids := []string{}
	rows := ""
	for _, k := range d.keys {
		if k.kind == kindAMS || k.kind == kindSign {
			continue
		}
		name := fmt.Sprintf(`<a href="javascript:key_detail('%d')">%s</a>`, k.id, esc(k.name))
		p.u("cdkey.cgi", "c_d_keydtl.tpl", "KeyID", strconv.Itoa(k.id))
		btn := ""
		if k.cert != nil {
			ids = append(ids, strconv.Itoa(k.id))
			btn = fmt.Sprintf(`<input type="button" value="使用" onclick="key_use(document.SUBMIT_FORM,'%d')" />`, k.id)
		}
		mark := ""
		if k.id == cur {
			mark = "&#9679;"
		}
		rows += fmt.Sprintf("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", mark, name, d.useText(k), btn)
	}
	f.script("KeyID", "", ids...)
	f.w(`<div class="ItemListComponent"><table class="ItemList"><tr><th>設定中</th><th>鍵の名前</th><th>使用先</th><th>&nbsp;</th></tr>%s</table></div>`, rows)
	p.w("%s%s", p.button("戻る", p.u(cgi, back, backKV...)), f.end())
	p.send()
}

func (c *ctx) tlsPage() {
	d, v := c.d, c.v
	if c.flag == "Exec_Data" {
		c.spend()
		n := tlsSettings{v.Get("TlsMax"), v.Get("TlsMin")}
		if n.Min > n.Max {
			c.refuse("下限バージョンには、上限バージョン以下を設定してください。", "./cntls.cgi?Flag=Init_Data&PageFlag=c_n_tls.tpl&FuncTypeFlag=SettingPage")
			return
		}
		if n != d.tls {
			d.Violate("TLS settings other than the key changed")
			d.tls, d.pending = n, true
		}
		d.touch("tls")
		c.netIndex()
		return
	}
	p := c.page("set", "TLS設定", netCrumb+"TLS設定")
	p.upd = "tls"
	f := p.form("SUBMIT_FORM", "cntls.cgi", "c_n_tls.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "rui_submit(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("cnet.cgi", "c_n_idx.tpl")))
	f.row("鍵の名前：", "", esc(c.keyName(d.stored.TLS)))
	f.row("鍵と証明書：", "", p.button("鍵と証明書", p.u("cntls.cgi", "c_n_tlskey.tpl")))
	vers := [][2]string{{"1", "TLS 1.0"}, {"2", "TLS 1.1"}, {"3", "TLS 1.2"}}
	f.row("上限バージョン：", "TlsMax", f.sel("TlsMax", d.tls.Max, vers, nil, false))
	f.row("下限バージョン：", "TlsMin", f.sel("TlsMin", d.tls.Min, vers, nil, false))
	f.w("</table>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) tlsKeys() {
	d := c.d
	if c.flag == "Exec_Data" {
		c.spend()
		k := c.key()
		if k == nil || k.cert == nil {
			c.refuse("指定された鍵は使用できません。", "./cntls.cgi?Flag=Init_Data&PageFlag=c_n_tls.tpl&FuncTypeFlag=SettingPage")
			return
		}
		d.stored.TLS, d.pending = k.id, true
		d.touch("tls")
		c.flag = "Init_Data"
		c.tlsPage()
		return
	}
	c.keyChoice("鍵と証明書", netCrumb+"TLS設定 &gt; 鍵と証明書", "cntls.cgi", "c_n_tlskey.tpl", "c_n_tls.tpl", nil, d.stored.TLS)
}

func read1x(v url.Values) dot1xSettings {
	return dot1xSettings{v.Get("Dot1xUse") == "1", v.Get("LoginName"), v.Get("VerifyCert") == "1", v.Get("VerifyName") == "1", v.Get("ServerName"),
		v.Get("UseTLS") == "1", v.Get("UseTTLS") == "1", v.Get("TtlsProto"), v.Get("UsePEAP") == "1", v.Get("EapUser")}
}

func (c *ctx) dot1xPage() {
	d, s := c.d, c.s
	self := "./cn8021x.cgi?Flag=Init_Data&PageFlag=c_n_1x.tpl&FuncTypeFlag=SettingPage"
	switch c.flag {
	case "Temp_Data": // the button [鍵と証明書] keeps what was typed
		n := read1x(c.v)
		s.draft1x = &n
		c.dot1xChoice()
		return
	case "Exec_Data":
		c.spend()
		n, id := read1x(c.v), d.stored.Dot1X
		if s.draft1x != nil {
			id = s.draft1xKey
		}
		switch {
		case n.TLS && (n.TTLS || n.PEAP):
			c.refuse("TLSとTTLS/PEAPを同時に使用することはできません。", self)
			return
		case n.TLS && id == 0:
			c.refuse("TLSを使用するには、鍵と証明書を設定してください。", self)
			return
		case n.VerifyName && n.Server == "":
			c.refuse("認証サーバー名を入力してください。", self)
			return
		case n.On && n.Login == "":
			c.refuse("ログイン名を入力してください。", self)
			return
		}
		if n != d.dot1x {
			d.Violate("IEEE 802.1X settings other than the key changed: %+v, before %+v", n, d.dot1x)
		}
		if c.v.Get("PwChange") == "1" {
			d.Violate("IEEE 802.1X password changed")
		}
		d.dot1x, d.stored.Dot1X, d.pending = n, id, true
		s.draft1x = nil
		d.touch("1x")
		c.netIndex()
		return
	}
	s.draft1x, s.draft1xKey = nil, d.stored.Dot1X
	c.show1x(d.dot1x, d.stored.Dot1X)
}

func (c *ctx) show1x(x dot1xSettings, id int) {
	p := c.page("set", "IEEE 802.1X設定", netCrumb+"IEEE 802.1X設定")
	p.upd = "1x"
	f := p.form("SUBMIT_FORM", "cn8021x.cgi", "c_n_1x.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data", "Temp_Data")
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "eap_exec(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("cnet.cgi", "c_n_idx.tpl")))
	p.u("cn8021x.cgi", "c_n_1x.tpl")
	f.row("&nbsp;", "", f.check("Dot1xUse", "IEEE 802.1Xを使用", x.On, ""))
	f.row("ログイン名：", "LoginName", f.text("LoginName", x.Login, 24, nil, false))
	f.row("&nbsp;", "", f.check("VerifyCert", "認証サーバー証明書を検証", x.VerifyCert, ""))
	f.row("&nbsp;", "", f.check("VerifyName", "認証サーバー名を検証", x.VerifyName, ""))
	f.row("認証サーバー名：", "ServerName", f.text("ServerName", x.Server, 48, nil, false))
	f.row("&nbsp;", "", f.check("UseTLS", "TLSを使用", x.TLS, "")+"<br />*TLSを使用するには、[TLS設定]の「鍵と証明書」で使用鍵を設定してください。")
	f.row("鍵の名前：", "", esc(c.keyName(id)))
	f.row("鍵と証明書：", "", act("", "鍵と証明書", "key_choose(document.SUBMIT_FORM)"))
	f.row("&nbsp;", "", f.check("UseTTLS", "TTLSを使用", x.TTLS, ""))
	f.row("TTLS設定(TTLSプロトコル)：", "", f.radio("TtlsProto", "0", x.Proto, "MSCHAPv2を使用", "")+" "+f.radio("TtlsProto", "1", x.Proto, "PAPを使用", ""))
	f.row("&nbsp;", "", f.check("UsePEAP", "PEAPを使用", x.PEAP, ""))
	f.row("ユーザー名：", "EapUser", f.text("EapUser", x.User, 24, nil, false))
	f.row("パスワード：", "", f.check("PwChange", "パスワードを変更する", false, "pw_change(this.form)")+" "+f.input("password", "EapPass", "", 24, is("PwChange", "1"), true))
	f.w("</table>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) dot1xChoice() {
	c.keyChoice("鍵と証明書", netCrumb+"IEEE 802.1X設定 &gt; 鍵と証明書", "cn8021x.cgi", "c_n_1xkey.tpl", "c_n_1x.tpl", nil, c.s.draft1xKey)
}

func (c *ctx) dot1xKeys() {
	k := c.key()
	if c.flag != "Exec_Data" || k == nil || k.cert == nil || c.s.draft1x == nil {
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	c.spend()
	c.s.draft1xKey = k.id
	c.show1x(*c.s.draft1x, k.id)
}

func (c *ctx) policy() *policy {
	for _, p := range c.d.policies {
		if strconv.Itoa(p.No) == c.v.Get("PolicyNo") {
			return p
		}
	}
	return nil
}

func (c *ctx) ipsecList() {
	p := c.page("set", "IPSecポリシー一覧", netCrumb+"IPSecポリシー一覧")
	p.upd = "ip"
	p.w(`<div class="ItemListComponent"><table class="ItemList"><tr><th>優先順位</th><th>ポリシー名</th><th>ポリシー</th></tr>`)
	for _, x := range c.d.policies {
		p.w("<tr><td>%d</td><td>%s</td><td>%s</td></tr>", x.No, p.link(esc(x.Name), p.u("cnipsec.cgi", "c_n_ippol.tpl", "PolicyNo", strconv.Itoa(x.No))), map[bool]string{true: "ON", false: "OFF"}[x.On])
	}
	p.w("</table></div>")
	p.send()
}

func (c *ctx) ipsecPolicy() {
	x := c.policy()
	if x == nil {
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	if c.flag == "Exec_Data" {
		c.spend()
		if on := c.v.Get("PolOn") == "1"; on != x.On || c.v.Get("PolName") != x.Name {
			c.d.Violate("settings of the IPSec policy %s changed", x.Name)
			x.On, x.Name, c.d.pending = on, c.v.Get("PolName"), true
		}
		c.d.touch("ip")
		c.ipsecList()
		return
	}
	no := strconv.Itoa(x.No)
	p := c.page("set", "ポリシーの登録", "")
	p.crumb = netCrumb + p.link("IPSecポリシー一覧", p.u("cnipsec.cgi", "c_n_iplist.tpl")) + " &gt; ポリシーの登録"
	p.upd = "ip"
	f := p.form("SUBMIT_FORM", "cnipsec.cgi", "c_n_ippol.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.hidden("PolicyNo", no)
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "rui_submit(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("cnipsec.cgi", "c_n_iplist.tpl")))
	f.row("ポリシー名：", "PolName", f.text("PolName", x.Name, 24, nil, false))
	f.row("&nbsp;", "", f.check("PolOn", "ポリシーを使用", x.On, ""))
	f.row("セレクター：", "", "ローカルアドレス：すべてのIPアドレス<br />リモートアドレス：192.168."+no+"0.0/24<br />ポート：すべて")
	f.row("IKE：", "", p.button("IKE設定", p.u("cnipsec.cgi", "c_n_ipike.tpl", "PolicyNo", no)))
	f.row("IPSec通信：", "", "有効期間：480分<br />PFS：OFF<br />ESP：AES-CBC 128 bit / SHA1")
	f.w("</table>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) readIKE(x policy) policy {
	v := c.v
	x.Mode, x.Minutes, x.Auth = v.Get("IkeMode"), v.Get("IkeTime"), v.Get("IkeAuth")
	x.Enc, x.Hash, x.DH = v.Get("IkeEnc"), v.Get("IkeHash"), v.Get("IkeDH")
	if x.Auth == "0" {
		x.PSK = v.Get("IkePsk")
	}
	return x
}

func (c *ctx) ikePage() {
	d, s, x := c.d, c.s, c.policy()
	if x == nil {
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	switch c.flag {
	case "Temp_Data":
		n := c.readIKE(*x)
		s.draftIKE = &n
		c.ikeChoice(x)
		return
	case "Exec_Data":
		c.spend()
		n, id := c.readIKE(*x), d.stored.IPSec[x.No]
		if s.draftIKE != nil && s.draftIKE.No == x.No {
			id = s.draftIKEKey
		}
		self := "./cnipsec.cgi?Flag=Init_Data&PageFlag=c_n_ipike.tpl&FuncTypeFlag=SettingPage&PolicyNo=" + strconv.Itoa(x.No)
		m, err := strconv.Atoi(n.Minutes)
		switch {
		case err != nil || m < 1 || m > 65535:
			c.refuse("有効期間は1から65535までの数値で入力してください。", self)
			return
		case n.Auth == "1" && id == 0:
			c.refuse("電子署名方式を使用するには、鍵と証明書を設定してください。", self)
			return
		case n.Auth == "0" && n.PSK == "":
			c.refuse("事前共有鍵を入力してください。", self)
			return
		}
		if n != *x {
			d.Violate("IKE settings of the policy %s other than the key changed", x.Name)
		}
		*x = n
		d.stored.IPSec[x.No], d.pending = id, true
		s.draftIKE = nil
		d.touch("ip")
		c.flag = "Init_Data"
		c.ipsecPolicy()
		return
	}
	s.draftIKE, s.draftIKEKey = nil, d.stored.IPSec[x.No]
	c.showIKE(*x, s.draftIKEKey)
}

func (c *ctx) showIKE(x policy, id int) {
	no := strconv.Itoa(x.No)
	p := c.page("set", "IKE", "")
	p.crumb = netCrumb + p.link("IPSecポリシー一覧", p.u("cnipsec.cgi", "c_n_iplist.tpl")) + " &gt; " + p.link("ポリシーの登録", p.u("cnipsec.cgi", "c_n_ippol.tpl", "PolicyNo", no)) + " &gt; IKE"
	p.upd = "ip"
	p.u("cnipsec.cgi", "c_n_ipike.tpl", "PolicyNo", no)
	f := p.form("SUBMIT_FORM", "cnipsec.cgi", "c_n_ipike.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data", "Temp_Data")
	f.hidden("PolicyNo", no)
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "ike_exec(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("cnipsec.cgi", "c_n_ippol.tpl", "PolicyNo", no)))
	f.row("IKEモード", "", f.radio("IkeMode", "0", x.Mode, "メイン", "")+"<br />"+f.radio("IkeMode", "1", x.Mode, "アグレッシブ", ""))
	f.row("有効期間", "", "時間 "+f.text("IkeTime", x.Minutes, 5, nil, false)+" 分(1-65535)")
	psk := f.input("password", "IkePsk", x.PSK, 24, is("IkeAuth", "0"), x.Auth != "0")
	key := act("IkeKeyBtn", "鍵と証明書", "key_choose(document.SUBMIT_FORM)")
	if x.Auth != "1" {
		key = `<fieldset class="btn"><input type="button" id="IkeKeyBtn" value="鍵と証明書" disabled="disabled" onclick="key_choose(document.SUBMIT_FORM)" /></fieldset>`
	}
	f.row("認証方式", "", f.radio("IkeAuth", "0", x.Auth, "事前共有鍵方式：", "ike_auth(this.form)")+" "+psk+"<br />"+f.radio("IkeAuth", "1", x.Auth, "電子署名方式：", "ike_auth(this.form)")+
		"<br />鍵の名前："+esc(c.keyName(id))+"<br />鍵と証明書："+key)
	f.row("暗号化アルゴリズム", "IkeEnc", f.sel("IkeEnc", x.Enc, [][2]string{{"0", "3DES-CBC"}, {"1", "AES-CBC"}}, nil, false))
	f.row("認証アルゴリズム", "IkeHash", f.sel("IkeHash", x.Hash, [][2]string{{"0", "SHA1"}, {"1", "SHA2"}}, nil, false))
	f.row("DHグループ", "IkeDH", f.sel("IkeDH", x.DH, [][2]string{{"0", "グループ1(768)"}, {"1", "グループ2(1024)"}, {"2", "グループ14(2048)"}}, nil, false))
	f.w("</table>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) ikeChoice(x *policy) {
	no := strconv.Itoa(x.No)
	c.keyChoice("鍵と証明書", netCrumb+"IPSecポリシー一覧 &gt; ポリシーの登録 &gt; IKE &gt; 鍵と証明書", "cnipsec.cgi", "c_n_ipkey.tpl", "c_n_ipike.tpl", []string{"PolicyNo", no}, c.s.draftIKEKey, "PolicyNo", no)
}

func (c *ctx) ikeKeys() {
	k, x := c.key(), c.policy()
	if c.flag != "Exec_Data" || k == nil || x == nil || k.cert == nil || c.s.draftIKE == nil || c.s.draftIKE.No != x.No {
		c.cannotOpen("指定されたページを表示できません。")
		return
	}
	c.spend()
	c.s.draftIKEKey = k.id
	c.showIKE(*c.s.draftIKE, k.id)
}
