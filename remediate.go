package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// maxPasses bounds how often one Remediate plans: once, once more to finish
// what an earlier run left, and once more where the device turns out to have no
// room.
const maxPasses = 4

// Remediate is [Assess], Plan and [Apply] in one: it replaces every weak key of
// a device, in every usage that has to be, and proves it. A report is returned
// in every case in which the device was reached, also with an error.
func Remediate(ctx context.Context, d Device, o *Options) (_ *Report, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	return opts.remediate(ctx, d)
}

func (opts *call) remediate(ctx context.Context, d Device) (*Report, error) {
	var whole *Report
	for pass := 1; ; pass++ {
		r, err := remediateOnce(ctx, d, opts)
		if whole = whole.with(r); whole == nil {
			return nil, err
		}
		full, noRoom := errors.AsType[*KeyStoreError](err)
		switch {
		case pass == maxPasses || ctx.Err() != nil:
		case noRoom && full.Said != "" && opts.KeySlots == 0:
			opts.KeySlots = full.Keys
			opts.event(EventNotice, "", err.Error()+"; planning anew for that many")
			continue
		case errors.Is(err, remoteui.ErrSucceeded):
			opts.event(EventNotice, row.Restart, restartedMeanwhile)
			continue
		case errors.Is(err, ErrUnfinished) && r.Plan != nil && r.Plan.More:
			continue
		}
		return whole.end(opts, err)
	}
}

// remediateOnce assesses, plans and applies once.
func remediateOnce(ctx context.Context, d Device, o *call) (*Report, error) {
	return inOneVisit(ctx, d, o, func(a *Assessment) (*Plan, error) {
		p, err := a.plan(o)
		if err == nil {
			o.event(EventPhase, "", "planned: "+p.summary())
		}
		return p, err
	})
}

// inOneVisit looks at a device, and carries out what is planned then in the same
// session, if it is approved.
func inOneVisit(ctx context.Context, d Device, o *call, plan func(*Assessment) (*Plan, error)) (*Report, error) {
	allowed := new(permit.Permit)
	v, err := look(ctx, d, o, allowed)
	defer v.close(ctx) // also if a callback panics
	var p *Plan
	if err == nil {
		p, err = plan(v.a)
	}
	if err == nil {
		err = o.approve(p)
	}
	if err != nil {
		v.close(ctx)
		return failedReport(v.a, o, err)
	}
	allowed.Grant()
	r, err := apply(ctx, pinnedTo(d, v.a), v, p, o)
	v.close(ctx)
	if r != nil {
		r.Requests, r.LookedAt = r.Requests+v.a.Requests, v.a.LookedAt
		r.Started = v.a.Taken
		r.UnverifiedLabels = mergeLabels(v.a.UnverifiedLabels, r.UnverifiedLabels)
		r.Notices = append(r.Notices, v.left...)
	}
	return r, err
}

// approve asks for a plan, unless one that was approved in this call covers it: a
// run that plans anew, where the device has no room, say, does what was agreed to.
func (o *call) approve(p *Plan) error {
	if o.Approve == nil {
		return nil
	}
	if o.approved.covers(p) {
		o.event(EventNotice, "", "planned anew, within what was approved: "+p.summary())
		return nil
	}
	if err := o.Approve(p); err != nil {
		return fmt.Errorf("%w%s", err, doneText(o.done()))
	}
	o.approved = o.approved.with(p)
	return nil
}

// approval is what was agreed to in a call; nil: nothing yet.
type approval struct {
	acts     map[string]bool
	restarts int
}

func actsOf(p *Plan) (all []string) {
	for _, c := range p.Changes {
		all = append(all, fmt.Sprintf("%s %q %s, delete %v", c.ID(), c.OldKey.Name, c.Kind, c.DeleteOld))
	}
	for _, name := range p.Drop {
		all = append(all, fmt.Sprintf("drop %q", name))
	}
	return all
}

func (a *approval) covers(p *Plan) bool {
	return a != nil && p.Restarts <= a.restarts && !slices.ContainsFunc(actsOf(p), func(act string) bool { return !a.acts[act] })
}

func (a *approval) with(p *Plan) *approval {
	if a == nil {
		a = &approval{acts: map[string]bool{}}
	}
	for _, act := range actsOf(p) {
		a.acts[act] = true
	}
	a.restarts = max(a.restarts, p.Restarts)
	return a
}

// Within returns nil if a plan does nothing that another does not, which was
// approved: no other replacement or deletion, and no more restarts. So what an
// interrupted run left of an approved plan is within it. Else it returns a
// [*DriftError] that names what is more.
func (p *Plan) Within(approved *Plan) error {
	of := (*approval)(nil).with(approved)
	if of.covers(p) {
		return nil
	}
	e := &DriftError{}
	for _, act := range actsOf(p) {
		if !of.acts[act] {
			e.Changes = append(e.Changes, "not in what was approved: "+act)
		}
	}
	if p.Restarts > of.restarts {
		e.Changes = append(e.Changes, fmt.Sprintf("%d restarts, and %d were approved", p.Restarts, of.restarts))
	}
	return e
}

// Authorization says who allowed a run, as programs give it: nothing of it is
// checked here.
type Authorization struct {
	Change   string `json:"change"` // number of the change
	Author   string `json:"author"`
	Approver string `json:"approver"`
	Digest   string `json:"digest"` // of what was approved
}

// noteBegun journals whose leave a run has, and that a kept plan is begun: when it
// is carried out again, the device is no longer as the plan has it.
func (r *runner) noteBegun() error {
	if r.visit != nil && r.o.Authorization == nil {
		return nil
	}
	n := smallNote{Authorization: r.o.Authorization}
	if r.visit == nil {
		n.Plan = r.plan.Digest
	}
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Data: data})
}

// carryOut applies a kept plan, or does what is left of it where an earlier run
// began it.
func (o *call) carryOut(ctx context.Context, d Device, p *Plan) (*Report, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	if err := p.isFor(d); err != nil {
		return nil, err
	}
	dir, err := o.openState(true)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := o.recognise(ctx, d, dir, p.Device.URL); err != nil {
		return nil, err
	}
	j, err := dir.Journal(o.hostOf(d))
	if err != nil {
		return nil, err
	}
	l, err := readHistory(j)
	if err != nil {
		return nil, err
	}
	if slices.Contains(l.plans, p.Digest) {
		o.Approve = func(now *Plan) error { return now.Within(p) }
		return o.remediate(ctx, d)
	}
	return apply(ctx, d, nil, p, o)
}

// failedReport reports an assessment that led to no plan; nil if there was not
// even one.
func failedReport(a *Assessment, o *call, err error) (*Report, error) {
	if a == nil {
		return nil, err
	}
	return a.Report(nil).end(o, err)
}
