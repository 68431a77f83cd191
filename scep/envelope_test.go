package scep

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

func testSigner(t testing.TB) *Signer {
	t.Helper()
	c, err := NewClient("http://ca.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	name, err := asn1.Marshal(pkix.Name{CommonName: "x"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.signer(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Envelopes of every cipher and length open again, and only for whom they are.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	s, other := testSigner(t), testSigner(t)
	for _, with := range opened {
		for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 3000} {
			content := bytes.Repeat([]byte{0x5a}, n)
			message, err := seal(content, s.Certificate, with)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.open(message)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s, %d octets: %x, %v", with.name, n, got, err)
			}
			if got, err := other.open(message); err == nil {
				t.Errorf("%s: somebody else opens it: %x", with.name, got)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := testSigner(f)
	for _, with := range opened {
		message, err := seal([]byte("content"), s.Certificate, with)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message)
		f.Add(message[:len(message)-1])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		content, err := s.open(data)
		if err != nil && content != nil {
			t.Error("content with an error")
		}
	})
}
