package simdevice

import (
	"fmt"
	"html"
	"strings"
)

// fields lays out labels and what they label, as this page's author did it.
type fields struct {
	p     *page
	style int
}

// The layouts.
const (
	fieldsHeaderCell = iota // <th><td>
	fieldsCell              // <td><td>
	fieldsList              // <dt><dd>
	fieldsText              // label and control in a line
	fieldsLegend            // a fieldset with a legend
	fieldsAbove             // label in the row above
	fieldStyles
)

// newFields is for controls.
func newFields(p *page, area string) *fields {
	return &fields{p: p, style: p.l.pick("fields."+area, fieldStyles)}
}

// newValues is for texts. A label in the row above would read like a list.
func newValues(p *page, area string) *fields {
	return &fields{p: p, style: p.l.pick("fields."+area, fieldsLegend)}
}

func (f *fields) open() {
	f.p.raw([...]string{"<table>", `<table border="0">`, "<dl>", "<div>", "<div>", "<table>"}[f.style])
}

func (f *fields) shut() {
	f.p.raw([...]string{"</table>", "</table>", "</dl>", "</div>", "</div>", "</table>"}[f.style])
}

// value is a label and a text. In running text a colon stands between them.
func (f *fields) value(label, text string) {
	if f.style == fieldsText && f.colon() == "" {
		label += ":"
	}
	f.row(label, "", html.EscapeString(text))
}

// row is a label and markup. If id is not empty the label refers to it.
func (f *fields) row(label, id, markup string) {
	label = html.EscapeString(label + f.colon())
	if id != "" && f.style != fieldsCell && f.style != fieldsLegend {
		label = fmt.Sprintf(`<label for="%s">%s</label>`, id, label)
	}
	formats := [...]string{
		"<tr><th>%s</th><td>%s</td></tr>",
		"<tr><td>%s</td><td>%s</td></tr>",
		"<dt>%s</dt><dd>%s</dd>",
		"<p>%s %s</p>",
		"<fieldset><legend>%s</legend>%s</fieldset>",
		"<tr><td>%s</td></tr><tr><td>%s</td></tr>",
	}
	f.p.raw(fmt.Sprintf(formats[f.style], label, markup))
}

func (f *fields) colon() string {
	return []string{"", ":", "："}[f.p.l.pick("colon."+string(f.p.kind), 3)]
}

// text is a labelled text box.
func (f *fields) text(label, name, value string) {
	f.row(label, name, textBox(name, value, 32))
}

func textBox(name, value string, size int) string {
	return fmt.Sprintf(`<input type="text" name="%[1]s" id="%[1]s" value="%[2]s" size="%[3]d"/>`, name, html.EscapeString(value), size)
}

// option of a select or one of several radio buttons.
type option struct{ value, text string }

func selectBox(name string, options []option, chosen string, disabled bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<select name="%[1]s" id="%[1]s"%[2]s>`, name, attr("disabled", disabled))
	for _, o := range options {
		fmt.Fprintf(&b, `<option value="%s"%s>%s</option>`, html.EscapeString(o.value), attr("selected", o.value == chosen), html.EscapeString(o.text))
	}
	b.WriteString("</select>")
	return b.String()
}

// attr is a boolean attribute, spelled as XHTML wants it.
func attr(name string, set bool) string {
	if !set {
		return ""
	}
	return fmt.Sprintf(` %[1]s="%[1]s"`, name)
}

// radio is a radio button with its text, right after it or around it.
func (l *layout) radio(area, name, value, text, onclick string, checked bool) string {
	id := name + value
	button := fmt.Sprintf(`<input type="radio" name="%s" id="%s" value="%s" onclick="%s"%s/>`,
		name, id, value, html.EscapeString(onclick), attr("checked", checked))
	text = html.EscapeString(text)
	switch l.pick("radio."+area, 3) {
	case 0:
		return fmt.Sprintf(`%s<label for="%s">%s</label>`, button, id, text)
	case 1:
		return "<label>" + button + text + "</label>"
	}
	return button + " " + text + " "
}

// checkbox is a check box with its text. Some authors put a hidden field of the
// same name before it, so that an empty box is sent as 0.
func (l *layout) checkbox(area, name, text string, checked bool) string {
	box := fmt.Sprintf(`<input type="checkbox" name="%[1]s" id="%[1]s" value="1"%[2]s/>`, name, attr("checked", checked))
	if l.pick("checkbox.paired", 2) == 1 {
		box = fmt.Sprintf(`<input type="hidden" name="%s" value="0"/>`, name) + box
	}
	text = html.EscapeString(text)
	if l.pick("checkbox."+area, 2) == 1 {
		return "<label>" + box + text + "</label>"
	}
	return fmt.Sprintf(`%s<label for="%s">%s</label>`, box, name, text)
}

// code is the value by which a form means the i-th of a list: a number counted
// from 0 or from 1, or the text itself.
func (l *layout) code(area string, i int, text string) string {
	switch l.pick("code."+area, 3) {
	case 0:
		return fmt.Sprint(i)
	case 1:
		return fmt.Sprint(i + 1)
	}
	return strings.ReplaceAll(text, " ", "")
}

// options makes the list of texts with their codes.
func (l *layout) options(area string, texts []string) []option {
	all := make([]option, len(texts))
	for i, text := range texts {
		all[i] = option{l.code(area, i, text), text}
	}
	return all
}

// chosen finds the option a form means; -1 if none.
func chosen(options []option, value string) int {
	for i, o := range options {
		if o.value == value {
			return i
		}
	}
	return -1
}
