package iprc170

import (
	"fmt"
	"strconv"
)

const netCrumb = "參數選擇：網路設定 > "

// usable reports whether a key may be chosen for network communication.
func usable(k *key) bool {
	return k != nil && k.cert != nil && (k.kind == kindUser || k.kind == kindDefault)
}

func (d *Device) keyName(no int) string {
	if k := d.keyByNo(no); k != nil {
		return k.name
	}
	return ""
}

func (c *ctx) tlsPage() {
	d := c.d
	if c.flag == "Exec_Data" {
		n := tlsSettings{Max: c.form.Get("MaxVer"), Min: c.form.Get("MinVer"), A1: c.form.Get("Cipher"), A2: c.form.Get("TlsFs")}
		if n.Min > n.Max {
			c.fail("下限版本不能高於上限版本。")
		} else {
			if n != d.tls {
				c.setting()
			}
			d.tls = n
			c.s.note = "已更新設定。"
		}
	}
	c.settings("TLS設定", netCrumb+"TLS設定", `<h3>鍵值和憑證設定</h3><table>`+row("鍵值名稱", esc(d.keyName(d.tlsKey)))+`</table><div class="tools">`+
		button("鍵值和憑證...", "go('"+ref("ctlskey.cgi", "c_tlskey.tpl")+"')")+`</div><h3>TLS版本和加密演算法</h3>`+begin("TLS_FORM", "ctls.cgi", "c_tls.tpl", "c_tls.tpl")+`<table>`+
		row(`<label for="MaxVer">上限版本</label>`, choice("MaxVer", d.tls.Max, "12", "TLS 1.2", "11", "TLS 1.1", "10", "TLS 1.0"))+
		row(`<label for="MinVer">下限版本</label>`, choice("MinVer", d.tls.Min, "12", "TLS 1.2", "11", "TLS 1.1", "10", "TLS 1.0"))+
		row(`<label for="Cipher">加密演算法</label>`, choice("Cipher", d.tls.A1, "aes256", "AES-CBC (256-bit)", "aesgcm", "AES-GCM (256-bit)"))+
		row("金鑰交換", checkbox("TlsFs", "使用 ECDHE", d.tls.A2 == "1"))+`</table><div class="tools">`+button("確定", "ex('TLS_FORM','Exec_Data')")+`</div></form>`)
}

// tlsKeyPage is the list whose buttons set the key for TLS at once.
func (c *ctx) tlsKeyPage() {
	d := c.d
	if c.flag == "Exec_Data" {
		k := c.sentKey()
		if !usable(k) {
			c.fail("無法使用此鍵值和憑證。")
		} else {
			if d.tlsKey != k.no {
				d.tlsKey = k.no
				c.setting()
			}
			c.s.note = "已將「" + esc(k.name) + "」設定為 TLS 使用的鍵值。重新啟動裝置後生效。"
			c.flag = ""
			c.tlsPage()
			return
		}
	}
	rows := ""
	for _, k := range d.keys {
		b := ""
		if usable(k) && k.no != d.tlsKey {
			b = button("使用", fmt.Sprintf("use_key('%d')", k.no))
		}
		rows += `<tr><td>` + esc(k.name) + `</td><td>` + publicKey(k) + `</td><td>` + d.useText(k) + `</td><td>` + b + "</td></tr>\n"
	}
	c.settings("鍵值和憑證", netCrumb+link("ctls.cgi", "c_tls.tpl", "TLS設定")+" > 鍵值和憑證", begin("USE_FORM", "ctlskey.cgi", "c_tlskey.tpl", "c_tls.tpl", "KeyNo", "")+
		`<div class="ItemListComponent"><table><tr><th>鍵值名稱</th><th>公開鍵值</th><th>鍵值使用位置</th><th></th></tr>
`+rows+`</table></div></form><p>裝置簽章和存取限制用的鍵值無法用於 TLS。</p>`)
}

