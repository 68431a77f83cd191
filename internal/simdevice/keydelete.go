package simdevice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ways to select rows.
const (
	selectBoxes  = iota // check boxes of one name
	selectRadio         // radio buttons
	selectScript        // check boxes a script collects
	selectStyles
)

func (l *layout) selectStyle() int { return l.pick("list.select", selectStyles) }

// selector is the template of the control that selects a row.
func (p *page) selector() string {
	name := p.l.name("field.select")
	switch p.l.selectStyle() {
	case selectBoxes:
		return fmt.Sprintf(`<input type="checkbox" name="%s" value="%%%s%%"/>`, name, rowID)
	case selectRadio:
		return fmt.Sprintf(`<input type="radio" name="%s" value="%%%s%%"/>`, name, rowID)
	}
	return fmt.Sprintf(`<input type="checkbox" name="%s_%%%s%%" value="%%%s%%"/>`, name, rowID, rowID)
}

// selected are the keys a request selects.
func (x *exchange) selected() []*key {
	ids := x.values(x.l.name("field.select"))
	if x.l.selectStyle() == selectScript || x.kind == PageDelete {
		ids = strings.Split(x.get(x.l.rowField()), ",")
	}
	var keys []*key
	for _, id := range ids {
		if k := x.keyAt(id); k != nil && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// asksOnPage tells whether deleting is confirmed on a page of its own instead
// of in a dialogue.
func (l *layout) asksOnPage() bool { return l.pick("delete.page", 2) == 1 }

// deleteCall is what the delete button runs.
func (p *page) deleteCall() string {
	name := p.l.name("fn.delete")
	then := "if (confirm(" + jsString(p.l.text(wAskDelete)) + ")) { " + p.submit(p.form, "Exec_Data", PageKeyList) + "; }"
	if p.l.asksOnPage() {
		then = p.submit(p.form, "Init_Data", PageDelete)
	}
	p.script(name, "", fmt.Sprintf(`var f = document.forms[%s], ids = [];
	for (var i = 0; i < f.elements.length; i++) {
		var e = f.elements[i];
		if ((e.type == 'checkbox' || e.type == 'radio') && e.checked) { ids.push(e.value); }
	}
	if (ids.length == 0) { alert(%s); return; }
	f.elements[%s].value = ids.join(',');
	%s`, jsString(p.form), jsString(p.l.text(wNoneSelected)), jsString(p.l.rowField()), then))
	return name + "()"
}

// showDelete asks whether to delete what was selected.
func (x *exchange) showDelete() {
	keys := x.selected()
	if len(keys) == 0 {
		x.keyList(wNoneSelected)
		return
	}
	var ids, names []string
	for _, k := range keys {
		ids = append(ids, strconv.Itoa(x.rowID(k)))
		names = append(names, k.name)
	}
	p := x.frame(PageDelete, wKeys, wSettings, wManagement, wDevices)
	p.put("<p>%s</p><p>%s</p>", x.l.text(wAskDelete), strings.Join(names, ", "))
	p.openForm(p.form, PageDelete, PageKeyList)
	p.script(p.l.name("fn.delete.ok"), "", fmt.Sprintf("document.forms[%s].elements[%s].value = %s;\n\t%s",
		jsString(p.form), jsString(p.l.rowField()), jsString(strings.Join(ids, ",")), p.submit(p.form, "Exec_Data", PageDelete)))
	p.button("ok", x.l.text(wOK), okButtonID, p.l.name("fn.delete.ok")+"()")
	p.button("cancel", x.l.text(wCancel), "", p.opener("cancel", target{kind: PageKeyList}))
	p.raw("</form>")
	p.end()
}

// deleteKeys deletes what is selected, all or nothing (D-1, W-1).
func (x *exchange) deleteKeys() {
	keys := x.selected()
	if len(keys) == 0 {
		x.keyList(wNoneSelected)
		return
	}
	for _, k := range keys {
		switch {
		case k.protected() && x.d.cfg.enforces(RuleProtectedKeys):
			x.keyList(wErrProtected)
			return
		case x.d.store.inUse(k) && x.d.cfg.enforces(RuleKeyInUse):
			x.keyList(wErrInUse)
			return
		}
	}
	for _, k := range keys {
		if x.d.cfg.enforces(RuleDeleteDeletes) {
			x.d.checkDeletion(k)
			x.d.store.remove(k)
			x.change = "key " + k.name + " deleted"
		}
	}
	x.keyList(-1)
}
