package advfleet

import (
	"fmt"
	"strconv"
	"strings"
)

const scriptNet = "設定/註冊：參數選擇：網路設定"

func scriptJobs(c *ctx) {
	c.scriptHead("狀態確認/取消", "列印", "")
	c.f("<p>沒有工作。</p>")
	c.scriptFoot(c.token())
}

func scriptInfo(c *ctx) {
	c.scriptHead("狀態確認/取消", "裝置資訊", "")
	c.f(`<table><tr><th>產品名稱</th><td>%s</td></tr></table><h3>版本資訊</h3>
<table><tr><th>控制器</th><td><script type="text/javascript">write_value("201", "%s ");</script></td></tr>
<tr><th>掃描器</th><td><script type="text/javascript">write_value("202", "08.01 ");</script></td></tr></table>`, c.d.model.product, c.d.model.version)
	c.scriptFoot(c.token())
}

func scriptPaper(c *ctx) {
	c.scriptHead("設定/註冊：參數選擇", "紙張設定", "")
	c.f("<table><tr><th>紙匣1</th><td>A4</td></tr></table>")
	c.scriptFoot(c.token())
}

func scriptMenuPage(c *ctx) {
	name := strings.TrimPrefix(c.r.URL.Path, "/rps/")
	titles := map[string][2]string{"cnet.cgi": {"設定/註冊：參數選擇", "網路設定"}, "csend.cgi": {"設定/註冊：功能設定", "傳送"},
		"cdev.cgi": {"設定/註冊：管理設定", "裝置管理"}, "clic.cgi": {"設定/註冊：管理設定", "授權/其他"}}
	c.scriptHead(titles[name][0], titles[name][1], "")
	c.f("<ul class=\"items\">\n")
	for _, m := range scriptMenus[name] {
		c.f(`<li><a href="javascript:jump('%s','%s')">%s</a></li>`+"\n", m[0], m[1], m[2])
	}
	c.f("</ul>\n")
	c.scriptFoot(c.token())
}

// scriptForm is a settings page whose key list is a page of its own: what is
// picked there is remembered until OK, other unsaved input is lost.
type scriptForm struct {
	page, cgi, tpl, crumb, title string
	policy                       int
	direct, alone                bool // stored by Use; key must not serve another function
	fields                       []field
	body                         func(c *ctx, v map[string]string, keyName string)
}

func (p *scriptForm) current(c *ctx) int {
	if id, ok := c.s.chosen[p.page]; ok {
		return id
	}
	switch p.page {
	case "tls":
		return c.d.set.tls
	case "1x":
		return c.d.set.x1
	case "sip":
		return c.d.set.sip
	}
	return c.d.set.ipsec[p.policy]
}

func (p *scriptForm) serve(c *ctx) {
	keyTpl := strings.TrimSuffix(p.tpl, ".tpl") + "key.tpl"
	if !c.post() {
		if c.v("PageFlag") == keyTpl {
			p.list(c, keyTpl)
			return
		}
		delete(c.s.chosen, p.page)
		p.show(c, keyTpl)
		return
	}
	want := p.tpl
	if c.v("Flag") == "Select_Data" {
		want = keyTpl
	}
	if !c.scriptPost(want) {
		return
	}
	if want == keyTpl {
		id, _ := strconv.Atoi(c.v("KeyID"))
		k := c.d.key(id)
		if !c.d.usable(k) || p.alone && p.elsewhere(c, k) {
			scriptError(c, "無法使用此金鑰。")
			return
		}
		if p.direct {
			c.d.bind(p.page, p.policy, id)
		} else {
			c.s.chosen[p.page] = id
		}
		p.show(c, keyTpl)
		return
	}
	c.d.keep(p.page, p.fields, c.r.PostForm)
	if id, ok := c.s.chosen[p.page]; ok {
		c.d.bind(p.page, p.policy, id)
		delete(c.s.chosen, p.page)
	}
	p.show(c, keyTpl)
}

func (p *scriptForm) elsewhere(c *ctx, k *key) bool {
	for _, u := range append(c.d.uses(c.d.set, k.id), c.d.uses(c.d.live, k.id)...) {
		if u != "SIP" {
			return true
		}
	}
	return false
}

func (p *scriptForm) show(c *ctx, keyTpl string) {
	c.saw(p.tpl)
	tok := c.token()
	c.scriptHead(p.crumb, p.title, fmt.Sprintf(`function ok_click() { document.FORM1.Flag.value = "Exec_Data"; document.FORM1.submit(); }
function key_list() { location.href = "/rps/%s?Flag=Init_Data&PageFlag=%s&No=%d&Dummy=" + new Date().getTime(); }
`, p.cgi, keyTpl, p.policy))
	c.f(`<form name="FORM1" method="post" action="/rps/%s"><fieldset><input type="button" id="OK_Button" value="確定" onclick="ok_click()" /><input type="button" value="取消" onclick="jump('cnet.cgi','c_nettop.tpl')" /></fieldset>
<input type="hidden" name="Flag" value="" /><input type="hidden" name="PageFlag" value="%[2]s" /><input type="hidden" name="CoreNXAction" value="./%[1]s" /><input type="hidden" name="CoreNXPage" value="%[2]s" />
<input type="hidden" name="CoreNXFlag" value="Init_Data" /><input type="hidden" name="No" value="%[3]d" /><input type="hidden" name="Dummy" value="%[4]s" /><input type="hidden" name="Token" value="%[5]s" />
`, p.cgi, p.tpl, p.policy, c.dummy(), tok)
	p.body(c, c.d.pages[p.page], c.d.keyName(p.current(c)))
	c.f("</form>\n")
	c.scriptFoot(tok)
}

