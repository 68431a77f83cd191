// Package oddcert reads certificates of devices that crypto/x509 refuses: for a
// letter that a PrintableString may not have, a negative serial number, an extension
// that is there twice. What they are needed for is their public key and who they say
// they are; nothing vouches for them.
package oddcert

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/revocation"
)

// Refused says why crypto/x509 refuses a certificate; nil: it reads it.
func Refused(der []byte) error {
	_, err := x509.ParseCertificate(der)
	return err
}

// Parse reads a certificate, also one that crypto/x509 refuses. Of that it gives
// octets, public key, serial number, names, dates, hosts and signature; it has no
// extensions: nobody may rely on a CA for it.
func Parse(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		_, c, err = standIn(der, err)
	}
	return c, err
}

// StandIn makes of a certificate that crypto/x509 refuses a bare one that it reads,
// with the same public key and nothing else, and gives what can be read of the
// refused one.
func StandIn(der []byte) (bare []byte, c *x509.Certificate, err error) {
	return standIn(der, Refused(der))
}

func standIn(der []byte, refused error) (bare []byte, c *x509.Certificate, err error) {
	read, err := revocation.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%w, and it has no public key that could be read: %w", refused, err)
	}
	whole := cryptobyte.String(read.Raw)
	var tbs, algorithm cryptobyte.String
	var signature asn1.BitString
	if !whole.ReadASN1(&whole, tags.SEQUENCE) || !whole.ReadASN1Element(&tbs, tags.SEQUENCE) ||
		!whole.ReadASN1Element(&algorithm, tags.SEQUENCE) || !whole.ReadASN1BitString(&signature) {
		return nil, nil, refused
	}
	spki := read.PublicKey.SPKI
	if n, e := read.PublicKey.N, read.PublicKey.E; n != nil && e.IsInt64() && e.Int64() < 1<<31 {
		// Some leave out the zero before a modulus, or the NULL after the algorithm.
		if plain, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: int(e.Int64())}); err == nil {
			spki = plain
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) { // RFC 5280, 4.1
		b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(tags.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
			b.AddASN1Int64(1)
			b.AddBytes(algorithm)
			b.AddASN1(tags.SEQUENCE, func(*cryptobyte.Builder) {})
			b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
				for range 2 {
					b.AddASN1(tags.UTCTime, func(b *cryptobyte.Builder) { b.AddBytes([]byte("260101000000Z")) })
				}
			})
			b.AddASN1(tags.SEQUENCE, func(*cryptobyte.Builder) {})
			b.AddBytes(spki)
		})
		b.AddBytes(algorithm)
		b.AddASN1BitString([]byte{0})
	})
	bare, err = b.Bytes()
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseCertificate(bare)
	if err != nil {
		return nil, nil, fmt.Errorf("%w, nor its public key alone (SHA-256 %s): %w", refused, read.PublicKey.SHA256, err)
	}
	c = &x509.Certificate{
		Raw: read.Raw, RawTBSCertificate: tbs, SignatureAlgorithm: key.SignatureAlgorithm, Signature: signature.RightAlign(), Version: 3,
		RawSubjectPublicKeyInfo: read.PublicKey.SPKI, RawSubject: read.Subject.Raw, RawIssuer: read.Issuer.Raw,
		PublicKeyAlgorithm: key.PublicKeyAlgorithm, PublicKey: key.PublicKey,
		SerialNumber: read.Serial, NotBefore: read.NotBefore, NotAfter: read.NotAfter, DNSNames: read.DNSNames,
		AuthorityKeyId: read.AuthorityKeyID, SubjectKeyId: read.SubjectKeyID,
	}
	c.Subject, c.Issuer = dn.Name(read.Subject.Raw), dn.Name(read.Issuer.Raw)
	for _, ip := range read.IPAddresses {
		c.IPAddresses = append(c.IPAddresses, net.IP(ip.AsSlice()))
	}
	return bare, c, nil
}
