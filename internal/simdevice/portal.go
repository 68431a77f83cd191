package simdevice

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
)

// portalPage is the page one sees after the login.
func (x *exchange) portalPage() {
	l := x.l
	p := x.newPage(PagePortal, x.title(l.text(wPortal)))
	p.put("<h1>%s</h1><p>%s / %s</p>", x.d.cfg.Model, x.d.cfg.Model, x.d.cfg.Hostname)
	p.logOut()
	p.entry("status", l.text(wStatus), tagStatus, "/sysmonitor")
	p.entry("settings", l.text(wSettings), tagSettings, "/usermode")
	p.put(`<span class="%s">%s %s</span>`, l.name("class.updated"), l.text(wUpdated)+"：", x.stamp())
	p.close()
}

// entry is a way from the portal into the native UI.
func (p *page) entry(key, label, tag, shortcut string) {
	if p.l.small() {
		kind := PageSettings
		if tag == tagStatus {
			kind = PageStatus
		}
		p.raw("<div>")
		p.link("entry."+key, label, target{kind: kind})
		p.raw("</div>")
		return
	}
	to := fmt.Sprintf("%s%s?RUIPNxBundle=&CorePGTAG=%s", pathRPS, cgiEntry, tag)
	fn := p.l.name("fn.entry." + key)
	switch p.l.pick("portal.links", 4) {
	case 0:
		p.put(`<div><a href="%s">%s</a></div>`, to+"&Dummy="+p.x.dummy(), label)
	case 1:
		p.put(`<div><a href="%s">%s</a></div>`, shortcut, label)
	case 2:
		p.script(fn, "", p.l.jsCall("go", to))
		p.put(`<div><a href="%s"><img src="%s" alt=""/>%s</a></div>`, "javascript:"+fn+"()", pathImage, label)
	default:
		p.script(fn, "", p.l.jsCall("go", to))
		p.write(fmt.Sprintf(`<div><a href="javascript:%s()">%s</a></div>`, fn, html.EscapeString(label)))
	}
}

// enter answers at nativetop.cgi, the way into every page under /rps/, and at
// its shortcuts.
func (x *exchange) enter() {
	tags := map[string]string{"/sysmonitor": tagStatus, "/sysmonitor/": tagStatus, "/usermode": tagSettings}
	if tag, ok := tags[x.r.URL.Path]; ok {
		x.redirect(fmt.Sprintf("%s%s?RUIPNxBundle=&CorePGTAG=%s&Dummy=%s", pathRPS, cgiEntry, tag, x.dummy()))
		return
	}
	s := x.sess
	if !s.visited[PagePortal] && x.d.cfg.enforces(RulePageOrder) {
		x.cannotOpen()
		return
	}
	s.visited[PageEntry] = true
	if s.entry == "" {
		s.entry = x.d.sessions.newEntry()
	}
	x.setCookie(cookieEntry, s.entry)
	to := PageStatus
	if x.get("CorePGTAG") == tagSettings {
		to = PageSettings
		if x.l.frames {
			to = PageFrameset
		}
	}
	x.leadOn(to)
}

// leadOn answers with the page, or with one that leads to it by itself.
func (x *exchange) leadOn(to PageKind) {
	url := x.l.address(target{kind: to}, x)
	switch x.l.pick("entry.leads", 4) {
	case 0:
		x.redirect(url)
		return
	case 1:
		p := x.newPage("", "Remote UI")
		p.onload = append(p.onload, "location.replace("+jsString(url)+")")
		p.close()
	case 2:
		x.hop(to)
	default:
		pageTopRead(to)(x)
		x.sess.visited[to] = true
	}
}

// hop answers with a page that only submits itself to get the page wanted.
func (x *exchange) hop(to PageKind) {
	l := x.l
	p := x.newPage("", "Remote UI")
	if l.small() || l.pick("hop.refresh", 3) == 0 {
		p.refresh(0, l.address(target{kind: to}, x))
		x.sess.hopped = to
		p.close()
		return
	}
	r := l.routes[to]
	name := l.name("form.hop")
	p.put(`<form name="%s" method="post" action="%s">`, name, pathRPS+r.cgi)
	p.hidden("Flag", "Init_Data")
	p.hidden("PageFlag", r.tpl)
	p.hidden("Dummy", x.dummy())
	p.raw("</form>")
	run := "document.forms[" + jsString(name) + "].submit()"
	switch l.pick("hop", 3) {
	case 0:
		p.onload = append(p.onload, run)
	case 1:
		p.raw(p.inline(run + ";"))
	default:
		p.raw(p.inline("setTimeout(" + jsString(run) + ", 100);"))
	}
	p.close()
}

// hops tells whether the way to a page leads over such a page.
func (x *exchange) hops(kind PageKind) bool {
	if x.sess.hopped == kind {
		x.sess.hopped = ""
		return false
	}
	return x.r.Method != http.MethodPost && x.l.pick("hops."+string(kind), 2) == 1
}

func pageTopRead(kind PageKind) func(*exchange) {
	switch kind {
	case PageSettings:
		return (*exchange).showSettings
	case PageFrameset:
		return (*exchange).showFrameset
	}
	return (*exchange).showStatus
}

