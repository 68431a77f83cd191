package ir2630

import (
	"fmt"
	"strings"
)

// settings can be compared: stored and running ones differ until a restart.
type settings struct {
	tlsKey         int
	tlsMax, tlsMin string
	aes, des       bool
	x              dot1x
	policies       [2]policy
}

type dot1x struct {
	use, verifyCert, verifyName, tls, ttls, peap, pap bool
	login, server, user, pass                         string
	key                                               int
}

type policy struct {
	name, local, remote, port string
	on                        bool
	ike                       ike
}

type ike struct {
	aggressive, signature           bool
	minutes, psk, auth, encrypt, dh string
	key                             int
}

func factorySettings() settings {
	return settings{tlsKey: 3, tlsMax: "1.2", tlsMin: "1.2", aes: true,
		x: dot1x{use: true, tls: true, verifyCert: true, login: "prn-2630-1", key: 4},
		policies: [2]policy{
			{"hq-server", "192.168.14.30", "192.168.2.0 - 192.168.2.255", "All Ports", true, ike{signature: true, minutes: "480", auth: "SHA2", encrypt: "AES", dh: "14", key: 5}},
			{"scan-room", "192.168.14.30", "192.168.14.77", "All Ports", true, ike{aggressive: true, minutes: "240", psk: "q8Tz2mLw", auth: "SHA1", encrypt: "AES", dh: "2"}},
		}}
}

const crumbNet = `<a href="/m_network.html">Network Settings</a> > `

func (d *Device) keyName(n int) string {
	if k := d.keys[n]; k != nil {
		return esc(k.name)
	}
	return ""
}

// keyChoice is the list in which a function's key is chosen, one button per row.
func (c *ctx) keyChoice(crumb, action, extra, back string, current int) {
	rows := ""
	for n, k := range c.d.keys {
		if k == nil {
			continue
		}
		act := button("Set as Default Key", fmt.Sprintf("ruiRow('frmUse', 'i2101', '%d', '')", n))
		switch {
		case n == current:
			act = "Default Key Currently Set"
		case k.der == nil, k.name == devSigKey:
			act = "Cannot be used"
		}
		rows += fmt.Sprintf(`<tr><td><a href="/m_keycert_detail.html?no=%d">%s</a></td><td>%s</td><td>%s</td><td>%s</td></tr>`, n, esc(k.name), publicKey(k), c.d.usage(n), act)
	}
	c.show("settings", crumb+"Key and Certificate", form("frmUse", action, extra+scriptHidden("i2101")+`<table class="list"><tr><th>Key Name</th><th>Public Key</th><th>Key Usage</th><th></th></tr>`+rows+`</table><div class="btns">`+button("Back", "ruiGo('"+back+"')")+`</div>`))
}

// chosen is the slot that the row's button sent, or 0 after an error page.
func (c *ctx) chosen(what string) int {
	n := c.slot("i2101")
	if k := c.d.keys[n]; k == nil || k.der == nil || k.name == devSigKey {
		c.d.Violate("%s: a key was chosen that has no button (%q)", what, c.val("i2101"))
		c.errorPage("The specified key cannot be used.")
		return 0
	}
	return n
}

// ---- TLS

func (c *ctx) tlsPage() {
	s := c.d.cfg
	c.show("settings", crumbNet+"TLS Settings", `<h2>Key and Certificate</h2><table class="item">`+row("Key Name:", c.d.keyName(s.tlsKey))+`</table><div class="btns">`+button("Key and Certificate...", "ruiGo('/m_security_key.html')")+`</div>
<h2>Allowed Versions and Algorithms</h2><table class="item">`+row("Maximum Version:", "TLS "+s.tlsMax)+row("Minimum Version:", "TLS "+s.tlsMin)+row("AES-GCM / AES-CBC:", onOff(s.aes))+row("3DES-CBC:", onOff(s.des))+`</table>`)
}

func okCancel(name, back string) string {
	return `<div class="btns">` + button("OK", "ruiSubmit('"+name+"', '')") + button("Cancel", "ruiGo('"+back+"')") + `</div>`
}

func (c *ctx) tlsKeys() {
	c.keyChoice(crumbNet+`<a href="/m_security.html">TLS Settings</a> > `, "/cgi/m_security_key.cgi", "", "/m_security.html", c.d.cfg.tlsKey)
}

func (c *ctx) doTLSKey() {
	if n := c.chosen("TLS Settings"); n > 0 {
		c.d.cfg.tlsKey = n
		c.s.notice = "The key has been set."
		c.redirect("/m_security.html")
	}
}

// ---- IEEE 802.1X

