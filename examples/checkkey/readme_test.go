package main

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/readme"
)

// The commands of README.md do what is said of them.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	der, err := x509.MarshalPKIXPublicKey(weak)
	file := write(t, "server.pem", block("PUBLIC KEY", must(t, der, err)))
	for _, words := range readme.Commands(t, "checkkey") {
		for i, w := range words {
			if w == "server.pem" {
				words[i] = file
			}
		}
		if code, out, errs := checkkey(t, "", words[1:]...); code != exitBroken || !strings.Contains(out, file) {
			t.Errorf("%s: exit code %d\n%s%s", words, code, out, errs)
		}
	}
}
