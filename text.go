package rekey

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// safe makes a text of the device fit for a terminal.
func safe(s string) string { return printable.Text(s) }

func (p *Plan) summary() string {
	switch {
	case p.Empty() && p.open():
		return "nothing can be done now"
	case p.Empty():
		return "nothing to do"
	}
	var parts []string
	replaced, left := p.oldKeys()
	if replaced > 0 || left == 0 {
		parts = append(parts, count(replaced, "key to replace", "keys to replace"))
	}
	if left > 0 {
		parts = append(parts, count(left, "old key to delete", "old keys to delete"))
	}
	return strings.Join(append(parts, count(p.Restarts, "restart", "restarts")), ", ")
}

// oldKeys counts the keys that are to be replaced, and those that were and only have
// to go.
func (p *Plan) oldKeys() (replaced, left int) {
	names := map[string]bool{} // whether there is more to do than to delete it
	for _, c := range p.Changes {
		names[c.OldKey.Name] = names[c.OldKey.Name] || c.From != usage.FromDelete
	}
	for _, more := range names {
		if more {
			replaced++
		} else {
			left++
		}
	}
	return replaced, left
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// String shows the plan as a diff of the device: what goes, what comes, what
// stays, and why; and then the order of the work.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Device)
	for _, c := range p.Changes {
		c.write(&b)
	}
	for _, k := range p.Kept {
		mark := "  "
		if k.Unresolved {
			mark = "? "
		}
		fmt.Fprintf(&b, "\n%s%s keeps %s\n      because %s\n", mark, k.Title(), k.Key.text(), safe(k.Reason))
	}
	p.writeWork(&b)
	for _, n := range p.Notices {
		fmt.Fprintf(&b, "\nnote: %s\n", safe(n))
	}
	fmt.Fprintf(&b, "\nPlan: %s.\n", p.summary())
	return p.secrets.Message(b.String())
}

func (k KeyRef) text() string {
	if k.Name == "" {
		return "whatever key it may have"
	}
	return fmt.Sprintf("key %q", safe(k.Name))
}

// writeWork lists the steps in their order.
func (p *Plan) writeWork(b *strings.Builder) {
	if p.Empty() {
		return
	}
	b.WriteString("\nIn this order:\n")
	for i, text := range p.work() {
		fmt.Fprintf(b, "  %2d. %s\n", i+1, text)
	}
}

// work is what is to be done, in its order.
func (p *Plan) work() (all []string) {
	for i, s := range p.Steps {
		first := i == 0 || p.Steps[i-1].kind() != s.kind() || p.Steps[i-1].Row == row.Restart
		if text := p.stepText(s, first); text != "" && !s.Done {
			all = append(all, text)
		}
	}
	return all
}

// stepText says what is done in a step; empty: it is part of what was said of the
// one before. It may be the first of its kind in a row.
func (p *Plan) stepText(s Step, first bool) string {
	key := safe(s.Key)
	switch kind := s.kind(); {
	case kind == deleteStep && s.Use == "":
		return fmt.Sprintf("delete key %q, which an earlier run made and nothing needs", key)
	case kind == deleteStep && p.deletes(s.Key):
		return fmt.Sprintf("delete key %q; from then on there is no way back to it", key)
	case kind == recordStep && first:
		return "record the old certificates as evidence"
	case kind == probeStep:
		return fmt.Sprintf("make key %q and its CSR on the device, see by that whether the firmware makes sound keys, and delete the key again", key)
	case kind == renewStep && p.Probe != nil && p.Probe.By == BySignature:
		return "renew the device signature key in place, first of all: it shows whether the firmware makes sound keys"
	case kind == renewStep:
		return "renew the device signature key in place"
	case kind == exportStep:
		return "export the new certificate of the device signature, and test it"
	case kind == registerStep:
		return fmt.Sprintf("replace the S/MIME certificate on %s, which an earlier run could not", key)
	case kind == timerStep:
		return "switch the device's timer for automatic certificate requests on again"
	case kind == makeStep:
		return p.makingText(s.Key)
	case kind == tellStep:
		return fmt.Sprintf("have the new certificate of %s trusted (Distribute)", s.Title())
	case kind == chooseStep && s.Temporary:
		return fmt.Sprintf("bind key %q to %s, for one restart", key, s.Title())
	case kind == chooseStep:
		return fmt.Sprintf("bind key %q to %s", key, s.Title())
	case s.Row == row.Restart:
		return "restart the device (the printer is away for minutes)"
	case kind == effectStep && first:
		return "prove every new key: TLS by a fresh handshake, the others by their pages and the key list; test what can be seen"
	}
	return ""
}

