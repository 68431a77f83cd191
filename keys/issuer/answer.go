package issuer

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/casrv"
)

// ErrOtherKey means that the certificates of an answer are all for other keys
// than the request's.
var ErrOtherKey = bundle.ErrNoSuchKey

// ServerError is the refusal of a CA's server.
type ServerError = casrv.ServerError

// checkRequest refuses what no CA should be shown. Not every CA looks itself:
// micromdm issues for a request with a broken signature.
func checkRequest(csr *x509.CertificateRequest) error {
	if csr == nil || len(csr.Raw) == 0 {
		return errors.New("issuer: no certificate request given")
	}
	if err := csr.CheckSignature(); err != nil {
		return fmt.Errorf("issuer: the request of %s is not signed by its own key: %w", quote(csr.Subject.String()), err)
	}
	return nil
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
func quote(s string) string { return casrv.Quote(s) }
