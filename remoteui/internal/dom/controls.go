package dom

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// listedTags are the controls that belong to a form.
var listedTags = tags("button fieldset input object output select textarea")

// File is the content of a file control.
type File struct {
	Name        string // without folders
	ContentType string // empty: by the end of the name
	Data        []byte
}

// state is what a person or a script did to a control.
type state struct {
	value    *string // nil: as in the source
	checked  *bool   // of checkboxes, radio buttons and options
	file     *File
	noOption bool // a select whose selection a script took away
}

// radioGroup are the radio buttons of which at most one is checked.
type radioGroup struct {
	form *html.Node
	name string
}

// index lists what is looked up often; it is rebuilt after a change.
type index struct {
	version  int
	ids      map[string]*html.Node
	controls map[*html.Node][]*html.Node // by form; nil: of no form
	forms    []*html.Node
	groups   map[radioGroup][]*html.Node // radio buttons
}

func (d *Document) lookup() *index {
	if d.index != nil && d.index.version == d.version {
		return d.index
	}
	x := &index{version: d.version, ids: make(map[string]*html.Node), controls: make(map[*html.Node][]*html.Node), groups: make(map[radioGroup][]*html.Node)}
	d.index = x
	var listed []*html.Node
	for n := range Descendants(d.Root) {
		if n.Type != html.ElementNode {
			continue
		}
		if id := Attr(n, "id"); id != "" && x.ids[id] == nil {
			x.ids[id] = n
		}
		if n.Data == "form" {
			x.forms = append(x.forms, n)
		}
		if listedTags[n.Data] {
			listed = append(listed, n)
		}
	}
	for _, n := range listed {
		form := d.ownerIn(x, n)
		x.controls[form] = append(x.controls[form], n)
		if name := Attr(n, "name"); n.Data == "input" && name != "" && inputType(n) == "radio" {
			g := radioGroup{form, name}
			x.groups[g] = append(x.groups[g], n)
		}
	}
	return x
}

// ByID returns the first element with the id, nil if there is none.
func (d *Document) ByID(id string) *html.Node { return d.lookup().ids[id] }

// Forms returns all forms in document order.
func (d *Document) Forms() []*html.Node { return slices.Clone(d.lookup().forms) }

// Controls returns the controls of a form in document order, for nil those of
// no form.
func (d *Document) Controls(form *html.Node) []*html.Node {
	return slices.Clone(d.controlsOf(form))
}

// controlsOf is Controls; what it returns is not to be changed. A form that is not in
// the tree, or not yet, has those within it.
func (d *Document) controlsOf(form *html.Node) []*html.Node {
	x := d.lookup()
	if form == nil || d.Contains(form) {
		return x.controls[form]
	}
	var all []*html.Node
	for n := range Descendants(outermost(form)) {
		if n.Type == html.ElementNode && listedTags[n.Data] && d.ownerIn(x, n) == form {
			all = append(all, n)
		}
	}
	return all
}

func outermost(n *html.Node) *html.Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

// Owner returns the form a control belongs to: the one its form attribute
// names, else the one that was open by tokens, else the one around it.
func (d *Document) Owner(n *html.Node) *html.Node { return d.ownerIn(d.lookup(), n) }

func (d *Document) ownerIn(x *index, n *html.Node) *html.Node {
	if id, ok := LookupAttr(n, "form"); ok {
		if f := x.ids[id]; IsElement(f, "form") {
			return f
		}
		return nil
	}
	if f := d.owners[n]; f != nil {
		return f
	}
	return Closest(n, "form")
}

// adopt takes the default state of new nodes into account: of several checked
// radio buttons the last one wins. To which group one belongs is looked at when
// it matters: its form may be named by an id, for which the tree is indexed.
func (d *Document) adopt(n *html.Node) {
	if IsElement(n, "input") && inputType(n) == "radio" && HasAttr(n, "checked") {
		d.adopted = append(d.adopted, n)
	}
}

// checkedRadios are the checked buttons of the groups.
func (d *Document) checkedRadios() map[radioGroup]*html.Node {
	adopted := d.adopted
	d.adopted = nil
	for _, n := range adopted {
		if g, ok := d.group(n); ok {
			d.radios[g] = n
		}
	}
	return d.radios
}

// Group returns the radio buttons of n's group in document order; nil if n is no
// radio button of a group.
func (d *Document) Group(n *html.Node) []*html.Node {
	if !IsElement(n, "input") || inputType(n) != "radio" {
		return nil
	}
	name := Attr(n, "name")
	if name == "" {
		return nil
	}
	return d.lookup().groups[radioGroup{d.Owner(n), name}]
}

// Adopt does the same for nodes put into the tree from outside.
func (d *Document) Adopt(n *html.Node) {
	d.version++
	d.adopt(n)
	for c := range Descendants(n) {
		d.adopt(c)
	}
}

// group names the radio group of n; a button without name has none.
func (d *Document) group(n *html.Node) (radioGroup, bool) {
	name := Attr(n, "name")
	if name == "" {
		return radioGroup{}, false
	}
	if HasAttr(n, "form") {
		return radioGroup{d.Owner(n), name}, true
	}
	if f := d.owners[n]; f != nil {
		return radioGroup{f, name}, true
	}
	return radioGroup{Closest(n, "form"), name}, true
}

