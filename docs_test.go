package rekey_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile(`\b(?:Test|Benchmark|Fuzz|Example)[A-Z]\w+`)
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz|Example)[A-Z]\w+)\(`)
	printed  = regexp.MustCompile(`Printf\("(Benchmark[A-Z]\w+)/`) // as "go test" prints it
	comment  = regexp.MustCompile(`(?m)^\s*//.*$`)
	fileLink = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
)

// What documents, help texts and comments name is there: tests, and the files that
// documents link to. Each row of a table of threats is held by a test.
func TestDocuments(t *testing.T) {
	t.Parallel()
	tests, namedIn := map[string]bool{}, map[string][]string{}
	var texts []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return cmp.Or(err, fs.SkipDir)
		case strings.HasSuffix(path, ".md"):
			texts = append(texts, path)
		case filepath.Base(path) == "usage.txt":
			texts = append(texts, path)
		case strings.HasSuffix(path, ".go"):
			text := contents(t, path)
			for _, m := range comment.FindAllString(text, -1) {
				for _, name := range testName.FindAllString(m, -1) {
					namedIn[name] = append(namedIn[name], path)
				}
			}
			for _, m := range testFunc.FindAllStringSubmatch(text, -1) {
				tests[m[1]] = true
			}
			for _, m := range printed.FindAllStringSubmatch(text, -1) {
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
			namedIn[name] = append(namedIn[name], path)
		}
		for _, m := range fileLink.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	for name, where := range namedIn {
		if !tests[name] {
			t.Errorf("%s, named in %q, is not there", name, where)
		}
	}
	if len(namedIn) < 250 {
		t.Errorf("%d tests are named", len(namedIn))
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

// docs/architecture.md has every directory with code, and no other; imports go
// down its first table.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	text := contents(t, filepath.Join("docs", "architecture.md"))
	rooms, _, _ := strings.Cut(text, "## Where do I put")
	named, first, floor := map[string]bool{}, map[string]bool{}, map[string]int{}
	public := true
	for line := range strings.Lines(rooms) {
		if strings.HasPrefix(line, "| internal") {
			public = false
		}
		if strings.HasPrefix(line, "| ") {
			for i, m := range regexp.MustCompile("`([a-z0-9./]+)`").FindAllStringSubmatch(line, -1) {
				if strings.HasPrefix(line, "| internal ") {
					continue // the head of a table
				}
				if i == 0 && first[m[1]] {
					t.Errorf("docs/architecture.md has two lines for %s", m[1])
				}
				first[m[1]] = first[m[1]] || i == 0
				named[m[1]] = true
				if public {
					floor[m[1]] = len(floor) + 1
				}
			}
		}
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return cmp.Or(err, fs.SkipDir)
		case strings.HasSuffix(path, ".go"):
			dir := filepath.ToSlash(filepath.Dir(path))
			if _, checked := named[dir]; !checked {
				t.Errorf("docs/architecture.md does not say what %s is for", dir)
			}
			named[dir] = false
			if floor[dir] > 0 && !strings.HasSuffix(path, "_test.go") {
				checkImports(t, path, dir, floor)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, missing := range named {
		if missing {
			t.Errorf("docs/architecture.md: there is no code in %s", dir)
		}
	}
}

// Of the library, no other file than three knows a usage by name, as CONTRIBUTING.md
// has it; the fourth is the simulated device's.
func TestUsageInFourFiles(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"IEEE8021X": "usage/ieee8021x.go", "SIP": "usage/sip.go"} {
		named := regexp.MustCompile(`\b(?:Use` + name + `|Uses` + name + `|` + name + `Settings)\b`)
		var in []string
		err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
			path = filepath.ToSlash(path)
			switch {
			case err != nil:
				return err
			case d.IsDir() && (slices.Contains(forTests, path) || d.Name() == ".git"):
				return fs.SkipDir
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && named.MatchString(comment.ReplaceAllString(contents(t, path), "")):
				in = append(in, path)
			}
			return nil
		})
		if want := []string{"keys/use.go", "remoteui/labels/labels.go", file}; err != nil || !slices.Equal(in, want) {
			t.Errorf("%s stands in %v, want %v (%v)", name, in, want, err)
		}
	}
}

// Whoever opens the root package finds the way if its files are few, and none is long.
func TestRootIsSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if len(files) == 0 || len(files) > 30 {
		t.Errorf("%d files, want 30 at most: %v", len(files), files)
	}
	for _, f := range files {
		if n := strings.Count(contents(t, f), "\n"); n > 500 {
			t.Errorf("%s has %d lines, want 500 at most", f, n)
		}
	}
}

// checkImports fails for an import of a file that goes up.
func checkImports(t *testing.T, file, dir string, floor map[string]int) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range parsed.Imports {
		path := strings.Trim(imp.Path.Value, `"`)
		to, ours := strings.CutPrefix(path, "github.com/rekey-go/rekey/")
		if ours && floor[to] > 0 && floor[to] <= floor[dir] {
			t.Errorf("%s imports %s, which docs/architecture.md has above it", file, to)
		}
	}
}

// CONTRIBUTING.md says what .ci/run does: its stages by name, and
// the platforms.
func TestStages(t *testing.T) {
	t.Parallel()
	contributing := contents(t, "CONTRIBUTING.md")
	stages := regexp.MustCompile(`(?m)^stage '([^']+)'`).FindAllStringSubmatch(contents(t, filepath.Join(".ci", "run")), -1)
	for _, m := range stages {
		if !strings.Contains(contributing, "| "+m[1]+" |") {
			t.Errorf("CONTRIBUTING.md lacks the stage %s", m[1])
		}
	}
	_, rows, _ := strings.Cut(contributing, "| stage |")
	rows, _, _ = strings.Cut(rows, "\n\n")
	if n := strings.Count(rows, "\n|") - 1; n != len(stages) || n < 10 {
		t.Errorf("CONTRIBUTING.md has %d stages, .ci/run %d", n, len(stages))
	}
	_, list, _ := strings.Cut(contents(t, filepath.Join(".ci", "platforms", "main.go")), "var platforms = []string{")
	list, _, _ = strings.Cut(list, "}")
	working := contents(t, "CONTRIBUTING.md")
	for platform := range strings.SplitSeq(list, ", ") {
		if platform = strings.Trim(platform, `"`); !strings.Contains(working, "`"+platform+"`") {
			t.Errorf("CONTRIBUTING.md lacks the platform %s", platform)
		}
	}
}

// NOTICE has a line for each module that go.mod requires, and for no other.
func TestNotice(t *testing.T) {
	t.Parallel()
	sorted := func(pattern, file string) (all []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(contents(t, file), -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return all
	}
	required := sorted(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\d`, "go.mod")
	if listed := sorted(`(?m)^(\S+\.\S+/\S+) +(?:BSD|MIT)`, "NOTICE"); !slices.Equal(required, listed) || len(required) < 10 {
		t.Errorf("go.mod requires %q\nNOTICE lists %q", required, listed)
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
