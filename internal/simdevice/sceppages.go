package simdevice

import (
	"fmt"
	"slices"
)

// Ways to the communication settings: which of them depends on the device's
// generation.
const (
	scepServerLink   = iota // a page of its own
	scepServerEdit          // shown, with [Edit]
	scepServerInline        // a form on the first page
	scepServerStyles
)

func (l *layout) scepServerStyle() int { return l.pick("scep.server", scepServerStyles) }

// headingOfForm is the heading of a form page.
func (x *exchange) headingOfForm(kind PageKind) word {
	if kind == PageSCEPServer && x.l.scepServerStyle() == scepServerEdit {
		return wSCEPEdit
	}
	return headings[kind]
}

// showSCEP is the first page of SCEP.
func (x *exchange) showSCEP() { x.scepPage(-1) }

func (x *exchange) scepPage(message word) {
	l := x.l
	p := x.frame(PageSCEP, wSCEP, wSettings, wManagement, wDevices)
	if message >= 0 {
		p.message(message)
	}
	items := []menuItem{{"auto", wSCEPAuto, PageSCEPTimer}, {"request", wSCEPRequest, PageSCEPRequest}, {"status", wSCEPStatus, PageSCEPStatus}}
	switch style := l.scepServerStyle(); {
	case style == scepServerLink || slices.Contains(x.d.cfg.Missing, PageSCEPServer):
		items = append(items, menuItem{"server", wSCEPServer, PageSCEPServer})
	case style == scepServerEdit:
		p.put("<h3>%s</h3>", l.text(wSCEPServer))
		f := newValues(p, "scep")
		f.open()
		v := x.d.scepServer().values()
		for i, e := range formPages[PageSCEPServer] {
			f.value(l.text(e.label), v[i])
		}
		f.shut()
		p.button("edit", l.text(wEdit), "", p.opener("edit", target{kind: PageSCEPServer}))
	default:
		p.put("<h3>%s</h3>", l.text(wSCEPServer))
		p.openForm(p.form, PageSCEPServer, PageSCEP)
		x.formEntries(p, x.draft(PageSCEPServer), PageSCEPServer)
		p.button("update", l.text(wUpdate), "", p.submit(p.form, "Exec_Data", PageSCEPServer))
		p.raw("</form>")
	}
	p.menu(items)
}

// storeSCEP is [Update] on a form of SCEP: it is in effect at once.
func (x *exchange) storeSCEP() {
	kind, d := x.kind, x.d
	show := func(message word) {
		if kind == PageSCEPServer && x.l.scepServerStyle() == scepServerInline {
			x.scepPage(message)
			return
		}
		if message < 0 {
			x.stored(kind)
			return
		}
		x.formPage(kind, message)
	}
	v, ok := x.sentEntries(kind)
	at := formAt(kind, 0)
	switch before := d.forms.stored[at]; {
	case !ok:
		show(wErrValue)
		return
	case kind == PageSCEPServer && d.timerOn() && d.cfg.enforces(RuleTimerBlocksSettings):
		show(wErrTimer)
		return
	case kind == PageSCEPServer && !(scepServer{v[entrySCEPURL], v[entrySCEPPort], v[entrySCEPTimeout]}).valid(d.cfg):
		show(wErrValue)
		return
	case kind == PageSCEPTimer && !slices.Equal(v[1:], before[1:]):
		d.obs.violate(InvariantSettingsKept, "settings of page %s other than the timer were changed", kind)
	}
	if v != d.forms.stored[at] {
		d.forms.stored[at], d.forms.active[at] = v, v
		x.change = "settings of " + string(kind) + " stored"
	}
	show(-1)
}

// scepForm is the form of a request.
type scepForm struct {
	name, hash, length, organization, commonName, use string
}

// Names of its fields; the values are keys of drawn names.
const (
	fieldSCEPName   = "field.scep.name"
	fieldSCEPHash   = "field.scep.hash"
	fieldSCEPLength = "field.scep.length"
	fieldSCEPOrg    = "field.scep.organization"
	fieldSCEPCN     = "field.scep.cn"
	fieldChallenge  = "field.scep.challenge"
	fieldSCEPUse    = "field.scep.use"
)

// scepLengths are those whose messages the peers understand.
var scepLengths = []int{1024, 2048, 4096}

// scepUses are the use locations, none last.
var scepUses = []string{UseTLS, Use8021X, UseIPSec, ""}

func (l *layout) scepLengthOptions() []option {
	var texts []string
	for _, n := range scepLengths {
		texts = append(texts, fmt.Sprintf([]string{"%d", "%d bit"}[l.pick("scep.bits", 2)], n))
	}
	return l.options("scep.length", texts)
}

