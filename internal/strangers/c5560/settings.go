package c5560

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fld is one row of a settings page.
type fld struct {
	kind, name, label string
	opts              string // "value=text|value=text", "1-65535"
}

type setPage struct {
	id, cgi, tpl, title, crumb string
	restart                    bool
	flds                       []fld
}

var policies = []string{"1", "2"}

func factorySettings() map[string]values {
	return map[string]values{
		"tls": {"KeyNo": "03", "MaxVer": "12", "MinVer": "10", "Aes256": "1", "Aes128": "1", "Des3": "0"},
		"dot1x": {"Use": "1", "LoginName": "mfp-5f", "VerCert": "1", "VerName": "1", "SrvName": "radius.formosa.example", "UseTls": "1", "KeyNo": "04",
			"UseTtls": "0", "TtlsProto": "0", "UsePeap": "0", "SameName": "1", "UserName": "", "Passwd": ""},
		"pol1": {"PolName": "HQ-VPN", "PolUse": "1", "LocalAddr": "0", "RemoteAddr": "2", "RemoteIP": "10.20.0.0/16", "Pfs": "0"},
		"ike1": {"IkeMode": "0", "Valid": "480", "AuthMethod": "1", "Psk": "", "KeyNo": "05", "AlgMode": "0"},
		"pol2": {"PolName": "PrintServer", "PolUse": "1", "LocalAddr": "0", "RemoteAddr": "2", "RemoteIP": "192.168.5.20", "Pfs": "1"},
		"ike2": {"IkeMode": "0", "Valid": "240", "AuthMethod": "0", "Psk": "set", "KeyNo": "", "AlgMode": "0"},
		"sip": {"UseIntra": "1", "Proxy": "sip.formosa.example", "IntraUser": "5560", "UseTls": "1", "T38Send": "1", "T38Media": "0", "T38Port": "49152", "RtpPort": "5004",
			"KeyNo": "06", "ReqClient": "0", "VerSrv": "1", "VerCn": "0"},
		"smime": {"Enc": "1", "AddSig": "1", "EncAlg": "1", "SigAlg": "1", "VerRecv": "1", "PrintSig": "0"},
		"bt":    {"UseBt": "1", "BtName": "iR-ADV C5560 5F"},
		"ams":   {"UseAms": "1"},
	}
}

const netCrumb = "設定/註冊：參數選擇：網路設定 > "

