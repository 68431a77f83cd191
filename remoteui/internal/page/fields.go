package page

// AllControls are the fields of the page that can be seen, in document order.
func (p *Page) AllControls() []*Control {
	var all []*Control
	for n := range p.root().Descendants() {
		if isField(n) {
			all = append(all, &Control{page: p, node: n})
		}
	}
	return all
}
