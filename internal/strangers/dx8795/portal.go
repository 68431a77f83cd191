package dx8795

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func (c *ctx) route() {
	d, path := c.d, c.r.URL.Path
	if c.post && !c.checkPost() {
		c.errorPage()
		return
	}
	native := func(tag string) {
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=" + tag + "&Dummy=" + c.dummy())
	}
	switch path {
	case "/", "/rps", "/rps/":
		c.portal()
		return
	case "/usermode", "/usermode/":
		native("PGTAG_CONF_ENV_PAP")
		return
	case "/sysmonitor", "/sysmonitor/":
		native("PGTAG_JOB_PRT_STAT")
		return
	case "/rps/nativetop.cgi":
		c.s.iR = devicetest.Decimal(10)
		http.SetCookie(c.w, &http.Cookie{Name: "iR", Value: c.s.iR, Path: "/", Secure: true})
		if c.v.Get("CorePGTAG") == "PGTAG_JOB_PRT_STAT" {
			c.redirect("/rps/jstatpri.cgi?Flag=Init_Data&PageFlag=j_pri.tpl&CorePGTAG=1&FromTopPage=1&Dummy=" + c.dummy())
			return
		}
		c.redirect("/rps/cindex.cgi?Flag=Init_Data&PageFlag=c_paper.tpl&FuncTypeFlag=SettingPage&FromTopPage=1&Dummy=" + c.dummy())
		return
	case "/rps/logout.cgi":
		delete(d.sessions, c.s.id)
		for _, n := range []string{sessionCookie, "iR"} {
			http.SetCookie(c.w, &http.Cookie{Name: n, Path: "/", MaxAge: -1})
		}
		c.s = nil
		c.redirect("/")
		return
	}
	ck, err := c.r.Cookie("iR")
	if err != nil || c.s.iR == "" || ck.Value != c.s.iR {
		c.errorPage()
		return
	}
	h := map[string]func(){
		"jstatpri": c.jobs, "jstattx": c.jobs, "jstatrx": c.jobs, "jlp": c.jobs, "jls": c.jobs, "jlr": c.jobs,
		"dstatus": c.deviceStatus, "dinfo": c.deviceInfo, "dcounter": c.counter,
		"cindex": c.index, "cview": c.view,
		"ckeylist": c.keyList, "ckeydet": c.keyDetails, "ckeygen": c.keyGen, "cgenstat": c.genStat, "ccsr": c.csr, "ccertreg": c.certReg,
		"ctls": c.tls, "ctlskey": c.tlsKey, "c8021x": c.dot1x, "cipsec": c.ipsec, "cike": c.ike, "cikekey": c.ikeKey, "csip": c.sip,
		"csmime": c.smime, "csmcert": c.smimeCerts, "cdevsig": c.exportSignature, "cbt": c.bluetooth, "cams": c.ams,
		"capply": c.apply, "crestart": c.restartPage,
	}[strings.TrimSuffix(strings.TrimPrefix(path, "/rps/"), ".cgi")]
	if h == nil {
		c.errorPage()
		return
	}
	h()
}

