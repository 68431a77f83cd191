package ipc165

import (
	"crypto/x509"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// group are the values of one settings page, by field name.
type group map[string]string

// item is one field of a settings page.
type item struct {
	name, label, kind string // kind: check, radio, select, text, password
	opts              [][2]string
	max               int
}

type policy struct {
	base, ike group
	key       int
}

type settings struct {
	tls, dot1x, smime, ams group
	tlsKey, dot1xKey       int
	policies               []*policy
}

type smimeCert struct {
	id   int
	cert *x509.Certificate
}

const kept = "********" // shown in place of a stored password

var (
	onOff    = [][2]string{{"1", "On"}, {"0", "Off"}}
	tlsItems = []item{
		{"TLS_MAX", "Maximum Version", "select", same("TLS 1.3", "TLS 1.2"), 0},
		{"TLS_MIN", "Minimum Version", "select", same("TLS 1.2", "TLS 1.1", "TLS 1.0"), 0},
		{"TLS_AESGCM", "AES-GCM (256-bit/128-bit)", "check", nil, 0}, {"TLS_AESCBC", "AES-CBC (256-bit/128-bit)", "check", nil, 0},
		{"TLS_3DES", "3DES-CBC", "check", nil, 0},
	}
	dot1xBasic = []item{
		{"DX_USE", "Use IEEE 802.1X", "check", nil, 0}, {"DX_LOGIN", "Login Name:", "text", nil, 24},
		{"DX_SVCERT", "Verify Authentication Server Certificate", "check", nil, 0},
		{"DX_SVNAME", "Verify Authentication Server Name", "check", nil, 0}, {"DX_SERVER", "Authentication Server Name:", "text", nil, 64},
	}
	dot1xTLS  = []item{{"DX_TLS", "Use TLS", "check", nil, 0}}
	dot1xTTLS = []item{
		{"DX_TTLS", "Use TTLS", "check", nil, 0},
		{"DX_PROTO", "TTLS Settings (TTLS Protocol):", "radio", [][2]string{{"M", "Use MSCHAPv2"}, {"P", "Use PAP"}}, 0},
		{"DX_PEAP", "Use PEAP", "check", nil, 0},
		{"DX_USER", "User Name:", "text", nil, 24}, {"DX_PASS", "Password:", "password", nil, 24},
	}
	policyItems = []item{
		{"PL_NAME", "Policy Name", "text", nil, 24}, {"PL_ON", "Policy On/Off", "radio", onOff, 0},
		{"PL_LOCAL", "Local Address", "select", [][2]string{{"all", "All IP Addresses"}, {"v4", "IPv4 Address"}, {"v6", "IPv6 Address"}}, 0},
		{"PL_REMOTE", "Remote Address", "text", nil, 48}, {"PL_PORT", "Port", "select", [][2]string{{"all", "All Ports"}, {"smtp", "Service Name: SMTP"}, {"http", "Service Name: HTTP"}}, 0},
		{"PL_PFS", "PFS", "check", nil, 0}, {"PL_SA", "Validity of SA (min)", "text", nil, 5},
	}
	ikeItems = []item{
		{"IKE_MODE", "IKE Mode", "radio", [][2]string{{"M", "Main"}, {"A", "Aggressive"}}, 0}, {"IKE_MIN", "Validity: Time (min.) (1-65535)", "text", nil, 5},
		{"IKE_ALG", "Authentication/Encryption Algorithm", "select", [][2]string{{"auto", "Auto"}, {"man", "Manual Settings"}}, 0},
		{"IKE_DH", "DH Group", "select", same("Group14 (2048)", "ECDH-P256", "ECDH-P384"), 0},
		{"IKE_AUTH", "Authentication Method", "radio", [][2]string{{"P", "Pre-Shared Key Method"}, {"S", "Digital Signature Method"}}, 0},
		{"IKE_PSK", "Shared Key", "password", nil, 24},
	}
	smimeItems = []item{
		{"SM_ENC", "Encryption Settings:", "radio", [][2]string{{"1", "Always Encrypt"}, {"2", "Encrypt Only When Sending"}, {"0", "Do Not Encrypt"}}, 0},
		{"SM_SIGN", "Add Digital Signatures", "check", nil, 0},
		{"SM_EALG", "Encryption Algorithm:", "select", same("3DES", "AES128", "AES256"), 0}, {"SM_SALG", "Signature Algorithm:", "select", same("SHA256", "SHA384", "SHA512"), 0},
		{"SM_VER", "Verify Signature When Receiving", "check", nil, 0}, {"SM_PRT", "Print Signature When Receiving", "check", nil, 0},
	}
	amsItems = []item{{"AMS_USE", "Use ACCESS MANAGEMENT SYSTEM", "check", nil, 0}}
)

func factorySettings(tls, dot1x, ipsec int) settings {
	return settings{
		tls:    group{"TLS_MAX": "TLS 1.3", "TLS_MIN": "TLS 1.2", "TLS_AESGCM": "1", "TLS_AESCBC": "1", "TLS_3DES": ""},
		tlsKey: tls, dot1xKey: dot1x,
		dot1x: group{"DX_USE": "1", "DX_LOGIN": "c165-press1", "DX_SVCERT": "1", "DX_SVNAME": "1", "DX_SERVER": "radius.stour.example",
			"DX_TLS": "1", "DX_TTLS": "", "DX_PROTO": "M", "DX_PEAP": "", "DX_USER": "", "DX_PASS": ""},
		policies: []*policy{
			{base: group{"PL_NAME": "Office-PCs", "PL_ON": "1", "PL_LOCAL": "all", "PL_REMOTE": "10.20.0.0/16", "PL_PORT": "http", "PL_PFS": "", "PL_SA": "480"},
				ike: group{"IKE_MODE": "A", "IKE_MIN": "480", "IKE_ALG": "auto", "IKE_DH": "Group14 (2048)", "IKE_AUTH": "P", "IKE_PSK": kept}},
			{base: group{"PL_NAME": "RIP-Servers", "PL_ON": "1", "PL_LOCAL": "v4", "PL_REMOTE": "10.31.4.0/24", "PL_PORT": "all", "PL_PFS": "1", "PL_SA": "240"},
				ike: group{"IKE_MODE": "M", "IKE_MIN": "720", "IKE_ALG": "auto", "IKE_DH": "ECDH-P256", "IKE_AUTH": "S", "IKE_PSK": ""}, key: ipsec},
		},
		smime: group{"SM_ENC": "0", "SM_SIGN": "", "SM_EALG": "AES256", "SM_SALG": "SHA256", "SM_VER": "1", "SM_PRT": ""},
		ams:   group{"AMS_USE": "1"},
	}
}

func (s settings) bindings() bindings {
	b := bindings{tls: s.tlsKey}
	if s.dot1x["DX_TLS"] == "1" {
		b.dot1x = s.dot1xKey
	}
	for _, p := range s.policies {
		if p.ike["IKE_AUTH"] == "S" && p.key != 0 {
			b.ipsec = append(b.ipsec, p.key)
		}
	}
	return b
}

func (d *Device) pending() bool {
	b := d.store.bindings()
	return b.tls != d.active.tls || b.dot1x != d.active.dot1x || !slices.Equal(b.ipsec, d.active.ipsec)
}

// fields writes items as rows of a table.
func (f *form) fields(items []item, g group) {
	f.add("<table>")
	for _, it := range items {
		v, box := g[it.name], ""
		switch it.kind {
		case "check":
			f.add(`<tr><td colspan="2">%s</td></tr>`, f.check1(it.name, it.label, v == "1"))
			continue
		case "radio":
			for _, o := range it.opts {
				box += f.radio(it.name, o[0], o[1], v == o[0], "") + " "
			}
		case "select":
			box = f.sel(it.name, v, false, it.opts...)
		case "password":
			box = f.password(it.name, v, it.max)
		default:
			box = f.text(it.name, v, it.max)
		}
		f.add(`<tr><th>%s</th><td>%s</td></tr>`, labelFor(it), box)
	}
	f.add("</table>")
}

func labelFor(it item) string {
	if it.kind == "radio" {
		return esc(it.label)
	}
	return fmt.Sprintf(`<label for="%s">%s</label>`, it.name, esc(it.label))
}

func collect(items []item, v url.Values) group {
	g := group{}
	for _, it := range items {
		g[it.name] = v.Get(it.name)
	}
	return g
}

// compare notes every setting other than a key that a client changes.
func (d *Device) compare(where string, old, now group) {
	for _, n := range slices.Sorted(maps.Keys(old)) {
		if old[n] != now[n] {
			d.Violate("%s: setting %s changed from %q to %q", where, n, old[n], now[n])
		}
	}
}

const crumbNet = "Settings/Registration: Preferences: Network > "
const noticeApply = "The setting takes effect after [Apply Setting Changes] is performed."

// keySelect is the list of keys from which one is taken by a radio button.
func (c *ctx) keySelect(crumb string, cur, n int, back func(*ctx), chosen func(*ctx, int)) {
	p := c.page("Key and Certificate", crumb+" > Key and Certificate")
	var list []*key
	for _, k := range c.d.keys {
		if k.kind == kindDefault || k.kind == kindUser {
			list = append(list, k)
		}
	}
	f := p.form("SEL_FORM", urlSel, "c_keysel.tpl", []string{"Exec_Data", "Html_Data", "Back_Data"}, func(c *ctx, v url.Values) {
		id, _ := strconv.Atoi(v.Get("KEY_SEL"))
		pg, _ := strconv.Atoi(v.Get("PAGE_NO"))
		switch v.Get("Flag") {
		case "Exec_Data":
			if c.d.key(id) == nil {
				c.keySelect(crumb, cur, pg, back, chosen)
				return
			}
			chosen(c, id)
		case "Back_Data":
			back(c)
		default:
			c.keySelect(crumb, cur, pg, back, chosen)
		}
	})
	pager(p, f, "SEL_FORM", n, len(list))
	f.add(`<div class="ItemListComponent"><table class="List"><tr><th>Use</th><th>Key Name</th><th>Key Usage</th></tr>`)
	for _, k := range pageOf(list, n) {
		extra := ""
		if k.cert == nil {
			extra = ` disabled="disabled"`
		}
		id := strconv.Itoa(k.id)
		f.add(`<tr><td>%s</td><td><label for="KEY_SEL_%s">%s</label></td><td>%s</td></tr>`, f.radio("KEY_SEL", id, "", k.id == cur, extra), id, esc(k.name), c.usageText(k))
	}
	f.add("</table></div>")
	f.b.WriteString(buttons("OK", "rui_need('SEL_FORM','KEY_SEL','Exec_Data','Select a key.')", "Cancel", "rui_submit('SEL_FORM','Back_Data')"))
	p.finish(f)
}

// tlsTabs are two pages that look like tabs.
func (c *ctx) tlsTabs(p *page, on string) {
	for _, t := range [][2]string{{"c_tlskey.tpl", "Key and Certificate Settings"}, {"c_tlsver.tpl", "Version and Algorithm Settings"}} {
		if t[0] == on {
			p.f("<span class=\"TabOn\">%s</span>", t[1])
		} else {
			p.f("<span class=\"Tab\"><a href=\"%s\">%s</a></span>", c.link("/rps/ctls.cgi", "Flag", "Init_Data", "PageFlag", t[0], "FuncTypeFlag", "SettingPage"), t[1])
		}
	}
	p.f("\n")
}

func (c *ctx) tlsKeyTab() {
	p := c.page("TLS Settings", crumbNet+"TLS Settings")
	if c.d.store.tlsKey != c.d.active.tls {
		p.message = noticeApply
	}
	c.tlsTabs(p, "c_tlskey.tpl")
	f := p.form("TLS_FORM", "/rps/ctls.cgi", "c_tlskey.tpl", []string{"Key_Data"}, func(c *ctx, v url.Values) {
		c.keySelect(crumbNet+"TLS Settings", c.d.store.tlsKey, 1, (*ctx).tlsKeyTab, func(c *ctx, id int) {
			c.d.store.tlsKey = id
			c.tlsKeyTab()
		})
	})
	f.add("<table><tr><th>Key Name:</th><td>%s</td></tr><tr><th>Key and Certificate:</th><td>", esc(c.d.keyName(c.d.store.tlsKey)))
	f.b.WriteString(buttons("Key and Certificate...", "rui_submit('TLS_FORM','Key_Data')") + "</td></tr></table>\n")
	p.finish(f)
}

// simple is a settings page with OK and Cancel that stays where it is.
func (c *ctx) simple(p *page, action, tpl, where string, items []item, g group, again func(*ctx)) {
	f := p.form("SET_FORM", action, tpl, []string{"Exec_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		if v.Get("Flag") == "Exec_Data" {
			now := collect(items, v)
			c.d.compare(where, g, now)
			maps.Copy(g, now)
		}
		again(c)
	})
	f.bar("OK", "Exec_Data", "Cancel", "Html_Data")
	f.fields(items, g)
	p.finish(f)
}

