package usage

import (
	"context"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// walkTo goes to a page, and on to its form where the page only shows the
// settings and [Edit] leads there.
func walkTo(ctx context.Context, s *remoteui.Session, path ...remoteui.Label) (*remoteui.Page, error) {
	p, err := s.Walk(ctx, path...)
	if err != nil {
		return nil, err
	}
	return editable(ctx, p)
}

func editable(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
	if !p.Has(labels.KeyAndCertificate) && !p.Has(labels.OK) && p.Has(labels.Edit) {
		return p.Follow(ctx, labels.Edit)
	}
	return p, nil
}

// within tries a section first, and then the whole page: not every layout has
// headings.
func within(section remoteui.Label) []remoteui.Where {
	if section == "" {
		return []remoteui.Where{{}}
	}
	return []remoteui.Where{{Section: section}, {}}
}

// shownKey is the name of the key that a page shows: as text, or in a field
// that cannot be typed into. Empty: it shows that there is none.
func shownKey(ctx context.Context, p *remoteui.Page, section remoteui.Label) (string, error) {
	var first error
	for _, w := range within(section) {
		text, err := p.Value(ctx, labels.KeyName, w)
		if name := strings.Trim(strings.TrimSpace(text), "-–—"); err == nil && name != "" {
			return name, nil
		}
		c, controlErr := p.Control(ctx, labels.KeyName, w)
		if controlErr == nil && c.Kind() == "text" {
			return strings.TrimSpace(c.Value()), nil
		}
		if err == nil {
			return "", nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// isOn reads whether a function is on: off a check box, radio buttons, a
// select, or the text that a page shows.
func isOn(ctx context.Context, p *remoteui.Page, l, section remoteui.Label) (bool, error) {
	var first error
	for _, w := range within(section) {
		on, err := p.IsOn(ctx, l, w)
		if err == nil {
			return on, nil
		}
		if first == nil {
			first = err
		}
	}
	return false, first
}

// switched says whether a switch is on; the text has "%s" for that.
func switched(l, section remoteui.Label, text string) func(context.Context, *remoteui.Page) (bool, string, error) {
	return func(ctx context.Context, p *remoteui.Page) (bool, string, error) {
		on, err := isOn(ctx, p, l, section)
		if !on {
			return false, fmt.Sprintf(text, "off"), err
		}
		return true, fmt.Sprintf(text, "on"), err
	}
}
