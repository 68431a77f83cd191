package page

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Action is something to click on: a link, a button, or an element that a
// script makes one.
type Action struct {
	page  *Page
	node  *html.Node
	label string
}

// Label is the text that people click on.
func (a *Action) Label() string { return a.label }

// Disabled reports whether it cannot be clicked now.
func (a *Action) Disabled() bool { return isControl(a.node) && dom.Disabled(a.node) }

// Within is where in the document a link leads, as path, query and what follows # in the
// address; empty for anything else. Other documents may have places of the same name.
func (a *Action) Within() string {
	link := dom.Closest(a.node, "a", "area")
	if link == nil {
		return ""
	}
	u, err := a.page.doc.Resolve(dom.Attr(link, "href"))
	if err != nil || u.Fragment == "" || !a.page.sameDocument(u) {
		return ""
	}
	return u.RequestURI() + "#" + u.EscapedFragment()
}

// ClickOptions of one click. The zero value answers every question with no.
type ClickOptions struct {
	// Confirm answers the questions of the page with yes.
	Confirm bool
	// Answer answers each question by its text, in place of Confirm; nil: Confirm
	// does. It must not act on the page.
	Answer func(question string) bool
}

func (o ClickOptions) answer(question string) bool {
	if o.Answer != nil {
		return o.Answer(question)
	}
	return o.Confirm
}

// Outcome is what a click led to.
type Outcome struct {
	Request       *Request      // nil: nothing was requested
	Delay         time.Duration // how long a browser would wait before sending it
	Alerts        []string      // the messages shown
	Confirmations []string      // the questions asked
	// Elsewhere is what other frames of the window are to load besides Request,
	// which is for one of them if nothing is for the page's own frame.
	Elsewhere []*Request
	// Refused says that the page itself said no: it showed a message, or asked
	// a question that was answered with no, and requested nothing.
	Refused bool
	// Changed says that the page stays and is not what it was before: texts, what
	// can be clicked, greyed out or chosen.
	Changed bool
	// Requested says that scripts made requests of their own, which were answered.
	Requested bool
	// Closed says that the small window that the page is in was closed, and Behind
	// is what was done to the page that opened it; nil if nothing.
	Closed bool
	Behind *Outcome
	// Opened is the name of the new window that the request is for; empty if it
	// is for this window or a frame of it.
	Opened string
	// File is what a script made and had saved, in place of a Request.
	File *File
}

// Click clicks as a person does: the handlers run, then what the element does
// by default, then timers for a while. It returns *DisabledError, *ScriptError
// for what a handler throws, or *LimitError, after which the page is closed.
func (a *Action) Click(ctx context.Context, opts ClickOptions) (*Outcome, error) {
	if a.Disabled() {
		return nil, &DisabledError{Label: a.label}
	}
	before := a.page.sees()
	done, err := a.page.perform(ctx, opts.answer, a.page.limits.VirtualTime, func() error { a.page.op.clicking = true; return a.page.clickOn(a.node) })
	if err != nil {
		return nil, err
	}
	if done.failed != nil {
		return nil, done.failed
	}
	done.changed = a.page.sees() != before
	return a.page.outcome(done), nil
}

// outcome is what an act led to. Messages that refuse nothing are kept with
// those of the page that stays.
func (p *Page) outcome(o *act) *Outcome {
	out := &Outcome{Alerts: o.alerts, Confirmations: o.asked, Opened: o.opened, Elsewhere: o.elsewhere, Requested: o.answered > 0, File: o.file}
	if o.pending != nil {
		out.Request, out.Delay = o.pending.Request, o.pending.Delay
	} else if n := len(out.Elsewhere) - 1; n >= 0 {
		out.Request, out.Elsewhere = out.Elsewhere[n], out.Elsewhere[:n]
	}
	out.Changed = o.changed && out.Request == nil
	out.Closed, out.Behind = o.closing, p.outcomeBehind(o)
	did := out.Request != nil || out.Requested || out.Closed || out.File != nil
	if b := out.Behind; b != nil {
		out.Alerts = append(out.Alerts, b.Alerts...)
		did = did || b.Changed || b.Request != nil
	}
	out.Refused = !did && (len(out.Alerts) > 0 || o.denied || o.behind != nil && o.behind.denied)
	if out.Request == nil && !out.Refused {
		p.alerts = append(p.alerts, out.Alerts...)
	}
	return out
}

// clickOn presses and releases the mouse on n, which is a click.
func (p *Page) clickOn(n *html.Node) error {
	if _, err := p.fire(n, "mousedown"); err != nil {
		return err
	}
	if isControl(n) || dom.IsElement(n, "a", "area") {
		if err := p.focus(n); err != nil {
			return err
		}
	}
	if _, err := p.fire(n, "mouseup"); err != nil {
		return err
	}
	return p.click(n)
}

