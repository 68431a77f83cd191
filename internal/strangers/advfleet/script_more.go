package advfleet

import (
	"fmt"
	"strconv"
)

func scriptIPSec(c *ctx) {
	no, _ := strconv.Atoi(c.v("No"))
	tpl := c.v("PageFlag")
	if no < 1 || no > len(c.d.policies) || tpl == "c_ipsec.tpl" {
		scriptPolicies(c)
		return
	}
	if tpl == "c_policy.tpl" {
		scriptPolicy(c, no)
		return
	}
	p := &scriptForm{page: fmt.Sprintf("ike%d", no), cgi: "cipsec.cgi", tpl: "c_ike.tpl", policy: no, title: "IKE",
		crumb:  scriptNet + " &gt; IPSec策略清單 &gt; 註冊策略 &gt; IKE",
		fields: []field{{canon: "mode", name: "IKE_MODE"}, {canon: "time", name: "IKE_TIME"}, {canon: "auth", name: "IKE_AUTH"}, {canon: "psk", name: "IKE_PSK"}},
		body: func(c *ctx, v map[string]string, key string) {
			c.f(`<table><tr><th>IKE模式</th><td><input type="radio" name="IKE_MODE" id="m0" value="0"%s /><label for="m0">主要</label><input type="radio" name="IKE_MODE" id="m1" value="1"%s /><label for="m1">積極</label></td></tr>
<tr><th>有效期</th><td>時間 <input type="text" name="IKE_TIME" value="%s" size="6" /> 分鐘(1-65535)</td></tr>
<tr><th>認證方法</th><td><input type="radio" name="IKE_AUTH" id="a0" value="psk"%s /><label for="a0">預共用鍵值方法：</label><input type="text" name="IKE_PSK" value="%s" /><br />
<input type="radio" name="IKE_AUTH" id="a1" value="sig"%s /><label for="a1">數位簽章方法：</label></td></tr>
`, on(v["mode"] == "0"), on(v["mode"] == "1"), esc(v["time"]), on(v["auth"] == "psk"), esc(v["psk"]), on(v["auth"] == "sig"))
			c.keyCells(key)
			c.f("</table>\n")
		}}
	p.serve(c)
}

func scriptPolicies(c *ctx) {
	c.scriptHead(scriptNet+" &gt; IPSec策略清單", "IPSec策略清單", `function policy(no) { location.href = "/rps/cipsec.cgi?Flag=Init_Data&PageFlag=c_policy.tpl&No=" + no + "&Dummy=" + new Date().getTime(); }
`)
	c.f(`<div class="ItemListComponent"><table><tr><th>策略名稱</th><th>狀態</th></tr>` + "\n")
	for i, n := range c.d.policies {
		c.f(`<tr><td><a href="javascript:policy('%d')">%s</a></td><td>開啟</td></tr>`+"\n", i+1, esc(n))
	}
	c.f("</table></div>\n")
	c.scriptFoot(c.token())
}

func scriptPolicy(c *ctx, no int) {
	c.scriptHead(scriptNet+" &gt; IPSec策略清單 &gt; 註冊策略", "註冊策略", fmt.Sprintf(`function ike_set() { location.href = "/rps/cipsec.cgi?Flag=Init_Data&PageFlag=c_ike.tpl&No=%d&Dummy=" + new Date().getTime(); }
`, no))
	c.f(`<table><tr><th>策略名稱：</th><td>%s</td></tr></table><fieldset><input type="button" value="IKE設定" onclick="ike_set()" /></fieldset>`+"\n", esc(c.d.policies[no-1]))
	c.scriptFoot(c.token())
}

func scriptSIP(c *ctx) {
	p := &scriptForm{page: "sip", cgi: "csip.cgi", tpl: "c_sip.tpl", crumb: scriptNet + " &gt; SIP設定", title: "SIP設定", alone: true,
		fields: []field{{canon: "usetls", name: "SIP_TLS"}, {canon: "server", name: "SIP_SRV"}, {canon: "t38", name: "T38_TRANS"}, {canon: "media", name: "T38_MEDIA"}, {canon: "t38port", name: "T38_PORT"},
			{canon: "rtpport", name: "RTP_PORT"}, {canon: "client", name: "RCV_CLI"}, {canon: "server2", name: "SND_VER"}, {canon: "addcn", name: "SND_CN"}},
		body: func(c *ctx, v map[string]string, key string) {
			c.f("<h3>內部網路設定</h3><table>\n")
			c.box("SIP_TLS", "使用TLS", v["usetls"])
			c.f(`<tr><th>SIP伺服器位址：</th><td><input type="text" name="SIP_SRV" value="%s" /></td></tr>
<tr><th>T.38傳送傳輸：</th><td><select name="T38_TRANS"><option value="0"%s>UDPTL</option><option value="1"%s>TCP</option></select></td></tr>
<tr><th>T.38介質類型：</th><td><select name="T38_MEDIA"><option value="0"%s>影像</option><option value="1"%s>應用程式</option></select></td></tr>
<tr><th>T.38接收連接埠號：</th><td><input type="text" name="T38_PORT" value="%s" />(1-65535)</td></tr>
<tr><th>RTP接收連接埠號：</th><td><input type="text" name="RTP_PORT" value="%s" />(1024-65534)</td></tr></table>
<h3>TLS設定</h3><table><tr><th>鍵值名稱：</th><td>%s</td></tr><tr><td colspan="2"><input type="button" value="鍵值和憑證..." onclick="key_list()" /></td></tr>
<tr><th colspan="2">接收設定</th></tr>
`, esc(v["server"]), sel(v["t38"] == "0"), sel(v["t38"] == "1"), sel(v["media"] == "0"), sel(v["media"] == "1"), v["t38port"], v["rtpport"], esc(key))
			c.box("RCV_CLI", "要求用戶端認證", v["client"])
			c.f("<tr><th colspan=\"2\">傳送設定</th></tr>\n")
			c.box("SND_VER", "驗證伺服器憑證", v["server2"])
			c.box("SND_CN", "添加CN至驗證項目", v["addcn"])
			c.f("</table>\n")
		}}
	p.serve(c)
}

