package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// pressUse chooses the key of a row in a list of keys.
func pressUse(ctx context.Context, chooser *remoteui.Page, list *remoteui.Table, row *remoteui.Row) (*remoteui.Page, error) {
	use, err := list.Ready(ctx, remoteui.Use, row)
	if err != nil {
		return nil, err
	}
	use.Confirm = true
	return chooser.Press(ctx, remoteui.Use, use)
}
