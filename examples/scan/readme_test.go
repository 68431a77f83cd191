package main

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/readme"
)

// The commands of README.md do what is said of them: they send nothing.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	for _, words := range readme.Commands(t, "scan") {
		n := &network{}
		if code, out, errs := scan(t.Context(), n, words[1:]...); code != 0 || !strings.Contains(out, "254 hosts") || len(n.asked) > 0 {
			t.Errorf("%s: exit code %d, asked %q\n%s%s", words, code, n.asked, out, errs)
		}
	}
}
