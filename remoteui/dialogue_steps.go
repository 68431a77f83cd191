package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// advance goes on, over pages that only lead on, until the next step that may
// change the device can be pressed: it takes the steps before it, chooses, fills
// in, and turns the pages of a form.
func (d *dialogue) advance(ctx context.Context, p *Page) (*Page, error) {
	var words []string // of the page in front, if it came for a form that was sent on the way
	for range maxPages {
		d.turned = false
		filled, err := d.fill(ctx, p)
		if err != nil {
			return nil, err
		}
		next, ready, err := d.takeStep(ctx, p)
		if err != nil || ready {
			return next, err
		}
		if next == nil && !d.offers(ctx, p) {
			if there, err := p.elsewhere(ctx, func() bool { return d.offers(ctx, p) }); err != nil {
				return nil, err
			} else if there {
				continue // it is on another tab
			}
		}
		if next == nil {
			if next, err = d.forward(ctx, p, filled); err != nil {
				return nil, d.turnedAway(err, words)
			}
		}
		var before []string
		if d.turned {
			before = p.fieldLabels()
		}
		if p, err = d.settlePage(ctx, next); err != nil {
			return nil, err
		}
		if words = nil; d.turned && !d.asksMore(p, before) {
			words = p.newWords(d.been)
		}
		d.met(p)
	}
	return nil, &PageError{Page: p.Title(), Label: d.label(), Reason: fmt.Sprintf("not reached over %d pages", maxPages)}
}

// asksMore reports whether a page has a box to fill in that the page before had not:
// what it says is how to do that, and no refusal.
func (d *dialogue) asksMore(p *Page, before []string) bool {
	return slices.ContainsFunc(d.controls(p), func(c *Control) bool {
		return c.Kind() == "text" && c.Value() == "" && !slices.Contains(before, c.Label())
	})
}

// turnedAway is why an act does not get to where it would change something: the
// device said no to what was sent on the way, or what comes next is on no page.
func (d *dialogue) turnedAway(err error, words []string) error {
	if tone := d.tone(strings.Join(words, " ")); !missing(err) || tone != saysNo && tone != saysBusy {
		return err
	}
	d.said = nil
	d.say(words)
	return errors.Join(d.refusal(), err)
}

// skip goes past the page where the act begins, if it was just read, by what the
// steps on it were seen to ask for; nil if that is not known.
func (d *dialogue) skip(ctx context.Context) (*Page, error) {
	if d.in.Seen == nil || !d.in.Seen() {
		return nil, nil
	}
	n := slices.IndexFunc(d.in.Steps, func(s Step) bool { return s.Writes || s.Row != nil })
	path := slices.Clone(d.in.Way)
	for _, step := range d.in.Steps[:n] {
		path = append(path, step.Labels[0])
	}
	for ; n > 0; n-- {
		if !d.s.knows(path[:len(d.in.Way)+n]) {
			continue
		}
		for _, step := range d.in.Steps[:n] {
			if step.Check == nil {
				continue
			}
			if err := step.Check(ctx, nil); err != nil {
				return nil, err
			}
		}
		p, err := d.s.goKnown(ctx, nil, path[:len(d.in.Way)+n])
		if p == nil || err != nil {
			return nil, context.Cause(ctx) // it leads there no more
		}
		d.note(fmt.Sprintf("ask for [%s] again", path[len(d.in.Way)+n-1]))
		d.step = n
		return p, nil
	}
	return nil, nil
}

// label is the next step's, for messages.
func (d *dialogue) label() Label { return d.in.Steps[d.step].Labels[0] }

// fill fills in what is on the page of the fields that are left.
func (d *dialogue) fill(ctx context.Context, p *Page) (filled bool, err error) {
	var left []Field
	for _, f := range d.left {
		err := f.set(ctx, p)
		switch {
		case err == nil:
			filled = true
		case Lacks(err, f.Label):
			left = append(left, f)
		default:
			return filled, err
		}
	}
	d.left, d.typed = left, d.typed || filled
	return filled, nil
}