func (d *Document) state(n *html.Node) *state {
	s := d.states[n]
	if s == nil {
		s = new(state)
		d.states[n] = s
	}
	return s
}

// InputType is the type of an input in lower case; "text" where there is none.
func InputType(n *html.Node) string { return inputType(n) }

func inputType(n *html.Node) string {
	if t := strings.ToLower(strings.TrimSpace(Attr(n, "type"))); t != "" {
		return t
	}
	return "text"
}

// Value is the live value of a control.
func (d *Document) Value(n *html.Node) string {
	switch n.Data {
	case "select":
		if o := d.selected(n); len(o) > 0 {
			return OptionValue(o[0])
		}
		return ""
	case "option":
		return OptionValue(n)
	case "textarea":
		if s := d.states[n]; s != nil && s.value != nil {
			return *s.value
		}
		return rawText(n)
	case "output":
		return rawText(n)
	}
	return d.inputValue(n)
}

func (d *Document) inputValue(n *html.Node) string {
	s := d.states[n]
	switch t := inputType(n); {
	case t == "file":
		if s != nil && s.file != nil {
			return s.file.Name
		}
		return ""
	case s != nil && s.value != nil:
		return *s.value
	case (t == "checkbox" || t == "radio") && !HasAttr(n, "value"):
		return "on"
	case t == "text" || t == "password":
		return oneLine(Attr(n, "value"))
	case t == "date":
		return day(Attr(n, "value"))
	}
	return Attr(n, "value")
}

// SetValue changes the live value of a control. In a select it selects the
// first option with that value, or nothing.
func (d *Document) SetValue(n *html.Node, value string) {
	switch {
	case n.Data == "select":
		d.selectValue(n, value)
	case n.Data == "option" || n.Data == "button" || n.Data == "li" || n.Data == "param":
		d.SetAttr(n, "value", value)
	case n.Data == "textarea":
		value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
		d.state(n).value = &value
	case inputType(n) == "file":
		if value == "" {
			d.state(n).file = nil
		}
	default:
		switch inputType(n) {
		case "button", "submit", "reset", "image":
			d.SetAttr(n, "value", value) // what stands on it
			return
		case "text", "password":
			value = oneLine(value)
		case "date":
			value = day(value)
		}
		d.state(n).value = &value
	}
}

// day is the value of a date field: a day as browsers write it, or nothing.
func day(value string) string {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return ""
	}
	return value
}

// SetFile puts a file into a file control; nil takes it out.
func (d *Document) SetFile(n *html.Node, f *File) { d.state(n).file = f }

// FileOf is the file in a file control; nil if there is none.
func (d *Document) FileOf(n *html.Node) *File {
	if s := d.states[n]; s != nil {
		return s.file
	}
	return nil
}

// Checked reports whether a checkbox or radio button is checked.
func (d *Document) Checked(n *html.Node) bool {
	if inputType(n) == "radio" {
		if g, ok := d.group(n); ok {
			return d.checkedRadios()[g] == n
		}
	}
	return d.flag(n, "checked")
}

// CheckedIn is the checked radio button of n's group; nil if none is.
func (d *Document) CheckedIn(n *html.Node) *html.Node {
	if g, ok := d.group(n); ok {
		return d.checkedRadios()[g]
	}
	if d.Checked(n) {
		return n
	}
	return nil
}

// SetChecked checks or clears a checkbox or radio button. Checking a radio
// button clears the others of its group.
func (d *Document) SetChecked(n *html.Node, on bool) {
	if inputType(n) == "radio" {
		if g, ok := d.group(n); ok {
			if radios := d.checkedRadios(); on {
				radios[g] = n
			} else if radios[g] == n {
				delete(radios, g)
			}
			return
		}
	}
	d.state(n).checked = &on
}

// flag is the live state of a checkbox or option whose default is attr.
func (d *Document) flag(n *html.Node, attr string) bool {
	if s := d.states[n]; s != nil && s.checked != nil {
		return *s.checked
	}
	return HasAttr(n, attr)
}

// Disabled reports whether a control is disabled, by itself or by a fieldset
// around it whose legend it does not stand in.
func Disabled(n *html.Node) bool {
	if HasAttr(n, "disabled") {
		return true
	}
	for child, p := n, n.Parent; p != nil; child, p = p, p.Parent {
		switch {
		case IsElement(p, "fieldset") && HasAttr(p, "disabled"):
			if child != Legend(p) {
				return true
			}
		case IsElement(p, "select", "optgroup") && IsElement(n, "option", "optgroup") && HasAttr(p, "disabled") && p.Data == "optgroup":
			return true
		}
	}
	return false
}

// Reset puts the controls of a form back to what the source says.
func (d *Document) Reset(form *html.Node) {
	for _, n := range d.Controls(form) {
		delete(d.states, n)
		for _, o := range Options(n) {
			delete(d.states, o)
		}
		if g, ok := d.group(n); ok && IsElement(n, "input") && inputType(n) == "radio" {
			delete(d.checkedRadios(), g)
		}
	}
	for _, n := range d.Controls(form) {
		d.adopt(n)
	}
}

var lineBreaks = strings.NewReplacer("\r", "", "\n", "")

func oneLine(s string) string { return lineBreaks.Replace(s) }
