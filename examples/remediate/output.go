package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rekey-go/rekey"
)

//go:embed usage.txt
var usageText string

// output is what the program says: results on stdout, the rest on stderr.
type output struct {
	stdout, stderr io.Writer
	json           bool
	progress       progress
}

func newOutput(stdout, stderr io.Writer, asJSON bool, env lookupEnv) *output {
	return &output{stdout: stdout, stderr: stderr, json: asJSON, progress: newProgress(stderr, env)}
}

func (o *output) close() { o.progress.close() }

// show prints a part of the result as soon as it is known, for people.
func (o *output) show(text string) {
	if o.json {
		return
	}
	o.progress.pause()
	fmt.Fprintln(o.stdout, printable(text))
}

func (o *output) help() int {
	if o.json {
		fmt.Fprint(o.stderr, usageText)
		return o.finish(nil, nil)
	}
	fmt.Fprint(o.stdout, usageText)
	return exitDone
}

// finish prints how it ended and returns the exit code. A report may be
// missing: whoever reads JSON gets an object all the same.
func (o *output) finish(report *rekey.Report, err error) int {
	o.progress.pause()
	if err != nil {
		fmt.Fprintln(o.stderr, "remediate: "+printable(err.Error()))
		for _, line := range advice(err) {
			fmt.Fprintln(o.stderr, "  "+printable(line))
		}
	}
	code := exitCode(err)
	if o.json {
		if werr := writeJSON(o.stdout, report, err); werr != nil {
			fmt.Fprintln(o.stderr, "remediate: writing the report: "+werr.Error())
			code = max(code, exitFailed)
		}
	}
	return code
}

// writeJSON writes the one object of -json. Lists are never null in it.
func writeJSON(w io.Writer, report *rekey.Report, err error) error {
	if report == nil {
		report = new(rekey.Assessment).Report(nil) // nothing was seen
	}
	r := *report
	if err != nil && r.Error == "" {
		r.Error = err.Error()
	}
	text, err := json.MarshalIndent(&r, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeJSON(text), '\n'))
	return err
}
