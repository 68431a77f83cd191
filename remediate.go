package rekey

import (
	"context"
	"crypto/x509"
	"errors"

	"github.com/rekey-go/rekey/remoteui"
)

// maxPasses bounds how often one Remediate plans: once, once more to finish
// what an earlier run left, and once more where the device turns out to have no
// room.
const maxPasses = 4

// Remediate is [Assess], Plan and [Apply] in one: it replaces every weak key of
// a device, in every usage that has to be, and proves it. A report is returned
// in every case in which the device was reached, also with an error.
func Remediate(ctx context.Context, d Device, o *Options) (*Report, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	var whole *Report
	for pass := 1; ; pass++ {
		r, err := remediate(ctx, d, &opts)
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
		return whole.end(&opts, err)
	}
}

// remediate assesses, plans and applies once.
func remediate(ctx context.Context, d Device, o *Options) (*Report, error) {
	a, err := assess(ctx, d, o, false)
	if err != nil {
		return failedReport(a, o, err)
	}
	p, err := a.plan(o)
	if err != nil {
		return failedReport(a, o, err)
	}
	o.event(EventPhase, "", "planned: "+p.summary())
	return applyApproved(ctx, d, a, p, o)
}

// applyApproved applies a plan that was just made, if it is approved.
func applyApproved(ctx context.Context, d Device, a *Assessment, p *Plan, o *Options) (*Report, error) {
	if o.Approve != nil {
		if err := o.Approve(p); err != nil {
			return failedReport(a, o, err)
		}
	}
	r, err := apply(ctx, seen(d, a), a, p, o)
	if r != nil {
		r.Requests += a.Requests
		r.Started = a.Taken
		r.UnverifiedLabels = mergeLabels(a.UnverifiedLabels, r.UnverifiedLabels)
	}
	return r, err
}

// seen is the device as the assessment met it: a device that was trusted on
// first use is held to the key it showed then.
func seen(d Device, a *Assessment) Device {
	cert, err := x509.ParseCertificate(a.Served)
	if err == nil && len(d.Pins) == 0 && d.Roots == nil {
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(cert)}
	}
	return d
}

// failedReport reports an assessment that led to no plan; nil if there was not
// even one.
func failedReport(a *Assessment, o *Options, err error) (*Report, error) {
	if a == nil {
		return nil, err
	}
	return a.Report(nil).end(o, err)
}
