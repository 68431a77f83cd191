package rekey

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// Apply carries out a plan. It is, with [Remediate] and [BackOut], what changes a device, and
// it does so in an order that leaves every usage with a working key wherever
// it is interrupted: evidence, new keys, bindings, restart, proof, and only
// then the deletions. Running again after any interruption finishes the work.
// The report is returned also with an error. Errors: [*DriftError] if the
// device is no longer as planned, [ErrUnfinished] if something was left undone on
// purpose, and whatever else the package comment lists.
func Apply(ctx context.Context, d Device, p *Plan, o *Options) (_ *Report, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	if err := p.isFor(d); err != nil {
		return nil, err
	}
	return apply(ctx, d, nil, p, opts)
}

// apply carries out a plan. The visit is the one that it was just made in; nil if
// it was made some time ago.
func apply(ctx context.Context, d Device, v *visit, p *Plan, o *call) (*Report, error) {
	o.over = ctx.Err
	r := newReport(p)
	r.Started = o.Now()
	r.people(p, o.Options)
	if p.Empty() && o.Revoker == nil && o.Verifier == nil && !o.waits(r.Device.URL) {
		return r.end(o, unfinishedError(p))
	}
	run, err := newRun(ctx, d, p, o, r)
	if err != nil {
		return r.end(o, err)
	}
	run.visit = v
	defer run.close()
	if err := run.preflight(ctx); err != nil {
		return r.end(o, err)
	}
	switch {
	case !p.Empty():
		err = run.work(ctx, run.all)
	case v != nil:
		v.close(ctx)
		err = run.markGone(ctx, func(context.Context) (*present, error) { return v.a.present(), nil })
	case run.store != nil && len(o.waiting(run.store, r.Device.URL)) > 0:
		err = run.work(ctx, func(context.Context) error { return nil })
	}
	if run.ended || p.Empty() {
		settled := run.followUp(ctx)
		run.addTasks()
		if err == nil {
			err = unfinishedError(p)
		}
		err = errors.Join(err, settled)
	} else {
		run.addPending()
	}
	return r.end(o, err)
}

// work does something in a session, and looks at its beginning and its end what
// the device has of the keys whose certificates are to be revoked.
func (r *runner) work(ctx context.Context, do func(context.Context) error) (err error) {
	if err := r.enter(ctx); err != nil {
		return err
	}
	r.report.LookedAt = r.device.ports(r.s.URL())
	defer func() {
		err = unconfirmed(r.device.URL, err)
		r.s.Close(ctx) // also if a callback panics
		if r.visit == nil {
			r.report.Requests += r.s.Requests()
			r.report.UnverifiedLabels = r.s.UnverifiedLabels()
			r.report.Notices = append(r.report.Notices, leftBehind(r.s)...)
		}
	}()
	if err := r.markGone(ctx, r.readPresent); err != nil {
		return err
	}
	err = do(ctx)
	if ctx.Err() != nil {
		return err
	}
	if looking := r.markGone(ctx, r.readPresent); looking != nil {
		if r.ended && err == nil {
			return fmt.Errorf("%w: %w", ErrUnfinished, looking)
		}
		r.notice(looking.Error())
	}
	return err
}

// enter goes on in the session in which the device was looked at, which may write
// from now on, or opens one.
func (r *runner) enter(ctx context.Context) (err error) {
	if r.visit != nil {
		r.s = r.visit.s
		return r.s.BeginWriting()
	}
	r.s, err = r.dial(ctx, mode{also: r.plan.sameMachine})
	if drift, ok := errors.AsType[*DriftError](err); ok {
		drift.Done = r.o.done()
		return drift
	}
	if err == nil {
		deviceinfo.Identify(r.s, r.plan.Device.Model, r.plan.Device.Controller)
	}
	return err
}

// unfinishedError says that something is left undone on purpose.
func unfinishedError(p *Plan) error {
	if !p.open() && !p.More {
		return nil
	}
	var open []string
	if p.More {
		open = append(open, "what an earlier run left is finished; plan again for the rest")
	}
	for _, k := range p.Kept {
		if k.Unresolved {
			open = append(open, fmt.Sprintf("%s (key %q): %s", k.Title(), safe(k.Key.Name), safe(k.Reason)))
		}
	}
	return fmt.Errorf("%w: %s", ErrUnfinished, strings.Join(open, "; "))
}

// runner is one application of a plan.
type runner struct {
	connection
	plan    *Plan
	report  *Report
	s       *remoteui.Session
	visit   *visit // in which the plan was made; nil: not in this run
	name    string // tells runs apart in the journal
	unlock  func()
	j       *state.Journal
	history keyHistory
	asked   []string          // names of keys that were asked for, by this run or earlier ones
	store   *revocation.Store // nil: no evidence store
	// follower asks for revocations; by the name of a record, byHand says how a
	// person does it.
	follower revocation.Follower
	byHand   map[string]revocation.Instruction
	// listAfter is the key list as the proof of TLS read it after the restart; nil: it
	// did not.
	listAfter *keys.List
	// listMade is the key list as it was read when a key was made last.
	listMade *keys.List
	looked   bool // what is to be revoked was held against what the device has
	// ended: the plan was carried out to its end, though single places may have
	// failed.
	ended bool

	cas     []*x509.Certificate // that issued certificates chain to; empty: not known
	changes []*change
	row     string     // of the step under way; empty: none is
	round   []*binding // what is chosen, or to be chosen, since the last restart
	// doneOn and notDone are the other machines on which the S/MIME certificate
	// was replaced, or was not.
	doneOn, notDone []string
	owedErrs        []error // what earlier runs owed, and this one could not do either
	olds            map[string]*oldKey
	news            map[string]*newKey
	// served is the key by which the device was known when the run began.
	served struct {
		name string
		cert *x509.Certificate
	}
}

