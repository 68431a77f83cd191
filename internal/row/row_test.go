package row

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	legend = "docs/procedure.md"
)

// unknown are what tests use for IDs that no row has.
var unknown = []string{"V-9", "X-1"}

var (
	cited     = regexp.MustCompile(`\b[A-Z]-[0-9]{1,2}\b`)
	legendRow = regexp.MustCompile("(?m)^\\| ([A-Z]-[0-9]+) \\| `(\\w+)` \\| (.*) \\|$")
)

// constants returns name and sentence by ID, as row.go and the files of the usages
// have them.
func constants(t *testing.T) map[string][2]string {
	t.Helper()
	rows := map[string][2]string{}
	usages, err := filepath.Glob(filepath.Join(root, "usage", "*.go"))
	if err != nil || len(usages) == 0 {
		t.Fatal(usages, err)
	}
	for _, name := range append(usages, "row.go") {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.CONST {
				constantsOf(t, rows, group)
			}
		}
	}
	return rows
}

func constantsOf(t *testing.T, rows map[string][2]string, group *ast.GenDecl) {
	t.Helper()
	for _, spec := range group.Specs {
		v := spec.(*ast.ValueSpec)
		if len(v.Values) != 1 {
			continue
		}
		lit, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			continue
		}
		if id, err := strconv.Unquote(lit.Value); err == nil && id != "" && cited.FindString(id) == id {
			if was, twice := rows[id]; twice {
				t.Errorf("%s is %s and %s", id, was[0], v.Names[0].Name)
			}
			rows[id] = [2]string{v.Names[0].Name, strings.TrimSpace(v.Doc.Text())}
		}
	}
}

// The legend has each constant, with its name and its sentence, and no other row.
func TestLegend(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, legend))
	if err != nil {
		t.Fatal(err)
	}
	rows := constants(t)
	for _, m := range legendRow.FindAllStringSubmatch(string(text), -1) {
		want, ok := rows[m[1]]
		delete(rows, m[1])
		switch {
		case !ok:
			t.Errorf("%s: %s is no constant, or stands there twice", legend, m[1])
		case m[2] != want[0] || m[3] != want[1] && !strings.HasPrefix(m[3], want[1]+" "):
			t.Errorf("%s: %s is %s: %s\nwant %s: %s …", legend, m[1], m[2], m[3], want[0], want[1])
		}
	}
	for id, want := range rows {
		t.Errorf("%s lacks %s, %s", legend, id, want[0])
	}
}

// Whatever cites a row, in code, texts or documents, cites one that the legend
// has; the library names it by its constant; and no constant is cited nowhere.
func TestCitations(t *testing.T) {
	t.Parallel()
	rows, uncited := constants(t), constants(t)
	cite := func(at, text string) {
		for _, id := range cited.FindAllString(text, -1) {
			delete(uncited, id)
			if _, ok := rows[id]; !ok && !slices.Contains(unknown, id) {
				t.Errorf("%s cites %s, which %s does not have", at, id, legend)
			}
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		at, _ := filepath.Rel(root, path)
		at = filepath.ToSlash(at)
		switch {
		case err != nil || d.IsDir() && at != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || at == "internal/row"):
			return cmp.Or(err, fs.SkipDir)
		case strings.HasSuffix(at, ".tmpl"), strings.HasSuffix(at, ".md") && at != legend:
			text, err := os.ReadFile(path)
			cite(at, string(text))
			return err
		case !strings.HasSuffix(at, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var s scanner.Scanner
		fset := token.NewFileSet()
		s.Init(fset.AddFile(at, -1, len(text)), text, nil, scanner.ScanComments)
		for {
			pos, tok, lit := s.Scan()
			switch tok {
			case token.EOF:
				return nil
			case token.COMMENT, token.STRING:
				cite(fset.Position(pos).String(), lit)
			}
			if value, err := strconv.Unquote(lit); err == nil && tok == token.STRING && cited.FindString(value) == value && value != "" && usesConstants(at, rows[value][0]) {
				t.Errorf("%s: %s is row.%s", fset.Position(pos), lit, rows[value][0])
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, row := range uncited {
		t.Errorf("nothing cites %s, %s", id, row[0])
	}
}

// usesConstants says whether a file names a row by its constant. Tests do not: they
// say what the report has to say. Of a usage's own rows the constants are seen in
// package usage only, and the simulated device has no need of that.
func usesConstants(file, constant string) bool {
	own := strings.HasPrefix(file, "usage/") || strings.HasPrefix(file, "internal/simdevice/")
	return !strings.HasSuffix(file, "_test.go") && (ast.IsExported(constant) || !own)
}
