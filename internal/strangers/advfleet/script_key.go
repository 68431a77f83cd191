package advfleet

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const scriptDev = "設定/註冊：管理設定：裝置管理"

func scriptKeys(c *ctx) {
	id, _ := strconv.Atoi(c.v("KeyID"))
	k := c.d.key(id)
	tpl := c.v("PageFlag")
	if !c.post() {
		switch {
		case k != nil && k.cert != nil && tpl == "c_keydet.tpl":
			scriptDetail(c, k)
		case k != nil && tpl == "c_keycert.tpl":
			scriptCert(c, k, "")
		case k != nil && k.csr != nil && c.v("Flag") == "Csv_Data":
			c.download("CSR.csr", []byte(devicetest.RequestText(k.csr)))
		default:
			scriptKeyList(c, "")
		}
		return
	}
	if tpl == "c_keyreg.tpl" {
		if !c.scriptPost("c_keyreg.tpl") {
			return
		}
		if k == nil || c.d.register(k, c.file("CERT_FILE")) != nil {
			scriptCert(c, k, "無法註冊此檔案。")
			return
		}
		scriptKeyList(c, "")
		return
	}
	if !c.scriptPost("c_keys.tpl") {
		return
	}
	msg := ""
	for _, s := range strings.Split(strings.Trim(c.v("KeyID"), ","), ",") { // several ticked rows
		id, _ := strconv.Atoi(s)
		if k := c.d.key(id); k == nil || c.d.remove(k) != nil {
			msg = "此金鑰正在使用，無法刪除。"
		}
	}
	scriptKeyList(c, msg)
}

func (c *ctx) file(name string) []byte {
	f, _, err := c.r.FormFile(name)
	if err != nil {
		return nil
	}
	b, _ := io.ReadAll(io.LimitReader(f, 1<<16))
	return b
}

func (c *ctx) download(name string, b []byte) {
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
	_, _ = c.w.Write(b)
}

// scriptKeyList sends the keys as data only; the browser writes the rows.
func scriptKeyList(c *ctx, msg string) {
	c.saw("c_keys.tpl")
	c.scriptHead(scriptDev+" &gt; 鍵值和憑證設定", "鍵值和憑證設定", `function key_page(tpl, id) { location.href = "/rps/ckeys.cgi?Flag=Init_Data&PageFlag=" + tpl + "&KeyID=" + id + "&Dummy=" + new Date().getTime(); }
function key_detail(id) { key_page("c_keydet.tpl", id); }
function key_cert(id) { key_page("c_keycert.tpl", id); }
function key_delete() {
  var ids = "", i, r = document.getElementsByName("KEY_CHK");
  for (i = 0; i < r.length; i++) { if (r[i].checked) { ids += r[i].value + ","; } }
  if (ids == "") { alert("請選擇金鑰和憑證。"); return; }
  if (!confirm("要刪除所選的金鑰和憑證嗎?")) { return; }
  var f = document.SUBMIT_FORM;
  f.action = "/rps/ckeys.cgi"; f.Flag.value = "Exec_Data"; f.PageFlag.value = "c_keys.tpl"; f.KeyID.value = ids; f.submit();
}
`)
	c.f(`<p class="err">%s</p><fieldset><input type="button" value="生成鍵值" onclick="jump('cgenkey.cgi','c_gentop.tpl')" /><input type="button" value="刪除" onclick="key_delete()" /></fieldset>
<div class="ItemListComponent"><table id="keyTable"><tr><th>選擇</th><th>鍵值名稱</th><th>使用位置</th><th>憑證</th></tr>
<script type="text/javascript">
//<![CDATA[
var keyList = {`, msg)
	for i, k := range c.d.keys {
		if i > 0 {
			c.f(",")
		}
		st, fix := 0, 0
		if k.cert == nil {
			st = 2
		}
		if k.fixed {
			fix = 1
		}
		c.f("\n%d:{nm:\"%s  \",us:\"%s\",st:%d,fx:%d}", k.id, js(k.name), strings.ReplaceAll(strings.Join(c.d.shown(k), ","), "Device Signature", "裝置簽章"), st, fix)
	}
	c.f(`
};
var id, k;
for (id in keyList) {
  k = keyList[id];
  document.writeln('<tr><td>' + (k.fx ? '&nbsp;' : '<input type="checkbox" name="KEY_CHK" value="' + id + '" />') + '<\/td>');
  document.writeln('<td>' + (k.st == 2 ? '<img src="/media/k_none.gif" alt="金鑰的憑證不存在" \/>' + k.nm : '<a href="javascript:key_detail(\'' + id + '\')">' + k.nm + '<\/a>') + '<\/td>');
  document.writeln('<td>' + k.us + '<\/td><td><a href="javascript:key_cert(\'' + id + '\')"><img src="/media/k_cert.gif" alt="憑證" \/><\/a><\/td><\/tr>');
}
//]]>
</script></table></div>
`)
	c.scriptFoot(c.token())
}

