package rekey

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// language is that of the tasks: who reads them need not read the device's pages.
func (o *Options) language() string { return cmp.Or(o.Language, "en") }

// addTasks adds what a person has to do after the changes. // V-1 to V-5, E-1, E-2
func (r *runner) addTasks() {
	told := map[string]bool{} // of old keys that are still there: several places may have used one
	for _, c := range r.changes {
		if !c.proved || r.plan.BackOut {
			continue
		}
		kind := task.SelfSigned
		if c.old.origin() == fromCA {
			kind = task.CSR
		}
		r.addTask(c, c.Function().DisableRow, kind)
		switch {
		case c.Function().InPlace:
			r.addTask(c, row.EnableNewSignature, task.SelfSigned)
		case !c.told && c.Kind == SelfSigned: // peers trust a CA's by the CA
			r.addTask(c, row.EnableNew, task.SelfSigned)
		}
		if (c.Keep == keptAsAsked || c.Keep == noStore) && !told[c.OldKey.Name] {
			told[c.OldKey.Name] = true
			r.addTask(c, task.WeakKeysThere, task.SelfSigned)
		}
		if c.Function().RemoteUI {
			r.addTask(c, task.CompareKey, task.SelfSigned)
			r.addTask(c, task.ChangePassword, task.SelfSigned)
		}
	}
}

// addPending tells of the choices that wait for a restart, where the run ended
// before it: nothing else would remind anybody of them.
func (r *runner) addPending() {
	for _, c := range r.changes {
		if c.row.Bound && c.From != usage.FromDelete && !c.lit {
			r.addTask(c, task.PendingRestart, task.SelfSigned)
		}
	}
}

func (r *runner) addTask(c *change, id, kind string) {
	facts := task.Facts{
		Device: r.report.Device.Model, URL: r.s.URL(), Policy: c.Policy,
		Old: certFacts(c.OldKey.Name, c.old.info()), New: certFacts(c.New.Name, infoOf(c.new.cert, c.new.details)),
	}
	if c.new.cert != nil {
		facts.New.Pin = remoteui.HashSPKI(c.new.cert).String()
	}
	if c.Function().InPlace {
		facts.Machines, facts.Failed = r.doneOn, r.notDone
	}
	before, after := c.old.info(), infoOf(c.new.cert, c.new.details)
	t := Task{ID: id, Place: c.Place, Old: &before, New: &after}
	if id == c.Function().DisableRow && kind == task.CSR {
		r.addRevocation(c.old, &t, &facts)
	}
	r.report.addTask(r.o.language(), t, kind, facts)
}

// addRevocation adds to a task how far the revocation came. // V-1 to V-4
func (r *runner) addRevocation(k *oldKey, t *Task, f *task.Facts) {
	f.Reason = revocation.DefaultReason(k.evidence).String()
	if i, ok := r.byHand[k.receipt.Record()]; ok {
		t.Revocation = &i
		for _, c := range i.Commands {
			f.Commands = append(f.Commands, c.Line)
		}
	}
	file := evidenceFile(k.receipt.Record())
	for _, row := range r.report.Revocations {
		if row.File == file {
			f.Asked = row.Asked
			if row.Outcome == revocation.OutcomeConfirmed {
				f.Confirmed = row.Status.String()
			}
		}
	}
}

func (r *Report) addTask(lang string, t Task, kind string, f task.Facts) {
	text, err := task.Text(t.ID, string(t.Use), kind, lang, f)
	switch {
	case err != nil:
		r.Notices = append(r.Notices, fmt.Sprintf("task %s: %v", t.ID, err))
	case text != "":
		f.Device, f.URL = "", "" // a title stands below the machine's name
		short, _ := task.Text(t.ID, string(t.Use), kind, lang, f)
		t.Summary, _, _ = strings.Cut(short, "\n")
		t.Text = text
		r.Tasks = append(r.Tasks, t)
	}
}

// people adds what the firmware update itself leaves to people. // B-1, A-1
func (r *Report) people(p *Plan, o *Options) {
	for _, u := range p.People {
		f := task.Facts{Device: p.Device.Model, URL: p.Device.URL}
		r.addTask(o.language(), Task{ID: usage.Of(u).PeopleRow, Place: usage.Place{Use: u}}, task.SelfSigned, f)
	}
}

func certFacts(key string, i CertificateInfo) task.Cert {
	f := task.Cert{
		Key: key, Subject: i.Subject, Issuer: i.Issuer, Serial: i.Serial,
		NotBefore: i.NotBefore, NotAfter: i.NotAfter, SHA1: i.SHA1, SHA256: i.SHA256, Attached: i.PEM != "",
	}
	if i.PEM == "" {
		for _, field := range i.Fields {
			f.Fields = append(f.Fields, task.Field{Label: field.Label, Value: field.Value})
		}
	}
	return f
}
