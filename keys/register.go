package keys

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
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
	done := func(ctx context.Context) (bool, error) {
		d, err = registered(ctx, s, name, cert)
		return err == nil, context.Cause(ctx)
	}
	// Manuals name DER for files to register; a device that refuses it gets PEM.
	failed := register(ctx, s, name, cert.Raw, done)
	if _, refused := errors.AsType[*remoteui.RefusedError](failed); refused && ctx.Err() == nil {
		if pemErr := register(ctx, s, name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), done); pemErr != nil {
			failed = errors.Join(failed, pemErr)
		} else {
			failed = nil
		}
	}
	if failed != nil {
		return nil, failed
	}
	return d, nil
}

// register fills in the page behind the row's icon.
func register(ctx context.Context, s *remoteui.Session, name string, file []byte, done func(context.Context) (bool, error)) error {
	in := registration(name, file)
	in.Done = done
	_, err := s.Do(ctx, in)
	return err
}

func registration(name string, file []byte) remoteui.Intent {
	return remoteui.Intent{
		Name: fmt.Sprintf("registering the certificate of key %q", name),
		Way:  listPath,
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.CertificateColumn}, Row: remoteui.Named(labels.KeyName, name), Column: labels.KeyName, Where: remoteui.Where{Column: labels.CertificateColumn}},
			{Labels: []remoteui.Label{labels.RegisterCertificate}, Optional: true},
			{Labels: []remoteui.Label{labels.Register, labels.OK}, Writes: true},
		},
		Fields: []remoteui.Field{remoteui.FileField(name+".cer", file)},
		About:  &remoteui.Object{Names: []string{name, name + ".cer"}},
	}
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