func scriptDetail(c *ctx, k *key) {
	c.scriptHead(fmt.Sprintf(`%s &gt; <a href="javascript:jump('ckeys.cgi','c_keys.tpl')">鍵值和憑證設定</a> &gt; 憑證詳細資訊`, scriptDev), "憑證詳細資訊",
		`function verify_cert() { document.getElementById("result").innerHTML = "此憑證有效。"; }
`)
	alg, size := k.algorithm()
	if alg == "RSA" {
		size += "bit"
	}
	x := k.cert
	c.f(`<table><tr><th>鍵值名稱</th><td>%s</td></tr><tr><th>版本</th><td>X.509v3</td></tr><tr><th>序號</th><td>%s</td></tr>
<tr><th>簽章演算法</th><td>%s</td></tr><tr><th>發佈給</th><td>%s</td></tr><tr><th>有效期開始日期</th><td>%s</td></tr><tr><th>有效期結束日期</th><td>%s</td></tr>
<tr><th>發佈者</th><td>%s</td></tr><tr><th>公開鍵值</th><td>%s %s</td></tr><tr><th>憑證指紋</th><td>%x</td></tr></table>
<fieldset><input type="button" value="確認憑證" onclick="verify_cert()" /></fieldset><p id="result"></p>
`, esc(k.name), x.SerialNumber.Text(16), x.SignatureAlgorithm, esc(x.Subject.String()), x.NotBefore.Format(dateForm), x.NotAfter.Format(dateForm), esc(x.Issuer.String()), alg, size, k.thumb())
	c.scriptFoot(c.token())
}

func scriptCert(c *ctx, k *key, msg string) {
	if k == nil {
		scriptError(c, "無法顯示指定的頁面。")
		return
	}
	c.saw("c_keyreg.tpl")
	tok := c.token()
	c.scriptHead(scriptDev+" &gt; 鍵值和憑證設定 &gt; 憑證", "憑證", `function reg_open() { document.getElementById("reg").style.display = "block"; }
`)
	c.f(`<p class="err">%s</p><p>鍵值名稱：%s</p><fieldset><input type="button" value="註冊憑證..." onclick="reg_open()" /></fieldset>
<div id="reg" style="display:none"><form name="FORM1" method="post" enctype="multipart/form-data" action="/rps/ckeys.cgi"><input type="hidden" name="Flag" value="Exec_Data" /><input type="hidden" name="PageFlag" value="c_keyreg.tpl" />
<input type="hidden" name="KeyID" value="%d" /><input type="hidden" name="Token" value="%s" /><input type="file" name="CERT_FILE" /><input type="submit" value="註冊" /></form></div>
`, msg, esc(k.name), k.id, tok)
	if k.csr != nil {
		c.f(`<p><a href="/rps/ckeys.cgi?Flag=Csv_Data&amp;KeyID=%d">儲存到檔案中</a></p>`, k.id)
	}
	c.scriptFoot(tok)
}
