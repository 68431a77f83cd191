package remoteui

import (
	"context"
	"slices"
	"strconv"

	"github.com/rekey-go/rekey/remoteui/labels"
)

// Lists may be shown in pages: with numbers to go by, or with [Next Page].

// NextOfList goes to the next page of the list that a page shows; nil if there is
// none. How a pager looks is printed in no document: it is what is called so, or
// the next number, outside of the rows.
func (p *Page) NextOfList(ctx context.Context, columns ...Label) (*Page, error) {
	for _, l := range []Label{labels.NextPage, labels.Next} {
		if p.canClick(l, Where{quiet: true}, false) == nil { // on the last one it may be greyed out
			next, err := p.Follow(ctx, l, Where{Reads: true})
			return p.turned(next), err
		}
	}
	number := strconv.Itoa(p.turns + 2)
	if !slices.Contains(p.Actions(), number) {
		return nil, nil
	}
	t, err := p.Table(ctx, columns...)
	if err != nil || slices.ContainsFunc(t.Rows, func(r *Row) bool { return slices.Contains(r.Links(), number) }) {
		return nil, err
	}
	next, err := p.Follow(ctx, labels.NextPage, Where{Text: number, Reads: true})
	return p.turned(next), err
}

// turned makes a page one of the same list.
func (p *Page) turned(next *Page) *Page {
	if next != nil {
		next.path, next.by, next.turns = p.path, "", p.turns+1
	}
	return next
}

// NoRowError means that a list has no row of that name on the page.
type NoRowError struct {
	Name   string
	Others []string // the names that there are
}

func (e *NoRowError) Error() string {
	return "no row is named " + strconv.Quote(clip(e.Name, 60)) + ", only " + quoteList(e.Others)
}
