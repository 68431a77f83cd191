package dx8795

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	needsApply = "The setting has been registered. It takes effect after [Apply Setting Changes] is performed."
	mask       = "********"
)

// otherChanged reports what a binding changed beside the key.
func (c *ctx) otherChanged(page string, before, after any) {
	if before != after {
		c.d.Violate("%s: settings other than the key were changed: %+v -> %+v", page, before, after)
	}
}

func (c *ctx) keyNo() int {
	n, _ := strconv.Atoi(c.v.Get("KeyIdx"))
	return n
}

// keyTable lists the keys with a button [Use]; no is why one cannot be used.
func (p *page) keyTable(f *form, no func(*key) bool) string {
	var b strings.Builder
	b.WriteString("<div class=\"ItemListComponent\"><table class=\"KeySel\">\n<tr><th>Key Name</th><th>Key Usage</th><th>Certificate</th><th>&nbsp;</th></tr>\n")
	for _, k := range p.c.d.keys {
		cert, use := "<img src=\"/media/ic_cert.gif\" alt=\"Certificate\" />", "&nbsp;"
		if k.cert == nil {
			cert = "<img src=\"/media/ic_nocert.gif\" alt=\"No certificate\" title=\"The certificate for the key does not exist.\" />"
		}
		if k.usable() && !no(k) {
			id := strconv.Itoa(k.id)
			f.choices["KeyIdx"] = append(f.choices["KeyIdx"], id)
			use = button("Use", "Use"+id, "key_use('"+id+"',"+jsStr(k.name)+");")
		}
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), esc(strings.Join(p.c.d.shown(k), ", ")), cert, use)
	}
	b.WriteString("</table></div>\n")
	return b.String()
}

// keyOverlay is the dialogue that 802.1X and SIP show over their form.
func (p *page) keyOverlay(f *form, no func(*key) bool) {
	p.script += `function key_open() { ruiShow('keyDlg'); }
function key_use(idx, name) {
  document.` + f.name + `.KeyIdx.value = idx;
  var e = document.getElementById('KeyNameDisp');
  e.innerHTML = '';
  e.appendChild(document.createTextNode(name));
  ruiClose('keyDlg');
}
`
	p.put("<div class=\"ovl\" id=\"keyDlg\" style=\"display:none\"><div class=\"dlg\"><h3>Key and Certificate</h3>\n%s%s</div></div>\n",
		p.keyTable(f, no), buttons(button("Cancel", "keyCancel", "ruiClose('keyDlg');")))
}

func (c *ctx) back(p *page, cgi, tpl string) string {
	to := fmt.Sprintf("/rps/%s?Flag=Init_Data&PageFlag=%s&FuncTypeFlag=SettingPage", cgi, tpl)
	p.offers = append(p.offers, to)
	return "location.href='" + to + "&Dummy='+ruiDummy();"
}

func flag(on bool) string { return map[bool]string{true: "1", false: "0"}[on] }

func (c *ctx) tls() {
	d := c.d
	p := c.page("TLS Settings", c.crumbs("c_net.tpl", "TLS Settings"))
	s := &d.set
	if c.post {
		was := [3]string{s.TLSMin, s.TLSMax, s.Algs}
		now := [3]string{c.v.Get("VerMin"), c.v.Get("VerMax"), flag(c.v.Has("AlgGCM")) + flag(c.v.Has("AlgCBC")) + flag(c.v.Has("Alg3DES"))}
		if now[0] > now[1] {
			p.alert = "The minimum version is higher than the maximum version."
		} else {
			c.otherChanged("TLS Settings", was, now)
			s.TLSMin, s.TLSMax, s.Algs = now[0], now[1], now[2]
			d.changed()
			p.info = needsApply
		}
	}
	f := p.form("TLS_FORM", "ctls.cgi", "Exec_Data", "c_tls.tpl", "c_tls.tpl")
	f.put("%s<table>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.TLS_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_net.tpl"))))
	f.put("<tr><th>Key Name:</th><td>%s</td></tr>\n<tr><th>Key and Certificate:</th><td>%s</td></tr>\n", esc(d.keyName(s.TLSKey)), button("Key and Certificate", "Key_Button", c.back(p, "ctlskey.cgi", "c_tlskey.tpl")))
	vers := []string{"0", "TLS 1.0", "1", "TLS 1.1", "2", "TLS 1.2"}
	f.put("%s%s", row("Maximum Version:", f.pick("VerMax", s.TLSMax, false, vers...)), row("Minimum Version:", f.pick("VerMin", s.TLSMin, false, vers...)))
	f.put("%s</table>\n", row("Algorithm:", f.check("AlgGCM", s.Algs[0] == '1', "AES-GCM")+" "+f.check("AlgCBC", s.Algs[1] == '1', "AES-CBC")+" "+f.check("Alg3DES", s.Algs[2] == '1', "3DES-CBC")))
	f.end()
	p.send()
}

