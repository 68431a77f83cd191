package adv8595iii

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type item struct {
	kind, name, label, init string
	opts                    []string
	min, max                int
}

// settingPage is a page of settings with OK and Cancel.
type settingPage struct {
	title, cgi, tpl, keyTpl, menu string
	items                         []item
	slot                          func(*bindings) *int
	extra                         string // PolNo
	exclusive                     bool   // a key that another function uses cannot be chosen
	frozen                        bool   // nothing but the key is anybody's business
}

func ikePage(no int) *settingPage {
	n := strconv.Itoa(no)
	method := []string{"sig", "psk"}[no]
	return &settingPage{
		title: "IKE Settings", cgi: "cipsec.cgi", tpl: "c_ike.tpl", keyTpl: "c_ikekey.tpl", menu: "network", extra: n, frozen: true,
		slot: func(b *bindings) *int { return &b.ipsec[no] },
		items: []item{
			{kind: "radio", name: "IkeMode", label: "IKE Mode", init: "main", opts: []string{"main", "Main", "aggr", "Aggressive"}},
			{kind: "head", label: "Validity"},
			{kind: "num", name: "IkeTime", label: "Time (min.)", init: "480", min: 1, max: 65535},
			{kind: "head", label: "Authentication Method"},
			{kind: "radio", name: "IkeAuth", label: "Authentication Method", init: method, opts: []string{"psk", "Pre-Shared Key Method", "sig", "Digital Signature Method"}},
			{kind: "pass", name: "Psk", label: "Shared Key"},
			{kind: "key", label: "Key and Certificate"},
			{kind: "head", label: "Authentication/Encryption Algorithm"},
			{kind: "radio", name: "IkeAlg", label: "Setting", init: "auto", opts: []string{"auto", "Auto", "man", "Manual Settings"}},
			{kind: "check", name: "IkeSha2", label: "SHA2-256", init: "1"},
			{kind: "check", name: "IkeAes", label: "AES-CBC", init: "1"},
			{kind: "select", name: "IkeGroup", label: "DH Group", init: "14", opts: []string{"2", "Group2 (1024)", "14", "Group14 (2048)", "19", "ECDH-P256"}},
		},
	}
}

var ipsecNames = []string{"Archive-Gateway", "Branch-Print"}

