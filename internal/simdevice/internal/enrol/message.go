package enrol

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/smallstep/scep"
)

// Attributes of RFC 8894 section 3.2.
var (
	oidMessageType   = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 2}
	oidSenderNonce   = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 5}
	oidTransactionID = asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, 7}
)

// transactionID is the same for every message about a key (RFC 8894 section
// 3.2.1.1).
func transactionID(self *x509.Certificate) string {
	sum := sha256.Sum256(self.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:20])
}

func newNonce() []byte {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	return nonce
}

// selfSigned is the certificate that a device without one signs its request
// with (RFC 8894 section 2.3). Peers compare its validity with the signing
// time, which the library takes from the real clock.
func selfSigned(key *rsa.PrivateKey, csr *x509.CertificateRequest, now time.Time) (*x509.Certificate, error) {
	from, to := now, now
	if signing := time.Now(); signing.Before(from) {
		from = signing
	} else {
		to = signing
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: csr.RawSubject,
		NotBefore: from.AddDate(0, 0, -1), NotAfter: to.AddDate(1, 0, 0),
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("enrol: certificate to sign with: %w", err)
	}
	return x509.ParseCertificate(der)
}

// message is a pkiMessage (RFC 8894 section 3.2).
func (t *transaction) message(kind scep.MessageType, nonce, content []byte) ([]byte, error) {
	envelope, err := seal(content, t.recipient, t.server.aes)
	if err != nil {
		return nil, err
	}
	signed, err := pkcs7.NewSignedData(envelope)
	if err != nil {
		return nil, fmt.Errorf("enrol: message: %w", err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA1)
	if t.server.sha256 {
		signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	}
	err = signed.AddSigner(t.self, t.key, pkcs7.SignerInfoConfig{ExtraSignedAttributes: []pkcs7.Attribute{
		{Type: oidTransactionID, Value: t.id},
		{Type: oidMessageType, Value: string(kind)},
		{Type: oidSenderNonce, Value: nonce},
	}})
	if err != nil {
		return nil, fmt.Errorf("enrol: sign a message: %w", err)
	}
	return signed.Finish()
}

// envelopedData is RFC 5652 section 6.1 with one recipient.
type envelopedData struct {
	Version    int
	Recipients []recipientInfo `asn1:"set"`
	Content    encryptedContent
}

type recipientInfo struct {
	Version   int
	Issuer    issuerAndSerial
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type encryptedContent struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Content   asn1.RawValue
}

// seal encrypts to the recipient. The library would do it with single DES, or
// by what a variable for the whole process says.
func seal(content []byte, to *x509.Certificate, strong bool) ([]byte, error) {
	public, ok := to.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("enrol: %T cannot be encrypted to", to.PublicKey)
	}
	algorithm, size, cipherOf := pkcs7.OIDEncryptionAlgorithmDESEDE3CBC, 24, des.NewTripleDESCipher
	if strong {
		algorithm, size, cipherOf = pkcs7.OIDEncryptionAlgorithmAES128CBC, 16, aes.NewCipher
	}
	key := make([]byte, size)
	_, _ = rand.Read(key) // never fails
	block, err := cipherOf(key)
	if err != nil {
		return nil, fmt.Errorf("enrol: encrypt: %w", err)
	}
	iv := make([]byte, block.BlockSize())
	_, _ = rand.Read(iv) // never fails
	pad := block.BlockSize() - len(content)%block.BlockSize()
	padded := make([]byte, len(content)+pad)
	copy(padded, content)
	for i := len(content); i < len(padded); i++ {
		padded[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	//lint:ignore SA1019 peers of SCEP read nothing else
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, public, key)
	if err != nil {
		return nil, fmt.Errorf("enrol: encrypt to %s: %w", to.Subject, err)
	}
	ivDER, err := asn1.Marshal(iv)
	if err != nil {
		return nil, fmt.Errorf("enrol: encrypt: %w", err)
	}
	data, err := asn1.Marshal(envelopedData{
		Recipients: []recipientInfo{{
			Issuer:    issuerAndSerial{asn1.RawValue{FullBytes: to.RawIssuer}, to.SerialNumber},
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDEncryptionAlgorithmRSA, Parameters: asn1.NullRawValue},
			Key:       wrapped,
		}},
		Content: encryptedContent{
			Type:      pkcs7.OIDData,
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: algorithm, Parameters: asn1.RawValue{FullBytes: ivDER}},
			Content:   asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: padded},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("enrol: encrypt: %w", err)
	}
	return asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{pkcs7.OIDEnvelopedData, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: data}})
}
