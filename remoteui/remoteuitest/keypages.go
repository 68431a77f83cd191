package remoteuitest

import (
	"crypto/sha1" // the thumbprint pages show, not a signature
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// Fields of a key's row in a list.
const (
	rowID     = "id"
	rowName   = "nm"
	rowUsage  = "us"
	rowIcon   = "ic" // 0 certificate, 1 corrupt, 2 no certificate
	rowSelect = "se" // 1: may be selected
	rowUse    = "ue" // 1: has a [Use] button
)

// rows are the records of both lists of keys.
func (x *exchange) rows() []record {
	var rows []record
	for _, k := range x.listed() {
		rows = append(rows, record{
			{rowID, x.rowID(k)},
			{rowName, k.name},
			{rowUsage, x.usageText(k)},
			{rowIcon, x.icon(k)},
			{rowSelect, number(!k.protected() || x.l.pick("list.protected", 2) == 1 || !x.d.cfg.enforces(RuleProtectedKeys))},
			{rowUse, number(x.mayUse(k) || x.l.pick("list.unusable", 2) == 1)},
		})
	}
	return rows
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// listed are the keys in the order of the list: by slot or by name.
func (x *exchange) listed() []*key {
	keys := slices.Clone(x.d.store.keys)
	if x.l.pick("list.sorted", 2) == 1 {
		slices.SortStableFunc(keys, func(a, b *key) int { return strings.Compare(a.name, b.name) })
	}
	return keys
}

// rowID is the number by which requests mean a key: its slot, or its position
// at the moment.
func (x *exchange) rowID(k *key) int {
	if x.l.pick("list.positions", 2) == 1 {
		return slices.Index(x.listed(), k)
	}
	return k.slot
}

// keyAt finds the key a request means, or nil.
func (x *exchange) keyAt(id string) *key {
	n, err := strconv.Atoi(strings.TrimSpace(id))
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(x.d.store.keys, func(k *key) bool { return x.rowID(k) == n })
	if i < 0 {
		return nil
	}
	return x.d.store.keys[i]
}

// usageText is what the list says a key is used for.
func (x *exchange) usageText(k *key) string {
	if !x.d.cfg.enforces(RuleUsageShown) {
		return ""
	}
	uses := x.d.store.stored.of(k)
	if k.name == nameSignatureKey {
		uses = append(uses, x.l.text(wSignatureUse))
	}
	if len(uses) == 0 {
		return []string{"", "-"}[x.l.pick("usage.none", 2)]
	}
	switch x.l.pick("usage.several", 3) {
	case 0:
		return strings.Join(uses, ", ")
	case 1:
		return "[" + strings.Join(uses, "] [") + "]"
	}
	return strings.Join(uses, " / ")
}

func (x *exchange) icon(k *key) int {
	switch {
	case !x.d.cfg.enforces(RuleIconsShown):
	case k.corrupt:
		return 1
	case k.cert == nil:
		return 2
	}
	return 0
}

// showKeyList is Key and Certificate Settings (W-1, W-5).
func (x *exchange) showKeyList() {
	if x.hops(PageKeyList) {
		x.hop(PageKeyList)
		return
	}
	x.keyList(-1)
}

// keyList shows the list, with a message unless it is negative.
func (x *exchange) keyList(message word) {
	l := x.l
	p := x.frame(PageKeyList, wKeys, wSettings, wManagement, wDevices)
	if message >= 0 {
		p.message(message)
	}
	p.button("generate", l.text(wGenerate), "", p.opener("generate", target{kind: PageGenerateMenu}))
	p.openForm(p.form, PageKeyList, PageKeyList)
	p.button("delete", l.text(wDelete), "", p.deleteCall())
	columns := []column{
		{l.text(wSelect), []string{"", p.selector()}, rowSelect},
		{l.text(wKeyName), []string{p.rowLink("details", PageKeyDetails, "%"+rowName+"%")}, ""},
		{l.text(wUsage), []string{"%" + rowUsage + "%"}, ""},
		{l.text(wCertificate), p.certificateIcons(), rowIcon},
	}
	var drawn []column
	for _, i := range l.order("list.columns", len(columns)) {
		drawn = append(drawn, columns[i])
	}
	p.list(drawn, x.rows())
	p.raw("</form>")
	p.end()
}

// rowLink is the template of a link in a list that opens a page for its row.
func (p *page) rowLink(key string, to PageKind, content string) string {
	switch p.l.pick("rowlink."+key, 3) {
	case 0:
		url := p.l.url(target{to, []Field{{p.l.rowField(), "%" + rowID + "%"}}}) + "&Dummy=" + p.x.dummy()
		return fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(url), content)
	case 1:
		return fmt.Sprintf(`<a href="javascript:%s('%%%s%%')">%s</a>`, p.rowCall(key, "Init_Data", to), rowID, content)
	}
	return fmt.Sprintf(`<a href="#" onclick="%s(%%%s%%);return false;">%s</a>`, p.rowCall(key, "Init_Data", to), rowID, content)
}

// certificateIcons are the templates of the certificate column (D-2): each
// icon opens the page that registers a certificate.
func (p *page) certificateIcons() []string {
	attribute := []string{"alt", "title"}[p.l.pick("icon.attribute", 2)]
	icon := func(w word) string {
		return fmt.Sprintf(`<img src="%s" %s="%s" border="0"/>`, pathImage, attribute, html.EscapeString(p.l.text(w)))
	}
	good := p.rowLink("register", PageRegister, icon(wCertificate))
	return []string{good, icon(wIconCorrupt) + good, p.rowLink("register", PageRegister, icon(wIconNoCert))}
}

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

// showDetails shows a key's certificate (W-2, W-4).
func (x *exchange) showDetails() {
	l := x.l
	k := x.keyAt(x.get(l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	p := x.frame(PageKeyDetails, wCertificate)
	p.raw("<div>")
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.raw("</div>")
	p.put("<h3>%s</h3>", k.name)
	f := newFields(p, "details")
	f.open()
	for _, row := range x.details(k) {
		f.value(row.Name, row.Value)
	}
	f.shut()
	if k.cert != nil {
		p.button("verify", l.text(wVerify), "", p.opener("verify", target{PageVerify, []Field{{l.rowField(), strconv.Itoa(x.rowID(k))}}}))
	}
	p.end()
}

// details are the rows of the details page.
func (x *exchange) details(k *key) []Field {
	l := x.l
	public := Field{l.text(wPublicKey), x.publicKeyText(k)}
	if k.cert == nil {
		return []Field{public}
	}
	layout := []string{"2006/01/02", "2006 01/02", "2006/01/02 15:04:05"}[l.pick("details.dates", 3)]
	rows := []Field{
		{l.text(wCertVersion), "X.509v3"},
		{l.text(wSerial), l.hexText("serial", k.cert.SerialNumber.Bytes())},
		{l.text(wSignatureAlg), k.cert.SignatureAlgorithm.String()},
		{l.text(wValidFrom), k.cert.NotBefore.Format(layout)},
		{l.text(wValidTo), k.cert.NotAfter.Format(layout)},
		{l.text(wSubject), k.cert.Subject.String()},
		public,
		{l.text(wThumbprint), l.hexText("thumbprint", thumbprint(k))},
	}
	if x.d.cfg.enforces(RuleIssuerShown) {
		rows = append(rows, Field{l.text(wIssuer), k.cert.Issuer.String()})
	}
	var drawn []Field
	for _, i := range l.order("details.rows", len(rows)) {
		drawn = append(drawn, rows[i])
	}
	return drawn
}

func thumbprint(k *key) []byte {
	sum := sha1.Sum(k.cert.Raw)
	return sum[:]
}

// hexText prints bytes as this page's author liked it.
func (l *layout) hexText(area string, b []byte) string {
	return fmt.Sprintf([]string{"%x", "% X", "%X"}[l.pick("hex."+area, 3)], b)
}

// publicKeyText says algorithm and length, such as "RSA 2048 bit".
func (x *exchange) publicKeyText(k *key) string {
	switch {
	case !x.d.cfg.enforces(RulePublicKeyShown):
		return ""
	case k.curve != "":
		return "ECDSA " + k.curve
	}
	return fmt.Sprintf([]string{"RSA %d bit", "RSA (%d bit)", "RSA %dbit"}[x.l.pick("details.bits", 3)], k.bits)
}

// showVerify says whether a key's certificate is valid by now (D-3).
func (x *exchange) showVerify() {
	l := x.l
	k := x.keyAt(x.get(l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	p := x.frame(PageVerify, wVerify)
	result := wVerifyGood
	if !k.usable() || x.now.Before(k.cert.NotBefore) || x.now.After(k.cert.NotAfter) {
		result = wVerifyBad
	}
	p.put("<p>%s</p>", l.text(result))
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.end()
}

// showRegister is where an issued certificate would be registered.
func (x *exchange) showRegister() {
	p := x.frame(PageRegister, wCertificate, wSettings, wManagement, wDevices)
	p.button("register", x.l.text(wRegister), "", p.opener("register", target{kind: PageNotAvailable}))
	p.link("back", x.l.text(wKeys), target{kind: PageKeyList})
	p.end()
}
