package advfleet

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const wizardDev = "設定/登録：管理設定：デバイス管理"

func wizardKeys(c *ctx) {
	id, _ := strconv.Atoi(c.v("KeyID"))
	k := c.d.key(id)
	tpl := c.v("PageFlag")
	if !c.post() {
		switch {
		case tpl == "c_keydetail.tpl" && k != nil && k.cert != nil:
			wizardDetail(c, k)
		case c.v("Flag") == "Csv_Data" && k != nil && k.csr != nil:
			c.download("request.csr", []byte(devicetest.RequestText(k.csr)))
		default:
			wizardKeyList(c, "")
		}
		return
	}
	if tpl == "c_keydel.tpl" { // the answer to the question below
		if !c.wizPost(tpl, false) {
			return
		}
		c.s.seen[tpl] = false
		if k == nil || c.d.remove(k) != nil {
			wizardKeyList(c, "使用中の鍵は削除できません。")
			return
		}
		wizardKeyList(c, "")
		return
	}
	if !c.wizPost("c_keylist.tpl", false) {
		return
	}
	if k == nil {
		wizardKeyList(c, "鍵を選択してください。")
		return
	}
	c.saw("c_keydel.tpl")
	c.wizHead(wizardDev+" &gt; 鍵と証明書設定", "削除")
	c.f(`<p>次の鍵と証明書を削除します。よろしいですか?</p><dl><dt>鍵の名前</dt><dd>%s</dd></dl>%s<input type="hidden" name="KeyID" value="%d"/><button type="submit" name="act" value="ok">OK</button></form> %s`,
		esc(k.name), c.hiddenSet("sec_key.cgi", "c_keydel.tpl", c.token()), k.id, c.link("sec_key.cgi", "c_keylist.tpl", "キャンセル"))
	c.wizFoot()
}

func wizardKeyList(c *ctx, msg string) {
	c.saw("c_keylist.tpl")
	c.wizHead(wizardDev, "鍵と証明書設定")
	if msg != "" {
		c.f(`<p class="error">%s</p>`, msg)
	}
	c.f(`<p><button type="button" onclick="location.href='/rps/sec_genkey.cgi?Flag=Init_Data&amp;PageFlag=c_gentop.tpl&amp;Dummy=%s'">鍵生成</button></p>
%s<table class="ItemListComponent"><thead><tr><th>選択</th><th>鍵の名前</th><th>使用先</th><th>証明書</th></tr></thead><tbody>
`, c.dummy(), c.hiddenSet("sec_key.cgi", "c_keylist.tpl", c.token()))
	for _, k := range c.d.keys {
		name := esc(k.name)
		if k.cert != nil {
			name = c.link("sec_key.cgi", fmt.Sprintf("c_keydetail.tpl&amp;KeyID=%d", k.id), name)
		} else {
			name += ` <img src="/media/i_nocert.gif" alt="" title="鍵の証明書が存在しません。"/>`
		}
		c.f(`<tr><td><input type="radio" name="KeyID" value="%d" id="k%[1]d"/></td><td><label for="k%[1]d">%[2]s</label></td><td>%[3]s</td><td>%[4]s</td></tr>`+"\n",
			k.id, name, strings.Join(c.d.shown(k), "、"), c.link("sec_cert.cgi", fmt.Sprintf("c_cert.tpl&amp;KeyID=%d", k.id), `<img src="/media/i_cert.gif" alt="証明書" title="証明書"/>`))
	}
	c.f(`</tbody></table><fieldset class="buttons"><button type="submit" name="act" value="del">削除</button></fieldset></form>`)
	c.wizFoot()
}

func wizardDetail(c *ctx, k *key) {
	x := k.cert
	alg, size := k.algorithm()
	c.wizHead(wizardDev+" &gt; "+c.link("sec_key.cgi", "c_keylist.tpl", "鍵と証明書設定"), "証明書詳細情報")
	row := func(l, v string) { c.f("<dt>%s</dt><dd>%s</dd>\n", l, v) }
	c.f("<dl>\n")
	row("鍵の名前", esc(k.name))
	row("シリアル番号", spaced(x.SerialNumber.Bytes(), ":"))
	row("署名アルゴリズム", x.SignatureAlgorithm.String())
	row("発行者", strings.ReplaceAll(esc(x.Issuer.String()), ",", "<br/>"))
	row("発行先", strings.ReplaceAll(esc(x.Subject.String()), ",", "<br/>"))
	row("有効期限開始日", x.NotBefore.Format("2006/01/02 15:04:05"))
	row("有効期限終了日", x.NotAfter.Format("2006/01/02 15:04:05"))
	if alg == "RSA" {
		row("公開鍵", fmt.Sprintf("RSA(%s bit)", size))
	} else {
		row("公開鍵", fmt.Sprintf("ECDSA(%s)", size))
	}
	row("証明書の拇印", spaced(k.thumb(), ":"))
	c.f("</dl>\n")
	if c.v("Verify") != "" {
		c.f("<p>証明書は有効です。</p>")
	}
	c.f("<p>%s</p>", c.link("sec_key.cgi", fmt.Sprintf("c_keydetail.tpl&amp;KeyID=%d&amp;Verify=1", k.id), "証明書検証"))
	c.wizFoot()
}

func wizardCert(c *ctx) {
	id, _ := strconv.Atoi(c.v("KeyID"))
	k := c.d.key(id)
	if k == nil {
		wizardError(c, "指定されたページを表示できません。")
		return
	}
	msg := ""
	if c.post() {
		if !c.wizPost("c_certreg.tpl", false) {
			return
		}
		if c.d.register(k, c.file("certfile")) == nil {
			wizardKeyList(c, "")
			return
		}
		msg = "ファイルを登録できません。"
	}
	c.wizHead(wizardDev+" &gt; 鍵と証明書設定", "証明書")
	c.f(`<p class="error">%s</p><dl><dt>鍵の名前</dt><dd>%s</dd></dl>`, msg, esc(k.name))
	if c.v("PageFlag") == "c_cert.tpl" {
		c.f("<p>%s</p>", c.link("sec_cert.cgi", fmt.Sprintf("c_certreg.tpl&amp;KeyID=%d", k.id), "証明書登録..."))
		if k.csr != nil {
			c.f(`<p><a href="/rps/sec_key.cgi?Flag=Csv_Data&amp;KeyID=%d">ファイルに保存</a></p>`, k.id)
		}
		c.wizFoot()
		return
	}
	c.saw("c_certreg.tpl")
	form := strings.Replace(c.hiddenSet("sec_cert.cgi", "c_certreg.tpl", c.token()), "<form ", `<form enctype="multipart/form-data" `, 1)
	c.f(`%s<input type="hidden" name="KeyID" value="%d"/><input type="file" name="certfile"/> <button type="submit" name="act" value="reg">登録</button></form>`, form, k.id)
	c.wizFoot()
}
