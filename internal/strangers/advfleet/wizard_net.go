package advfleet

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
)

const wizardNet = "設定/登録：環境設定：ネットワーク"

func (c *ctx) link(cgi, tpl, text string) string {
	return fmt.Sprintf(`<a href="/rps/%s?Flag=Init_Data&amp;PageFlag=%s&amp;Dummy=%s">%s</a>`, cgi, tpl, c.dummy(), text)
}

func (c *ctx) wizHead(crumb, title string) {
	c.f(`<!DOCTYPE html>
<html lang="ja"><head><meta charset="UTF-8"/><title>リモートUI : %[1]s : %[2]s</title></head><body>
<div id="header"><span>%[2]s</span> <a href="/">ポータルページ</a> <a id="logout" href="/rps/logout.cgi?Dummy=%[3]s">ログアウト</a></div>
<div id="navi">`, title, c.d.model.product, c.dummy())
	if strings.HasPrefix(crumb, "設定/登録") {
		c.f("<dl><dt>環境設定</dt><dd>%s</dd><dt>管理設定</dt><dd>%s</dd></dl>", c.link("nw_top.cgi", "c_nwtop.tpl", "ネットワーク"), c.link("dm_top.cgi", "c_dmtop.tpl", "デバイス管理"))
	} else {
		c.f("<ul><li>%s</li><li>%s</li></ul>", c.link("jstatpri.cgi", "j_pri.tpl", "プリント"), c.link("dinfo.cgi", "d_info.tpl", "デバイス情報"))
	}
	c.f("</div>\n<div id=\"contents\"><p class=\"topicpath\">%s</p><h1>%s</h1>\n", crumb, title)
	if c.d.changed && strings.HasPrefix(crumb, "設定/登録") {
		c.f(`<div class="notice"><img src="/media/i_warn.gif" alt="" title="注意"/>変更した設定は再起動後に有効になります。%s</div>`+"\n", c.link("restart.cgi", "c_restart.tpl", "設定の反映"))
	}
}

func (c *ctx) wizFoot() {
	c.f("</div><div id=\"footer\">Copyright CANON INC. 2021</div></body></html>\n")
	c.flush()
}

func (c *ctx) wizPost(tpl string, keep bool) bool {
	if c.tokenOK(keep) && c.from(tpl) {
		return true
	}
	wizardError(c, "指定されたページを表示できません。")
	return false
}

// hiddenSet opens a form with the fields that every form of this make carries.
func (c *ctx) hiddenSet(cgi, tpl, tok string) string {
	return fmt.Sprintf(`<form method="post" action="/rps/%[1]s"><input type="hidden" name="Flag" value="Exec_Data"/><input type="hidden" name="PageFlag" value="%[2]s"/><input type="hidden" name="CoreNXAction" value="./%[1]s"/><input type="hidden" name="CoreNXPage" value="%[2]s"/><input type="hidden" name="CoreNXFlag" value="Init_Data"/><input type="hidden" name="FuncTypeFlag" value="SettingPage"/><input type="hidden" name="disp" value=""/><input type="hidden" name="Dummy" value="%[3]s"/><input name="Token" type="hidden" value="%[4]s"/>
`, cgi, tpl, c.dummy(), tok)
}

func wizardJobs(c *ctx) {
	c.wizHead("状況確認/中止", "プリント")
	c.f("<p>ジョブはありません。</p>")
	c.wizFoot()
}

func wizardInfo(c *ctx) {
	c.wizHead("状況確認/中止", "デバイス情報")
	c.f(`<fieldset><legend>デバイス情報</legend><dl><dt>製品名</dt><dd>%s</dd><dt>シリアル番号</dt><dd>2KJ05840</dd></dl></fieldset>
<fieldset><legend>バージョン情報</legend><dl><dt>コントローラー</dt><dd>%s</dd><dt>プリンター</dt><dd>04.03</dd></dl></fieldset>`, c.d.model.product, c.d.model.version)
	c.wizFoot()
}

func wizardTop(c *ctx) {
	c.wizHead("設定/登録", "設定/登録")
	c.f("<p>左のメニューから項目を選択してください。</p><p>%s</p>", c.link("restart.cgi", "c_restart.tpl", "設定の反映"))
	c.wizFoot()
}

func wizardNetwork(c *ctx) {
	c.wizHead("設定/登録：環境設定", "ネットワーク")
	c.f("<table><tr><td>%s</td></tr><tr><td>%s</td></tr><tr><td>%s</td></tr><tr><td>%s</td></tr><tr><td>%s</td></tr></table>",
		c.link("nw_8021x.cgi", "c_8021x.tpl", "IEEE 802.1X設定"), c.link("nw_ipsec.cgi", "c_ipseclist.tpl", "IPSecポリシー一覧"),
		c.link("nw_tls.cgi", "c_tls.tpl", "TLS設定"), c.link("nw_bt.cgi", "c_bt.tpl", "Bluetooth設定"), c.link("nw_sip.cgi", "c_sip.tpl", "SIP設定"))
	c.wizFoot()
}

func wizardDevice(c *ctx) {
	c.wizHead("設定/登録：管理設定", "デバイス管理")
	c.f("<table><tr><td>%s</td></tr></table>", c.link("sec_key.cgi", "c_keylist.tpl", "鍵と証明書設定"))
	c.wizFoot()
}