func (f Field) set(ctx context.Context, p *Page) error {
	if f.Set != nil {
		return f.Set(ctx, p)
	}
	c, err := p.peek(f.Label, Where{})
	if err != nil || c.Value() == f.Text {
		return err
	}
	return c.Set(ctx, f.Text)
}

// closes reports whether what follows a step may be left out.
func (d *dialogue) closes(i int) bool {
	return !slices.ContainsFunc(d.in.Steps[i+1:], func(s Step) bool { return !s.Optional })
}

// atEnd reports whether all was pressed that has to be.
func (d *dialogue) atEnd() bool { return d.closes(d.step - 1) }

// wanting is the first field that the act cannot do without and that was on no
// page yet.
func (d *dialogue) wanting() (Field, bool) {
	for _, f := range d.left {
		if !f.Optional {
			return f, true
		}
	}
	return Field{}, false
}

// takeStep takes the next step if the page has it. ready means that it may change
// the device: it is found, and not pressed. next is nil if the page has no step.
func (d *dialogue) takeStep(ctx context.Context, p *Page) (next *Page, ready bool, err error) {
	for i := d.step; i < len(d.in.Steps); i++ {
		step := d.in.Steps[i]
		if _, more := d.wanting(); step.Writes && d.closes(i) && more {
			return nil, false, nil // the form goes on somewhere
		}
		l, w, err := d.find(ctx, p, step)
		if errors.Is(err, ErrGreyed) && step.Writes {
			if ticked, tickErr := d.tick(ctx, p, step.Labels, l); ticked || tickErr != nil {
				if err = tickErr; err == nil {
					l, w, err = d.find(ctx, p, step) // a box may enable what carries it out
				}
			}
		}
		switch {
		case err == nil:
			d.step = i
			if step.Check != nil {
				if err := step.Check(ctx, p); err != nil {
					return nil, false, err
				}
			}
			if step.Writes {
				if _, err := d.tick(ctx, p, step.Labels, l); err != nil {
					return nil, false, err
				}
				d.note(fmt.Sprintf("ready to press [%s]", label(l, w)))
				return p, true, nil
			}
			d.note(fmt.Sprintf("follow [%s]", label(l, w)))
			if next, err = p.Follow(ctx, l, w); err == nil {
				d.step = i + 1
				d.s.learnStep(step, p, next)
			}
			return next, false, err
		case !lacking(err):
			if further := d.further(ctx, p, step, err); further != nil {
				return further, false, nil
			}
			return nil, false, err
		}
		if chosen, err := d.choose(ctx, p, step); chosen != nil || err != nil {
			d.step = i + 1
			if err != nil {
				return nil, false, err
			}
			if next, err = d.afterChoice(ctx, p, chosen); next != nil || err != nil {
				return next, false, err
			}
			return p, false, nil
		}
		if !step.Optional {
			return nil, false, nil
		}
	}
	return nil, false, nil
}

// further goes to the list's next page where the row of a step is not on this one.
func (d *dialogue) further(ctx context.Context, p *Page, step Step, err error) *Page {
	if _, missing := errors.AsType[*NoRowError](err); !missing || step.Column == "" {
		return nil
	}
	next, turnErr := p.NextOfList(ctx, step.Column)
	if turnErr != nil {
		return nil // the row that is missing says it
	}
	return next
}

// offers reports whether the page has the next step, or what leads on to it.
func (d *dialogue) offers(ctx context.Context, p *Page) bool {
	for i := d.step; i < len(d.in.Steps); i++ {
		_, _, err := d.find(ctx, p, d.in.Steps[i])
		if err == nil || !lacking(err) {
			return true
		}
		if !d.in.Steps[i].Optional {
			break
		}
	}
	for _, f := range d.left {
		if _, err := p.peek(f.Label, Where{quiet: true}); err == nil {
			return true
		}
	}
	return false
}