func scriptBluetooth(c *ctx) { scriptSimple(c, "bt", scriptNet, "藍芽設定", "使用藍芽") }
func scriptAMS(c *ctx) {
	scriptSimple(c, "ams", "設定/註冊：管理設定：授權/其他", "ACCESS MANAGEMENT SYSTEM 設定", "使用 ACCESS MANAGEMENT SYSTEM")
}

func scriptSimple(c *ctx, page, crumb, title, label string) {
	p := &scriptForm{page: page, cgi: "c" + page + ".cgi", tpl: "c_" + page + ".tpl", crumb: crumb + " &gt; " + title, title: title,
		fields: []field{{canon: "use", name: "USE_FLG"}},
		body: func(c *ctx, v map[string]string, _ string) {
			c.f("<table>\n")
			c.box("USE_FLG", label, v["use"])
			c.f("</table>\n")
		}}
	p.plain(c)
}

// plain is serve for a page without a key.
func (p *scriptForm) plain(c *ctx) {
	if c.post() {
		if !c.scriptPost(p.tpl) {
			return
		}
		c.d.keep(p.page, p.fields, c.r.PostForm)
	}
	p.show(c, "")
}

func scriptSMIME(c *ctx) {
	p := &scriptForm{page: "smime", cgi: "csmime.cgi", tpl: "c_smime.tpl", crumb: "設定/註冊：功能設定：傳送 &gt; S/MIME設定", title: "S/MIME設定",
		fields: []field{{canon: "enc", name: "ENC_SET"}, {canon: "sign", name: "ADD_SIGN"}, {canon: "encalg", name: "ENC_ALG"}, {canon: "signalg", name: "SIG_ALG"}, {canon: "verify", name: "RCV_VER"}, {canon: "print", name: "RCV_PRT"}},
		body: func(c *ctx, v map[string]string, _ string) {
			c.f("<table><tr><th>加密設定：</th><td>")
			for i, l := range []string{"總是加密", "僅傳送時加密", "不加密"} {
				c.f(`<input type="radio" name="ENC_SET" id="e%[1]d" value="%[1]d"%[2]s /><label for="e%[1]d">%[3]s</label>`, i, on(v["enc"] == strconv.Itoa(i)), l)
			}
			c.f("</td></tr>\n")
			c.box("ADD_SIGN", "添加數位簽章", v["sign"])
			for _, r := range []struct {
				l, n, v string
				o       []string
			}{{"加密演算法：", "ENC_ALG", v["encalg"], []string{"3DES", "AES128", "AES256"}}, {"簽章演算法：", "SIG_ALG", v["signalg"], []string{"SHA1", "SHA256", "SHA512"}}} {
				c.f(`<tr><th>%s</th><td><select name="%s">`, r.l, r.n)
				for _, o := range r.o {
					c.f(`<option value="%[1]s"%[2]s>%[1]s</option>`, o, sel(o == r.v))
				}
				c.f("</select></td></tr>\n")
			}
			c.box("RCV_VER", "接收時驗證簽章", v["verify"])
			c.box("RCV_PRT", "接收時列印簽章", v["print"])
			c.f("</table>\n")
		}}
	p.plain(c)
}

func scriptRestart(c *ctx) {
	if !c.post() || c.v("Flag") != "Exec_Data" {
		scriptError(c, "無法顯示指定的頁面。")
		return
	}
	if !c.scriptPost("") {
		return
	}
	c.f(`<html lang="zh-TW"><head><meta http-equiv="refresh" content="5; URL=/" /><title>遠端使用者介面 : 重新啟動</title></head><body><p>本機正在重新啟動。請稍候。</p></body></html>`)
	c.flush()
	c.d.restart()
}
