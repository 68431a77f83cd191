package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/internal/address"
	safe "github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
)

//go:embed usage.txt
var usageText string

// output is what the program says: results on stdout, the rest on stderr.
type output struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	json           bool
	verbose        bool
	lang           string // of people
	pageLang       string // of -lang; empty: the device's
	text           rekey.TextOptions
	progress       progress
	failed         error           // what was told already
	noted          map[string]bool // notices that were
	reported       bool
}

func newOutput(stdout, stderr io.Writer, c *config, env program.Env) *output {
	o := &output{stdout: stdout, stderr: stderr, json: c.json, verbose: c.verbose, lang: string(c.flags.Voice(program.Env(env)).Lang), pageLang: c.lang}
	o.text = rekey.TextOptions{
		Language: o.lang, Width: terminal.Width(stdout, env), Verbose: c.verbose, Colour: terminal.Colours(stdout, env), Names: flagNames, Dir: c.state, Exit: true,
	}
	o.progress = newProgress(stderr, env, wording.Lang(o.lang), c.verbose)
	o.noted = map[string]bool{}
	return o
}

// event shows what goes on.
func (o *output) event(e rekey.Event) {
	if e.Kind == rekey.EventNotice {
		o.mu.Lock()
		o.noted[e.Text] = true
		o.mu.Unlock()
	}
	o.progress.event(e)
}

// untold are the notices of a report but for those that whoever reads it read
// already, as it went on.
func (o *output) untold(notices []string) []string {
	if o.verbose || !terminal.Same(o.stdout, o.stderr) {
		return notices
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(notices), func(text string) bool { return o.noted[safe.Text(strings.ReplaceAll(text, "\n", "; "))] })
}

func (o *output) close() { o.progress.close() }

// show prints a part of the result as soon as it is known, for people.
func (o *output) show(text string) {
	if o.json {
		return
	}
	o.progress.pause()
	fmt.Fprintln(o.stdout, strings.TrimRight(printable(text), "\n")+"\n")
}

// showPlan prints a plan: the whole of it where nothing follows.
func (o *output) showPlan(p *rekey.Plan, brief bool) {
	text := o.text
	text.Brief = brief && !o.verbose
	if text.Colour { // printable would take it out
		o.progress.pause()
		fmt.Fprintln(o.stdout, p.Text(&text))
		return
	}
	o.show(p.Text(&text))
}

func (o *output) print(usage string) int {
	if o.json {
		fmt.Fprint(o.stderr, usage)
		return o.finish(nil, nil)
	}
	fmt.Fprint(o.stdout, usage)
	return exitDone
}

// report prints how a run ended: the error, what to do about it, and the report
// with its verdict.
func (o *output) report(report *rekey.Report, err error) {
	if o.json || report == nil || report.Plan == nil {
		return
	}
	told := o.fail(report, err)
	shown, text := *report, o.text
	if told && terminal.Same(o.stdout, o.stderr) {
		shown.Error = "" // told already
	}
	shown.Exit = exitOf(report, err)
	shown.Notices = o.untold(shown.Notices)
	if report.Plan != nil && (len(report.Tasks) > 0 || err != nil) {
		text.File = o.save(report)
	}
	o.reported = true
	if text.Colour {
		fmt.Fprint(o.stdout, shown.Text(&text))
		return
	}
	fmt.Fprint(o.stdout, printable(shown.Text(&text)))
}

// save keeps the whole of a report with the state: what a person has to compare
// must be to be found tomorrow. The name is empty if it could not be.
func (o *output) save(r *rekey.Report) string {
	if o.text.Dir == "" {
		return ""
	}
	whole := rekey.TextOptions{Language: o.lang, Verbose: true, Names: flagNames, Dir: o.text.Dir}
	dir := filepath.Join(o.text.Dir, "reports")
	name := filepath.Join(dir, fileName(address.Host(r.Device.URL))+"-"+r.Ended.UTC().Format("20060102-150405")+".txt")
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(name, []byte(printable(r.Text(&whole))), 0o600)
	}
	if err != nil {
		o.progress.note("the report could not be kept: " + err.Error())
		return ""
	}
	return name
}

