package rekey

import (
	"context"
	"errors"

	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/internal/permit"
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
	var whole *Report
	for pass := 1; ; pass++ {
		r, err := remediate(ctx, d, opts)
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
		case errors.Is(err, ErrUnfinished) && r.Plan != nil && r.Plan.More:
			continue
		}
		return whole.end(opts, err)
	}
}

// remediate assesses, plans and applies once.
func remediate(ctx context.Context, d Device, o *call) (*Report, error) {
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
	if err == nil && o.Approve != nil {
		err = o.Approve(p)
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

// pinnedTo is the device as the assessment met it: a device that was trusted on
// first use has to show the same key again.
func pinnedTo(d Device, a *Assessment) Device {
	cert, err := oddcert.Parse(a.Served)
	if err == nil && len(d.Pins) == 0 && d.Roots == nil {
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(cert)}
	}
	return d
}

// failedReport reports an assessment that led to no plan; nil if there was not
// even one.
func failedReport(a *Assessment, o *call, err error) (*Report, error) {
	if a == nil {
		return nil, err
	}
	return a.Report(nil).end(o, err)
}
