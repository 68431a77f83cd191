package remoteui

import (
	"context"
)

// Look clicks what reads like a text that no label has, to see what is behind it:
// it is clicked only if that asks for nothing, or for a page, and neither text nor
// address speak of doing something. Errors: [*PageError], also if it would.
func (p *Page) Look(ctx context.Context, text string) (*Page, error) {
	w := Where{Text: text, Reads: true, timid: true}
	if alien(text) != "" {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		return nil, p.fail("", w, ErrMayWrite)
	}
	return p.click(ctx, "", w, read)
}