func (c *ctx) tlsVersionTab() {
	p := c.page("TLS Settings", crumbNet+"TLS Settings")
	c.tlsTabs(p, "c_tlsver.tpl")
	c.simple(p, "/rps/ctls.cgi", "c_tlsver.tpl", "TLS settings", tlsItems, c.d.store.tls, (*ctx).tlsVersionTab)
}

func (c *ctx) smimePage() {
	c.simple(c.page("S/MIME Settings", "Settings/Registration: Function Settings: Send > S/MIME Settings"), "/rps/csmime.cgi", "c_smime.tpl", "S/MIME settings", smimeItems, c.d.store.smime, (*ctx).smimePage)
}

func (c *ctx) amsPage() {
	c.simple(c.page("ACCESS MANAGEMENT SYSTEM Settings", "Settings/Registration: Management Settings: License/Other > ACCESS MANAGEMENT SYSTEM Settings"),
		"/rps/cams.cgi", "c_ams.tpl", "AMS settings", amsItems, c.d.store.ams, (*ctx).amsPage)
}

// keyed is a page as it stands while a key is being chosen.
type keyed struct {
	g   group
	key int
}

// dot1x has three tabs in one form; choosing a key keeps what was typed.
func (c *ctx) dot1x(dr *keyed, tab int, message string) {
	st := &c.d.store
	if dr == nil {
		dr = &keyed{st.dot1x, st.dot1xKey}
	}
	p := c.page("IEEE 802.1X Settings", crumbNet+"IEEE 802.1X Settings")
	if p.message = message; message == "" && st.bindings().dot1x != c.d.active.dot1x {
		p.message = noticeApply
	}
	all := slices.Concat(dot1xBasic, dot1xTLS, dot1xTTLS)
	f := p.form("DX_FORM", "/rps/cdot1x.cgi", "c_dot1x.tpl", []string{"Exec_Data", "Key_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		st, now := &c.d.store, keyed{collect(all, v), dr.key}
		switch v.Get("Flag") {
		case "Key_Data":
			back := func(c *ctx) { c.dot1x(&now, 2, "") }
			c.keySelect(crumbNet+"IEEE 802.1X Settings", now.key, 1, back, func(c *ctx, id int) { now.key = id; back(c) })
		case "Exec_Data":
			c.d.compare("IEEE 802.1X settings", st.dot1x, now.g)
			if now.g["DX_TLS"] == "1" && (now.g["DX_TTLS"] == "1" || now.g["DX_PEAP"] == "1") {
				c.dot1x(&now, 2, "TLS cannot be used at the same time as TTLS or PEAP.")
				return
			}
			st.dot1x, st.dot1xKey = now.g, now.key
			c.dot1x(nil, 2, "")
		default:
			c.dot1x(nil, 1, "")
		}
	})
	f.bar("OK", "Exec_Data", "Cancel", "Html_Data")
	for i, t := range []string{"Basic Settings", "TLS", "TTLS/PEAP"} {
		f.add(`<span class="Tab" id="tabs%d"><a href="javascript:rui_tab(%d)">%s</a></span>`, i+1, i+1, t)
	}
	f.add(`<div id="tab1">`)
	f.fields(dot1xBasic, dr.g)
	f.add(`</div><div id="tab2" style="display:none">`)
	f.fields(dot1xTLS, dr.g)
	f.add("<p>*Set the default key in [TLS Settings] to use TLS.</p><table><tr><th>Key Name:</th><td>%s</td></tr><tr><th>Key and Certificate:</th><td>", esc(c.d.keyName(dr.key)))
	f.bar("Key and Certificate...", "Key_Data")
	f.add(`</td></tr></table></div><div id="tab3" style="display:none">`)
	f.fields(dot1xTTLS, dr.g)
	f.add("</div>")
	p.end(f)
	p.onload = fmt.Sprintf("rui_tab(%d)", tab)
	p.send()
}

