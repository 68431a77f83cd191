package simdevice

import (
	"fmt"
	"html"
	"slices"
)

// entered is what a session entered on a form page and did not store yet.
type entered struct {
	kind   PageKind
	policy int
	values values
	key    *key // chosen; nil: the one stored
	// outer: [OK] on the IKE page was pressed, the policy's is still to come.
	outer bool
}

// pages are those that the draft survives.
func (e *entered) pages() []PageKind {
	if e.kind == PageIKE {
		return []PageKind{PageIKE, PageIKEKeys, PagePolicy}
	}
	return []PageKind{e.kind, chooserOf[e.kind]}
}

// chooserOf is the page with the keys to choose from.
var chooserOf = byPage(map[PageKind]PageKind{PageIKE: PageIKEKeys}, func(f function) PageKind { return f.keys })

var headings = byPage(map[PageKind]word{
	PageIKE: wIKE, PageBluetooth: wBluetooth, PageAMS: wAMS, PageSMIME: wSMIME, PageSCEPServer: wSCEPServer, PageSCEPTimer: wSCEPAuto,
}, func(f function) word { return f.heading })

// cancelTo is where [Cancel] leads.
var cancelTo = byPage(map[PageKind]PageKind{
	PageIKE: PagePolicy, PageBluetooth: PageNetwork, PageAMS: PageLicense, PageSMIME: PageSend, PageSCEPServer: PageSCEP, PageSCEPTimer: PageSCEP,
}, func(function) PageKind { return PageNetwork })

// formKind is the form page that a form or chooser page is about.
func (x *exchange) formKind() PageKind {
	for form, chooser := range chooserOf {
		if x.kind == chooser {
			return form
		}
	}
	return x.kind
}

// place is the place of keys that a form page is about.
func (x *exchange) place(kind PageKind) int {
	if place, ok := placeOfPage(kind); ok {
		return place
	}
	return forPolicy + x.sess.policy
}

// draft is what the session entered on the page, or what is stored.
func (x *exchange) draft(kind PageKind) *entered {
	if d := x.sess.entered; d != nil && d.kind == kind && d.policy == x.sess.policy {
		return d
	}
	return &entered{kind: kind, policy: x.sess.policy, values: x.d.forms.stored[formAt(kind, x.sess.policy)]}
}

func (x *exchange) showForm() {
	if x.l.editForm(x.kind) && !x.editing {
		x.shownForm(x.kind)
		return
	}
	x.formPage(x.kind, -1)
}

// formPage shows a form page.
func (x *exchange) formPage(kind PageKind, message word) {
	l := x.l
	d := x.draft(kind)
	trail, ok := []word{wSettings, wPreferences, wNetwork}, wOK
	if kind == PageSCEPServer || kind == PageSCEPTimer {
		trail, ok = []word{wSettings, wManagement, wDevices, wSCEP}, wUpdate
	}
	x.shownEdit = l.editForm(kind)
	p := x.frame(kind, x.headingOfForm(kind), trail...)
	if message >= 0 {
		p.message(message)
	}
	cancel := target{kind: cancelTo[kind]}
	if x.shownEdit {
		cancel.kind = kind
	}
	p.openForm(p.form, kind, kind)
	x.formEntries(p, d, kind)
	p.button("ok", l.text(ok), okButtonID, p.submit(p.form, "Exec_Data", kind))
	p.button("cancel", l.text(wCancel), "", p.opener("cancel", cancel))
	p.raw("</form>")
	p.end()
}

// formEntries writes all fields.
func (x *exchange) formEntries(p *page, d *entered, kind PageKind) {
	f := newValues(p, "form."+string(kind)) // a key name in the row below its label would read like a list
	open := false
	shut := func() {
		if open {
			f.shut()
		}
		open = false
	}
	section := false
	for i, e := range formPages[kind] {
		if e.section >= 0 {
			shut()
			if section {
				p.sectionEnd()
			}
			p.section(e.section, func() {})
			section = true
		}
		if !open {
			f.open()
			open = true
		}
		x.formEntry(p, f, d, kind, i)
	}
	shut()
	if section {
		p.sectionEnd()
	}
}

func entryField(kind PageKind, i int) string { return fmt.Sprintf("field.%s.%d", kind, i) }

