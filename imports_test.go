package rekey_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forTests are the packages, with all below them, that stand in for devices and
// servers, or help tests.
var forTests = []string{
	"remoteui/remoteuitest", "internal/simdevice", "internal/acceptance", "internal/devicetest", "internal/fleettest", "internal/hostile", "internal/meanwhile", "internal/memnet", "internal/measure", "internal/otherdevice", "internal/peertest", "internal/race",
	"internal/strangers", "internal/testca", "internal/weaktest", "internal/wording/english",
}

// The library must know nothing of the devices that stand in for real ones: only
// tests and examples may import them. What nothing else than tests imports is one
// of them.
func TestLibraryDoesNotKnowItsStandIns(t *testing.T) {
	t.Parallel()
	const module = "github.com/rekey-go/rekey"
	below := func(dir string, of ...string) bool {
		return slices.ContainsFunc(of, func(p string) bool { return dir == p || strings.HasPrefix(dir, p+"/") })
	}
	imports := map[string][]string{} // of a directory's files that are no tests
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." {
			_, ofItsOwn := os.Stat(filepath.Join(file, "go.mod"))
			if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || ofItsOwn == nil {
				return fs.SkipDir
			}
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(file))
		imports[dir] = append(imports[dir], "")
		for _, imp := range parsed.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			if name, ok := strings.CutPrefix(name, module+"/"); ok {
				imports[dir] = append(imports[dir], name)
			}
			// A program of which it is a part keeps every exported method that it has,
			// and is a seventh larger: internal/task reads templates in another way.
			if (name == "text/template" || name == "html/template") && !below(dir, append(forTests, "fleet/report")...) {
				t.Errorf("%s imports %s", dir, name)
			}
		}
		return nil
	})
	if err != nil || len(imports) < 40 {
		t.Fatalf("read %d packages: %v", len(imports), err)
	}
	known := map[string]bool{}
	for dir, all := range imports {
		if below(dir, forTests...) {
			continue
		}
		for _, name := range all {
			if known[name] = true; below(name, forTests...) && !below(dir, "examples") {
				t.Errorf("%s imports %s", dir, name)
			}
		}
	}
	for dir := range imports {
		if slices.Contains(strings.Split(dir, "/"), "internal") && !known[dir] && !below(dir, append(forTests, "examples")...) {
			t.Errorf("%s is for tests, and not said to be", dir)
		}
	}
	for _, dir := range forTests {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s is not there", dir)
		}
	}
}
