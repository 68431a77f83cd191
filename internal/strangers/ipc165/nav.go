package ipc165

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"slices"
)

const (
	tagStatus   = "PGTAG_DEV_STAT"
	tagSettings = "PGTAG_CONF_ENV_PAP"
)

var paths = []string{
	"/", "/rps/", "/portal", "/sysmonitor", "/sysmonitor/", "/usermode", "/acct/", "/login",
	"/rps/nativetop.cgi", "/rps/logout.cgi", "/rps/dstatus.cgi", "/rps/dinfo.cgi", "/rps/jstatpri.cgi",
	"/rps/jlp.cgi", "/rps/jls.cgi", "/rps/cmenu.cgi", "/rps/ckeycert.cgi", "/rps/ckeygen.cgi", "/rps/ckeysel.cgi",
	"/rps/ctls.cgi", "/rps/cdot1x.cgi", "/rps/cipsec.cgi", "/rps/csmime.cgi", "/rps/csmcert.cgi",
	"/rps/cdevsign.cgi", "/rps/cams.cgi", "/rps/capply.cgi",
}

func knownPath(p string) bool { return slices.Contains(paths, p) }

const ruiJS = `// rui_common.js
function rui_time() { return (new Date()).getTime(); }
function rui_submit(name, flag) {
  var f = document.forms[name];
  f.elements["Flag"].value = flag;
  f.elements["Dummy"].value = rui_time();
  f.submit();
}
function rui_set(name, field, value, flag) {
  document.forms[name].elements[field].value = value;
  rui_submit(name, flag);
}
function rui_picked(name, field) {
  var r = document.forms[name].elements[field];
  if (!r) { return null; }
  if (!r.length) { return r.checked ? r.value : null; }
  for (var i = 0; i < r.length; i++) { if (r[i].checked) { return r[i].value; } }
  return null;
}
function rui_need(name, field, flag, text) {
  if (rui_picked(name, field) == null) { alert(text); return; }
  rui_submit(name, flag);
}
function rui_logout(url) { location.href = url.replace(/Dummy=\d+/, "Dummy=" + rui_time()); }
function rui_tab(n) {
  for (var i = 1; document.getElementById("tab" + i); i++) {
    document.getElementById("tab" + i).style.display = (i == n) ? "block" : "none";
    document.getElementById("tabs" + i).className = (i == n) ? "TabOn" : "Tab";
  }
}
`

const ruiCSS = `body{font:13px Arial,sans-serif;margin:0;color:#222}
#header{background:#333;color:#fff;padding:8px 14px}#header a{color:#fff}.Model{font-weight:bold;margin-right:40px}
#menu{float:left;width:210px;padding:8px;background:#eee;min-height:600px}#menu ul{margin:2px 0 8px;padding-left:18px}
#contents{margin-left:240px;padding:8px}.Message{color:#a00}.Crumb,.Updated,.Copyright{color:#666;font-size:11px}
table.List{border-collapse:collapse}table.List td,table.List th{border:1px solid #999;padding:3px 8px;text-align:left}
fieldset.ButtonArea{border:0;padding:8px 0}.Tab,.TabOn{display:inline-block;padding:4px 10px;border:1px solid #999;background:#ddd}
.TabOn{background:#fff;border-bottom:0;font-weight:bold}#loginBox{margin:60px auto;width:360px}
`

// serveStatic answers for scripts, styles and pictures.
func serveStatic(c *ctx) bool {
	h := c.w.Header()
	switch c.r.URL.Path {
	case "/rps/js/rui_common.js":
		h.Set("Content-Type", "application/x-javascript")
		fmt.Fprint(c.w, ruiJS)
	case "/rps/css/rui.css":
		h.Set("Content-Type", "text/css")
		fmt.Fprint(c.w, ruiCSS)
	case "/rps/media/ico_nocert.gif", "/rps/media/ms_err.gif":
		h.Set("Content-Type", "image/gif")
		b, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
		c.w.Write(b)
	case "/favicon.ico", "/robots.txt":
		c.w.WriteHeader(http.StatusNotFound)
	default:
		return false
	}
	return true
}