func (c *ctx) tlsKey() {
	d := c.d
	p := c.page("Key and Certificate", c.crumbs("c_net.tpl", c.a("ctls.cgi", "c_tls.tpl", "TLS Settings"), "Key and Certificate"))
	if c.post {
		k := d.key(c.keyNo())
		if k == nil || !k.usable() {
			p.alert = "This key cannot be used."
		} else {
			d.set.TLSKey = k.id
			d.changed()
			p.info = needsApply
		}
	}
	p.script = "function key_use(idx, name) { document.USE_FORM.KeyIdx.value = idx; ruiSubmit(document.USE_FORM); }\n"
	f := p.form("USE_FORM", "ctlskey.cgi", "Exec_Data", "c_tlskey.tpl", "c_tlskey.tpl")
	f.variable("KeyIdx", "")
	f.put("<table>%s</table>\n%s", row("Key Name:", esc(d.keyName(d.set.TLSKey))), p.keyTable(f, func(*key) bool { return false }))
	f.put("%s", buttons(button("Back", "Back_Button", c.back(p, "ctls.cgi", "c_tls.tpl"))))
	f.end()
	p.send()
}

func (c *ctx) dot1x() {
	d := c.d
	p := c.page("IEEE 802.1X Settings", c.crumbs("c_net.tpl", "IEEE 802.1X Settings"))
	x := d.set.X
	if c.post {
		v := c.v
		x = dot1x{Use: v.Has("Use8021x"), Login: v.Get("LoginName"), VerifyCert: v.Has("VrfyCert"), VerifyName: v.Has("VrfyName"), Server: v.Get("SvrName"),
			UseTLS: v.Has("UseTls"), Key: c.keyNo(), UseTTLS: v.Has("UseTtls"), Proto: v.Get("TtlsProto"), UsePEAP: v.Has("UsePeap"), User: v.Get("UserName"), Password: v.Get("UserPass")}
		if x.Password == mask {
			x.Password = d.set.X.Password
		}
		k := d.key(x.Key)
		switch {
		case x.UseTLS && (x.UseTTLS || x.UsePEAP):
			p.alert = "TLS cannot be used with TTLS or PEAP at the same time."
		case x.UseTLS && (k == nil || !k.usable()):
			p.alert = "Set the key and certificate to use TLS."
		case x.Use && x.Login == "":
			p.alert = "Enter the login name."
		default:
			was, now := d.set.X, x
			was.Key, now.Key = 0, 0
			c.otherChanged("IEEE 802.1X Settings", was, now)
			d.set.X = x
			d.changed()
			p.info = needsApply
		}
	}
	f := p.form("X_FORM", "c8021x.cgi", "Exec_Data", "c_8021x.tpl", "c_8021x.tpl")
	f.variable("KeyIdx", strconv.Itoa(x.Key), strconv.Itoa(x.Key))
	f.put("%s", buttons(button("OK", "OK_Button", "ruiSubmit(document.X_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_net.tpl"))))
	f.put("<p>%s</p>\n<table>%s<tr><td colspan=\"2\">%s</td></tr>\n<tr><td colspan=\"2\">%s</td></tr>\n%s</table>\n", f.check("Use8021x", x.Use, "Use IEEE 802.1X"), row("Login Name:", f.text("LoginName", x.Login, 32, 64)),
		f.check("VrfyCert", x.VerifyCert, "Verify Authentication Server Certificate"), f.check("VrfyName", x.VerifyName, "Verify Authentication Server Name"), row("Authentication Server Name:", f.text("SvrName", x.Server, 32, 64)))
	f.put("<p>%s</p>\n<p>* Set the default key in [Key and Certificate] under [TLS Settings] to use TLS.</p>\n", f.check("UseTls", x.UseTLS, "Use TLS"))
	f.put("<table><tr><th>Key Name:</th><td><span id=\"KeyNameDisp\">%s</span></td></tr>\n%s</table>\n", esc(d.keyName(x.Key)), row("Key and Certificate:", button("Key and Certificate", "Key_Button", "key_open();")))
	f.put("<p>%s</p>\n<table>%s</table>\n<p>%s</p>\n<table>%s%s</table>\n", f.check("UseTtls", x.UseTTLS, "Use TTLS"),
		row("TTLS Settings (TTLS Protocol):", f.radio("TtlsProto", "1", x.Proto, "Use MSCHAPv2", "")+" "+f.radio("TtlsProto", "2", x.Proto, "Use PAP", "")),
		f.check("UsePeap", x.UsePEAP, "Use PEAP"), row("User Name:", f.text("UserName", x.User, 32, 64)), row("Password:", f.password("UserPass", masked(x.Password))))
	f.end()
	p.keyOverlay(f, func(*key) bool { return false })
	p.send()
}

