package simdevice

import (
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
		url := p.l.url(target{kind: to, params: []Field{{p.l.rowField(), "%" + rowID + "%"}}}) + p.x.buster()
		return fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(url), content)
	case 1:
		return fmt.Sprintf(`<a href="javascript:%s('%%%s%%')">%s</a>`, p.rowOpen(key, to), rowID, content)
	}
	return fmt.Sprintf(`<a href="#" onclick="%s(%%%s%%);return false;">%s</a>`, p.rowOpen(key, to), rowID, content)
}

// rowOpen registers a function that opens a page for the row it is called with.
func (p *page) rowOpen(key string, to PageKind) string {
	if !p.l.small() {
		return p.rowCall(key, "Init_Data", to)
	}
	name := p.l.name("fn.row." + string(p.kind) + "." + key)
	p.script(name, "id", fmt.Sprintf("%s(%s + id)", p.l.name("fn.go"), jsString(p.l.smallURL(target{kind: to})+"?"+p.l.rowField()+"=")))
	return name
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
