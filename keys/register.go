package keys

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/remoteui"
)

// RegisterCertificate registers the certificate that was issued for a key's
// CSR, and reads it back. Only the key's own certificate goes to the device:
// the page takes one file, and no public text says what becomes of a chain. A
// certificate that the key has already is a success. Errors:
// [remoteui.RefusedError] with the device's words; an answer that was lost. //
// G-6
func RegisterCertificate(ctx context.Context, s *remoteui.Session, name string, cert *x509.Certificate) (*Details, error) {
	d, err := ReadDetails(ctx, s, name)
	if err != nil {
		return nil, err
	}
	if ok, sure, _ := d.Matches(cert, cert.Subject.CommonName); ok && sure {
		d.Certificate = cert
		return d, nil
	}
	if d.HasCertificate() {
		return nil, fmt.Errorf("key %q has a certificate already, and not the one that was issued for it", name)
	}
	// Manuals name DER for files to register; a device that refuses it gets PEM.
	err = register(ctx, s, name, cert.Raw)
	if _, refused := errors.AsType[*remoteui.RefusedError](err); refused {
		if again, _ := registered(ctx, s, name, cert); again == nil {
			err = errors.Join(err, register(ctx, s, name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
		}
	}
	d, readErr := registered(ctx, s, name, cert)
	switch {
	case d != nil:
		return d, nil
	case err != nil:
		return nil, fmt.Errorf("certificate of key %q: %w", name, err)
	}
	return nil, readErr
}

// register fills in the page behind the row's icon. What it did is for the
// caller to read; an error is what the device said, or that nothing was sent.
func register(ctx context.Context, s *remoteui.Session, name string, file []byte) error {
	_, live, err := openList(ctx, s)
	if err != nil {
		return err
	}
	row := live.rows[name]
	if row == nil {
		return fmt.Errorf("it is not in the list")
	}
	p, err := live.Follow(ctx, remoteui.CertificateColumn, remoteui.Where{Row: row, Column: remoteui.CertificateColumn})
	if err != nil {
		return err
	}
	field, err := p.FileField(ctx)
	if err != nil {
		if p, err = p.Follow(ctx, remoteui.RegisterCertificate); err != nil {
			return err
		}
		if field, err = p.FileField(ctx); err != nil {
			return err
		}
	}
	if err := field.SetFile(ctx, name+".cer", file); err != nil {
		return err
	}
	shown := p.Text()
	answer, err := p.Press(ctx, remoteui.Register, remoteui.Where{Confirm: true})
	if err == nil && answer.Has(remoteui.OK) && !answer.Has(remoteui.Register) {
		answer, err = answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	}
	if err != nil {
		return err
	}
	// The same page once more is how the device refuses.
	if _, err := answer.FileField(ctx); err == nil {
		return &remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)}
	}
	return nil
}

// registered reads the certificate back: by thumbprint or serial number where
// the page shows them, else by its kind, issuer and subject.
func registered(ctx context.Context, s *remoteui.Session, name string, cert *x509.Certificate) (*Details, error) {
	d, err := ReadDetails(ctx, s, name)
	if err != nil {
		return nil, err
	}
	ok, _, reason := d.Matches(cert, cert.Subject.CommonName)
	if !ok || !d.Is(algorithmOf(cert.PublicKey)) {
		return nil, fmt.Errorf("certificate of key %q: not registered: the details page does not show it: %s", name, reason)
	}
	d.Certificate = cert
	return d, nil
}