// find finds what a step clicks.
func (d *dialogue) find(ctx context.Context, p *Page, step Step) (Label, Where, error) {
	if step.On != "" && !p.shows(step.On) {
		return "", Where{}, &PageError{Page: p.Title(), Label: step.On, Reason: "not found", Err: &page.NotFoundError{Role: "action", Texts: p.texts(step.On)}}
	}
	if step.Off != "" && p.shows(step.Off) {
		return "", Where{}, &PageError{Page: p.Title(), Label: d.label(), Reason: "not found", Err: &page.NotFoundError{Role: "action", Texts: p.texts(step.Labels[0])}}
	}
	if step.Row != nil {
		return d.findInRow(ctx, p, step)
	}
	var first error
	for _, l := range step.Labels {
		for _, section := range sections(step.Section) {
			w := step.Where
			w.Section = section
			err := p.canClick(l, w, step.Writes)
			if err == nil || !lacking(err) {
				return l, w, err
			}
			if first == nil {
				first = err
			}
		}
	}
	return step.Labels[0], Where{}, first
}

// sections prefers a part of the page.
func sections(l Label) []Label {
	if l == "" {
		return []Label{""}
	}
	return []Label{l, ""}
}

func (d *dialogue) findInRow(ctx context.Context, p *Page, step Step) (Label, Where, error) {
	t, row, err := step.Row(ctx, p)
	if err != nil {
		return "", Where{}, err
	}
	if step.Where.Column != "" || step.Where.Text != "" {
		w := step.Where
		w.Row = row
		return step.Labels[0], w, p.canClick(step.Labels[0], w, step.Writes)
	}
	var first error
	for _, l := range step.Labels {
		w, err := t.Ready(ctx, l, row)
		if err == nil || !lacking(err) {
			return l, w, err
		}
		if first == nil {
			first = err
		}
	}
	return step.Labels[0], Where{}, first
}

// canClick reports why something cannot be clicked; nil if it can.
func (p *Page) canClick(l Label, w Where, writes bool) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if w.Row == nil && w.Text == "" && w.Section == "" && p.s.pinnedPage(l) != nil {
		return nil
	}
	find := p.item
	if writes {
		find = p.action
	}
	a, err := find(l, w)
	if err == nil && a.Disabled() {
		err = p.fail(l, w, ErrGreyed)
	}
	return err
}

// texts are those of a label.
func (p *Page) texts(l Label) []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.allTexts(l)
}

// shows reports whether the page has something of that name, to click or to fill
// in.
func (p *Page) shows(l Label) bool {
	if p.Has(l) {
		return true
	}
	_, err := p.peek(l, Where{quiet: true})
	return err == nil
}

// tick ticks the box that has a better name of a step than what is pressed for it, or
// would be if it were not greyed out: [OK] carries out what is ticked.
func (d *dialogue) tick(ctx context.Context, p *Page, names []Label, pressed Label) (ticked bool, err error) {
	boxes := slices.DeleteFunc(d.controls(p), func(c *Control) bool { return c.Kind() != "checkbox" || c.Disabled() })
	for _, l := range names[:max(0, slices.Index(names, pressed))] {
		called := slices.DeleteFunc(slices.Clone(boxes), func(c *Control) bool { return !p.Is(l, c.Label()) })
		switch {
		case len(called) > 1:
			return false, &PageError{Page: p.Title(), Label: l, Reason: "is ambiguous: several elements fit and do different things"}
		case len(called) == 1 && called[0].Checked():
			return false, nil
		case len(called) == 1:
			d.note(fmt.Sprintf("choose [%s]", l))
			return true, called[0].Check(ctx, true)
		}
	}
	return false, nil
}

// controls are those that can be set on a page.
func (d *dialogue) controls(p *Page) []*Control {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []*Control
	for _, c := range p.p.AllControls() {
		all = append(all, &Control{p: p, c: c})
	}
	return all
}

// choose takes a step that is offered as a radio button, an option of a select, or
// a box to tick.
func (d *dialogue) choose(ctx context.Context, p *Page, step Step) (*Control, error) {
	if step.Row != nil || step.Writes || step.On != "" {
		return nil, nil
	}
	choices := d.controls(p)
	for _, l := range step.Labels {
		for _, c := range choices {
			switch c.Kind() {
			case "radio", "checkbox":
				if p.Is(l, c.Label()) {
					d.note(fmt.Sprintf("choose [%s]", l))
					return c, c.Check(ctx, true)
				}
			case "select":
				for _, o := range c.Options() {
					if p.Is(l, o.Text) {
						d.note(fmt.Sprintf("choose [%s]", l))
						return c, c.Choose(ctx, l)
					}
				}
			}
		}
	}
	return nil, nil
}