func (c *ctx) dot1xPage() {
	c.s.draftX = nil
	x := c.d.cfg.x
	proto := "MSCHAPv2"
	if x.pap {
		proto = "PAP"
	}
	name := ""
	if x.tls {
		name = c.d.keyName(x.key)
	}
	c.show("settings", crumbNet+"IEEE 802.1X Settings", `<table class="item">`+row("Use IEEE 802.1X:", onOff(x.use))+row("Login Name:", esc(x.login))+row("Verify Authentication Server Certificate:", onOff(x.verifyCert))+row("Verify Authentication Server Name:", onOff(x.verifyName))+row("Authentication Server Name:", esc(x.server))+
		row("Use TLS:", onOff(x.tls))+row("Key Name:", name)+row("Use TTLS:", onOff(x.ttls))+row("TTLS Settings (TTLS Protocol):", proto)+row("Use PEAP:", onOff(x.peap))+row("User Name:", esc(x.user))+`</table><div class="btns">`+button("Edit...", "ruiGo('/m_8021x_edit.html')")+`</div>`)
}

func (c *ctx) dot1xEdit() {
	x := c.d.cfg.x
	if c.s.draftX != nil {
		x = *c.s.draftX
	}
	c.dot1xForm(x, "")
}

func (c *ctx) dot1xForm(x dot1x, msg string) {
	pw := x.ttls || x.peap
	key := fmt.Sprintf(`<input type="button" value="Key and Certificate..." data-on="i2155=1"%s onclick="ruiSubmit('frmX', '/cgi/m_8021x_key.cgi')" />`, on("", x.tls))
	c.show("settings", crumbNet+`<a href="/m_8021x.html">IEEE 802.1X Settings</a> > Edit IEEE 802.1X Settings`, errLine(msg)+form("frmX", "/cgi/m_8021x_edit.cgi", hidden("i2168", fmt.Sprint(x.key))+`<table class="item">`+
		row("", check("i2150", "Use IEEE 802.1X", x.use, "", true))+field("i2151", "Login Name:", text("i2151", x.login, 24, "", true))+
		row("", check("i2152", "Verify Authentication Server Certificate", x.verifyCert, "", true))+row("", check("i2153", "Verify Authentication Server Name", x.verifyName, "", true))+field("i2154", "Authentication Server Name:", text("i2154", x.server, 48, "i2153=1", x.verifyName))+
		row("", check("i2155", "Use TLS", x.tls, "", true)+`<div>* To use TLS, set the key in [Key and Certificate...].</div>`)+row("Key Name:", c.d.keyName(x.key))+row("Key and Certificate:", key)+
		row("", check("i2156", "Use TTLS", x.ttls, "", true))+row("TTLS Settings (TTLS Protocol):", radio("i2157", "1", "Use MSCHAPv2", !x.pap, "i2156=1", x.ttls)+radio("i2157", "2", "Use PAP", x.pap, "i2156=1", x.ttls))+
		row("", check("i2158", "Use PEAP", x.peap, "", true))+field("i2159", "User Name:", text("i2159", x.user, 24, "i2156=1 i2158=1", pw))+
		row("", check("i2172", "Set/Change Password", false, "i2156=1 i2158=1", pw))+field("i2160", "Password:", strings.Replace(text("i2160", "", 24, "i2172=1", false), `type="text"`, `type="password"`, 1))+`</table>`+okCancel("frmX", "/m_8021x.html")))
}

// typedX is what the form sends; boxes that are greyed out keep what is stored.
func (c *ctx) typedX() dot1x {
	x := c.d.cfg.x
	x.use, x.verifyCert, x.verifyName, x.tls, x.ttls, x.peap = c.on("i2150"), c.on("i2152"), c.on("i2153"), c.on("i2155"), c.on("i2156"), c.on("i2158")
	x.login, x.key = c.val("i2151"), c.slot("i2168")
	for name, p := range map[string]*string{"i2154": &x.server, "i2159": &x.user, "i2160": &x.pass} {
		if _, ok := c.f[name]; ok {
			*p = c.val(name)
		}
	}
	if v := c.val("i2157"); v != "" {
		x.pap = v == "2"
	}
	return x
}

func (c *ctx) doDot1xKeys() {
	x := c.typedX()
	c.s.draftX = &x
	c.redirect("/m_8021x_key.html")
}

func (c *ctx) dot1xKeys() {
	cur := c.d.cfg.x.key
	if c.s.draftX != nil {
		cur = c.s.draftX.key
	}
	c.keyChoice(crumbNet+`<a href="/m_8021x.html">IEEE 802.1X Settings</a> > `, "/cgi/m_8021x_keyset.cgi", "", "/m_8021x_edit.html", cur)
}

