package usage

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// CheckBinding looks whether a key can be chosen in a place, without choosing
// one: the way to the list of keys, [Use] there, and [OK] where that stores the
// choice. Error: [*remoteui.PageError]. // R-1 to R-4
func CheckBinding(ctx context.Context, s *remoteui.Session, p Place) error {
	err := s.Retry(ctx, func() error {
		chooser, err := openChooser(ctx, s, p)
		if err != nil {
			return err
		}
		return offersUse(ctx, chooser)
	})
	if err != nil {
		return fmt.Errorf("binding a key to %s: %w", p, err)
	}
	return nil
}

func openChooser(ctx context.Context, s *remoteui.Session, p Place) (*remoteui.Page, error) {
	if p.Use == keys.UseTLS {
		page, err := openTLS(ctx, s)
		if err != nil {
			return nil, err
		}
		return page.Follow(ctx, remoteui.KeyAndCertificate)
	}
	f, err := formOf(p)
	if err != nil {
		return nil, err
	}
	page, err := f.open(ctx, s)
	if err == nil {
		err = page.Await(ctx, remoteui.OK)
	}
	if err != nil {
		return nil, err
	}
	return f.follow(ctx, page)
}

// offersUse looks for [Use] in any row: a key that cannot be chosen has none.
func offersUse(ctx context.Context, chooser *remoteui.Page) error {
	t, err := chooser.Table(ctx, remoteui.KeyName)
	if err != nil {
		return err
	}
	for _, row := range t.Rows {
		if t.Offers(remoteui.Use, row) {
			return nil
		}
	}
	return chooser.Await(ctx, remoteui.Use)
}
