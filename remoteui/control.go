package remoteui

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Control is a field of a form. Setting it does what a person's act does: the
// page's own handlers run.
type Control struct {
	p *Page
	c *page.Control
}

// Option is one choice of a select.
type Option struct {
	Text     string
	Value    string
	Selected bool
}

// Control returns the one field that a label names.
func (p *Page) Control(ctx context.Context, l Label, w ...Where) (*Control, error) {
	var found *page.Control
	err := p.findControls(ctx, l, one(w), func(texts []string, sc page.Scope) (err error) {
		found, err = p.p.Control(texts, sc)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Control{p: p, c: found}, nil
}

// Controls returns all fields that a label names, in the order of the page:
// the three boxes of a date, or radio buttons with selects beside them.
func (p *Page) Controls(ctx context.Context, l Label, w ...Where) ([]*Control, error) {
	var found []*page.Control
	err := p.findControls(ctx, l, one(w), func(texts []string, sc page.Scope) (err error) {
		found, err = p.p.Controls(texts, sc)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []*Control
	for _, c := range found {
		out = append(out, &Control{p: p, c: c})
	}
	return out, nil
}

func (p *Page) findControls(ctx context.Context, l Label, w Where, find func([]string, page.Scope) error) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.seek(ctx, w, func() error {
		return p.resolve(RoleField, l, w, func(texts []string, sc page.Scope) (string, error) {
			if err := find(texts, sc); err != nil {
				return "", err
			}
			return p.matchingText(texts), nil
		})
	})
}

// matchingText returns which of the texts the page shows.
func (p *Page) matchingText(texts []string) string {
	for _, t := range texts {
		if p.p.HasText([]string{t}) {
			return t
		}
	}
	return ""
}

// Kind returns the kind of field: "text", "password", "select", "checkbox",
// "radio" or "file".
func (c *Control) Kind() string {
	switch c.c.Kind() {
	case page.Select:
		return "select"
	case page.Checkbox:
		return "checkbox"
	case page.Radio:
		return "radio"
	case page.FileUpload:
		return "file"
	case page.Password:
		return "password"
	default:
		return "text"
	}
}

// Group returns all buttons of a radio button's group; of any other field,
// itself.
func (c *Control) Group() []*Control {
	var all []*Control
	for _, other := range c.c.Group() {
		all = append(all, &Control{p: c.p, c: other})
	}
	return all
}

// Companions returns the fields that belong to a radio button: the select
// beside [RSA], say.
func (c *Control) Companions() []*Control {
	var all []*Control
	for _, other := range c.c.Companions() {
		all = append(all, &Control{p: c.p, c: other})
	}
	return all
}

// Label returns the text beside this very field (of a radio button: its
// choice).
func (c *Control) Label() string { return c.c.Label() }

// Value returns what is set.
func (c *Control) Value() string { return c.c.Value() }

// Checked reports whether a check box or radio button is on.
func (c *Control) Checked() bool { return c.c.Checked() }

// Disabled reports whether the field is greyed out.
func (c *Control) Disabled() bool { return c.c.Disabled() || c.c.ReadOnly() }

// Options returns the choices of a select.
func (c *Control) Options() []Option {
	var all []Option
	for _, o := range c.c.Options() {
		all = append(all, Option{Text: o.Text, Value: o.Value, Selected: o.Selected})
	}
	return all
}

// Set types a text.
func (c *Control) Set(ctx context.Context, text string) error {
	return c.act(ctx, func(ctx context.Context) error { return c.c.Set(ctx, text) })
}

// Choose takes the choice that reads like the label.
func (c *Control) Choose(ctx context.Context, l Label) error {
	return c.ChooseText(ctx, c.p.s.allTexts(l)...)
}

// ChooseText takes the choice that reads like one of the texts.
func (c *Control) ChooseText(ctx context.Context, texts ...string) error {
	return c.act(ctx, func(ctx context.Context) error { return c.c.Choose(ctx, texts) })
}

// ChooseFit takes the first choice whose text fits. want names it in the error.
func (c *Control) ChooseFit(ctx context.Context, want string, fits func(text string) bool) error {
	var texts []string
	for _, o := range c.Options() {
		if fits(o.Text) {
			return c.ChooseText(ctx, o.Text)
		}
		texts = append(texts, o.Text)
	}
	return fmt.Errorf("field %q offers no %s, only %s", c.p.s.say(c.Label(), 60), want, quoteList(c.p.s.scrubAll(texts)))
}

// Check sets a check box or radio button.
func (c *Control) Check(ctx context.Context, on bool) error {
	return c.act(ctx, func(ctx context.Context) error { return c.c.Check(ctx, on) })
}

func (c *Control) act(ctx context.Context, do func(context.Context) error) error {
	c.p.s.mu.Lock()
	defer c.p.s.mu.Unlock()
	if err := c.p.usable(); err != nil {
		return err
	}
	if c.Disabled() {
		return fmt.Errorf("page %q: field %q is greyed out: the device does not allow it now", c.p.name(), c.p.s.say(c.Label(), 60))
	}
	ctx, done := c.p.s.t.working(ctx, 0, nil)
	defer done()
	if err := do(ctx); err != nil {
		return fmt.Errorf("page %q: field %q: %w", c.p.name(), c.p.s.say(c.Label(), 60), c.p.s.scrubError(err))
	}
	return nil
}

// peek returns the field that a label names, as it stands, without waiting.
func (p *Page) peek(l Label, w Where) (*Control, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var found *page.Control
	err := p.resolve(RoleField, l, w, func(texts []string, sc page.Scope) (_ string, err error) {
		if found, err = p.p.Control(texts, sc); err != nil {
			return "", err
		}
		return p.matchingText(texts), nil
	})
	if err != nil {
		return nil, err
	}
	return &Control{p: p, c: found}, nil
}
