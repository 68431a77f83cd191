package keycheck

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Key is a public key and what was seen with it.
type Key struct {
	// Algorithm is "RSA", or for others the OID or the name that was read. Of
	// these only the signature's hash and the SPKI are looked at.
	Algorithm string
	// N and E are the numbers of an RSA key as they stand, sane or not. E may be
	// longer than an int, or negative, or nil where it was not known.
	N, E *big.Int
	// SPKI is the SHA-256 of the SubjectPublicKeyInfo, for an RSA key without one
	// of that which it would have; zero if it is not known.
	SPKI [sha256.Size]byte
	// Hash is "MD2", "MD5" or "SHA-1" if the certificate or the request is signed
	// with it, and else empty.
	Hash string
	// SelfSigned: subject and issuer are the same. The signature is not looked at.
	SelfSigned bool
}

// ErrMalformed: the bytes are not what they were said to be.
var ErrMalformed = errors.New("keycheck: malformed")

// RSA is the key with these numbers. Either may be nil.
func RSA(n, e *big.Int) Key {
	k := Key{Algorithm: "RSA", N: n, E: e}
	if n == nil || e == nil {
		return k
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(rsaEncryption)) })
			b.AddASN1NULL()
		})
		b.AddASN1(asn1.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1BigInt(n)
				b.AddASN1BigInt(e)
			})
		})
	})
	if der, err := b.Bytes(); err == nil {
		k.SPKI = sha256.Sum256(der)
	}
	return k
}

// Public is a key that crypto/x509 and others read.
func Public(pub crypto.PublicKey) (Key, error) {
	if k, ok := pub.(*rsa.PublicKey); ok {
		if k == nil || k.N == nil {
			return RSA(nil, nil), nil
		}
		return RSA(k.N, big.NewInt(int64(k.E))), nil
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return Key{}, fmt.Errorf("keycheck: %w", err)
	}
	return ParseSPKI(der)
}

// ParseSPKI reads a SubjectPublicKeyInfo ("PUBLIC KEY").
func ParseSPKI(der []byte) (Key, error) {
	input := cryptobyte.String(der)
	k, err := readSPKI(&input)
	if err == nil && !input.Empty() {
		err = malformed("trailing bytes")
	}
	return k, err
}

// ParseCertificate reads the key, the signature's hash and whether subject and
// issuer are the same, of an X.509 certificate, and nothing else of it: what
// crypto/x509 refuses because of other fields is read.
func ParseCertificate(der []byte) (Key, error) {
	var outer, body, algorithm, issuer, validity, subject cryptobyte.String
	input := cryptobyte.String(der)
	if !input.ReadASN1(&outer, asn1.SEQUENCE) || !input.Empty() ||
		!outer.ReadASN1(&body, asn1.SEQUENCE) || !outer.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!body.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) || !body.SkipASN1(asn1.INTEGER) ||
		!body.SkipASN1(asn1.SEQUENCE) || !body.ReadASN1(&issuer, asn1.SEQUENCE) ||
		!body.ReadASN1(&validity, asn1.SEQUENCE) || !body.ReadASN1(&subject, asn1.SEQUENCE) {
		return Key{}, malformed("certificate")
	}
	k, err := readSPKI(&body)
	if err != nil {
		return Key{}, err
	}
	k.Hash = weakHash(algorithm)
	k.SelfSigned = string(issuer) == string(subject)
	return k, nil
}

// ParseRequest does for a PKCS #10 request what [ParseCertificate] does.
func ParseRequest(der []byte) (Key, error) {
	var outer, body, algorithm cryptobyte.String
	input := cryptobyte.String(der)
	if !input.ReadASN1(&outer, asn1.SEQUENCE) || !input.Empty() ||
		!outer.ReadASN1(&body, asn1.SEQUENCE) || !outer.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!body.SkipASN1(asn1.INTEGER) || !body.SkipASN1(asn1.SEQUENCE) {
		return Key{}, malformed("request")
	}
	k, err := readSPKI(&body)
	if err != nil {
		return Key{}, err
	}
	k.Hash = weakHash(algorithm)
	return k, nil
}