func (c *ctx) doDot1xKey() {
	if n := c.chosen("IEEE 802.1X Settings"); n > 0 {
		if c.s.draftX == nil {
			x := c.d.cfg.x
			c.s.draftX = &x
		}
		c.s.draftX.key = n
		c.redirect("/m_8021x_edit.html")
	}
}

func (c *ctx) doDot1x() {
	x, old := c.typedX(), c.d.cfg.x
	msg := ""
	switch {
	case x.use && x.login == "":
		msg = "Enter the login name."
	case x.use && !x.tls && !x.ttls && !x.peap:
		msg = "Select the authentication method."
	case x.tls && (x.ttls || x.peap):
		msg = "TLS cannot be used together with TTLS or PEAP."
	case x.tls && c.d.keys[x.key] == nil:
		msg = "The key to be used for TLS is not set. Set the key in [Key and Certificate...]."
	case x.verifyName && x.server == "":
		msg = "Enter the authentication server name."
	case (x.ttls || x.peap) && x.user == "":
		msg = "Enter the user name."
	}
	if msg != "" {
		c.dot1xForm(x, msg)
		return
	}
	if old.key = x.key; old != x {
		c.d.Violate("IEEE 802.1X Settings: other settings than the key changed")
	}
	c.d.cfg.x, c.s.draftX = x, nil
	c.s.notice = "The settings have been changed."
	c.redirect("/m_8021x.html")
}

// ---- IPSec

func (c *ctx) ipsecList() {
	rows := ""
	for i, p := range c.d.cfg.policies {
		rows += fmt.Sprintf(`<tr><td>%d</td><td><a href="/m_ipsec_policy.html?no=%d">%s</a></td><td>%s</td><td>%s</td></tr>`, i+1, i+1, esc(p.name), onOff(p.on), p.remote)
	}
	c.show("settings", crumbNet+"IPSec Policy List", `<table class="item">`+row("Use IPSec:", "On")+row("Receive Non-Policy Packets:", "Allow")+`</table><table class="list"><tr><th>Priority</th><th>Policy Name</th><th>Status</th><th>Remote Address</th></tr>`+rows+`</table>`)
}

// policyNo is the policy of the request, from 0, or -1 after an error page.
func (c *ctx) policyNo(name string) int {
	if n := c.slot(name); n >= 1 && n <= len(c.d.cfg.policies) {
		return n - 1
	}
	c.errorPage("The specified policy does not exist.")
	return -1
}

const crumbSec = crumbNet + `<a href="/m_ipsec.html">IPSec Policy List</a> > `

func (c *ctx) ipsecPolicy() {
	i := c.policyNo("no")
	if i < 0 {
		return
	}
	delete(c.s.draftI, i)
	p := c.d.cfg.policies[i]
	method, name := "Pre-Shared Key Method", ""
	if p.ike.signature {
		method, name = "Digital Signature Method", c.d.keyName(p.ike.key)
	}
	c.show("settings", crumbSec+"IPSec Policy", `<table class="item">`+row("Policy Name:", esc(p.name))+row("Policy On/Off:", onOff(p.on))+`</table><h2>Selector Settings</h2><table class="item">`+row("Local Address:", p.local)+row("Remote Address:", p.remote)+row("Port:", p.port)+
		`</table><h2>IKE</h2><table class="item">`+row("Authentication Method:", method)+row("Key Name:", name)+`</table><div class="btns">`+button("IKE Settings...", fmt.Sprintf("ruiGo('/m_ipsec_ike_edit.html?no=%d')", i+1))+button("Back", "ruiGo('/m_ipsec.html')")+`</div>`)
}

func (c *ctx) ikeEdit() {
	i := c.policyNo("no")
	if i < 0 {
		return
	}
	k := c.d.cfg.policies[i].ike
	if c.s.draftI[i] != nil {
		k = *c.s.draftI[i]
	}
	c.ikeForm(i, k, "")
}