func masked(s string) string {
	if s == "" {
		return ""
	}
	return mask
}

func (c *ctx) policyNo() int {
	n, err := strconv.Atoi(c.v.Get("PolNo"))
	if err != nil || n < 0 || n >= len(c.d.set.Pol) {
		return -1
	}
	return n
}

func (c *ctx) ipsecCrumbs(more ...string) string {
	return c.crumbs("c_net.tpl", append([]string{c.a("cipsec.cgi", "c_ipseclist.tpl", "IPSec Policy List")}, more...)...)
}

// ipsec is the list of policies and the page of one policy.
func (c *ctx) ipsec() {
	d := c.d
	if c.v.Get("PageFlag") != "c_ipsecpol.tpl" {
		p := c.page("IPSec Policy List", c.crumbs("c_net.tpl", "IPSec Policy List"))
		p.script = "function pol_edit(no) {\n  location.href = './cipsec.cgi?Flag=Init_Data&PageFlag=c_ipsecpol.tpl&FuncTypeFlag=SettingPage&PolNo=' + no + '&Dummy=' + ruiDummy();\n}\n"
		p.put("<table>%s%s</table>\n<div class=\"ItemListComponent\"><table><tr><th>Priority</th><th>Policy Name</th><th>Status</th></tr>\n", row("Use IPSec:", "On"), row("Receive Non-Policy Packets:", "Allow"))
		for i, o := range d.set.Pol {
			p.put("<tr><td>%d</td><td><a href=\"javascript:pol_edit('%d');\">%s</a></td><td>%s</td></tr>\n", i+1, i, esc(o.Name), map[bool]string{true: "On", false: "Off"}[o.On])
			p.offers = append(p.offers, fmt.Sprintf("/rps/cipsec.cgi?Flag=Init_Data&PageFlag=c_ipsecpol.tpl&FuncTypeFlag=SettingPage&PolNo=%d", i))
		}
		p.put("</table></div>\n")
		p.send()
		return
	}
	n := c.policyNo()
	if n < 0 {
		c.errorPage()
		return
	}
	if c.post {
		o := d.set.Pol[n]
		o.Name, o.On, o.Strict = get(c.v, "PolName"), c.v.Get("PolUse") == "1", c.v.Has("Strict")
		c.otherChanged("IPSec policy", d.set.Pol[n], o)
		d.set.Pol[n] = o
		d.changed()
		c.policyPage(n, needsApply)
		return
	}
	c.policyPage(n, "")
}

