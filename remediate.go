package rekey

import (
	"context"
	"crypto/x509"

	"github.com/rekey-go/rekey/remoteui"
)

// Remediate is [Assess], Plan and [Apply] in one: it replaces the weak key of
// a device's TLS and proves it. A report is returned in every case in which
// the device was reached, also with an error.
func Remediate(ctx context.Context, d Device, o *Options) (*Report, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	a, err := assess(ctx, d, &opts, false)
	if err != nil {
		return failedReport(a, &opts, err)
	}
	p, err := a.plan(&opts)
	if err != nil {
		return failedReport(a, &opts, err)
	}
	opts.event(EventPhase, "", "planned: "+p.summary())
	if opts.Approve != nil {
		if err := opts.Approve(p); err != nil {
			return failedReport(a, &opts, err)
		}
	}
	r, err := apply(ctx, seen(d, a), p, &opts)
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
