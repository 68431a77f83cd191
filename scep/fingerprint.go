package scep

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/thumbprint"
)

// FingerprintSet holds the fingerprints of a certificate in the spellings of
// CAs' pages: SHA256 and SHA1 upper-case with colons, MD5 as NDES shows it.
type FingerprintSet struct{ SHA256, SHA1, MD5 string }

// Fingerprints gives those of a certificate, to be compared by people. Compare
// the SHA-256 where the CA shows it.
func Fingerprints(c *x509.Certificate) FingerprintSet {
	s256, s1, m := sha256.Sum256(c.Raw), thumbprint.SHA1(c.Raw), thumbprint.MD5(c.Raw)
	return FingerprintSet{grouped(s256[:], 1, ":"), grouped(s1[:], 1, ":"), grouped(m[:], 4, " ")}
}

// grouped writes octets in groups of n.
func grouped(b []byte, n int, between string) string {
	var groups []string
	for ; len(b) > 0; b = b[n:] {
		groups = append(groups, strings.ToUpper(hex.EncodeToString(b[:n])))
	}
	return strings.Join(groups, between)
}

// fingerprint is one by which a CA is to be recognised.
type fingerprint struct{ digest []byte }

var fingerprintNames = map[string]int{"SHA256": sha256.Size, "SHA1": sha1.Size, "MD5": md5.Size}

// parseFingerprint reads one in any spelling.
func parseFingerprint(text string) (*fingerprint, error) {
	wanted := 0
	s := text
	if i := strings.LastIndexAny(s, "="); i >= 0 { // openssl: "sha256 Fingerprint=…"
		wanted = fingerprintNames[normal(strings.Fields(s[:i] + " x")[0])]
		s = s[i+1:]
	} else if name, rest, ok := strings.Cut(s, ":"); ok && fingerprintNames[normal(name)] != 0 {
		wanted, s = fingerprintNames[normal(name)], rest
	}
	digest, err := hex.DecodeString(normal(s))
	switch {
	case err != nil:
	case wanted != 0 && len(digest) != wanted:
	case len(digest) == sha256.Size, len(digest) == sha1.Size, len(digest) == md5.Size:
		return &fingerprint{digest}, nil
	}
	return nil, fmt.Errorf("scep: fingerprint %.100q: want 64 (SHA-256), 40 (SHA-1) or 32 (MD5) hexadecimal digits", text)
}

// normal keeps letters and digits. Windows' certificate dialogue also gives an
// invisible mark to whoever copies from it.
func normal(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return r
		case r == ' ', r == '\t', r == '\r', r == '\n', r == ':', r == '-', r == '.', r == '\u00a0', r == '\u200e', r == '\u200f', r == '\ufeff':
			return -1
		}
		return '?' // no hexadecimal digit
	}, s))
}

func (f *fingerprint) matches(c *x509.Certificate) bool {
	switch len(f.digest) {
	case sha256.Size:
		sum := sha256.Sum256(c.Raw)
		return bytes.Equal(sum[:], f.digest)
	case sha1.Size:
		sum := thumbprint.SHA1(c.Raw)
		return bytes.Equal(sum[:], f.digest)
	}
	sum := thumbprint.MD5(c.Raw)
	return bytes.Equal(sum[:], f.digest)
}

func (f *fingerprint) weak() bool { return len(f.digest) < sha256.Size }

func (f *fingerprint) kind() string {
	switch len(f.digest) {
	case sha256.Size:
		return "SHA-256"
	case sha1.Size:
		return "SHA-1"
	}
	return "MD5"
}