// newRun takes the device's lock and opens the stores. Without a state
// directory there is none of these, and nothing will be deleted.
func newRun(ctx context.Context, d Device, p *Plan, o *call, r *Report) (*runner, error) {
	run := &runner{connection: *o.connection(d, nil), plan: p, report: r, name: o.Now().UTC().Format("20060102T150405.000000000")}
	run.follower = revocation.Follower{Revoker: o.Revoker, Now: o.Now, Verifier: o.Verifier, Await: o.Verifier != nil && o.Verifier.Timeout > 0, Confirmed: o.ConfirmedCertificates, Bears: run.bears}
	run.byHand = map[string]revocation.Instruction{}
	o.meet(d)
	var err error
	if run.dir, err = o.openState(false); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		return run, nil
	}
	if err := run.openStores(ctx); err != nil {
		run.close()
		return nil, err
	}
	return run, nil
}

func (r *runner) openStores(ctx context.Context) (err error) {
	if info, err := os.Stat(r.o.Dir); err == nil && durable.OthersWrite(info) {
		r.notice("others can write into the state directory, and might have certificates revoked by what they put there: let only its owner (chmod go-w)")
	}
	if r.unlock, err = r.dir.Lock(ctx, r.host); err != nil {
		return err
	}
	if r.j, err = r.dir.Journal(r.host); err != nil {
		return err
	}
	if r.history, err = readHistory(r.j); err != nil {
		return err
	}
	if r.asked, err = r.j.Asked(); err != nil {
		return err
	}
	r.asked = append(r.asked, r.history.probes...)
	r.store, err = revocation.OpenStore(evidenceDir(r.o.Dir))
	return err
}

func (r *runner) close() {
	if r.store != nil {
		r.store.Close()
	}
	if r.unlock != nil {
		r.unlock()
	}
	r.dir.Close()
}

// journal records what is about to happen or has happened. A record that
// cannot be written stops the run: without it, nobody could tell later which
// keys are ours. Its row is that of the step under way.
func (r *runner) journal(rec state.Record) error {
	r.o.did(rec)
	if r.j == nil {
		return nil
	}
	rec.Run, rec.Step = r.name, cmp.Or(rec.Step, r.row)
	return r.j.Append(rec)
}

// all carries out the plan.
func (r *runner) all(ctx context.Context) error {
	r.o.event(EventPhase, "", "applying the plan")
	// Of a plan that was kept, drift is to be said before anything else. One that was
	// made in this session is held against the device right before the first change,
	// which begins with the same list.
	checks := []func(context.Context) error{r.checkDrift, r.checkPages}
	if r.visit != nil {
		slices.Reverse(checks)
	}
	for _, check := range checks {
		if err := check(ctx); err != nil {
			return err
		}
	}
	r.prepare()
	if err := r.checkServer(ctx); err != nil {
		return err
	}
	if err := r.noteBegun(); err != nil {
		return err
	}
	if err := r.carryOut(ctx, r.plan.Steps); err != nil {
		return err
	}
	if err := r.putTimerBack(ctx, nil); err != nil {
		return err
	}
	r.ended = true
	return r.failures()
}

// failures joins what single places failed by.
func (r *runner) failures() error {
	var errs []error
	for _, c := range r.changes {
		if c.failed != nil {
			errs = append(errs, c.failed)
		}
	}
	errs = append(errs, r.owedErrs...)
	return errors.Join(errs...)
}

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
	told    bool // its new certificate was made known
	lit     bool // the restart that puts it in effect was asked for, or seen
	// exported is the certificate that the device gave out once its key was renewed;
	// nil: an earlier run renewed it.
	exported []byte
	failed   error // why it was given up; the others go on
	proved   bool
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
			r.olds[c.OldKey.Name] = oldKeyOf(c.OldKey, r.o.certs)
		}
		if r.news[c.New.Name] == nil {
			cert := r.o.certs.parse(c.Certificate)
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
	return r.stepIn(ctx, id, usage.Place{Use: u}, text, do)
}

// stepIn is step where it is about one place: of IPSec, about one policy.
func (r *runner) stepIn(ctx context.Context, id string, p usage.Place, text string, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped before %s (%s): %w; running again goes on from here", id, text, context.Cause(ctx))
	}
	r.o.event(EventStep, id, text)
	before := r.row
	r.row = id
	defer func() { r.row = before }()
	err := unconfirmed(r.device.URL, do(ctx))
	outcome, note := Done, ""
	if skip, ok := errors.AsType[*skipped](err); ok {
		outcome, note, err = skip.outcome, skip.why, nil
	}
	if err != nil {
		r.report.stepIn(id, p, Failed, err.Error())
		r.o.event(EventStepDone, id, "failed: "+err.Error())
		if e := r.journal(state.Record{Event: state.Failed, Usage: p.ID(), Note: err.Error()}); e != nil {
			r.o.event(EventNotice, id, e.Error())
		}
		if _, lost := errors.AsType[*keys.LostKeysError](err); lost {
			return err // what is lost comes first
		}
		return fmt.Errorf("%s: %w", text, err)
	}
	r.report.stepIn(id, p, outcome, note)
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
