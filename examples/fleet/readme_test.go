package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/readme"
	"github.com/rekey-go/rekey/internal/devicetest"
)

// The commands of README.md do what is said of them, with a device that is off.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	off := devicetest.Nobody(t)
	list := filepath.Join(t.TempDir(), "printers.csv")
	if err := os.WriteFile(list, []byte("address,dept-id,password-env,trust-on-first-use\n"+off+",7654321,FLEET_TEST,yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range readme.Commands(t, "fleet") {
		for i, w := range words {
			if w == "printers.csv" {
				words[i] = list
			}
		}
		if code, out, errs := fleet(t, words[1:]...); code != 9 || !strings.Contains(out, "1 device, 1 unreachable") {
			t.Errorf("%s: exit code %d\n%s%s", words, code, out, errs)
		}
	}
}
