package proof_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const proofPath = "github.com/rekey-go/rekey/internal/proof"

// minters says which package directory may use which constructor. Add to it
// only a package that itself establishes the fact.
var minters = map[string][]string{
	"MintReceipt": {"revocation"},
	"MintInUse":   {"usage"},
	"MintUnused":  {"usage"},
}

// violations lists every use of a Mint function in the file that its
// directory (slash-separated, relative to the module root) has no right to.
// Any mention counts, not only a call: a function value can be called later.
func violations(file *ast.File, dir string) []string {
	name := ""
	for _, imp := range file.Imports {
		if p, _ := strconv.Unquote(imp.Path.Value); p == proofPath {
			name = path.Base(proofPath)
			if imp.Name != nil {
				name = imp.Name.Name
			}
		}
	}
	if name == "" {
		return nil
	}
	if name == "." {
		return []string{"imports internal/proof with a dot, which hides its constructors"}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && pkg.Name == name && strings.HasPrefix(sel.Sel.Name, "Mint") &&
			!slices.Contains(minters[sel.Sel.Name], dir) {
			found = append(found, "uses proof."+sel.Sel.Name)
		}
		return true
	})
	return found
}

// TestOnlyVerifiersMint reads the whole module, nested modules included. Test
// files are free to mint: they are in nobody's binary.
func TestOnlyVerifiersMint(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	read := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "testdata" || (len(d.Name()) > 2 && strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("%s: %w", rel, err)
		}
		read++
		for _, v := range violations(parsed, path.Dir(filepath.ToSlash(rel))) {
			t.Errorf("%s %s", rel, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 2 {
		t.Errorf("read only %d files: the walk does not see the module", read)
	}
}

func TestViolationsAreSeen(t *testing.T) {
	t.Parallel()
	const imp = `import "` + proofPath + `"` + "\n"
	const renamed = `import p "` + proofPath + `"` + "\n"
	for _, tc := range []struct {
		name, dir, src string
		want           int
	}{
		{"store mints receipts", "revocation", imp + "var _ = proof.MintReceipt(k, r)", 0},
		{"keys may not", "keys", imp + "var _ = proof.MintReceipt(k, r)", 1},
		{"function value", "keys", imp + "var f = proof.MintInUse", 1},
		{"renamed import", "keys", renamed + "var f = p.MintUnused", 1},
		{"dot import", "usage", `import . "` + proofPath + `"`, 1},
		{"subdirectory", "revocation/x", imp + "var f = proof.MintReceipt", 1},
		{"unknown constructor", "usage", imp + "var f = proof.MintAnything", 1},
		{"only reading", "keys", imp + "func f(r proof.Receipt) bool { return r.Valid() }", 0},
		{"another package", "keys", `import "example.com/proof"` + "\nvar f = proof.MintReceipt", 0},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+tc.src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(tc.name, err)
		}
		if got := violations(file, tc.dir); len(got) != tc.want {
			t.Errorf("%s: %v, want %d", tc.name, got, tc.want)
		}
	}
}
