package remoteui

import (
	"context"
	"errors"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Ready makes a row the one that a command is for, and says where the command
// stands: in the row itself, or, where no row has it, once for whatever is
// selected, which is this row and no other then. A row that lacks a command
// which others have is not selected for theirs: that is a [*PageError], as is a
// command that is nowhere. How lists are built is printed in no document.
func (t *Table) Ready(ctx context.Context, l Label, row *Row) (Where, error) {
	where, selector, err := t.command(l, row)
	if err != nil || selector == nil {
		return where, err
	}
	for _, other := range t.Rows {
		c, err := other.Selector()
		if other == row || err != nil || c.Kind() != "checkbox" || !c.Checked() {
			continue
		}
		if err := c.Check(ctx, false); err != nil {
			return Where{}, err
		}
	}
	return where, selector.Check(ctx, true)
}

// Offers reports whether a row could be made [Table.Ready] for a command.
func (t *Table) Offers(l Label, row *Row) bool {
	_, selector, err := t.command(l, row)
	return err == nil && (selector == nil || !selector.Disabled())
}

// command finds where a command for a row stands, and what selects the row
// first; nil if it is the row's own.
func (t *Table) command(l Label, row *Row) (Where, *Control, error) {
	own := func(r *Row) error {
		r.p.s.mu.Lock()
		defer r.p.s.mu.Unlock()
		_, err := r.p.action(l, Where{Row: r})
		return err
	}
	missing := own(row)
	if missing == nil {
		return Where{Row: row}, nil, nil
	}
	selector, err := row.Selector()
	if _, lacking := errors.AsType[*page.NotFoundError](missing); !lacking || err != nil || !row.p.Has(l) {
		return Where{}, nil, missing
	}
	for _, other := range t.Rows {
		if other != row && own(other) == nil {
			return Where{}, nil, missing
		}
	}
	return Where{}, selector, nil
}
