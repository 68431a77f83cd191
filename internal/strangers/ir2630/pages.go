package ir2630

import (
	_ "embed"
	"strings"
)

var (
	//go:embed assets/rui.js
	ruiJS string
	//go:embed assets/rui.css
	ruiCSS string
)

type asset struct{ kind, body string }

const dot = "GIF89a\x10\x00\x10\x00\x80\x00\x00\xcc\x66\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x01\x00,\x00\x00\x00\x00\x10\x00\x10\x00\x00\x02\x0e\x84\x8f\xa9\xcb\xed\x0f\xa3\x9c\xb4\xda\x8b\xb3>\x05\x00;"

var assets = map[string]asset{
	"/js/rui.js":            {"text/javascript", ruiJS},
	"/css/rui.css":          {"text/css", ruiCSS},
	"/media/ico_nocert.gif": {"image/gif", dot},
	"/media/ico_cert.gif":   {"image/gif", dot},
	"/media/ico_key.gif":    {"image/gif", dot},
}

var pages, cgis map[string]func(*ctx)

var downloads = map[string]bool{"/cgi/m_keycert_csrsave.cgi": true, "/cgi/m_devsig_export.cgi": true}

func init() {
	pages = map[string]func(*ctx){
		"/portal_top.html": (*ctx).portal, "/logout.cgi": (*ctx).logout,
		"/d_info.html": (*ctx).deviceInfo, "/m_network.html": (*ctx).networkIndex,
		"/m_device.html": (*ctx).deviceIndex, "/restart_device.html": (*ctx).restartPage,
		"/m_keycert.html": (*ctx).keyList, "/m_keycert_detail.html": (*ctx).keyDetail,
		"/m_keycert_verify.html": (*ctx).keyVerify, "/m_keycert_gen.html": (*ctx).genMenu,
		"/m_keycert_gen_net.html": func(c *ctx) { c.genForm("self", "") }, "/m_keycert_gen_csr.html": func(c *ctx) { c.genForm("csr", "") },
		"/m_keycert_gen_sign.html": func(c *ctx) { c.signForm("") }, "/m_keycert_wait.html": (*ctx).genWait,
		"/m_keycert_csr.html": (*ctx).csrPage, "/m_keycert_reg.html": func(c *ctx) { c.regPage("") },
		"/m_devsig_export.html": (*ctx).exportPage, "/m_security.html": (*ctx).tlsPage,
		"/m_security_key.html": (*ctx).tlsKeys, "/m_8021x.html": (*ctx).dot1xPage,
		"/m_8021x_edit.html": (*ctx).dot1xEdit, "/m_8021x_key.html": (*ctx).dot1xKeys,
		"/m_ipsec.html": (*ctx).ipsecList, "/m_ipsec_policy.html": (*ctx).ipsecPolicy,
		"/m_ipsec_ike_edit.html": (*ctx).ikeEdit, "/m_ipsec_ike_keycer.html": (*ctx).ikeKeys,
	}
	cgis = map[string]func(*ctx){
		"/cgi/restart_device.cgi": (*ctx).doRestart, "/cgi/m_keycert_del.cgi": (*ctx).doDelete,
		"/cgi/m_keycert_gen.cgi": (*ctx).doGenMenu, "/cgi/m_keycert_gen_net.cgi": func(c *ctx) { c.doGenerate("self") },
		"/cgi/m_keycert_gen_csr.cgi": func(c *ctx) { c.doGenerate("csr") }, "/cgi/m_keycert_gen_sign.cgi": (*ctx).doSign,
		"/cgi/m_keycert_csrsave.cgi": (*ctx).doCSRSave, "/cgi/m_keycert_reg.cgi": (*ctx).doRegister,
		"/cgi/m_devsig_export.cgi": (*ctx).doExport, "/cgi/m_security_key.cgi": (*ctx).doTLSKey,
		"/cgi/m_8021x_edit.cgi": (*ctx).doDot1x, "/cgi/m_8021x_key.cgi": (*ctx).doDot1xKeys,
		"/cgi/m_8021x_keyset.cgi": (*ctx).doDot1xKey, "/cgi/m_ipsec_ike_edit.cgi": (*ctx).doIKE,
		"/cgi/m_ipsec_ike_key.cgi": (*ctx).doIKEKeys, "/cgi/m_ipsec_ike_keyset.cgi": (*ctx).doIKEKey,
	}
	for p, s := range plain {
		pages[p] = func(c *ctx) { c.show(s[0], s[1], s[2]) }
	}
}