// formEntry writes one field.
func (x *exchange) formEntry(p *page, f *fields, d *entered, kind PageKind, i int) {
	l, e := x.l, formPages[kind][i]
	name, value := l.name(entryField(kind, i)), d.values[i]
	switch e.kind {
	case entryCheck:
		box := l.checkbox(string(kind), name, l.text(e.label), value == "1")
		switch f.style {
		case fieldsList:
			p.raw("<dd>" + box + "</dd>")
		case fieldsText:
			p.raw("<p>" + box + "</p>")
		default:
			p.raw(`<tr><td colspan="2">` + box + "</td></tr>")
		}
	case entryText:
		f.text(l.text(e.label), name, value)
	case entryPassword:
		f.row(l.text(e.label), name, fmt.Sprintf(`<input type="password" name="%[1]s" id="%[1]s" value=""/>`, name))
	case entryRadio:
		off := e.needs >= 0 && d.values[e.needs] != "1"
		buttons := ""
		for n, choice := range e.choices {
			b := l.radio(string(kind), name, fmt.Sprint(n), l.text(choice), "", value == fmt.Sprint(n))
			if off {
				b = disabledRadio(b)
			}
			buttons += b
		}
		f.row(l.text(e.label), "", buttons)
	case entryKey:
		x.keyEntry(p, f, d, kind)
	}
}

// disabledRadio greys a radio button out: a browser does not send it.
func disabledRadio(markup string) string {
	const tag = `<input type="radio"`
	at := len(tag)
	for i := 0; i+at <= len(markup); i++ {
		if markup[i:i+at] == tag {
			return markup[:i+at] + ` disabled="disabled"` + markup[i+at:]
		}
	}
	return markup
}

// keyEntry shows the key's name and the way to the list of keys.
func (x *exchange) keyEntry(p *page, f *fields, d *entered, kind PageKind) {
	l := x.l
	k := d.key
	if k == nil {
		k = x.d.store.stored[x.place(kind)]
	}
	name := ""
	if k != nil {
		name = k.name
	}
	if l.pick("form.keyname."+string(kind), 3) == 0 {
		field := l.name("field.keyname." + string(kind))
		f.row(l.text(wKeyName), field, fmt.Sprintf(`<input type="text" name="%[1]s" id="%[1]s" value="%[2]s" readonly="readonly"/>`, field, html.EscapeString(name)))
	} else {
		f.value(l.text(wKeyName), name)
	}
	to := chooserOf[kind]
	script := p.opener("keys", target{kind: to})
	if l.pick("form.drafts."+string(kind), 2) == 1 {
		script = p.submit(p.form, "Init_Data", to)
	}
	text, id := html.EscapeString(l.text(wKeyAndCert)), html.EscapeString(script)
	f.row(l.text(wKeyAndCert), "", fmt.Sprintf(`<input type="button" value="%s" onclick="%s"/>`, text, id))
}

// sentEntries reads the form; false if it is not all there.
func (x *exchange) sentEntries(kind PageKind) (values, bool) {
	l := x.l
	v := x.draft(kind).values
	for i, e := range formPages[kind] {
		name := l.name(entryField(kind, i))
		switch e.kind {
		case entryCheck:
			v[i] = mark(x.get(name) == "1")
		case entryText:
			if !x.has(name) {
				return v, false
			}
			v[i] = x.get(name)
		case entryPassword:
			if typed := x.get(name); typed != "" {
				v[i] = typed
			}
		case entryRadio:
			if x.has(name) {
				v[i] = x.get(name)
			}
		}
	}
	return v, true
}

// storeForm is [OK] on a form page.
func (x *exchange) storeForm() {
	kind := x.kind
	v, ok := x.sentEntries(kind)
	if !ok {
		x.formPage(kind, wErrValue)
		return
	}
	d := x.draft(kind)
	d.values = v
	if kind == PageIKE && x.l.ikeInPolicy() {
		d.outer = true
		x.sess.entered = d
		x.policyPage()
		return
	}
	x.store(d)
	x.sess.entered = nil
	x.stored(kind)
}