var setPages = []setPage{
	{"tls", "cnetset.cgi", "c_tls.tpl", "TLS設定", netCrumb + "TLS設定", true, []fld{
		{"sec", "", "鍵值和憑證設定", ""}, {"tlskey", "", "鍵值名稱：", ""},
		{"sec", "", "可用的版本", ""}, {"sel", "MaxVer", "最高版本：", "10=TLS 1.0|11=TLS 1.1|12=TLS 1.2"}, {"sel", "MinVer", "最低版本：", "10=TLS 1.0|11=TLS 1.1|12=TLS 1.2"},
		{"sec", "", "加密演算法設定", ""}, {"chk", "Aes256", "AES-CBC (256-bit)", ""}, {"chk", "Aes128", "AES-CBC (128-bit)", ""}, {"chk", "Des3", "3DES-CBC", ""}}},
	{"dot1x", "cnetset.cgi", "c_dot1x.tpl", "IEEE 802.1X設定", netCrumb + "IEEE 802.1X設定", true, []fld{
		{"chk", "Use", "使用IEEE 802.1X", ""}, {"txt", "LoginName", "登入名稱：", ""}, {"chk", "VerCert", "驗證認證伺服器憑證", ""}, {"chk", "VerName", "驗證認證伺服器名稱", ""},
		{"txt", "SrvName", "認證伺服器名稱：", ""}, {"chk", "UseTls", "使用TLS", ""}, {"note", "", "*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。", ""}, {"key", "KeyNo", "鍵值和憑證", ""},
		{"chk", "UseTtls", "使用TTLS", ""}, {"rad", "TtlsProto", "TTLS設定(TTLS協定)：", "0=使用MSCHAPv2|1=使用PAP"}, {"chk", "UsePeap", "使用PEAP", ""},
		{"chk", "SameName", "使用登入名稱作為使用者名稱", ""}, {"txt", "UserName", "使用者名稱：", ""}, {"pw", "Passwd", "密碼：", ""}}},
	{"pol", "cipsec.cgi", "c_ipspol.tpl", "註冊策略", netCrumb + "IPSec策略清單 > 註冊策略", true, []fld{
		{"txt", "PolName", "策略名稱：", ""}, {"chk", "PolUse", "使用策略", ""}, {"sec", "", "選擇器設定", ""}, {"rad", "LocalAddr", "本機位址：", "0=所有IP位址|1=IPv4位址|2=手動設定IPv4"},
		{"rad", "RemoteAddr", "遠端位址：", "0=所有IP位址|1=所有IPv4位址|2=手動設定IPv4"}, {"txt", "RemoteIP", "單個位址/首碼：", ""}, {"chk", "Pfs", "使用PFS", ""}, {"ike", "", "IKE設定", ""}}},
	{"ike", "cipsec.cgi", "c_ipsike.tpl", "IKE", netCrumb + "IPSec策略清單 > 註冊策略 > IKE", true, []fld{
		{"rad", "IkeMode", "IKE模式", "0=主要|1=積極"}, {"sec", "", "有效期", ""}, {"num", "Valid", "時間", "1-65535"}, {"sec", "", "認證方法", ""},
		{"opt", "AuthMethod", "預共用鍵值方法：", "0"}, {"pw", "Psk", "共用鍵值：", ""}, {"opt", "AuthMethod", "數位簽章方法：", "1"}, {"key", "KeyNo", "鍵值和憑證", ""},
		{"rad", "AlgMode", "認證/加密演算法：", "0=自動|1=手動設定"}}},
	{"sip", "cnetset.cgi", "c_sip.tpl", "SIP設定", netCrumb + "SIP設定", true, []fld{
		{"sec", "", "內部網路設定", ""}, {"chk", "UseIntra", "使用內部網路", ""}, {"txt", "Proxy", "代理伺服器：", ""}, {"txt", "IntraUser", "使用者名稱：", ""}, {"chk", "UseTls", "使用TLS", ""},
		{"sec", "", "T.38設定", ""}, {"sel", "T38Send", "T.38傳送傳輸：", "0=TCP|1=UDPTL"}, {"sel", "T38Media", "T.38介質類型：", "0=影像|1=應用程式"},
		{"num", "T38Port", "T.38接收連接埠號：", "1-65535"}, {"num", "RtpPort", "RTP接收連接埠號：", "1024-65534"},
		{"sec", "", "TLS設定", ""}, {"key", "KeyNo", "鍵值和憑證...", ""}, {"sub", "", "接收設定：", ""}, {"chk", "ReqClient", "要求用戶端認證", ""},
		{"sub", "", "傳送設定：", ""}, {"chk", "VerSrv", "驗證伺服器憑證", ""}, {"chk", "VerCn", "添加CN至驗證項目", ""}}},
	{"smime", "csend.cgi", "c_smime.tpl", "S/MIME設定", "設定/註冊：功能設定：傳送 > S/MIME設定", false, []fld{
		{"rad", "Enc", "加密設定：", "0=總是加密|1=僅傳送時加密|2=不加密"}, {"chk", "AddSig", "添加數位簽章", ""}, {"sel", "EncAlg", "加密演算法：", "0=3DES|1=AES128|2=AES256"},
		{"sel", "SigAlg", "簽章演算法：", "0=SHA1|1=SHA256|2=SHA384|3=SHA512"}, {"chk", "VerRecv", "接收時驗證簽章", ""}, {"chk", "PrintSig", "接收時列印簽章", ""}}},
	{"bt", "cnetset.cgi", "c_bt.tpl", "藍芽設定", netCrumb + "藍芽設定", false, []fld{{"chk", "UseBt", "使用藍芽", ""}, {"txt", "BtName", "裝置名稱：", ""}}},
	{"ams", "clic.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM設定", "設定/註冊：管理設定：授權/其他 > ACCESS MANAGEMENT SYSTEM設定", true, []fld{{"chk", "UseAms", "使用ACCESS MANAGEMENT SYSTEM", ""}}},
}

const okScript = `function ok_submit() {
  var f = document.MAIN_FORM, i, e, n;
  for (i = 0; i < f.elements.length; i++) {
    e = f.elements[i];
    if (e.type == 'checkbox') {
      n = e.name.replace(/Chk$/, '');
      f.elements[n].value = e.checked ? '1' : '0';
    }
  }
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`

