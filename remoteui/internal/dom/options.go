package dom

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Options returns the options of a select in order; nil for other elements.
func Options(sel *html.Node) []*html.Node {
	if !IsElement(sel, "select") {
		return nil
	}
	var options []*html.Node
	for n := range Descendants(sel) {
		if IsElement(n, "option") {
			options = append(options, n)
		}
	}
	return options
}

// OptionValue is the value of an option: its attribute, else its text.
func OptionValue(o *html.Node) string {
	if v, ok := LookupAttr(o, "value"); ok {
		return v
	}
	return OptionText(o)
}

// OptionText is the text of an option as shown.
func OptionText(o *html.Node) string {
	return strings.Join(strings.Fields(rawText(o)), " ")
}

// Selected reports whether an option is selected in its select.
func (d *Document) Selected(o *html.Node) bool {
	sel := Closest(o, "select")
	if sel == nil {
		return d.flag(o, "selected")
	}
	for _, s := range d.selected(sel) {
		if s == o {
			return true
		}
	}
	return false
}

// SelectedOptions are the options of a select that are selected.
func (d *Document) SelectedOptions(sel *html.Node) map[*html.Node]bool {
	set := make(map[*html.Node]bool)
	for _, o := range d.selected(sel) {
		set[o] = true
	}
	return set
}

// selected returns the selected options of a select. A pull-down shows its
// first option where none is marked.
func (d *Document) selected(sel *html.Node) []*html.Node {
	var chosen []*html.Node
	var first *html.Node
	for _, o := range Options(sel) {
		if d.flag(o, "selected") {
			chosen = append(chosen, o)
		}
		if first == nil && !Disabled(o) {
			first = o
		}
	}
	if HasAttr(sel, "multiple") {
		return chosen
	}
	if len(chosen) > 0 {
		return chosen[len(chosen)-1:]
	}
	if s := d.states[sel]; s != nil && s.noOption {
		return nil
	}
	if size, err := strconv.Atoi(strings.TrimSpace(Attr(sel, "size"))); err == nil && size > 1 || first == nil {
		return nil
	}
	return []*html.Node{first}
}

// SelectedIndex is the position of the first selected option; -1 for none.
func (d *Document) SelectedIndex(sel *html.Node) int {
	chosen := d.selected(sel)
	if len(chosen) == 0 {
		return -1
	}
	for i, o := range Options(sel) {
		if o == chosen[0] {
			return i
		}
	}
	return -1
}

// SelectIndex selects the option at i alone; nothing where there is none.
func (d *Document) SelectIndex(sel *html.Node, i int) {
	options := Options(sel)
	for j, o := range options {
		on := i == j
		d.state(o).checked = &on
	}
	d.state(sel).noOption = i < 0 || i >= len(options)
}

// SetSelected selects or deselects one option; in a single select the others
// give way.
func (d *Document) SetSelected(o *html.Node, on bool) {
	sel := Closest(o, "select")
	if sel == nil || HasAttr(sel, "multiple") {
		d.state(o).checked = &on
		return
	}
	if !on {
		d.state(o).checked = &on
		return
	}
	for i, other := range Options(sel) {
		if other == o {
			d.SelectIndex(sel, i)
		}
	}
}

func (d *Document) selectValue(sel *html.Node, value string) {
	for i, o := range Options(sel) {
		if OptionValue(o) == value {
			d.SelectIndex(sel, i)
			return
		}
	}
	d.SelectIndex(sel, -1)
}
