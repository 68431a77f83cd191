package advfleet

import (
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// The first make: an English device of the old generation. Framesets, Department
// ID login, no Token, pictures as buttons, forms that are posted to open the key
// list (the machine keeps the unsaved values), no SIP, no Bluetooth.

func framesModel() model {
	return model{
		product: "iR-ADV C255", version: "69.04",
		cred:    Credentials{DepartmentID: "7654321", Password: "2468135"},
		maxKeys: 6, maxTLS: 0x0303, server: "Catwalk",
		genDelay: 400 * time.Millisecond,
		setup:    framesSetup, serve: framesServe,
	}
}

func framesSetup(d *Device) {
	org := pkix.Name{Country: []string{"TW"}, Organization: []string{"Example Office"}}
	named := func(cn string) pkix.Name { n := org; n.CommonName = cn; return n }
	net := d.stock("NetKey1", d.weak.Next(), named("127.0.0.1"), 700, nil)
	vpn := d.stock("VpnKey", d.weak.Next(), named("c255.example.test"), 650, officeCA("Example Office CA", d.cfg.Now()))
	d.stock("ImportedEC", devicetest.Must(devicetest.NewKey("P256")), named("c255-import.example.test"), 300, nil)
	d.policies = []string{"BranchVPN", "Intranet"}
	d.set = binding{tls: net.id, x1: net.id, ipsec: map[int]int{1: vpn.id}}
	d.pages["tls"] = map[string]string{"min": "0", "max": "2", "rc4": "0", "aes": "1"}
	d.pages["1x"] = map[string]string{"use": "1", "login": "c255-2f", "vcert": "1", "vname": "1",
		"sname": "radius.example.test", "tls": "1", "ttls": "0", "proto": "0", "peap": "0"}
	d.pages["pol1"] = map[string]string{"name": "BranchVPN", "on": "1", "local": "0", "remote": "192.0.2.0/24"}
	d.pages["pol2"] = map[string]string{"name": "Intranet", "on": "1", "local": "1", "remote": "198.51.100.7"}
	d.pages["ike1"] = map[string]string{"mode": "0", "time": "480", "auth": "1", "psk": ""}
	d.pages["ike2"] = map[string]string{"mode": "1", "time": "120", "auth": "0", "psk": "s3cretShared"}
}

func framesServe(c *ctx) {
	path := c.r.URL.Path
	switch {
	case path == "/login":
		framesLogin(c)
	case c.s == nil && (path == "/" || path == "/rps/"):
		framesLoginPage(c, "")
	case c.s == nil:
		framesError(c, "The authentication information has been updated or the session has expired. Log in again.")
	case path == "/" || path == "/rps/":
		framesPortal(c)
	case path == "/sysmonitor" || path == "/sysmonitor/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_JOB_PRT_STAT&Dummy=" + c.dummy())
	case path == "/usermode" || path == "/usermode/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_CONF_ENV_PAP&Dummy=" + c.dummy())
	case path == "/rps/nativetop.cgi":
		framesTop(c)
	case path == "/rps/logout.cgi":
		c.logout()
		framesLoginPage(c, "")
	case !strings.HasPrefix(path, "/rps/"):
		framesError(c, "Cannot display the specified page.")
	case !c.entered():
		framesError(c, "Cannot display the specified page.")
	default:
		if h := framesPages[strings.TrimPrefix(path, "/rps/")]; h != nil {
			h(c)
			return
		}
		framesError(c, "Cannot display the specified page.")
	}
}

var framesPages map[string]func(*ctx)

func init() {
	framesPages = map[string]func(*ctx){
		"ctop.cgi": framesBanner, "cmenu.cgi": framesMenu, "jmenu.cgi": framesStatusMenu,
		"jstatpri.cgi": framesJobs, "dinfo.cgi": framesInfo,
		"cpaper.cgi": framesPaper, "cnettop.cgi": framesNetwork, "cdevtop.cgi": framesDevice,
		"ctcpip.cgi": framesAddress,
		"ctls.cgi":   framesTLS, "c8021x.cgi": frames1X, "cipsec.cgi": framesIPSec,
		"ckeylist.cgi": framesKeys, "ckeygen.cgi": framesGenerate, "creboot.cgi": framesReboot,
	}
}

func framesLogin(c *ctx) {
	if !c.post() || !c.d.login(c.r.PostForm.Get("deptid"), c.r.PostForm.Get("password")) {
		framesLoginPage(c, "The ID or PIN is incorrect.")
		return
	}
	c.open("-" + devicetest.Decimal(18))
	to := c.r.PostForm.Get("uri")
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		to = "/"
	}
	c.redirect(to)
}

