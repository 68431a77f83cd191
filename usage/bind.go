package usage

import (
	"context"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Bind chooses a key in a place; it is in effect after [Restart]. Nothing else
// on the page changes: where another field would, nothing is stored. Said is
// what the device's answer said that the page before did not. A key that is
// not offered there, such as one for SIP that is in use elsewhere, is an
// error. // R-1 to R-4
func Bind(ctx context.Context, s *remoteui.Session, p Place, key string) (said string, err error) {
	if p.Function().RemoteUI {
		return BindTLS(ctx, s, key)
	}
	return BindIf(ctx, s, p, key, nil)
}

// BindIf is [Bind] in a place other than TLS, but that check is shown what the
// place's page says right before, and its error ends it: nothing was done then.
// Nil: nobody looks.
func BindIf(ctx context.Context, s *remoteui.Session, p Place, key string, check func(now Setting) error) (said string, err error) {
	f, err := formOf(p)
	if err != nil {
		return "", err
	}
	var here *remoteui.Page
	if check != nil {
		now, page, err := read(ctx, s, p)
		if err == nil {
			err = check(now)
		}
		if err != nil {
			return "", err
		}
		here = page
	}
	answer, err := s.Do(ctx, f.binding(s, key, here))
	if err != nil {
		return "", err
	}
	return answer.Said, nil
}

// binding is the act of choosing a key in a place. Where the page after [OK] has
// an [OK] of its own, as a policy has around its IKE settings, that is pressed,
// too: as long as it was not, the choice may be nothing but a draft that the pages
// show.
func (f form) binding(s *remoteui.Session, key string, here *remoteui.Page) remoteui.Intent {
	about := &remoteui.Object{Names: []string{key}}
	if f.Policy != "" {
		about.Names = append(about.Names, f.Policy)
	}
	var before Setting
	return remoteui.Intent{
		Name: fmt.Sprintf("binding %q to %s", key, f.name()),
		Open: func(ctx context.Context) (*remoteui.Page, error) {
			if here != nil && here.Fresh() {
				return here, nil
			}
			return f.show(ctx, s, f.Policy)
		},
		Back: f.title,
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.KeyAndCertificate}, Section: f.section, Check: func(ctx context.Context, p *remoteui.Page) (err error) {
				before, err = f.read(ctx, p)
				return err
			}},
			{Labels: chooses, Row: offered(key, about), Column: labels.KeyName, Writes: true},
			{Labels: []remoteui.Label{labels.OK}, On: labels.KeyAndCertificate, Writes: true, Check: func(ctx context.Context, p *remoteui.Page) error {
				return f.checkDraft(ctx, p, before, key)
			}},
			{Labels: []remoteui.Label{labels.OK}, Off: labels.KeyAndCertificate, Writes: true, Optional: true},
		},
		About: about,
		Done: func(ctx context.Context) (bool, error) {
			now, err := Read(ctx, s, f.Place)
			if err != nil {
				return false, fmt.Errorf("cannot tell whether it was stored: %w", err)
			}
			return now.Key == key, nil
		},
	}
}

// chooses are what is pressed for the key of a row, the best first.
var chooses = []remoteui.Label{labels.Use, labels.Register, labels.OK}

// offered finds the row of a key in a list that keys are chosen from.
func offered(key string, about *remoteui.Object) func(context.Context, *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
	return func(ctx context.Context, p *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
		t, err := p.Choices(ctx)
		if err != nil {
			return nil, nil, err
		}
		about.Others = offeredNames(t)
		row, err := t.Find(labels.KeyName, key)
		if err != nil {
			return nil, nil, fmt.Errorf("key %q is not offered here: %w", key, err)
		}
		if !choosable(t, row) && slices.ContainsFunc(t.Rows, func(r *remoteui.Row) bool { return choosable(t, r) }) {
			// The key that is chosen already has nothing to choose it by, nor has one
			// that may not be: what is read says which.
			return nil, nil, remoteui.ErrDone
		}
		return t, row, nil
	}
}

func offeredNames(t *remoteui.Table) []string {
	var names []string
	for _, row := range t.Rows {
		if name, _ := row.Cell(labels.KeyName); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func choosable(t *remoteui.Table, row *remoteui.Row) bool {
	return slices.ContainsFunc(chooses, func(l remoteui.Label) bool { return t.Offers(l, row) })
}

// checkDraft looks at the form with the new choice in it, before it is stored.
func (f form) checkDraft(ctx context.Context, p *remoteui.Page, before Setting, key string) error {
	name, err := shownKey(ctx, p, f.section) // and nothing else: what is on another tab may take the draft away
	if err != nil {
		return err
	}
	fields, err := fieldsOf(p)
	if err != nil {
		return err
	}
	draft := Setting{Place: f.Place, Key: name, Fields: fields}
	if draft.Key != key {
		return fmt.Errorf("after the key was chosen the page shows %q: %w", draft.Key, remoteui.ErrUndone)
	}
	if other := before.Changes(draft, before.Key, key); len(other) > 0 {
		return fmt.Errorf("nothing was stored: choosing the key would change other settings: %q", other)
	}
	return nil
}