// wizForm is a settings page whose values travel through the key list in hidden fields.
type wizForm struct {
	page, cgi, tpl, crumb, title string
	policy                       int
	direct, keyless              bool
	fields                       []field
	body                         func(c *ctx, v url.Values, keyName string)
	extra                        func(c *ctx)
}

func (p *wizForm) stored(c *ctx) (url.Values, int) {
	v := url.Values{}
	for _, f := range p.fields {
		v.Set(f.name, c.d.pages[p.page][f.canon])
	}
	id := c.d.set.ipsec[p.policy]
	switch p.page {
	case "tls":
		id = c.d.set.tls
	case "1x":
		id = c.d.set.x1
	case "sip":
		id = c.d.set.sip
	}
	return v, id
}

// posted takes the last value of each field: a check box follows its hidden twin.
func (p *wizForm) posted(c *ctx) (url.Values, int) {
	v := url.Values{}
	for _, f := range p.fields {
		if all := c.r.PostForm[f.name]; len(all) > 0 {
			v.Set(f.name, all[len(all)-1])
		}
	}
	id, _ := strconv.Atoi(c.r.PostForm.Get("key_id"))
	return v, id
}

func (p *wizForm) serve(c *ctx) {
	v, id := p.stored(c)
	if !c.post() {
		p.show(c, v, id, "")
		return
	}
	if !c.wizPost(p.tpl, false) {
		return
	}
	now, picked := p.posted(c)
	k := c.d.key(picked)
	switch act := c.v("act"); {
	case act == "key" && !p.keyless:
		p.list(c, now)
	case act == "use" && !p.keyless && !c.d.usable(k):
		p.show(c, now, id, "この鍵は使用できません。")
	case act == "use" && p.direct:
		c.d.bind(p.page, p.policy, picked)
		v, id = p.stored(c)
		p.show(c, v, id, "")
	case act == "use" && !p.keyless:
		p.show(c, now, picked, "")
	default:
		c.d.keep(p.page, p.fields, c.r.PostForm)
		if p.extra != nil {
			p.extra(c)
		}
		if !p.keyless && !p.direct && picked != id && c.d.usable(k) {
			c.d.bind(p.page, p.policy, picked)
		}
		v, id = p.stored(c)
		p.show(c, v, id, "")
	}
}

func (p *wizForm) show(c *ctx, v url.Values, id int, msg string) {
	c.saw(p.tpl)
	c.wizHead(p.crumb, p.title)
	if msg != "" {
		c.f(`<p class="error">%s</p>`, msg)
	}
	c.f(`%s<input type="hidden" name="No" value="%d"/><input type="hidden" name="key_id" value="%d"/>`+"\n", c.hiddenSet(p.cgi, p.tpl, c.token()), p.policy, id)
	p.body(c, v, c.d.keyName(id))
	c.f(`<fieldset class="buttons"><button type="submit" name="act" value="ok">OK</button> <button type="button" onclick="history.back()">キャンセル</button></fieldset></form>` + "\n")
	c.wizFoot()
}

func (p *wizForm) list(c *ctx, v url.Values) {
	c.wizHead(p.crumb+" &gt; "+p.title, "鍵と証明書")
	tok := c.token()
	c.f(`<table class="ItemListComponent"><thead><tr><th>鍵の名前</th><th>使用先</th><th></th></tr></thead><tbody>` + "\n")
	for _, k := range c.d.keys {
		if !c.d.usable(k) {
			continue
		}
		c.f(`<tr><td>%s</td><td>%s</td><td>%s<input type="hidden" name="No" value="%d"/>`, esc(k.name), strings.Join(c.d.shown(k), "、"), c.hiddenSet(p.cgi, p.tpl, tok), p.policy)
		for _, f := range p.fields {
			c.f(`<input type="hidden" name="%s" value="%s"/>`, f.name, html.EscapeString(v.Get(f.name)))
		}
		c.f(`<input type="hidden" name="key_id" value="%d"/><button type="submit" name="act" value="use">使用</button></form></td></tr>`+"\n", k.id)
	}
	c.f("</tbody></table>")
	c.wizFoot()
}

// tick is a check box with a hidden twin of the same name before it.
func (c *ctx) tick(name, label string, v url.Values) {
	c.f(`<p><input type="hidden" name="%[1]s" value="0"/><input type="checkbox" id="%[1]s" name="%[1]s" value="1"%[2]s/><label for="%[1]s">%[3]s</label></p>`+"\n", name, on(v.Get(name) == "1"), label)
}

func (c *ctx) text(name, label, after string, v url.Values) {
	c.f(`<p><label for="%[1]s">%[2]s</label> <input type="text" id="%[1]s" name="%[1]s" value="%[3]s"/>%[4]s</p>`+"\n", name, label, esc(v.Get(name)), after)
}

func (c *ctx) keyPart(name, dots string) {
	c.f(`<dl><dt>鍵の名前</dt><dd>%s</dd></dl><p><button type="submit" name="act" value="key">鍵と証明書%s</button></p>`+"\n", esc(name), dots)
}