// stored is the page after its form was stored.
func (x *exchange) stored(kind PageKind) {
	if x.l.editForm(kind) {
		x.shownForm(kind)
		return
	}
	x.formPage(kind, -1)
}

// store stores what was entered, and the key that was chosen.
func (x *exchange) store(d *entered) {
	at := formAt(d.kind, d.policy)
	if d.values != x.d.forms.stored[at] {
		x.d.obs.violate(InvariantSettingsKept, "settings of page %s other than its key were changed", d.kind)
		x.d.forms.stored[at] = d.values
		x.change = "settings of " + string(d.kind) + " stored"
	}
	if d.key != nil {
		x.bindForm(d)
	}
}

// bindForm stores which key a place is to have from the next restart on.
func (x *exchange) bindForm(d *entered) {
	s, place := x.d.store, x.place(d.kind)
	s.stored[place], d.key.bound = d.key, true
	x.change = fmt.Sprintf("%s bound to key %s", useAt(place), d.key.name)
	if d.kind == PageIKE && !x.d.cfg.enforces(RulePolicyAlone) {
		for i := range s.policies {
			s.stored[forPolicy+i] = d.key
		}
	}
	if !x.d.cfg.enforces(RuleFormsKept) {
		first := &x.d.forms.stored[formAt(d.kind, d.policy)]
		i := slices.IndexFunc(formPages[d.kind], func(e entry) bool { return e.kind == entryText })
		first[i] += "0"
	}
	if !x.d.cfg.enforces(RuleBindingRestart) {
		s.active[place] = d.key
	}
}

// showChooser is the list of keys to choose from. Going there may bring along
// what was entered.
func (x *exchange) showChooser() {
	kind := x.formKind()
	if v, ok := x.sentEntries(kind); ok {
		d := x.draft(kind)
		d.values = v
		x.sess.entered = d
	}
	x.chooser(kind, -1)
}

func (x *exchange) chooser(kind PageKind, message word) {
	l, to := x.l, chooserOf[kind]
	p := x.frame(to, wKeyAndCert, wSettings, wPreferences, wNetwork)
	if message >= 0 {
		p.message(message)
	}
	p.openForm(p.form, to, kind)
	use := p.rowCall("use", "Exec_Data", to)
	button := [...]string{
		`<input type="button" value="%s" onclick="%s(%%%s%%)"/>`,
		`<a href="javascript:%[2]s(%%%[3]s%%)">%[1]s</a>`,
		`<button type="button" onclick="%[2]s(%%%[3]s%%)">%[1]s</button>`,
	}[l.pick("chooser.use."+string(kind), 3)]
	p.list([]column{
		{l.text(wKeyName), []string{"%" + rowName + "%"}, ""},
		{l.text(wUsage), []string{"%" + rowUsage + "%"}, ""},
		{"", []string{"", fmt.Sprintf(button, l.text(wUse), use, rowID)}, rowUse},
	}, x.rows())
	p.raw("</form>")
	p.link("back", l.text(headings[kind]), target{kind: kind, edit: l.editForm(kind)})
	p.end()
}

// choose is [Use] on a row.
func (x *exchange) choose() {
	kind := x.formKind()
	k := x.keyAt(x.get(x.l.rowField()))
	place := x.place(kind)
	switch {
	case k == nil:
		x.chooser(kind, wErrNotFound)
		return
	case !x.mayUse(k):
		x.chooser(kind, wErrUse)
		return
	case ownKey(place) && x.usedElsewhere(k, place) && x.d.cfg.enforces(RuleSIPUnused):
		x.chooser(kind, wErrSIPUse)
		return
	}
	d := x.draft(kind)
	d.key = k
	x.sess.entered = d
	if !x.d.cfg.enforces(RuleChoiceNeedsOK) {
		x.bindForm(d)
	}
	if x.l.pick("chooser.after."+string(kind), 2) == 1 {
		x.sess.visited[kind] = true
		x.formPage(kind, -1)
		return
	}
	x.chooser(kind, -1)
}

// usedElsewhere tells whether a key is in use at another place.
func (x *exchange) usedElsewhere(k *key, place int) bool {
	for i := range x.d.store.stored {
		if i != place && (x.d.store.stored[i] == k || x.d.store.active[i] == k) {
			return true
		}
	}
	return false
}
