package advfleet

import (
	"fmt"
	"strconv"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var wizardReasons = map[error]string{errName: "鍵の名前は英数字で入力してください。", errTaken: "この鍵の名前はすでに使用されています。", errFull: "これ以上鍵を登録できません。", errHash: "この組み合わせは使用できません。",
	errDate: "有効期限が正しくありません。", errCountry: "国コードが正しくありません。", errText: "英数字で入力してください。", errBusy: "鍵を生成しています。", errOther: "鍵を生成できませんでした。"}

const wizardGenCrumb = wizardDev + " &gt; 鍵と証明書設定 &gt; 鍵生成"

func wizardGenerate(c *ctx) {
	tpl := c.v("PageFlag")
	switch {
	case !c.post() && (tpl == "c_gen1net.tpl" || tpl == "c_gen1csr.tpl"):
		wizardStep1(c, tpl, "")
	case !c.post() && tpl == "c_genwait.tpl":
		wizardWait(c)
	case !c.post():
		c.wizHead(wizardDev+" &gt; 鍵と証明書設定", "鍵生成")
		c.f("<table><tr><td>%s</td></tr><tr><td>%s</td></tr></table>", c.link("sec_genkey.cgi", "c_gen1net.tpl", "ネットワーク通信"), c.link("sec_genkey.cgi", "c_gen1csr.tpl", "鍵と証明書署名要求(CSR)"))
		c.wizFoot()
	case tpl == "c_gen1net.tpl" || tpl == "c_gen1csr.tpl":
		if !c.wizPost(tpl, true) {
			return
		}
		p := c.r.PostForm
		q := &genReq{name: p.Get("key_name"), hash: p.Get("sign_alg"), alg: p.Get("key_alg"), csr: tpl == "c_gen1csr.tpl"}
		q.size = p.Get("rsa_len")
		if q.alg == "ECDSA" {
			q.size = p.Get("ec_type")
		}
		probe := *q // the certificate's part comes later: test only what is known
		probe.country, probe.csr = "JP", true
		if err := c.d.check(&probe); err != nil {
			wizardStep1(c, tpl, wizardReasons[err])
			return
		}
		c.s.gen = q
		wizardStep2(c, c.s.token, "")
	case tpl == "c_gen2.tpl":
		if !c.wizPost(tpl, false) {
			return
		}
		wizardStart(c)
	default:
		wizardError(c, "指定されたページを表示できません。")
	}
}

func wizardStep1(c *ctx, tpl, msg string) {
	c.saw(tpl)
	title := "ネットワーク通信"
	if tpl == "c_gen1csr.tpl" {
		title = "鍵と証明書署名要求(CSR)"
	}
	c.wizHead(wizardGenCrumb, title)
	c.f(`<p class="error">%s</p><p>1/2 鍵の設定</p>%s
<p><label for="key_name">鍵の名前</label><input type="text" id="key_name" name="key_name" maxlength="24"/></p>
<p><label for="sign_alg">署名アルゴリズム</label><select id="sign_alg" name="sign_alg"><option value="SHA256" selected="selected">SHA256</option><option value="SHA384">SHA384</option><option value="SHA512">SHA512</option></select></p>
<fieldset><legend>鍵のアルゴリズム</legend>
<p><input type="radio" id="alg1" name="key_alg" value="RSA"/><label for="alg1">RSA</label> <select name="rsa_len"><option value="512">512 bit</option><option value="1024">1024 bit</option><option value="2048" selected="selected">2048 bit</option><option value="4096">4096 bit</option></select></p>
<p><input type="radio" id="alg2" name="key_alg" value="ECDSA" checked="checked"/><label for="alg2">ECDSA</label> <select name="ec_type"><option value="P256">P256</option><option value="P384" selected="selected">P384</option><option value="P521">P521</option></select></p></fieldset>
<fieldset class="buttons"><button type="submit" name="act" value="next">次へ</button></fieldset></form>
`, msg, c.hiddenSet("sec_genkey.cgi", tpl, c.token()))
	c.wizFoot()
}

// wizardStep2 carries on with the Token of the first step.
func wizardStep2(c *ctx, tok, msg string) {
	c.saw("c_gen2.tpl")
	c.wizHead(wizardGenCrumb, "証明書の設定")
	c.f(`<p class="error">%s</p><p>2/2 証明書の設定</p>%s<dl><dt>鍵の名前</dt><dd>%s</dd></dl>`+"\n", msg, c.hiddenSet("sec_genkey.cgi", "c_gen2.tpl", tok), esc(c.s.gen.name))
	if !c.s.gen.csr {
		now := c.d.cfg.Now()
		for _, r := range []struct {
			l, n string
			y    int
		}{{"有効期限開始日(YYYY/MM/DD)", "from", 0}, {"有効期限終了日(YYYY/MM/DD)", "to", 5}} {
			c.f(`<div class="row"><span class="label">%s</span> `, r.l)
			c.numbers(r.n+"_y", "年", now.Year()-10, now.Year()+30, now.Year()+r.y)
			c.numbers(r.n+"_m", "月", 1, 12, int(now.Month()))
			c.numbers(r.n+"_d", "日", 1, 31, min(now.Day(), 28))
			c.f("</div>\n")
		}
	}
	c.f(`<fieldset><legend>国名/地域名</legend>
<p><input type="radio" id="c1" name="ctry_kind" value="0" checked="checked"/><label for="c1">国名/地域名を選択</label> <select name="ctry_sel"><option value="JP">日本 (JP)</option><option value="TW">台湾 (TW)</option><option value="US">アメリカ合衆国 (US)</option></select></p>
<p><input type="radio" id="c2" name="ctry_kind" value="1"/><label for="c2">インターネット国コードを入力</label> <input type="text" name="ctry_txt" maxlength="2"/></p></fieldset>
`)
	for _, r := range [][3]string{{"dn_st", "都道府県", ""}, {"dn_l", "市区町村", ""}, {"dn_o", "組織", ""}, {"dn_ou", "組織単位", ""}, {"dn_cn", "共通名", c.host()}} {
		c.f(`<p><label for="%[1]s">%[2]s</label><input type="text" id="%[1]s" name="%[1]s" value="%[3]s"/></p>`+"\n", r[0], r[1], esc(r[2]))
	}
	c.f(`<fieldset class="buttons"><button type="submit" name="act" value="ok">OK</button></fieldset></form>`)
	c.wizFoot()
}

func (c *ctx) numbers(name, title string, from, to, now int) {
	c.f(`<select name="%s" title="%s">`, name, title)
	for i := from; i <= to; i++ {
		c.f(`<option value="%[1]d"%[2]s>%02[1]d</option>`, i, sel(i == now))
	}
	c.f(`</select>%s `, title)
}

func wizardStart(c *ctx) {
	q := c.s.gen
	if q == nil {
		c.d.Violate("page out of order: second step of key generation without the first")
		wizardError(c, "指定されたページを表示できません。")
		return
	}
	p := c.r.PostForm
	date := func(n string) string {
		y, _ := strconv.Atoi(p.Get(n + "_y"))
		m, _ := strconv.Atoi(p.Get(n + "_m"))
		d, _ := strconv.Atoi(p.Get(n + "_d"))
		return fmt.Sprintf("%04d/%02d/%02d", y, m, d)
	}
	q.from, q.to = date("from"), date("to")
	q.country = p.Get("ctry_sel")
	if p.Get("ctry_kind") == "1" {
		q.country = p.Get("ctry_txt")
	}
	q.state, q.city, q.org, q.unit, q.cn = p.Get("dn_st"), p.Get("dn_l"), p.Get("dn_o"), p.Get("dn_ou"), p.Get("dn_cn")
	if err := c.d.generateLater(q); err != nil {
		wizardStep2(c, c.token(), wizardReasons[err])
		return
	}
	c.redirect("/rps/sec_genkey.cgi?Flag=Init_Data&PageFlag=c_genwait.tpl&Dummy=" + c.dummy())
}

func wizardWait(c *ctx) {
	if c.d.generating {
		c.f(`<!DOCTYPE html><html lang="ja"><head><meta charset="UTF-8"/><meta http-equiv="refresh" content="1;url=/rps/sec_genkey.cgi?Flag=Init_Data&amp;PageFlag=c_genwait.tpl&amp;Dummy=%s"/><title>リモートUI : 鍵生成</title></head><body><p>鍵を生成しています。しばらくお待ちください。</p></body></html>`, c.dummy())
		c.flush()
		return
	}
	q := c.s.gen
	c.s.gen = nil
	c.wizHead(wizardGenCrumb, "鍵生成")
	switch {
	case q == nil || c.d.genErr != nil:
		c.f(`<p class="error">%s</p>`, wizardReasons[errOther])
	case q.csr:
		k := c.d.keys[len(c.d.keys)-1]
		c.f(`<textarea id="csr" rows="20" cols="66" readonly="readonly">%s</textarea><p><a href="/rps/sec_key.cgi?Flag=Csv_Data&amp;KeyID=%d">ファイルに保存</a></p>`, devicetest.RequestText(k.csr), k.id)
	default:
		c.f("<p>鍵と証明書を生成しました。</p>")
	}
	c.f("<p>%s</p>", c.link("sec_key.cgi", "c_keylist.tpl", "OK"))
	c.wizFoot()
}
