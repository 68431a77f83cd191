package keys

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/remoteui"
)

// CheckForm looks whether the form for a new key can be filled in and sent,
// without doing either: a label that is missing or ambiguous is better met
// before the first change than in the midst of them. Error:
// [*remoteui.PageError]. // G-1, G-4
func CheckForm(ctx context.Context, s *remoteui.Session, csr bool) error {
	item := remoteui.NetworkCommunication
	if csr {
		item = remoteui.CSR
	}
	return s.Retry(ctx, func() error {
		_, live, err := openList(ctx, s)
		if err != nil {
			return err
		}
		form, err := openForm(ctx, live.Page, item)
		if err != nil {
			return err
		}
		if err := checkForm(ctx, form, csr); err != nil {
			return fmt.Errorf("key generation form: %w", err)
		}
		return nil
	})
}

// checkForm looks at the form's first page. What a form has on further pages
// shows when it is filled in.
func checkForm(ctx context.Context, form *remoteui.Page, csr bool) error {
	paged := form.Has(remoteui.Next) && !form.Has(remoteui.OK)
	later := func(l remoteui.Label, err error) bool {
		return paged && l != remoteui.KeyName && remoteui.Lacks(err, l)
	}
	for _, l := range []remoteui.Label{
		remoteui.KeyName, remoteui.SignatureAlgorithm, remoteui.State, remoteui.City,
		remoteui.Organization, remoteui.OrganizationalUnit, remoteui.CommonName,
	} {
		if _, err := form.Control(ctx, l); err != nil && !later(l, err) {
			return err
		}
	}
	several := []remoteui.Label{remoteui.KeyAlgorithm}
	if !csr {
		several = append(several, remoteui.ValidityStart, remoteui.ValidityEnd)
	}
	for _, l := range several {
		if _, err := form.Controls(ctx, l); err != nil && !later(l, err) {
			return err
		}
	}
	if paged {
		return nil
	}
	return form.Await(ctx, remoteui.OK)
}