// keyWindow is the small window in which a form's key is chosen.
func (c *ctx) keyWindow() {
	rows := ""
	for _, k := range c.d.keys {
		b := "－"
		if usable(k) {
			b = fmt.Sprintf(`<input type="button" value="使用" onclick="pick('%d','%s')" />`, k.no, esc(k.name))
		}
		rows += `<tr><td>` + esc(k.name) + `</td><td>` + publicKey(k) + `</td><td>` + c.d.useText(k) + `</td><td>` + b + "</td></tr>\n"
	}
	c.send(doctype + `<title>遠端使用者介面 : 鍵值和憑證 : ` + shortName + ` : ` + modelName + `</title><link rel="stylesheet" type="text/css" href="/rps/media/rui.css" />
<script type="text/javascript" src="/rps/media/rui.js"></script></head><body style="padding:12px;background:#fff"><h2>鍵值和憑證</h2>
<div class="ItemListComponent"><table><tr><th>鍵值名稱</th><th>公開鍵值</th><th>鍵值使用位置</th><th></th></tr>
` + rows + `</table></div><p><input type="button" value="關閉" onclick="window.close()" /></p></body></html>`)
}

// keyField shows the key of a form and opens the window; the script is of that page.
func (c *ctx) keyField(form, name string, no int) string {
	return row("鍵值名稱：", `<span id="keyName">`+esc(c.d.keyName(no))+`</span>`) +
		row("鍵值和憑證：", hidden(name, strconv.Itoa(no))+button("鍵值和憑證", "key_window('"+ref("ckeywin.cgi", "c_keywin.tpl")+"&amp;For="+form+"')")) +
		`<script type="text/javascript">
//<![CDATA[
function set_key(no,name){document.` + form + `.` + name + `.value=no;el('keyName').innerHTML=name;}
//]]>
</script>`
}

func (c *ctx) dot1x() {
	d := c.d
	e := d.eap
	if c.flag == "Exec_Data" {
		on := func(n string) bool { return c.form.Get(n) == "1" }
		k, _ := strconv.Atoi(c.form.Get("EapKeyNo"))
		n := eapSettings{On: on("Use8021x"), VerifyCert: on("VerSrvCert"), VerifyName: on("VerSrvName"), TLS: on("UseTls"), TTLS: on("UseTtls"), PEAP: on("UsePeap"),
			Login: c.form.Get("LoginName"), Server: c.form.Get("SrvName"), Proto: c.form.Get("TtlsProto"), User: c.form.Get("UserName"), Key: k}
		why := ""
		switch {
		case n.TLS && (n.TTLS || n.PEAP):
			why = "無法同時使用TLS和TTLS或PEAP。"
		case n.On && n.Login == "":
			why = "請輸入登入名稱。"
		case k != 0 && !usable(d.keyByNo(k)):
			why = "無法使用此鍵值和憑證。"
		case n.On && n.TLS && k == 0:
			why = "未設定使用的鍵值。"
		}
		e = n
		if why == "" {
			a, b := d.eap, n
			a.Key, b.Key = 0, 0
			if n.Key != d.eap.Key && a != b {
				d.Violate("IEEE 802.1X: settings other than the key changed: %+v to %+v", a, b)
			}
			if n != d.eap || on("PassChg") {
				c.setting()
			}
			d.eap = n
			c.s.note = "已更新設定。重新啟動裝置後生效。"
		} else {
			c.fail(why)
		}
	}
	c.settings("IEEE 802.1X設定", netCrumb+"IEEE 802.1X設定", begin("EAP_FORM", "cdot1x.cgi", "c_dot1x.tpl", "c_dot1x.tpl")+
		`<div class="tools">`+button("確定", "ex('EAP_FORM','Exec_Data')")+button("取消", "go('"+ref("cnetwork.cgi", "c_net_idx.tpl")+"')")+`</div>
<p>`+checkbox("Use8021x", "使用IEEE 802.1X", e.On)+`</p><table>`+row(`<label for="LoginName">登入名稱：</label>`, text("LoginName", e.Login, 24))+
		row("", checkbox("VerSrvCert", "驗證認證伺服器憑證", e.VerifyCert))+row("", checkbox("VerSrvName", "驗證認證伺服器名稱", e.VerifyName))+
		row(`<label for="SrvName">認證伺服器名稱：</label>`, text("SrvName", e.Server, 64))+`</table>
<p>`+checkbox("UseTls", "使用TLS", e.TLS)+`<br />*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。</p><table>`+c.keyField("EAP_FORM", "EapKeyNo", e.Key)+`</table>
<p>`+checkbox("UseTtls", "使用TTLS", e.TTLS)+`</p><p>TTLS設定(TTLS協定)：`+radio("TtlsProto", "MSCHAPv2", "使用MSCHAPv2", e.Proto)+radio("TtlsProto", "PAP", "使用PAP", e.Proto)+`</p>
<p>`+checkbox("UsePeap", "使用PEAP", e.PEAP)+`</p><table>`+row(`<label for="UserName">使用者名稱：</label>`, text("UserName", e.User, 24))+
		row(`<label for="Pass8021x">密碼：</label>`, checkbox("PassChg", "變更密碼", false)+` <input type="password" name="Pass8021x" id="Pass8021x" value="" maxlength="24" />`)+`</table></form>`)
}