func (c *ctx) policyPage(n int, info string) {
	o := c.d.set.Pol[n]
	p := c.page("Register Policy", c.ipsecCrumbs("Register Policy"))
	p.info = info
	f := p.form("POL_FORM", "cipsec.cgi", "Exec_Data", "c_ipsecpol.tpl", "c_ipsecpol.tpl")
	f.hidden("PolNo", strconv.Itoa(n))
	to := fmt.Sprintf("/rps/cike.cgi?Flag=Init_Data&PageFlag=c_ike.tpl&FuncTypeFlag=SettingPage&PolNo=%d", n)
	p.offers = append(p.offers, to)
	f.put("%s<table>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.POL_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cipsec.cgi", "c_ipseclist.tpl"))))
	f.put("%s%s", row("Policy Name:", f.text("PolName", o.Name, 24, 24)), row("Policy:", f.radio("PolUse", "1", flag(o.On), "On", "")+" "+f.radio("PolUse", "0", flag(o.On), "Off", "")))
	f.put("<tr><td colspan=\"2\">%s</td></tr>\n%s%s%s", f.check("Strict", o.Strict, "Allow Only 256-bit for AES Key Length"), row("Local Address:", "All IP Addresses"), row("Remote Address:", esc(o.Remote)), row("Port:", o.Ports))
	f.put("<tr><th>IKE Settings:</th><td>%s</td></tr>\n%s</table>\n", button("IKE Settings", "IKE_Button", "location.href='"+to+"&Dummy='+ruiDummy();"), row("IPSec Network Settings:", "Validity: "+o.SAMinutes+" min. / "+o.SAMegabytes+" MB"))
	f.end()
	p.send()
}

// ike is the page of a policy's IKE settings.
func (c *ctx) ike() {
	d := c.d
	n := c.policyNo()
	if n < 0 {
		c.errorPage()
		return
	}
	o := d.set.Pol[n]
	if !c.post {
		c.ikePage(n, o, "")
		return
	}
	o.Mode, o.Life, o.Auth, o.EncAlg, o.DHGroup, o.AuthAlg = c.v.Get("IkeMode"), get(c.v, "IkeLife"), c.v.Get("AuthMethod"), c.v.Get("EncAlg"), c.v.Get("DhGroup"), c.v.Get("AuthAlg")
	o.Key = c.keyNo()
	if s := c.v.Get("PskValue"); s != mask {
		o.PSK = s
	}
	if c.v.Get("Flag") == "Key_Select" {
		c.s.ike, c.s.ikeNo = o, n
		p := c.page("Key and Certificate", c.ipsecCrumbs("Register Policy", "IKE", "Key and Certificate"))
		p.script = "function key_use(idx, name) { document.USE_FORM.KeyIdx.value = idx; ruiSubmit(document.USE_FORM); }\n"
		f := p.form("USE_FORM", "cikekey.cgi", "Set_Data", "c_ikekey.tpl", "c_ike.tpl")
		f.variable("KeyIdx", "", "")
		f.put("%s%s", p.keyTable(f, func(*key) bool { return false }), buttons(button("Cancel", "Cancel_Button", "key_use('','');")))
		f.end()
		p.send()
		return
	}
	life, err := strconv.Atoi(o.Life)
	k := d.key(o.Key)
	switch {
	case err != nil || life < 1 || life > 65535:
		c.ikePage(n, o, "The validity is incorrect. Enter a value from 1 to 65535.")
	case o.Auth == "1" && (k == nil || !k.usable()):
		c.ikePage(n, o, "Set the key and certificate to use the digital signature method.")
	case o.Auth == "0" && o.PSK == "":
		c.ikePage(n, o, "Enter the pre-shared key.")
	default:
		was, now := d.set.Pol[n], o
		was.Key, now.Key = 0, 0
		c.otherChanged("IKE settings of the policy "+o.Name, was, now)
		d.set.Pol[n] = o
		d.changed()
		c.policyPage(n, needsApply)
	}
}