// get shows a page by its address.
func (c *ctx) get() {
	q := c.r.URL.Query()
	switch c.r.URL.Path {
	case "/", "/rps/", "/portal":
		c.portal()
		return
	case "/sysmonitor", "/sysmonitor/":
		c.redirect(c.addr("/rps/nativetop.cgi", "RUIPNxBundle", "", "CorePGTAG", tagStatus))
		return
	case "/usermode":
		c.redirect(c.addr("/rps/nativetop.cgi", "RUIPNxBundle", "", "CorePGTAG", tagSettings))
		return
	case "/acct/":
		c.portalPage("Press Accounting", `<p>No report is available.</p><p><a href="/portal">To Portal</a></p>`)
		return
	case "/rps/nativetop.cgi":
		c.nativeTop(q.Get("CorePGTAG"))
		return
	case "/rps/logout.cgi":
		c.logout()
		return
	}
	if ck, err := c.r.Cookie(nativeCookie); err != nil || ck.Value != c.s.ir {
		c.cannotOpen()
		return
	}
	show := map[string]func(*ctx){
		"/rps/dstatus.cgi d_tops.tpl":    (*ctx).statusTop,
		"/rps/dinfo.cgi d_info.tpl":      (*ctx).deviceInfo,
		"/rps/jstatpri.cgi j_stat.tpl":   func(c *ctx) { c.jobs("Print Job Status", "/rps/jstatpri.cgi") },
		"/rps/jlp.cgi j_logp.tpl":        func(c *ctx) { c.jobs("Print Job Log", "/rps/jlp.cgi") },
		"/rps/jls.cgi j_logs.tpl":        func(c *ctx) { c.jobs("Send Job Log", "/rps/jls.cgi") },
		"/rps/cmenu.cgi c_top.tpl":       (*ctx).settingsTop,
		"/rps/cmenu.cgi c_net.tpl":       func(c *ctx) { c.index("Network", "Preferences", netItems) },
		"/rps/cmenu.cgi c_send.tpl":      func(c *ctx) { c.index("Send", "Function Settings", sendItems) },
		"/rps/cmenu.cgi c_dev.tpl":       func(c *ctx) { c.index("Device Management", "Management Settings", devItems) },
		"/rps/cmenu.cgi c_lic.tpl":       func(c *ctx) { c.index("License/Other", "Management Settings", licItems) },
		"/rps/ckeycert.cgi c_keylst.tpl": (*ctx).keys,
		"/rps/ctls.cgi c_tlskey.tpl":     (*ctx).tlsKeyTab,
		"/rps/ctls.cgi c_tlsver.tpl":     (*ctx).tlsVersionTab,
		"/rps/cdot1x.cgi c_dot1x.tpl":    func(c *ctx) { c.dot1x(nil, 1, "") },
		"/rps/cipsec.cgi c_ipslst.tpl":   (*ctx).policyList,
		"/rps/csmime.cgi c_smime.tpl":    (*ctx).smimePage,
		"/rps/csmcert.cgi c_smlst.tpl":   (*ctx).smimeList,
		"/rps/cdevsign.cgi c_dsexp.tpl":  (*ctx).exportSignature,
		"/rps/cams.cgi c_ams.tpl":        (*ctx).amsPage,
		"/rps/capply.cgi c_apply.tpl":    func(c *ctx) { c.applyJobs("Apply Setting Changes") },
		"/rps/capply.cgi c_restart.tpl":  func(c *ctx) { c.applyJobs("Restart Device") },
	}[c.r.URL.Path+" "+q.Get("PageFlag")]
	if show == nil || q.Get("Flag") != "Init_Data" {
		c.cannotOpen()
		return
	}
	show(c)
}

