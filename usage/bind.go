package usage

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Bind chooses a key in a place; it is in effect after [Restart]. Nothing else
// on the page changes: where another field would, nothing is stored. Said is
// what the device's answer said that the page before did not. A key that is
// not offered there, such as one for SIP that is in use elsewhere, is an
// error. // R-1 to R-4
func Bind(ctx context.Context, s *remoteui.Session, p Place, key string) (said string, err error) {
	if p.Use == keys.UseTLS {
		return BindTLS(ctx, s, key)
	}
	f, err := formOf(p)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("binding %q to %s", key, p)
	for range bindTries {
		var sure bool
		// What is entered and not stored is lost with the session: from the start.
		err = s.Retry(ctx, func() (err error) {
			said, sure, err = f.bind(ctx, s, key)
			if err != nil && remoteui.Doubtful(nil, err) {
				sure = false
			}
			return err
		})
		if err != nil && sure {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		now, readErr := Read(ctx, s, p)
		switch {
		case readErr != nil:
			return "", fmt.Errorf("%s: cannot tell whether it was stored: %w", name, errors.Join(err, readErr))
		case now.Key == key:
			return said, nil
		case sure:
			return "", fmt.Errorf("%s: not stored, the page still shows %q; %w", name, now.Key, &remoteui.RefusedError{Text: said})
		}
		// The answer was lost, or given, before the device acted: once more.
	}
	if err == nil {
		err = &remoteui.RefusedError{Text: said}
	}
	return "", fmt.Errorf("%s: not stored: %w", name, err)
}

// String names the place in messages.
func (p Place) String() string {
	if p.Policy == "" {
		return string(p.Use)
	}
	return fmt.Sprintf("%s policy %q", p.Use, p.Policy)
}

// bind does it once. Where the page after [OK] has an [OK] of its own, as a
// policy has around its IKE settings, that is pressed, too: as long as it was
// not, the choice may be nothing but a draft that the pages show.
// It is not sure where the last page says nothing that is known.
func (f *form) bind(ctx context.Context, s *remoteui.Session, key string) (said string, sure bool, err error) {
	p, err := f.open(ctx, s)
	if err != nil {
		return "", true, err
	}
	before, err := f.read(ctx, p)
	if err != nil {
		return "", true, err
	}
	if p, err = f.choose(ctx, s, p, key); err != nil {
		return "", true, err
	}
	draft, err := f.read(ctx, p)
	if err != nil {
		return "", true, err
	}
	if draft.Key != key {
		return "", true, fmt.Errorf("after [Use] the page shows key %q", draft.Key)
	}
	if other := before.Changes(draft, before.Key, key); len(other) > 0 {
		return "", true, fmt.Errorf("nothing was stored: choosing the key would change other settings: %q", other)
	}
	shown := p.Text()
	answer, err := confirmed(ctx, p)
	if err != nil {
		return "", true, err
	}
	if answer.Has(remoteui.OK) && !answer.Has(remoteui.KeyAndCertificate) {
		shown = answer.Text()
		if answer, err = confirmed(ctx, answer); err != nil {
			return "", true, err
		}
	}
	return keys.Said(answer, shown), !answer.Stray(), nil
}

// choose goes to the list of keys and presses [Use] in the key's row; then the
// form shows the new key's name.
func (f *form) choose(ctx context.Context, s *remoteui.Session, p *remoteui.Page, key string) (*remoteui.Page, error) {
	chooser, err := f.follow(ctx, p)
	if err != nil {
		return nil, err
	}
	t, err := chooser.Table(ctx, remoteui.KeyName)
	if err != nil {
		return nil, err
	}
	row, err := t.Find(remoteui.KeyName, key)
	if err != nil {
		return nil, &remoteui.RefusedError{Page: chooser.Title(), Text: fmt.Sprintf("key %q is not offered here: %v", key, err)}
	}
	shown, logins := chooser.Text(), s.Logins()
	answer, err := pressUse(ctx, chooser, t, row)
	if err != nil {
		return nil, err
	}
	if alerts := answer.Alerts(); len(alerts) > 0 {
		return nil, &remoteui.RefusedError{Page: answer.Title(), Text: fmt.Sprintf("%q", alerts)}
	}
	if answer.Has(remoteui.KeyAndCertificate) {
		return answer, nil
	}
	if answer.Stray() {
		return nil, &remoteui.AmbiguousWriteError{Err: fmt.Errorf("after [Use] the device shows %q", keys.Said(answer, shown))}
	}
	// The list once more: the form is behind it, with the choice in it.
	words := keys.Said(answer, shown)
	p, direct, err := f.back(ctx, s, answer)
	if err != nil {
		return nil, err
	}
	if now, err := shownKey(ctx, p, f.section); err == nil && now != key {
		if s.Logins() != logins || !direct && words == "" {
			// What was chosen went with a session that the device forgot, or with the
			// page that did not come.
			return nil, &remoteui.AmbiguousWriteError{Err: errors.New("after [Use] the device forgot the choice")}
		}
		return nil, &remoteui.RefusedError{Page: chooser.Title(), Text: words}
	}
	return p, nil
}

// back goes from the list of keys to the form, by the way that the list offers,
// or else from the beginning, which is not direct.
func (f *form) back(ctx context.Context, s *remoteui.Session, list *remoteui.Page) (p *remoteui.Page, direct bool, err error) {
	for _, l := range []remoteui.Label{f.title, remoteui.OK} {
		if !list.Has(l) {
			continue
		}
		p, err := list.Follow(ctx, l)
		if err == nil && p.Has(remoteui.KeyAndCertificate) {
			return p, true, nil
		}
		break
	}
	p, err = f.open(ctx, s)
	return p, false, err
}

// follow goes to the list of keys.
func (f *form) follow(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
	var first error
	for _, w := range within(f.section) {
		chooser, err := p.Follow(ctx, remoteui.KeyAndCertificate, w)
		if err == nil {
			return chooser, nil
		}
		if _, missing := errors.AsType[*remoteui.PageError](err); !missing {
			return nil, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// confirmed presses [OK]; what a page says by itself then is a refusal.
func confirmed(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
	answer, err := p.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	if err != nil {
		return nil, err
	}
	if alerts := answer.Alerts(); len(alerts) > 0 {
		return nil, &remoteui.RefusedError{Page: answer.Title(), Text: fmt.Sprintf("%q", alerts)}
	}
	return answer, nil
}