func (c *ctx) portal() {
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Remote UI : Portal : %s : %s</title>
<link rel="stylesheet" type="text/css" href="/media/rui.css" /><script type="text/javascript" src="/media/rui.js"></script></head>
<body class="portal">
<div id="head"><span class="logo">Canon</span> Remote UI : Portal&nbsp;&nbsp;<span id="userName">%s</span><a href="javascript:ruiLogout();">Log Out</a></div>
<div id="menu"><h3>Links</h3><ul>
<li><a href="/sysmonitor/">Status Monitor/Cancel</a></li>
<li><a href="/usermode/">Settings/Registration</a></li>
</ul></div>
<div id="contents"><h2>Device Basic Information</h2>
<table><tr><th>Device Status:</th><td>Printer: Ready to print.<br />Scanner: Ready to scan.<br />Fax: Ready to send or receive fax.</td></tr>
<tr><th>Product Name:</th><td>%s</td></tr>
<tr><th>Device Name:</th><td>mfp-8795-2f</td></tr>
<tr><th>Location:</th><td>2nd floor, print room</td></tr>
</table>
<h2>Consumables Information</h2>
<script type="text/javascript">
//<![CDATA[
var tonerVolInfo = {1:{nm:"Black ",vol:60}};
document.writeln('<table><tr><th>Toner (' + tonerVolInfo[1].nm + '):</th><td>' + tonerVolInfo[1].vol + '%%</td></tr></table>');
//]]>
</script>
<table><tr><th>Drawer 1:</th><td>A4</td></tr><tr><th>Drawer 2:</th><td>A3</td></tr></table>
</div><div id="copyright">Copyright CANON INC. 2020</div></body></html>
`, model, model, adminName, model)
	c.offer("/rps/logout.cgi")
	c.send(b.String())
}

func (c *ctx) statusPage(title string) *page {
	p := c.page(title, "Status Monitor/Cancel : "+esc(title))
	p.status = true
	return p
}

func (c *ctx) jobs() {
	title := map[string]string{"j_pri.tpl": "Print", "j_tx.tpl": "Send", "j_rx.tpl": "Receive", "j_logp.tpl": "Print Log",
		"j_logs.tpl": "Send Log", "j_logr.tpl": "Receive Log"}[c.v.Get("PageFlag")]
	p := c.statusPage(title)
	p.put(`<div class="ItemListComponent"><table><tr><th>No.</th><th>Time</th><th>Document Name</th><th>User Name</th><th>Status</th></tr>
<tr><td colspan="5">There are no jobs.</td></tr></table></div>
`)
	p.send()
}

func (c *ctx) deviceStatus() {
	p := c.statusPage("Device Status")
	p.put("<table>%s%s%s</table>\n", row("Printer:", "Ready to print."), row("Scanner:", "Ready to scan."), row("Fax:", "Ready to send or receive fax."))
	p.send()
}

func (c *ctx) deviceInfo() {
	p := c.statusPage("Device Information")
	p.put("<h3>Device Information</h3>\n<table>%s%s%s%s%s</table>\n", row("Device Name:", "mfp-8795-2f"), row("Product Name:", model),
		row("Serial Number:", "2LX04417"), row("Installation Location:", "2nd floor, print room"), row("Fax:", "IP Fax / Super G3 Fax Board"))
	p.put("<h3>Version Information</h3>\n<table>%s%s%s%s</table>\n", row("Controller:", controller), row("Boot:", bootCode),
		row("Printer Engine:", "12.04"), row("Language (English):", "27.05"))
	p.send()
}

func (c *ctx) counter() {
	p := c.statusPage("Check Counter")
	p.put(`<table id="counters"><tr><th>Counter</th><th>Pages</th></tr></table>
<script type="text/javascript">
//<![CDATA[
function write_value(no, n) { document.writeln('<p>' + no + ': ' + n + '</p>'); }
write_value("113", 218840);
write_value("501", 64213);
//]]>
</script>
`)
	p.send()
}

// items of the index pages: cgi, template, text.
var indexes = map[string]struct {
	group, title string
	items        []string
}{
	"c_paper.tpl":   {"Preferences", "Paper Settings", []string{"cview.cgi", "v_paper.tpl", "Paper Type Management Settings"}},
	"c_timer.tpl":   {"Preferences", "Timer/Energy Settings", []string{"cview.cgi", "v_timer.tpl", "Timer Settings"}},
	"c_common.tpl":  {"Function Settings", "Common", []string{"cview.cgi", "v_out.tpl", "Output Tray Settings"}},
	"c_print.tpl":   {"Function Settings", "Printer", []string{"cview.cgi", "v_prn.tpl", "Printer Settings"}},
	"c_recv.tpl":    {"Function Settings", "Receive/Forward", []string{"cview.cgi", "v_fwd.tpl", "Forwarding Settings"}},
	"c_user.tpl":    {"Management Settings", "User Management", []string{"cview.cgi", "v_auth.tpl", "Authentication Management"}},
	"c_license.tpl": {"Management Settings", "License/Other", []string{"cview.cgi", "v_lic.tpl", "Register License", "cams.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM Settings"}},
	"c_net.tpl": {"Preferences", "Network Settings", []string{"cview.cgi", "v_ipv4.tpl", "IPv4 Settings", "cview.cgi", "v_dns.tpl", "DNS Settings",
		"ctls.cgi", "c_tls.tpl", "TLS Settings", "c8021x.cgi", "c_8021x.tpl", "IEEE 802.1X Settings", "cipsec.cgi", "c_ipseclist.tpl", "IPSec Policy List",
		"csip.cgi", "c_sip.tpl", "SIP Settings", "cbt.cgi", "c_bt.tpl", "Bluetooth Settings", "cview.cgi", "v_snmp.tpl", "SNMP Settings"}},
	"c_send.tpl": {"Function Settings", "Send", []string{"cview.cgi", "v_mail.tpl", "E-Mail/I-Fax Settings", "csmime.cgi", "c_smime.tpl", "S/MIME Settings"}},
	"c_device.tpl": {"Management Settings", "Device Management", []string{"cview.cgi", "v_dev.tpl", "Device Information Settings",
		"ckeylist.cgi", "c_keylist.tpl", "Key and Certificate Settings", "cview.cgi", "v_ca.tpl", "CA Certificate Settings",
		"csmcert.cgi", "c_smcert.tpl", "S/MIME Certificate Settings", "cdevsig.cgi", "c_devsig.tpl", "Export Device Signature",
		"crestart.cgi", "c_restart.tpl", "Restart Device"}},
}

// crumbs is the path above a page; index names the page's index, more are links.
func (c *ctx) crumbs(index string, more ...string) string {
	i := indexes[index]
	s := "Settings/Registration : " + esc(i.group) + " : " + c.a("cindex.cgi", index, i.title)
	for _, m := range more {
		s += " &gt; " + m
	}
	return s
}

func (c *ctx) index() {
	i, ok := indexes[c.v.Get("PageFlag")]
	if !ok {
		c.errorPage()
		return
	}
	p := c.page(i.title, "Settings/Registration : "+esc(i.group)+" : "+esc(i.title))
	p.put("<ul class=\"index\">\n")
	for n := 0; n < len(i.items); n += 3 {
		p.put("<li>%s</li>\n", c.a(i.items[n], i.items[n+1], i.items[n+2]))
	}
	p.put("</ul>\n")
	p.send()
}

// views are pages that only show something here.
var views = map[string][]string{
	"v_paper.tpl": {"c_paper.tpl", "Plain 1:", "64-75 g/m²", "Recycled 1:", "64-75 g/m²"},
	"v_timer.tpl": {"c_timer.tpl", "Auto Reset Time:", "2 min.", "Auto Sleep Time:", "10 min."},
	"v_out.tpl":   {"c_common.tpl", "Tray A:", "Copy, Printer", "Tray B:", "Receive, Fax, Other"},
	"v_prn.tpl":   {"c_print.tpl", "Restrict Printer Jobs:", "Off"},
	"v_fwd.tpl":   {"c_recv.tpl", "Forwarding:", "Off"},
	"v_auth.tpl":  {"c_user.tpl", "User Authentication:", "On", "Login Destination:", "This Device, EXAMPLE"},
	"v_lic.tpl":   {"c_license.tpl", "Registered Licenses:", "Access Management System, Universal Send"},
	"v_ipv4.tpl":  {"c_net.tpl", "IP Address:", "192.0.2.87", "Subnet Mask:", "255.255.255.0", "Gateway Address:", "192.0.2.1"},
	"v_dns.tpl":   {"c_net.tpl", "Host Name:", "mfp-8795-2f", "Domain Name:", "example.com", "Primary DNS Server:", "192.0.2.53"},
	"v_snmp.tpl":  {"c_net.tpl", "Use SNMPv1:", "Off", "Use SNMPv3:", "On"},
	"v_mail.tpl":  {"c_send.tpl", "SMTP Server:", "smtp.example.com"},
	"v_dev.tpl":   {"c_device.tpl", "Device Name:", "mfp-8795-2f", "Location:", "2nd floor, print room"},
	"v_ca.tpl":    {"c_device.tpl", "Example Office Root CA", "2035/06/30", "Example Roots G2", "2038/01/15"},
}

func (c *ctx) view() {
	v := views[c.v.Get("PageFlag")]
	if v == nil {
		c.errorPage()
		return
	}
	items, title := indexes[v[0]].items, ""
	for n := 1; n < len(items); n += 3 {
		if items[n] == c.v.Get("PageFlag") {
			title = items[n+1]
		}
	}
	p := c.page(title, c.crumbs(v[0], esc(title)))
	p.put("<table>\n")
	for n := 1; n < len(v); n += 2 {
		p.put("%s", row(v[n], esc(v[n+1])))
	}
	p.put("</table>\n")
	p.send()
}

// apply is the button Apply Setting Changes; crestart does the same.
func (c *ctx) apply() {
	d := c.d
	if !c.post {
		c.errorPage()
		return
	}
	if d.busy() {
		p := c.page("Apply Setting Changes", "Settings/Registration")
		p.alert = "A key is being generated. Wait until it is complete, and then try again."
		p.send()
		return
	}
	c.w.Header().Set("Connection", "close")
	c.send(`<!DOCTYPE html>
<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Remote UI : Restart : ` + model + `</title><link rel="stylesheet" type="text/css" href="/media/rui.css" /></head>
<body><h1>Restarting the device...</h1><p>The setting changes will be applied by the restart. Wait until the restart is complete, and then log in to the Remote UI again.</p>
<p><a href="/">To Portal</a></p></body></html>
`)
	d.restart()
}

func (c *ctx) restartPage() {
	if c.post {
		c.apply()
		return
	}
	p := c.page("Restart Device", c.crumbs("c_device.tpl", "Restart Device"))
	p.script = "function doRestart() {\n  ruiConfirm('The device will be restarted. Is it OK to continue?', function () { ruiSubmit(document.RESTART_FORM); });\n}\n"
	f := p.form("RESTART_FORM", "crestart.cgi", "Exec_Data", "c_restart.tpl", "c_reboot.tpl")
	f.put("<p>Restarts the device. Jobs that are being processed are canceled.</p>\n%s", buttons(button("Restart", "Restart_Button", "doRestart();")))
	f.end()
	p.send()
}

func get(v url.Values, n string) string { return strings.TrimSpace(v.Get(n)) }