// onward are what a person presses to go on, the best first.
var onward = []Label{labels.Next, labels.OK}

// afterChoice goes on from a page of choices, unless it shows by itself what comes
// next: then nil. What is pressed below a box that was ticked carries it out.
func (d *dialogue) afterChoice(ctx context.Context, p *Page, chosen *Control) (*Page, error) {
	if d.step == len(d.in.Steps) || d.continues(p) || chosen.Kind() == "checkbox" && d.in.Steps[d.step].Writes {
		return nil, nil
	}
	return d.turn(ctx, p)
}

// continues reports whether a page of choices shows what comes next, too: fields,
// or the next step by its best name. An [OK] may be for the choice.
func (d *dialogue) continues(p *Page) bool {
	if len(d.left) > 0 && d.closes(d.step) {
		return slices.ContainsFunc(d.left, func(f Field) bool { _, err := p.peek(f.Label, Where{quiet: true}); return err == nil })
	}
	return p.Has(d.in.Steps[d.step].Labels[0])
}

// forward goes on from a page that has no step: to the form's next page, or past a
// notice.
func (d *dialogue) forward(ctx context.Context, p *Page, filled bool) (*Page, error) {
	field, more := d.wanting()
	if (filled || more || !d.in.Steps[d.step].Writes) && p.Has(labels.Next) {
		return d.turn(ctx, p)
	}
	if filled && more && p.Has(labels.OK) && !d.foreign(p) { // a form in pages may say [OK] on each of them
		return d.turn(ctx, p)
	}
	if l, w, ok := d.question(p, nil); ok {
		if err := d.agree(p, nil); err != nil {
			return nil, err
		}
		return p.Press(ctx, l, w)
	}
	if more && d.in.Steps[d.step].Writes && d.closes(d.step) {
		err := field.set(ctx, p)
		if err == nil {
			err = &PageError{Page: p.Title(), Label: field.Label, Reason: "not found"}
		}
		return nil, err
	}
	_, _, err := d.find(ctx, p, d.in.Steps[d.step])
	if err == nil {
		err = &PageError{Page: p.Title(), Label: d.label(), Reason: "not reached"}
	}
	return nil, err
}

// foreign reports whether a page has a field that is none of the act's: it may be
// the one that is wanted, by a name that nobody knows, and its [OK] the last.
func (d *dialogue) foreign(p *Page) bool {
	return slices.ContainsFunc(d.controls(p), func(c *Control) bool {
		if c.Kind() == "checkbox" || c.Kind() == "radio" && p.Knows(c.Label()) {
			return false
		}
		if c.Value() != "" && p.Knows(c.Label()) {
			return false
		}
		return !slices.ContainsFunc(d.in.Fields, func(f Field) bool { return p.Is(f.Label, c.Label()) })
	})
}

// turn turns the page of a form.
func (d *dialogue) turn(ctx context.Context, p *Page) (*Page, error) {
	if d.rehearsal && d.typed {
		return nil, ErrDone // the rest is on pages that come after what was not filled in
	}
	for _, l := range onward {
		if !p.Has(l) {
			continue
		}
		d.note(fmt.Sprintf("press [%s]", l))
		d.turned = true
		if l == labels.Next || d.rehearsal {
			return p.Follow(ctx, l)
		}
		next, err := p.Press(ctx, l, Where{About: d.in.About})
		if _, lost := errors.AsType[*AmbiguousWriteError](err); lost {
			// Nothing is stored yet: it is a page of choices.
			return nil, &lostError{reason: "the answer to [" + string(l) + "] was lost"}
		}
		return next, err
	}
	return nil, &PageError{Page: p.Title(), Label: labels.Next, Reason: "not found", Err: &page.NotFoundError{Role: "action", Texts: p.texts(labels.Next)}}
}
