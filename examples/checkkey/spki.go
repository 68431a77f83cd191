package main

import (
	"crypto/sha256"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers, without tag and length.
const (
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidDSA     = "\x2a\x86\x48\xce\x38\x04\x01"
	oidX25519  = "\x2b\x65\x6e"
	oidX448    = "\x2b\x65\x6f"
	oidEd25519 = "\x2b\x65\x70"
	oidEd448   = "\x2b\x65\x71"
)

// spki is the SHA-256 of the SubjectPublicKeyInfo that a key of SSH or PGP would
// have, by which it is known in a certificate (RFC 3279, RFC 5480, RFC 8410).
func spki(algorithm string, parameters func(*cryptobyte.Builder), key func(*cryptobyte.Builder)) (sum [sha256.Size]byte) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(algorithm)) })
			parameters(b)
		})
		b.AddASN1(asn1.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			key(b)
		})
	})
	if der, err := b.Bytes(); err == nil {
		sum = sha256.Sum256(der)
	}
	return sum
}

// spkiOfPoint is that of a key on a curve that has a name.
func spkiOfPoint(curve string, point []byte) (sum [sha256.Size]byte) {
	if curve == "" || len(point)%2 == 0 || point[0] != 4 { // not in the form that certificates have
		return sum
	}
	return spki(oidEC, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(curve)) })
	}, func(b *cryptobyte.Builder) { b.AddBytes(point) })
}

// sizes of the keys that are bytes and no numbers.
var sizes = map[string]int{oidX25519: 32, oidEd25519: 32, oidX448: 56, oidEd448: 57}

// spkiOfBytes is that of such a key.
func spkiOfBytes(algorithm string, key []byte) (sum [sha256.Size]byte) {
	if len(key) == 0 || len(key) != sizes[algorithm] {
		return sum
	}
	return spki(algorithm, func(*cryptobyte.Builder) {}, func(b *cryptobyte.Builder) { b.AddBytes(key) })
}

// spkiOfDSA is that of a key with these numbers: p, q, g and y.
func spkiOfDSA(numbers []*big.Int) [sha256.Size]byte {
	return spki(oidDSA, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, n := range numbers[:3] {
				b.AddASN1BigInt(n)
			}
		})
	}, func(b *cryptobyte.Builder) { b.AddASN1BigInt(numbers[3]) })
}
