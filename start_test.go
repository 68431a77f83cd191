package rekey_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		if isForTests(name) || strings.HasSuffix(name, "_test") {
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

func isForTests(dir string) bool {
	return slices.ContainsFunc(forTests, func(p string) bool { return dir == p || strings.HasPrefix(dir, p+"/") })
}

// So are the expressions of small packages, which TestStart does not see.
func TestExpressions(t *testing.T) {
	t.Parallel()
	atStart := regexp.MustCompile(`(?m)^(?:var |\t)?\w+ *= regexp\.MustCompile\(`)
	files := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		dir := filepath.ToSlash(file)
		switch {
		case err != nil:
			return err
		case d.IsDir() && dir != "." && (strings.HasPrefix(d.Name(), ".") || isForTests(dir) || dir == "examples" || dir == "internal/bench" || dir == "remoteui/internal/browsertest"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		for _, found := range atStart.FindAllString(string(text), -1) {
			t.Errorf("%s: %s: compiled at the start of each program; see internal/lazyregexp", file, found)
		}
		files++
		return err
	})
	if err != nil || files < 200 {
		t.Errorf("%d files, %v", files, err)
	}
}
