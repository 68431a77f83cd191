package adv8595iii

import (
	"slices"
	"strconv"

	"github.com/rekey-go/rekey/internal/devicetest"
)

type menu struct {
	group, title string
	sections     []menuSection
	info         []string // of pages of which this stand-in has the values only
}

type menuSection struct {
	head  string
	items [][3]string // text, cgi, tpl
}

var menus = map[string]*menu{
	"paper": {group: "Preferences", title: "Paper Settings", info: []string{"Drawer 1", "LTR Plain 2", "Drawer 2", "LTR Plain 2", "Drawer 3", "11x17 Plain 2"}},
	"timer": {group: "Preferences", title: "Timer/Energy Settings", info: []string{"Auto Reset Time", "2 min.", "Auto Sleep Time", "10 min.", "Time Zone", "UTC"}},
	"network": {group: "Preferences", title: "Network Settings", sections: []menuSection{
		{"TCP/IP Settings", [][3]string{{"TLS Settings", "ctls.cgi", "c_tls.tpl"}, {"IPSec Policy List", "cipsec.cgi", "c_ipslist.tpl"}, {"SIP Settings", "csip.cgi", "c_sip.tpl"}}},
		{"Network Link", [][3]string{{"IEEE 802.1X Settings", "cdot1x.cgi", "c_dot1x.tpl"}}}}},
	"common": {group: "Function Settings", title: "Common", info: []string{"Paper Output Settings", "Tray A", "Print Priority", "Copy 1, Print 2, Others 3"}},
	"send":   {group: "Function Settings", title: "Send", sections: []menuSection{{"E-Mail/I-Fax Settings", [][3]string{{"S/MIME Settings", "csmime.cgi", "c_smime.tpl"}}}}},
	"user":   {group: "Management Settings", title: "User Management", info: []string{"Authentication Management", "User Authentication", "Department ID Management", "Off"}},
	"device": {group: "Management Settings", title: "Device Management", sections: []menuSection{
		{"Certificate Settings", [][3]string{{"Key and Certificate Settings", "ckeycert.cgi", "c_keylist.tpl"}, {"S/MIME Certificate Settings", "csmcert.cgi", "c_smlist.tpl"}, {"Export Device Signature", "cdsexp.cgi", "c_dsexp.tpl"}}}}},
	"license":  {group: "Management Settings", title: "License/Other", sections: []menuSection{{"", [][3]string{{"ACCESS MANAGEMENT SYSTEM Settings", "cams.cgi", "c_ams.tpl"}}}}},
	"security": {group: "Management Settings", title: "Security Settings", info: []string{"Display Warnings When Default Password Is in Use", "On", "Minimum Password Length", "8"}},
}

var menuOrder = []string{"paper", "timer", "network", "common", "send", "user", "device", "license", "security"}