// Action finds what to click on by its label. It returns *NotFoundError or
// *AmbiguousError.
func (p *Page) Action(texts []string, scope Scope) (*Action, error) {
	inScope, err := p.scopeFilter(scope)
	if err != nil {
		return nil, err
	}
	w := want(texts)
	var fits []candidate
	for _, c := range p.offers() {
		switch {
		case scope.leavesOut(c) || !inScope(c.node):
		case scope.pinned():
			if scope.pins(c.node) {
				fits = append(fits, candidate{node: c.node, label: firstText(c.labels), tier: explicit})
			}
		default:
			if fit, ok := c.match(w); ok {
				fits = append(fits, fit)
			}
		}
	}
	if fits = innermost(fits); len(fits) == 0 && !scope.pinned() && !scope.Button {
		fits = p.textsInActions(w, inScope)
	}
	if len(fits) == 0 {
		return nil, p.noAction(texts, scope, inScope)
	}
	if len(fits) > maxCandidates {
		return nil, tooMany("action", texts, fits)
	}
	fits = p.best(fits)
	if err := p.distinct(texts, fits); err != nil {
		return nil, err
	}
	return &Action{page: p, node: fits[0].node, label: fits[0].label}, nil
}

// noAction says that there is none, and what there is.
func (p *Page) noAction(texts []string, scope Scope, inScope func(*html.Node) bool) *NotFoundError {
	if scope.Quiet {
		return p.missing("action", texts, scope, nil)
	}
	var others []string
	for _, c := range p.offers() {
		switch {
		case scope.leavesOut(c) || !inScope(c.node):
		case scope.pinned():
			others = append(others, nameOf(c.node))
		case len(c.labels) > 0 && dom.Visible(c.node):
			others = append(others, c.labels[0].text)
		}
	}
	return p.missing("action", texts, scope, others)
}

// missing says that nothing of a role has one of the labels, but others.
func (p *Page) missing(role string, texts []string, scope Scope, others []string) *NotFoundError {
	e := &NotFoundError{Role: role, Texts: texts}
	if !scope.Quiet {
		e.Closest, e.ScriptErrors = want(texts).closest(others), p.ScriptErrors()
	}
	return e
}

// offer is an action with its labels.
type offer struct {
	node   *html.Node
	labels []label
	plain  []string // the labels as they are compared; empty: longer than a label is
	reach  bool     // a person can come to click on it
}

// offers are all actions, in document order: many labels are looked for on a
// page, one after the other.
func (p *Page) offers() []offer {
	m := p.memo()
	if m.offers != nil {
		return m.offers
	}
	reachable := p.reach()
	m.offers = []offer{}
	for n := range dom.Descendants(p.root()) {
		if !p.isAction(n) {
			continue
		}
		c := offer{node: n, labels: actionLabels(n), reach: reachable(n)}
		for _, l := range c.labels {
			c.plain = append(c.plain, plainLabel(l.text))
		}
		m.offers = append(m.offers, c)
	}
	return m.offers
}

// leavesOut reports whether an action is none of those that are looked for.
func (s Scope) leavesOut(c offer) bool { return !c.reach || s.Button && !dom.IsButton(c.node) }

// match picks the surest of the labels that is wanted.
func (c offer) match(w wanted) (candidate, bool) {
	best := candidate{node: c.node}
	for i, l := range c.labels {
		if (best.tier == 0 || l.tier < best.tier) && slices.Contains(w, c.plain[i]) {
			best.label, best.tier = l.text, l.tier
		}
	}
	return best, best.tier != 0
}

// part is an element within an action, with its text as it is compared.
type part struct {
	node  *html.Node
	plain string
}

// parts are all elements within actions that have a text and are no controls, in
// document order.
func (p *Page) parts() []part {
	m := p.memo()
	if m.parts != nil {
		return m.parts
	}
	m.parts = []part{}
	within := make(map[*html.Node]bool)
	for n := range dom.Descendants(p.root()) {
		if n.Type != html.ElementNode || !within[n.Parent] && !p.isAction(n.Parent) {
			continue
		}
		within[n] = true
		if isControl(n) {
			continue
		}
		if plain := plainLabel(labelText(n)); plain != "" {
			m.parts = append(m.parts, part{n, plain})
		}
	}
	return m.parts
}

// textsInActions finds actions by a part of their text, such as the title of a
// link that holds a description too, or a cell in a row that can be clicked
// on. The part is what is clicked.
func (p *Page) textsInActions(w wanted, inScope func(*html.Node) bool) []candidate {
	var fits []candidate
	reachable := p.reach()
	for _, part := range p.parts() {
		if n := part.node; slices.Contains(w, part.plain) && inScope(n) && reachable(n) {
			fits = append(fits, candidate{node: n, label: labelText(n), tier: around})
		}
	}
	return innermost(fits)
}

