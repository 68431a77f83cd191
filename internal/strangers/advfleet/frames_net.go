package advfleet

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// framesForm is a settings page with a key: the form is posted to open the list
// of keys, and the machine remembers what was typed until OK or Cancel.
type framesForm struct {
	page, cgi, tpl, keyTpl, crumb, title string
	policy                               int
	direct                               bool // Use stores at once
	fields                               []field
	body                                 func(c *ctx, v url.Values, keyName string)
}

func (p *framesForm) values(c *ctx) url.Values {
	if v := c.s.draft[p.page]; v != nil {
		return v
	}
	v := url.Values{}
	for _, f := range p.fields {
		s := c.d.pages[p.page][f.canon]
		if !f.box || s == "1" {
			v.Set(f.name, s)
		}
	}
	return v
}

func (p *framesForm) current(c *ctx) int {
	if id, ok := c.s.chosen[p.page]; ok {
		return id
	}
	switch p.page {
	case "tls":
		return c.d.set.tls
	case "1x":
		return c.d.set.x1
	}
	return c.d.set.ipsec[p.policy]
}

func (p *framesForm) show(c *ctx, msg string) {
	c.saw(p.tpl)
	c.frameHead(p.crumb, p.title)
	c.f(`<script language="JavaScript"><!--
function doOK() { document.frm.Flag.value = "Exec_Data"; document.frm.submit(); }
function keyList() { document.frm.Flag.value = "Temp_Data"; document.frm.CoreNXPage.value = "%s"; document.frm.submit(); }
//--></script>
`, p.keyTpl)
	if msg != "" {
		c.f(`<font color="red">%s</font>`, esc(msg))
	}
	c.f(`<form name="frm" method="post" action="/rps/%s">%s<input type="hidden" name="No" value="%d">`+"\n",
		p.cgi, c.frameHidden("Exec_Data", p.cgi, p.tpl), p.policy)
	p.body(c, p.values(c), c.d.keyName(p.current(c)))
	c.f(`<p align=right><a href="javascript:doOK()"><img src="/media/b_ok.gif" alt="OK" border=0></a>
<a href="/rps/cnettop.cgi?Flag=Init_Data&amp;PageFlag=c_nettop.tpl&amp;Dummy=%s"><img src="/media/b_cancel.gif" alt="Cancel" border=0></a></p>
</form>`, c.dummy())
	c.frameFoot()
}

func (p *framesForm) serve(c *ctx) {
	if !c.post() {
		delete(c.s.draft, p.page)
		delete(c.s.chosen, p.page)
		p.show(c, "")
		return
	}
	flag := c.v("Flag")
	want := p.tpl
	if flag == "Select_Data" {
		want = p.keyTpl
	}
	if !c.from(want) {
		framesError(c, "Cannot display the specified page.")
		return
	}
	switch flag {
	case "Temp_Data":
		c.s.draft[p.page] = c.r.PostForm
		p.list(c)
	case "Select_Data":
		id, _ := strconv.Atoi(c.v("KeyID"))
		if !c.d.usable(c.d.key(id)) {
			p.show(c, "This key cannot be used.")
			return
		}
		if p.direct {
			c.d.bind(p.page, p.policy, id)
		} else {
			c.s.chosen[p.page] = id
		}
		p.show(c, "")
	case "Exec_Data":
		c.d.keep(p.page, p.fields, c.r.PostForm)
		if id, ok := c.s.chosen[p.page]; ok {
			c.d.bind(p.page, p.policy, id)
		}
		delete(c.s.draft, p.page)
		delete(c.s.chosen, p.page)
		c.s.seen[p.tpl] = false
		p.show(c, "")
	default:
		framesError(c, "Cannot display the specified page.")
	}
}

func (p *framesForm) list(c *ctx) {
	c.saw(p.keyTpl)
	c.frameHead(p.crumb+" &gt; "+p.title, "Key and Certificate")
	c.f(`<script language="JavaScript"><!--
function useKey(id) { document.frm.KeyID.value = id; document.frm.submit(); }
//--></script>
<form name="frm" method="post" action="/rps/%s">%s<input type="hidden" name="No" value="%d"><input type="hidden" name="KeyID" value="">
<table border=1><tr><td>Key Name</td><td>Key Usage</td><td>&nbsp;</td></tr>
`, p.cgi, c.frameHidden("Select_Data", p.cgi, p.keyTpl), p.policy)
	for _, k := range c.d.keys {
		if !c.d.usable(k) {
			continue
		}
		c.f(`<tr><td>%s</td><td>%s</td><td><a href="javascript:useKey('%d')">Use</a></td></tr>`+"\n", esc(k.name), framesUses(c.d, k), k.id)
	}
	c.f("</table></form>")
	c.frameFoot()
}