func (c *ctx) ipsecList() {
	if c.flag == "Edit_Data" {
		if p := c.sentPolicy(); p != nil {
			c.policyPage(p)
			return
		}
	}
	rows := ""
	for _, p := range c.d.policies {
		st := "關閉"
		if p.On {
			st = "開啟"
		}
		n := strconv.Itoa(p.No)
		rows += `<tr><td>` + n + `</td><td><a href="javascript:pol_open('` + n + `')">` + esc(p.Name) + `</a></td><td>` + st + `</td><td>` + p.Remote + "</td></tr>\n"
	}
	c.settings("IPSec策略清單", netCrumb+"IPSec策略清單", begin("POL_FORM", "cipsec.cgi", "c_ipsec.tpl", "c_ipsecpol.tpl", "PolicyNo", "")+
		`<p>使用IPSec：開啟　接收非策略封包：允許</p><div class="ItemListComponent"><table><tr><th>優先順序</th><th>策略名稱</th><th>策略</th><th>遠端位址</th></tr>
`+rows+`</table></div></form>`)
}

func (c *ctx) sentPolicy() *policy {
	for _, p := range c.d.policies {
		if c.form.Get("PolicyNo") == strconv.Itoa(p.No) {
			return p
		}
	}
	return nil
}

func ipsecCrumb() string { return netCrumb + link("cipsec.cgi", "c_ipsec.tpl", "IPSec策略清單") }

func (c *ctx) policyPage(p *policy) {
	n := strconv.Itoa(p.No)
	c.settings("註冊策略", ipsecCrumb()+" > 註冊策略", begin("PED_FORM", "cipsecpol.cgi", "c_ipsecpol.tpl", "c_ipsec.tpl", "PolicyNo", n)+
		`<div class="tools">`+button("確定", "ex('PED_FORM','Exec_Data')")+button("取消", "go('"+ref("cipsec.cgi", "c_ipsec.tpl")+"')")+`</div><table>`+
		row(`<label for="PolName">策略名稱</label>`, text("PolName", p.Name, 24))+row("策略", checkbox("PolOn", "開啟策略", p.On))+
		row("選擇器設定", "本機位址："+p.Local+"<br />遠端位址："+p.Remote+"<br />埠號："+p.Port)+
		row("IKE", button("IKE設定...", "go('"+ref("cipsecike.cgi", "c_ipsecike.tpl")+"&amp;PolicyNo="+n+"')"))+
		row("IPSec網路", "有效期：3600 秒／PFS：關閉／ESP (AES-CBC, SHA1)")+`</table></form>`)
}

