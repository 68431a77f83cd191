package rekey

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// change is a Change being carried out. Changes share their old keys and their
// new keys.
type change struct {
	*Change
	row *UsageReport
	old *oldKey
	new *newKey
	// leaving is the key that the place leaves for the new one: the old key, or
	// what TLS is parked on.
	leaving string
	// seen is the place before the device gave it the key by itself; nil: it does not.
	seen   *usage.Setting
	spoken bool  // its new certificate was made known
	failed error // why it was given up; the others go on
	proved bool
}

// show puts what is known of the new certificate into the report.
func (c *change) show(cert *x509.Certificate, weak keys.Weakness) {
	c.row.NewKey.SPKI, c.row.NewKey.Weak = usage.Fingerprint(cert), weak
	c.row.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// prepare connects the changes of the plan with their keys.
func (r *runner) prepare() {
	r.olds, r.news = map[string]*oldKey{}, map[string]*newKey{}
	for i := range r.plan.Changes {
		c := &change{Change: &r.plan.Changes[i], leaving: r.plan.Changes[i].OldKey.Name}
		c.row = r.report.usage(*c.Change)
		if r.olds[c.OldKey.Name] == nil {
			r.olds[c.OldKey.Name] = &oldKey{ref: c.OldKey}
		}
		if r.news[c.New.Name] == nil {
			cert := parsed(c.Certificate)
			r.news[c.New.Name] = &newKey{spec: c.New, cert: cert, issued: cert != nil}
		}
		c.old, c.new = r.olds[c.OldKey.Name], r.news[c.New.Name]
		r.changes = append(r.changes, c)
	}
}

// of returns the changes that a condition picks.
func (r *runner) of(pick func(*change) bool) []*change {
	var some []*change
	for _, c := range r.changes {
		if pick(c) {
			some = append(some, c)
		}
	}
	return some
}

// skipped ends a step without doing it, and without failing.
type skipped struct {
	outcome Outcome
	why     string
}

func (s *skipped) Error() string { return s.why }

// step does one step and reports it. It stops before the step, where it is
// safe, if the context is done.
func (r *runner) step(ctx context.Context, id string, u keys.Use, text string, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped before %s (%s): %w; running again goes on from here", id, text, context.Cause(ctx))
	}
	r.o.event(EventStep, id, text)
	err := unconfirmed(r.device.URL, do(ctx))
	outcome, note := Done, ""
	if skip, ok := errors.AsType[*skipped](err); ok {
		outcome, note, err = skip.outcome, skip.why, nil
	}
	if err != nil {
		r.report.step(id, u, Failed, err.Error())
		r.o.event(EventStepDone, id, "failed: "+err.Error())
		if e := r.journal(state.Record{Event: state.Failed, Step: id, Usage: string(u), Note: err.Error()}); e != nil {
			r.o.event(EventNotice, id, e.Error())
		}
		if _, lost := errors.AsType[*keys.LostKeysError](err); lost {
			return err // what is lost comes first
		}
		return fmt.Errorf("%s: %w", text, err)
	}
	r.report.step(id, u, outcome, note)
	r.o.event(EventStepDone, id, string(outcome)+suffix(note))
	return nil
}

// done reports a step that an earlier run did.
func (r *runner) doneBefore(id string, u keys.Use) {
	r.report.step(id, u, Skipped, "done by an earlier run")
}

func (r *runner) notice(text string) {
	r.report.Notices = append(r.report.Notices, text)
	r.o.event(EventNotice, "", text)
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

func suffix(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}