// ikeKey comes back from the list of keys to the IKE page.
func (c *ctx) ikeKey() {
	if !c.post || c.s.ike.Name == "" {
		c.errorPage()
		return
	}
	if k := c.d.key(c.keyNo()); k != nil && k.usable() {
		c.s.ike.Key = k.id
	}
	c.ikePage(c.s.ikeNo, c.s.ike, "")
}

func (c *ctx) ikePage(n int, o policy, alert string) {
	p := c.page("IKE", c.ipsecCrumbs("Register Policy", "IKE"))
	p.alert = alert
	p.script = "function ike_ok() { document.IKE_FORM.Flag.value = 'Exec_Data'; ruiSubmit(document.IKE_FORM); }\nfunction ike_key() { document.IKE_FORM.Flag.value = 'Key_Select'; ruiSubmit(document.IKE_FORM); }\n"
	f := p.form("IKE_FORM", "cike.cgi", "", "c_ike.tpl", "c_ipsecpol.tpl")
	f.variable("Flag", "Exec_Data", "Exec_Data", "Key_Select")
	f.hidden("PolNo", strconv.Itoa(n))
	if o.Key != 0 {
		f.hidden("KeyIdx", strconv.Itoa(o.Key))
	} else {
		f.hidden("KeyIdx", "")
	}
	to := fmt.Sprintf("/rps/cipsec.cgi?Flag=Init_Data&PageFlag=c_ipsecpol.tpl&FuncTypeFlag=SettingPage&PolNo=%d", n)
	p.offers = append(p.offers, to)
	f.put("%s", buttons(button("OK", "OK_Button", "ike_ok();"), button("Cancel", "Cancel_Button", "location.href='"+to+"&Dummy='+ruiDummy();")))
	f.put("<h3>IKE Mode</h3>\n<p>%s<br />%s</p>\n", f.radio("IkeMode", "0", o.Mode, "Main", ""), f.radio("IkeMode", "1", o.Mode, "Aggressive", ""))
	f.put("<h3>Validity</h3>\n<p>Time %s min. (1-65535)</p>\n", f.text("IkeLife", o.Life, 6, 5))
	f.put("<h3>Authentication Method</h3>\n<table><tr><th>%s</th><td>%s</td></tr>\n", f.radio("AuthMethod", "0", o.Auth, "Pre-Shared Key Method:", ""), f.password("PskValue", masked(o.PSK)))
	f.put("<tr><th>%s</th><td><table><tr><th>Key Name:</th><td>%s</td></tr><tr><th>Key and Certificate:</th><td>%s</td></tr></table></td></tr></table>\n",
		f.radio("AuthMethod", "1", o.Auth, "Digital Signature Method:", ""), esc(c.d.keyName(o.Key)), button("Key and Certificate", "Key_Button", "ike_key();"))
	f.put("<h3>Authentication/Encryption Algorithm</h3>\n<table>%s%s%s</table>\n", row("Authentication:", f.pick("AuthAlg", o.AuthAlg, false, "0", "SHA1", "1", "SHA2")),
		row("Encryption:", f.pick("EncAlg", o.EncAlg, false, "0", "3DES-CBC", "1", "AES-CBC")), row("DH Group:", f.pick("DhGroup", o.DHGroup, false, "2", "Group2 (1024)", "14", "Group14 (2048)", "20", "ECDH-P384")))
	f.end()
	p.send()
}