func framesUses(d *Device, k *key) string {
	var s string
	for _, u := range d.shown(k) {
		s += "[" + u + "] "
	}
	if s == "" {
		return "&nbsp;"
	}
	return strings.TrimSpace(s)
}

const frameNet = "Settings/Registration: Preferences: Network Settings"

func keyRows(c *ctx, name string) {
	if name == "" {
		name = "&nbsp;"
	}
	c.f(`<tr><td>Key Name:</td><td>%s</td></tr>
<tr><td>Key and Certificate:</td><td><a href="javascript:keyList()"><img src="/media/b_key.gif" alt="Key and Certificate" border=0></a></td></tr>
`, name)
}

func framesTLS(c *ctx) {
	p := &framesForm{page: "tls", cgi: "ctls.cgi", tpl: "c_tls.tpl", keyTpl: "c_tlskey.tpl", crumb: frameNet, title: "TLS Settings", direct: true,
		fields: []field{{canon: "max", name: "TlsMax"}, {canon: "min", name: "TlsMin"}, {canon: "rc4", name: "AlgRc4", box: true}, {canon: "aes", name: "AlgAes", box: true}},
		body: func(c *ctx, v url.Values, key string) {
			c.f("<table border=1>\n")
			keyRows(c, key)
			for _, r := range [][2]string{{"TlsMax", "Maximum Version"}, {"TlsMin", "Minimum Version"}} {
				c.f("<tr><td>%s:</td><td><select name=\"%s\">", r[1], r[0])
				for i := range 3 {
					c.f(`<option value="%d"%s>TLS 1.%d</option>`, i, sel(v.Get(r[0]) == strconv.Itoa(i)), i)
				}
				c.f("</select></td></tr>\n")
			}
			c.f(`<tr><td>Algorithm Settings</td><td><input type="checkbox" name="AlgRc4" value="1"%s> RC4 <input type="checkbox" name="AlgAes" value="1"%s> AES-CBC</td></tr></table>`,
				on(v.Get("AlgRc4") == "1"), on(v.Get("AlgAes") == "1"))
		}}
	p.serve(c)
}

func frames1X(c *ctx) {
	p := &framesForm{page: "1x", cgi: "c8021x.cgi", tpl: "c_8021x.tpl", keyTpl: "c_8021xkey.tpl", crumb: frameNet, title: "IEEE 802.1X Settings",
		fields: []field{{canon: "use", name: "Eap", box: true}, {canon: "login", name: "EapId"}, {canon: "vcert", name: "SvCert", box: true},
			{canon: "vname", name: "SvName", box: true}, {canon: "sname", name: "SvNameTxt"}, {canon: "tls", name: "EapTls", box: true},
			{canon: "ttls", name: "EapTtls", box: true}, {canon: "proto", name: "TtlsPrt"}, {canon: "peap", name: "EapPeap", box: true}},
		body: func(c *ctx, v url.Values, key string) {
			chk := func(name, label string) {
				c.f(`<tr><td colspan=2><input type="checkbox" name="%s" value="1"%s> %s</td></tr>`+"\n", name, on(v.Get(name) == "1"), label)
			}
			c.f("<table border=1>\n")
			chk("Eap", "Use IEEE 802.1X")
			c.f(`<tr><td>Login Name:</td><td><input type="text" name="EapId" value="%s" maxlength="24"></td></tr>`+"\n", esc(v.Get("EapId")))
			chk("SvCert", "Verify Authentication Server Certificate")
			chk("SvName", "Verify Authentication Server Name")
			c.f(`<tr><td>Authentication Server Name:</td><td><input type="text" name="SvNameTxt" value="%s"></td></tr>`+"\n", esc(v.Get("SvNameTxt")))
			chk("EapTls", "Use TLS")
			keyRows(c, key)
			chk("EapTtls", "Use TTLS")
			c.f(`<tr><td>TTLS Settings (TTLS Protocol):</td><td><input type="radio" name="TtlsPrt" value="0"%s> Use MSCHAPv2 <input type="radio" name="TtlsPrt" value="1"%s> Use PAP</td></tr>`+"\n",
				on(v.Get("TtlsPrt") == "0"), on(v.Get("TtlsPrt") == "1"))
			chk("EapPeap", "Use PEAP")
			c.f("</table>")
		}}
	p.serve(c)
}

