package access

import (
	"errors"
	"strings"
	"testing"
)

func TestReadSecret(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, want string
		ok         bool
	}{
		{"secret", "secret", true},
		{"secret\n", "secret", true},
		{"secret\r\n", "secret", true},
		{" two words \nsecond line\n", " two words ", true},
		{"密碼\n", "密碼", true},
		{"\ufeffsecret\r\n", "secret", true},
		{"\xff\xfes\x00e\x00c\x00r\x00e\x00t\x00\r\x00\n\x00", "secret", true},
		{"secret\rsecond", "secret", true},
		{"", "", false},
		{"\nsecond line", "", false},
		{"\r\n", "", false},
		{strings.Repeat("x", MaxSecret), strings.Repeat("x", MaxSecret), true},
		{strings.Repeat("x", MaxSecret+1), "", false},
	} {
		got, err := readSecret(strings.NewReader(tt.text))
		if got.Reveal() != tt.want || (err == nil) != tt.ok {
			t.Errorf("readSecret(%.20q) = %.20q, %v", tt.text, got.Reveal(), err)
		}
		if _, usage := errors.AsType[*UsageError](err); err != nil && !usage {
			t.Errorf("readSecret(%.20q): %v", tt.text, err)
		}
	}
}
