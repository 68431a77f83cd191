package usage

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// tlsPath leads to the TLS page. // R-1
var tlsPath = []remoteui.Label{remoteui.Settings, remoteui.Network, remoteui.TLSSettings}

// TLSSettings is what the TLS page shows, for telling that nothing else on it
// changed.
type TLSSettings struct {
	Fields []remoteui.FieldState `json:"fields"`
}

// ReadTLS reads the TLS page.
func ReadTLS(ctx context.Context, s *remoteui.Session) (*TLSSettings, error) {
	var p *remoteui.Page
	err := s.Retry(ctx, func() (err error) {
		p, err = openTLS(ctx, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("TLS settings: %w", err)
	}
	fields, err := fieldsOf(p)
	if err != nil {
		return nil, fmt.Errorf("TLS settings: %w", err)
	}
	return &TLSSettings{Fields: fields}, nil
}

// openTLS goes to the page with the way to the list of keys.
func openTLS(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
	p, err := s.Walk(ctx, tlsPath...)
	if err != nil {
		return nil, err
	}
	if p.Has(remoteui.Edit) && !p.Has(remoteui.KeyAndCertificate) {
		if p, err = p.Follow(ctx, remoteui.Edit); err != nil {
			return nil, err
		}
	}
	return p, p.Await(ctx, remoteui.KeyAndCertificate)
}

// BindTLS chooses a key for TLS. The device stores the choice at once, without
// [OK]; it is in effect after [Restart]. A key that cannot serve TLS is
// refused before anything is sent. Whether the device took it shows after the
// restart: said is what its answer said that the page before did not. // R-1, R-6
func BindTLS(ctx context.Context, s *remoteui.Session, key string) (said string, err error) {
	if key == keys.AMSKey || key == keys.DeviceSignatureKey {
		return "", fmt.Errorf("key %q cannot be used for TLS (R-6)", key)
	}
	for range bindTries {
		var sure bool
		said, sure, err = useForTLS(ctx, s, key)
		if sure {
			return said, err
		}
		// Binding the same key twice is the same as once, and the restart will show
		// what happened; but where the list shows the choice, it need not be made
		// again.
		l, readErr := keys.ReadList(ctx, s)
		if readErr != nil {
			return "", errors.Join(err, readErr)
		}
		if e, ok := l.User(keys.UseTLS); ok && e.Name == key {
			return "", nil
		}
	}
	return said, err
}

// bindTries bounds how often a key is chosen whose choice was not seen stored.
const bindTries = 3

// useForTLS chooses the key once. It is not sure where the answer was lost, or
// was no answer to that.
func useForTLS(ctx context.Context, s *remoteui.Session, key string) (said string, sure bool, err error) {
	var p *remoteui.Page
	var t *remoteui.Table
	err = s.Retry(ctx, func() (err error) {
		if p, err = openTLS(ctx, s); err == nil {
			p, err = p.Follow(ctx, remoteui.KeyAndCertificate)
		}
		if err == nil {
			t, err = p.Table(ctx, remoteui.KeyName)
		}
		return err
	})
	if err != nil {
		return "", true, fmt.Errorf("binding TLS: %w", err)
	}
	row, err := t.Find(remoteui.KeyName, key)
	if err != nil {
		return "", true, fmt.Errorf("binding TLS: %w", err)
	}
	shown := p.Text()
	answer, err := pressUse(ctx, p, t, row)
	if err == nil && asksAgain(answer) {
		answer, err = answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	}
	if err != nil {
		return "", !remoteui.Doubtful(answer, err), fmt.Errorf("binding TLS: %w", err)
	}
	if alerts := answer.Alerts(); len(alerts) > 0 {
		return "", true, fmt.Errorf("binding %q to TLS: %w", key, &remoteui.RefusedError{Page: answer.Title(), Text: fmt.Sprintf("%q", alerts)})
	}
	return keys.Said(answer, shown), !remoteui.Doubtful(answer, nil), nil
}

// asksAgain recognises a page that only asks for confirmation. The TLS page
// and the list of keys have an [OK] too, which is not ours to press.
func asksAgain(p *remoteui.Page) bool {
	return p.Has(remoteui.OK) && !p.Has(remoteui.KeyAndCertificate) && !p.Has(remoteui.Use)
}

// Changes lists what is not as it was, as "label: before → after". A field that
// shows the name of the key is meant to go from one to the other.
func (t *TLSSettings) Changes(now *TLSSettings, from, to string) []string {
	return changes(t.Fields, now.Fields, from, to)
}
