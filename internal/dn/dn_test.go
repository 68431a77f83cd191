package dn_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/dn"
)

func tlv(tag byte, parts ...[]byte) []byte {
	content := slices.Concat(parts...)
	return append([]byte{tag, byte(len(content))}, content...)
}

func oid(last byte) []byte { return []byte{6, 3, 0x55, 4, last} }

func attribute(last, kind byte, text string) []byte {
	return tlv(0x30, oid(last), tlv(kind, []byte(text)))
}

// named is "O=Example, CN=cn" in a string type.
func named(kind byte, cn string) []byte {
	return tlv(0x30, tlv(0x31, attribute(10, 0x13, "Example")), tlv(0x31, attribute(3, kind, cn)))
}

// Names are one if they read the same (RFC 5280, 7.1).
func TestEqual(t *testing.T) {
	t.Parallel()
	const printable, utf8, t61, ia5, bmp, universal = 0x13, 0x0c, 0x14, 0x16, 0x1e, 0x1c
	office := named(utf8, "Office CA")
	german := named(utf8, "Büro CA")
	for _, tc := range []struct {
		name string
		a, b []byte
		want bool
	}{
		{"itself", office, office, true},
		{"PrintableString", office, named(printable, "Office CA"), true},
		{"TeletexString", office, named(t61, "Office CA"), true},
		{"IA5String", office, named(ia5, "Office CA"), true},
		{"BMPString", office, named(bmp, "\x00O\x00f\x00f\x00i\x00c\x00e\x00 \x00C\x00A"), true},
		{"UniversalString", office, named(universal, "\x00\x00\x00O\x00\x00\x00f\x00\x00\x00f\x00\x00\x00i\x00\x00\x00c\x00\x00\x00e\x00\x00\x00 \x00\x00\x00C\x00\x00\x00A"), true},
		{"other case", office, named(printable, "OFFICE ca"), true},
		{"spaces", office, named(printable, "  Office   CA "), true},
		{"no-break space", office, named(utf8, "Office\u00a0CA"), true},
		{"Latin-1", german, named(t61, "B\xfcro CA"), true},
		{"other case beyond ASCII", german, named(utf8, "BÜRO CA"), true},
		{"composed otherwise", german, named(utf8, "Bu\u0308ro CA"), true},
		{"full width", office, named(utf8, "Ｏｆｆｉｃｅ CA"), true},
		{"no space", office, named(utf8, "OfficeCA"), false},
		{"other letter", office, named(utf8, "Office CB"), false},
		{"looks alike", office, named(utf8, "Оffice CA"), false}, // a Cyrillic one
		{"one more", office, tlv(0x30, tlv(0x31, attribute(10, 0x13, "Example")), tlv(0x31, attribute(3, utf8, "Office CA")), tlv(0x31, attribute(3, utf8, "Office CA"))), false},
		{"other order", office, tlv(0x30, tlv(0x31, attribute(3, utf8, "Office CA")), tlv(0x31, attribute(10, 0x13, "Example"))), false},
		{"one RDN of both", office, tlv(0x30, tlv(0x31, attribute(10, 0x13, "Example"), attribute(3, utf8, "Office CA"))), false},
		{"an RDN has no order",
			tlv(0x30, tlv(0x31, attribute(10, 0x13, "Example"), attribute(3, utf8, "Office CA"))),
			tlv(0x30, tlv(0x31, attribute(3, printable, "office ca"), attribute(10, utf8, "EXAMPLE"))), true},
		{"other type", office, tlv(0x30, tlv(0x31, attribute(11, 0x13, "Example")), tlv(0x31, attribute(3, utf8, "Office CA"))), false},
		{"octets, not text", tlv(0x30, tlv(0x31, attribute(3, 4, "a"))), tlv(0x30, tlv(0x31, attribute(3, 4, "A"))), false},
		{"no UTF-8", named(utf8, "a\xff"), named(utf8, "A\xff"), false},
		{"nothing", nil, []byte{}, true},
		{"no name", []byte{0x30, 5}, []byte{0x30, 6}, false},
		{"something follows", office, append(slices.Clone(office), 0), false},
		{"lengths tell where a text ends", tlv(0x30, tlv(0x31, attribute(3, utf8, "a"), attribute(3, utf8, "b"))), tlv(0x30, tlv(0x31, attribute(3, utf8, "a")), tlv(0x31, attribute(3, utf8, "b"))), false},
	} {
		if got := dn.Equal(tc.a, tc.b); got != tc.want || dn.Equal(tc.b, tc.a) != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func FuzzEqual(f *testing.F) {
	f.Add(named(0x0c, "Office CA"), named(0x13, "OFFICE CA"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if dn.Equal(a, b) != dn.Equal(b, a) || !dn.Equal(a, slices.Clone(a)) {
			t.Error("not symmetric, or not equal to itself")
		}
	})
}

// However a name is nested, or however long, reading it takes no longer than its
// length says. The bound is far above what it takes, and far below what a reader
// that looks at everything again and again would need.
func TestLinear(t *testing.T) {
	t.Parallel()
	const size = 1 << 18
	many := func(part []byte) []byte { return bytes.Repeat(part, size/len(part)) }
	begun := time.Now()
	for _, name := range [][]byte{
		long(0x30, many(tlv(0x31, attribute(3, 0x0c, "a")))),
		long(0x30, long(0x31, many(attribute(3, 0x0c, "a")))),
		long(0x30, long(0x31, long(0x30, append([]byte{6, 3, 0x55, 4, 3}, long(0x0c, many([]byte(" \xcc\x88")))...)))),
		many([]byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}),
		long(0x30, many([]byte{0x31, 0})),
	} {
		_, _ = dn.Key(name), dn.Read(name)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("%v for five names of 256 KiB", took)
	}
}

// long is an element of any length.
func long(tag byte, content []byte) []byte {
	n := len(content)
	if n < 0x80 {
		return tlv(tag, content)
	}
	return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}
