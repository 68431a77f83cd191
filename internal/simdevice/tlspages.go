package simdevice

import (
	"fmt"
)

// Names of the TLS page's fields; the values are keys of drawn names.
const (
	fieldTLSMin    = "field.tls.min"
	fieldTLSMax    = "field.tls.max"
	fieldTLSCipher = "field.tls.cipher." // and the cipher
)

// showTLS is TLS Settings, with what the session entered before and did not
// store.
func (x *exchange) showTLS() {
	if x.l.editForm(PageTLS) && !x.editing {
		x.shownTLS()
		return
	}
	x.tlsPage(-1)
}

func (x *exchange) tlsPage(message word) {
	l := x.l
	values := x.d.settings.stored
	if x.sess.draft != nil {
		values = x.sess.draft.tlsValues
	}
	x.shownEdit = l.editForm(PageTLS)
	p := x.frame(PageTLS, wTLS, wSettings, wPreferences, wNetwork)
	if message >= 0 {
		p.message(message)
	}
	p.openForm(p.form, PageTLS, PageTLS)
	if key := l.text(wKeyAndCert); l.pick("tls.drafts", 2) == 1 {
		p.button("keys", key, "", p.submit(p.form, "Init_Data", PageTLSKeys))
	} else {
		p.button("keys", key, "", p.opener("keys", target{kind: PageTLSKeys}))
	}
	p.section(wTLSVersions, func() {})
	f := newFields(p, "tls")
	f.open()
	f.row(l.text(wTLSMax), l.name(fieldTLSMax), selectBox(l.name(fieldTLSMax), l.versionOptions(), l.versionOptions()[values.max].value, false))
	f.row(l.text(wTLSMin), l.name(fieldTLSMin), selectBox(l.name(fieldTLSMin), l.versionOptions(), l.versionOptions()[values.min].value, false))
	f.shut()
	p.sectionEnd()
	p.section(wCiphers, func() {})
	for i, cipher := range tlsCiphers {
		p.raw("<div>" + l.checkbox("tls", l.name(fieldTLSCipher+cipher), cipher, values.ciphers[i]) + "</div>")
	}
	p.sectionEnd()
	p.button("ok", l.text(wOK), okButtonID, p.submit(p.form, "Exec_Data", PageTLS))
	p.button("cancel", l.text(wCancel), "", p.opener("cancel", target{kind: PageNetwork}))
	p.raw("</form>")
	p.end()
}

func (l *layout) versionOptions() []option { return l.options("tlsversion", tlsVersions[:]) }

// sentTLS reads the form; false if it is not all there or makes no sense.
func (x *exchange) sentTLS() (tlsValues, bool) {
	l := x.l
	v := tlsValues{
		min: chosen(l.versionOptions(), x.get(l.name(fieldTLSMin))),
		max: chosen(l.versionOptions(), x.get(l.name(fieldTLSMax))),
	}
	for i, cipher := range tlsCiphers {
		v.ciphers[i] = x.get(l.name(fieldTLSCipher+cipher)) == "1"
	}
	return v, v.min >= 0 && v.max >= v.min
}

// storeTLS is [OK] on the TLS page.
func (x *exchange) storeTLS() {
	values, ok := x.sentTLS()
	if !ok {
		x.tlsPage(wErrValue)
		return
	}
	if x.sess.draft != nil && x.sess.draft.key != nil {
		x.bindTLS(x.sess.draft.key)
	}
	x.sess.draft = nil
	x.storeTLSValues(values)
	x.tlsPage(-1)
}

func (x *exchange) storeTLSValues(values tlsValues) {
	if values == x.d.settings.stored {
		return
	}
	x.d.obs.violate(InvariantSettingsKept, "settings of TLS other than its key were changed")
	x.d.settings.stored = values
	x.change = "TLS settings stored"
}

// showTLSKeys is the list of keys to choose from. Going there from the TLS
// page may bring along what was entered there.
func (x *exchange) showTLSKeys() {
	if values, ok := x.sentTLS(); ok {
		x.sess.draft = &tlsDraft{tlsValues: values}
		if !x.d.cfg.enforces(RuleDraftNeedsOK) {
			x.d.settings.stored = values
		}
	}
	x.tlsKeys(-1)
}

