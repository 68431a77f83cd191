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

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/report"
)

//go:embed usage.txt
var usageText string

const (
	exitChanged = 1
	exitUsage   = 2
)

func main() {
	program.Main(func(context.Context) int { return run(os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv) })
}

// check is one call.
type check struct {
	program.Voice
	key  *audit.Verifier
	kept [][]byte
	out  io.Writer
	json bool
	bad  bool
	all  []result

	logs      int
	manifests map[string]bool // hashes that a log has
	reports   map[string]string
}

// changedExit is how a run ends of which a file is not as it was written.
var changedExit = rekey.Exit{Code: exitChanged, Class: "changed", Retry: rekey.RetryNo}

func run(args []string, stdout, stderr io.Writer, env program.Env) int {
	flags := program.NewFlags(usageText)
	c := &check{out: stdout, manifests: map[string]bool{}, reports: map[string]string{}}
	flags.Func("key", "", func(text string) (err error) {
		if c.key, err = audit.ParseVerifier(text); err != nil {
			c.key, err = audit.LoadVerifier(text)
		}
		return err
	})
	flags.BoolVar(&c.json, "json", false, "")
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
		return flags.End(err, exitUsage, env, stdout, stderr)
	}
	c.Voice = flags.Voice(env)
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
	exit := rekey.ExitOf(nil)
	if c.bad {
		exit = changedExit
	}
	if c.json {
		if err := program.Object(stdout, struct {
			Files []result   `json:"files"`
			Exit  rekey.Exit `json:"exit"`
		}{c.all, exit}); err != nil {
			c.Fail(stderr, err)
			return exitChanged
		}
	}
	return exit.Code
}

// result is what is said of a file; of a report twice, where the log does not know it.
type result struct {
	Path    string `json:"path"`
	Written bool   `json:"as_written"`
	Signed  string `json:"signed_by,omitempty"`
	Error   string `json:"error,omitempty"`
}

// say tells what is wrong with a file.
func (c *check) say(path string, err error) {
	c.bad = true
	if c.all = append(c.all, result{Path: path, Error: err.Error()}); !c.json {
		c.Line(c.out, "CHANGED  %s: %s", path, err.Error())
	}
}

// written tells that a file is as it was written.
func (c *check) written(path, format string, args ...any) {
	if c.all = append(c.all, result{Path: path, Written: true, Signed: c.key.Name()}); !c.json {
		c.Line(c.out, format, args...)
	}
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
	c.written(path, "as written  %s: %d lines, %d results of devices, signed by %s", path, head.Lines, devices, c.key.Name())
}

func (c *check) bundle(path string) {
	n, err := report.Verify(path, c.key)
	if err != nil {
		c.say(path, err)
		return
	}
	c.written(path, "as written  %s: %d files, signed by %s", path, n, c.key.Name())
	// Of an archive the log knows the directory that it stands in.
	if manifest, err := os.ReadFile(filepath.Join(path, report.Manifest)); err == nil {
		c.reports[path] = fmt.Sprintf("%x", sha256.Sum256(manifest))
	} else if !errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(path, ".zip") {
		c.say(path, err)
	}
}
