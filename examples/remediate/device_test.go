package main

import (
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
		{"", "", false},
		{"\nsecond line", "", false},
		{"\r\n", "", false},
		{strings.Repeat("x", maxSecret), strings.Repeat("x", maxSecret), true},
		{strings.Repeat("x", maxSecret+1), "", false},
	} {
		got, err := readSecret(strings.NewReader(tt.text))
		if got.Reveal() != tt.want || (err == nil) != tt.ok {
			t.Errorf("readSecret(%.20q) = %.20q, %v", tt.text, got.Reveal(), err)
		}
		if err != nil && exitCode(err) != exitUsage {
			t.Errorf("readSecret(%.20q): exit code %d", tt.text, exitCode(err))
		}
	}
}
