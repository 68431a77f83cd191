package simdevice

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// frame begins a page under /rps/: what surrounds its content.
func (x *exchange) frame(kind PageKind, heading word, trail ...word) *page {
	l := x.l
	title := l.text(heading)
	p := x.newPage(kind, x.title(title))
	p.put(`<div class="%s"><span>%s</span> <a href="%s"`, l.name("class.head"), x.d.cfg.Model, l.home())
	if l.frames {
		p.put(` target="_top"`)
	}
	p.put(`>%s</a> `, l.text(wPortal))
	p.logOut()
	p.raw("</div>")
	p.refreshMenu()
	if l.settingsArea(kind) && !l.frames {
		p.settingsMenu()
	}
	if len(trail) > 0 {
		names := make([]string, len(trail))
		for i, w := range trail {
			names[i] = l.text(w)
		}
		p.put(`<p class="%s">%s &gt; %s</p>`, l.name("class.trail"), strings.Join(names, "："), title)
	}
	p.put("<h2>%s</h2>", title)
	if kind != PageKeyDetails || l.pick("details.updated", 2) == 1 {
		p.put(`<span class="%s">%s %s</span>`, l.name("class.updated"), l.text(wUpdated)+"：", x.stamp())
	}
	return p
}

// stamp is the device's clock as pages print it.
func (x *exchange) stamp() string {
	return x.now.Format([]string{"2006/01/02 15:04:05", "2006/1/2 15:04:05", "2006 01/02 15:04:05"}[x.l.pick("stamp", 3)])
}

// end finishes a framed page.
func (p *page) end() {
	if p.l.small() {
		p.put(`<div class="%s">Copyright CANON INC. 2020</div>`, p.l.name("class.foot"))
		p.close()
		return
	}
	p.raw(`<form name="ERR_SUBMIT_FORM" method="post" action="./` + p.l.routes[PageSettings].cgi + `">`)
	p.hidden("Flag", "Init_Data")
	p.hidden("PageFlag", "")
	p.raw("</form>")
	p.put(`<div class="%s">Copyright CANON INC. 2020</div>`, p.l.name("class.foot"))
	p.close()
}

// logOut writes the link that ends the session. Its text is script.
func (p *page) logOut() {
	name := p.l.name("fn.logout")
	run := fmt.Sprintf("%s.href = '%s%s?Dummy=' + new Date().getTime()", p.l.wholeWindow(), pathRPS, cgiLogout)
	if p.l.small() {
		run = "location.href = '" + pathSmallLogout + "'"
	}
	p.script(name, "", run)
	p.write(fmt.Sprintf(`<a href="javascript:%s()">%s</a>`, name, html.EscapeString(p.l.text(wLogOut))))
}

// settingsArea tells whether pages of this kind belong to
// Settings/Registration and show its menu.
func (l *layout) settingsArea(kind PageKind) bool {
	if place, ok := placeOfPage(kind); ok && kind == functions[place].page {
		return false
	}
	switch kind {
	case PageStatus, PageDeviceInfo, PagePortal, PagePrintJobs, PageSendJobs, PageReceiveJobs, PageFaxMemory:
		return false
	case PageSettings:
		return true
	case PageGenerate, PageCSR, PageTLS, PageApply, PageDelete, PageIKE,
		PageSCEPServer, PageSCEPTimer, PageSCEPRequest:
		return false // as a person would see: the form has the page to itself
	}
	return l.pick("menu.everywhere", 2) == 1
}

// settingsMenu is the left column of Settings/Registration.
func (p *page) settingsMenu() {
	l := p.l
	p.put(`<div class="%s">`, l.name("class.menu"))
	group := func(heading word, items ...func()) {
		p.put("<h3>%s</h3><ul>", l.text(heading))
		for _, item := range items {
			p.raw("<li>")
			item()
			p.raw("</li>")
		}
		p.raw("</ul>")
	}
	item := func(key string, w word, kind PageKind) func() {
		return func() { p.link("menu."+key, l.text(w), target{kind: kind}) }
	}
	groups := []func(){
		func() { group(wPreferences, item("network", wNetwork, PageNetwork)) },
		func() { group(wFunctions, item("send", wSend, PageSend)) },
		func() {
			group(wManagement, item("devices", wDevices, PageManagement), item("license", wLicense, PageLicense))
		},
	}
	for _, i := range l.order("menu.groups", len(groups)) {
		groups[i]()
	}
	if l.restartItem() {
		p.raw("<p>")
		p.link("menu.restart", l.text(wRestartDevice), target{kind: PageApply})
		p.raw("</p>")
	} else if p.x.d.pending() || !l.yes("apply.hidden", p.x.d.cfg.HideApplyUntilPending) {
		p.applyCommand()
	}
	p.raw("</div>")
}

// Ways to ask before the restart that applies changes.
const (
	applyPage         = iota // a page with [OK]
	applyPageDialogue        // a page with [OK], then a dialogue
	applyDialogue            // a dialogue
	applyAtOnce              // no question
	applyStyles
)

