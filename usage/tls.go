package usage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// tlsPath leads to the TLS page. // R-1
var tlsPath = pages.Under(pages.Network, labels.TLSSettings)

// TLS has the key that the Remote UI is served with, which the key list tells:
// the page need not name it. // C-1, R-1
var _ = known(Function{
	Use: keys.UseTLS, Title: "TLS", Code: "tls",
	NeededRow: row.TLSInUse, BindingRow: row.BindTLS, DisableRow: row.DisableOldTLS,
	RemoteUI: true,
	Location: labels.UsesTLS,
	path:     tlsPath,
	title:    labels.TLSSettings,
	wants:    []pages.Want{pages.Button(labels.KeyAndCertificate)},
})

// TLSSettings is what the TLS page shows, for telling that nothing else on it
// changed.
type TLSSettings struct {
	Fields []remoteui.FieldState `json:"fields"`
}

// ReadTLS reads the TLS page.
func ReadTLS(ctx context.Context, s *remoteui.Session) (*TLSSettings, error) {
	var p *remoteui.Page
	err := s.Retry(ctx, func() (err error) {
		p, err = openTLS(ctx, s, nil)
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

// hereTLS is the page with the way to the list of keys, if it is in front and was
// just read; else nil.
func hereTLS(s *remoteui.Session) *remoteui.Page {
	for _, path := range [][]remoteui.Label{tlsPath, append(tlsPath[:len(tlsPath):len(tlsPath)], labels.Edit)} {
		if p := s.Here(path...); p != nil && p.Has(labels.KeyAndCertificate) {
			return p
		}
	}
	return nil
}

// openTLS goes to the page with the way to the list of keys. One that was just read
// is gone on from, if it is still in front.
func openTLS(ctx context.Context, s *remoteui.Session, here *remoteui.Page) (*remoteui.Page, error) {
	if here != nil && here.Fresh() {
		return here, nil
	}
	p, err := s.Walk(ctx, tlsPath...)
	if err != nil {
		return nil, err
	}
	if p.Has(labels.Edit) && !p.Has(labels.KeyAndCertificate) {
		if p, err = p.Follow(ctx, labels.Edit); err != nil {
			return nil, err
		}
	}
	return p, p.Await(ctx, labels.KeyAndCertificate)
}

// BindTLS chooses a key for TLS. The device stores the choice at once, without
// [OK]; it is in effect after [Restart]. A key that cannot serve TLS is
// refused before anything is sent. Whether the device took it shows after the
// restart: said is what its answer said that the page before did not. The key goes
// by its place in a list: where that is not as it was afterwards, it is chosen
// again. // R-1, R-6
func BindTLS(ctx context.Context, s *remoteui.Session, key string) (said string, err error) {
	if key == keys.AMSKey || key == keys.DeviceSignatureKey {
		return "", fmt.Errorf("key %q cannot be used for TLS (R-6)", key)
	}
	about := &remoteui.Object{Names: []string{key}}
	here := hereTLS(s)
	in := remoteui.Intent{
		Name: fmt.Sprintf("binding %q to TLS", key),
		Open: func(ctx context.Context) (*remoteui.Page, error) { return openTLS(ctx, s, here) },
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.KeyAndCertificate}},
			{Labels: chooses, Row: offered(key, about), Column: labels.KeyName, Writes: true},
		},
		About: about,
	}
	for try := 1; ; try++ {
		answer, err := s.Do(ctx, in)
		if err == nil {
			same, readErr := offersTheSame(ctx, s, about.Others, key)
			switch {
			case readErr != nil:
				return "", fmt.Errorf("binding %q to TLS: it cannot be told which key was chosen: %w", key, readErr)
			case same:
				return answer.Said, nil
			case try == bindTries:
				return "", fmt.Errorf("binding %q to TLS: the list changes while the key is chosen: somebody else is working on this device, and another key may be chosen: choose it again before the device is restarted", key)
			}
			continue
		}
		if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); !lost {
			return "", err
		}
		// Binding the same key twice is the same as once, and the restart will show
		// what happened; but where the list shows the choice, it need not be made
		// again.
		l, readErr := keys.ReadList(ctx, s)
		if readErr != nil {
			return "", errors.Join(err, readErr)
		}
		if e, _ := l.Find(key); e.UsedBy(keys.UseTLS) { // beside the key in use, on some
			return "", nil
		}
		if try == bindTries {
			return answer.Said, err
		}
	}
}

// offersTheSame reports whether the list, or one page of it, that keys for TLS are
// chosen from has these names and no other. The key that was chosen is left out: the
// device may show it elsewhere now, or no more.
func offersTheSame(ctx context.Context, s *remoteui.Session, names []string, chosen string) (same bool, err error) {
	err = s.Retry(ctx, func() error {
		same, err = offersNow(ctx, s, names, chosen)
		return err
	})
	return same, err
}

func offersNow(ctx context.Context, s *remoteui.Session, names []string, chosen string) (bool, error) {
	p, err := openTLS(ctx, s, hereTLS(s))
	if err != nil {
		return false, err
	}
	if p, err = p.Follow(ctx, labels.KeyAndCertificate); err != nil {
		return false, err
	}
	others := func(names []string) []string {
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == chosen })
		slices.Sort(names)
		return names
	}
	for p != nil {
		t, err := p.Choices(ctx)
		if err != nil {
			return false, err
		}
		if slices.Equal(others(offeredNames(t)), others(names)) {
			return true, nil
		}
		if p, err = p.NextOfList(ctx, labels.KeyName); err != nil {
			return false, err
		}
	}
	return false, nil
}

// bindTries bounds how often a key is chosen whose choice was not seen stored.
const bindTries = 3

// Changes lists what is not as it was, as "label: before → after". A field that
// shows the name of the key is meant to go from one to the other.
func (t *TLSSettings) Changes(now *TLSSettings, from, to string) []string {
	return changes(t.Fields, now.Fields, from, to)
}
