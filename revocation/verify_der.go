package revocation

import (
	"bytes"
	"fmt"
)

// extension is one element of an Extensions list.
type extension struct {
	oid      string
	critical bool
	value    []byte // the content of its OCTET STRING
}

// eachExtension reads a SEQUENCE OF Extension strictly: what answers for a
// certificate must be readable to the end, since a critical extension may
// stand there.
func eachExtension(list element, f func(extension) error) error {
	for rest := cursor(list.content); len(rest) > 0; {
		e, err := rest.want(tagSequence)
		if err != nil {
			return err
		}
		c := cursor(e.content)
		id, err := c.want(tagOID)
		if err != nil {
			return err
		}
		x := extension{oid: id.oid()}
		if b, ok := c.optional(tagBoolean); ok {
			x.critical = b.isTrue()
		}
		octets, err := c.want(tagOctetString)
		if err != nil || len(c) > 0 {
			return errDER
		}
		x.value = octets.content
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// isTrue reads a BOOLEAN, leniently: anything but zero is true, which is the
// safe side for "critical" and for every limit of a CRL's scope.
func (e element) isTrue() bool { return len(e.content) != 1 || e.content[0] != 0 }

// only reads the single element that b consists of.
func only(b []byte, id byte) (element, error) {
	c := cursor(b)
	e, err := c.want(id)
	if err == nil && len(c) > 0 {
		err = errDER
	}
	return e, err
}

// signatureBits reads the BIT STRING of a signature, which is whole octets.
func signatureBits(e element) ([]byte, error) {
	if e.id != tagBitString || len(e.content) == 0 || e.content[0] != 0 {
		return nil, errDER
	}
	return e.content[1:], nil
}

// children reads the elements of a constructed one; an error if any is
// malformed.
func (e element) children() ([]element, error) {
	var out []element
	for c := cursor(e.content); len(c) > 0; {
		child, err := c.next()
		if err != nil {
			return nil, err
		}
		out = append(out, child)
	}
	return out, nil
}

// encodeDER is one tag-length-value. Serial numbers and names go through it as
// the octets that they came as.
func encodeDER(id byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	out := []byte{id}
	switch n := len(content); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}

// sameInteger compares the contents of two INTEGERs as the numbers they are,
// without making numbers of them: octets that only repeat the sign are dropped,
// since CAs write in DER what devices and old CAs may have written longer. The
// sign counts: an entry with the octets of a negative number read as a positive
// one is found by no peer either.
func sameInteger(a, b []byte) bool {
	return len(a) > 0 && bytes.Equal(minimal(a), minimal(b))
}

func minimal(b []byte) []byte {
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}

// shown is a hostile text short enough and safe to print.
func shown(s string) string {
	const limit = 120
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return fmt.Sprintf("%q", s)
}