func (l *layout) applyStyle() int {
	style := l.pick("apply.style", applyStyles)
	if l.frames {
		style %= applyPageDialogue + 1 // see showMenu
	}
	return style
}

// applyFormName is the form of an applyCommand that needs no page.
func (l *layout) applyFormName() string { return l.name("form.apply.menu") }

// applyCommand is [Apply Setting Changes].
func (p *page) applyCommand() {
	l := p.l
	style := l.applyStyle()
	if style == applyPage || style == applyPageDialogue {
		p.button("apply", l.text(wApply), "", p.opener("apply", target{kind: PageApply}))
		return
	}
	p.openForm(l.applyFormName(), PageApply, PageSettings)
	p.button("apply", l.text(wApply), "", p.restartCall(l.applyFormName(), style == applyDialogue))
	p.raw("</form>")
}

// restartCall is a call that posts a form to restart, perhaps after a dialogue.
func (p *page) restartCall(form string, ask bool) string {
	run := p.submit(form, "Exec_Data", PageApply)
	if ask {
		run = "if (confirm(" + jsString(p.l.text(wAskApply)) + ")) { " + run + "; }"
	}
	name := p.l.name("fn.apply")
	p.script(name, "", run)
	return name + "()"
}

// openForm begins a form with all its hidden fields. What it writes goes to the
// page of kind to; next follows.
func (p *page) openForm(name string, to, next PageKind) {
	l := p.l
	if l.small() {
		p.put(`<form name="%s" method="post" action="%s">`, name, l.smallAction(to))
		p.formFields(to, []Field{{l.rowField(), ""}})
		return
	}
	r := l.routes[to]
	p.put(`<form name="%s" method="post" action="%s">`, name, "./"+r.cgi)
	p.formFields(to, []Field{
		{"Flag", "Exec_Data"}, {"PageFlag", r.tpl},
		{l.actionField(), "./" + r.cgi}, {"CoreNXPage", l.routes[next].tpl}, {"CoreNXFlag", "Init_Data"},
		{"FuncTypeFlag", "SettingPage"}, {"disp", ""}, {"Dummy", p.x.dummy()}, {l.rowField(), ""},
	})
}

// formFields writes the hidden fields of a form, in an order of its own.
func (p *page) formFields(to PageKind, fields []Field) {
	l := p.l
	if !p.x.d.cfg.NoToken {
		fields = append(fields, Field{l.tokenField(), p.oneTimeToken()})
	}
	var drawn []Field
	for _, i := range l.order("form.order."+string(to), len(fields)) {
		drawn = append(drawn, fields[i])
	}
	at := l.pick("form.fixed."+string(to), len(drawn)+1)
	for _, f := range slices.Insert(drawn, at, l.fixedFields(to)...) {
		p.hidden(f.Name, f.Value)
	}
}

// oneTimeToken is the token of this page, the same in all its forms. It makes
// that of the page before worthless.
func (p *page) oneTimeToken() string {
	if p.token == "" {
		p.token = p.x.d.sessions.newToken(p.l.small())
		p.x.sess.token = p.token
	}
	return p.token
}

// rowField is the name of the field that says which row is meant.
func (l *layout) rowField() string { return l.name("field.row") }

// fixedFields are hidden fields whose meaning is the device's own business. A
// write has to bring them back. One name may stand twice.
func (l *layout) fixedFields(kind PageKind) []Field {
	key := "fixed." + string(kind)
	fields := []Field{{l.name("field." + key), fmt.Sprint(l.pick(key, 1000))}}
	if l.pick(key+".twice", 2) == 1 {
		fields = append(fields, Field{"PASSCHK", "1"}, Field{"PASSCHK", ""})
	}
	if l.pick(key+".blank", 2) == 1 {
		fields = append(fields, Field{l.name("field.blank." + key), ""})
	}
	return fields
}

// submit is a call that posts a form.
func (p *page) submit(form, flag string, to PageKind) string {
	if p.l.small() {
		return p.smallSubmit(form, flag, to)
	}
	r := p.l.routes[to]
	return p.l.jsCall("post", form, r.cgi, flag, r.tpl)
}

// rowCall registers a function of the page that posts the main form for the row
// it is called with, and returns its name. before runs first.
func (p *page) rowCall(key, flag string, to PageKind) string {
	name := p.l.name("fn.row." + string(p.kind) + "." + key)
	p.script(name, "id", fmt.Sprintf("document.forms[%s].elements[%s].value = id;\n\t%s",
		jsString(p.form), jsString(p.l.rowField()), p.submit(p.form, flag, to)))
	return name
}

// message shows why something was refused: as text, or in a dialogue.
func (p *page) message(w word) {
	p.x.refuse(w)
	text := p.l.text(w)
	if p.l.pick("message."+string(p.kind), 2) == 1 {
		p.onload = append(p.onload, "alert("+jsString(text)+")")
		return
	}
	p.put(`<div class="%s">%s</div>`, p.l.name("class.message"), text)
}
