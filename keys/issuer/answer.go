package issuer

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/keys"
)

// ErrOtherKey means that the certificates of an answer are all for other keys
// than the request's.
var ErrOtherKey = bundle.ErrNoSuchKey

// checkRequest refuses what no CA should be shown. Not every CA looks itself:
// micromdm issues for a request with a broken signature. A request that comes
// with an order has to be what was ordered, in every part.
func checkRequest(ctx context.Context, csr *x509.CertificateRequest) error {
	if csr == nil || len(csr.Raw) == 0 {
		return errors.New("issuer: no certificate request given")
	}
	if err := keysize.Key(csr.PublicKey); err != nil {
		return fmt.Errorf("issuer: the request of %s: %w", quote(csr.Subject.String()), err)
	}
	if err := csr.CheckSignature(); err != nil {
		return fmt.Errorf("issuer: the request of %s is not signed by its own key: %w", quote(csr.Subject.String()), err)
	}
	if order, ok := keys.OrderFrom(ctx); ok {
		if err := order.Check(csr, 0); err != nil {
			return fmt.Errorf("issuer: %w", err)
		}
	}
	return nil
}

// orderOf is the order that a request comes with. Without one the request may
// order for its common name alone, a host name or an address, and ask for no
// other names than that: it was made by a device, and what we sign or vouch for
// ourselves is for us to decide.
func orderOf(ctx context.Context, csr *x509.CertificateRequest) (keys.Order, error) {
	order, ok := keys.OrderFrom(ctx)
	if ok {
		return order, nil
	}
	cn := csr.Subject.CommonName
	if !keys.IsHost(cn) {
		return order, fmt.Errorf("issuer: the request comes without an order (keys.WithOrder), and its common name %s is neither a host name nor an IP address", quote(cn))
	}
	order.Spec.CommonName = cn
	if wrong := order.AsksFor(csr); len(wrong) > 0 {
		return order, fmt.Errorf("issuer: the request comes without an order (keys.WithOrder), and asks for more than a certificate for its common name: %s", strings.Join(wrong, "; "))
	}
	return order, nil
}

// sameKey compares public keys by value: one key has several encodings.
func sameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// spkiHash is the hex SHA-256 of the request's public key, as reports have it.
func spkiHash(csr *x509.CertificateRequest) string {
	sum := sha256.Sum256(csr.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// quote makes foreign text fit for a message.
func quote(s string) string { return bundle.Quote(s) }