const urlIPSec, crumbIPSec = "/rps/cipsec.cgi", crumbNet + "IPSec Policy List"

func (c *ctx) policyList() {
	p := c.page("IPSec Policy List", crumbIPSec)
	f := p.form("PL_FORM", urlIPSec, "c_ipslst.tpl", []string{"Detail_Data"}, func(c *ctx, v url.Values) {
		if i, err := strconv.Atoi(v.Get("PL_NO")); err == nil {
			c.policyPage(c.d.store.policies[i])
			return
		}
		c.policyList()
	})
	var nums []string
	f.add(`<div class="ItemListComponent"><table class="List"><tr><th>No.</th><th>Policy Name</th><th>On/Off</th></tr>`)
	for i, pl := range c.d.store.policies {
		nums = append(nums, strconv.Itoa(i))
		f.add(`<tr><td>%d</td><td><a href="javascript:policy_edit('%d')">%s</a></td><td>%s</td></tr>`, i+1, i, esc(pl.base["PL_NAME"]), map[string]string{"1": "On", "0": "Off"}[pl.base["PL_ON"]])
	}
	f.add("</table></div>")
	f.scripted("PL_NO", "", nums...)
	p.js(`function policy_edit(n) { rui_set("PL_FORM", "PL_NO", n, "Detail_Data"); }`)
	p.finish(f)
}

