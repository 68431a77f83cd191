package remoteui

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/remoteui/labels"
)

// IsOn reads whether a function is on: off a check box, radio buttons, a select,
// or the text that the page shows.
func (p *Page) IsOn(ctx context.Context, l Label, w ...Where) (bool, error) {
	controls, err := p.Controls(ctx, l, w...)
	for _, c := range controls {
		if on, ok := p.stateOf(c); ok {
			return on, nil
		}
	}
	either := func(text string) bool { return p.is(labels.On, text) || p.is(labels.Off, text) }
	text, valueErr := p.valueThat(ctx, either, l, w...)
	if valueErr == nil {
		if on, ok := p.onOff(text); ok {
			return on, nil
		}
		return false, &PageError{Page: p.name(), Label: l, Reason: fmt.Sprintf("shows %q, which is neither on nor off", p.s.say(text, 60))}
	}
	if err == nil {
		err = valueErr
	}
	return false, err
}

// SetOn switches a function on or off in the form. Nothing is sent.
func (p *Page) SetOn(ctx context.Context, l Label, on bool, w ...Where) error {
	controls, err := p.Controls(ctx, l, w...)
	if err != nil {
		return err
	}
	word := labels.Off
	if on {
		word = labels.On
	}
	seen := map[any]bool{}
	for _, c := range controls {
		if key := c.c.GroupKey(); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		switch c.Kind() {
		case "checkbox":
			return c.Check(ctx, on)
		case "select":
			return c.Choose(ctx, word)
		case "radio":
			for _, choice := range c.Group() {
				if p.Is(word, choice.Label()) {
					return choice.Check(ctx, true)
				}
			}
		}
	}
	return &PageError{Page: p.name(), Label: l, Reason: "is no field that can be switched on and off"}
}

func (p *Page) stateOf(c *Control) (on, ok bool) {
	switch c.Kind() {
	case "checkbox":
		return c.Checked(), true
	case "radio":
		for _, choice := range c.Group() {
			if choice.Checked() {
				return p.onOff(choice.Label())
			}
		}
	case "select":
		for _, o := range c.Options() {
			if o.Selected {
				return p.onOff(o.Text)
			}
		}
	}
	return false, false
}

func (p *Page) onOff(text string) (on, ok bool) {
	switch {
	case p.Is(labels.On, text):
		return true, true
	case p.Is(labels.Off, text):
		return false, true
	}
	return false, false
}