func systemOnly(path string) bool {
	return strings.HasPrefix(path, "/m_") || strings.HasPrefix(path, "/p_") || path == "/restart_device.html"
}

// Pages that say the same every day: area, title, body.
var plain = map[string][3]string{
	"/j_print.html":         {"status", "Print Job Status", noJobs("Document Name", "User Name", "Status", "Time")},
	"/j_copy.html":          {"status", "Copy Job Status", noJobs("No.", "Department ID", "Status", "Time")},
	"/j_tx.html":            {"status", "TX Job Status", noJobs("No.", "Destination", "Type", "Status", "Time")},
	"/j_rx.html":            {"status", "RX Job Status", noJobs("No.", "Type", "Status", "Pages", "Time")},
	"/d_error.html":         {"status", "Error Information", `<p>There are no errors.</p>`},
	"/d_consumables.html":   {"status", "Consumables", `<table class="item">` + row("Drawer 1:", "A4 / Plain / OK") + row("Drawer 2:", "A3 / Plain / OK") + row("Toner (Black):", "60%") + `</table>`},
	"/d_counter.html":       {"status", "Check Counter", `<table class="item">` + row("101: Total 1", "48213") + row("112: Total (Black/Large)", "1904") + row("113: Total (Black/Small)", "46309") + `</table>`},
	"/a_addresslist.html":   {"address", "Address List", noJobs("No.", "Type", "Name", "Destination")},
	"/p_paper_select.html":  {"settings", "Paper Settings", `<table class="item">` + row("Multi-Purpose Tray:", "A4 / Plain 2") + row("Drawer 1:", "A4 / Plain 1") + row("Drawer 2:", "A3 / Plain 1") + `</table>`},
	"/p_timer.html":         {"settings", "Timer Settings", `<table class="item">` + row("Auto Sleep Time:", "1 min.") + row("Auto Reset Time:", "2 min.") + row("Time Zone:", "UTC 00:00") + row("Auto Adjust Time (SNTP):", "On") + `</table>`},
	"/m_user.html":          {"settings", "User Management", `<table class="item">` + row("System Manager Name:", "Office IT") + row("Department ID Management:", "Off") + `</table>`},
	"/m_license.html":       {"settings", "License/Other", `<table class="item">` + row("Register License:", "No license is being processed.") + row("Remote UI:", "On") + row("Remote UI (TLS):", "On") + `</table>`},
	"/m_data.html":          {"settings", "Data Management", `<p>Import and export of settings is not allowed on this device.</p>`},
	"/m_device_info.html":   {"settings", "Device Information Settings", `<table class="item">` + row("Device Name:", model) + row("Location:", "2F Office") + `</table>`},
	"/m_cacert.html":        {"settings", "CA Certificate Settings", `<table class="list"><tr><th>Certificate Name</th><th>Issuer</th></tr><tr><td>Preinstalled 01</td><td>Class 2 Public Primary Root</td></tr><tr><td>Preinstalled 02</td><td>Global Root CA 2</td></tr></table>`},
	"/m_network_tcpip.html": {"settings", "TCP/IP Settings", `<table class="item">` + row("IP Address:", "192.168.14.30") + row("Subnet Mask:", "255.255.255.0") + row("Gateway Address:", "192.168.14.1") + row("Host Name:", "prn-2630-1") + row("Domain Name:", "harbour.example") + `</table>`},
	"/m_network_snmp.html":  {"settings", "SNMP Settings", `<table class="item">` + row("SNMPv1:", "Off") + row("SNMPv3:", "On") + `</table>`},
	"/firewall.html":        {"settings", "Firewall Settings", `<table class="item">` + row("IPv4 Address Filter:", "Off") + row("IPv6 Address Filter:", "Off") + row("MAC Address Filter:", "Off") + `</table>`},
}