func (c *ctx) policyPage(pl *policy) {
	p := c.page("Register IPSec Policy", crumbIPSec+" > Register Policy")
	if c.d.pending() {
		p.message = noticeApply
	}
	f := p.form("PL_FORM", urlIPSec, "c_ipspol.tpl", []string{"Exec_Data", "Ike_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		switch v.Get("Flag") {
		case "Exec_Data":
			now := collect(policyItems, v)
			c.d.compare("IPSec policy "+pl.base["PL_NAME"], pl.base, now)
			pl.base = now
			c.policyList()
		case "Ike_Data":
			c.ikePage(pl, nil, "")
		default:
			c.policyList()
		}
	})
	f.bar("OK", "Exec_Data", "Cancel", "Html_Data")
	f.fields(policyItems, pl.base)
	f.bar("IKE Settings", "Ike_Data")
	p.finish(f)
}

func (c *ctx) ikePage(pl *policy, dr *keyed, message string) {
	if dr == nil {
		dr = &keyed{pl.ike, pl.key}
	}
	p := c.page("IKE", crumbIPSec+" > Register Policy > IKE")
	p.message = message
	f := p.form("IKE_FORM", urlIPSec, "c_ipsike.tpl", []string{"Exec_Data", "Key_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		now := keyed{collect(ikeItems, v), dr.key}
		switch v.Get("Flag") {
		case "Key_Data":
			back := func(c *ctx) { c.ikePage(pl, &now, "") }
			c.keySelect(crumbIPSec+" > Register Policy > IKE", now.key, 1, back, func(c *ctx, id int) { now.key = id; back(c) })
		case "Exec_Data":
			c.d.compare("IKE settings of policy "+pl.base["PL_NAME"], pl.ike, now.g)
			if n, err := strconv.Atoi(now.g["IKE_MIN"]); err != nil || n < 1 || n > 65535 {
				c.ikePage(pl, &now, "Enter the validity within the range from 1 to 65535.")
				return
			}
			if now.g["IKE_AUTH"] == "S" && now.key == 0 {
				c.ikePage(pl, &now, "Set the key and certificate for the digital signature method.")
				return
			}
			pl.ike, pl.key = now.g, now.key
			c.policyPage(pl)
		default:
			c.policyPage(pl)
		}
	})
	f.bar("OK", "Exec_Data", "Cancel", "Html_Data")
	f.fields(ikeItems, dr.g)
	f.add("<table><tr><th>Key Name:</th><td>%s</td></tr><tr><th>Key and Certificate:</th><td>", esc(c.d.keyName(dr.key)))
	f.b.WriteString(buttons("Key and Certificate...", "rui_submit('IKE_FORM','Key_Data')") + "</td></tr></table>\n")
	p.finish(f)
}