// fileName makes a text part of a file's name.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-", r) {
			return r
		}
		return '_'
	}, s)
}

// advice is what to do about an error, on the machine that it is about.
func (o *output) advice(err error) []string {
	lines := advice(err, o.pageLang)
	other, isOther := errors.AsType[*rekey.OtherError](err)
	for i, line := range lines {
		if strings.HasPrefix(line, "| ") {
			continue // of a page
		}
		if lines[i] = o.told(line); isOther {
			lines[i] = forOther(lines[i])
		}
	}
	if isOther && len(lines) > 0 {
		lines = slices.Insert(lines, 0, o.told("This is about -other "+other.URL+": the flags -other-... go right after it."))
	}
	return lines
}

// fail tells an error and what to do about it, once. What was withheld on purpose, or
// is waited for, the report says: then it is not told.
func (o *output) fail(report *rekey.Report, err error) (told bool) {
	o.progress.pause()
	if err == nil || o.failed == err {
		return false
	}
	o.failed = err
	exit := exitOf(report, err)
	told = report == nil || report.Plan == nil || o.json || exit.Class != rekey.ExitDecision && exit.Class != rekey.ExitWaiting || len(o.advice(err)) > 0
	if told {
		text := strings.ReplaceAll(o.told(err.Error()), "\n", "\n  ")
		fmt.Fprintln(o.stderr, wording.Wrap("remediate: "+text, o.text.Width, 2))
	}
	for _, line := range o.advice(err) {
		if strings.HasPrefix(line, "| ") { // of a page
			fmt.Fprintln(o.stderr, "  "+wording.Fit(oneLine(line), o.text.Width-2))
			continue
		}
		fmt.Fprintln(o.stderr, wording.Wrap("  "+line, o.text.Width, 2))
	}
	return told
}

// finish prints how it ended, as far as that was not told, and returns the exit
// code. A report may be missing: whoever reads JSON gets an object all the same.
func (o *output) finish(report *rekey.Report, err error) int {
	o.fail(report, err)
	exit := exitOf(report, err)
	if o.json {
		if werr := writeJSON(o.stdout, report, err); werr != nil {
			fmt.Fprintln(o.stderr, "remediate: writing the report: "+werr.Error())
			return max(exit.Code, exitFailed)
		}
		return exit.Code
	}
	if err != nil && !o.reported {
		l := wording.Lang(o.lang)
		fmt.Fprintln(o.stderr, wording.Wrap(l.Ending(exit.Code, string(exit.Class)), o.text.Width, 2))
	}
	return exit.Code
}

// told is something that the library or this program says, in the reader's language
// and terms.
func (o *output) told(text string) string {
	return printable(named(program.Plainly(wording.Lang(o.lang).Sentence(text))))
}

const leftText = "Run again: it finds out how far this run came."

// left is the end of a run that was stopped at once. What it was doing goes on until
// the process ends, so nothing of it is looked at.
func (o *output) left(err error) int {
	o.progress.pause()
	fmt.Fprintln(o.stderr, wording.Wrap("remediate: "+o.told(err.Error()), o.text.Width, 2))
	fmt.Fprintln(o.stderr, wording.Wrap("  "+o.told(leftText), o.text.Width, 2))
	if o.json {
		if werr := writeJSON(o.stdout, nil, err); werr != nil {
			fmt.Fprintln(o.stderr, "remediate: writing the report: "+werr.Error())
		}
	}
	return exitInterrupted
}

// writeJSON writes the one object of -json. Lists are never null in it.
func writeJSON(w io.Writer, report *rekey.Report, err error) error {
	if report == nil {
		report = new(rekey.Assessment).Report(nil) // nothing was seen
	}
	r := *report
	r.Exit = exitOf(report, err)
	r.Error = cmp.Or(r.Error, errorText(err))
	text, err := json.MarshalIndent(&r, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(safe.JSON(text), '\n'))
	return err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