// makingText says how a new key and its certificate come about.
func (p *Plan) makingText(name string) string {
	c := Change{} // of a plan that somebody has edited, the change may be missing
	if i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.New.Name == name }); i >= 0 {
		c = p.Changes[i]
	}
	switch {
	case c.Kind == ByCSR && c.From == usage.FromRequest:
		return fmt.Sprintf("go on with key %q, which waits for its certificate: have it issued, check it, register it", safe(name))
	case c.Kind == ByCSR:
		return fmt.Sprintf("make key %q and its CSR on the device, have the certificate issued, check it, register it", safe(name))
	case c.Kind == BySCEP && c.From == usage.FromRequest:
		return fmt.Sprintf("wait for the certificate of key %q, which the device has asked its SCEP server for", safe(name))
	case c.Kind == BySCEP:
		return fmt.Sprintf("have the device make key %q and ask its SCEP server for the certificate; its timer for that is off meanwhile", safe(name))
	}
	return fmt.Sprintf("make key %q on the device", safe(name))
}

func (c *Change) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", c.Title())
	sign := "- "
	if !c.DeleteOld {
		sign = "  "
	}
	fmt.Fprintf(b, "%s key %q%s\n      because %s\n", sign, safe(c.OldKey.Name), short(c.OldKey.SPKI), safe(c.Reason))
	fmt.Fprintf(b, "+  key %q, %s\n", safe(c.New.Name), describeSpec(c.New))
	if !c.DeleteOld {
		fmt.Fprintf(b, "   the old key is kept: %s\n", safe(c.Keep))
	}
}

func short(spki string) string {
	if len(spki) < 16 {
		return ""
	}
	return " (SPKI " + spki[:16] + "…)"
}

func describeSpec(s keys.Spec) string {
	switch {
	case s.Algorithm.IsZero():
		return "which is there already"
	case s.NotBefore.IsZero():
		return fmt.Sprintf("%s, %s, CN %s, issued by a CA", s.Algorithm, s.Hash, safe(s.CommonName))
	}
	return fmt.Sprintf("%s, %s, CN %s, %s to %s", s.Algorithm, s.Hash, safe(s.CommonName),
		s.NotBefore.Format("2006-01-02"), s.NotAfter.Format("2006-01-02"))
}

// sentence says how far the revocation of a certificate has come.
func (r *RevocationReport) sentence() string {
	said := map[revocation.Outcome]string{
		revocation.OutcomeNothing: "nothing to revoke: " + r.Reason, revocation.OutcomeKept: "not revoked: " + r.Reason, revocation.OutcomeByHand: "to be revoked by hand, reason " + r.Reason,
		revocation.OutcomeAsked:  fmt.Sprintf("%s was asked to revoke it at %s, reason %s", r.By, r.Asked.Format(time.RFC3339), r.Reason),
		revocation.OutcomeFailed: "not revoked: " + r.Reason + "; the next run asks again",
	}
	if r.Status != nil {
		status := *r.Status
		status.Asked = r.Asked
		said[revocation.OutcomeConfirmed] = status.String()
		said[revocation.OutcomeAsked] += "; " + status.String()
	}
	if r.Serial == "" {
		return fmt.Sprintf("certificate of key %q: %s", safe(r.Key), safe(said[r.Outcome]))
	}
	return fmt.Sprintf("certificate of key %q (serial %s, issued by %s): %s", safe(r.Key), safe(r.Serial), safe(r.Issuer), safe(said[r.Outcome]))
}

