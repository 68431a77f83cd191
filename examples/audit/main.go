// Command audit says whether the audit log and the report of a fleet are as they were
// written. See -help and docs/fleet.md.
package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/internal/printable"
)

//go:embed usage.txt
var usageText string

const (
	exitChanged = 1
	exitUsage   = 2
)

func main() {
	program.Main(func(context.Context) int { return run(os.Args[1:], os.Stdout, os.Stderr) })
}

// check is one call.
type check struct {
	key  *audit.Verifier
	kept [][]byte
	out  io.Writer
	bad  bool

	logs      int
	manifests map[string]bool // hashes that a log has
	reports   map[string]string
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := program.NewFlags(usageText)
	c := &check{out: stdout, manifests: map[string]bool{}, reports: map[string]string{}}
	flags.Func("key", "", func(text string) (err error) {
		if c.key, err = audit.ParseVerifier(text); err != nil {
			c.key, err = audit.LoadVerifier(text)
		}
		return err
	})
	flags.Func("head", "", func(path string) error {
		head, err := os.ReadFile(path)
		c.kept = append(c.kept, head)
		return err
	})
	err := flags.Parse(args)
	if err == nil && c.key == nil {
		err = errors.New("-key is missing: whoever could change the files could have written the key beside them")
	}
	if err == nil && flags.NArg() == 0 {
		err = errors.New("no log, report or archive is named")
	}
	for _, path := range flags.Args() {
		if err == nil {
			_, err = os.Stat(path)
		}
	}
	if err != nil {
		return flags.End(err, exitUsage, stdout, stderr)
	}
	for _, path := range flags.Args() {
		if info, err := os.Stat(path); err == nil && (info.IsDir() || filepath.Ext(path) == ".zip") {
			c.bundle(path)
		} else {
			c.log(path)
		}
	}
	if c.logs > 0 {
		for path, hash := range c.reports {
			if !c.manifests[hash] {
				c.say(path, errors.New("it is signed, and the log does not know it: it is of another run, or was made later"))
			}
		}
	}
	if c.bad {
		return exitChanged
	}
	return 0
}

// say tells what is wrong with a file.
func (c *check) say(path string, err error) {
	c.bad = true
	fmt.Fprintf(c.out, "CHANGED  %s: %s\n", printable.Text(path), printable.Text(err.Error()))
}

func (c *check) log(path string) {
	c.logs++
	devices := 0
	head, err := audit.VerifyFile(path, c.key, c.kept, func(line int, entry json.RawMessage) error {
		var e struct {
			Kind     string `json:"kind"`
			Manifest string `json:"manifestSHA256"`
		}
		if json.Unmarshal(entry, &e) == nil { // another program's entries are others
			if e.Kind == "result" {
				devices++
			}
			if e.Manifest != "" {
				c.manifests[e.Manifest] = true
			}
		}
		return nil
	})
	if err != nil {
		c.say(path, err)
		return
	}
	fmt.Fprintf(c.out, "as written  %s: %d lines, %d results of devices, signed by %s\n", printable.Text(path), head.Lines, devices, c.key.Name())
}

func (c *check) bundle(path string) {
	n, err := report.Verify(path, c.key)
	if err != nil {
		c.say(path, err)
		return
	}
	fmt.Fprintf(c.out, "as written  %s: %d files, signed by %s\n", printable.Text(path), n, c.key.Name())
	// Of an archive the log knows the directory that it stands in.
	if manifest, err := os.ReadFile(filepath.Join(path, report.Manifest)); err == nil {
		c.reports[path] = fmt.Sprintf("%x", sha256.Sum256(manifest))
	} else if !errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(path, ".zip") {
		c.say(path, err)
	}
}