// actionsIn are all actions within root, in document order.
func (p *Page) actionsIn(root *html.Node) []*Action {
	var found []*Action
	p.doc.Style()
	reachable := p.reach()
	for n := range dom.Descendants(root) {
		if !p.isAction(n) || !dom.Visible(n) || !reachable(n) {
			continue
		}
		a := &Action{page: p, node: n}
		if labels := actionLabels(n); len(labels) > 0 {
			a.label = labels[0].text
		}
		found = append(found, a)
	}
	return found
}

// Actions are the texts of everything that can be clicked, in document order.
func (p *Page) Actions() []string {
	var texts []string
	for _, a := range p.actionsIn(p.root()) {
		texts = append(texts, a.label)
	}
	return texts
}

// isAction reports whether a person could click on n to some effect.
func (p *Page) isAction(n *html.Node) bool {
	switch {
	case n.Type != html.ElementNode || dom.IsElement(n, "body", "html", "form", "label") || isField(n):
		return false
	case dom.IsButton(n) || dom.IsElement(n, "a", "area") && dom.HasAttr(n, "href"):
		return true
	case dom.HasAttr(n, "onclick") || p.listening[n]:
		return true
	}
	role := dom.Attr(n, "role")
	return role == "button" || role == "link"
}

// actionLabels are the texts of an action, that which is seen first.
func actionLabels(n *html.Node) []label {
	var labels []label
	add := func(texts ...string) {
		for _, text := range texts {
			if text = strings.TrimSpace(dom.Seen(text)); text != "" {
				t := beside
				if len(labels) == 0 {
					t = explicit
				}
				labels = append(labels, label{text, t})
			}
		}
	}
	if n.Data == "input" {
		if dom.InputType(n) == "image" {
			add(dom.Attr(n, "alt"))
		}
		add(buttonText(n))
	} else {
		add(labelText(n))
	}
	add(dom.Attr(n, "alt"))
	for img := range dom.Descendants(n) {
		if dom.IsElement(img, "img", "input") {
			add(dom.Attr(img, "alt"), dom.Attr(img, "title"))
		}
	}
	add(dom.Attr(n, "aria-label"), dom.Attr(n, "title"))
	return labels
}

// buttonText is what an input shows as a button.
func buttonText(n *html.Node) string {
	if v, ok := dom.LookupAttr(n, "value"); ok {
		return v
	}
	switch dom.InputType(n) {
	case "submit":
		return "Submit"
	case "reset":
		return "Reset"
	}
	return ""
}

// maxCandidates is how many elements with a label are told apart; more are
// ambiguous whatever they do.
const maxCandidates = 200

func tooMany(role string, texts []string, fits []candidate) error {
	return &AmbiguousError{Role: role, Texts: texts, Candidates: append(describeAll(fits), fmt.Sprintf("%d in all", len(fits)))}
}

// candidate is an element with a wanted label.
type candidate struct {
	node  *html.Node
	label string
	tier  tier
}

// match picks the surest of an element's labels that is wanted.
func match(n *html.Node, labels []label, w wanted) (candidate, bool) {
	best := candidate{node: n}
	for _, l := range labels {
		if (best.tier == 0 || l.tier < best.tier) && w.has(l.text) {
			best.label, best.tier = l.text, l.tier
		}
	}
	return best, best.tier != 0
}

// innermost drops elements that contain another candidate.
func innermost(all []candidate) []candidate {
	outer := make(map[*html.Node]bool)
	for _, c := range all {
		for at := c.node.Parent; at != nil && !outer[at]; at = at.Parent {
			outer[at] = true
		}
	}
	return slices.DeleteFunc(all, func(c candidate) bool { return outer[c.node] })
}

// best keeps those that a person would take: what is visible before what is
// not, what is no breadcrumb, surer labels, what is enabled.
func (p *Page) best(all []candidate) []candidate {
	prefer := func(good func(candidate) bool) {
		if kept := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !good(c) }); len(kept) > 0 {
			all = kept
		}
	}
	prefer(func(c candidate) bool { return dom.Visible(c.node) })
	if front, _ := p.overlay(); front != nil {
		prefer(func(c candidate) bool { return contains(front, c.node) })
	}
	prefer(func(c candidate) bool { return !p.inBreadcrumb(c.node) })
	prefer(func(c candidate) bool { return c.tier == explicit })
	prefer(func(c candidate) bool { return c.tier != around })
	prefer(func(c candidate) bool { return !isControl(c.node) || !dom.Disabled(c.node) })
	return all
}

// distinct returns an error if the candidates do different things.
func (p *Page) distinct(texts []string, all []candidate) error {
	const most = 5
	if len(all) < 2 {
		return nil
	}
	var keys, described []string
	for _, c := range all {
		if len(keys) == most {
			break
		}
		key, err := p.behaviour(c.node)
		if err != nil {
			return err
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
			described = append(described, describe(c.node))
		}
	}
	if len(keys) == 1 {
		return nil
	}
	return &AmbiguousError{Role: "action", Texts: texts, Candidates: described}
}

var errStale = errors.New("the element is no longer on the page: find it again")
