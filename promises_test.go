package rekey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// documents are what users read, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{"README.md": contents(t, "README.md")}
	pages, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(pages) < 15 {
		t.Fatal(len(pages), err)
	}
	for _, path := range pages {
		all[path] = contents(t, path)
	}
	return all
}

// spans are what a text shows as code: what stands between backticks, and the
// lines of fences.
func spans(text string) (all []string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			all = append(all, strings.Split(part, "\n")...)
			continue
		}
		for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(part, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

// goFiles calls do with each Go file of the module and of those in it.
func goFiles(t *testing.T, do func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			do(path, contents(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A flag that a document names is one of a program, of a test or of the go command.
func TestDocumentedFlags(t *testing.T) {
	t.Parallel()
	flags := map[string]bool{"help": true}
	for _, name := range []string{"run", "v", "race", "timeout", "count", "bench", "benchmem", "benchtime", "tags", "C", "h"} { // go test
		flags[name] = true
	}
	binds := regexp.MustCompile(`\.(?:\w+Var|Func|BoolFunc|Bool|String|Int|Uint64|Duration)\((?:&[\w.]+, )?"([a-zA-Z0-9-]+)"`)
	goFiles(t, func(_, text string) {
		for _, m := range binds.FindAllStringSubmatch(text, -1) {
			flags[m[1]] = true
		}
	})
	asked, seen := regexp.MustCompile(`(?:^|[ (])-([a-z][a-z0-9-]+)`), 0
	for path, text := range documents(t) {
		for _, span := range spans(text) {
			if !strings.HasPrefix(span, "-") && !regexp.MustCompile(`^(remediate|survey|revocation|checkkey|go (run|test)) `).MatchString(span) {
				continue
			}
			for _, m := range asked.FindAllStringSubmatch(span, -1) {
				if seen++; !flags[m[1]] {
					t.Errorf("%s: `%s`: -%s is no flag", path, span, m[1])
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d flags", seen)
	}
}

// Fields and functions that documents name are there.
func TestDocumentedNames(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{} // "rekey.Assess", and of methods and fields "Report.Exit"
	goFiles(t, func(path, text string) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "internal") || strings.Contains(path, "testdata") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		declare(f, declared)
	})
	qualified := regexp.MustCompile(`^\*?((?:rekey|keys|usage|remoteui|revocation|revoker|issuer|scep|keycheck|remoteuitest|models)\.[A-Z]\w*|(?:Options|Device|Report|Assessment|Plan|Config|Verifier)\.[A-Z]\w*)`)
	seen := 0
	for path, text := range documents(t) {
		for _, span := range spans(text) {
			if m := qualified.FindStringSubmatch(span); m != nil {
				if seen++; !declared[m[1]] {
					t.Errorf("%s: `%s`: %s is not there", path, span, m[1])
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("%d names", seen)
	}
}

// declare notes what a file declares.
func declare(f *ast.File, names map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			of := f.Name.Name
			if d.Recv != nil {
				t := d.Recv.List[0].Type
				if p, ok := t.(*ast.StarExpr); ok {
					t = p.X
				}
				if id, ok := t.(*ast.Ident); ok {
					of = id.Name
				}
			}
			names[of+"."+d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names[f.Name.Name+"."+n.Name] = true
					}
				case *ast.TypeSpec:
					names[f.Name.Name+"."+s.Name.Name] = true
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, field := range st.Fields.List {
							for _, n := range field.Names {
								names[s.Name.Name+"."+n.Name] = true
							}
						}
					}
				}
			}
		}
	}
}

// Links lead to headings that are there, and paths in code to files.
func TestDocumentedPlaces(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^):#]*)#([^)]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	file := regexp.MustCompile(`^(?:docs|internal|remoteui|keys|usage|revocation|scep|models|keycheck|examples|\.ci)/[\w./-]+$`)
	seen := 0
	for path, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := path
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(path), m[1])
			}
			var anchors []string
			for _, h := range heading.FindAllStringSubmatch(contents(t, to), -1) {
				anchor := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(h[1]), "")
				anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
			}
			if seen++; !slices.Contains(anchors, m[2]) {
				t.Errorf("%s: no heading #%s in %s", path, m[2], to)
			}
		}
		for _, span := range spans(text) {
			if file.MatchString(span) {
				if _, err := os.Stat(filepath.FromSlash(span)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				seen++
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d places", seen)
	}
}

// The figures of docs/limits.md are those of the code: whoever changes one meets
// the other here.
func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ file, promise, source, code string }{
		{"docs/limits.md", "10,000 requests, 1 h of waiting", "remoteui/limits.go", `maxRequests = 10_000`},
		{"docs/limits.md", "1 h of waiting for answers", "remoteui/limits.go", `maxBusy = time.Hour`},
		{"docs/limits.md", "4 × `RequestTimeout`, 100 files; 16 MiB of files", "remoteui/limits.go", `pageTimes = 4`},
		{"docs/limits.md", "100 files", "remoteui/limits.go", `maxScriptFiles = 100`},
		{"docs/limits.md", "16 MiB of files", "remoteui/limits.go", `maxScriptBytes = 16 << 20`},
		{"docs/limits.md", "64 MiB of all frames", "remoteui/limits.go", `maxScriptMemory = 64 << 20`},
		{"docs/limits.md", "180 of 4,096 bytes", "remoteui/limits.go", `maxCookies = 180`},
		{"docs/limits.md", "180 of 4,096 bytes", "remoteui/limits.go", `maxCookie  = 4096`},
		{"docs/limits.md", "3 s for a look whether another port", "assess_device.go", `probeTime = 3 * time.Second`},
		{"docs/limits.md", "`Timeouts.Assess` (1 h)", "options.go", `Assess:   time.Hour`},
		{"docs/limits.md", "jobs a hundred times at most", "usage/jobs.go", `maxLooks = 100`},
		{"examples/remediate/usage.txt", "default 15m", "options.go", `Restart:  15 * time.Minute`},
		{"examples/remediate/usage.txt", "default ./rekey-state", "examples/remediate/flags.go", `defaultState = "./rekey-state"`},
		{"examples/remediate/usage.txt", "8443, 443, 631 and 5061", "assess_device.go", `defaultPorts = []int{8443, 443, 631, 5061}`},
		{"examples/remediate/usage.txt", "825d by that unless given", "keys/issuer/localca.go", `DefaultValidity = 825 * 24 * time.Hour`},
		{"examples/remediate/usage.txt", "at most 10y", "examples/remediate/values.go", `maxValidity = 3653 * day`},
		{"options.go", "before a restart; zero: 10 min", "options.go", `Jobs:     10 * time.Minute`},
		{"options.go", "making of one key; zero: 10 min", "options.go", `Generate: 10 * time.Minute`},
		{"options.go", "connections any more is waited for; zero: 15 min", "options.go", `Restart:  15 * time.Minute`},
		{"options.go", "restarts or makes a key;\n\t// zero: 2 s", "options.go", `Poll:     2 * time.Second`},
	} {
		if !strings.Contains(contents(t, filepath.FromSlash(tc.file)), tc.promise) {
			t.Errorf("%s does not say %q any more (%s has %s)", tc.file, tc.promise, tc.source, tc.code)
		}
		if !strings.Contains(contents(t, filepath.FromSlash(tc.source)), tc.code) {
			t.Errorf("%s does not have %s any more: %s says %q", tc.source, tc.code, tc.file, tc.promise)
		}
	}
}

