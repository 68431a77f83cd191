package printed_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/printed"
)

func TestSerials(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		n       int64
		printed []string
	}{
		{0x1234567890, []string{"1234567890", "12:34:56:78:90", "0x1234567890", "0012 3456 7890", "78187493520"}},
		// 86 96 24 53 in the certificate; OpenSSL prints -2036980653 (-0x7969dbad)
		{-0x7969dbad, []string{"86:96:24:53", "86962453", "-7969dbad", "-0x7969DBAD", "(Negative)79:69:db:ad", " (Negative)79:69:db:ad", "-2036980653", "2257986643"}},
		{-0x80, []string{"80", "-80", "-128"}},
		{-0x81, []string{"ff7f", "-81", "-129"}},
		{-1, []string{"ff", "-1"}},
	} {
		for _, text := range tc.printed {
			if got := strings.TrimLeft(printed.Compact(text), "0"); !slices.Contains(printed.Serials(big.NewInt(tc.n)), got) {
				t.Errorf("%d: %q is %q, want one of %q", tc.n, text, got, printed.Serials(big.NewInt(tc.n)))
			}
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain": "plain", `Example\2C Inc.`: "Example, Inc.", `Example\, Inc.`: "Example, Inc.", `B\C3\BCro`: "Büro", `a\\b`: `a\b`, `a\`: `a\`, `\"x\"`: `"x"`, `a\FFb`: `a\FFb`, `\#1`: "#1", `\c3`: `\c3`,
	} {
		if got := printed.Unescape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// One number, one spelling: scripts join by it.
func TestSerialHex(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"00C0FFEE": "c0ffee", "c0:ff:ee": "c0ffee", "0xC0FFEE": "c0ffee", "00 ab c": "0abc", "abc": "0abc", "0": "00", "00": "00",
		"-81": "-81", "(Negative) 1": "-01", "": "", "none": "none",
	} {
		if got := printed.SerialHex(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
