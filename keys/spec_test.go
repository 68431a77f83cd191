package keys_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func goodSpec() keys.Spec {
	return keys.Spec{
		Name: "rktls20261121abcdef", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048},
		NotBefore: day(2026, 11, 21), NotAfter: day(2031, 11, 21),
		Country: "TW", Organization: "Example Co., Ltd.", CommonName: "192.0.2.7",
	}
}

// Every rule of the form is checked before anything is sent, and the error
// names field and row.
func TestSpecValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		row, field string // empty: valid
		change     func(*keys.Spec)
	}{
		{"", "", func(*keys.Spec) {}},
		{"", "", func(s *keys.Spec) { s.NotAfter = s.NotBefore }}, // "not before the start" allows the same day
		{"", "", func(s *keys.Spec) { s.NotAfter = s.NotBefore.Add(-time.Minute + 24*time.Hour) }},
		{"", "", func(s *keys.Spec) { s.CommonName = "printer.example" }},
		{"", "", func(s *keys.Spec) { s.CommonName = "2001:db8::7" }},
		{"", "", func(s *keys.Spec) { s.Algorithm, s.Hash = keys.Algorithm{Curve: "P384"}, "SHA384" }},
		{"", "", func(s *keys.Spec) { s.Algorithm, s.Hash = keys.Algorithm{RSABits: 1024}, "SHA512" }},
		{"", "", func(s *keys.Spec) { s.Algorithm = keys.Algorithm{RSABits: 512} }},
		{"G-1", "Name", func(s *keys.Spec) { s.Name = "" }},
		{"G-1", "Name", func(s *keys.Spec) { s.Name = "key-1" }},
		{"G-1", "Name", func(s *keys.Spec) { s.Name = "鍵" }},
		{"G-1", "Name", func(s *keys.Spec) { s.Name = strings.Repeat("a", 25) }},
		{"W-1", "Name", func(s *keys.Spec) { s.Name = "AMS" }},
		{"G-1", "NotAfter", func(s *keys.Spec) { s.NotAfter = s.NotBefore.AddDate(0, 0, -1) }},
		{"G-1", "NotBefore", func(s *keys.Spec) { s.NotBefore = time.Time{} }},
		{"G-1", "Algorithm", func(s *keys.Spec) { s.Algorithm = keys.Algorithm{} }},
		{"G-1", "Algorithm", func(s *keys.Spec) { s.Algorithm.RSABits = 2047 }},
		{"G-1", "Algorithm", func(s *keys.Spec) { s.Algorithm.Curve = "P256" }},
		{"G-1", "Hash", func(s *keys.Spec) { s.Hash = "MD5" }},
		{"G-2", "Hash", func(s *keys.Spec) { s.Algorithm.RSABits, s.Hash = 512, "SHA384" }},
		{"G-2", "Hash", func(s *keys.Spec) { s.Algorithm.RSABits, s.Hash = 512, "SHA512" }},
		{"G-1", "Country", func(s *keys.Spec) { s.Country = "tw" }},
		{"G-1", "Organization", func(s *keys.Spec) { s.Organization = "株式会社" }},
		{"G-1", "Organization", func(s *keys.Spec) { s.Organization = strings.Repeat("x", 65) }},
		{"G-1", "State", func(s *keys.Spec) { s.State = "a\nb" }},
		{"G-3", "CommonName", func(s *keys.Spec) { s.CommonName = "" }},
		{"G-3", "CommonName", func(s *keys.Spec) { s.CommonName = "my printer" }},
		{"G-3", "CommonName", func(s *keys.Spec) { s.CommonName = "fe80::1%eth0" }},
	} {
		s := goodSpec()
		tc.change(&s)
		err := s.Validate()
		if tc.row == "" {
			if err != nil {
				t.Errorf("%+v: %v", s, err)
			}
			continue
		}
		fe, ok := errors.AsType[*keys.FieldError](err)
		if !ok || fe.Row != tc.row || fe.Field != tc.field {
			t.Errorf("%s %s: got %v", tc.row, tc.field, err)
		}
	}
}

func TestAlgorithm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]keys.Algorithm{
		"rsa2048": {RSABits: 2048}, "RSA-4096": {RSABits: 4096}, "ecdsa-p256": {Curve: "P256"}, "ecdsa-P-384": {Curve: "P384"},
	} {
		if got, err := keys.ParseAlgorithm(text); err != nil || got != want {
			t.Errorf("ParseAlgorithm(%q) = %+v, %v", text, got, err)
		}
		again, err := keys.ParseAlgorithm(want.String())
		if err != nil || again != want {
			t.Errorf("%q does not read back: %+v, %v", want.String(), again, err)
		}
	}
	for _, bad := range []string{"", "rsa", "rsa2047", "dsa1024", "ecdsa-p224", "ecdsa", "rsa-999999999999999999999"} {
		if got, err := keys.ParseAlgorithm(bad); err == nil {
			t.Errorf("ParseAlgorithm(%q) = %+v, want an error", bad, got)
		}
	}
}
