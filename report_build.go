package rekey

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"

	"crypto/sha256"

	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// newReport begins the report of a plan.
func newReport(p *Plan) *Report {
	r := &Report{Device: p.Device, Eligibility: p.Eligibility, Plan: p, Notices: slices.Clone(p.Notices)}
	for _, c := range p.Changes {
		r.Usages = append(r.Usages, UsageReport{
			Usage: c.Usage, Affected: true, Reason: c.Reason, OldKey: c.OldKey, NewKey: KeyRef{Name: c.New.Name},
		})
	}
	for _, k := range p.Kept {
		r.Usages = append(r.Usages, UsageReport{Usage: k.Usage, Affected: k.Open, Reason: k.Reason, OldKey: k.Key})
		if k.Open {
			r.step("", k.Usage, Withheld, k.Reason)
		}
	}
	return r
}

// usage returns the row of a change.
func (r *Report) usage(c Change) *UsageReport {
	i := slices.IndexFunc(r.Usages, func(u UsageReport) bool { return u.Usage == c.Usage && u.OldKey.Name == c.OldKey.Name })
	return &r.Usages[i]
}

func (r *Report) step(id string, u keys.Use, out Outcome, note string) {
	r.Steps = append(r.Steps, StepReport{ID: id, Usage: u, Outcome: out, Note: note})
}

// end closes the report.
func (r *Report) end(o *Options, err error) (*Report, error) {
	r.Ended = o.Now()
	if err != nil {
		r.Error = err.Error()
	}
	r.noNil()
	return r, err
}

// noNil makes lists empty rather than absent, so that their JSON is [].
func (r *Report) noNil() {
	r.Usages, r.Steps, r.Tasks = orEmpty(r.Usages), orEmpty(r.Steps), orEmpty(r.Tasks)
	r.Evidence, r.UnverifiedLabels, r.Notices = orEmpty(r.Evidence), orEmpty(r.UnverifiedLabels), orEmpty(r.Notices)
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func mergeLabels(a, b []remoteui.UnverifiedLabel) []remoteui.UnverifiedLabel {
	for _, l := range b {
		if !slices.ContainsFunc(a, func(o remoteui.UnverifiedLabel) bool { return o.Label == l.Label && o.Text == l.Text }) {
			a = append(a, l)
		}
	}
	return orEmpty(a)
}

// addTasks adds what a person has to do after a change. // V-1, E-1
func (c *change) addTasks() {
	lang := c.o.Language
	if lang == "" {
		lang = c.s.Language()
	}
	if !slices.Contains(task.Languages(), lang) {
		lang = "en"
	}
	facts := task.Facts{Device: c.r.Device.Model, URL: c.s.URL(), Old: certFacts(c.OldKey.Name, c.oldCert)}
	if c.proved != nil {
		facts.New = certFacts(c.New.Name, c.proved.Certificate)
	}
	kind := task.SelfSigned
	if c.oldCert != nil && !selfSigned(c.oldCert) {
		kind = task.CSR
	}
	for _, t := range []struct{ id, kind string }{{task.DisableOld, kind}, {task.EnableNew, task.SelfSigned}, {task.ChangePassword, task.SelfSigned}} {
		text, err := task.Text(t.id, string(c.Usage), t.kind, lang, facts)
		if err != nil {
			c.r.Notices = append(c.r.Notices, fmt.Sprintf("task %s: %v", t.id, err))
			continue
		}
		c.r.Tasks = append(c.r.Tasks, Task{ID: t.id, Usage: c.Usage, Text: text})
	}
}

func selfSigned(c *x509.Certificate) bool {
	return c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func certFacts(key string, c *x509.Certificate) task.Cert {
	f := task.Cert{Key: key}
	if c == nil {
		return f
	}
	sum := sha256.Sum256(c.Raw)
	f.Subject, f.Issuer, f.Serial = c.Subject.String(), c.Issuer.String(), c.SerialNumber.Text(16)
	f.NotBefore, f.NotAfter, f.SHA256 = c.NotBefore, c.NotAfter, hex.EncodeToString(sum[:])
	return f
}
