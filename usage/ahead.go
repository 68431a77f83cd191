package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// CheckBinding looks whether a key can be chosen in a place, without choosing
// one: the way to the list of keys, [Use] there, and [OK] where that stores the
// choice. Error: [*remoteui.PageError]. // R-1 to R-4
func CheckBinding(ctx context.Context, s *remoteui.Session, p Place) error {
	in, err := bindingAhead(s, p)
	if err == nil {
		_, err = s.Rehearse(ctx, in)
	}
	return err
}

// Ahead are the acts of this package as [remoteui.Session.Rehearse] looks ahead at
// them: choosing a key in each place, and the restart.
func Ahead(s *remoteui.Session, places []Place) []remoteui.Intent {
	var all []remoteui.Intent
	for _, p := range places {
		if in, err := bindingAhead(s, p); err == nil {
			all = append(all, in)
		}
	}
	return append(all, restart(s))
}

func bindingAhead(s *remoteui.Session, p Place) (remoteui.Intent, error) {
	in := remoteui.Intent{
		Name: "binding a key to " + p.name(),
		Open: func(ctx context.Context) (*remoteui.Page, error) { return openTLS(ctx, s, hereTLS(s)) },
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.KeyAndCertificate}},
			{Labels: chooses, Row: anyOffered, Writes: true},
		},
	}
	if p.Function().RemoteUI {
		return in, nil
	}
	f, err := formOf(p)
	if err != nil {
		return in, err
	}
	in.Open = func(ctx context.Context) (*remoteui.Page, error) {
		page, err := f.show(ctx, s, p.Policy)
		if err == nil {
			err = page.Await(ctx, labels.OK)
		}
		return page, err
	}
	in.Steps[0].Section = f.section
	return in, nil
}

// anyOffered finds a row whose key may be chosen.
func anyOffered(ctx context.Context, p *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
	t, err := p.Choices(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range t.Rows {
		if choosable(t, row) {
			return t, row, nil
		}
	}
	return nil, nil, p.Await(ctx, labels.Use) // which is not there: the error says so
}