func (l *layout) scepUseOptions() []option {
	texts := slices.Clone(scepUses)
	texts[len(texts)-1] = l.text(wNone)
	return l.options("scep.use", texts)
}

// showSCEPRequest is the form of a request (G-7). The common name comes from
// the host of the request, as that of a new key.
func (x *exchange) showSCEPRequest() {
	l := x.l
	x.scepRequestPage(scepForm{
		hash: l.hashOptions()[0].value, length: l.scepLengthOptions()[1].value, commonName: x.freshForm().commonName,
		use: l.scepUseOptions()[l.pick("scep.use.first", len(scepUses))].value,
	}, -1)
}

func (x *exchange) scepRequestPage(v scepForm, message word) {
	l := x.l
	p := x.frame(PageSCEPRequest, wSCEPRequest, wSettings, wManagement, wDevices, wSCEP)
	if message >= 0 {
		p.message(message)
	}
	p.openForm(p.form, PageSCEPRequest, PageSCEPSent)
	f := newFields(p, "scep.request")
	f.open()
	f.text(l.text(wKeyName), l.name(fieldSCEPName), v.name)
	f.row(l.text(wSignatureAlg), l.name(fieldSCEPHash), selectBox(l.name(fieldSCEPHash), l.hashOptions(), v.hash, false))
	f.row(l.text(wKeyLength), l.name(fieldSCEPLength), selectBox(l.name(fieldSCEPLength), l.scepLengthOptions(), v.length, false))
	f.text(l.text(wOrganization), l.name(fieldSCEPOrg), v.organization)
	f.text(l.text(wCommonName), l.name(fieldSCEPCN), v.commonName)
	f.row(l.text(wChallenge), l.name(fieldChallenge), fmt.Sprintf(`<input type="password" name="%[1]s" id="%[1]s" value=""/>`, l.name(fieldChallenge)))
	if uses := l.scepUseOptions(); l.pick("scep.use.radio", 2) == 1 {
		buttons := ""
		for _, o := range uses {
			buttons += l.radio("scep.use", l.name(fieldSCEPUse), o.value, o.text, "", o.value == v.use)
		}
		f.row(l.text(wUseLocation), "", buttons)
	} else {
		f.row(l.text(wUseLocation), l.name(fieldSCEPUse), selectBox(l.name(fieldSCEPUse), uses, v.use, false))
	}
	f.shut()
	p.button("send", l.text(wSendRequest), "", p.submit(p.form, "Exec_Data", PageSCEPRequest))
	p.raw("</form>")
	p.link("back", l.text(wSCEP), target{kind: PageSCEP})
	p.end()
}

// showSCEPSent is the page after a request.
func (x *exchange) showSCEPSent() { x.scepSentPage() }

func (x *exchange) scepSentPage() {
	l := x.l
	x.sess.visited[PageSCEPSent] = true
	p := x.frame(PageSCEPSent, wSCEPRequest, wSettings, wManagement, wDevices, wSCEP)
	if n := len(x.d.scepLog); n > 0 {
		p.put("<p>%s</p>", l.text(x.d.scepLog[n-1].state))
	}
	p.openForm(p.form, PageSCEPSent, PageSettings)
	run := p.submit(p.form, "Exec_Data", PageSCEPSent)
	if l.pick("scep.restart.ask", 2) == 1 {
		name := l.name("fn.scep.restart")
		p.script(name, "", "if (confirm("+jsString(l.text(wAskApply))+")) { "+run+"; }")
		run = name + "()"
	}
	p.button("restart", l.text(wRestart), "", run)
	p.raw("</form>")
	if !slices.Contains(x.d.cfg.Missing, PageSCEPStatus) {
		p.link("status", l.text(wSCEPStatus), target{kind: PageSCEPStatus})
	}
	p.end()
}

// showSCEPStatus lists the last requests, the newest first.
func (x *exchange) showSCEPStatus() {
	l := x.l
	p := x.frame(PageSCEPStatus, wSCEPStatus, wSettings, wManagement, wDevices, wSCEP)
	var rows []record
	for i, r := range slices.Backward(x.d.scepLog) {
		rows = append(rows, record{{rowID, i}, {"dt", r.at.Format("2006/01/02 15:04:05")}, {rowName, r.name}, {rowUsage, l.text(r.state)}})
	}
	p.list([]column{
		{l.text(wSCEPDate), []string{"%dt%"}, ""}, {l.text(wKeyName), []string{"%" + rowName + "%"}, ""}, {l.text(wJobState), []string{"%" + rowUsage + "%"}, ""},
	}, rows)
	p.link("back", l.text(wSCEP), target{kind: PageSCEP})
	p.end()
}
