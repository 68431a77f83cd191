package simdevice

// shownForm is the page that shows what is stored, with [Edit] leading to the
// form.
func (x *exchange) shownForm(kind PageKind) {
	l := x.l
	stored := &entered{kind: kind, policy: x.sess.policy, values: x.d.forms.stored[formAt(kind, x.sess.policy)]}
	p := x.frame(kind, headings[kind], wSettings, wPreferences, wNetwork)
	f := newValues(p, "form."+string(kind))
	open := false
	shut := func() {
		if open {
			f.shut()
		}
		open = false
	}
	for i, e := range formPages[kind] {
		if e.section >= 0 {
			shut()
			p.put("<h3>%s</h3>", l.text(e.section))
		}
		if !open {
			f.open()
			open = true
		}
		f.value(l.text(e.label), x.shownValue(stored, kind, i))
	}
	shut()
	p.editButton(kind)
	p.end()
}

func (p *page) editButton(kind PageKind) {
	p.button("edit", p.l.text(wEdit), "", p.opener("edit", target{kind: kind, edit: true}))
}

// shownValue is a value as text.
func (x *exchange) shownValue(d *entered, kind PageKind, i int) string {
	l, e, value := x.l, formPages[kind][i], d.values[i]
	switch e.kind {
	case entryCheck:
		return l.text([]word{wOff, wOn}[btoi(value == "1")])
	case entryRadio:
		return l.text(e.choices[int(value[0]-'0')])
	case entryPassword:
		return "********"
	case entryKey:
		if k := x.d.store.stored[x.place(kind)]; k != nil {
			return k.name
		}
		return ""
	}
	return value
}

// shownTLS is the TLS page that only shows the settings.
func (x *exchange) shownTLS() {
	l, v := x.l, x.d.settings.stored
	p := x.frame(PageTLS, wTLS, wSettings, wPreferences, wNetwork)
	f := newValues(p, "tls.shown")
	f.open()
	f.value(l.text(wTLSMax), tlsVersions[v.max])
	f.value(l.text(wTLSMin), tlsVersions[v.min])
	f.value(l.text(wCiphers), v.cipherNames())
	f.shut()
	p.editButton(PageTLS)
	p.end()
}