const urlSM, crumbSM = "/rps/csmcert.cgi", "Settings/Registration: Management Settings: Device Management > S/MIME Certificate Settings"

func (c *ctx) smimeList() {
	p := c.page("S/MIME Certificate Settings", crumbSM)
	f := p.form("SM_FORM", urlSM, "c_smlst.tpl", []string{"New_Data", "Delete_Data"}, func(c *ctx, v url.Values) {
		i := slices.IndexFunc(c.d.smime, func(s smimeCert) bool { return strconv.Itoa(s.id) == v.Get("SM_SEL") })
		switch {
		case v.Get("Flag") == "New_Data":
			c.smimeRegister("")
		case v.Get("Flag") == "Delete_Data" && i >= 0:
			c.smimeDelete(c.d.smime[i])
		default:
			c.smimeList()
		}
	})
	f.b.WriteString(buttons("Register S/MIME Certificate...", "rui_submit('SM_FORM','New_Data')", "Delete", "rui_need('SM_FORM','SM_SEL','Delete_Data','Select a certificate.')"))
	f.add(`<table class="List"><tr><th>Select</th><th>Issued To</th><th>Issuer</th><th>Serial Number</th></tr>`)
	for _, s := range c.d.smime {
		f.add("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>", f.radio("SM_SEL", strconv.Itoa(s.id), "", false, ""), esc(s.cert.Subject.String()), esc(s.cert.Issuer.String()), colons(s.cert.SerialNumber.Bytes()))
	}
	if len(c.d.smime) == 0 {
		f.add(`<tr><td colspan="4">No S/MIME certificates are registered.</td></tr>`)
	}
	f.add("</table>")
	p.finish(f)
}