// TextOptions say for whom a plan or report is put into words. The zero value is
// a terminal of 80 columns, in English.
type TextOptions struct {
	// Language of the text, "zh-TW", "en" or "ja"; empty: "en". The tasks of a
	// report are in the language of [Options.Language]: give both the same.
	Language string
	// Width of a line in columns; zero: 80; negative: lines are not broken.
	Width int
	// Verbose shows everything: tasks in full, each step, each label.
	Verbose bool
	// Colour uses the escape sequences of terminals.
	Colour bool
	// Brief shows of a plan what happens to each key alone; a report follows.
	Brief bool
	// Names is what the reader calls options, by the Go name of their field
	// ("AssumeTrusted"): a program's flags. Nil: the fields' names.
	Names map[string]string
	// Dir is [Options.Dir], for the paths of evidence; empty: they are shown within
	// it.
	Dir string
	// File is where the whole report is to be read, if a program has written it
	// somewhere.
	File string
	// Exit shows the exit code.
	Exit bool
}

func (o *TextOptions) wording() wording.Options {
	if o == nil {
		o = &TextOptions{}
	}
	return wording.Options{Lang: wording.Lang(o.Language), Width: max(0, cmp.Or(o.Width, 80)), Verbose: o.Verbose, Colour: o.Colour, Names: o.Names, Dir: o.Dir}
}

// Text shows the report for people: the verdict first and last, a line for each
// usage, and what is left to do, the most urgent first. o may be nil.
func (r *Report) Text(o *TextOptions) string {
	p := r.words()
	if o != nil {
		p.File, p.ShowCode = o.File, o.Exit
	}
	return p.Text(o.wording())
}

// String shows all of the report in English; [Report.Text] has less of it, wrapped
// for a terminal.
func (r *Report) String() string { return r.Text(&TextOptions{Verbose: true, Width: -1}) }

// Text shows the plan for people: what happens to each key and why, and if Verbose
// the order of the work. o may be nil.
func (p *Plan) Text(o *TextOptions) string {
	shown := p.words()
	if o != nil && o.Brief {
		return p.secrets.Message(shown.Brief(o.wording()))
	}
	return p.secrets.Message(shown.Text(o.wording()))
}

func (r *Report) words() *wording.Report {
	p := &wording.Report{
		Device: cmp.Or(safe(r.Device.Model), "unknown"), Controller: cmp.Or(safe(r.Device.Controller), "unknown"), URL: safe(r.Device.URL), Firmware: r.Eligibility.String(),
		Restarts: r.Restarts, Requests: r.Requests, Took: r.Ended.Sub(r.Started), Error: safeLines(r.Error), Class: string(cmp.Or(r.Exit.Class, ExitDone)), Code: r.Exit.Code,
	}
	for _, u := range r.Usages {
		p.Usages = append(p.Usages, wording.Usage{
			Use: safe(string(u.Use)), Policy: safe(u.Policy), State: r.state(u), Old: safe(u.OldKey.Name), New: safe(u.NewKey.Name), Proof: string(u.Proof), Reason: safe(u.Reason),
		})
	}
	for _, t := range r.Tasks {
		p.Tasks = append(p.Tasks, wording.Task{ID: t.ID, Use: safe(string(t.Use)), Policy: safe(t.Policy), Title: safe(cmp.Or(t.Summary, firstLine(t.Text))), Text: safeLines(t.Text), Facts: t.facts()})
	}
	for _, s := range r.Steps {
		if s.ID == "" {
			continue // what was withheld, which its usage says
		}
		p.Steps = append(p.Steps, wording.Step{Outcome: string(s.Outcome), ID: s.ID, Use: safe(string(s.Usage)), Policy: safe(s.Policy), Note: safe(s.Note)})
	}
	for _, e := range r.Evidence {
		p.Evidence = append(p.Evidence, safe(e.File))
	}
	for _, row := range r.Revocations {
		p.Revocations = append(p.Revocations, row.sentence())
		if row.Outcome != revocation.OutcomeNothing {
			p.Unrevoked++
		}
	}
	for _, n := range r.Notices {
		p.Notices = append(p.Notices, safe(n))
	}
	for _, l := range r.UnverifiedLabels {
		said := fmt.Sprintf("relied on the unverified label %q for %s", l.Text, l.Label)
		if l.Profile != "" {
			said = fmt.Sprintf("relied on %q for %s (profile %s)", l.Text, l.Label, l.Profile)
		}
		p.Labels = append(p.Labels, said)
	}
	return p
}

