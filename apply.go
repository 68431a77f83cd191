package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// Apply carries out a plan. It is the only function that changes a device, and
// it does so in an order that leaves every usage with a working key wherever
// it is interrupted: evidence, new keys, bindings, restart, proof, and only
// then the deletions. Running again after any interruption finishes the work.
// The report is returned also with an error. Errors: [*DriftError] if the
// device is no longer as planned; [ErrStillWeak]; [*VerifyError];
// [*KeyStoreError]; [ErrUnfinished] if something was left undone on purpose;
// those of package remoteui.
func Apply(ctx context.Context, d Device, p *Plan, o *Options) (_ *Report, err error) {
	defer func() { err = ended(ctx, err) }()
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	return apply(ctx, d, nil, p, opts)
}

// validate refuses what is no plan of ours: applying it could do anything.
func (p *Plan) validate() error {
	if p == nil {
		return errors.New("no plan given")
	}
	switch {
	case p.Version > planVersion:
		return fmt.Errorf("plan: its form is version %d, by a newer rekey; this one knows version %d: apply it with that, or plan again", p.Version, planVersion)
	case p.digest() != p.Digest:
		return errors.New("plan: it does not have its digest: it was edited, or made by another version; plan again")
	}
	stages := []Stage{FromGenerate, FromRequest, FromBind, FromRestart, FromDelete}
	for _, c := range p.Changes {
		if c.Function().NeededRow == "" || !slices.Contains(stages, c.From) {
			return fmt.Errorf("plan: a change of %q from stage %q is not known", c.Use, c.From)
		}
	}
	for i := range p.Steps {
		if err := p.Steps[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// apply carries out a plan. The visit is the one that it was just made in; nil if
// it was made some time ago.
func apply(ctx context.Context, d Device, v *visit, p *Plan, o *call) (*Report, error) {
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
		err = run.settleGone(ctx, func(context.Context) (*present, error) { return v.a.present(), nil })
	case run.store != nil && len(waiting(run.store, r.Device.URL)) > 0:
		err = run.work(ctx, func(context.Context) error { return nil })
	}
	if run.ended || p.Empty() {
		settled := run.settle(ctx)
		run.addTasks()
		if err == nil {
			err = unfinishedError(p)
		}
		err = errors.Join(err, settled)
	}
	return r.end(o, err)
}

// work does something in a session, and looks at its beginning and its end what
// the device has of the keys whose certificates are to be revoked.
func (r *runner) work(ctx context.Context, do func(context.Context) error) (err error) {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer func() {
		err = unconfirmed(r.device.URL, err)
		r.s.Close(ctx) // also if a callback panics
		if r.visit == nil {
			r.report.Requests += r.s.Requests()
			r.report.UnverifiedLabels = r.s.UnverifiedLabels()
			r.report.Notices = append(r.report.Notices, leftBehind(r.s)...)
		}
	}()
	if err := r.settleGone(ctx, r.readPresent); err != nil {
		return err
	}
	err = do(ctx)
	if ctx.Err() != nil {
		return err
	}
	if looking := r.settleGone(ctx, r.readPresent); looking != nil {
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
	r.s, err = dial(ctx, r.device, r.o, r.dir, mode{also: r.plan.sameMachine})
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
		if k.Open {
			open = append(open, fmt.Sprintf("%s (key %q): %s", k.Title(), safe(k.Key.Name), safe(k.Reason)))
		}
	}
	return fmt.Errorf("%w: %s", ErrUnfinished, strings.Join(open, "; "))
}

// runner is one application of a plan.
type runner struct {
	o      *call
	device Device
	plan   *Plan
	report *Report
	s      *remoteui.Session
	visit  *visit // in which the plan was made; nil: not in this run
	host   string
	name   string // tells runs apart in the journal
	dir    *state.Dir
	unlock func()
	j      *state.Journal
	line   lineage
	asked  []string          // names of keys that were asked for, by this run or earlier ones
	store  *revocation.Store // nil: no evidence store
	// follower asks for revocations; by the name of a record, byHand says how a
	// person does it.
	follower revocation.Follower
	byHand   map[string]revocation.Instruction
	// listAfter is the key list as the proof of TLS read it after the restart; nil: it
	// did not.
	listAfter *keys.List
	looked    bool // what is to be revoked was held against what the device has
	// ended: the plan was carried out to its end, though single places may have
	// failed.
	ended bool

	cas     []*x509.Certificate // that issued certificates chain to; empty: not known
	changes []*change
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
	run := &runner{o: o, device: d, plan: p, report: r, host: address.Device(d.URL), name: o.Now().UTC().Format("20060102T150405.000000000")}
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
	if r.line, err = readLineage(r.j); err != nil {
		return err
	}
	if r.asked, err = r.j.Asked(); err != nil {
		return err
	}
	r.asked = append(r.asked, r.line.probes...)
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
// keys are ours.
func (r *runner) journal(rec state.Record) error {
	r.o.did(rec)
	if r.j == nil {
		return nil
	}
	rec.Run = r.name
	return r.j.Append(rec)
}

// all carries out the plan.
func (r *runner) all(ctx context.Context) error {
	r.o.event(EventPhase, "", "applying the plan")
	if err := r.checkDrift(ctx); err != nil {
		return err
	}
	if err := r.lookAhead(ctx); err != nil {
		return err
	}
	r.prepare()
	if err := r.checkServer(ctx); err != nil {
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

// sameMachine holds who answers to the certificate that was served when the plan
// was made, before a password is sent: a name may lead to another printer by now.
func (p *Plan) sameMachine(cert *x509.Certificate) error {
	for _, line := range p.Precondition {
		if strings.HasPrefix(line, servedPrefix) && line != servedLine(cert.Raw) {
			return &DriftError{Changes: []string{"no longer: " + line, "now: " + servedLine(cert.Raw)}}
		}
	}
	return nil
}

// checkDrift compares the device with what the plan rests on.
func (r *runner) checkDrift(ctx context.Context) error {
	l, err := keys.ReadList(ctx, r.s)
	if err != nil {
		return err
	}
	cert, err := r.s.Handshake(ctx)
	if err != nil {
		return err
	}
	controller, err := r.controller(ctx)
	if err != nil {
		return err
	}
	if e, ok := l.User(keys.UseTLS); ok {
		r.served.name, r.served.cert = e.Name, cert
	} else if r.plan.served != "" {
		r.served.name, r.served.cert = r.plan.served, cert
	}
	r.leaveOutLate(l)
	now := append(stateLines(controller, l), servedLine(cert.Raw))
	if slices.Equal(now, r.plan.Precondition) {
		return nil
	}
	drift := &DriftError{Done: r.o.done()}
	for _, line := range r.plan.Precondition {
		if !slices.Contains(now, line) {
			drift.Changes = append(drift.Changes, "no longer: "+line)
		}
	}
	for _, line := range now {
		if !slices.Contains(r.plan.Precondition, line) {
			drift.Changes = append(drift.Changes, "now: "+line)
		}
	}
	return drift
}

// leaveOutLate takes keys out of the list that an earlier run asked for, and that
// came since the plan was made: they are in no use, and what to do with them does
// not depend on when they came.
func (r *runner) leaveOutLate(l *keys.List) {
	l.Entries = slices.DeleteFunc(l.Entries, func(e keys.Entry) bool {
		return e.Unused() && slices.Contains(r.asked, e.Name) && !slices.Contains(r.plan.Precondition, keyLine(e))
	})
}

// freshPlan is how long the controller's version, and the details of a key whose
// row is as it was, are taken to be what they were.
const freshPlan = 10 * time.Minute

// isFresh reports whether the plan is of now. How old one is that was made later
// than now, by a clock set back since, nobody knows.
func (r *runner) isFresh() bool {
	age := r.o.Now().Sub(r.plan.Made)
	return age >= 0 && age < freshPlan
}

// controller reads the version again if the plan is not of now: a plan kept
// for days may meet other firmware, on which nothing may be generated. // M-5
func (r *runner) controller(ctx context.Context) (string, error) {
	if r.isFresh() {
		return r.plan.Device.Controller, nil
	}
	var a Assessment
	if err := a.readDevice(ctx, r.s); err != nil {
		return "", err
	}
	if model := r.plan.Device.Model; a.Device.Model != model {
		return "", &DriftError{Changes: []string{fmt.Sprintf("no longer: model %q", model), fmt.Sprintf("now: model %q", safe(a.Device.Model))}, Done: r.o.done()}
	}
	return a.Device.Controller, nil
}