func framesIPSec(c *ctx) {
	no, _ := strconv.Atoi(c.v("No"))
	tpl := c.v("PageFlag")
	if no < 1 || no > len(c.d.policies) || tpl == "c_ipsec.tpl" {
		c.frameHead(frameNet, "IPSec Policy List")
		c.f("<table border=1><tr><td>No.</td><td>Policy Name</td><td>Policy On/Off</td></tr>\n")
		for i, p := range c.d.policies {
			c.f(`<tr><td>%d</td><td><a href="/rps/cipsec.cgi?Flag=Init_Data&amp;PageFlag=c_ipsecpol.tpl&amp;No=%[1]d&amp;Dummy=%[2]s">%[3]s</a></td><td>On</td></tr>`+"\n", i+1, c.dummy(), esc(p))
		}
		c.f("</table>")
		c.frameFoot()
		return
	}
	if tpl == "c_ipsecpol.tpl" {
		framesPolicy(c, no)
		return
	}
	page := fmt.Sprintf("ike%d", no)
	p := &framesForm{page: page, cgi: "cipsec.cgi", tpl: "c_ike.tpl", keyTpl: "c_ikekey.tpl", policy: no,
		crumb: frameNet + " &gt; IPSec Policy List &gt; Register IPSec Policy", title: "IKE",
		fields: []field{{canon: "mode", name: "IkeMode"}, {canon: "time", name: "IkeTime"}, {canon: "auth", name: "IkeAuth"}, {canon: "psk", name: "PreKey"}},
		body: func(c *ctx, v url.Values, key string) {
			rad := func(name, val, label string) {
				c.f(`<input type="radio" name="%s" value="%s"%s> %s`, name, val, on(v.Get(name) == val), label)
			}
			c.f("<table border=1><tr><td>IKE Mode</td><td>")
			rad("IkeMode", "0", "Main<br>")
			rad("IkeMode", "1", "Aggressive")
			c.f(`</td></tr><tr><td>Validity</td><td>Time <input type="text" name="IkeTime" value="%s" size=5> min. (1-65535)</td></tr>
<tr><td rowspan=4>Authentication Method</td><td>`, esc(v.Get("IkeTime")))
			rad("IkeAuth", "0", "Pre-Shared Key Method:")
			c.f(` <input type="password" name="PreKey" value="%s" maxlength="24"></td></tr><tr><td>`, esc(v.Get("PreKey")))
			rad("IkeAuth", "1", "Digital Signature Method:")
			c.f("</td></tr>\n")
			keyRows(c, key)
			c.f("</table>")
		}}
	p.serve(c)
}

func framesPolicy(c *ctx, no int) {
	page := fmt.Sprintf("pol%d", no)
	if c.post() {
		if !c.from("c_ipsecpol.tpl") {
			framesError(c, "Cannot display the specified page.")
			return
		}
		c.d.keep(page, []field{{canon: "on", name: "PolOn"}, {canon: "local", name: "SelLocal"}, {canon: "remote", name: "SelRemote"}}, c.r.PostForm)
	}
	c.saw("c_ipsecpol.tpl")
	v := c.d.pages[page]
	c.frameHead(frameNet+" &gt; IPSec Policy List", "Register IPSec Policy")
	c.f(`<form name="frm" method="post" action="/rps/cipsec.cgi">%s<input type="hidden" name="No" value="%d">
<table border=1><tr><td>Policy Name:</td><td>%s</td></tr>
<tr><td>Policy On/Off</td><td><input type="radio" name="PolOn" value="1"%s> On <input type="radio" name="PolOn" value="0"%s> Off</td></tr>
<tr><td>Selector Settings</td><td>Local Address <select name="SelLocal"><option value="0"%s>All IP Addresses</option><option value="1"%s>IPv4 Address</option></select>
Remote Address <input type="text" name="SelRemote" value="%s"></td></tr>
<tr><td>IKE</td><td><a href="/rps/cipsec.cgi?Flag=Init_Data&amp;PageFlag=c_ike.tpl&amp;No=%d&amp;Dummy=%s">IKE Settings</a></td></tr></table>
<input type="submit" value="OK"></form>`, c.frameHidden("Exec_Data", "cipsec.cgi", "c_ipsecpol.tpl"), no, esc(v["name"]),
		on(v["on"] == "1"), on(v["on"] == "0"), sel(v["local"] == "0"), sel(v["local"] == "1"), esc(v["remote"]), no, c.dummy())
	c.frameFoot()
}
