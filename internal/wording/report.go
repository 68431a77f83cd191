package wording

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/row"
)

// Options say for whom a text is.
type Options struct {
	Lang    Lang
	Width   int               // cells of a line; zero: lines are not broken
	Verbose bool              // all there is
	Colour  bool              // with the escape sequences of terminals
	Names   map[string]string // what the reader calls an option, by its Go name
	Dir     string            // the state directory, before the files in it; empty: not known
}

// State is what became of a usage.
type State int

// The states, those that want somebody's attention last.
const (
	Stays    State = iota // nothing had to be done
	Done                  // replaced and proved
	Planned               // will be replaced
	Bound                 // replaced and not proved
	NotDone               // not come to
	Waiting               // for a certificate, say
	Withheld              // on purpose
	Failed
)

// Usage is what became of one usage of a key.
type Usage struct {
	Use, Policy string
	State       State
	Old, New    string // names of keys; Old empty: not known
	Spec, Until string // of a key to be made: its kind, the last day of its certificate
	Proof       string
	Reason      string // why, in the library's words
	// Deletes: the old key goes.
	Deletes bool
}

// Step is a step that was taken, or not.
type Step struct {
	Outcome, ID, Use, Policy string
	Note                     string // in the library's words
}

// Task is something for people to do.
type Task struct {
	ID, Title, Text string
	Use, Policy     string
	// Facts are what its title cannot do without.
	Facts []string
}

// Report is a report as far as people read it.
type Report struct {
	Device, Controller, URL string
	Firmware                string // fixed, vulnerable, …
	Usages                  []Usage
	Tasks                   []Task
	Restarts, Requests      int
	Took                    time.Duration
	Error                   string // of several things, a line each
	Class                   string // of the end
	Code                    int
	ShowCode                bool     // programs have exit codes
	Evidence                []string // files
	Revocations             []string // sentences
	Unrevoked               int      // of them about something to be done
	Notices                 []string
	Labels                  []string // unverified ones, each in words
	Steps                   []Step
	File                    string // where all of it is to be read; empty: nowhere
}

// text builds a text line by line.
type text struct {
	Options
	b strings.Builder
}

// line adds a line that is broken where it must be.
func (t *text) line(indent, hang int, s string) {
	t.b.WriteString(Wrap(strings.Repeat(" ", indent)+s, t.Width, hang))
	t.b.WriteByte('\n')
}

func (t *text) gap() { t.b.WriteByte('\n') }

// colours of the states.
var colours = map[State]string{Done: "\x1b[32m", Planned: "\x1b[32m", Bound: "\x1b[33m", NotDone: "\x1b[33m", Waiting: "\x1b[33m", Withheld: "\x1b[33m", Failed: "\x1b[31m"}

const (
	bold  = "\x1b[1m"
	plain = "\x1b[0m"
)

// paint colours what has been broken into lines already.
func (t *text) paint(s, colour string) string {
	if !t.Colour || colour == "" || s == "" {
		return s
	}
	return colour + s + plain
}

// Text is the report for people.
func (r *Report) Text(o Options) string {
	t := &text{Options: o}
	r.verdict(t, true)
	t.usages(r.Usages)
	if r.Error != "" && r.Class != "decision" { // that is the reasons again
		t.gap()
		whys := strings.Split(once(r.Error), "\n") // errors of several things have a line each
		first := o.Lang.say("Error: %s", o.sentence(whys[0]))
		if r.Class == "waiting" { // which is none
			first = o.Lang.say("Waiting: %s", o.sentence(whys[0]))
		}
		t.line(0, 2, first)
		for _, why := range whys[1:] {
			t.line(2, 2, o.sentence(why))
		}
	}
	r.tasks(t)
	r.rest(t)
	t.gap()
	r.verdict(t, r.Code != 0)
	if r.ShowCode {
		t.line(0, 2, o.Lang.say("Exit code %d: %s.", r.Code, o.Lang.Class(r.Class)))
	}
	return t.b.String()
}

// verdict is how it ended and what comes next.
func (r *Report) verdict(t *text, next bool) {
	l := t.Lang
	head := r.Device
	if r.Controller != "" && t.Verbose {
		head += ", " + l.say("controller %s", r.Controller)
	}
	text := l.say("%s at %s: %s", head, r.URL, r.result(l))
	if r.Restarts > 0 {
		text += l.say("; %s", l.count(r.Restarts, "%d restart", "%d restarts"))
	}
	for i, line := range strings.Split(Wrap(text+l.say("."), t.Width, 2), "\n") {
		if i > 0 {
			t.b.WriteByte('\n')
		}
		t.b.WriteString(t.paint(line, bold))
	}
	t.gap()
	if what := r.next(t.Options); what != "" && next {
		t.line(0, 2, l.say("Next: %s", what))
	}
}

