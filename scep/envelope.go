package scep

import (
	"bytes"
	"crypto"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey/internal/bundle"
)

// Envelopes are made and opened here, not by smallstep/pkcs7: to encrypt, it
// takes the cipher from a package variable, which every other user of it in
// the process may change at the same time, and knows no 3DES; to decrypt, it
// panics on ciphertext that is no multiple of the block, and on padding longer
// than the text.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	// envelopedData is that of RFC 5652, 6.1.
	envelopedData struct {
		Version    int
		Recipients []asn1.RawValue `asn1:"set"`
		Info       encryptedContentInfo
	}
	keyTransRecipientInfo struct {
		Version   int
		ID        asn1.RawValue // issuerAndSerial, or [0] with a key identifier
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	encryptedContentInfo struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   asn1.RawValue `asn1:"optional,tag:0"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
)

// seal encrypts content to the holder of a certificate.
func seal(content []byte, to *x509.Certificate, with contentCipher) ([]byte, error) {
	pub, ok := to.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("cannot encrypt to a key of type %T", to.PublicKey)
	}
	key := make([]byte, with.key)
	_, _ = rand.Read(key) // never fails
	block, err := with.make(key)
	if err != nil {
		return nil, err
	}
	n := block.BlockSize() - len(content)%block.BlockSize()
	text := append(bytes.Clone(content), bytes.Repeat([]byte{byte(n)}, n)...)
	iv := make([]byte, block.BlockSize())
	_, _ = rand.Read(iv)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)

	//lint:ignore SA1019 servers know no other key encryption (RFC 8894, 2.4)
	sealed, err := rsa.EncryptPKCS1v15(rand.Reader, pub, key)
	if err != nil {
		return nil, err
	}
	id, err := asn1.Marshal(issuerAndSerial{asn1.RawValue{FullBytes: to.RawIssuer}, to.SerialNumber})
	if err != nil {
		return nil, err
	}
	recipient, err := asn1.Marshal(keyTransRecipientInfo{
		ID:        asn1.RawValue{FullBytes: id},
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDEncryptionAlgorithmRSA, Parameters: asn1.NullRawValue},
		Key:       sealed,
	})
	if err != nil {
		return nil, err
	}
	return wrap(pkcs7.OIDEnvelopedData, envelopedData{
		Recipients: []asn1.RawValue{{FullBytes: recipient}},
		Info: encryptedContentInfo{
			Type: pkcs7.OIDData,
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: with.oid,
				Parameters: asn1.RawValue{Tag: asn1.TagOctetString, Bytes: iv}},
			Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: text},
		},
	})
}

func wrap(kind asn1.ObjectIdentifier, data any) ([]byte, error) {
	inner, err := asn1.Marshal(data)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{kind, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: inner}})
}

// unwrap reads a CMS message of a type, DER or BER.
func unwrap(message []byte, kind asn1.ObjectIdentifier, data any) error {
	der, _, err := bundle.DER(message)
	if err != nil {
		return err
	}
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return err
	}
	if !outer.Type.Equal(kind) {
		return fmt.Errorf("a CMS message of type %v where %v should be", outer.Type, kind)
	}
	_, err = asn1.Unmarshal(outer.Content.Bytes, data)
	return err
}

var errEnvelope = errors.New("the envelope cannot be opened: it is damaged or for somebody else")

// open decrypts an envelope made for s.
func (s *Signer) open(message []byte) ([]byte, error) {
	var data envelopedData
	if err := unwrap(message, pkcs7.OIDEnvelopedData, &data); err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	algorithm := data.Info.Algorithm
	i := slices.IndexFunc(opened, func(c contentCipher) bool { return c.oid.Equal(algorithm.Algorithm) })
	if i < 0 {
		return nil, fmt.Errorf("envelope: unknown cipher %v", algorithm.Algorithm)
	}
	encrypted, err := s.recipientKey(data.Recipients)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 servers know no other key encryption
	key, err := s.Key.(crypto.Decrypter).Decrypt(rand.Reader, encrypted, &rsa.PKCS1v15DecryptOptions{})
	if err != nil || len(key) != opened[i].key {
		return nil, errEnvelope
	}
	block, err := opened[i].make(key)
	if err != nil {
		return nil, errEnvelope
	}
	return decryptCBC(block, algorithm.Parameters.Bytes, octets(data.Info.Content))
}

// recipientKey finds the content key that is encrypted to s. The only one is
// taken whatever it says whom it is for.
func (s *Signer) recipientKey(all []asn1.RawValue) ([]byte, error) {
	own, err := asn1.Marshal(issuerAndSerial{asn1.RawValue{FullBytes: s.Certificate.RawIssuer}, s.Certificate.SerialNumber})
	if err != nil {
		return nil, err
	}
	for _, raw := range all {
		var r keyTransRecipientInfo
		if _, err := asn1.Unmarshal(raw.FullBytes, &r); err != nil {
			continue // a recipient of another kind
		}
		if len(all) > 1 && !bytes.Equal(r.ID.FullBytes, own) {
			continue
		}
		if !r.Algorithm.Algorithm.Equal(pkcs7.OIDEncryptionAlgorithmRSA) {
			return nil, fmt.Errorf("envelope: unknown key encryption %v", r.Algorithm.Algorithm)
		}
		return r.Key, nil
	}
	return nil, errEnvelope
}

// octets gives the value of an implicitly tagged octet string, in one piece or
// in several (BER).
func octets(v asn1.RawValue) []byte {
	if !v.IsCompound {
		return v.Bytes
	}
	var all []byte
	for rest := v.Bytes; len(rest) > 0; {
		var piece []byte
		next, err := asn1.Unmarshal(rest, &piece)
		if err != nil {
			return nil
		}
		all, rest = append(all, piece...), next
	}
	return all
}

func decryptCBC(block cipher.Block, iv, text []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(text) == 0 || len(text)%size != 0 {
		return nil, errEnvelope
	}
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, text)
	n := int(plain[len(plain)-1])
	if n == 0 || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errEnvelope
	}
	return plain[:len(plain)-n], nil
}