func (c *ctx) ikeForm(i int, k ike, msg string) {
	no := fmt.Sprint(i + 1)
	key := `<input type="button" value="Key and Certificate..." data-on="i2303=2"` + on("", k.signature) + ` onclick="ruiSubmit('frmIke', '/cgi/m_ipsec_ike_key.cgi')" />`
	c.show("settings", crumbSec+`<a href="/m_ipsec_policy.html?no=`+no+`">`+esc(c.d.cfg.policies[i].name)+`</a> > IKE Settings`, errLine(msg)+form("frmIke", "/cgi/m_ipsec_ike_edit.cgi", hidden("i2300", no)+hidden("i2306", fmt.Sprint(k.key))+`<table class="item">`+
		row("IKE Mode:", `<div>`+radio("i2301", "1", "Main", !k.aggressive, "", true)+`</div><div>`+radio("i2301", "2", "Aggressive", k.aggressive, "", true)+`</div>`)+
		field("i2302", "Validity: Time", text("i2302", k.minutes, 5, "", true)+" min. (1-65535)")+
		row("Authentication Method:", `<div>`+radio("i2303", "1", "Pre-Shared Key Method", !k.signature, "", true)+`</div><table class="sub">`+row("", check("i2305", "Set/Change Shared Key", false, "i2303=1", !k.signature))+field("i2304", "Shared Key:", strings.Replace(text("i2304", "", 24, "i2305=1", false), `type="text"`, `type="password"`, 1))+`</table>
<div>`+radio("i2303", "2", "Digital Signature Method", k.signature, "", true)+`</div><table class="sub">`+row("Key Name:", c.d.keyName(k.key))+row("Key and Certificate:", key)+`</table>`)+
		field("i2307", "Authentication Algorithm:", sel("i2307", k.auth, "", true, "SHA1", "SHA1", "SHA2", "SHA2"))+field("i2308", "Encryption Algorithm:", sel("i2308", k.encrypt, "", true, "AES", "AES-CBC", "3DES", "3DES-CBC"))+
		field("i2309", "DH Group:", sel("i2309", k.dh, "", true, "1", "Group 1 (768)", "2", "Group 2 (1024)", "14", "Group 14 (2048)"))+`</table>`+okCancel("frmIke", "/m_ipsec_policy.html?no="+no)))
}

func (c *ctx) typedIKE(i int) ike {
	k := c.d.cfg.policies[i].ike
	k.aggressive, k.signature = c.val("i2301") == "2", c.val("i2303") == "2"
	k.minutes, k.auth, k.encrypt, k.dh, k.key = c.val("i2302"), c.val("i2307"), c.val("i2308"), c.val("i2309"), c.slot("i2306")
	if _, ok := c.f["i2304"]; ok {
		k.psk = c.val("i2304")
	}
	return k
}

func (c *ctx) doIKEKeys() {
	if i := c.policyNo("i2300"); i >= 0 {
		k := c.typedIKE(i)
		c.s.draftI[i] = &k
		c.redirect(fmt.Sprintf("/m_ipsec_ike_keycer.html?no=%d", i+1))
	}
}

func (c *ctx) ikeKeys() {
	i := c.policyNo("no")
	if i < 0 {
		return
	}
	k := c.d.cfg.policies[i].ike
	if c.s.draftI[i] != nil {
		k = *c.s.draftI[i]
	}
	no := fmt.Sprint(i + 1)
	c.keyChoice(crumbSec+`<a href="/m_ipsec_policy.html?no=`+no+`">`+esc(c.d.cfg.policies[i].name)+`</a> > `, "/cgi/m_ipsec_ike_keyset.cgi", hidden("i2300", no), "/m_ipsec_ike_edit.html?no="+no, k.key)
}

func (c *ctx) doIKEKey() {
	i := c.policyNo("i2300")
	if i < 0 {
		return
	}
	if n := c.chosen("IKE Settings"); n > 0 {
		if c.s.draftI[i] == nil {
			k := c.d.cfg.policies[i].ike
			c.s.draftI[i] = &k
		}
		c.s.draftI[i].key = n
		c.redirect(fmt.Sprintf("/m_ipsec_ike_edit.html?no=%d", i+1))
	}
}

func (c *ctx) doIKE() {
	i := c.policyNo("i2300")
	if i < 0 {
		return
	}
	k, old := c.typedIKE(i), c.d.cfg.policies[i].ike
	min := 0
	fmt.Sscan(k.minutes, &min)
	msg := ""
	switch {
	case min < 1 || min > 65535:
		msg = "The validity time is incorrect. Enter a value from 1 to 65535."
	case !k.signature && k.psk == "":
		msg = "Enter the shared key."
	case k.signature && c.d.keys[k.key] == nil:
		msg = "The key to be used for the digital signature method is not set."
	case k.signature && k.aggressive:
		msg = "The digital signature method cannot be used in aggressive mode."
	}
	if msg != "" {
		c.ikeForm(i, k, msg)
		return
	}
	if old.key = k.key; old != k {
		c.d.Violate("IKE Settings of %s: other settings than the key changed", c.d.cfg.policies[i].name)
	}
	c.d.cfg.policies[i].ike = k
	delete(c.s.draftI, i)
	c.s.notice = "The settings have been changed."
	c.redirect(fmt.Sprintf("/m_ipsec_policy.html?no=%d", i+1))
}
