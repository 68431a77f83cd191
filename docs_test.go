package rekey_test

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile(`\bTest[A-Z]\w+`)
	testFunc = regexp.MustCompile(`(?m)^func (Test[A-Z]\w+)\(`)
	fileLink = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
)

// What the documents name is there: tests, and the files that they link to. Each
// row of a table of threats is held by a test.
func TestDocuments(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	var texts []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return cmp.Or(err, fs.SkipDir)
		case strings.HasSuffix(path, ".md"):
			texts = append(texts, path)
		case strings.HasSuffix(path, "_test.go"):
			for _, m := range testFunc.FindAllStringSubmatch(contents(t, path), -1) {
				tests[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range texts {
		text := contents(t, path)
		for _, name := range testName.FindAllString(text, -1) {
			if !tests[name] {
				t.Errorf("%s names %s, which is not there", path, name)
			}
		}
		for _, m := range fileLink.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	rows := 0
	for line := range strings.Lines(contents(t, filepath.Join("docs", "threats.md"))) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 2 || cells[0] == " attacker " || strings.Trim(line, "|- \n") == "" {
			continue
		}
		if rows++; len(cells) != 5 || !testName.MatchString(cells[4]) {
			t.Errorf("no test holds this row: %s", line)
		}
	}
	if rows < 30 {
		t.Errorf("%d rows of threats", rows)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