// result counts the usages.
func (r *Report) result(l Lang) string {
	counts := map[State]int{}
	affected := 0
	for _, u := range r.Usages {
		counts[u.State]++
		if u.State != Stays {
			affected++
		}
	}
	if affected == 0 {
		switch r.Class {
		case "done":
			return l.say("nothing to do")
		case "firmware":
			return l.say("its firmware still makes weak keys")
		}
		return l.say("nothing was done")
	}
	parts := []string{l.say("%[1]d of %[2]d usages done", counts[Done], affected)}
	if affected == 1 {
		parts[0] = l.say("%[1]d of %[2]d usage done", counts[Done], affected)
	}
	for _, s := range unproved {
		if n := counts[s.state]; n > 0 {
			parts = append(parts, l.say(s.text, n))
		}
	}
	return l.And(parts)
}

// unproved are the states of what is not done, as they are counted.
var unproved = []struct {
	state State
	text  string
}{{Planned, "%d to be done"}, {Bound, "%d not proved"}, {Withheld, "%d withheld"}, {Waiting, "%d waiting"}, {Failed, "%d failed"}, {NotDone, "%d not come to"}}

// next is the most urgent thing to do.
func (r *Report) next(o Options) string {
	l := o.Lang
	var nexts []string
	for _, u := range r.Usages {
		if u.State == Withheld && r.Class == "decision" {
			if n := o.next(u.Reason); n != "" && !slices.Contains(nexts, n) {
				nexts = append(nexts, n)
			}
		}
	}
	if len(nexts) > 0 {
		return strings.Join(nexts, l.say("; ")) + l.say(".")
	}
	if advice := classNext[r.Class]; advice != "" {
		return l.say(advice)
	}
	if n := len(r.listed(o)); n > 0 {
		return l.count(n, "%d thing is left for people, below.", "%d things are left for people, below; the first is the most urgent.")
	}
	return ""
}

// usages are a line each, and each reason once behind them.
func (t *text) usages(us []Usage) {
	if len(us) == 0 {
		return
	}
	t.gap()
	var reasons []string
	note := func(u Usage) string {
		if u.Reason == "" || u.State == Done && !t.Verbose {
			return ""
		}
		said := t.reason(anyPlace(u))
		if !slices.Contains(reasons, said) {
			reasons = append(reasons, said)
		}
		return fmt.Sprintf(" [%d]", slices.Index(reasons, said)+1)
	}
	var rows [][3]string
	names, states := 0, 0
	for _, u := range us {
		row := [3]string{t.Lang.Usage(u.Use, u.Policy), t.Lang.say(stateWords[u.State]), t.detail(u) + note(u)}
		names, states = max(names, Cells(row[0])), max(states, Cells(row[1]))
		rows = append(rows, row)
	}
	if t.Width > 0 {
		names = min(names, t.Width/3)
	}
	indent := 2 + names + 2 + states + 2
	for i, row := range rows {
		width := 0
		if t.Width > 0 {
			width = max(10, t.Width-indent)
		}
		for j, line := range strings.Split(Wrap(row[2], width, 0), "\n") {
			if j > 0 {
				t.b.WriteString(strings.Repeat(" ", indent) + line + "\n")
				continue
			}
			state := t.paint(row[1], colours[us[i].State]) + strings.Repeat(" ", states-Cells(row[1]))
			t.b.WriteString("  " + Pad(Fit(row[0], names), names) + "  " + state + "  " + line + "\n")
		}
	}
	for i, reason := range reasons {
		t.line(2, 4, fmt.Sprintf("[%d] %s", i+1, reason))
	}
}

// anyPlace is a usage's reason without the name of the usage, so that what holds
// of several is said once.
func anyPlace(u Usage) string {
	for _, title := range []string{English.Usage(u.Use, u.Policy), fmt.Sprintf("%s policy %q", English.Usage(u.Use, ""), u.Policy)} {
		u.Reason = strings.ReplaceAll(u.Reason, "whoever "+title+" talks to", "whoever "+anyone+" talks to")
	}
	return u.Reason
}

// English is the language of the library's own texts.
const English Lang = "en"

var stateWords = map[State]string{
	Stays: "stays", Done: "done", Planned: "to do", Bound: "not proved", NotDone: "not done", Waiting: "waiting", Withheld: "withheld", Failed: "failed",
}

func (t *text) detail(u Usage) string {
	l := t.Lang
	old := u.Old
	if old == "" {
		old = l.say("whatever key it may have")
	}
	switch u.State {
	case Done, Bound:
		change := l.say("%[1]s → %[2]s", old, u.New)
		if old == u.New {
			change = l.say("%s, renewed in place", old)
		}
		if u.State == Done {
			return l.say("%[1]s, verified (%[2]s)", change, l.Sentence(u.Proof))
		}
		return change
	case Planned:
		if old == u.New {
			return l.say("%s, renewed in place", old)
		}
		change := l.say("%[1]s → %[2]s", old, u.New)
		switch {
		case u.Spec != "" && u.Until != "":
			change += l.say(" (%[1]s, until %[2]s)", u.Spec, u.Until)
		case u.Spec != "":
			change += l.say(" (%s)", u.Spec)
		}
		return change
	case Stays:
		return old
	}
	return l.say("%s stays for now", old)
}

