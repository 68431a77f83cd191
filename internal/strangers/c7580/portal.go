package c7580

import (
	"math/rand/v2"
	"strconv"
)

var handlers = map[string]func(*ctx){}

func on(cgi, tpl string, h func(*ctx)) { handlers[cgi+"|"+tpl] = h }

func (c *ctx) portal() {
	d := c.d
	p := newPage(c, "Remote UI : Portal : "+model+" : "+model)
	for _, u := range []string{"/sysmonitor", "/usermode", "/abook", "/docbox", "/dprint"} {
		d.offered[u+"|"] = true
	}
	p.offer("logout.cgi", "")
	p.f(`<body class="portal">
<div id="header"><img src="/media/canonlogo.gif" alt="Canon" /> <span class="device">Remote UI : Portal</span>
<span class="user">Login User: %s</span>
<script type="text/javascript">//<![CDATA[
logout_link('Log Out');
//]]></script></div>
<div id="portalLeft"><h2>Device Basic Information</h2>
<table class="PropTable"><tr><th>Device Name:</th><td>%s</td></tr><tr><th>Product Name:</th><td>%s</td></tr><tr><th>Location:</th><td>3rd Floor</td></tr>
<tr><th>Printer:</th><td><img src="/media/st_green.gif" alt="" />&nbsp;Ready to print.</td></tr><tr><th>Scanner:</th><td>Ready to scan.</td></tr><tr><th>Fax:</th><td>Ready to send or receive fax.</td></tr></table>
<h2>Consumables Information</h2>
<script type="text/javascript">//<![CDATA[
var tonerVolInfo = {c:60, m:40, y:80, k:20};
write_toner(tonerVolInfo);
//]]></script></div>
<div id="portalRight"><h2>Basic Tools</h2><ul>
<li><a href="/sysmonitor"><img src="/media/ic_sys.gif" alt="" />Status Monitor/Cancel</a></li>
<li><a href="/usermode"><img src="/media/ic_set.gif" alt="" />Settings/Registration</a></li>
<li><a href="/docbox">Access Received/Stored Files</a></li>
<li><a href="/abook">Address Book</a></li>
<li><a href="/dprint">Direct Print</a></li></ul></div>
<div id="footer">Copyright CANON INC. 2016</div></body></html>
`, adminName, model, model)
	c.html(p.String())
}

// nativeTop gives the iR cookie and leads on by a script.
func (c *ctx) nativeTop() {
	cgi, tpl := "dstatus.cgi", "d_tops.tpl"
	switch c.v.Get("CorePGTAG") {
	case "PGTAG_CONF_ENV_PAP":
		cgi, tpl = "cpaper.cgi", "c_paper.tpl"
	case "PGTAG_ADR_USR":
		cgi, tpl = "asublist.cgi", "a_list.tpl"
	case "PGTAG_BOX_USER":
		cgi, tpl = "bpbl.cgi", "b_list.tpl"
	case "PGTAG_DIRC_PDF":
		cgi, tpl = "pprint.cgi", "p_print.tpl"
	}
	if c.s.ir == "" {
		c.s.ir = strconv.Itoa(1000000000 + rand.IntN(1000000000))
	}
	c.setCookie("iR", c.s.ir, 0)
	p := newPage(c, "Remote UI")
	p.offer(cgi, tpl)
	p.f("<body onload=\"top_submit()\">\n<form name=\"TOP_FORM\" action=\"./%s\" method=\"get\">\n", cgi)
	for _, h := range [][2]string{{"Flag", "Init_Data"}, {"PageFlag", tpl}, {"FromTopPage", "1"}, {"Dummy", ""}} {
		p.f("<input type=\"hidden\" name=\"%s\" value=\"%s\" />\n", h[0], h[1])
	}
	p.f("</form>\n</body></html>\n")
	c.html(p.String())
}

type item struct{ text, cgi, tpl string }