const keyScript = `
function open_keysel(id) {
  window.open('./ckeysel.cgi?Flag=Init_Data&PageFlag=c_keysel.tpl&FuncTypeFlag=SettingPage&CorePGTAG=33&SecID=' + id + '&Dummy=' + (new Date()).getTime(),
    'KEYSEL', 'width=640,height=420,scrollbars=yes,resizable=yes');
}
function set_key(no, nm) {
  document.MAIN_FORM.KeyNo.value = no;
  document.getElementById('KEY_NAME').innerHTML = nm;
}`

func (p setPage) show(c *ctx) {
	d := c.d
	id := p.id + c.sec
	v := d.conf[id]
	if v == nil {
		errorPage(c.w, "無法顯示指定的網頁。")
		return
	}
	var b strings.Builder
	script := okScript
	b.WriteString(c.open("MAIN_FORM", p.cgi, p.tpl, p.tpl, c.sec, ""))
	var back string
	switch p.id {
	case "smime":
		back = c.link("cset.cgi", "c_sendidx.tpl", "42", "")
	case "ams":
		back = c.link("cset.cgi", "c_licidx.tpl", "53", "")
	case "ike":
		back = c.link("cipsec.cgi", "c_ipspol.tpl", "33", c.sec)
	case "pol":
		back = c.link("cipsec.cgi", "c_ipslist.tpl", "33", "")
	default:
		back = c.link("cset.cgi", "c_netidx.tpl", "33", "")
	}
	b.WriteString(buttons(button("OK_Button", "確定", "ok_submit()"), button("Cancel_Button", "取消", back)))
	b.WriteString("<table class=\"set\">\n")
	for _, f := range p.flds {
		b.WriteString("<tr>")
		val := v[f.name]
		switch f.kind {
		case "sec":
			fmt.Fprintf(&b, `<td colspan="2" class="sec">%s</td>`, f.label)
		case "sub":
			fmt.Fprintf(&b, `<td colspan="2" class="sub">%s</td>`, f.label)
		case "note":
			fmt.Fprintf(&b, `<td colspan="2" class="note">%s</td>`, f.label)
		case "chk":
			on := ""
			if val == "1" {
				on = ` checked="checked"`
			}
			fmt.Fprintf(&b, `<td colspan="2"><input type="hidden" name="%s" value="%s"/><input type="checkbox" name="%sChk" id="%s_c" value="1"%s/><label for="%s_c">%s</label></td>`, f.name, val, f.name, f.name, on, f.name, f.label)
		case "txt":
			fmt.Fprintf(&b, `<th><label for="%s">%s</label></th><td><input type="text" id="%s" name="%s" maxlength="64" value="%s"/></td>`, f.name, f.label, f.name, f.name, esc(val))
		case "num":
			unit := map[string]string{"Valid": "分鐘"}[f.name]
			fmt.Fprintf(&b, `<th><label for="%s">%s</label></th><td><input type="text" id="%s" name="%s" size="6" maxlength="5" value="%s"/> %s(%s)</td>`, f.name, f.label, f.name, f.name, val, unit, f.opts)
		case "pw":
			fmt.Fprintf(&b, `<th><label for="%s">%s</label></th><td><input type="password" id="%s" name="%s" maxlength="24" value="" autocomplete="off"/> (只在變更時輸入)</td>`, f.name, f.label, f.name, f.name)
		case "sel":
			fmt.Fprintf(&b, `<th><label for="%s">%s</label></th><td><select id="%s" name="%s">`, f.name, f.label, f.name, f.name)
			b.WriteString(options(f.opts, val) + "</select></td>")
		case "rad":
			fmt.Fprintf(&b, `<th>%s</th><td>`, f.label)
			for _, o := range strings.Split(f.opts, "|") {
				x, t, _ := strings.Cut(o, "=")
				b.WriteString(radio(f.name, x, t, val) + "<br/>")
			}
			b.WriteString("</td>")
		case "opt":
			fmt.Fprintf(&b, `<td colspan="2">%s</td>`, radio(f.name, f.opts, f.label, val))
		case "key":
			script = okScript + keyScript
			c.offer("ckeysel.cgi", "c_keysel.tpl", "33", id, "Init_Data", "SettingPage")
			fmt.Fprintf(&b, `<th>鍵值名稱：<input type="hidden" name="KeyNo" value="%s"/></th><td><span id="KEY_NAME">%s</span></td></tr>
<tr><th>鍵值和憑證：</th><td>%s</td>`, val, d.keyName(val), button("KEY_Button", f.label, "open_keysel('"+id+"')"))
		case "tlskey":
			fmt.Fprintf(&b, `<th>鍵值名稱：</th><td>%s</td></tr><tr><th></th><td><a href="%s">鍵值和憑證</a></td>`, d.keyName(v["KeyNo"]), c.link("cnetset.cgi", "c_tlskey.tpl", "33", ""))
		case "ike":
			fmt.Fprintf(&b, `<th></th><td>%s</td>`, button("IKE_Button", f.label, c.link("cipsec.cgi", "c_ipsike.tpl", "33", c.sec)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></form>\n")
	c.setting(p.crumb, p.title, script, b.String())
}

func options(opts, val string) string {
	var b strings.Builder
	for _, o := range strings.Split(opts, "|") {
		x, t, _ := strings.Cut(o, "=")
		on := ""
		if x == val {
			on = ` selected="selected"`
		}
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, x, on, t)
	}
	return b.String()
}

func radio(name, x, text, val string) string {
	on := ""
	if x == val {
		on = ` checked="checked"`
	}
	return fmt.Sprintf(`<input type="radio" id="%s_%s" name="%s" value="%s"%s/><label for="%s_%s">%s</label>`, name, x, name, x, on, name, x, text)
}

func (d *Device) keyName(no string) string {
	if k := d.key(no); k != nil {
		return esc(k.name)
	}
	return ""
}

// save takes a posted settings page.
func (p setPage) save(c *ctx) {
	d := c.d
	id := p.id + c.sec
	old := d.conf[id]
	if old == nil {
		errorPage(c.w, "無法顯示指定的網頁。")
		return
	}
	nv := maps.Clone(old)
	for _, f := range p.flds {
		if f.name == "" {
			continue
		}
		x := c.form.Get(f.name)
		switch f.kind {
		case "pw":
			if x == "" {
				continue
			}
		case "num":
			lo, hi, _ := strings.Cut(f.opts, "-")
			l, _ := strconv.Atoi(lo)
			h, _ := strconv.Atoi(hi)
			if n, err := strconv.Atoi(x); err != nil || n < l || n > h {
				c.err = "輸入的值不正確：" + strings.TrimSuffix(f.label, "：") + "(" + f.opts + ")"
			}
		case "key":
			if x != old["KeyNo"] {
				k := d.key(x)
				if k == nil || !c.s.keysShown[id+"/"+x] {
					d.Violate("a key number that the window never offered for %s: %q", id, x)
					c.err = "無法使用所選的鍵值。"
				} else if !d.usable(k, id) {
					c.err = "無法使用所選的鍵值。"
				}
			}
		}
		nv[f.name] = x
	}
	if c.err == "" && p.id == "dot1x" && nv["Use"] == "1" {
		if nv["UseTls"] == "1" && (nv["UseTtls"] == "1" || nv["UsePeap"] == "1") {
			c.err = "無法同時使用TLS與TTLS/PEAP。"
		} else if nv["UseTls"] == "1" && nv["KeyNo"] == "" {
			c.err = "尚未設定鍵值和憑證。"
		} else if nv["LoginName"] == "" {
			c.err = "請輸入登入名稱。"
		}
	}
	if c.err == "" && (p.id == "sip" && nv["UseTls"] == "1" || p.id == "ike" && nv["AuthMethod"] == "1") && nv["KeyNo"] == "" {
		c.err = "尚未設定鍵值和憑證。"
	}
	if c.err == "" {
		var other []string
		for n := range nv {
			if nv[n] != old[n] && n != "KeyNo" {
				other = append(other, n)
			}
		}
		if nv["KeyNo"] != old["KeyNo"] && len(other) > 0 {
			slices.Sort(other)
			d.Violate("binding a key on %s changed other settings: %s", id, strings.Join(other, ", "))
		}
		if !maps.Equal(nv, old) {
			d.conf[id] = nv
			d.stamps[p.title] = d.cfg.Now()
			if p.restart {
				d.pending = true
			} else {
				d.eff[id] = maps.Clone(nv)
			}
		}
		if p.id == "ike" {
			reads["c_ipspol.tpl"](c)
			return
		}
		if p.id == "pol" {
			c.sec = ""
			reads["c_ipslist.tpl"](c)
			return
		}
	}
	p.show(c)
}

// usable: may the key be chosen for this function?
func (d *Device) usable(k *key, id string) bool {
	if k.cert == nil || k.no == sigNo || k.no == "02" {
		return false
	}
	if id == "sip" && d.bound(k) && d.conf["sip"]["KeyNo"] != k.no {
		return false
	}
	return true
}

func initSettings() {
	for _, p := range setPages {
		reads[p.tpl] = p.show
		writes[p.tpl] = p.save
	}
	reads["c_ipslist.tpl"] = func(c *ctx) {
		var b strings.Builder
		b.WriteString(`<p>登錄的策略數： 2/10</p><div class="ItemListComponent"><table><tr><th>優先順序</th><th>策略名稱</th><th>狀態</th></tr>
`)
		for _, n := range policies {
			v := c.d.conf["pol"+n]
			st := map[string]string{"1": "開啟", "0": "關閉"}[v["PolUse"]]
			fmt.Fprintf(&b, "<tr><td>%s</td><td><a href=\"%s\">%s</a></td><td>%s</td></tr>\n", n, c.link("cipsec.cgi", "c_ipspol.tpl", "33", n), esc(v["PolName"]), st)
		}
		c.setting(netCrumb+"IPSec策略清單", "IPSec策略清單", "", b.String()+"</table></div>")
	}
	reads["c_keysel.tpl"] = keyWindow
	reads["c_tlskey.tpl"] = tlsKeys
	writes["c_tlskey.tpl"] = tlsUse
}

// keyWindow is the small window that hands the chosen key to the page that opened it.
func keyWindow(c *ctx) {
	d := c.d
	var b strings.Builder
	for _, k := range d.keys {
		if k.no == sigNo || k.no == "02" {
			continue
		}
		use := "<td></td>"
		if d.usable(k, c.sec) {
			c.s.keysShown[c.sec+"/"+k.no] = true
			use = fmt.Sprintf(`<td><input type="button" value="使用" onclick="use_key('%s','%s')"/></td>`, k.no, esc(k.name))
		}
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td>%s</tr>\n", esc(k.name), d.useText(k), use)
	}
	c.send(head("鍵值和憑證", `<script type="text/javascript">
//<![CDATA[
function use_key(no, nm) {
  if (window.opener && !window.opener.closed) { window.opener.set_key(no, nm); }
  window.close();
}
//]]>
</script>
`) + `<body class="win"><h2>鍵值和憑證</h2><div class="ItemListComponent"><table><tr><th>鍵值名稱</th><th>鍵值使用位置</th><th></th></tr>
` + b.String() + `</table></div>` + buttons(`<input type="button" value="關閉" onclick="window.close()"/>`) + `</body></html>
`)
}

func tlsKeys(c *ctx) {
	d := c.d
	var b strings.Builder
	b.WriteString(c.open("KEY_FORM", "cnetset.cgi", "c_tlskey.tpl", "c_tlskey.tpl", "", "") + `<div><input type="hidden" name="KeyNo" value=""/></div><div class="ItemListComponent"><table><tr><th></th><th>鍵值名稱</th><th>鍵值使用位置</th><th></th></tr>
`)
	for _, k := range d.keys {
		if k.no == sigNo || k.no == "02" {
			continue
		}
		mark, use := "", ""
		if d.conf["tls"]["KeyNo"] == k.no {
			mark = `<img src="/media/ic_sel.gif" alt="選擇中" title="選擇中"/>`
		} else if d.usable(k, "tls") {
			c.s.keysShown["tls/"+k.no] = true
			use = button("use"+k.no, "使用", "use_key('"+k.no+"')")
		}
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", mark, esc(k.name), d.useText(k), use)
	}
	b.WriteString("</table></div></form>" + buttons(button("BACK", "返回", c.link("cnetset.cgi", "c_tls.tpl", "33", ""))))
	c.setting(netCrumb+"TLS設定 > 鍵值和憑證", "鍵值和憑證", `function use_key(no) {
  var f = document.KEY_FORM;
  f.KeyNo.value = no;
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`, b.String())
}

func tlsUse(c *ctx) {
	d := c.d
	k := d.key(c.form.Get("KeyNo"))
	switch {
	case k == nil || !c.s.keysShown["tls/"+k.no]:
		d.Violate("a key number that the TLS page never offered: %q", c.form.Get("KeyNo"))
		c.err = "無法使用所選的鍵值。"
	case !d.usable(k, "tls"):
		c.err = "無法使用所選的鍵值。"
	default:
		d.conf["tls"]["KeyNo"] = k.no
		d.pending = true
	}
	tlsKeys(c)
}