func noJobs(cols ...string) string {
	return `<table class="list"><tr><th>` + strings.Join(cols, "</th><th>") + `</th></tr></table><p>There is no data to display.</p>`
}

// Menus of the left column: a heading has no address.
var menus = map[string][][2]string{
	"status": {{"Job Status"}, {"Print", "/j_print.html"}, {"Copy", "/j_copy.html"}, {"TX", "/j_tx.html"}, {"RX", "/j_rx.html"},
		{"Device Status"}, {"Error Information", "/d_error.html"}, {"Consumables", "/d_consumables.html"}, {"Device Information", "/d_info.html"}, {"Check Counter", "/d_counter.html"}},
	"settings": {{"Preferences"}, {"Paper Settings", "/p_paper_select.html"}, {"Timer Settings", "/p_timer.html"}, {"Network Settings", "/m_network.html"},
		{"Management Settings"}, {"User Management", "/m_user.html"}, {"Device Management", "/m_device.html"}, {"License/Other", "/m_license.html"}, {"Data Management", "/m_data.html"}, {"Restart Device", "/restart_device.html"}},
	"address": {{"Address Book"}, {"Address List", "/a_addresslist.html"}},
}

var areaNames = map[string]string{"status": "Status Monitor/Cancel", "settings": "Settings/Registration", "address": "Address Book"}