func (x *exchange) tlsKeys(message word) {
	l := x.l
	p := x.frame(PageTLSKeys, wKeyAndCert, wSettings, wPreferences, wNetwork)
	if message >= 0 {
		p.message(message)
	}
	p.openForm(p.form, PageTLSKeys, PageTLS)
	use := p.rowCall("use", "Exec_Data", PageTLSKeys)
	label := l.text(wUse)
	button := [...]string{
		`<input type="button" value="%s" onclick="%s(%%%s%%)"/>`,
		`<a href="javascript:%[2]s(%%%[3]s%%)">%[1]s</a>`,
		`<button type="button" onclick="%[2]s(%%%[3]s%%)">%[1]s</button>`,
	}[l.pick("tlskeys.use", 3)]
	columns := []column{
		{l.text(wKeyName), []string{"%" + rowName + "%"}, ""},
		{l.text(wUsage), []string{"%" + rowUsage + "%"}, ""},
		{"", []string{"", fmt.Sprintf(button, label, use, rowID)}, rowUse},
	}
	var drawn []column
	for _, i := range l.order("tlskeys.columns", len(columns)) {
		drawn = append(drawn, columns[i])
	}
	p.list(drawn, x.rows())
	p.raw("</form>")
	p.link("back", l.text(wTLS), target{kind: PageTLS, edit: l.editForm(PageTLS)})
	p.end()
}

// mayUse tells whether a key may be chosen for TLS (R-6, G-4).
func (x *exchange) mayUse(k *key) bool {
	waits := k.cert == nil && !k.corrupt && !x.d.cfg.enforces(RuleCSRUnusable)
	return (k.usable() || waits) && (k.forTLS() || !x.d.cfg.enforces(RuleNotForTLS))
}

// useKey is [Use] on a row of the list.
func (x *exchange) useKey() {
	k := x.keyAt(x.get(x.l.rowField()))
	switch {
	case k == nil:
		x.tlsKeys(wErrNotFound)
		return
	case !x.mayUse(k):
		x.tlsKeys(wErrUse)
		return
	}
	x.sess.visited[PageTLS] = true
	if x.d.cfg.enforces(RuleUseStoredAtOnce) {
		x.bindTLS(k)
	} else {
		if x.sess.draft == nil {
			x.sess.draft = &tlsDraft{tlsValues: x.d.settings.stored}
		}
		x.sess.draft.key = k
	}
	if x.l.pick("tlskeys.after", 2) == 1 {
		x.tlsPage(-1)
		return
	}
	x.tlsKeys(-1)
}

// bindTLS stores which key TLS is to use from the next restart on.
func (x *exchange) bindTLS(k *key) {
	store := x.d.store
	store.stored[forTLS], k.bound = k, true
	x.change = "TLS bound to key " + k.name
	if !x.d.cfg.enforces(RuleOthersKept) {
		x.d.settings.stored.min = (x.d.settings.stored.min + 1) % 3
	}
	if !x.d.cfg.enforces(RuleBindingRestart) {
		store.active[forTLS], store.serving = k, k
	}
}

// showApply asks whether to restart.
func (x *exchange) showApply() {
	heading := wApply
	if x.l.restartItem() {
		heading = wRestartDevice
	}
	p := x.frame(PageApply, heading, wSettings)
	p.put("<p>%s</p>", x.l.text(wAskApply))
	p.openForm(p.form, PageApply, PageApply)
	p.button("ok", x.l.text(wOK), okButtonID, p.restartCall(p.form, x.l.applyStyle() == applyPageDialogue))
	p.button("cancel", x.l.text(wCancel), "", p.opener("cancel", target{kind: PageSettings}))
	p.raw("</form>")
	p.end()
}

// apply restarts the device. The answer is still sent.
func (x *exchange) apply() {
	p := x.newPage("", "Remote UI") // needs nothing more from a device that goes down
	p.put("<p>%s</p>", x.l.text(wRestarting))
	p.script(p.l.name("fn.reconnect"), "", p.l.wholeWindow()+".href = '/'")
	p.onload = append(p.onload, "setTimeout("+jsString(p.l.name("fn.reconnect")+"()")+", 60000)")
	p.close()
	x.change = "restart"
	x.restart = x.d.cfg.enforces(RuleApplyRestarts)
}
