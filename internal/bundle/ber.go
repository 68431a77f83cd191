package bundle

import (
	"bytes"
	"errors"
	"math"
)

// Identifier octets (X.690, 8.1.2).
const (
	tagInteger        = 0x02
	tagOctetString    = 0x04
	tagOID            = 0x06
	tagOctetStringBER = 0x24 // in pieces
	tagSequence       = 0x30
	tagSet            = 0x31
	tagExplicit0      = 0xa0
	tagExplicit1      = 0xa1

	constructed = 0x20
)

// maxDepth bounds the nesting. Certificates in PKCS#7 reach about 15; the
// libraries recurse and copy every level once more, so depth is what makes a
// small input expensive.
const maxDepth = 64

var (
	errASN1  = errors.New("malformed or truncated ASN.1")
	errDepth = errors.New("ASN.1 nested too deeply to be honest")
)

// DER gives the first element of ber in definite lengths, and what follows it.
// Indefinite lengths and octet strings in pieces are BER; the libraries read
// them partly, and in quadratic time. An element that has neither, such as a
// certificate, is left as it is byte for byte, minimal lengths or not: its
// signature is over these bytes.
func DER(ber []byte) (der, rest []byte, err error) {
	e, rest, _, err := definite(ber, 0)
	return e, rest, err
}

// header is what stands before an element's content.
type header struct {
	id         byte // first identifier octet
	idLen, len int  // octets of the identifier, and of all the header
	content    int  // octets; 0 if indefinite
	indefinite bool
}

func readHeader(b []byte) (h header, err error) {
	if len(b) < 2 {
		return h, errASN1
	}
	h.id, h.idLen = b[0], 1
	if h.id&0x1f == 0x1f { // high tag number
		for h.idLen < len(b) && b[h.idLen] >= 0x80 {
			h.idLen++
		}
		h.idLen++
	}
	if h.idLen >= len(b) {
		return h, errASN1
	}
	first := b[h.idLen]
	h.len = h.idLen + 1
	switch {
	case first == 0x80:
		h.indefinite = true
		if h.id&constructed == 0 {
			return h, errASN1
		}
		return h, nil
	case first < 0x80:
		h.content = int(first)
	default:
		octets := int(first & 0x7f)
		if octets > 4 || len(b) < h.len+octets {
			return h, errASN1
		}
		var n uint64
		for _, o := range b[h.len : h.len+octets] {
			n = n<<8 | uint64(o)
		}
		if n > math.MaxInt32 {
			return h, errASN1
		}
		h.len += octets
		h.content = int(n)
	}
	if h.content > len(b)-h.len {
		return h, errASN1
	}
	return h, nil
}

// definite is [DER] at a depth, and says whether the element differs from the
// octets given.
func definite(b []byte, depth int) (der, rest []byte, changed bool, err error) {
	if depth > maxDepth {
		return nil, nil, false, errDepth
	}
	h, err := readHeader(b)
	if err != nil {
		return nil, nil, false, err
	}
	end := h.len + h.content
	if h.id&constructed == 0 {
		return b[:end:end], b[end:], false, nil
	}
	inner := b[h.len:]
	if !h.indefinite {
		inner = b[h.len:end]
	}
	var parts [][]byte
	for {
		if h.indefinite && bytes.HasPrefix(inner, []byte{0, 0}) {
			rest, changed = inner[2:], true
			break
		}
		if !h.indefinite && len(inner) == 0 {
			rest = b[end:]
			break
		}
		part, next, partChanged, err := definite(inner, depth+1)
		if err != nil && (h.indefinite || err == errDepth) {
			return nil, nil, false, err
		}
		if err != nil { // broken inside, but its end is known: it stays as it is
			return b[:end:end], b[end:], false, nil
		}
		parts, inner, changed = append(parts, part), next, changed || partChanged
	}
	if h.id == tagOctetStringBER {
		return joinString(parts, rest)
	}
	if !changed {
		return b[:end:end], rest, false, nil
	}
	return encode(b[:h.idLen], bytes.Join(parts, nil)), rest, true, nil
}

// joinString makes one octet string of its pieces.
func joinString(parts [][]byte, rest []byte) (der, after []byte, changed bool, err error) {
	for i, p := range parts {
		h, err := readHeader(p)
		if err != nil || h.id != tagOctetString {
			return nil, nil, false, errASN1
		}
		parts[i] = p[h.len:]
	}
	return encode([]byte{tagOctetString}, bytes.Join(parts, nil)), rest, true, nil
}

func encode(id, content []byte) []byte {
	out := make([]byte, 0, len(id)+5+len(content))
	out = append(out, id...)
	switch n := len(content); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 1<<8:
		out = append(out, 0x81, byte(n))
	case n < 1<<16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}

// Element cuts the first element off octets in definite lengths: its first identifier
// octet, its content, and all of it. Lengths need not be minimal.
func Element(b []byte) (id byte, content, full, rest []byte, err error) {
	h, err := readHeader(b)
	if err != nil || h.indefinite {
		return 0, nil, nil, nil, errASN1
	}
	end := h.len + h.content
	return b[0], b[h.len:end:end], b[:end:end], b[end:], nil
}

// cursor reads elements one after the other.
type cursor []byte

// next gives the next element as [Element] does. At the end, or if the rest is
// malformed, id is 0.
func (c *cursor) next() (id byte, content, full []byte) {
	id, content, full, *c, _ = Element(*c)
	return id, content, full
}
