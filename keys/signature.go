package keys

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// ExportSignature exports the certificate of the device signature, DER. It is
// the one certificate that the device gives out. // C-5, E-2
func ExportSignature(ctx context.Context, s *remoteui.Session) ([]byte, error) {
	var f *remoteui.File
	err := s.Retry(ctx, func() error {
		p, err := s.Walk(ctx, remoteui.Settings, remoteui.DeviceManagement, remoteui.ExportSignature)
		if err == nil {
			f, err = p.Download(ctx, remoteui.StartExporting)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("export of the device signature: %w", err)
	}
	der, err := certificateIn(f.Data)
	if err != nil {
		return nil, fmt.Errorf("export of the device signature: %w", err)
	}
	return der, nil
}

// certificateIn finds the certificate in a file: DER, PEM, or base64 without
// armour.
func certificateIn(data []byte) ([]byte, error) {
	der := data
	if block, _ := pem.Decode(data); block != nil {
		der = block.Bytes
	} else if plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); err == nil {
		der = plain
	}
	if _, err := revocation.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("the file holds no certificate that can be read: %w", err)
	}
	return der, nil
}

// RenewSignature has the device make its signature key anew, in place of the
// one that is there, and waits until it exports another certificate. Mail that
// was encrypted for the old one cannot be read afterwards. // S-1
func RenewSignature(ctx context.Context, s *remoteui.Session, w Wait) error {
	before, err := ExportSignature(ctx, s)
	if err != nil {
		return err
	}
	path := append(listPath[:len(listPath):len(listPath)], remoteui.GenerateKey, remoteui.DeviceSignature)
	for try := 1; ; try++ {
		var p *remoteui.Page
		err := s.Retry(ctx, func() (err error) {
			if p, err = s.Walk(ctx, path...); err == nil {
				err = p.Await(ctx, remoteui.GenerateUpdate)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("device signature: %w", err)
		}
		logins := s.Logins()
		said, sure, err := pressThrough(ctx, p)
		if err != nil && sure {
			return fmt.Errorf("device signature: %w", err)
		}
		err = awaitRenewal(ctx, s, before, said, w.withDefaults())
		// Renewing twice would do no harm, but nobody could tell which of the two
		// was exported: only after the whole time, and where it was hardly asked for.
		if err == nil || ctx.Err() != nil || try == 2 || sure && s.Logins() == logins {
			return err
		}
	}
}

// pressThrough presses [Generate/Update] and then [OK] or [Yes] where the
// device asks.
// It is not sure where the device may not have understood.
func pressThrough(ctx context.Context, p *remoteui.Page) (said string, sure bool, err error) {
	shown := p.Text()
	answer, err := p.Press(ctx, remoteui.GenerateUpdate, remoteui.Where{Confirm: true})
	if err != nil {
		return "", !remoteui.Doubtful(nil, err), err
	}
	for _, l := range []remoteui.Label{remoteui.OK, remoteui.Yes} {
		if answer.Has(l) && !answer.Has(remoteui.GenerateUpdate) {
			shown = answer.Text()
			if answer, err = answer.Press(ctx, l, remoteui.Where{Confirm: true}); err != nil {
				return "", !remoteui.Doubtful(nil, err), err
			}
			break
		}
	}
	if alerts := answer.Alerts(); len(alerts) > 0 {
		return "", true, &remoteui.RefusedError{Page: answer.Title(), Text: fmt.Sprintf("%q", alerts)}
	}
	return Said(answer, shown), !answer.Stray(), nil
}

// awaitRenewal waits until the device exports another certificate.
func awaitRenewal(ctx context.Context, s *remoteui.Session, before []byte, said string, w Wait) error {
	limit, cancel := context.WithTimeoutCause(ctx, w.Timeout, fmt.Errorf("device signature: not renewed within %v (the device said %q)", w.Timeout, said))
	defer cancel()
	for {
		now, err := ExportSignature(limit, s)
		if err == nil && !bytes.Equal(before, now) {
			return nil
		}
		if err := pause(limit, w.Interval); err != nil {
			return err
		}
	}
}