var settingPages = map[string]*settingPage{
	"tls": {title: "TLS Settings", cgi: "ctls.cgi", tpl: "c_tls.tpl", keyTpl: "c_tlskey.tpl", menu: "network", frozen: true,
		items: []item{
			{kind: "key", label: "Key and Certificate"},
			{kind: "head", label: "Allowed Versions"},
			{kind: "select", name: "TlsMax", label: "Maximum Version", init: "12", opts: []string{"12", "TLS 1.2", "11", "TLS 1.1", "10", "TLS 1.0"}},
			{kind: "select", name: "TlsMin", label: "Minimum Version", init: "12", opts: []string{"12", "TLS 1.2", "11", "TLS 1.1", "10", "TLS 1.0"}},
			{kind: "head", label: "Encryption Algorithm Settings"},
			{kind: "check", name: "AesGcm", label: "AES-GCM", init: "1"},
			{kind: "check", name: "Aes256", label: "AES-CBC (256-bit)", init: "1"},
			{kind: "check", name: "Des3", label: "3DES-CBC", init: ""},
		}},
	"dot1x": {title: "IEEE 802.1X Settings", cgi: "cdot1x.cgi", tpl: "c_dot1x.tpl", keyTpl: "c_dot1xkey.tpl", menu: "network", frozen: true,
		slot: func(b *bindings) *int { return &b.dot1x },
		items: []item{
			{kind: "check", name: "Use1x", label: "Use IEEE 802.1X", init: "1"},
			{kind: "text", name: "LoginName", label: "Login Name", init: "printroom-2f@harborlegal.example"},
			{kind: "check", name: "VerifyCert", label: "Verify Authentication Server Certificate", init: "1"},
			{kind: "check", name: "VerifyName", label: "Verify Authentication Server Name", init: ""},
			{kind: "text", name: "ServerName", label: "Authentication Server Name", init: "radius1.harborlegal.example"},
			{kind: "check", name: "UseTls", label: "Use TLS", init: "1"},
			{kind: "note", label: "* Set the default key in [Key and Certificate] of [TLS Settings] to use TLS."},
			{kind: "key", label: "Key and Certificate"},
			{kind: "check", name: "UseTtls", label: "Use TTLS", init: ""},
			{kind: "radio", name: "TtlsProt", label: "TTLS Settings (TTLS Protocol)", init: "ms", opts: []string{"ms", "Use MSCHAPv2", "pap", "Use PAP"}},
			{kind: "check", name: "UsePeap", label: "Use PEAP", init: ""},
			{kind: "check", name: "SameName", label: "Use Login Name as User Name", init: "1"},
			{kind: "text", name: "UserName", label: "User Name", init: ""},
			{kind: "pass", name: "Pass", label: "Password"},
		}},
	"ike0": ikePage(0),
	"ike1": ikePage(1),
	"sip": {title: "SIP Settings", cgi: "csip.cgi", tpl: "c_sip.tpl", keyTpl: "c_sipkey.tpl", menu: "network", exclusive: true, frozen: true,
		slot: func(b *bindings) *int { return &b.sip },
		items: []item{
			{kind: "head", label: "Intranet Settings"},
			{kind: "check", name: "UseIntra", label: "Use Intranet", init: "1"},
			{kind: "text", name: "SipUser", label: "User Name", init: "fax2f"},
			{kind: "check", name: "UseTls", label: "Use TLS", init: "1"},
			{kind: "select", name: "T38Trans", label: "T.38 TX Transport", init: "udptl", opts: []string{"udptl", "UDPTL", "tcp", "TCP"}},
			{kind: "select", name: "T38Media", label: "T.38 Media Type", init: "image", opts: []string{"image", "Image", "audio", "Audio"}},
			{kind: "num", name: "T38Port", label: "T.38 RX Port Number", init: "49152", min: 1, max: 65535},
			{kind: "num", name: "RtpPort", label: "RTP RX Port Number", init: "5004", min: 1024, max: 65534},
			{kind: "head", label: "TLS Settings"},
			{kind: "key", label: "Key and Certificate"},
			{kind: "head", label: "Receiving Settings"},
			{kind: "check", name: "ReqClient", label: "Request Client Authentication", init: ""},
			{kind: "head", label: "Sending Settings"},
			{kind: "check", name: "VerifySrv", label: "Verify Server Certificate", init: "1"},
			{kind: "check", name: "AddCN", label: "Add CN to Verification Items", init: ""},
		}},
	"smime": {title: "S/MIME Settings", cgi: "csmime.cgi", tpl: "c_smime.tpl", menu: "send", items: []item{
		{kind: "radio", name: "Enc", label: "Encryption Settings", init: "send", opts: []string{"always", "Always Encrypt", "send", "Encrypt Only When Sending", "no", "Do Not Encrypt"}},
		{kind: "check", name: "AddSig", label: "Add Digital Signatures", init: "1"},
		{kind: "select", name: "EncAlg", label: "Encryption Algorithm", init: "aes128", opts: []string{"3des", "3DES", "rc2", "RC2-128", "aes128", "AES-128", "aes256", "AES-256"}},
		{kind: "select", name: "SigAlg", label: "Signature Algorithm", init: "sha256", opts: []string{"sha1", "SHA1", "sha256", "SHA256", "sha384", "SHA384", "sha512", "SHA512"}},
		{kind: "check", name: "VerSig", label: "Verify Signature When Receiving", init: "1"},
		{kind: "check", name: "PrtSig", label: "Print Signature When Receiving", init: ""},
	}},
	"ams": {title: "ACCESS MANAGEMENT SYSTEM Settings", cgi: "cams.cgi", tpl: "c_ams.tpl", menu: "license", items: []item{
		{kind: "check", name: "UseAms", label: "Use ACCESS MANAGEMENT SYSTEM", init: "1"},
	}},
}

func (sp *settingPage) id() string {
	for id, p := range settingPages {
		if p == sp {
			return id
		}
	}
	return ""
}

func (sp *settingPage) url(c *ctx, tpl string) string {
	if sp.extra != "" {
		return c.tpl(sp.cgi, tpl, "PolNo", sp.extra)
	}
	return c.tpl(sp.cgi, tpl)
}

