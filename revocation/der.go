package revocation

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
)

// Identifier octets (X.690, 8.1.2) of the types a certificate is made of.
const (
	tagBoolean         = 0x01
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagOID             = 0x06
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagSequence        = 0x30
	tagSet             = 0x31
	tagContext0        = 0x80 // [0] IMPLICIT, primitive
	tagExplicit0       = 0xa0 // [0] constructed
	tagExplicit3       = 0xa3
)

var errDER = errors.New("malformed DER")

// element is one tag-length-value.
type element struct {
	id      byte   // identifier octet
	content []byte // value octets
	full    []byte // identifier, length and value octets
}

// cursor reads elements one after the other. It is laxer than encoding/asn1
// (lengths need not be minimal), because evidence must not be lost to a form
// error, and stricter than BER: no indefinite lengths, no tags above 30.
type cursor []byte

func (c *cursor) next() (element, error) {
	id, content, full, rest, err := bundle.Element(*c)
	if err != nil || id&0x1f == 0x1f {
		return element{}, errDER
	}
	*c = rest
	return element{id: id, content: content, full: full}, nil
}

// want reads the next element, which must have the given identifier.
func (c *cursor) want(id byte) (element, error) {
	e, err := c.next()
	if err == nil && e.id != id {
		err = errDER
	}
	return e, err
}

// optional reads the next element only if it has the given identifier.
func (c *cursor) optional(id byte) (element, bool) {
	if len(*c) == 0 || (*c)[0] != id {
		return element{}, false
	}
	e, err := c.next()
	return e, err == nil
}

// all calls f for every element up to the end or to the first malformed one.
func (e element) all(f func(element)) {
	for c := cursor(e.content); len(c) > 0; {
		child, err := c.next()
		if err != nil {
			return
		}
		f(child)
	}
}

// integer reads the content of an INTEGER, two's complement.
func (e element) integer() *big.Int {
	v := new(big.Int).SetBytes(e.content)
	if len(e.content) > 0 && e.content[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(e.content))*8))
	}
	return v
}

// bits reads a BIT STRING of whole octets, dropping the count of unused bits.
func (e element) bits() []byte {
	if e.id != tagBitString || len(e.content) == 0 {
		return nil
	}
	return e.content[1:]
}

// oid reads an OBJECT IDENTIFIER in dotted form; "" if it is malformed.
func (e element) oid() string {
	const maxLen, maxArc = 64, 1 << 55
	if e.id != tagOID || len(e.content) == 0 || len(e.content) > maxLen {
		return ""
	}
	var out []byte
	arc := uint64(0)
	for _, o := range e.content {
		if arc >= maxArc {
			return ""
		}
		arc = arc<<7 | uint64(o&0x7f)
		if o >= 0x80 {
			continue
		}
		if out == nil {
			root := min(arc/40, 2)
			out = strconv.AppendUint(out, root, 10)
			arc -= root * 40
		}
		out = strconv.AppendUint(append(out, '.'), arc, 10)
		arc = 0
	}
	if e.content[len(e.content)-1] >= 0x80 {
		return ""
	}
	return string(out)
}

// time reads a UTCTime or GeneralizedTime, seconds and zone being free; the
// zero time if it is malformed.
func (e element) time() time.Time {
	year := "06"
	switch e.id {
	case tagUTCTime:
	case tagGeneralizedTime:
		year = "2006"
	default:
		return time.Time{}
	}
	text := strings.TrimSpace(string(e.content))
	for _, rest := range []string{"0102150405Z0700", "01021504Z0700", "0102150405"} {
		t, err := time.Parse(year+rest, text)
		if err != nil {
			continue
		}
		// RFC 5280, 4.1.2.5.1: two-digit years from 50 on are of the last century.
		if e.id == tagUTCTime && t.Year() >= 2050 {
			t = t.AddDate(-100, 0, 0)
		}
		// A zone may carry the year out of what RFC 3339, and so JSON, can say.
		if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
			break
		}
		return t
	}
	return time.Time{}
}