var indexes = map[string]struct {
	group, title string
	items        []item
}{
	"c_network.tpl": {"Preferences", "Network Settings", []item{
		{"TCP/IPv4 Settings", "cpaper.cgi", "c_ipv4.tpl"}, {"DNS Settings", "cpaper.cgi", "c_dns.tpl"}, {"TLS Settings", "ctls.cgi", "c_tls.tpl"}, {"SIP Settings", "csip.cgi", "c_sip.tpl"},
		{"IPSec Settings", "cpaper.cgi", "c_ipsec.tpl"}, {"IPSec Policy List", "cipsec.cgi", "c_ipslist.tpl"}, {"IEEE 802.1X Settings", "c8021x.cgi", "c_8021x.tpl"}, {"Bluetooth Settings", "cbt.cgi", "c_bt.tpl"}}},
	"c_send.tpl": {"Function Settings", "Send", []item{
		{"Scan and Send Settings", "cpaper.cgi", "c_scansend.tpl"}, {"E-Mail/I-Fax Settings", "cpaper.cgi", "c_mail.tpl"}, {"S/MIME Settings", "csmime.cgi", "c_smime.tpl"}, {"Fax Settings", "cpaper.cgi", "c_fax.tpl"}}},
	"c_device.tpl": {"Management Settings", "Device Management", []item{
		{"Device Information Settings", "cpaper.cgi", "c_devinfo.tpl"}, {"Key and Certificate Settings", "ckey.cgi", "c_keylist.tpl"}, {"CA Certificate Settings", "cpaper.cgi", "c_cacert.tpl"},
		{"S/MIME Certificate Settings", "csmcert.cgi", "c_smclist.tpl"}, {"Export Device Signature", "cdevsig.cgi", "c_devexp.tpl"}, {"Restart Device", "capply.cgi", "c_restart.tpl"}}},
	"c_license.tpl": {"Management Settings", "License/Other", []item{
		{"Register License", "cpaper.cgi", "c_reglic.tpl"}, {"ACCESS MANAGEMENT SYSTEM Settings", "cams.cgi", "c_ams.tpl"}, {"Remote UI Settings", "cpaper.cgi", "c_rui.tpl"}}},
}

func (c *ctx) index(tpl string) {
	x := indexes[tpl]
	p := c.page("", []crumb{{"Settings/Registration : " + x.group + " : ", "", ""}}, x.title)
	p.f("<ul class=\"index\">\n")
	for _, i := range x.items {
		p.f("<li>%s</li>\n", p.link(i.text, p.jump(i.cgi, i.tpl)))
	}
	p.f("</ul>\n")
	p.done()
}

// plain is a page of the UI that has nothing to do with keys.
func plain(menu, cgi, tpl, head, title, body string) {
	on(cgi, tpl, func(c *ctx) {
		p := c.page(menu, []crumb{{head, "", ""}}, title)
		p.f("%s", body)
		p.done()
	})
}