func (sp *settingPage) crumbs(c *ctx, title ...string) []string {
	m := menus[sp.menu]
	cr := []string{m.group, "", m.title, c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", sp.menu)}
	if sp.extra != "" {
		cr = append(cr, "IPSec Policy List", c.tpl("cipsec.cgi", "c_ipslist.tpl"), "Register IPSec Policy", c.tpl("cipsec.cgi", "c_ipspol.tpl", "PolNo", sp.extra))
	}
	if len(title) > 0 {
		return append(cr, sp.title, sp.url(c, sp.tpl), title[0])
	}
	return append(cr, sp.title)
}

// stored is what the page shows at first, as a browser would post it.
func (sp *settingPage) stored(c *ctx) url.Values {
	v := url.Values{}
	for n, x := range c.d.sets[sp.id()] {
		if x != "" || !sp.isCheck(n) {
			v.Set(n, x)
		}
	}
	if sp.slot != nil {
		v.Set("KeyNo", strconv.Itoa(*sp.slot(&c.d.pending)))
	}
	return v
}

func (sp *settingPage) isCheck(n string) bool {
	return slices.ContainsFunc(sp.items, func(it item) bool { return it.name == n && it.kind == "check" })
}

// setting answers every request of a settings page.
func setting(id string) func(*ctx) {
	return func(c *ctx) { settingPages[id].serve(c) }
}

func (sp *settingPage) serve(c *ctx) {
	pf := c.v.Get("PageFlag")
	switch {
	case c.exec() && sp.slot == nil && pf == sp.keyTpl && pf != "":
		sp.useNow(c)
	case c.exec():
		sp.save(c)
	case sp.keyTpl != "" && pf == sp.keyTpl:
		sp.keyPage(c, "")
	case c.r.Method == "POST":
		sp.show(c, c.v, "")
	default:
		sp.show(c, sp.stored(c), "")
	}
}

func (sp *settingPage) show(c *ctx, v url.Values, msg string) {
	c.begin("settings", sp.crumbs(c)...)
	c.errBox(msg)
	name := strings.ToUpper(sp.id()) + "_FORM"
	next := sp.keyTpl
	if next == "" {
		next = sp.tpl
	}
	f := c.form(name, sp.cgi, sp.tpl, next, false)
	if sp.extra != "" {
		c.hid(f, "PolNo", sp.extra)
	}
	cancel := c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", sp.menu)
	if sp.extra != "" {
		cancel = c.tpl("cipsec.cgi", "c_ipspol.tpl", "PolNo", sp.extra)
	}
	c.p("%s %s\n<table class=\"SettingTable\">\n", button("OK_Button", "OK", fmt.Sprintf("send_form('%s','%s','Exec_Data')", name, sp.tpl)), button("Cancel_Button", "Cancel", "jump('"+cancel+"')"))
	for _, it := range sp.items {
		x := v.Get(it.name)
		row := func(h string) {
			c.p(`<tr><th><label for="%s">%s:</label></th><td>%s</td></tr>`+"\n", it.name, it.label, h)
		}
		switch it.kind {
		case "head":
			c.p(`<tr><td colspan="2"><h2>%s</h2></td></tr>`+"\n", it.label)
		case "note":
			c.p(`<tr><td colspan="2">%s</td></tr>`+"\n", it.label)
		case "check":
			c.p(`<tr><td colspan="2">%s</td></tr>`+"\n", c.check(f, it.name, it.name, it.label, x == "1"))
		case "text":
			row(c.text(f, it.name, x, `size="40" maxlength="64" `))
		case "num":
			row(c.text(f, it.name, x, `size="6" maxlength="5" `) + fmt.Sprintf(" (%d-%d)", it.min, it.max))
		case "radio":
			h := ""
			for i := 0; i < len(it.opts); i += 2 {
				h += c.radio(f, it.name, it.opts[i], it.opts[i+1], x == it.opts[i], "") + "<br />"
			}
			c.p(`<tr><th>%s:</th><td>%s</td></tr>`+"\n", it.label, h)
		case "select":
			row(c.sel(f, it.name, x, it.opts...))
		case "pass":
			f.add("off", it.name)
			row(c.check(f, it.name+"Chg", it.name+"Chg", "Change "+it.label, false) + fmt.Sprintf(` <input type="password" name="%s" id="%s" disabled="disabled" maxlength="24" />`, it.name, it.name))
			c.p(`<script type="text/javascript">document.getElementById("%sChg").onclick=function(){pass_change(this,"%s");};</script>`+"\n", it.name, it.name)
		case "key":
			no := c.d.pending.tls
			js := "jump('" + sp.url(c, sp.keyTpl) + "')"
			if sp.slot != nil {
				no, _ = strconv.Atoi(v.Get("KeyNo"))
				c.p("<tr><td colspan=\"2\">")
				c.hid(f, "KeyNo", strconv.Itoa(no))
				c.p("</td></tr>\n")
				js = fmt.Sprintf("send_form('%s','%s','Init_Data')", name, sp.keyTpl)
			}
			kn := ""
			if k := c.d.key(no); k != nil {
				kn = esc(k.name)
			}
			c.p(`<tr><th>Key Name:</th><td><span id="KeyNameText">%s</span></td></tr>`+"\n"+`<tr><th>%s:</th><td>%s</td></tr>`+"\n", kn, it.label, button("Key_Button", "Key and Certificate...", js))
		}
	}
	c.p("</table>\n</form>\n")
	c.end()
}

// keyPage is the list to choose a key from; what was typed before goes along.
func (sp *settingPage) keyPage(c *ctx, msg string) {
	c.begin("settings", sp.crumbs(c, "Key and Certificate")...)
	c.errBox(msg)
	next, flag := sp.tpl, "Init_Data"
	f := c.form("KEYSEL_FORM", sp.cgi, sp.keyTpl, next, false)
	cur := c.d.pending.tls
	if sp.slot != nil {
		cur, _ = strconv.Atoi(c.v.Get("KeyNo"))
		for _, it := range sp.items {
			for _, n := range []string{it.name, it.name + "Chg"} {
				if n != "" && n != "Chg" && c.v.Has(n) {
					c.hid(f, n, c.v.Get(n))
				}
			}
		}
		if sp.extra != "" {
			c.hid(f, "PolNo", sp.extra)
		}
	} else {
		next, flag = sp.keyTpl, "Exec_Data"
	}
	can := []string{strconv.Itoa(cur)}
	var rows strings.Builder
	for _, k := range c.d.keys {
		if k.kind == kindAMS || k.kind == kindDevSig || k.cert == nil {
			continue
		}
		no := strconv.Itoa(k.no)
		use := button("Use_"+no, "Use", "key_use('"+no+"')")
		mine := sp.slot != nil && *sp.slot(&c.d.pending) == k.no
		if k.no == cur {
			use = "(Selected)"
		} else if sp.exclusive && !mine && c.d.inUse(k) {
			use = "-"
		} else {
			can = append(can, no)
		}
		fmt.Fprintf(&rows, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), devicetest.Algorithm(k.priv), c.d.useText(k), use)
	}
	c.hid(f, "KeyNo", strconv.Itoa(cur), can...)
	c.p("<p>Select the key and certificate to use.</p>\n")
	if sp.exclusive {
		c.p("<p>* A key used by another function cannot be selected.</p>\n")
	}
	back := "jump('" + sp.url(c, sp.tpl) + "')"
	if sp.slot != nil {
		back = fmt.Sprintf("send_form('KEYSEL_FORM','%s','Init_Data')", sp.tpl)
	}
	c.p("<div class=\"ItemListComponent\"><table class=\"ItemListComponent\"><tr><th>Key Name</th><th>Key Algorithm</th><th>Key Usage</th><th></th></tr>\n%s</table></div>\n%s\n</form>\n", rows.String(), button("Back_Button", "Back", back))
	ask := ""
	if sp.slot == nil {
		ask = `if(!confirm("The key used for TLS communication, including the Remote UI, will be changed. Is it OK to change it?")){return;}`
	}
	c.p("<script type=\"text/javascript\">\n//<![CDATA[\nfunction key_use(no){%s$F(\"KEYSEL_FORM\").KeyNo.value=no;send_form(\"KEYSEL_FORM\",\"%s\",\"%s\");}\n//]]>\n</script>\n", ask, next, flag)
	c.end()
}