func (c *ctx) ipsecPolicy() {
	p := c.sentPolicy()
	if p == nil || c.flag != "Exec_Data" {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	name, on := c.form.Get("PolName"), c.form.Get("PolOn") == "1"
	if name == "" {
		c.fail("請輸入策略名稱。")
		c.policyPage(p)
		return
	}
	if name != p.Name || on != p.On {
		p.Name, p.On = name, on
		c.setting()
	}
	c.s.note = "已儲存策略。"
	c.flag = ""
	c.ipsecList()
}

func (c *ctx) ipsecIKE() {
	p := c.sentPolicy()
	if p == nil {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	v := *p
	if c.flag == "Exec_Data" {
		v.Mode, v.Life, v.Auth, v.DH, v.Auto = c.form.Get("IkeMode"), c.form.Get("IkeLife"), c.form.Get("IkeAuth"), c.form.Get("IkeDh"), c.form.Get("IkeAlg")
		v.Key, _ = strconv.Atoi(c.form.Get("IkeKeyNo"))
		if c.form.Get("IkePsk") != "" {
			v.PSKSet = "1"
		}
		life, err := strconv.Atoi(v.Life)
		why := ""
		switch {
		case err != nil || life < 1 || life > 65535:
			why = "有效期請輸入 1 至 65535 之間的數值。"
		case v.Auth == "psk" && v.PSKSet == "":
			why = "請輸入預共用鍵值。"
		case v.Auth == "sig" && !usable(c.d.keyByNo(v.Key)):
			why = "未設定使用的鍵值。"
		}
		if why == "" {
			a, b := *p, v
			a.Key, b.Key = 0, 0
			if v.Key != p.Key && (a != b || c.form.Get("IkePsk") != "") {
				c.d.Violate("IPSec policy %s: settings other than the key changed: %+v to %+v", p.Name, a, b)
			}
			if v != *p || c.form.Get("IkePsk") != "" {
				c.setting()
			}
			*p = v
			c.s.note = "已儲存策略「" + esc(p.Name) + "」的IKE設定。重新啟動裝置後生效。"
			c.policyPage(p)
			return
		}
		c.fail(why)
	}
	n := strconv.Itoa(p.No)
	c.settings("IKE", ipsecCrumb()+" > 註冊策略 > IKE", begin("IKE_FORM", "cipsecike.cgi", "c_ipsecike.tpl", "c_ipsecpol.tpl", "PolicyNo", n)+
		`<div class="tools">`+button("確定", "ex('IKE_FORM','Exec_Data')")+button("取消", "go('"+ref("cipsec.cgi", "c_ipsec.tpl")+"')")+`</div>
<h3>IKE模式</h3><p>`+radio("IkeMode", "main", "主要", v.Mode)+radio("IkeMode", "aggr", "積極", v.Mode)+`</p>
<h3>有效期</h3><p>時間 `+text("IkeLife", v.Life, 5)+` 分鐘(1-65535)</p>
<h3>認證方法</h3><table>`+row(radio("IkeAuth", "psk", "預共用鍵值方法：", v.Auth), `<label for="IkePsk">共用鍵值</label> <input type="password" name="IkePsk" id="IkePsk" value="" maxlength="24" /> (未輸入時不變更)`)+
		row(radio("IkeAuth", "sig", "數位簽章方法：", v.Auth), "")+c.keyField("IKE_FORM", "IkeKeyNo", v.Key)+`</table>
<h3>認證/加密演算法</h3><p>`+radio("IkeAlg", "1", "自動", v.Auto)+radio("IkeAlg", "0", "AES-CBC / SHA1", v.Auto)+`　<label for="IkeDh">DH群組</label> `+
		choice("IkeDh", v.DH, "1", "群組1 (762)", "2", "群組2 (1024)", "14", "群組14 (2048)", "19", "ECDH-P256")+`</p></form>`)
}

func (c *ctx) smimePage() {
	d := c.d
	if c.flag == "Exec_Data" {
		d.smime = smimeSettings{Enc: c.form.Get("EncMode"), EncAlg: c.form.Get("EncAlg"), SigAlg: c.form.Get("MailSig"), AddSig: c.form.Get("AddSig") == "1",
			VerifyRx: c.form.Get("VerRx") == "1", PrintRx: c.form.Get("PrnRx") == "1"}
		d.changed = d.now()
		c.s.note = "已更新設定。"
	}
	s := d.smime
	c.settings("S/MIME設定", "功能設定：傳送 > S/MIME設定", begin("SMIME_FORM", "csmime.cgi", "c_smime.tpl", "c_smime.tpl")+`<table>`+
		row("加密設定：", radio("EncMode", "0", "總是加密", s.Enc)+"<br />"+radio("EncMode", "1", "僅傳送時加密", s.Enc)+"<br />"+radio("EncMode", "2", "不加密", s.Enc))+
		row("", checkbox("AddSig", "添加數位簽章", s.AddSig))+
		row(`<label for="EncAlg">加密演算法：</label>`, choice("EncAlg", s.EncAlg, "3des", "3DES", "aes128", "AES-128", "aes256", "AES-256"))+
		row(`<label for="MailSig">簽章演算法：</label>`, choice("MailSig", s.SigAlg, "sha1", "SHA1", "sha256", "SHA256", "sha384", "SHA384"))+
		row("", checkbox("VerRx", "接收時驗證簽章", s.VerifyRx))+row("", checkbox("PrnRx", "接收時列印簽章", s.PrintRx))+`</table><div class="tools">`+
		button("確定", "ex('SMIME_FORM','Exec_Data')")+`</div></form>`)
}