func (c *ctx) portalPage(title, body string) {
	fmt.Fprintf(c.w, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>%s : %s&nbsp;: %s</title>
<link rel="stylesheet" type="text/css" href="/rps/css/rui.css" />
<script type="text/javascript" src="/rps/js/rui_common.js"></script>
</head>
<body>
<div id="header"><span class="Model">%s</span> <span class="Tools">Login User: %s | <a href="javascript:rui_logout('%s')">Log Out</a></span></div>
%s
<p class="Copyright">Copyright CANON INC. 2020</p>
</body></html>
`, title, modelName, modelName, modelName, adminName, c.link("/rps/logout.cgi"), body)
}

func (c *ctx) portal() {
	for _, u := range []string{"/sysmonitor", "/acct/", "/usermode", "/portal"} {
		c.d.offer(u)
	}
	c.portalPage("Portal", fmt.Sprintf(`<div id="portal">
<h2>Device Basic Information</h2>
<table class="List"><tr><th>Device Name</th><td>%s</td></tr><tr><th>Location</th><td>Press room 1</td></tr><tr><th>Printer</th><td>Ready to print.</td></tr></table>
<h2>Consumables Information</h2>
<table class="List"><tr><th>Black</th><td>OK</td></tr><tr><th>Cyan</th><td>OK</td></tr><tr><th>Magenta</th><td>OK</td></tr><tr><th>Yellow</th><td>OK</td></tr></table>
<h2>Tools</h2>
<ul>
<li><a href="/sysmonitor">Status Monitor/Cancel</a></li>
<li><a href="/acct/">Press Accounting</a></li>
<li><a href="/usermode">Settings/Registration</a></li>
</ul>
</div>`, modelName))
}

// nativeTop enters the native UI and goes on by script.
func (c *ctx) nativeTop(tag string) {
	n, _ := rand.Int(rand.Reader, big.NewInt(1<<31))
	c.s.ir = n.String()
	http.SetCookie(c.w, &http.Cookie{Name: nativeCookie, Value: c.s.ir, Path: "/"})
	to := c.addr("/rps/cmenu.cgi", "Flag", "Init_Data", "PageFlag", "c_top.tpl", "FuncTypeFlag", "SettingPage", "FromTopPage", "1")
	switch tag {
	case tagStatus, "PGTAG_JOB_PRT_STAT":
		to = c.addr("/rps/dstatus.cgi", "Flag", "Init_Data", "CorePGTAG", "11", "PageFlag", "d_tops.tpl", "FromTopPage", "1")
	}
	fmt.Fprintf(c.w, `<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><title>Remote UI</title>
<script type="text/javascript">
//<![CDATA[
function go() { location.replace("%s"); }
//]]>
</script></head><body onload="go()"><noscript><p>Enable JavaScript in the Web browser.</p></noscript></body></html>
`, to)
}

type menuItem struct{ label, path, tpl string }

var (
	netItems = []menuItem{
		{"TLS Settings", "/rps/ctls.cgi", "c_tlskey.tpl"},
		{"IEEE 802.1X Settings", "/rps/cdot1x.cgi", "c_dot1x.tpl"},
		{"IPSec Policy List", "/rps/cipsec.cgi", "c_ipslst.tpl"},
	}
	sendItems = []menuItem{{"S/MIME Settings", "/rps/csmime.cgi", "c_smime.tpl"}}
	devItems  = []menuItem{
		{"Key and Certificate Settings", "/rps/ckeycert.cgi", "c_keylst.tpl"},
		{"S/MIME Certificate Settings", "/rps/csmcert.cgi", "c_smlst.tpl"},
		{"Export Device Signature", "/rps/cdevsign.cgi", "c_dsexp.tpl"},
		{"Restart Device", "/rps/capply.cgi", "c_restart.tpl"},
	}
	licItems    = []menuItem{{"ACCESS MANAGEMENT SYSTEM Settings", "/rps/cams.cgi", "c_ams.tpl"}}
	statusItems = []menuItem{
		{"Device Status", "/rps/dstatus.cgi", "d_tops.tpl"},
		{"Device Information", "/rps/dinfo.cgi", "d_info.tpl"},
		{"Print Job Status", "/rps/jstatpri.cgi", "j_stat.tpl"},
		{"Print Job Log", "/rps/jlp.cgi", "j_logp.tpl"},
		{"Send Job Log", "/rps/jls.cgi", "j_logs.tpl"},
	}
)

func (c *ctx) items(list []menuItem) string {
	s := "<ul>\n"
	for _, m := range list {
		s += fmt.Sprintf("<li><a href=\"%s\">%s</a></li>\n", c.link(m.path, "Flag", "Init_Data", "PageFlag", m.tpl, "FuncTypeFlag", "SettingPage"), m.label)
	}
	return s + "</ul>\n"
}

func (c *ctx) settingsMenu() {
	m := func(label, tpl string) []menuItem { return []menuItem{{label, "/rps/cmenu.cgi", tpl}} }
	mark := ""
	if c.d.pending() {
		mark = "<p class=\"Message\">*Settings that are not in effect yet exist.</p>\n"
	}
	fmt.Fprintf(c.w, "<p><b>Settings/Registration</b></p>\n%s%s<p>Preferences</p>%s<p>Function Settings</p>%s<p>Management Settings</p>%s",
		c.items([]menuItem{{"Apply Setting Changes", "/rps/capply.cgi", "c_apply.tpl"}}), mark,
		c.items(m("Network", "c_net.tpl")), c.items(m("Send", "c_send.tpl")),
		c.items([]menuItem{{"Device Management", "/rps/cmenu.cgi", "c_dev.tpl"}, {"License/Other", "/rps/cmenu.cgi", "c_lic.tpl"}}))
}

func (c *ctx) statusMenu() {
	fmt.Fprintf(c.w, "<p><b>Status Monitor/Cancel</b></p>\n%s", c.items(statusItems))
}

func (c *ctx) settingsTop() {
	p := c.page("Settings/Registration", "Settings/Registration")
	p.f("<p>Select an item from the menu on the left.</p>\n")
	p.send()
}

func (c *ctx) index(title, group string, list []menuItem) {
	p := c.page(title, "Settings/Registration: "+group+": "+title)
	p.b.WriteString(c.items(list))
	p.send()
}

func (c *ctx) statusPage(title string) *page {
	p := c.page(title, "Status Monitor/Cancel: "+title)
	p.status = true
	return p
}

func (c *ctx) statusTop() {
	p := c.statusPage("Device Status")
	p.f("<table class=\"List\"><tr><th>Printer</th><td>Ready to print.</td></tr><tr><th>Scanner</th><td>Ready to scan.</td></tr></table>\n")
	p.send()
}

func (c *ctx) deviceInfo() {
	p := c.statusPage("Device Information")
	p.f(`<h3>Device Basic Information</h3>
<table class="List"><tr><th>Product Name</th><td>%s</td></tr><tr><th>Serial Number</th><td>QWT04417</td></tr><tr><th>Location</th><td>Press room 1</td></tr></table>
<h3>Version Information</h3>
<table class="List" id="version"></table>
`, modelName)
	// The versions are a table in script, as on the status pages of the family.
	p.js("var verInfo = [{nm:\"Controller\",vr:\"%s \"},{nm:\"DCON\",vr:\"26.04 \"},{nm:\"RCON\",vr:\"12.01 \"},{nm:\"ECO\",vr:\"01.10 \"}];", controller)
	p.js(`function version_table() {
  var t = document.getElementById("version");
  for (var i = 0; i < verInfo.length; i++) {
    var r = t.insertRow(-1);
    r.insertCell(0).innerHTML = "<b>" + verInfo[i].nm + "</b>";
    r.insertCell(1).innerHTML = verInfo[i].vr;
  }
}`)
	p.onload = "version_table()"
	p.send()
}

const noJobs = `<table class="List"><tr><th>Job Number</th><th>Job Name</th><th>User Name</th><th>Status</th></tr><tr><td colspan="4">There are no jobs.</td></tr></table>`

func (c *ctx) jobs(title, _ string) {
	p := c.statusPage(title)
	p.f("<div class=\"ItemListComponent\">%s</div>\n", noJobs)
	p.send()
}
