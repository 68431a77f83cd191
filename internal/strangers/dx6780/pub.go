package dx6780

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
)

// pubOnly is a public key in a signer's clothes, for the texts about it.
type pubOnly struct{ p crypto.PublicKey }

func (p pubOnly) Public() crypto.PublicKey { return p.p }
func (pubOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("no private key")
}

func equalPub(k *key, x *x509.Certificate) bool {
	a, err1 := x509.MarshalPKIXPublicKey(k.priv.Public())
	b, err2 := x509.MarshalPKIXPublicKey(x.PublicKey)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}