func (c *ctx) settingsMenu() {
	c.p(`<p><a href="%s">Settings/Registration</a></p><dl>`, esc(c.u("/rps/cconf.cgi", "Flag", "Init_Data", "PageFlag", "c_top.tpl")))
	group := ""
	for _, id := range menuOrder {
		m := menus[id]
		if m.group != group {
			c.p("<dt>%s</dt>", m.group)
			group = m.group
		}
		c.p(`<dd><a href="%s">%s</a></dd>`, esc(c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", id)), m.title)
	}
	c.p(`<dt>&nbsp;</dt><dd><a href="%s">Restart Device</a></dd></dl>`, esc(c.tpl("creboot.cgi", "c_reboot.tpl")))
}

func (c *ctx) confTop() {
	c.begin("settings", "Settings/Registration")
	c.p("<p>Select the item to set from the menu.</p>\n")
	c.end()
}

func (c *ctx) menuPage(id string) {
	m := menus[id]
	if m == nil {
		c.cannot("The specified page cannot be found.")
		return
	}
	c.begin("settings", m.group, "", m.title)
	for _, s := range m.sections {
		if s.head != "" {
			c.p("<h2>%s</h2>\n", s.head)
		}
		c.p("<ul>\n")
		for _, it := range s.items {
			c.p("<li><a href=\"%s\">%s</a></li>\n", esc(c.tpl(it[1], it[2])), it[0])
		}
		c.p("</ul>\n")
	}
	if m.info != nil {
		c.p("<table class=\"ItemListComponent\">\n")
		for i := 0; i < len(m.info); i += 2 {
			c.p("<tr><th>%s</th><td>%s</td></tr>\n", m.info[i], m.info[i+1])
		}
		c.p("</table>\n")
	}
	c.end()
}

// reboot asks, and restarts.
func (c *ctx) reboot() {
	title, text := "Restart Device", "The device will be restarted."
	pf := c.v.Get("PageFlag")
	if pf == "c_apply.tpl" {
		title, text = "Apply Setting Changes", "The device will be restarted to apply the changed settings."
	}
	if c.exec() {
		for _, j := range c.d.jobs {
			if !j.done {
				c.cannot("The device cannot be restarted while a key is being generated.")
				return
			}
		}
		c.begin("settings", title)
		c.b.Reset() // no menu on the last page
		c.head("Remote UI : " + title)
		c.p("<body><h1>%s</h1><p>The device is being restarted. Wait until it has started up, and then access the Remote UI again.</p></body></html>\n", title)
		c.w.Header().Set("Connection", "close")
		c.send()
		c.d.restart()
		return
	}
	c.begin("settings", title)
	c.form("REBOOT_FORM", "creboot.cgi", pf, pf, false)
	c.p("<p>%s Jobs being processed or waiting are canceled. Is it OK to restart?</p>\n%s %s\n</form>\n", text, button("OK_Button", "OK", "send_form('REBOOT_FORM','"+pf+"','Exec_Data')"),
		button("Cancel_Button", "Cancel", "jump('"+c.u("/rps/cconf.cgi", "Flag", "Init_Data", "PageFlag", "c_top.tpl")+"')"))
	c.end()
}

// dsExport hands out the certificate of the device signature.
func (c *ctx) dsExport() {
	if c.exec() {
		for _, k := range c.d.keys {
			if k.kind == kindDevSig {
				c.download("DeviceSignature.cer", "application/x-x509-ca-cert", k.cert)
			}
		}
		return
	}
	c.begin("settings", c.keyCrumbs("Export Device Signature")...)
	c.form("EXPORT_FORM", "cdsexp.cgi", "c_dsexp.tpl", "c_dsexp.tpl", false)
	c.p("<p>Exports the certificate of the device signature. It can also be registered in other devices as an S/MIME certificate.</p>\n%s\n</form>\n", button("Exp_Button", "Start Exporting", "dl_form('EXPORT_FORM')"))
	c.end()
}

// smimeCerts lists, deletes and registers the certificates of others.
func (c *ctx) smimeCerts() {
	pf := c.v.Get("PageFlag")
	switch {
	case c.exec() && pf == "c_smreg.tpl":
		cert, err := devicetest.ReadCertificate(c.file)
		if err != nil {
			c.smimeReg("The format of the specified file is not correct.")
			return
		}
		no := 1
		for _, p := range c.d.peers {
			if thumb(p.der) == thumb(cert.Raw) {
				c.smimeReg("The same certificate is already registered.")
				return
			}
			no = max(no, p.no+1)
		}
		c.d.peers = append(c.d.peers, &peerCert{no, cert.Subject.CommonName, cert.Raw})
		c.smimeList("")
	case c.exec():
		no, _ := strconv.Atoi(c.v.Get("CertNo"))
		c.d.peers = slices.DeleteFunc(c.d.peers, func(p *peerCert) bool { return p.no == no })
		c.smimeList("")
	case pf == "c_smreg.tpl":
		c.smimeReg("")
	default:
		c.smimeList("")
	}
}

func (c *ctx) smimeList(msg string) {
	c.begin("settings", c.keyCrumbs("S/MIME Certificate Settings")...)
	c.errBox(msg)
	f := c.form("SMIME_FORM", "csmcert.cgi", "c_smlist.tpl", "c_smlist.tpl", false)
	c.p("%s %s\n<table class=\"ItemListComponent\"><tr><th>Select</th><th>Issued To</th><th>Certificate Thumbprint</th></tr>\n", button("Reg_Button", "Register S/MIME Certificate...", "jump('"+c.tpl("csmcert.cgi", "c_smreg.tpl")+"')"), button("Del_Button", "Delete", "sm_delete()"))
	for _, p := range c.d.peers {
		c.p("<tr><td>%s</td><td>%s</td></tr>\n", c.radio(f, "CertNo", strconv.Itoa(p.no), esc(p.name), false, ""), thumb(p.der))
	}
	if len(c.d.peers) == 0 {
		c.p("<tr><td colspan=\"3\">No certificates are registered.</td></tr>\n")
	}
	c.p("</table>\n<div id=\"dialogBack\"><div id=\"dialog\"><p>Is it OK to delete the selected S/MIME certificate?</p>%s %s</div></div>\n</form>\n", button("OK_Button", "OK", "send_form('SMIME_FORM','c_smlist.tpl','Exec_Data')"), button("Cancel_Button", "Cancel", "show_dialog(false)"))
	c.p("<script type=\"text/javascript\">\n//<![CDATA[\nfunction sm_delete(){var e=document.getElementsByName(\"CertNo\"),i;for(i=0;i<e.length;i++){if(e[i].checked){show_dialog(true);return;}}alert(\"Select the certificate to delete.\");}\n//]]>\n</script>\n")
	c.end()
}

func (c *ctx) smimeReg(msg string) {
	c.begin("settings", c.keyCrumbs("S/MIME Certificate Settings", c.tpl("csmcert.cgi", "c_smlist.tpl"), "Register S/MIME Certificate")...)
	c.errBox(msg)
	f := c.form("REG_FORM", "csmcert.cgi", "c_smreg.tpl", "c_smlist.tpl", true)
	f.add("file", "CertFile")
	c.p(`<p><label for="CertFile">File Path:</label> <input type="file" name="CertFile" id="CertFile" size="40" /></p>`+"\n%s %s\n</form>\n", button("OK_Button", "Register", "send_form('REG_FORM','c_smreg.tpl','Exec_Data')"), button("Cancel_Button", "Cancel", "jump('"+c.tpl("csmcert.cgi", "c_smlist.tpl")+"')"))
	c.end()
}

// routes are the native pages.
var routes map[string]func(*ctx)

func init() {
	routes = map[string]func(*ctx){
		"asublist.cgi": (*ctx).addressList,
		"jstatpri.cgi": jobPage("Print: Job Status", "There are no print jobs."), "jstattx.cgi": jobPage("Send: Job Status", "There are no send jobs."),
		"jstatrx.cgi": jobPage("Receive: Job Status", "There are no receive jobs."), "jlp.cgi": jobPage("Print: Job Log", "There is no log."),
		"jls.cgi": jobPage("Send: Job Log", "There is no log."), "jlr.cgi": jobPage("Receive: Job Log", "There is no log."),
		"dinfo.cgi": (*ctx).dinfo, "dstatus.cgi": (*ctx).dstatus, "dcounter.cgi": (*ctx).dcounter,
		"cconf.cgi": (*ctx).confTop, "cmenu.cgi": func(c *ctx) { c.menuPage(c.v.Get("MenuID")) },
		"ckeycert.cgi": (*ctx).keyCert, "ckeycert2.cgi": (*ctx).keyDetail, "ckeygen.cgi": (*ctx).keyGen, "csrfile.cgi": (*ctx).csrFile,
		"ctls.cgi": setting("tls"), "cdot1x.cgi": setting("dot1x"), "csip.cgi": setting("sip"), "csmime.cgi": setting("smime"), "cams.cgi": setting("ams"),
		"cipsec.cgi": (*ctx).ipsec, "creboot.cgi": (*ctx).reboot, "cdsexp.cgi": (*ctx).dsExport, "csmcert.cgi": (*ctx).smimeCerts,
	}
}
