package revocation

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // old devices sign with it; verifying is no trust
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"errors"
	"math/big"

	"github.com/rekey-go/rekey/internal/thumbprint"
)

// rsaSignatures are the PKCS #1 v1.5 signature algorithms with the prefix of
// their DigestInfo (RFC 8017, 9.2, note 1).
var rsaSignatures = map[string]struct {
	hash   crypto.Hash
	prefix string
}{
	"1.2.840.113549.1.1.4":  {crypto.MD5, "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10"},
	"1.2.840.113549.1.1.5":  {crypto.SHA1, "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"},
	"1.2.840.113549.1.1.14": {crypto.SHA224, "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c"},
	"1.2.840.113549.1.1.11": {crypto.SHA256, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"},
	"1.2.840.113549.1.1.12": {crypto.SHA384, "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"},
	"1.2.840.113549.1.1.13": {crypto.SHA512, "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"},
}

var otherSignatures = map[string]x509.SignatureAlgorithm{
	"1.2.840.10045.4.1":   x509.ECDSAWithSHA1,
	"1.2.840.10045.4.3.2": x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3": x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4": x509.ECDSAWithSHA512,
	"1.3.101.112":         x509.PureEd25519,
}

// verifies says whether the signature over tbs verifies under c's own key.
func (c *Certificate) verifies(tbs, signature []byte) Answer {
	return c.verifiesUnder(c.PublicKey, tbs, signature)
}

// verifiesUnder says whether c's signature over tbs verifies under a key.
//
// RSA is verified here and not by crypto/rsa, which refuses keys under 1024
// bits and, by crypto/x509, MD5: the answer must not depend on GODEBUG.
func (c *Certificate) verifiesUnder(pub PublicKey, tbs, signature []byte) Answer {
	if scheme, ok := rsaSignatures[c.SignatureAlgorithm]; ok {
		if pub.Algorithm != "RSA" {
			return No
		}
		return verifyPKCS1(pub, append([]byte(scheme.prefix), thumbprint.Of(scheme.hash, tbs)...), signature)
	}
	algorithm := otherSignatures[c.SignatureAlgorithm]
	if algorithm == x509.UnknownSignatureAlgorithm && c.X509 != nil {
		algorithm = c.X509.SignatureAlgorithm // RSA-PSS stands in its parameters
	}
	key, err := x509.ParsePKIXPublicKey(pub.SPKI)
	if err != nil || algorithm == x509.UnknownSignatureAlgorithm {
		return Unknown
	}
	err = (&x509.Certificate{PublicKey: key}).CheckSignature(algorithm, tbs, signature)
	if err == nil {
		return Yes
	}
	_, insecure := errors.AsType[x509.InsecureAlgorithmError](err)
	if insecure || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
		return Unknown
	}
	return No
}

// verifyPKCS1 is RSASSA-PKCS1-v1_5 verification (RFC 8017, 8.2.2) over a
// DigestInfo, for keys of any strength up to a size that costs no real time.
func verifyPKCS1(key PublicKey, digestInfo, signature []byte) Answer {
	const maxBits, maxExponentBits = 8192, 4096
	if key.N == nil || key.N.BitLen() < 2 || key.N.BitLen() > maxBits ||
		key.E.Sign() == 0 || key.E.BitLen() > maxExponentBits {
		return Unknown
	}
	size := (key.N.BitLen() + 7) / 8
	padding := size - len(digestInfo) - 3
	if padding < 8 { // this key cannot have made such a signature
		return No
	}
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(key.N) >= 0 {
		return No
	}
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, padding)...)
	want = append(append(want, 0), digestInfo...)
	if bytes.Equal(s.Exp(s, key.E, key.N).FillBytes(make([]byte, size)), want) {
		return Yes
	}
	return No
}
