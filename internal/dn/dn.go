// Package dn compares distinguished names as RFC 5280, 7.1, says: CAs write one
// name in several string types, and in capitals here and not there. That two
// names are equal proves nothing: where anything follows from it, a signature
// has to verify as well.
package dn

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/unicode/norm"
)

// Equal reports whether two Names, DER, are the same: the same attributes in the
// same order, whose texts are the same but for string type, case, and spaces. What
// cannot be read is equal to its own octets only.
func Equal(a, b []byte) bool { return bytes.Equal(a, b) || Key(a) == Key(b) }

// Key is the same for names that are [Equal], and for no others.
func Key(name []byte) string {
	input := cryptobyte.String(name)
	var rdns cryptobyte.String
	if !input.ReadASN1(&rdns, tags.SEQUENCE) || !input.Empty() {
		return string(name)
	}
	key := []byte("n")
	for !rdns.Empty() {
		var rdn cryptobyte.String
		if !rdns.ReadASN1(&rdn, tags.SET) {
			return string(name)
		}
		var attributes []string
		for !rdn.Empty() {
			var attribute, oid, value, content cryptobyte.String
			var tag tags.Tag
			if !rdn.ReadASN1(&attribute, tags.SEQUENCE) || !attribute.ReadASN1(&oid, tags.OBJECT_IDENTIFIER) ||
				!attribute.ReadAnyASN1Element(&value, &tag) || !attribute.Empty() {
				return string(name)
			}
			content = value
			content.ReadAnyASN1(&content, &tag)
			prepared := "=" + string(value)
			if text, ok := Text(byte(tag), content); ok && utf8.ValidString(text) {
				prepared = "~" + Fold(text)
			}
			attributes = append(attributes, framed(string(oid))+framed(prepared))
		}
		slices.Sort(attributes) // a SET has no order
		key = append(key, framed(strings.Join(attributes, ""))...)
	}
	return string(key)
}

// Read gives the attributes of a Name, DER, whose values have a string type, whatever
// octets are in them: crypto/x509 refuses a PrintableString with an underscore.
func Read(name []byte) *pkix.RDNSequence {
	rdns := new(pkix.RDNSequence)
	input := cryptobyte.String(name)
	var sequence cryptobyte.String
	for input.ReadASN1(&sequence, tags.SEQUENCE); !sequence.Empty(); {
		var rdn cryptobyte.String
		if !sequence.ReadASN1(&rdn, tags.SET) {
			break
		}
		var set pkix.RelativeDistinguishedNameSET
		for !rdn.Empty() {
			var attribute, content cryptobyte.String
			var oid asn1.ObjectIdentifier
			var tag tags.Tag
			if !rdn.ReadASN1(&attribute, tags.SEQUENCE) {
				break
			}
			if !attribute.ReadASN1ObjectIdentifier(&oid) || !attribute.ReadAnyASN1(&content, &tag) {
				continue
			}
			if text, ok := Text(byte(tag), content); ok {
				set = append(set, pkix.AttributeTypeAndValue{Type: oid, Value: strings.ToValidUTF8(text, "\ufffd")})
			}
		}
		*rdns = append(*rdns, set)
	}
	return rdns
}

// Name is what [Read] gives, as crypto/x509 has it.
func Name(der []byte) (name pkix.Name) {
	name.FillFromRDNSequence(Read(der))
	return name
}

// framed is a text whose end can be told.
func framed(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

// Text reads the ASN.1 string types, by tag and content. Octets of UTF-8 and ASCII
// that are not what the type promises come out as they are. false: it is none, or
// its length cannot be.
func Text(tag byte, content []byte) (text string, ok bool) {
	switch tag {
	case 0x0c, 0x12, 0x13, 0x16, 0x1a: // UTF8, Numeric, Printable, IA5, Visible
		return string(content), true
	case 0x14: // TeletexString: Latin-1 is what the field writes into it
		runes := make([]rune, len(content))
		for i, b := range content {
			runes[i] = rune(b)
		}
		return string(runes), true
	case 0x1e: // BMPString; some end it with a NUL, which crypto/x509 drops, too
		content = bytes.TrimSuffix(content, []byte{0, 0})
		if len(content)%2 != 0 {
			return "", false
		}
		units := make([]uint16, 0, len(content)/2)
		for pair := range slices.Chunk(content, 2) {
			units = append(units, binary.BigEndian.Uint16(pair))
		}
		return string(utf16.Decode(units)), true
	case 0x1c: // UniversalString
		if len(content)%4 != 0 {
			return "", false
		}
		var runes []rune
		for four := range slices.Chunk(content, 4) {
			r := binary.BigEndian.Uint32(four)
			runes = append(runes, rune(min(r, unicode.MaxRune+1))) // beyond it string makes U+FFFD of it
		}
		return string(runes), true
	}
	return "", false
}

// Fold prepares a text for comparing (RFC 4518): compatible forms of a
// character are one, case does not count, nor do spaces at the ends and how many
// stand between words.
func Fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if lower := unicode.ToLower(r); unicode.ToUpper(lower) == r {
			return lower
		}
		return r
	}, norm.NFKC.String(s))
	return norm.NFKC.String(strings.Join(strings.Fields(s), " "))
}

// Normal is a copy of c whose names are written in one way, for
// [x509.Certificate.Verify], which compares octets. It is for verifying alone.
func Normal(c *x509.Certificate) *x509.Certificate {
	copied := *c
	copied.RawIssuer, copied.RawSubject = []byte(Key(c.RawIssuer)), []byte(Key(c.RawSubject))
	return &copied
}
