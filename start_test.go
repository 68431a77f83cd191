package rekey_test

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/race"
)

// Tables and expressions of the library are made when they are needed, not when
// a program with it starts: there they cost each program time, and memory for its
// whole life. The runtime says what each package takes.
func TestStart(t *testing.T) {
	t.Parallel()
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := exec.CommandContext(t.Context(), self)
	start.Args = []string{"rekey", "-test.run=^$"} // not by the name of a test: package lazyregexp looks at it
	start.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := start.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const most = 40_000 // bytes; the largest takes some 25,000
	seen := 0
	for line := range strings.Lines(string(out)) { // init PACKAGE @0.1 ms, 0.2 ms clock, 300 bytes, 4 allocs
		fields := strings.Fields(line)
		if len(fields) < 11 || fields[0] != "init" || !strings.HasPrefix(fields[1], "github.com/rekey-go/rekey") {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(fields[1], "github.com/rekey-go/rekey"), "/")
		if slices.ContainsFunc(forTests, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") }) || strings.HasSuffix(name, "_test") {
			continue
		}
		bytes, err := strconv.Atoi(fields[7])
		if seen++; err != nil || bytes > most {
			t.Errorf("%q: more than %d bytes at the start of each program", strings.TrimSpace(line), most)
		}
	}
	if seen < 10 {
		t.Errorf("%d packages of the library seen in: %s", seen, out)
	}
}