// The doc comment of Report has its JSON field by field.
func TestDocumentedJSON(t *testing.T) {
	t.Parallel()
	_, comment, _ := strings.Cut(contents(t, "report.go"), "// Report is the result of a run")
	comment, _, _ = strings.Cut(comment, "type Report struct")
	rows := map[string]reflect.Type{
		"": reflect.TypeFor[rekey.Report](), "device": reflect.TypeFor[rekey.DeviceInfo](), "usages": reflect.TypeFor[rekey.UsageReport](),
		"steps": reflect.TypeFor[rekey.StepReport](), "evidence": reflect.TypeFor[rekey.EvidenceRef](), "exit": reflect.TypeFor[rekey.Exit](),
		"revocations": reflect.TypeFor[rekey.RevocationReport](), "unverifiedLabels": reflect.TypeFor[remoteui.UnverifiedLabel](), "tasks": reflect.TypeFor[rekey.Task](),
	}
	for name, typ := range rows {
		text := comment
		if name != "" {
			_, text, _ = strings.Cut(comment, `"`+name+`":`)
			text = text[:strings.IndexByte(text, '}')+1]
			if name == "usages" {
				_, text, _ = strings.Cut(comment, `"usages":`)
				text, _, _ = strings.Cut(text, "//	  \"steps\"")
			}
		}
		for _, field := range reflect.VisibleFields(typ) {
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if tag != "" && tag != "-" && !strings.Contains(text, `"`+tag+`"`) {
				t.Errorf("the comment of Report lacks %s.%s", name, tag)
			}
		}
	}
}
