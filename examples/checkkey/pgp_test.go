package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// pgpPacket writes a packet with a length of 1, 2 or 4 bytes, in the old format or
// the new.
func pgpPacket(tag byte, length int, old bool, body []byte) []byte {
	n := len(body)
	switch {
	case old:
		header := binary.BigEndian.AppendUint32([]byte{0x80 | tag<<2 | map[int]byte{1: 0, 2: 1, 4: 2}[length]}, uint32(n))
		return slices.Concat(header[:1], header[5-length:], body)
	case length == 1:
		return slices.Concat([]byte{0xc0 | tag, byte(n)}, body)
	case length == 2:
		return slices.Concat([]byte{0xc0 | tag, byte((n-192)>>8) + 192, byte(n - 192)}, body)
	}
	return slices.Concat(binary.BigEndian.AppendUint32([]byte{0xc0 | tag, 255}, uint32(n)), body)
}

func pgpRSA(version byte, n, e *big.Int) []byte {
	var numbers []byte
	for _, v := range []*big.Int{n, e} {
		numbers = append(binary.BigEndian.AppendUint16(numbers, uint16(v.BitLen())), v.Bytes()...)
	}
	body := []byte{version, 0x60, 0, 0, 0}
	if version < 4 {
		body = append(body, 0, 30)
	}
	body = append(body, 1)
	if version > 4 {
		body = binary.BigEndian.AppendUint32(body, uint32(len(numbers)))
	}
	return append(body, numbers...)
}

func pgpArmor(kind string, packets ...[]byte) []byte {
	text := base64.StdEncoding.EncodeToString(slices.Concat(packets...))
	b := "-----BEGIN PGP " + kind + "-----\nVersion: of the test\nComment:\n\n"
	for ; len(text) > 64; text = text[64:] {
		b += text[:64] + "\r\n"
	}
	return []byte(b + text + "\n=AAAA\n-----END PGP " + kind + "-----\n")
}