func (c *ctx) sip() {
	d := c.d
	p := c.page("SIP Settings", c.crumbs("c_net.tpl", "SIP Settings"))
	x := d.set.SIP
	// A key in use elsewhere cannot be chosen here.
	other := func(k *key) bool {
		for _, u := range d.shown(k) {
			if u != "SIP" {
				return true
			}
		}
		return false
	}
	if c.post {
		v := c.v
		x = sip{UseIntra: v.Has("UseIntra"), Registrar: v.Get("SipSvr"), Port: v.Get("SipPort"), UserName: v.Get("SipUser"), UseTLS: v.Has("SipTls"), T38Transport: v.Get("T38Trans"), T38Media: v.Get("T38Media"),
			T38Port: v.Get("T38Port"), RTPPort: v.Get("RtpPort"), Key: c.keyNo(), ReqClient: v.Has("ReqCli"), VerifyServer: v.Has("VrfySvr"), AddCNItem: v.Has("AddCn")}
		k := d.key(x.Key)
		t38, e1 := strconv.Atoi(x.T38Port)
		rtp, e2 := strconv.Atoi(x.RTPPort)
		switch {
		case x.UseTLS && (k == nil || !k.usable()):
			p.alert = "Set the key and certificate to use TLS."
		case k != nil && k.id != d.set.SIP.Key && other(k):
			p.alert = "The selected key is in use, so it cannot be set."
		case e1 != nil || e2 != nil || t38 < 1 || t38 > 65535 || rtp < 1024 || rtp > 65534:
			p.alert = "The port number is incorrect."
		default:
			was, now := d.set.SIP, x
			was.Key, now.Key = 0, 0
			c.otherChanged("SIP Settings", was, now)
			d.set.SIP = x
			d.changed()
			p.info = needsApply
		}
	}
	f := p.form("SIP_FORM", "csip.cgi", "Exec_Data", "c_sip.tpl", "c_sip.tpl")
	f.variable("KeyIdx", strconv.Itoa(x.Key), strconv.Itoa(x.Key))
	f.put("%s<h3>Intranet Settings</h3>\n<p>%s</p>\n<table>%s%s%s</table>\n<p>%s</p>\n", buttons(button("OK", "OK_Button", "ruiSubmit(document.SIP_FORM);"), button("Cancel", "Cancel_Button", c.back(p, "cindex.cgi", "c_net.tpl"))),
		f.check("UseIntra", x.UseIntra, "Use Intranet"), row("SIP Server:", f.text("SipSvr", x.Registrar, 32, 64)), row("Port Number:", f.text("SipPort", x.Port, 6, 5)), row("User Name:", f.text("SipUser", x.UserName, 32, 64)), f.check("SipTls", x.UseTLS, "Use TLS"))
	f.put("<table>%s%s%s%s</table>\n", row("T.38 Send Transport:", f.pick("T38Trans", x.T38Transport, false, "0", "UDPTL", "1", "TCP")), row("T.38 Media Type:", f.pick("T38Media", x.T38Media, false, "0", "Image", "1", "Audio")),
		row("T.38 RX Port Number:", f.text("T38Port", x.T38Port, 6, 5)+" (1-65535)"), row("RTP RX Port Number:", f.text("RtpPort", x.RTPPort, 6, 5)+" (1024-65534)"))
	f.put("<h3>TLS Settings</h3>\n<table><tr><th>Key Name:</th><td><span id=\"KeyNameDisp\">%s</span></td></tr></table>\n%s", esc(d.keyName(x.Key)), buttons(button("Key and Certificate...", "Key_Button", "key_open();")))
	f.put("<p>Receiving Settings:</p><p>%s</p>\n<p>Sending Settings:</p><p>%s<br />%s</p>\n", f.check("ReqCli", x.ReqClient, "Request Client Authentication"), f.check("VrfySvr", x.VerifyServer, "Verify Server Certificate"), f.check("AddCn", x.AddCNItem, "Add CN to Verification Items"))
	f.end()
	p.keyOverlay(f, other)
	p.send()
}