func framesLoginPage(c *ctx, msg string) {
	c.f(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>Default Authentication : Login : %s</title></head>
<body bgcolor="#FFFFFF" onLoad="document.login.deptid.focus()"><center>
<p><b>CANON</b> &nbsp; %s</p>
<form name="login" action="/login" method="post">
<input type="hidden" name="uri" value="/"><input type="hidden" name="user_type_generic" value="">
<table border=0>
<tr><td>System Manager ID:</td><td><input type="text" name="deptid" id="deptid" maxlength="7"></td></tr>
<tr><td>PIN:</td><td><input type="password" name="password" id="password" maxlength="7"></td></tr>
<tr><td colspan=2><font color="red">%s</font></td></tr>
<tr><td colspan=2 align=right><input type="submit" value="Log In"></td></tr>
</table></form>
<hr><small>Copyright CANON INC. 2012</small></center></body></html>
`, c.d.model.product, c.d.model.product, esc(msg))
	c.flush()
}

func framesError(c *ctx, msg string) {
	c.f(`<html><head><title>Remote UI : Cannot open this page.</title></head><body>
<img src="/media/ms_err.gif" alt="Error"> %s<p><a href="/" target="_top">Portal</a></p></body></html>`, esc(msg))
	c.flush()
}

func framesPortal(c *ctx) {
	c.f(`<html><head><title>Remote UI : Portal : %s</title></head><body bgcolor="#FFFFFF">
<table width="100%%"><tr><td><b>Remote UI</b> %s</td><td align=right><a href="/rps/logout.cgi?Dummy=%s">Log Out</a></td></tr></table>
<h3>Device Basic Information</h3>
<table border=1><tr><td>Device Name</td><td>%s</td></tr><tr><td>Location</td><td>2F</td></tr></table>
<h3>Consumables Information</h3><table border=1><tr><td>Black</td><td>70%%</td></tr></table>
<ul><li><a href="/sysmonitor/">Status Monitor/Cancel</a><li><a href="/usermode">Settings/Registration</a></ul>
<small>Copyright CANON INC. 2012</small></body></html>`, c.d.model.product, c.d.model.product, c.dummy(), c.d.model.product)
	c.flush()
}

func framesTop(c *ctx) {
	c.native()
	menu, page, title := "jmenu.cgi?CorePGTAG=1", "jstatpri.cgi?CorePGTAG=1&amp;FromTopPage=1", "Status Monitor/Cancel"
	if c.v("CorePGTAG") == "PGTAG_CONF_ENV_PAP" {
		menu, page, title = "cmenu.cgi?CorePGTAG=30", "cpaper.cgi?Flag=Init_Data&amp;PageFlag=c_paper.tpl&amp;FromTopPage=1", "Settings/Registration"
	}
	c.f(`<html><head><title>Remote UI : %s : %s</title></head>
<frameset rows="64,*" border=0>
<frame name="TOP" src="/rps/ctop.cgi?Dummy=%[3]s" scrolling="no">
<frameset cols="210,*">
<frame name="MENU" src="/rps/%[4]s&amp;Dummy=%[3]s">
<frame name="CONTENT" src="/rps/%[5]s&amp;Dummy=%[3]s">
</frameset>
<noframes><body>This page uses frames.</body></noframes>
</frameset></html>`, title, c.d.model.product, c.dummy(), menu, page)
	c.flush()
}

func framesBanner(c *ctx) {
	c.f(`<html><head><title>top</title></head><body bgcolor="#333366" text="#FFFFFF" link="#FFFFFF">
<b>Remote UI</b> &nbsp; %s &nbsp; <a href="/" target="_top">Portal</a> |
<a href="/rps/logout.cgi?Dummy=%s" target="_top">Log Out</a></body></html>`, c.d.model.product, c.dummy())
	c.flush()
}

func framesStatusMenu(c *ctx) {
	c.f(`<html><body><b>Status Monitor/Cancel</b><br>
<a href="/rps/jstatpri.cgi?CorePGTAG=1&amp;Dummy=%[1]s" target="CONTENT">Print</a><br>
<a href="/rps/dinfo.cgi?CorePGTAG=13&amp;Dummy=%[1]s" target="CONTENT">Device Information</a></body></html>`, c.dummy())
	c.flush()
}

func framesMenu(c *ctx) {
	c.f(`<html><body><b>Preferences</b><br>
&nbsp;<a href="/rps/cpaper.cgi?Flag=Init_Data&amp;PageFlag=c_paper.tpl&amp;Dummy=%[1]s" target="CONTENT">Paper Settings</a><br>
&nbsp;<a href="/rps/cnettop.cgi?Flag=Init_Data&amp;PageFlag=c_nettop.tpl&amp;Dummy=%[1]s" target="CONTENT">Network Settings</a><br>
<b>Management Settings</b><br>
&nbsp;<a href="/rps/cdevtop.cgi?Flag=Init_Data&amp;PageFlag=c_devtop.tpl&amp;Dummy=%[1]s" target="CONTENT">Device Management</a><br>
<hr><a href="/rps/creboot.cgi?Flag=Init_Data&amp;PageFlag=c_reboot.tpl&amp;Dummy=%[1]s" target="CONTENT">Apply Setting Changes</a></body></html>`, c.dummy())
	c.flush()
}

func (c *ctx) frameHead(crumb, title string) {
	c.f(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><title>%[2]s</title></head>
<body bgcolor="#FFFFFF"><small>%[1]s</small><h3>%[2]s</h3><div align=right>Last Updated : %[3]s</div>
`, crumb, title, c.d.cfg.Now().Format("02/01/2006 15:04:05"))
}