// state is what became of a usage.
func (r *Report) state(u UsageReport) wording.State {
	failed := slices.ContainsFunc(r.Steps, func(s StepReport) bool {
		return s.Usage == u.Use && (s.Policy == "" || s.Policy == u.Policy) && s.Outcome == Failed
	})
	withheld := r.Plan != nil && slices.ContainsFunc(r.Plan.Kept, func(k Kept) bool {
		return k.Unresolved && k.Use == u.Use && k.Policy == u.Policy && k.Key.Name == u.OldKey.Name
	})
	switch {
	case u.Verified:
		return wording.Done
	case !u.Affected:
		return wording.Stays
	case withheld:
		return wording.Withheld
	case failed && r.Exit.Class != ExitWaiting && r.Exit.Class != ExitInterrupted:
		return wording.Failed
	case u.Bound:
		return wording.Bound
	case r.Exit.Class == ExitWaiting:
		return wording.Waiting
	case r.Exit.Class == ExitDone:
		return wording.Planned
	}
	return wording.NotDone
}

// facts are what a task's title cannot do without: what is compared at the panel.
func (t Task) facts() []string {
	if t.ID != task.CompareKey || t.New == nil || t.New.SHA1 == "" {
		return nil
	}
	return []string{"SHA-1 " + task.Fingerprint(t.New.SHA1)}
}

func (p *Plan) words() *wording.Plan {
	replaced, left := p.oldKeys()
	shown := &wording.Plan{
		Device: cmp.Or(safe(p.Device.Model), "unknown"), Controller: cmp.Or(safe(p.Device.Controller), "unknown"), URL: safe(p.Device.URL),
		Keys: replaced, Left: left, Restarts: p.Restarts, Empty: p.Empty(),
	}
	for _, c := range p.Changes {
		reason := c.Reason
		if c.Keep != "" && !c.Function().InPlace {
			reason += "; the old key is kept: " + c.Keep
		}
		u := wording.Usage{Use: safe(string(c.Use)), Policy: safe(c.Policy), State: wording.Planned, Old: safe(c.OldKey.Name), New: safe(c.New.Name), Reason: safe(reason), Deletes: c.DeleteOld}
		if !c.New.Algorithm.IsZero() {
			u.Spec = c.New.Algorithm.String()
			if !c.New.NotAfter.IsZero() {
				u.Until = c.New.NotAfter.Format("2006-01-02")
			}
		}
		shown.Usages = append(shown.Usages, u)
	}
	for _, k := range p.Kept {
		u := wording.Usage{Use: safe(string(k.Use)), Policy: safe(k.Policy), Old: safe(k.Key.Name), Reason: safe(k.Reason)}
		if k.Unresolved {
			u.State = wording.Withheld
		}
		shown.Usages = append(shown.Usages, u)
	}
	if !p.Empty() {
		shown.Steps = p.work()
	}
	for _, n := range p.Notices {
		shown.Notices = append(shown.Notices, safe(n))
	}
	return shown
}

// urgency orders the tasks: first what tells whether somebody stood between, then
// what does not work until it is done, then what stays dangerous until it is done.
func urgency() []string {
	first := []string{task.PendingRestart, task.CompareKey, task.ChangePassword, task.EnableNew, task.EnableNewSignature}
	return slices.Concat(first, task.DisablingOld(), []string{task.WeakKeysThere, task.Bluetooth, task.AMS})
}

// byUrgency puts the most urgent tasks first, each once.
func (r *Report) byUrgency() {
	order := urgency()
	slices.SortStableFunc(r.Tasks, func(a, b Task) int { return cmp.Compare(slices.Index(order, a.ID), slices.Index(order, b.ID)) })
	r.Tasks = union(nil, r.Tasks, func(a, b Task) bool { return a.ID == b.ID && a.Place == b.Place && a.Text == b.Text })
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// safeLines makes text of several lines fit for a terminal.
func safeLines(s string) string { return printable.Lines(strings.TrimSpace(s)) }