// logout ends the session.
func (x *exchange) logout() {
	x.d.sessions.leave(x.sess)
	for _, name := range []string{x.l.sessionCookie(), x.l.loginCookie(), cookieEntry} {
		x.dropCookie(name)
	}
	x.redirect("/")
}

// showStatus is the top page of Status Monitor/Cancel.
func (x *exchange) showStatus() {
	p := x.frame(PageStatus, wStatus)
	p.raw("<ul><li>")
	p.link("info", x.l.text(wDeviceInfo), target{kind: PageDeviceInfo})
	p.raw("</li>")
	for _, item := range []menuItem{{"print", wJobsPrint, PagePrintJobs}, {"send", wJobsSend, PageSendJobs}, {"receive", wJobsReceive, PageReceiveJobs}, {"fax", wFaxMemory, PageFaxMemory}} {
		if !slices.Contains(x.d.cfg.Missing, item.kind) {
			p.raw("<li>")
			p.link(item.key, x.l.text(item.text), target{kind: item.kind})
			p.raw("</li>")
		}
	}
	p.raw("</ul>")
	p.end()
}

// showDeviceInfo is Device Information (M-1).
func (x *exchange) showDeviceInfo() {
	l := x.l
	p := x.frame(PageDeviceInfo, wDeviceInfo, wStatus)
	rows := newValues(p, "info")
	rows.open()
	rows.value(l.text(wProduct), x.d.cfg.Model)
	if s := x.d.cfg.Serial; s != "-" {
		rows.value(l.text(wSerialOfDevice), cmp.Or(s, fmt.Sprintf("XYZ%05d", l.pick("serial", 100000))))
	}
	rows.shut()
	p.put("<h3>%s</h3>", l.text(wVersionInfo))
	rows.open()
	rows.value("Boot", "1.00")
	if x.d.cfg.enforces(RuleControllerShown) {
		rows.value(l.text(wController), x.d.cfg.Version)
	}
	rows.value("PANEL", "08.01")
	rows.shut()
	p.end()
}

// showSettings is the top page of Settings/Registration.
func (x *exchange) showSettings() {
	x.frame(PageSettings, wSettings).end()
}

// showNetwork is the menu of the network settings.
func (x *exchange) showNetwork() {
	p := x.frame(PageNetwork, wNetwork, wSettings, wPreferences)
	items := []menuItem{{"tls", wTLS, PageTLS}, {"bluetooth", wBluetooth, PageBluetooth}}
	for i, f := range functions[forTLS+1:] {
		items = slices.Insert(items, 1+i, menuItem{f.menu, f.heading, f.page})
	}
	p.menu(slices.Insert(items, 2, menuItem{"ipsec", wIPSec, PageIPSec}))
}

// showManagement is the menu of the device management.
func (x *exchange) showManagement() {
	p := x.frame(PageManagement, wDevices, wSettings, wManagement)
	p.menu([]menuItem{{"keys", wKeys, PageKeyList}, {"userkeys", wUserKeys, PageNotAvailable},
		{"scep", wSCEP, PageSCEP},
		{"export", wExport, PageExport}, {"smimecerts", wSMIMECerts, PageSMIMECerts}})
}

// showLicense is the menu of License/Other.
func (x *exchange) showLicense() {
	p := x.frame(PageLicense, wLicense, wSettings, wManagement)
	p.menu([]menuItem{{"ams", wAMS, PageAMS}, {"remoteui", wRemoteUI, PageNotAvailable}})
}

// showSend is the menu of the settings for sending.
func (x *exchange) showSend() {
	p := x.frame(PageSend, wSend, wSettings, wFunctions)
	p.menu([]menuItem{{"smime", wSMIME, PageSMIME}, {"common", wCommonSend, PageNotAvailable}})
}

func (x *exchange) showNotAvailable() {
	p := x.frame(PageNotAvailable, wSettings)
	p.message(wNotAvailable)
	p.end()
}

type menuItem struct {
	key  string
	text word
	kind PageKind
}

func (p *page) menu(items []menuItem) {
	var drawn []menuItem
	for _, i := range p.l.order("menu."+string(p.kind), len(items)) {
		if item := items[i]; !slices.Contains(p.x.d.cfg.Missing, item.kind) {
			drawn = append(drawn, item)
		}
	}
	if p.l.pick("menus."+string(p.kind), 2) == 1 {
		p.menuData(drawn)
		p.end()
		return
	}
	p.raw("<ul>")
	for _, item := range drawn {
		p.raw("<li>")
		p.link(item.key, p.l.text(item.text), target{kind: item.kind})
		p.raw("</li>")
	}
	p.raw("</ul>")
	p.end()
}

// menuData writes a menu off script data.
func (p *page) menuData(items []menuItem) {
	var rows []string
	for _, item := range items {
		rows = append(rows, fmt.Sprintf("[%s,%s]", jsString(html.EscapeString(p.l.text(item.text))), jsString(p.l.url(target{kind: item.kind})+p.x.buster())))
	}
	name := p.l.name("var.menu." + string(p.kind))
	p.raw("<ul>" + p.inline(fmt.Sprintf(`var %[1]s = [%[2]s];
for (var i = 0; i < %[1]s.length; i++) {
	document.write('<li><a href="' + %[1]s[i][1] + '">' + %[1]s[i][0] + '<\/a><\/li>');
}`, name, strings.Join(rows, ","))) + "</ul>")
}
