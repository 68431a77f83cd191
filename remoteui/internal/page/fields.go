package page

import (
	"slices"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// AllControls are the fields of the page that can be seen, in document order.
func (p *Page) AllControls() []*Control {
	return slices.DeleteFunc(p.everyControl(), func(c *Control) bool { return !dom.Visible(c.node) })
}

// everyControl are the fields of the page, seen or not.
func (p *Page) everyControl() []*Control {
	var all []*Control
	for n := range dom.Descendants(p.root()) {
		if isField(n) {
			all = append(all, &Control{page: p, node: n})
		}
	}
	return all
}

// Choosers are AllControls, of each radio group only the first button.
func (p *Page) Choosers() []*Control {
	seen := make(map[any]bool)
	return slices.DeleteFunc(p.AllControls(), func(c *Control) bool {
		key := c.GroupKey()
		known := seen[key]
		seen[key] = true
		return known
	})
}
