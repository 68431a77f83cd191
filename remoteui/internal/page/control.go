package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Kind of a control.
type Kind int

// The kinds of controls.
const (
	Text Kind = iota // also number, date and other typed inputs
	Password
	TextArea
	Select
	Checkbox
	Radio
	FileUpload
)

var kindNames = [...]string{"text", "password", "textarea", "select", "checkbox", "radio", "file"}

func (k Kind) String() string { return kindNames[k] }

// Control is a field of the page. A radio control is one button of a group:
// Checked, Check and Label are about the button; Value, Set, Options and
// Choose about its group.
type Control struct {
	page  *Page
	node  *html.Node
	label string
}

// Option is one choice of a select or of a radio group.
type Option struct {
	Text, Value        string
	Selected, Disabled bool
}

// Kind of the control.
func (c *Control) Kind() Kind {
	switch c.node.Data {
	case "select":
		return Select
	case "textarea":
		return TextArea
	}
	switch dom.InputType(c.node) {
	case "password":
		return Password
	case "checkbox":
		return Checkbox
	case "radio":
		return Radio
	case "file":
		return FileUpload
	}
	return Text
}

// Name is the name it is sent by.
func (c *Control) Name() string { return dom.Attr(c.node, "name") }

// ID is its id attribute.
func (c *Control) ID() string { return dom.Attr(c.node, "id") }

// Label is the text that labels it, for a radio button or checkbox its own.
func (c *Control) Label() string {
	if c.Kind() == Radio || c.label == "" {
		if labels := c.page.fieldLabels(c.node); len(labels) > 0 {
			return labels[0].text
		}
	}
	return c.label
}

// Labels are all texts that label it, the surest first.
func (c *Control) Labels() []string {
	var texts []string
	for _, l := range c.page.fieldLabels(c.node) {
		texts = append(texts, l.text)
	}
	return texts
}

// Value is its live value, for a radio button that of the checked button of
// its group; empty if none is. A password is returned as it is: keep it.
func (c *Control) Value() string {
	if c.Kind() == Radio {
		if on := c.page.checkedIn(c.node); on != nil {
			return c.page.doc.Value(on)
		}
		return ""
	}
	return c.page.doc.Value(c.node)
}

// Checked reports whether a checkbox or radio button is checked.
func (c *Control) Checked() bool { return isChoice(c.node) && c.page.doc.Checked(c.node) }

// Disabled reports whether it can be used now; what is disabled is not sent.
func (c *Control) Disabled() bool { return dom.Disabled(c.node) }

// ReadOnly reports whether its text is sent but cannot be changed.
func (c *Control) ReadOnly() bool {
	k := c.Kind()
	return (k == Text || k == Password || k == TextArea) && dom.HasAttr(c.node, "readonly")
}

// Options are the choices of a select or radio group; nil for other kinds.
func (c *Control) Options() []Option {
	var options []Option
	switch c.Kind() {
	case Select:
		selected := c.page.doc.SelectedOptions(c.node)
		for _, o := range dom.Options(c.node) {
			options = append(options, Option{Text: dom.Seen(dom.OptionText(o)), Value: dom.OptionValue(o), Selected: selected[o], Disabled: dom.Disabled(o)})
		}
	case Radio:
		for _, b := range c.Group() {
			options = append(options, Option{Text: b.Label(), Value: dom.Attr(b.node, "value"), Selected: b.Checked(), Disabled: b.Disabled()})
		}
	}
	return options
}

// maxChoices bounds the buttons of a radio group that are looked at; no person
// could choose among more.
const maxChoices = 200

// Group are the buttons of its radio group in document order, the first 200;
// for other kinds the control itself.
func (c *Control) Group() []*Control {
	nodes := c.page.radioGroup(c.node)
	group := make([]*Control, min(len(nodes), maxChoices))
	for i := range group {
		group[i] = &Control{page: c.page, node: nodes[i]}
	}
	return group
}

// GroupKey is the same for all buttons of a radio group and for nothing else.
func (c *Control) GroupKey() any { return c.page.radioGroup(c.node)[0] }

// radioGroup are the radio buttons of n's group, or n alone. It is not to be
// changed.
func (p *Page) radioGroup(n *html.Node) []*html.Node {
	if group := p.doc.Group(n); group != nil && p.doc.Contains(n) {
		return group
	}
	return []*html.Node{n}
}

// Companions are the fields that belong to a radio button: those that follow
// it before the next button of its group, such as the pull-down beside
// "RSA".
func (c *Control) Companions() []*Control {
	order := c.page.order()
	group := c.page.radioGroup(c.node)
	i := slices.Index(group, c.node)
	if c.Kind() != Radio || i < 0 {
		return nil
	}
	buttons := make(map[*html.Node]bool, len(group))
	for _, b := range group {
		buttons[b] = true
	}
	r := region{order[c.node] + 1, 0}
	if i+1 < len(group) {
		r.to = order[group[i+1]]
	} else {
		r.to = c.page.span(lastPart(group)).to
	}
	var found []*Control
	for n := range dom.Descendants(lastCommon(group)) {
		if at := order[n]; isField(n) && r.from <= at && at < r.to && !buttons[n] && dom.Visible(n) {
			found = append(found, &Control{page: c.page, node: n})
		}
	}
	return found
}

