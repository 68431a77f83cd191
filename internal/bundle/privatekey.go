package bundle

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
)

// ErrNoKey means that there is no private key in a file.
var ErrNoKey = errors.New("no private key in it")

// PrivateKey reads the first private key in a file (PKCS#8, PKCS#1 or SEC 1, in any
// form that [Blocks] reads); one that is encrypted is refused. Errors tell what is
// wrong with the structure and nothing of the content; [ErrNoKey] if there is none.
func PrivateKey(data []byte) (crypto.Signer, error) {
	for _, b := range Blocks(data) {
		if b.Label != "" && !strings.HasSuffix(b.Label, "PRIVATE KEY") {
			continue
		}
		key, err := parseKey(&b)
		if b.Label == "" && err != nil && err != errEncrypted {
			return nil, ErrNoKey // DER of something else
		}
		if err != nil {
			return nil, err
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("it cannot sign (%T)", key)
		}
		return signer, nil
	}
	return nil, ErrNoKey
}

var errEncrypted = errors.New("it is encrypted: make a decrypted copy for this run (openssl pkey -in FILE -out COPY)")

func parseKey(b *Block) (any, error) {
	if b.Encrypted || b.Label == "ENCRYPTED PRIVATE KEY" || b.Label == "" && encryptedPKCS8(b.DER) {
		return nil, errEncrypted
	}
	switch b.Label {
	case "", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
	default:
		return nil, fmt.Errorf("its kind is not known: %q", Clean(b.Label, maxLabel))
	}
	if b.Err != nil {
		return nil, b.Err
	}
	der, _, err := DER(b.DER) // padding may follow
	if err != nil {
		return nil, err
	}
	switch b.Label {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(der)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(der)
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}

// encryptedPKCS8 reports whether it is an EncryptedPrivateKeyInfo (RFC 5958).
func encryptedPKCS8(der []byte) bool {
	var info struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		Data []byte
	}
	_, err := asn1.Unmarshal(der, &info)
	return err == nil
}