// Every key and every subkey is read, in whatever form it stands; what stands
// between them is passed over.
func TestPGP(t *testing.T) {
	t.Parallel()
	e := big.NewInt(65537)
	v4 := pgpRSA(4, weak.N, e)
	userID := pgpPacket(13, 1, false, []byte("Office <mfp@example.org>"))
	signature := pgpPacket(2, 2, true, make([]byte, 300))
	photo := pgpPacket(17, 4, false, make([]byte, 100_000))
	key, subkey := pgpPacket(6, 2, true, v4), pgpPacket(14, 2, false, v4)
	eddsa := pgpPacket(6, 1, false, slices.Concat([]byte{4, 0, 0, 0, 0, 22}, make([]byte, 40)))
	unheard := pgpPacket(14, 1, false, []byte{4, 0, 0, 0, 0, 99})
	for _, tc := range []struct {
		name    string
		content []byte
		weak    int // keys of RSA
		others  []string
	}{
		{"key", key, 1, nil},
		{"key with subkey", slices.Concat(key, userID, signature, photo, subkey, signature), 2, nil},
		{"version 2", pgpPacket(6, 2, true, pgpRSA(2, weak.N, e)), 1, nil},
		{"version 3", pgpPacket(6, 4, true, pgpRSA(3, weak.N, e)), 1, nil},
		{"version 5", pgpPacket(6, 4, false, pgpRSA(5, weak.N, e)), 1, nil},
		{"version 6", pgpPacket(6, 2, false, pgpRSA(6, weak.N, e)), 1, nil},
		{"private", slices.Concat(pgpPacket(5, 2, true, append(bytes.Clone(v4), 254, 9, 3, 8)), pgpPacket(7, 2, true, append(bytes.Clone(v4), 0))), 2, nil},
		{"others", slices.Concat(eddsa, subkey, unheard), 1, []string{`"algorithm":"EdDSA"`, `"algorithm":"PGP algorithm 99"`}},
		{"armored", pgpArmor("PUBLIC KEY BLOCK", key, userID, signature, subkey), 2, nil},
		{"armored private", pgpArmor("PRIVATE KEY BLOCK", pgpPacket(5, 2, true, v4)), 1, nil},
		{"no header", slices.Concat([]byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n"+base64.StdEncoding.EncodeToString(key)+"\n-----END PGP PUBLIC KEY BLOCK-----\n"), key[:0]), 1, nil},
		{"among others", slices.Concat([]byte("From: me\n\n"), pgpArmor("PUBLIC KEY BLOCK", key), pgpArmor("SIGNATURE", signature), pgpArmor("MESSAGE", signature), pgpArmor("PUBLIC KEY BLOCK", key), block("RSA PUBLIC KEY", pkcs1Weak())), 3, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, "keys", tc.content)
			for _, source := range []string{path, filepath.Dir(path)} {
				code, out, errs := checkkey(t, "", "-json", "-all", source)
				if code != exitBroken || errs != "" || strings.Count(out, `"kind":"next-prime"`) != tc.weak || strings.Count(out, "\n") != tc.weak+len(tc.others)+1 {
					t.Errorf("exit code %d, %s, want %d keys\n%s", code, errs, tc.weak, out)
				}
				for _, other := range tc.others {
					if strings.Count(out, other) != 1 {
						t.Errorf("want %s in\n%s", other, out)
					}
				}
			}
		})
	}
	// What libraries refuse is judged: it is why a key is looked at.
	exponent := new(big.Int).Add(new(big.Int).Lsh(weak.N, 1), big.NewInt(1))
	long := pgpPacket(6, 2, false, pgpRSA(4, weaktest.Consecutive(weaktest.Rand(8), 512).N(), exponent))
	if code, out, _ := checkkey(t, string(long), "-json", "-"); code != exitBroken || !strings.Contains(out, "not less than the modulus") || !strings.Contains(out, `"bits":512`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// pkcs1Weak is the same key in another form.
func pkcs1Weak() []byte {
	n := weak.N.Bytes()
	inner := slices.Concat(binary.BigEndian.AppendUint16([]byte{2, 0x82}, uint16(len(n)+1)), []byte{0}, n, []byte{2, 3, 1, 0, 1})
	return slices.Concat(binary.BigEndian.AppendUint16([]byte{0x30, 0x82}, uint16(len(inner))), inner)
}

// What is broken is said once, also in a directory, and does not hide the keys
// before it, nor those in the same text after it.
func TestPGPUnreadable(t *testing.T) {
	t.Parallel()
	n := weaktest.Consecutive(weaktest.Rand(9), 512).N() // whose primes are tested soon
	v4 := pgpRSA(4, n, big.NewInt(65537))
	key := pgpPacket(6, 1, true, v4)
	cut := func(from []byte, n int) []byte { return bytes.Clone(from[:n]) }
	lying := bytes.Clone(v4)
	binary.BigEndian.PutUint16(lying[6:], 65535) // longer than what there is
	short6 := pgpRSA(6, n, big.NewInt(3))
	binary.BigEndian.PutUint32(short6[6:], 1<<31)
	broken := map[string][]byte{
		"cut in a packet":        cut(key, len(key)-1),
		"cut in a header":        cut(key, 2),
		"cut in a number":        pgpPacket(6, 4, false, cut(v4, 60)),
		"cut in the body":        pgpPacket(6, 1, false, cut(v4, 5)),
		"empty body":             pgpPacket(6, 1, false, nil),
		"no numbers":             pgpPacket(6, 1, false, cut(v4, 6)),
		"a number too long":      pgpPacket(6, 4, false, lying),
		"public part too long":   pgpPacket(6, 4, false, short6),
		"bytes after the key":    pgpPacket(6, 4, false, append(bytes.Clone(v4), 0)),
		"version 7":              pgpPacket(14, 4, false, pgpRSA(7, n, big.NewInt(3))),
		"no length":              append([]byte{0x80 | 6<<2 | 3}, v4...),
		"partial length":         append([]byte{0xc0 | 6, 224 + 8}, v4...),
		"longer than a key is":   pgpPacket(5, 4, false, slices.Concat(v4, make([]byte, maxPacket))),
		"4 GiB announced":        append([]byte{0xc0 | 6, 255, 255, 255, 255, 255}, v4...),
		"4 GiB of another thing": append([]byte{0xc0 | 17, 255, 255, 255, 255, 255}, v4...),
		"garbage":                []byte("\x00 this is none"),
	}
	for name, bad := range broken {
		after := slices.Concat(key, bad)
		path := write(t, "keys", after)
		inText := slices.Concat(pgpArmor("PUBLIC KEY BLOCK", bad), pgpArmor("PUBLIC KEY BLOCK", key))
		for what, args := range map[string][]string{"binary": {path}, "directory": {filepath.Dir(path)}, "armored": {write(t, "keys.asc", inText)}} {
			code, out, errs := checkkey(t, "", args...)
			if code != exitBroken|exitUnreadable || strings.Count(out, "unreadable: ") != 1 || strings.Count(out, "next-prime") != 1 || errs != "" {
				t.Errorf("%s, %s: exit code %d, %s\n%s", name, what, code, errs, out)
			}
		}
	}
	for name, content := range map[string][]byte{
		"no base64":   []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%%%\n-----END PGP PUBLIC KEY BLOCK-----\n"),
		"empty block": []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----END PGP PUBLIC KEY BLOCK-----\n"),
		"no key":      pgpArmor("PUBLIC KEY BLOCK", pgpPacket(13, 1, false, []byte("me"))),
		"no end":      cut(pgpArmor("PUBLIC KEY BLOCK", key), 150),
		"signature":   pgpPacket(2, 1, false, make([]byte, 70)),
		"no length":   broken["no length"],
		"4 GiB":       broken["4 GiB announced"],
	} {
		if code, out, errs := checkkey(t, "", write(t, "file", content)); code != exitUnreadable || strings.Count(out, "unreadable: ") != 1 || errs != "" {
			t.Errorf("%s: exit code %d, %s\n%s", name, code, errs, out)
		}
	}
}

// A keyring without end takes no memory of its length, ends with its context, and
// a source that fails is an error.
func TestPGPStream(t *testing.T) {
	t.Parallel()
	key := pgpPacket(6, 2, true, pgpRSA(4, weak.N, big.NewInt(65537)))
	const enough = 1000
	endless := func() io.Reader {
		return &endlessReader{of: slices.Concat(key, pgpPacket(17, 4, false, make([]byte, 5000)))}
	}
	ctx, stop := context.WithCancel(t.Context())
	count := 0
	err := split(ctx, "ring", endless(), func(r raw) {
		if count++; count == enough {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || count != enough {
		t.Errorf("%v after %d keys", err, count)
	}
	gone := errors.New("gone")
	if err := split(t.Context(), "ring", io.MultiReader(bytes.NewReader(key), failing{gone}), func(raw) {}); !errors.Is(err, gone) || !strings.Contains(err.Error(), "ring") {
		t.Error(err)
	}
}

type endlessReader struct {
	of []byte
	at int
}

func (r *endlessReader) Read(p []byte) (int, error) {
	n := copy(p, r.of[r.at:])
	r.at = (r.at + n) % len(r.of)
	return n, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
