package bundle_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
)

// Input that makes a recursive or backtracking reader slow: a megabyte of it
// must not take longer than a reply on the network.
func TestParseHostile(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	nested := func(depth int) []byte { // definite lengths, the costliest form
		var inner []byte
		for range depth {
			inner = slices.Concat([]byte{0x30, 0x83, byte(len(inner) >> 16), byte(len(inner) >> 8), byte(len(inner))}, inner)
		}
		return inner
	}
	const deep = "nested too deeply"
	for name, tc := range map[string]struct {
		input []byte
		want  string
	}{
		"indefinite, nested":   {bytes.Repeat([]byte{0x30, 0x80}, size/2), deep},
		"indefinite, wide":     {append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0x05, 0x01, 0x01}, size/3-2)...), "truncated"},
		"definite, nested":     {nested(2000), deep},
		"2 octets":             {[]byte{0x30, 0x81}, "truncated"},
		"2 octets, long":       {[]byte{0x30, 0x84}, "truncated"},
		"high tag":             {[]byte{0x1f, 0x80}, "neither DER"},
		"high tag in sequence": {[]byte{0x30, 0x02, 0x1f, 0x80}, "other ASN.1"},
		"armour":               {bytes.Repeat([]byte("-----BEGIN "), size/11), "first line"},
		"blocks without end":   {bytes.Repeat([]byte("-----BEGIN A-----"), size/17), "no end line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			if _, err := bundle.Parse(tc.input); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	g := give(f)
	p7 := pkcs7Of(f, raw(g.all()...)...)
	odd := odd(f, g.leaf)
	for _, seed := range [][]byte{
		g.leaf.Raw, armour("CERTIFICATE", g.leaf.Raw, odd), p7, ber(f, p7, 4), pkcs7Of(f, odd, g.root.Raw), g.crl, g.csr.Raw,
		[]byte(base64.StdEncoding.EncodeToString(p7)), utf16Of(binary.LittleEndian, armour("PKCS7", p7), true),
		{0x1f, 0x80}, {0x1f, 0x05}, {0x30, 0x81}, {0x30, 0x84, 0x01}, {0x24, 0x80, 0x24, 0x80, 4, 1, 1, 0, 0, 0, 0},
		[]byte("<html><title>x</title>"), []byte("-----BEGIN -----END -----"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Parse(data)
		if err != nil {
			if b != nil {
				t.Error("a bundle with an error")
			}
			return
		}
		if len(b.Certs)+len(b.CRLs) == 0 {
			t.Error("nothing found, no error")
		}
		for _, c := range b.Certs {
			chain, err := bundle.Chain(c.PublicKey, b.Certs)
			if err != nil {
				continue // a key of a type that cannot be compared
			}
			if k, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || len(chain) == 0 || !k.Equal(chain[0].PublicKey) {
				t.Errorf("the chain of %d does not begin with the key's certificate", len(chain))
			}
			for i, by := range chain[1:] {
				if !bundle.Issued(by, chain[i]) {
					t.Errorf("certificate %d of the chain was not issued by the next", i)
				}
			}
		}
		if der, _, err := bundle.DER(data); err == nil {
			again, rest, err := bundle.DER(der)
			if err != nil || len(rest) > 0 || !bytes.Equal(again, der) {
				t.Errorf("not stable: %x, then %x, %v", der, again, err)
			}
		}
	})
}
