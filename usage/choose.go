package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// pressUse chooses a key: by the [Use] of its row, or, where there is one below
// the list, by selecting the row first.
func pressUse(ctx context.Context, chooser *remoteui.Page, row *remoteui.Row) (*remoteui.Page, error) {
	inRow := remoteui.Where{Row: row, Confirm: true}
	if selector, err := row.Selector(); err == nil && !chooser.Has(remoteui.Use, inRow) && chooser.Has(remoteui.Use) {
		if err := selector.Check(ctx, true); err != nil {
			return nil, err
		}
		return chooser.Press(ctx, remoteui.Use, remoteui.Where{Confirm: true})
	}
	return chooser.Press(ctx, remoteui.Use, inRow)
}

// mayBeChosen reports whether [pressUse] would find what it needs.
func mayBeChosen(chooser *remoteui.Page, row *remoteui.Row) bool {
	if chooser.Has(remoteui.Use, remoteui.Where{Row: row}) {
		return true
	}
	selector, err := row.Selector()
	return err == nil && !selector.Disabled() && chooser.Has(remoteui.Use)
}