func (p *scriptForm) list(c *ctx, keyTpl string) {
	c.saw(keyTpl)
	ask := ""
	if p.direct {
		ask = `if (!confirm("將此金鑰用於TLS?")) { return; } `
	}
	c.scriptHead(p.crumb+" &gt; "+p.title, "鍵值和憑證", fmt.Sprintf(`function use_key(id) {
  %svar f = document.SUBMIT_FORM;
  f.action = "/rps/%s"; f.Flag.value = "Select_Data"; f.PageFlag.value = "%s"; f.KeyID.value = id; f.No.value = "%d"; f.submit();
}
`, ask, p.cgi, keyTpl, p.policy))
	c.f("<div class=\"ItemListComponent\"><table><tr><th>鍵值名稱</th><th>使用位置</th><th></th></tr>\n<script type=\"text/javascript\">\n//<![CDATA[\n")
	for _, k := range c.d.keys {
		link := "&nbsp;"
		if c.d.usable(k) && !(p.alone && p.elsewhere(c, k)) {
			link = fmt.Sprintf(`<a href="javascript:use_key(\'%d\')">使用<\/a>`, k.id)
		}
		c.f(`document.writeln('<tr><td>%s<\/td><td>%s<\/td><td>%s<\/td><\/tr>');`+"\n", js(k.name), strings.Join(c.d.shown(k), "/"), link)
	}
	c.f("//]]>\n</script></table></div>\n")
	c.scriptFoot(c.token())
}

// box is a check box that only sets a hidden field, so the field is always sent.
func (c *ctx) box(name, label, v string) {
	c.f(`<tr><td colspan="2"><input type="hidden" name="%[1]s" value="%[2]s" /><input type="checkbox" id="c_%[1]s"%[3]s onclick="set_flag('%[1]s', this.checked)" /><label for="c_%[1]s">%[4]s</label></td></tr>`+"\n",
		name, v, on(v == "1"), label)
}

func (c *ctx) keyCells(name string) {
	c.f(`<tr><th>鍵值名稱：</th><td>%s</td></tr><tr><th>鍵值和憑證：</th><td><input type="button" value="鍵值和憑證" onclick="key_list()" /></td></tr>`+"\n", esc(name))
}

func scriptTLS(c *ctx) {
	p := &scriptForm{page: "tls", cgi: "ctls.cgi", tpl: "c_tls.tpl", crumb: scriptNet + " &gt; TLS設定", title: "TLS設定", direct: true,
		fields: []field{{canon: "max", name: "TLS_MAX"}, {canon: "min", name: "TLS_MIN"}, {canon: "aes", name: "ALG_GCM"}, {canon: "chacha", name: "ALG_CHA"}},
		body: func(c *ctx, v map[string]string, key string) {
			c.f("<table>\n")
			for _, r := range [][3]string{{"TLS_MAX", "最高版本：", v["max"]}, {"TLS_MIN", "最低版本：", v["min"]}} {
				c.f(`<tr><th>%s</th><td><select name="%s"><option value="12"%s>TLS 1.2</option><option value="13"%s>TLS 1.3</option></select></td></tr>`+"\n", r[1], r[0], sel(r[2] == "12"), sel(r[2] == "13"))
			}
			c.box("ALG_GCM", "AES-GCM", v["aes"])
			c.box("ALG_CHA", "CHACHA20-POLY1305", v["chacha"])
			c.keyCells(key)
			c.f("</table>\n")
		}}
	p.serve(c)
}

func script1X(c *ctx) {
	off := c.d.pages["1x"]["ttls"] != "1"
	p := &scriptForm{page: "1x", cgi: "c1x.cgi", tpl: "c_1x.tpl", crumb: scriptNet + " &gt; IEEE 802.1X設定", title: "IEEE 802.1X設定",
		fields: []field{{canon: "use", name: "DOT1X"}, {canon: "login", name: "DOT1X_ID"}, {canon: "vcert", name: "VER_CERT"}, {canon: "vname", name: "VER_NAME"},
			{canon: "sname", name: "SRV_NAME"}, {canon: "tls", name: "EAP_TLS"}, {canon: "ttls", name: "EAP_TTLS"}, {canon: "proto", name: "TTLS_PROTO", frozen: off}, {canon: "peap", name: "EAP_PEAP"}},
		body: func(c *ctx, v map[string]string, key string) {
			dis := ""
			if off { // the page greys out what has no meaning now
				dis = ` disabled="disabled"`
			}
			c.f("<table>\n")
			c.box("DOT1X", "使用IEEE 802.1X", v["use"])
			c.f(`<tr><th>登入名稱：</th><td><input type="text" name="DOT1X_ID" value="%s" /></td></tr>`+"\n", esc(v["login"]))
			c.box("VER_CERT", "驗證認證伺服器憑證", v["vcert"])
			c.box("VER_NAME", "驗證認證伺服器名稱", v["vname"])
			c.f(`<tr><th>認證伺服器名稱：</th><td><input type="text" name="SRV_NAME" value="%s" /></td></tr>`+"\n", esc(v["sname"]))
			c.box("EAP_TLS", "使用TLS", v["tls"])
			c.f(`<tr><td colspan="2">*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。</td></tr>` + "\n")
			c.keyCells(key)
			c.box("EAP_TTLS", "使用TTLS", v["ttls"])
			c.f(`<tr><th>TTLS設定(TTLS協定)：</th><td><input type="radio" name="TTLS_PROTO" value="0"%[1]s%[3]s />使用MSCHAPv2 <input type="radio" name="TTLS_PROTO" value="1"%[2]s%[3]s />使用PAP</td></tr>`+"\n",
				on(v["proto"] == "0"), on(v["proto"] == "1"), dis)
			c.box("EAP_PEAP", "使用PEAP", v["peap"])
			c.f("</table>\n")
		}}
	p.serve(c)
}
