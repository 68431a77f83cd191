package advfleet

import (
	"slices"
	"strconv"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const scriptGenCrumb = scriptDev + " &gt; 鍵值和憑證設定 &gt; 生成鍵值"

var scriptReasons = map[error]string{errName: "請使用英數字元輸入金鑰名稱。", errTaken: "此金鑰名稱已使用。", errFull: "無法註冊更多金鑰。", errHash: "無法使用此演算法組合。",
	errDate: "有效期不正確。", errCountry: "國碼不正確。", errText: "請使用英數字元。", errBusy: "正在生成金鑰。", errOther: "無法生成金鑰。"}

func scriptGenerate(c *ctx) {
	tpl := c.v("PageFlag")
	switch tpl {
	case "c_gennet.tpl", "c_gencsr.tpl":
		csr := tpl == "c_gencsr.tpl"
		if !c.post() {
			scriptGenForm(c, tpl, "")
			return
		}
		if !c.scriptPost(tpl) {
			return
		}
		k, err := c.d.generate(scriptRequest(c, csr))
		if err != nil {
			scriptGenForm(c, tpl, scriptReasons[err])
			return
		}
		c.scriptHead(scriptGenCrumb, "生成鍵值", "")
		if csr {
			c.f(`<pre id="csr">%s</pre><p><a href="/rps/ckeys.cgi?Flag=Csv_Data&amp;KeyID=%d">儲存到檔案中</a></p>`, devicetest.RequestText(k.csr), k.id)
		} else {
			c.f("<p>金鑰和憑證已生成並註冊。</p>")
		}
		c.f(`<fieldset><input type="button" id="OK_Button" value="確定" onclick="jump('ckeys.cgi','c_keys.tpl')" /></fieldset>`)
		c.scriptFoot(c.token())
	case "c_gensig.tpl", "c_gensigok.tpl":
		scriptSignature(c, tpl)
	default:
		c.scriptHead(scriptGenCrumb, "生成鍵值", "")
		c.f(`<ul><li><a href="javascript:jump('cgenkey.cgi','c_gennet.tpl')">網路通訊</a></li><li><a href="javascript:jump('cgenkey.cgi','c_gencsr.tpl')">鍵值和憑證簽署請求(CSR)</a></li>
<li><a href="javascript:jump('cgenkey.cgi','c_gensig.tpl')">裝置簽章</a></li></ul>`)
		c.scriptFoot(c.token())
	}
}

// scriptSignature: [生成/更新] asks with a page, [確定] there does it.
func scriptSignature(c *ctx, tpl string) {
	const call = `function sig_post(tpl) { var f = document.SUBMIT_FORM; f.action = "/rps/cgenkey.cgi"; f.Flag.value = "Exec_Data"; f.PageFlag.value = tpl; f.submit(); }
`
	body := `<p>生成或更新裝置簽章的金鑰和憑證。</p><fieldset><input type="button" value="生成/更新" onclick="sig_post('c_gensig.tpl')" /></fieldset>`
	if c.post() {
		if !c.scriptPost(tpl) {
			return
		}
		if tpl == "c_gensig.tpl" {
			c.saw("c_gensigok.tpl")
			body = `<p>裝置簽章的金鑰將會更新。</p><fieldset><input type="button" id="OK_Button" value="確定" onclick="sig_post('c_gensigok.tpl')" /><input type="button" value="取消" onclick="jump('ckeys.cgi','c_keys.tpl')" /></fieldset>`
		} else {
			c.s.seen["c_gensigok.tpl"] = false
			if c.d.renewSignature() == nil {
				scriptKeyList(c, "")
			} else {
				scriptKeyList(c, scriptReasons[errOther])
			}
			return
		}
	}
	c.saw("c_gensig.tpl")
	c.scriptHead(scriptGenCrumb+" &gt; 裝置簽章", "裝置簽章", call)
	c.f("%s\n", body)
	c.scriptFoot(c.token())
}

func scriptRequest(c *ctx, csr bool) *genReq {
	p := c.r.PostForm
	q := &genReq{name: p.Get("KEY_NAME"), hash: p.Get("SIGN_ALG"), alg: p.Get("KEY_ALG"), size: p.Get("RSA_BIT"), from: p.Get("VAL_FROM"), to: p.Get("VAL_TO"),
		country: p.Get("CTRY_LIST"), state: p.Get("DN_ST"), city: p.Get("DN_L"), org: p.Get("DN_O"), unit: p.Get("DN_OU"), cn: p.Get("DN_CN"), csr: csr}
	if q.alg == "ECDSA" {
		q.size = p.Get("EC_TYPE")
	}
	if p.Get("CTRY_SEL") == "code" {
		q.country = p.Get("CTRY_CODE")
	}
	return q
}

func scriptGenForm(c *ctx, tpl, msg string) {
	c.saw(tpl)
	tok := c.token()
	title := "網路通訊"
	if tpl == "c_gencsr.tpl" {
		title = "鍵值和憑證簽署請求(CSR)"
	}
	c.scriptHead(scriptGenCrumb+" &gt; "+title, title, `function ok_click() {
  if (document.FORM1.KEY_NAME.value == "") { alert("請輸入鍵值名稱。"); return; }
  document.FORM1.Flag.value = "Exec_Data"; document.FORM1.submit();
}
`)
	c.f(`<p class="err">%s</p><form name="FORM1" method="post" action="/rps/cgenkey.cgi"><fieldset><input type="button" id="OK_Button" value="確定" onclick="ok_click()" /><input type="button" value="取消" onclick="jump('ckeys.cgi','c_keys.tpl')" /></fieldset>
<input type="hidden" name="Flag" value="" /><input type="hidden" name="PageFlag" value="%[2]s" /><input type="hidden" name="CoreNXAction" value="./cgenkey.cgi" /><input type="hidden" name="CoreNXPage" value="c_keys.tpl" />
<input type="hidden" name="CoreNXFlag" value="Init_Data" /><input type="hidden" name="Dummy" value="%[3]s" /><input type="hidden" name="Token" value="%[4]s" />
<table><tr><th><label for="kn">鍵值名稱</label></th><td><input type="text" name="KEY_NAME" id="kn" maxlength="24" /></td></tr>
<tr><th>簽章演算法</th><td><select name="SIGN_ALG"><option>SHA1</option><option selected="selected">SHA256</option><option>SHA384</option><option>SHA512</option></select></td></tr>
<tr><th>鍵值演算法</th><td><input type="radio" name="KEY_ALG" id="ka1" value="RSA" checked="checked" /><label for="ka1">RSA</label> <select name="RSA_BIT"><option value="512">512 bit</option><option value="1024">1024 bit</option><option value="2048" selected="selected">2048 bit</option><option value="4096">4096 bit</option></select>
<input type="radio" name="KEY_ALG" id="ka2" value="ECDSA" /><label for="ka2">ECDSA</label> <select name="EC_TYPE"><option>P256</option><option>P384</option><option>P521</option></select></td></tr>
`, msg, tpl, c.dummy(), tok)
	if tpl == "c_gennet.tpl" {
		now := c.d.cfg.Now()
		c.f(`<tr><th>有效期開始日期(YYYY/MM/DD)</th><td><input type="text" name="VAL_FROM" value="%s" /></td></tr><tr><th>有效期結束日期(YYYY/MM/DD)</th><td><input type="text" name="VAL_TO" value="%s" /></td></tr>`+"\n",
			now.Format(dateForm), now.AddDate(5, 0, 0).Format(dateForm))
	}
	c.f(`<tr><th>國家名稱/區域名稱</th><td><input type="radio" name="CTRY_SEL" id="cs1" value="list" checked="checked" /><label for="cs1">選擇國家名稱/區域名稱</label> <select name="CTRY_LIST"><option value="TW">台灣 (TW)</option><option value="JP">日本 (JP)</option><option value="US">美國 (US)</option></select><br />
<input type="radio" name="CTRY_SEL" id="cs2" value="code" /><label for="cs2">輸入網際網路國碼</label> <input type="text" name="CTRY_CODE" maxlength="2" /></td></tr>
`)
	for _, r := range [][2]string{{"省區", "DN_ST"}, {"城市", "DN_L"}, {"組織", "DN_O"}, {"組織單位", "DN_OU"}} {
		c.f(`<tr><th>%s</th><td><input type="text" name="%s" /></td></tr>`+"\n", r[0], r[1])
	}
	c.f(`<tr><th>一般名稱</th><td><input type="text" name="DN_CN" value="%s" /></td></tr></table></form>`+"\n", esc(c.host()))
	c.scriptFoot(tok)
}

func scriptPeers(c *ctx) {
	msg := ""
	if c.post() {
		if !c.scriptPost("c_smimecert.tpl") {
			return
		}
		if c.v("Flag") == "Exec_Data" {
			id, _ := strconv.Atoi(c.v("KeyID"))
			c.d.smimeCerts = slices.DeleteFunc(c.d.smimeCerts, func(k *key) bool { return k.id == id })
		} else if x, err := devicetest.ReadCertificate(c.file("SMIME_FILE")); err == nil {
			c.d.nextID++
			c.d.smimeCerts = append(c.d.smimeCerts, &key{id: c.d.nextID, cert: x})
		} else {
			msg = "無法註冊此檔案。"
		}
	}
	c.saw("c_smimecert.tpl")
	tok := c.token()
	crumb := scriptDev + " &gt; S/MIME憑證設定"
	if c.v("PageFlag") == "c_smimereg.tpl" {
		c.scriptHead(crumb, "註冊S/MIME憑證", "")
		c.f(`<form name="FORM1" method="post" enctype="multipart/form-data" action="/rps/csmimecert.cgi"><input type="hidden" name="Flag" value="Reg_Data" /><input type="hidden" name="PageFlag" value="c_smimecert.tpl" /><input type="hidden" name="Token" value="%s" /><input type="file" name="SMIME_FILE" /><input type="submit" value="註冊" /></form>`, tok)
		c.scriptFoot(tok)
		return
	}
	c.scriptHead(crumb, "S/MIME憑證設定", `function cert_delete() {
  var i, r = document.getElementsByName("SM_SEL"), f = document.SUBMIT_FORM;
  for (i = 0; i < r.length; i++) { if (r[i].checked) { f.KeyID.value = r[i].value; } }
  if (f.KeyID.value == "" || !confirm("要刪除嗎?")) { return; }
  f.action = "/rps/csmimecert.cgi"; f.Flag.value = "Exec_Data"; f.PageFlag.value = "c_smimecert.tpl"; f.submit();
}
`)
	c.f(`<p class="err">%s</p><fieldset><input type="button" value="註冊S/MIME憑證..." onclick="jump('csmimecert.cgi','c_smimereg.tpl')" /><input type="button" value="刪除" onclick="cert_delete()" /></fieldset><table><tr><th>選擇</th><th>發佈給</th><th>憑證指紋</th></tr>`, msg)
	for _, k := range c.d.smimeCerts {
		c.f(`<tr><td><input type="radio" name="SM_SEL" value="%d" /></td><td>%s</td><td>%x</td></tr>`+"\n", k.id, esc(k.cert.Subject.String()), k.thumb())
	}
	c.f("</table>\n")
	c.scriptFoot(tok)
}

func scriptExport(c *ctx) {
	if c.v("Flag") == "Csv_Data" {
		c.download("device_signature.cer", c.d.key(c.d.set.sig).cert.Raw)
		return
	}
	c.scriptHead(scriptDev+" &gt; 匯出裝置簽章", "匯出裝置簽章", `function export_start() { location.href = "/rps/csigexp.cgi?Flag=Csv_Data&PageFlag=c_sigexp.tpl&Dummy=" + new Date().getTime(); }
`)
	c.f(`<fieldset><input type="button" value="開始匯出" onclick="export_start()" /></fieldset>`)
	c.scriptFoot(c.token())
}