// tasks are a line each, or all of it.
func (r *Report) tasks(t *text) {
	if len(r.Tasks) == 0 {
		return
	}
	t.gap()
	t.line(0, 2, t.Lang.say("Left for people, the most urgent first (P-2 and the like: docs/procedure.md):"))
	for i, task := range r.listed(t.Options) {
		if t.Verbose && i > 0 {
			t.gap()
		}
		n := fmt.Sprintf("%2d. ", i+1)
		t.line(0, len(strings.TrimLeft(n, " ")), n+task.Title+" ("+task.ID+")")
		if !t.Verbose {
			for _, f := range task.Facts {
				t.line(len(n), 2, f)
			}
			continue
		}
		_, rest, _ := strings.Cut(strings.TrimSpace(task.Text), "\n")
		for line := range strings.SplitSeq(strings.TrimSpace(rest), "\n") {
			t.line(4, hanging(line), line)
		}
	}
}

// several are the titles of the same task for several usages.
var several = map[string]string{row.EnableNew: "Register the new certificates of the machine as trusted: %s."}

// listed are the tasks as they are shown: where they are a line each, the same for
// several usages is one of them.
func (r *Report) listed(o Options) (all []Task) {
	places := map[string][]string{}
	for _, task := range r.Tasks {
		at := slices.IndexFunc(all, func(other Task) bool { return other.ID == task.ID })
		if title := several[task.ID]; title != "" && !o.Verbose {
			places[task.ID] = append(places[task.ID], o.Lang.Usage(task.Use, task.Policy))
			if at >= 0 {
				all[at].Title = o.Lang.say(title, o.Lang.And(places[task.ID]))
				continue
			}
		}
		all = append(all, task)
	}
	return all
}

// hanging is how far the lines after the first of an item of a list are set in.
func hanging(line string) int {
	item := strings.TrimLeft(line, " ")
	if mark, _, ok := strings.Cut(item, " "); ok && (mark == "-" || strings.Trim(mark, "0123456789") == ".") {
		return len(mark) + 1
	}
	return 0
}

// rest is what somebody may want to look at.
func (r *Report) rest(t *text) {
	l := t.Lang
	begun := false
	say := func(s string) {
		if !begun {
			t.gap()
		}
		begun = true
		if first, path, ok := strings.Cut(s, "\n"); ok {
			t.line(0, 2, first)
			t.b.WriteString(path + "\n")
			return
		}
		t.line(0, 2, s)
	}
	if t.Verbose {
		for _, s := range r.Steps {
			say(t.step(s))
		}
	}
	for _, n := range r.Notices {
		say(l.say("note: %s", t.sentence(n)))
	}
	if t.Verbose {
		for _, s := range r.Labels {
			say(l.say("note: %s", t.sentence(s)))
		}
	} else if n := len(r.Labels); n > 0 {
		say(l.count(n, "note: %d label was used that nobody has verified on a real device (-v shows it).",
			"note: %d labels were used that nobody has verified on a real device (-v lists them)."))
	}
	if t.Verbose || r.Unrevoked > 0 {
		for _, s := range r.Revocations {
			say(t.sentence(s))
		}
	}
	if len(r.Evidence) > 0 {
		if t.Verbose {
			for _, e := range r.Evidence {
				say(l.say("Evidence: %s", t.path(e)))
			}
		} else {
			say(t.pasted(l.count(len(r.Evidence), "Evidence of %d old key, for a CA that asks:", "Evidence of %d old keys, for a CA that asks:"), t.path(folder(r.Evidence[0]))))
		}
	}
	if r.File != "" {
		say(t.pasted(l.say("All of it, with fingerprints and steps for people:"), Quote(r.File)))
	}
	if t.Verbose {
		say(l.say("firmware: %[1]s; %[2]s, %[3]s", l.Sentence(r.Firmware), l.count(r.Requests, "%d request", "%d requests"), l.duration(r.Took)))
	}
}

// step is the line of a step.
func (t *text) step(s Step) string {
	said := t.Lang.Usage(s.Use, s.Policy)
	if s.Note != "" {
		said = t.Lang.say("%[1]s: %[2]s", said, t.sentence(s.Note))
	}
	return fmt.Sprintf("%s %-4s %s", Pad(t.Lang.Sentence(s.Outcome), 9), s.ID, said)
}

// pasted is a text with a path behind it, or below it where a line has no room for
// both: a path is not broken, so that it can be pasted.
func (t *text) pasted(text, path string) string {
	if t.Width > 0 && Cells(text)+1+Cells(path) > t.Width {
		return text + "\n  " + path
	}
	return text + " " + path
}

func folder(file string) string {
	i := strings.LastIndexByte(file, '/')
	return file[:i+1]
}

// path is a file of the state directory as a shell takes it.
func (t *text) path(file string) string {
	if t.Dir != "" {
		file = strings.TrimSuffix(t.Dir, "/") + "/" + file
	}
	return Quote(file)
}

// Quote makes a path one word for a shell.
func Quote(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%,=", r)
	}
	if path != "" && !strings.ContainsFunc(path, func(r rune) bool { return !plain(r) }) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