// lastPart is the element that ends where the companions of the last button
// end: its row or item if that holds other fields, else all the group is in.
func lastPart(group []*html.Node) *html.Node {
	last, common := group[len(group)-1], lastCommon(group)
	if len(group) > 1 {
		for item := last.Parent; item != common; item = item.Parent {
			if item.Parent == common && countFields(item) > 1 {
				return item
			}
		}
	}
	return common
}

// lastCommon is the innermost element around the whole group.
func lastCommon(group []*html.Node) *html.Node {
	common := group[len(group)-1].Parent
	for !contains(common, group[0]) {
		common = common.Parent
	}
	return common
}

func countFields(n *html.Node) int {
	count := 0
	for d := range dom.Descendants(n) {
		if isField(d) {
			count++
		}
	}
	return count
}

// Control finds the one field with the label; where it labels a radio group,
// perhaps with fields beside the buttons, the first button. It returns *NotFoundError or *AmbiguousError.
func (p *Page) Control(texts []string, scope Scope) (*Control, error) {
	fits, err := p.fields(texts, scope)
	if err != nil {
		return nil, err
	}
	if len(fits) > maxCandidates {
		return nil, tooMany("control", texts, fits)
	}
	fits = p.best(fits)
	choice := p.choice(fits[0].node)
	for _, c := range fits[1:] {
		if at := p.order()[c.node]; at < choice.from || at >= choice.to {
			return nil, &AmbiguousError{Role: "control", Texts: texts, Candidates: describeAll(fits)}
		}
	}
	return p.control(fits[0]), nil
}

// choice is the region of the radio group of n with the fields beside its
// buttons; of other fields just theirs.
func (p *Page) choice(n *html.Node) region {
	group := p.radioGroup(n)
	if len(group) < 2 {
		return p.span(n)
	}
	return region{p.order()[group[0]], p.span(lastPart(group)).to}
}

// Controls finds all fields that the label labels, in document order: three
// date inputs behind one text, radio buttons with the pull-downs beside them.
// There is at least one, or it returns *NotFoundError.
func (p *Page) Controls(texts []string, scope Scope) ([]*Control, error) {
	fits, err := p.fields(texts, scope)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(fits, func(c candidate) bool { return c.tier != around }) {
		fits = slices.DeleteFunc(fits, func(c candidate) bool { return c.tier == around })
	}
	if slices.ContainsFunc(fits, func(c candidate) bool { return dom.Visible(c.node) }) {
		fits = slices.DeleteFunc(fits, func(c candidate) bool { return !dom.Visible(c.node) })
	}
	controls := make([]*Control, len(fits))
	for i, c := range fits {
		controls[i] = p.control(c)
	}
	return controls, nil
}

func (p *Page) control(c candidate) *Control {
	return &Control{page: p, node: c.node, label: c.label}
}

// fields are the fields in scope with the label; at least one.
func (p *Page) fields(texts []string, scope Scope) ([]candidate, error) {
	inScope, err := p.scopeFilter(scope)
	if err != nil {
		return nil, err
	}
	w := want(texts)
	var fits []candidate
	var others []string
	for n := range dom.Descendants(p.root()) {
		if !isField(n) || !inScope(n) || !dom.Visible(n) {
			continue
		}
		labels := p.fieldLabels(n)
		if scope.pinned() {
			if scope.pins(n) {
				fits = append(fits, candidate{node: n, label: firstText(labels), tier: explicit})
			}
			others = append(others, nameOf(n))
			continue
		}
		if c, ok := match(n, labels, w); ok {
			fits = append(fits, c)
		} else if len(labels) > 0 {
			others = append(others, labels[0].text)
		}
	}
	if len(fits) == 0 {
		return nil, p.missing("control", texts, scope, others)
	}
	return fits, nil
}

func firstText(labels []label) string {
	if len(labels) == 0 {
		return ""
	}
	return labels[0].text
}

// nameOf is how an element may be pinned.
func nameOf(n *html.Node) string {
	if name := dom.Attr(n, "name"); name != "" {
		return "name " + name
	}
	if id := dom.Attr(n, "id"); id != "" {
		return "id " + id
	}
	return ""
}

func describeAll(all []candidate) []string {
	const most = 5
	var texts []string
	for _, c := range all[:min(most, len(all))] {
		texts = append(texts, strings.TrimSpace(c.label+" "+describe(c.node)))
	}
	return texts
}
