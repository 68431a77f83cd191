package dom

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// start handles a start tag: it closes what the tag implies to be closed,
// opens what it implies to be open, and inserts the element.
func (b *builder) start(t html.Token) error {
	b.skipLF = false
	switch t.Data {
	case "html":
		b.doc.merge(b.doc.html, t.Attr)
		return nil
	case "head":
		b.doc.merge(b.doc.head, t.Attr)
		return nil
	case "body":
		b.beginBody()
		b.doc.merge(b.doc.body, t.Attr)
		return nil
	case "frameset":
		return b.startFrameset(t)
	case "image":
		t.Data, t.DataAtom = "img", atom.Img
	}
	if b.inHead && !b.openHead() {
		if headTags[t.Data] {
			b.stack = append(b.stack, b.doc.head)
			err := b.insert(t)
			b.stack = slices.DeleteFunc(b.stack, func(n *html.Node) bool { return n == b.doc.head })
			return err
		}
		b.beginBody()
	}
	if b.skipInSelect(t.Data) {
		return nil
	}
	if tableTags[t.Data] {
		return b.startTablePart(t)
	}
	if t.Data == "form" {
		return b.startForm(t)
	}
	b.closeImplied(t.Data)
	b.skipLF = t.Data == "pre" || t.Data == "textarea" || t.Data == "listing"
	return b.insert(t)
}

// openHead reports whether an element of the head is open, such as title.
func (b *builder) openHead() bool { return len(b.stack) > 1 }

func (b *builder) startFrameset(t html.Token) error {
	if b.inHead {
		b.inHead = false
		if err := b.insert(t); err != nil {
			return err
		}
		b.doc.body, b.base = b.top(), 1
		return nil
	}
	if b.top().Data == "frameset" {
		return b.insert(t)
	}
	return nil
}

// startForm opens a form. Between the rows of a table a form has no content
// in the tree, only the controls that follow it by tokens.
func (b *builder) startForm(t html.Token) error {
	if b.openForm() != nil {
		return nil
	}
	b.closeImplied(t.Data)
	if err := b.insert(t); err != nil {
		return err
	}
	b.form = b.top()
	if tableStructure[b.form.Parent.Data] {
		b.pop(len(b.stack) - 1)
	}
	return nil
}

// skipInSelect reports whether a tag inside a select is to be ignored, and
// closes the select at tags that end it.
func (b *builder) skipInSelect(tag string) bool {
	i := b.open("select", scopeTags)
	if i < 0 {
		return false
	}
	switch {
	case tag == "select":
		b.pop(i)
		return true
	case tag == "input" || tag == "textarea" || tag == "button" || tableTags[tag]:
		b.pop(i)
		return false
	}
	return !selectTags[tag]
}

// closeImplied closes the elements that cannot contain tag.
func (b *builder) closeImplied(tag string) {
	switch tag {
	case "li":
		b.close("li", listScope)
	case "dt", "dd":
		b.close("dt", dlScope)
		b.close("dd", dlScope)
	case "option":
		b.close("option", optionScope)
	case "optgroup":
		b.close("option", selectScope)
		b.close("optgroup", selectScope)
	case "a", "nobr":
		b.closeInline(tag)
	case "button":
		b.close("button", scopeTags)
	}
	if headings[tag] && headings[b.top().Data] {
		b.pop(len(b.stack) - 1)
	}
	if blockTags[tag] && tag != "button" && tag != "select" && tag != "textarea" {
		b.close("p", pScope)
	}
}

// startTablePart handles table and the elements it is made of.
func (b *builder) startTablePart(t html.Token) error {
	if t.Data == "table" {
		if tableStructure[b.top().Data] {
			b.close("table", nil)
		}
		b.close("p", pScope)
		return b.insert(t)
	}
	if ok, err := b.inTemplate(t); ok {
		return err
	}
	table := b.tableLevel()
	if table < 0 {
		return nil // a stray row or cell outside of any table is no element
	}
	switch t.Data {
	case "caption", "colgroup", "tbody", "thead", "tfoot":
		b.pop(b.level(table, "table") + 1)
	case "col":
		b.pop(max(b.level(table, "table"), b.level(table, "colgroup")) + 1)
	case "tr":
		if err := b.openSection(table); err != nil {
			return err
		}
	case "td", "th":
		if err := b.openRow(table); err != nil {
			return err
		}
	}
	return b.insert(t)
}

// openSection closes down to a tbody, thead or tfoot of the table at level
// table, or opens one.
func (b *builder) openSection(table int) error {
	for i := len(b.stack) - 1; i >= table; i-- {
		if tableSections[b.stack[i].Data] {
			b.pop(i + 1)
			return nil
		}
	}
	b.pop(table + 1)
	return b.insertTag("tbody")
}

// openRow closes down to a tr of the table at level table, or opens one.
func (b *builder) openRow(table int) error {
	if i := b.level(table, "tr"); i >= table && b.stack[i].Data == "tr" {
		b.pop(i + 1)
		return nil
	}
	if err := b.openSection(table); err != nil {
		return err
	}
	return b.insertTag("tr")
}

// tableLevel is the position of the innermost open table, or of the part of a
// table that a fragment stands in; -1 if there is none.
func (b *builder) tableLevel() int {
	if i := b.open("table", nil); i >= 0 {
		return i
	}
	if tableStructure[b.stack[0].Data] {
		return 0
	}
	return -1
}

// level is the position of the innermost open element with the tag at or
// inside position from; from if there is none.
func (b *builder) level(from int, tag string) int {
	for i := len(b.stack) - 1; i > from; i-- {
		if b.stack[i].Data == tag {
			return i
		}
	}
	return from
}

// merge adds the attributes that n does not have yet.
func (d *Document) merge(n *html.Node, attrs []html.Attribute) {
	for _, a := range attrs {
		if len(n.Attr) < maxAttrs && !HasAttr(n, a.Key) {
			d.SetAttr(n, a.Key, a.Val)
		}
	}
}
