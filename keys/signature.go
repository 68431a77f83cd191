package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/revocation"
)

// ExportSignature exports the certificate of the device signature, DER. It is
// the one certificate that the device gives out. // C-5, E-2
func ExportSignature(ctx context.Context, s *remoteui.Session) ([]byte, error) {
	var f *remoteui.File
	err := s.Retry(ctx, func() error {
		p, err := s.Walk(ctx, labels.Settings, labels.DeviceManagement, labels.ExportSignature)
		if err == nil {
			f, err = p.Download(ctx, labels.StartExporting)
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

// certificateIn finds the certificate in a file: the first that can be read.
func certificateIn(data []byte) ([]byte, error) {
	ders, damaged, err := bundle.ParseRaw(data)
	for _, der := range ders {
		c, parseErr := revocation.ParseCertificate(der)
		if parseErr == nil {
			return c.Raw, nil
		}
		damaged = append(damaged, parseErr)
	}
	return nil, fmt.Errorf("the file holds no certificate that can be read: %w", errors.Join(append(damaged, err)...))
}

// RenewSignature has the device make its signature key anew, in place of the
// one that is there, waits until it exports another certificate, and returns that,
// DER. Mail that was encrypted for the old one cannot be read afterwards. // S-1
func RenewSignature(ctx context.Context, s *remoteui.Session, w Wait) ([]byte, error) {
	before, err := ExportSignature(ctx, s)
	if err != nil {
		return nil, err
	}
	times, last := 0, before
	in := renewal()
	in.Steps[2].Check = func(context.Context, *remoteui.Page) error { times++; return nil }
	in.Done = func(ctx context.Context) (bool, error) {
		now, err := ExportSignature(ctx, s)
		if err != nil || bytes.Equal(before, now) {
			return false, context.Cause(ctx) // it may not export while it makes one
		}
		// Asked twice, it may make two: it is the last one that stays.
		settled := times < 2 || bytes.Equal(last, now)
		last = now
		return settled, nil
	}
	in.Slow, in.Timeout, in.Interval = true, w.Timeout, w.Interval
	if _, err = s.Do(ctx, in); err != nil {
		return nil, err
	}
	return last, nil
}

func renewal() remoteui.Intent {
	in := generation(labels.DeviceSignature, nil)
	in.Name = "renewing the device signature"
	in.Seen = func() bool { return true } // it is about nothing in the list
	in.Steps[2] = remoteui.Step{Labels: []remoteui.Label{labels.GenerateUpdate, labels.Generate, labels.OK}, Writes: true}
	return in
}
