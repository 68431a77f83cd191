package usage

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Proved is what the proof of a TLS successor found.
type Proved struct {
	// InUse clears the old key for deletion.
	InUse proof.InUse
	// Certificate that the device serves, and holds the private key of.
	Certificate *x509.Certificate
	// Match says how the certificate was recognised as the successor's.
	Match string
	// Sure: by thumbprint or serial number, not by its subject alone.
	Sure bool
}

// ProveTLS proves that the successor serves TLS: by a fresh handshake, in which
// the device shows that it holds the private key; the certificate is the one
// that the successor's details page describes; and the key list gives TLS to
// the successor and not to the old key. // C-1, R-5
func ProveTLS(ctx context.Context, s *remoteui.Session, old proof.Key, successor *keys.Details, commonName string, now time.Time) (*Proved, error) {
	cert, err := s.Handshake(ctx)
	if err != nil {
		return nil, fmt.Errorf("proof of TLS: %w", err)
	}
	ok, sure, reason := successor.Matches(cert, commonName)
	if !ok {
		return nil, fmt.Errorf("proof of TLS: the certificate served at %s is not that of key %q: %s", s.URL(), successor.Name, reason)
	}
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("proof of TLS: %w", err)
	}
	if e, ok := l.User(keys.UseTLS); !ok || e.Name != successor.Name {
		return nil, fmt.Errorf("proof of TLS: the key list does not give TLS to %q alone", successor.Name)
	}
	key := proof.Key{Device: old.Device, Name: successor.Name, Fingerprint: Fingerprint(cert)}
	return &Proved{
		InUse:       proof.MintInUse(old, key, []string{string(keys.UseTLS)}, proof.Served, now),
		Certificate: cert,
		Match:       reason,
		Sure:        sure,
	}, nil
}

// Fingerprint is the hex SHA-256 of a certificate's SPKI.
func Fingerprint(c *x509.Certificate) string {
	h := remoteui.HashSPKI(c)
	return fmt.Sprintf("%x", h[:])
}
