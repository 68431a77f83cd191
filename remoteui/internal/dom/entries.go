package dom

import (
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/html"
)

// Field is one name=value pair as a browser sends it. The order of fields and
// repeated names count. Values may be secret (passwords, one-time tokens).
type Field struct {
	Name, Value string
	// File is set for the fields of a file control; Value then is its file name.
	File *File
}

// String names the field and keeps its value to itself.
func (f Field) String() string { return f.Name + "=(not shown)" }

// Point is where an image button was clicked, in pixels from its corner.
type Point struct{ X, Y int }

// Entries returns what a form sends, in document order, when it is submitted
// by submitter; nil means by script.
func (d *Document) Entries(form, submitter *html.Node, at Point) []Field {
	var fields []Field
	charset := sync.OnceValue(func() string { return d.FormCharset(form) })
	for _, n := range d.controlsOf(form) {
		if Disabled(n) || Closest(n, "datalist") != nil || Closest(n, "template") != nil {
			continue
		}
		for _, f := range d.entriesOf(n, submitter, at) {
			if f.Name == "_charset_" && IsElement(n, "input") && inputType(n) == "hidden" {
				f.Value = charset()
			}
			f.Name, f.Value = crlf(f.Name), crlf(f.Value)
			fields = append(fields, f)
		}
	}
	return fields
}

// crlf ends every line by CR LF, as all names and values are sent, those of
// hidden fields too: a key in PEM, say.
func crlf(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(s)
}

func (d *Document) entriesOf(n, submitter *html.Node, at Point) []Field {
	name := Attr(n, "name")
	switch {
	case n.Data == "input" && inputType(n) == "image":
		if n != submitter {
			return nil
		}
		if name != "" {
			name += "."
		}
		return []Field{{Name: name + "x", Value: strconv.Itoa(at.X)}, {Name: name + "y", Value: strconv.Itoa(at.Y)}}
	case name == "":
		return nil
	case IsButton(n):
		if n != submitter {
			return nil
		}
		return []Field{{Name: name, Value: d.Value(n)}}
	}
	switch n.Data {
	case "select":
		return d.selectEntries(n, name)
	case "textarea":
		return []Field{{Name: name, Value: d.Value(n)}}
	case "input":
		return d.inputEntries(n, name)
	}
	return nil
}

func (d *Document) selectEntries(n *html.Node, name string) []Field {
	var fields []Field
	for _, o := range d.selected(n) {
		if !Disabled(o) {
			fields = append(fields, Field{Name: name, Value: OptionValue(o)})
		}
	}
	return fields
}

func (d *Document) inputEntries(n *html.Node, name string) []Field {
	switch inputType(n) {
	case "checkbox", "radio":
		if !d.Checked(n) {
			return nil
		}
	case "file":
		f := &File{}
		if s := d.states[n]; s != nil && s.file != nil {
			f = s.file
		}
		return []Field{{Name: name, Value: f.Name, File: f}}
	}
	return []Field{{Name: name, Value: d.Value(n)}}
}

// IsButton reports whether n is a button of any kind.
func IsButton(n *html.Node) bool {
	if IsElement(n, "button") {
		return true
	}
	if !IsElement(n, "input") {
		return false
	}
	switch inputType(n) {
	case "button", "submit", "reset", "image":
		return true
	}
	return false
}

// ButtonType is "submit" (also for image buttons), "reset" or "button".
func ButtonType(n *html.Node) string {
	t := strings.ToLower(strings.TrimSpace(Attr(n, "type")))
	switch {
	case t == "reset" || t == "button":
		return t
	case n.Data == "input" && t != "submit" && t != "image":
		return "button"
	}
	return "submit"
}