func (c *ctx) smimeDelete(s smimeCert) {
	c.ask("Delete S/MIME Certificate", crumbSM+" > Delete", "<p>Delete the following certificate?</p><p>"+esc(s.cert.Subject.String())+"</p>", urlSM, "c_smdel.tpl", "OK", func(c *ctx) {
		c.d.smime = slices.DeleteFunc(c.d.smime, func(o smimeCert) bool { return o.id == s.id })
		c.smimeList()
	}, (*ctx).smimeList)
}

func (c *ctx) smimeRegister(message string) {
	p := c.page("Register S/MIME Certificate", crumbSM+" > Register S/MIME Certificate")
	p.message = message
	f := p.newForm("SM_FORM", urlSM, "c_smreg.tpl", []string{"Exec_Data", "Html_Data"}, true, nil)
	f.run = func(c *ctx, v url.Values) {
		if v.Get("Flag") != "Exec_Data" {
			c.smimeList()
			return
		}
		x, err := devicetest.ReadCertificate(f.file)
		if err != nil {
			c.smimeRegister("The file format is not correct.")
			return
		}
		c.d.nextID++
		c.d.smime = append(c.d.smime, smimeCert{c.d.nextID, x})
		c.smimeList()
	}
	f.upload("SM_FILE")
	f.bar("Register", "Exec_Data", "Cancel", "Html_Data")
	p.finish(f)
}

func (c *ctx) exportSignature() {
	p := c.page("Export Device Signature", "Settings/Registration: Management Settings: Device Management > Export Device Signature")
	p.f("<p>Exports the certificate of the device signature key to a file.</p>\n")
	f := p.form("EXP_FORM", "/rps/cdevsign.cgi", "c_dsexp.tpl", []string{"File_Data"}, func(c *ctx, v url.Values) {
		for _, k := range c.d.keys {
			if k.kind == kindSign {
				c.download("DeviceSignature.cer", "application/x-x509-ca-cert", k.cert)
			}
		}
	})
	f.bar("Start Exporting", "File_Data")
	p.finish(f)
}

// applyJobs shows the jobs that a restart would lose.
func (c *ctx) applyJobs(title string) {
	const urlApply = "/rps/capply.cgi"
	crumb := "Settings/Registration: " + title
	jobs := "<p>The machine will be restarted. Jobs in the following list will be canceled.</p>\n<div class=\"ItemListComponent\">" + noJobs + "</div>"
	c.ask(title, crumb, jobs, urlApply, "c_apply.tpl", "Next", func(c *ctx) {
		c.ask(title, crumb, "<p>Restart the machine now?</p>", urlApply, "c_apply2.tpl", "OK", func(c *ctx) {
			p := c.page("Restart Device", "")
			p.withoutHeader = true
			p.f("<p>The machine is restarting. Wait a while, and then access the Remote UI again.</p>\n")
			p.js(`setTimeout(function () { location.href = "/"; }, 120000);`)
			p.send()
			c.d.reboot()
		}, (*ctx).settingsTop)
	}, (*ctx).settingsTop)
}