func (c *ctx) frameFoot() {
	c.f("<hr><small>Copyright CANON INC. 2012</small></body></html>\n")
	c.flush()
}

func framesJobs(c *ctx) {
	c.frameHead("Status Monitor/Cancel", "Print")
	c.f("<p>There are no jobs.</p>")
	c.frameFoot()
}

func framesInfo(c *ctx) {
	c.frameHead("Status Monitor/Cancel", "Device Information")
	c.f(`<table border=1><tr><td>Product Name:</td><td>%s</td></tr><tr><td>Serial Number:</td><td>QLA00255</td></tr></table>
<h4>Version Information</h4>
<table border=1><tr><td>Controller:</td><td>%s</td></tr><tr><td>Printer:</td><td>15.02</td></tr></table>`,
		c.d.model.product, c.d.model.version)
	c.frameFoot()
}

func framesPaper(c *ctx) {
	c.frameHead("Settings/Registration: Preferences", "Paper Settings")
	c.f("<table border=1><tr><td>Drawer 1</td><td>A4</td></tr></table>")
	c.frameFoot()
}

func (c *ctx) frameItems(items ...[2]string) {
	c.f("<ul>\n")
	for _, it := range items {
		c.f(`<li><a href="/rps/%s&amp;Dummy=%s">%s</a></li>`+"\n", strings.ReplaceAll(it[0], "&", "&amp;"), c.dummy(), it[1])
	}
	c.f("</ul>\n")
}

func framesNetwork(c *ctx) {
	c.frameHead("Settings/Registration: Preferences", "Network Settings")
	c.frameItems([2]string{"ctcpip.cgi?Flag=Init_Data&PageFlag=c_tcpip.tpl", "TCP/IP Settings"},
		[2]string{"ctls.cgi?Flag=Init_Data&PageFlag=c_tls.tpl", "TLS Settings"},
		[2]string{"c8021x.cgi?Flag=Init_Data&PageFlag=c_8021x.tpl", "IEEE 802.1X Settings"},
		[2]string{"cipsec.cgi?Flag=Init_Data&PageFlag=c_ipsec.tpl", "IPSec Policy List"})
	c.frameFoot()
}

func framesDevice(c *ctx) {
	c.frameHead("Settings/Registration: Management Settings", "Device Management")
	c.frameItems([2]string{"ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl", "Key and Certificate Settings"})
	c.frameFoot()
}

func framesAddress(c *ctx) {
	c.frameHead("Settings/Registration: Preferences: Network Settings", "TCP/IP Settings")
	c.f("<table border=1><tr><td>IP Address:</td><td>%s</td></tr></table>", esc(c.host()))
	c.frameFoot()
}

func framesReboot(c *ctx) {
	if c.post() {
		if c.v("Flag") != "Exec_Data" || !c.from("c_reboot.tpl") {
			framesError(c, "Cannot display the specified page.")
			return
		}
		c.frameHead("Settings/Registration", "Apply Setting Changes")
		c.f("<p>The device is restarting. Wait a while, then log in again.</p>")
		c.frameFoot()
		c.d.restart()
		return
	}
	c.saw("c_reboot.tpl")
	c.frameHead("Settings/Registration", "Apply Setting Changes")
	c.f(`<form name="frm" method="post" action="/rps/creboot.cgi">%s
<p>The device restarts and the changed settings become effective.</p>
<input type="submit" value="Apply Setting Changes"></form>`, c.frameHidden("Exec_Data", "creboot.cgi", "c_reboot.tpl"))
	c.frameFoot()
}

// frameHidden are the fields every form of this make carries.
func (c *ctx) frameHidden(flag, cgi, tpl string) string {
	return fmt.Sprintf(`<input type="hidden" name="Flag" value="%s"><input type="hidden" name="PageFlag" value="%s">
<input type="hidden" name="CoreNXAction" value="./%s"><input type="hidden" name="CoreNXPage" value="%s">
<input type="hidden" name="CoreNXFlag" value="Init_Data"><input type="hidden" name="Dummy" value="%s">
`, flag, tpl, cgi, tpl, c.dummy())
}
