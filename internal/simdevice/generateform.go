package simdevice

import (
	"fmt"
	"strings"
)

// showGenerate is the form for a key for network communication, or for one
// with a certificate signing request.
func (x *exchange) showGenerate() { x.generateForm(x.freshForm(), -1) }

// headingOf is the heading of one of these forms and that of its second part.
func headingOf(kind PageKind) (page, second word) {
	if kind == PageCSR {
		return wCSRTitle, wCSRSection
	}
	return wNetComm, wCertSection
}

// generateForm shows the form with values, and a message unless it is negative.
func (x *exchange) generateForm(v keyForm, message word) {
	l := x.l
	heading, second := headingOf(x.kind)
	p := x.frame(x.kind, heading, wSettings, wManagement, wDevices, wKeys, wGenerate)
	if message >= 0 {
		p.message(message)
	}
	f := newFields(p, "generate")
	nested := f.tableStyle() && l.pick("gen.nested", 2) == 1
	if nested { // <table><form>, as many old pages have it
		f.open()
		p.openForm(p.form, x.kind, PageGenerating)
	} else {
		p.openForm(p.form, x.kind, PageGenerating)
		p.section(wKeySection, f.open)
	}
	x.keyFields(f, v)
	if !nested {
		f.shut()
		p.sectionEnd()
		p.section(second, f.open)
	}
	x.certificateFields(f, v)
	if nested {
		p.raw("</form>")
		f.shut()
		p.generateButtons()
	} else {
		f.shut()
		p.sectionEnd()
		p.generateButtons()
		p.raw("</form>")
	}
	p.end()
}

func (f *fields) tableStyle() bool { return f.style == fieldsHeaderCell || f.style == fieldsCell }

// section begins a part of a form with a heading.
func (p *page) section(heading word, open func()) {
	if p.l.pick("section."+string(p.kind), 2) == 0 {
		p.put("<fieldset><legend>%s</legend>", p.l.text(heading))
	} else {
		p.put("<div><h3>%s</h3>", p.l.text(heading))
	}
	open()
}

func (p *page) sectionEnd() {
	p.raw([...]string{"</fieldset>", "</div>"}[p.l.pick("section."+string(p.kind), 2)])
}

// generateButtons are [OK], whose script looks at the name first, and [Cancel].
func (p *page) generateButtons() {
	name := p.l.name("fn.generate.ok")
	p.script(name, "", fmt.Sprintf("if (document.forms[%s].elements[%s].value == '') { alert(%s); return; }\n\t%s",
		jsString(p.form), jsString(p.l.name(fieldName)), jsString(p.l.text(wErrName)), p.submit(p.form, "Exec_Data", p.kind)))
	p.button("ok", p.l.text(wOK), okButtonID, name+"()")
	p.button("cancel", p.l.text(wCancel), "", p.opener("cancel", target{kind: PageGenerateMenu}))
}

// keyFields are name, hash and algorithm.
func (x *exchange) keyFields(f *fields, v keyForm) {
	l := x.l
	f.text(l.text(wKeyName), l.name(fieldName), v.name)
	f.row(l.text(wSignatureAlg), l.name(fieldHash), selectBox(l.name(fieldHash), l.hashOptions(), v.hash, false))
	rsa := v.algorithm == l.algorithmOptions()[0].value
	f.row(l.text(wKeyAlg), "", strings.Join([]string{
		x.radioChoice(f.p, "algorithm", fieldAlgorithm, 0, l.algorithmOptions(), v.algorithm,
			selectBox(l.name(fieldLength), l.lengthOptions(), v.length, !rsa)),
		x.radioChoice(f.p, "algorithm", fieldAlgorithm, 1, l.algorithmOptions(), v.algorithm,
			selectBox(l.name(fieldCurve), l.curveOptions(), v.curve, rsa)),
	}, "<br/>"))
	x.enabling(f.p, "algorithm", fieldLength, fieldCurve)
}

// radioChoice is a radio button and the control that goes with it. Choosing
// the button enables the control.
func (x *exchange) radioChoice(p *page, area, field string, i int, options []option, value, control string) string {
	call := fmt.Sprintf("%s(%d)", p.l.name("fn.choose."+area), i)
	return p.l.radio(area, p.l.name(field), options[i].value, options[i].text, call, options[i].value == value) + " " + control
}

// enabling is the script of radioChoice: it enables the i-th of two controls
// and disables the other.
func (x *exchange) enabling(p *page, area, first, second string) {
	p.script(p.l.name("fn.choose."+area), "i", fmt.Sprintf(
		"var f = document.forms[%s];\n\tf.elements[%s].disabled = (i != 0);\n\tf.elements[%s].disabled = (i != 1)",
		jsString(p.form), jsString(p.l.name(first)), jsString(p.l.name(second))))
}

// certificateFields are the validity and the subject. A request has no
// validity.
func (x *exchange) certificateFields(f *fields, v keyForm) {
	l := x.l
	if x.kind != PageCSR {
		x.date(f, wStart, fieldStart, v.start)
		x.date(f, wEnd, fieldEnd, v.end)
	}
	modes := []option{{"0", l.text(wCountrySelect)}, {"1", l.text(wCountryCode)}}
	byList := v.countryMode != "1"
	code := textBox(l.name(fieldCountryCode), v.countryCode, 2)
	if byList {
		code = strings.Replace(code, "/>", attr("disabled", true)+"/>", 1)
	}
	f.row(l.text(wCountry), "", strings.Join([]string{
		x.radioChoice(f.p, "country", fieldCountryMode, 0, modes, v.countryMode,
			selectBox(l.name(fieldCountry), countries, v.country, !byList)),
		x.radioChoice(f.p, "country", fieldCountryMode, 1, modes, v.countryMode, code),
	}, "<br/>"))
	x.enabling(f.p, "country", fieldCountry, fieldCountryCode)
	for _, each := range []struct {
		text         word
		field, value string
	}{
		{wState, fieldState, v.state}, {wCity, fieldCity, v.city}, {wOrganization, fieldOrganization, v.organization},
		{wUnit, fieldUnit, v.unit}, {wCommonName, fieldCommonName, v.commonName},
	} {
		f.text(l.text(each.text), l.name(each.field), each.value)
	}
}

// date is one box or three.
func (x *exchange) date(f *fields, text word, field, value string) {
	l := x.l
	if !l.threeBoxes() {
		f.row(l.text(text), l.name(field), textBox(l.name(field), value, 10))
		return
	}
	parts := append(strings.Split(value, "/"), "", "")
	var boxes []string
	for i, size := range []int{4, 2, 2} {
		boxes = append(boxes, textBox(l.name(fmt.Sprint(field, i)), parts[i], size))
	}
	f.row(l.text(text), "", strings.Join(boxes, " / "))
}