// useNow stores the TLS key; there is no OK after it.
func (sp *settingPage) useNow(c *ctx) {
	k := c.keyNo()
	if k == nil || k.cert == nil {
		sp.keyPage(c, "The key cannot be used.")
		return
	}
	c.d.pending.tls = k.no
	c.d.dirty = true
	c.s.notice = "The key and certificate have been set. The change takes effect after the device is restarted."
	sp.show(c, sp.stored(c), "")
}

func (sp *settingPage) save(c *ctx) {
	v, st := c.v, c.d.sets[sp.id()]
	for _, it := range sp.items {
		if it.kind == "num" {
			n, err := strconv.Atoi(v.Get(it.name))
			if err != nil || n < it.min || n > it.max {
				sp.show(c, v, fmt.Sprintf("Enter [%s] within the range from %d to %d.", it.label, it.min, it.max))
				return
			}
		}
	}
	if v.Get("UseTls") == "1" && (v.Get("UseTtls") == "1" || v.Get("UsePeap") == "1") && sp.id() == "dot1x" {
		sp.show(c, v, "TLS cannot be used at the same time as TTLS or PEAP.")
		return
	}
	no, _ := strconv.Atoi(v.Get("KeyNo"))
	needs := v.Get("UseTls") == "1" || v.Get("IkeAuth") == "sig"
	if k := c.d.key(no); sp.slot != nil && (needs || no != 0) && (k == nil || k.cert == nil) {
		sp.show(c, v, "Set [Key and Certificate].")
		return
	}
	for _, it := range sp.items {
		switch {
		case it.kind == "pass":
			if sp.frozen && v.Get(it.name+"Chg") != "" {
				c.d.Violate("%s: the field %q was changed", sp.title, it.label)
			}
		case it.name != "":
			if sp.frozen && v.Get(it.name) != st[it.name] {
				c.d.Violate("%s: the field %q was changed from %q to %q", sp.title, it.label, st[it.name], v.Get(it.name))
			}
			st[it.name] = v.Get(it.name)
		}
	}
	if sp.slot != nil {
		*sp.slot(&c.d.pending) = no
	}
	if sp.menu != "send" {
		c.d.dirty = true
	}
	c.s.notice = "The settings have been registered."
	switch {
	case sp.extra != "":
		c.policyPage(sp.extra)
	case sp.id() == "dot1x" || sp.id() == "ams":
		c.menuPage(sp.menu)
	default:
		sp.show(c, sp.stored(c), "")
	}
}

