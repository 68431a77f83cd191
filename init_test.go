package rekey_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/race"
)

// A program that imports the library pays little for that before it begins: tables
// that are seldom needed are made when they are.
func TestInit(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates, too")
	}
	t.Parallel()
	const most = 1 << 20 // bytes, of one package
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seen := 0
	for _, m := range regexp.MustCompile(`(?m)^init (github\.com/rekey-go/rekey\S*) .* (\d+) bytes`).FindAllStringSubmatch(string(out), -1) {
		if strings.Contains(m[1], "test") {
			continue // what only tests import
		}
		seen++
		if n, err := strconv.Atoi(m[2]); err != nil || n > most {
			t.Errorf("%s takes %s bytes before anything begins", m[1], m[2])
		}
	}
	if seen < 5 {
		t.Errorf("%d packages were seen\n%s", seen, out)
	}
}
