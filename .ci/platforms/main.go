// Command platforms type-checks the module, its tests and all that they import,
// as the compiler does for other platforms:
//
//	go run ./.ci/platforms [-build] [GOOS/GOARCH ...]
//
// That finds what does not build there: a constant that overflows on 32 bits, a
// function that the system lacks, a dependency without files for the platform.
// It takes a fifteenth of the time of a build, since nothing is compiled; with
// -build it calls "go build" and "go vet" instead, which take a minute and more
// for each platform the first time.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// pkg is what "go list" says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
	DepOnly    bool // not of this module
	Error      *struct{ Err string }
}

// platforms are those on which README.md says that rekey builds, besides the one
// that the tests run on.
var platforms = []string{"windows/amd64", "darwin/arm64", "linux/arm64", "linux/386", "linux/arm", "freebsd/amd64"}

func main() {
	compile := flag.Bool("build", false, "build and vet, instead of type-checking")
	flag.Parse()
	if flag.NArg() > 0 {
		platforms = flag.Args()
	}
	look := check
	if *compile {
		look = build
	}
	errs := make([]error, len(platforms))
	var all sync.WaitGroup
	slots := make(chan struct{}, 2) // one takes 300 MB
	for i, platform := range platforms {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = look(platform)
		})
	}
	all.Wait()
	failed := false
	for i, platform := range platforms {
		if errs[i] == nil {
			fmt.Println(platform, "ok")
			continue
		}
		fmt.Printf("%s:\n%v\n", platform, errs[i])
		failed = true
	}
	if failed {
		os.Exit(1)
	}
}

// goCommand is the go command for a platform such as "linux/386".
func goCommand(platform string, args ...string) *exec.Cmd {
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	return cmd
}

func build(platform string) error {
	for _, do := range []string{"build", "vet"} {
		if out, err := goCommand(platform, do, "./...").CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", do, err, out)
		}
	}
	return nil
}

func check(platform string) error {
	_, goarch, _ := strings.Cut(platform, "/")
	sizes := types.SizesFor("gc", goarch)
	if sizes == nil {
		return errors.New("want GOOS/GOARCH")
	}
	cmd := goCommand(platform, "list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,ImportMap,DepOnly,Error", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c := checker{fset: token.NewFileSet(), sizes: sizes, done: map[string]*types.Package{"unsafe": types.Unsafe}}
	var errs []error
	ours := 0
	for d := json.NewDecoder(out); ; { // dependencies come first
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if strings.HasSuffix(p.ImportPath, ".test") || p.ImportPath == "unsafe" {
			continue // the main package of a test, which is generated
		}
		if !p.DepOnly {
			ours++
		}
		errs = append(errs, c.check(p)...)
	}
	if err := cmd.Wait(); err != nil {
		errs = append(errs, err)
	}
	if ours == 0 {
		errs = append(errs, errors.New("no package"))
	}
	return errors.Join(errs...)
}

type checker struct {
	fset  *token.FileSet
	sizes types.Sizes
	done  map[string]*types.Package
}

func (c *checker) check(p pkg) (errs []error) {
	if p.Error != nil {
		return []error{fmt.Errorf("%s: %s", p.ImportPath, p.Error.Err)}
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(c.fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return []error{err}
		}
		files = append(files, f)
	}
	config := types.Config{
		Sizes: c.sizes, IgnoreFuncBodies: p.DepOnly,
		Importer: importer(func(path string) (*types.Package, error) {
			if mapped := p.ImportMap[path]; mapped != "" {
				path = mapped
			}
			if had := c.done[path]; had != nil {
				return had, nil
			}
			return nil, fmt.Errorf("package %s is not there", path)
		}),
		Error: func(err error) { errs = append(errs, err) },
	}
	path, _, _ := strings.Cut(p.ImportPath, " ") // "a [b.test]" is a, compiled for b's tests
	c.done[p.ImportPath], _ = config.Check(path, c.fset, files, nil)
	return errs
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }
