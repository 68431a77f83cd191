package testca

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/smallstep/pkcs7"
)

// The envelope of RFC 5652, 6.1, is made here because pkcs7.Encrypt takes its
// cipher from a package variable, which would race with every other user.
type (
	envelopedData struct {
		Version    int
		Recipients []recipient `asn1:"set"`
		Info       encryptedContent
	}
	recipient struct {
		Version int
		ID      struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	encryptedContent struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   asn1.RawValue
	}
)

// seal encrypts content to the holder of cert.
func (s *Server) seal(content []byte, cert *x509.Certificate) ([]byte, error) {
	pub, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("testca: the signer's key is not RSA")
	}
	oid, size, newCipher := pkcs7.OIDEncryptionAlgorithmAES128CBC, 16, aes.NewCipher
	switch {
	case s.has(Fault3DES):
		oid, size, newCipher = pkcs7.OIDEncryptionAlgorithmDESEDE3CBC, 24, des.NewTripleDESCipher
	case s.has(FaultDES):
		oid, size, newCipher = pkcs7.OIDEncryptionAlgorithmDESCBC, 8, des.NewCipher
	}
	key := make([]byte, size)
	_, _ = rand.Read(key)
	block, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	text := s.pad(content, block.BlockSize())
	iv := make([]byte, block.BlockSize())
	_, _ = rand.Read(iv)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	if s.has(FaultBlock) {
		text = text[:len(text)-1]
	}
	var r recipient
	r.ID.Issuer, r.ID.Serial = asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber
	r.Algorithm = pkix.AlgorithmIdentifier{Algorithm: pkcs7.OIDEncryptionAlgorithmRSA, Parameters: asn1.NullRawValue}
	//lint:ignore SA1019 SCEP knows no other key encryption (RFC 8894, 2.4)
	if r.Key, err = rsa.EncryptPKCS1v15(rand.Reader, pub, key); err != nil {
		return nil, err
	}
	return wrap(pkcs7.OIDEnvelopedData, envelopedData{
		Recipients: []recipient{r},
		Info: encryptedContent{
			Type: pkcs7.OIDData,
			Algorithm: pkix.AlgorithmIdentifier{Algorithm: oid,
				Parameters: asn1.RawValue{Tag: asn1.TagOctetString, Bytes: iv}},
			Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: text},
		},
	})
}

func (s *Server) pad(content []byte, block int) []byte {
	n := block - len(content)%block
	out := make([]byte, len(content)+n)
	copy(out, content)
	for i := range n {
		out[len(content)+i] = byte(n)
	}
	if s.has(FaultPadding) {
		out = out[len(out)-block:]
		out[block-1] = 200
	}
	return out
}

// chunk is the piece of octet strings in BER, in octets, as BouncyCastle's.
const chunk = 1000

// toBER writes a CMS message as stream writers do: lengths indefinite, long
// octet strings in pieces. Certificates, and what is signed, stay DER.
func toBER(der []byte) []byte {
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return der // no CMS: nothing to do
	}
	return indefinite(der, 4)
}

func indefinite(der []byte, depth int) (out []byte) {
	for rest := der; len(rest) > 0; {
		var v asn1.RawValue
		next, err := asn1.Unmarshal(rest, &v)
		if err != nil {
			return append(out, rest...)
		}
		rest = next
		switch certificates := v.Class == asn1.ClassContextSpecific && v.Tag == 0 && depth == 1; {
		case v.IsCompound && (depth > 0 || certificates) && v.Tag != asn1.TagSet:
			out = append(out, v.FullBytes[0], 0x80)
			out = append(out, indefinite(v.Bytes, depth-1)...)
			out = append(out, 0, 0)
		case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString && len(v.Bytes) > chunk:
			out = append(out, 0x24, 0x80)
			out = append(out, pieces(v.Bytes)...)
			out = append(out, 0, 0)
		case v.Class == asn1.ClassContextSpecific && !v.IsCompound: // encryptedContent
			out = append(out, v.FullBytes[0]|0x20, 0x80)
			out = append(out, pieces(v.Bytes)...)
			out = append(out, 0, 0)
		default:
			out = append(out, v.FullBytes...)
		}
	}
	return out
}

func pieces(b []byte) (out []byte) {
	for len(b) > 0 {
		n := min(len(b), chunk)
		piece, _ := asn1.Marshal(b[:n])
		out = append(out, piece...)
		b = b[n:]
	}
	return out
}
