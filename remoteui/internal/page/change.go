package page

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// settleTime is how far timers run after a change: long enough for handlers
// that put their work off, too short for anything a person would wait for.
const settleTime = time.Second

// ValueError says that a control does not take a value.
type ValueError struct{ Label, Reason string }

func (e *ValueError) Error() string { return fmt.Sprintf("field %q: %s", e.Label, e.Reason) }

// change does one act on the control as a person with a mouse does it: by a
// press on it, which moves the focus there.
func (c *Control) change(ctx context.Context, n *html.Node, do func() error) error {
	p := c.page
	if dom.Disabled(n) || c.ReadOnly() {
		return &DisabledError{Label: c.Label()}
	}
	if !p.doc.Contains(n) {
		return errStale
	}
	done, err := p.perform(ctx, nil, settleTime, func() error {
		if _, err := p.fire(n, "mousedown"); err != nil {
			return err
		}
		if err := p.focus(n); err != nil {
			return err
		}
		if _, err := p.fire(n, "mouseup"); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		return p.blur(n)
	})
	if err != nil {
		return err
	}
	p.next, p.elsewhere = done.pending, done.elsewhere
	if done.failed != nil {
		return done.failed
	}
	if texts := append(done.alerts, done.asked...); len(texts) > 0 {
		return &RefusedError{Texts: texts}
	}
	return nil
}

// fireAll fires events one after the other.
func (p *Page) fireAll(n *html.Node, events ...string) error {
	for _, event := range events {
		if _, err := p.fire(n, event); err != nil {
			return err
		}
	}
	return nil
}

// Set types a text, selects the option with the value, or checks the radio
// button of its group that has it. Handlers run as when a person does it; what
// they start is [Page.Next]. It returns *DisabledError, *ValueError,
// *RefusedError for messages of the page, or *ScriptError.
func (c *Control) Set(ctx context.Context, value string) error {
	switch c.Kind() {
	case Text, Password, TextArea:
		return c.enter(ctx, value)
	case Select:
		for i, o := range dom.Options(c.node) {
			if dom.OptionValue(o) == value {
				return c.pick(ctx, i, o)
			}
		}
	case Radio:
		for _, b := range c.Group() {
			if dom.Attr(b.node, "value") == value {
				return b.Check(ctx, true)
			}
		}
	default:
		return &ValueError{c.Label(), "a " + c.Kind().String() + " field takes no text"}
	}
	return &ValueError{c.Label(), "there is no such choice"}
}

func (c *Control) enter(ctx context.Context, value string) error {
	if dom.InputType(c.node) == "date" && value != "" {
		// A person enters a day in the order that the browser shows, which has nothing to
		// do with what it sends.
		day, err := time.Parse(time.DateOnly, strings.ReplaceAll(value, "/", "-"))
		if err != nil {
			return &ValueError{c.Label(), "takes a day, as YYYY/MM/DD"}
		}
		value = day.Format(time.DateOnly)
	}
	if most, err := strconv.Atoi(dom.Attr(c.node, "maxlength")); err == nil && most >= 0 && len(utf16.Encode([]rune(value))) > most {
		return &ValueError{c.Label(), fmt.Sprintf("takes at most %d characters", most)}
	}
	return c.change(ctx, c.node, func() error {
		if err := c.page.fireAll(c.node, "click", "keydown", "keypress"); err != nil {
			return err
		}
		before := c.page.doc.Value(c.node)
		c.page.doc.SetValue(c.node, value)
		if err := c.page.fireAll(c.node, "input", "keyup"); err != nil {
			return err
		}
		if before == value {
			return nil
		}
		_, err := c.page.fire(c.node, "change")
		return err
	})
}

// pick selects an option of a select.
func (c *Control) pick(ctx context.Context, i int, o *html.Node) error {
	if dom.Disabled(o) {
		return &DisabledError{Label: dom.OptionText(o)}
	}
	return c.change(ctx, c.node, func() error {
		if err := c.page.fireAll(c.node, "click"); err != nil {
			return err
		}
		if c.page.doc.Selected(o) {
			return nil
		}
		c.page.doc.SelectIndex(c.node, i)
		return c.page.fireAll(c.node, "input", "change")
	})
}

// SetFile chooses the file of a file control.
func (c *Control) SetFile(ctx context.Context, f File) error {
	if c.Kind() != FileUpload {
		return &ValueError{c.Label(), "takes no file"}
	}
	return c.change(ctx, c.node, func() error {
		c.page.doc.SetFile(c.node, &f)
		return c.page.fireAll(c.node, "input", "change")
	})
}

// Choose selects the option, or checks the button of the radio group, that has
// one of the texts. It returns *NotFoundError or *AmbiguousError where not
// exactly one has.
func (c *Control) Choose(ctx context.Context, texts []string) error {
	options := c.Options()
	chosen := -1
	var all []string
	for i, o := range options {
		all = append(all, o.Text)
		if !want(texts).has(o.Text) {
			continue
		}
		if chosen >= 0 && options[chosen].Value != o.Value {
			return &AmbiguousError{Role: "option", Texts: texts, Candidates: []string{options[chosen].Text, o.Text}}
		}
		chosen = i
	}
	if chosen < 0 {
		return &NotFoundError{Role: "option", Texts: texts, Closest: want(texts).closest(all)}
	}
	if c.Kind() == Radio {
		return c.Group()[chosen].Check(ctx, true)
	}
	return c.pick(ctx, chosen, dom.Options(c.node)[chosen])
}

// Check checks or clears a checkbox, or checks a radio button, by a click.
// Nothing happens where that is so already.
func (c *Control) Check(ctx context.Context, on bool) error {
	k := c.Kind()
	if k != Checkbox && k != Radio || k == Radio && !on {
		return &ValueError{c.Label(), "cannot be checked or cleared"}
	}
	if c.Checked() == on {
		return nil
	}
	err := c.change(ctx, c.node, func() error { return c.page.click(c.node) })
	if err == nil && c.Checked() != on {
		return &ValueError{c.Label(), "the page undid the change"}
	}
	return err
}