// ParsePKCS1 reads "RSA PUBLIC KEY", and of "RSA PRIVATE KEY" the public half.
func ParsePKCS1(der []byte) (Key, error) {
	n, e, err := numbers(der)
	if err != nil {
		return Key{}, err
	}
	return RSA(n, e), nil
}

func numbers(der []byte) (n, e *big.Int, err error) {
	input := cryptobyte.String(der)
	var all cryptobyte.String
	n, e = new(big.Int), new(big.Int)
	if !input.ReadASN1(&all, asn1.SEQUENCE) || !input.Empty() || !all.ReadASN1Integer(n) || !all.ReadASN1Integer(e) {
		return nil, nil, malformed("RSA key")
	}
	if !all.Empty() { // a private one: version, n, e and what is secret
		n, e = e, n
		if !all.ReadASN1Integer(e) {
			return nil, nil, malformed("RSA key")
		}
	}
	return n, e, nil
}

var (
	rsaEncryption = string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01})
	rsaPSS        = string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a})
)

// ParsePKCS8 reads the public half of an RSA key in PKCS #8 ("PRIVATE KEY"). Of
// other kinds it reads what kind it is.
func ParsePKCS8(der []byte) (Key, error) {
	input := cryptobyte.String(der)
	var body, algorithm, oid, private cryptobyte.String
	if !input.ReadASN1(&body, asn1.SEQUENCE) || !body.SkipASN1(asn1.INTEGER) || !body.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) || !body.ReadASN1(&private, asn1.OCTET_STRING) {
		return Key{}, malformed("private key")
	}
	if string(oid) != rsaEncryption && string(oid) != rsaPSS {
		return Key{Algorithm: algorithmName(oid)}, nil
	}
	return ParsePKCS1(private)
}

func readSPKI(input *cryptobyte.String) (Key, error) {
	var whole, spki, algorithm, oid cryptobyte.String
	var unused uint8
	if !input.ReadASN1Element(&whole, asn1.SEQUENCE) {
		return Key{}, malformed("public key")
	}
	sum := sha256.Sum256(whole)
	if !whole.ReadASN1(&spki, asn1.SEQUENCE) || !spki.ReadASN1(&algorithm, asn1.SEQUENCE) || !algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) ||
		!spki.ReadASN1(&whole, asn1.BIT_STRING) || !whole.ReadUint8(&unused) {
		return Key{}, malformed("public key")
	}
	k := Key{Algorithm: algorithmName(oid), SPKI: sum}
	if k.Algorithm == "RSA" {
		var err error
		if k.N, k.E, err = numbers(whole); err != nil {
			return Key{}, err
		}
	}
	return k, nil
}

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

var algorithmNames = map[string]string{
	rsaEncryption: "RSA",
	rsaPSS:        "RSA",
	string([]byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}):    "ECDSA",
	string([]byte{0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01}):    "DSA",
	string([]byte{0x2b, 0x65, 0x70}):                            "Ed25519",
	string([]byte{0x2b, 0x65, 0x71}):                            "Ed448",
	string([]byte{0x2b, 0x65, 0x6e}):                            "X25519",
	string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1}): "DH",
}

func algorithmName(oid cryptobyte.String) string {
	if name := algorithmNames[string(oid)]; name != "" {
		return name
	}
	return fmt.Sprintf("OID %x", []byte(oid))
}

var weakHashes = map[string]string{
	string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2}): "MD2",
	string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4}): "MD5",
	string([]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5}): "SHA-1",
	string([]byte{0x2b, 0x0e, 0x03, 0x02, 0x1d}):                "SHA-1",
	string([]byte{0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03}):    "SHA-1",
	string([]byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01}):    "SHA-1",
}

func weakHash(algorithm cryptobyte.String) string {
	var oid cryptobyte.String
	if !algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
		return ""
	}
	if string(oid) == string(rsaPSS) && algorithm.Empty() {
		return "SHA-1" // its default, RFC 4055
	}
	return weakHashes[string(oid)]
}
