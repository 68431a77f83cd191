package main

import (
	"context"
	"errors"
	"io"

	"github.com/rekey-go/rekey"
)

// work does what the flags ask for, on the device they name or on a simulated
// one.
func work(ctx context.Context, c *config, stdin io.Reader, env lookupEnv, out *output) (*rekey.Report, error) {
	opts := c.options()
	if err := c.issuing(opts, env); err != nil {
		return nil, err
	}
	if err := c.readKnown(ctx, opts, out.progress.note); err != nil {
		return nil, err
	}
	opts.OnEvent, opts.ConfirmSuccessor = out.progress.event, c.asker(stdin, out)
	distribute := c.distributor(opts, env, out.progress.note)
	if c.URL == "" {
		return workOnSimulation(ctx, c, opts, out)
	}
	dev, err := c.realDevice(stdin, env, out.progress.note)
	if err != nil {
		return nil, err
	}
	distribute.secrets.Add(dev.Password.Reveal())
	opts.Others = c.otherDevices(dev)
	if c.backOut && c.plan {
		return planned(ctx, dev, opts, func(a *rekey.Assessment) (*rekey.Plan, error) { return a.PlanBackOut(dev, opts) }, out)
	}
	if c.backOut {
		return changeDevice(ctx, dev, opts, rekey.BackOut, out)
	}
	return remediate(ctx, dev, opts, c.plan, out)
}

func workOnSimulation(ctx context.Context, c *config, opts *rekey.Options, out *output) (report *rekey.Report, err error) {
	sim, err := simulate(c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sim.end()) }()
	dev, err := sim.access(opts)
	if err != nil {
		return nil, err
	}
	out.show(sim.intro(dev))
	return remediate(ctx, dev, opts, c.plan, out)
}

// remediate does the job, or with -plan only looks and plans, which writes
// nothing but that a password was refused.
func remediate(ctx context.Context, dev rekey.Device, opts *rekey.Options, planOnly bool, out *output) (*rekey.Report, error) {
	if planOnly {
		return planned(ctx, dev, opts, func(a *rekey.Assessment) (*rekey.Plan, error) { return a.Plan(opts) }, out)
	}
	return changeDevice(ctx, dev, opts, rekey.Remediate, out)
}

// changeDevice shows the plan before, and the report after the work.
func changeDevice(ctx context.Context, dev rekey.Device, opts *rekey.Options,
	do func(context.Context, rekey.Device, *rekey.Options) (*rekey.Report, error), out *output) (*rekey.Report, error) {
	opts.Approve = func(p *rekey.Plan) error {
		out.show(p.String())
		return nil
	}
	report, err := do(ctx, dev, opts)
	if report != nil && report.Plan != nil {
		shown := *report
		shown.Error = "" // it follows on stderr
		out.show(shown.String())
	}
	return report, err
}

// planned looks at the device and shows a plan.
func planned(ctx context.Context, dev rekey.Device, opts *rekey.Options, plan func(*rekey.Assessment) (*rekey.Plan, error), out *output) (*rekey.Report, error) {
	assessment, err := rekey.Assess(ctx, dev, opts)
	if assessment == nil {
		return nil, err
	}
	if err != nil {
		return assessment.Report(nil), err
	}
	p, err := plan(assessment)
	if err != nil {
		return assessment.Report(nil), err
	}
	out.show(p.String())
	return assessment.Report(p), nil
}