func head(title string) string {
	return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Remote UI: ` + title + `: ` + model + `: ` + model + `</title><link rel="stylesheet" type="text/css" href="/css/rui.css" />
<script type="text/javascript" src="/js/rui.js"></script></head>`
}

// show sends a page inside the frame of its area. The title's last part stands in the title bar.
func (c *ctx) show(area, title, body string) { c.showHead(area, title, body, "") }

func (c *ctx) showHead(area, title, body, extra string) {
	last := title[strings.LastIndex(title, " > ")+1:]
	last = strings.TrimPrefix(last, "> ")
	user := "General&nbsp;User"
	if c.s.admin {
		user = "System&nbsp;Manager"
	}
	var b strings.Builder
	b.WriteString(strings.Replace(head(last), "</head>", extra+"</head>", 1) + `<body onload="ruiInit()"><div id="header"><span id="deviceName">` + model + `&nbsp;/&nbsp;` + model + `&nbsp;/&nbsp;2F Office</span>
Login User: <span id="userName">` + user + `</span><a href="/portal_top.html">To Portal</a><a href="/logout.cgi">Log Out</a></div>`)
	if m := menus[area]; m != nil {
		b.WriteString(`<div id="navStandard"><h2>` + areaNames[area] + `</h2>`)
		open := false
		for _, i := range m {
			if i[1] == "" {
				if open {
					b.WriteString(`</ul>`)
				}
				b.WriteString(`<h3>` + i[0] + `</h3><ul>`)
				open = true
				continue
			}
			b.WriteString(`<li><a href="` + i[1] + `">` + i[0] + `</a></li>`)
		}
		b.WriteString(`</ul></div>`)
	}
	b.WriteString(`<div id="contents">`)
	if n := areaNames[area]; n != "" {
		b.WriteString(`<div id="navigation">` + n + `: ` + title + `</div><div class="updated">Last Updated : ` + c.d.now().Format("02/01 2006 15:04:05") + `</div>`)
	}
	b.WriteString(`<h1>` + last + `</h1>`)
	if area == "settings" && c.d.cfg != c.d.run {
		b.WriteString(`<p class="notice">Some setting changes are not applied yet. They take effect after the device is restarted. <a href="/restart_device.html">Apply Setting Changes</a></p>`)
	}
	if c.s.notice != "" {
		b.WriteString(`<p class="notice" id="resultMsg">` + c.s.notice + `</p>`)
		c.s.notice = ""
	}
	c.emit(b.String() + body + `</div><div id="footer">Copyright CANON INC. 2020</div></body></html>`)
}

func (c *ctx) errorPage(msg string) {
	c.show("", "Error", `<p class="errText" id="errMsg">`+msg+`</p><p><a href="/portal_top.html">To Portal</a></p>`)
}

func errLine(msg string) string {
	if msg == "" {
		return ""
	}
	return `<p class="errText" id="errMsg">` + msg + `</p>`
}

func (c *ctx) portal() {
	set := ""
	if c.s.admin {
		set = `<div><a href="/p_paper_select.html">Settings/Registration</a></div>`
	}
	c.show("", "Portal", `<div class="cols"><div><h2>Device Basic Information</h2><table class="item">`+row("Device Status:", "Printer: Ready to print. / Scanner: Ready to scan. / Fax: Ready to send or receive fax.")+row("Error Information:", `<a href="/d_error.html">No errors.</a>`)+row("Device Name:", model)+row("Product Name:", model)+row("Location:", "2F Office")+`</table>
<h2>Consumables Information</h2><table class="item">`+row("Drawer 1:", "OK")+row("Toner (Black):", "60%")+`</table></div>
<div id="portalMenu"><div><a href="/j_print.html">Status Monitor/Cancel</a></div>`+set+`<div><a href="/a_addresslist.html">Address Book</a></div></div></div>`)
}

func (c *ctx) deviceInfo() {
	c.show("status", "Device Information", `<h2>Device Information</h2><table class="item">`+row("Device Name:", model)+row("Product Name:", model)+row("Location:", "2F Office")+row("Serial Number:", "2KA04417")+row("Installed Memory:", "2048 MB")+`</table>
<h2>Version Information</h2><table class="item">`+row("Controller:", controller)+row("Boot:", "110.0.2")+row("Engine:", "05.11")+row("Panel:", "102.0.9")+`</table>`)
}

func links(items ...string) string {
	var b strings.Builder
	b.WriteString(`<ul class="index">`)
	for i := 0; i+1 < len(items); i += 2 {
		b.WriteString(`<li><a href="` + items[i+1] + `">` + items[i] + `</a></li>`)
	}
	return b.String() + `</ul>`
}

func (c *ctx) networkIndex() {
	c.show("settings", "Network Settings", links("TCP/IP Settings", "/m_network_tcpip.html", "SNMP Settings", "/m_network_snmp.html", "TLS Settings", "/m_security.html", "IEEE 802.1X Settings", "/m_8021x.html", "IPSec Policy List", "/m_ipsec.html", "Firewall Settings", "/firewall.html"))
}

func (c *ctx) deviceIndex() {
	c.show("settings", "Device Management", links("Device Information Settings", "/m_device_info.html", "Key and Certificate Settings", "/m_keycert.html", "CA Certificate Settings", "/m_cacert.html", "Export Device Signature", "/m_devsig_export.html"))
}

func (c *ctx) restartPage() {
	c.show("settings", "Restart Device", `<p>The device will be restarted. Setting changes that are not applied yet take effect. Remote UI cannot be used while the device is restarting.</p><p>Make sure that no jobs are being processed, and then click [OK].</p>`+
		form("frmRestart", "/cgi/restart_device.cgi", `<div class="btns">`+button("OK", "ruiSubmit('frmRestart', '')")+button("Cancel", "ruiGo('/m_device.html')")+`</div>`))
}

func (c *ctx) doRestart() {
	if c.d.gen != nil && !c.d.gen.done {
		c.errorPage("The device cannot be restarted because a key is being generated. Wait a while, and then try again.")
		return
	}
	c.show("", "Restarting", `<p id="resultMsg">The device is restarting. Wait until the restart is complete, and then log in to Remote UI again.</p><p><a href="/login.html">Log In</a></p>`)
	c.d.reboot()
}
