package dx6780

import (
	"crypto"
	"errors"
	"io"
)

// pubOnly is a public key in a signer's clothes, for the texts about it.
type pubOnly struct{ p crypto.PublicKey }

func (p pubOnly) Public() crypto.PublicKey { return p.p }
func (pubOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("no private key")
}