func init() {
	for tpl := range indexes {
		on("ctop.cgi", tpl, func(c *ctx) { c.index(tpl) })
		x := indexes[tpl]
		for _, i := range x.items {
			if i.cgi == "cpaper.cgi" {
				plain("", i.cgi, i.tpl, "Settings/Registration : "+x.group+" : "+x.title+" > ", i.text, "<p>The settings of this page are locked by the administrator of the system.</p>\n")
			}
		}
	}
	group := ""
	for _, m := range settingMenu {
		if m[0] == "" {
			group = m[1]
		} else if m[0] == "cpaper.cgi" && m[2] != "c_paper.tpl" {
			plain("", m[0], m[2], "Settings/Registration : "+group+" : ", m[1], "<p>The settings of this page are locked by the administrator of the system.</p>\n")
		}
	}
	plain("", "cpaper.cgi", "c_paper.tpl", "Settings/Registration : Preferences : ", "Paper Settings",
		"<table class=\"ListTable\"><tr><th>Paper Source</th><th>Size</th><th>Type</th></tr><tr><td>Drawer 1</td><td>A4</td><td>Plain 2 (64-79 g/m2)</td></tr><tr><td>Drawer 2</td><td>A3</td><td>Plain 2 (64-79 g/m2)</td></tr></table>\n")
	for _, m := range statusMenu {
		if m[0] == "" {
			group = m[1]
			continue
		}
		if m[0][0] == 'j' {
			jobs(m[0], m[2], group, m[1])
		}
	}
	plain("status", "dstatus.cgi", "d_tops.tpl", "Status Monitor/Cancel : Device > ", "Error Information", "<p>There are no errors.</p>\n")
	plain("status", "dcons.cgi", "d_cons.tpl", "Status Monitor/Cancel : Device > ", "Consumables", "<script type=\"text/javascript\">//<![CDATA[\nwrite_toner({c:60, m:40, y:80, k:20});\n//]]></script>\n")
	plain("status", "dcounter.cgi", "d_counter.tpl", "Status Monitor/Cancel : Device > ", "Check Counter",
		"<table class=\"PropTable\"><script type=\"text/javascript\">//<![CDATA[\nwrite_value(\"101\", 884120);\nwrite_value(\"113\", 312345);\nwrite_value(\"123\", 571775);\n//]]></script></table>\n")
	plain("status", "asublist.cgi", "a_list.tpl", "Address Book > ", "Address List", "<script type=\"text/javascript\">//<![CDATA[\nvar adrsList = {};\nwrite_list(adrsList, 'There are no registered destinations.');\n//]]></script>\n")
	plain("status", "bpbl.cgi", "b_list.tpl", "Access Received/Stored Files > ", "Mail Box", "<p>There are no stored files.</p>\n")
	plain("status", "pprint.cgi", "p_print.tpl", "Direct Print > ", "Direct Print", "<p>Direct Print is restricted by the administrator.</p>\n")
	on("dinfo.cgi", "d_info.tpl", func(c *ctx) {
		p := c.page("status", []crumb{{"Status Monitor/Cancel : Device > ", "", ""}}, "Device Information")
		row := func(a ...string) {
			for i := 0; i < len(a); i += 2 {
				p.f("<tr><th>%s:</th><td>%s</td></tr>\n", a[i], a[i+1])
			}
			p.f("</table>\n")
		}
		p.f("<h2>Device Information</h2>\n<table class=\"PropTable\">\n")
		row("Device Name", model, "Product Name", model, "Serial Number", "XYZ01234", "Location", "3rd Floor", "Administrator", "IT Desk", "Max. Print Speed", "80 ppm")
		p.f("<h2>Version Information</h2>\n<table class=\"PropTable\">\n")
		row("Platform", "2.8.1", "Controller", controller+"&nbsp;", "Boot ROM", "13.02", "MEAP Contents", "27.10", "DC Controller", "61.05", "Reader", "07.01", "Feeder", "03.02", "Fax", "22.03", "Language (English)", "71.06")
		p.f("<h2>Options</h2>\n<table class=\"PropTable\">\n")
		row("Super G3 FAX Board", "Installed", "IP Fax Expansion Kit", "Installed", "Digital User Signature PDF Kit", "Not Installed")
		p.done()
	})
}

// jobs is a job list: script data, empty.
func jobs(cgi, tpl, group, title string) {
	on(cgi, tpl, func(c *ctx) {
		p := c.page("status", []crumb{{"Status Monitor/Cancel : " + group + " > ", "", ""}}, title)
		none := "There are no jobs."
		if title == "Log" {
			none = "There are no job logs."
		}
		p.f("<div class=\"ItemListComponent\"><script type=\"text/javascript\">//<![CDATA[\nvar jobList = [];\nwrite_list(jobList, '%s');\n//]]></script></div>\n", none)
		p.done()
	})
}
