package keys

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Ahead are the acts of this package as [remoteui.Session.Rehearse] looks ahead at
// them: with fields that are looked for only. waiting is a key that waits for its
// certificate; empty: there is none.
func Ahead(waiting string) []remoteui.Intent {
	named := func(name string, in remoteui.Intent) remoteui.Intent {
		in.Name = name
		for i, f := range in.Fields {
			in.Fields[i] = f.Ahead()
		}
		return in
	}
	all := []remoteui.Intent{
		named("generating a key", formAhead(false)),
		named("generating a key for a CSR", formAhead(true)),
		{Name: "deleting a key", Way: listPath, Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Delete}, Row: deletable, Writes: true}}},
		named("renewing the device signature", renewal()),
		named("registering an S/MIME certificate", registrationSMIME("", nil)),
	}
	if waiting != "" {
		all = append(all, named("registering a certificate", registration(waiting, nil)))
	}
	return all
}

// deletable finds the row of a key that is not the device's own.
func deletable(ctx context.Context, p *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
	t, err := p.Table(ctx, labels.KeyName)
	if err != nil {
		return nil, nil, err
	}
	var found *remoteui.Row
	for _, row := range t.Rows {
		name, _ := row.Cell(labels.KeyName)
		if name == "" || Reserved(name) {
			continue
		}
		if found == nil || !t.Offers(labels.Delete, found) {
			found = row
		}
	}
	if found == nil {
		return nil, nil, &remoteui.PageError{Page: p.Title(), Label: labels.Delete, Reason: "cannot be seen: the list has no key but the device's own"}
	}
	return t, found, nil
}