func (c *ctx) ipsec() {
	pol := c.v.Get("PolNo")
	switch pf := c.v.Get("PageFlag"); {
	case strings.HasPrefix(pf, "c_ike") && (pol == "0" || pol == "1"):
		settingPages["ike"+pol].serve(c)
	case pf == "c_ipspol.tpl":
		c.policyPage(pol)
	default:
		c.begin("settings", "Preferences", "", "Network Settings", c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", "network"), "IPSec Policy List")
		c.p("<p>Use IPSec: On &nbsp; Receive Non-Policy Packets: Allow</p>\n<table class=\"ItemListComponent\"><tr><th>Priority</th><th>Policy Name</th><th>Status</th></tr>\n")
		for i, n := range ipsecNames {
			c.tpl("cipsec.cgi", "c_ipspol.tpl", "PolNo", strconv.Itoa(i))
			c.p("<tr><td>%d</td><td><a href=\"javascript:ips_policy('%d')\">%s</a></td><td>On</td></tr>\n", i+1, i, n)
		}
		c.p("</table>\n<script type=\"text/javascript\">\n//<![CDATA[\nfunction ips_policy(no){jump(\"./cipsec.cgi?Flag=Init_Data&PageFlag=c_ipspol.tpl&FuncTypeFlag=SettingPage&PolNo=\"+no+\"&Dummy=0\");}\n//]]>\n</script>\n")
		c.end()
	}
}

func (c *ctx) policyPage(pol string) {
	no, _ := strconv.Atoi(pol)
	c.begin("settings", "Preferences", "", "Network Settings", c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", "network"), "IPSec Policy List", c.tpl("cipsec.cgi", "c_ipslist.tpl"), "Register IPSec Policy")
	auth := "Pre-Shared Key Method"
	if c.d.sets["ike"+pol]["IkeAuth"] == "sig" {
		auth = "Digital Signature Method"
	}
	c.p("<table class=\"ItemListComponent\">\n<tr><th>Policy Name</th><td>%s</td></tr><tr><th>Status</th><td>On</td></tr><tr><th>Selector Settings</th><td>Local Address: All IPv4 Addresses / Remote Address: 192.0.2.%d / Port: 515, 9100</td></tr><tr><th>IKE</th><td>%s</td></tr><tr><th>IPSec Communication</th><td>ESP, Transport, Validity: 480 min.</td></tr></table>\n", ipsecNames[no], 20+no, auth)
	c.p("%s %s\n", button("Ike_Button", "IKE Settings", "jump('"+c.tpl("cipsec.cgi", "c_ike.tpl", "PolNo", pol)+"')"), button("Back_Button", "Back", "jump('"+c.tpl("cipsec.cgi", "c_ipslist.tpl")+"')"))
	c.end()
}
