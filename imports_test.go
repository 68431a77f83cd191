package rekey_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The library must know nothing of the devices that stand in for real ones:
// only tests and examples may import them.
func TestLibraryDoesNotKnowItsStandIns(t *testing.T) {
	t.Parallel()
	read := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		slashed := filepath.ToSlash(file)
		if d.IsDir() && (slashed == "examples" || slashed == "remoteui/remoteuitest" || slashed == "internal/otherdevice" || slashed == "internal/testca" || slashed == "internal/hostile" || slashed == "internal/meanwhile" || strings.HasPrefix(d.Name(), ".") && file != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, imp := range parsed.Imports {
			if strings.Contains(imp.Path.Value, "remoteuitest") || strings.Contains(imp.Path.Value, "otherdevice") || strings.Contains(imp.Path.Value, "testca") || strings.Contains(imp.Path.Value, "internal/hostile") || strings.Contains(imp.Path.Value, "internal/meanwhile") {
				t.Errorf("%s imports %s", slashed, imp.Path.Value)
			}
		}
		return nil
	})
	if err != nil || read < 50 {
		t.Fatalf("read %d files: %v", read, err)
	}
}
