package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/usage"
)

// job is what is to be done with a device, and for whom.
type job struct {
	*config
	dev    rekey.Device
	opts   *rekey.Options
	out    *output
	prompt *prompt
}

// work does what the flags ask for, on the device they name or on a simulated
// one.
func work(ctx context.Context, c *config, stdin io.Reader, env program.Env, out *output) (*rekey.Report, error) {
	opts := c.options()
	opts.Language = out.lang
	if err := c.issuing(opts, env, out.progress.note); err != nil {
		return nil, err
	}
	if err := c.readKnown(ctx, opts, out.progress.note); err != nil {
		return nil, err
	}
	endLog, err := c.record(opts, out.event)
	if err != nil {
		return nil, err
	}
	defer endLog()
	distribute := c.distributor(opts, env, out.progress.note)
	j := &job{config: c, opts: opts, out: out}
	if c.URL == "" {
		return j.onSimulation(ctx)
	}
	j.prompt = c.newPrompt(stdin, out)
	opts.ConfirmSuccessor = j.prompt.successor()
	if j.dev, err = c.realDevice(stdin, env, out.progress.note); err != nil {
		return nil, err
	}
	distribute.secrets.Add(j.dev.Password.Reveal())
	if opts.OtherDevices, err = c.otherDevices(j.dev, env, out.progress.note); err != nil {
		return nil, err
	}
	for _, o := range opts.OtherDevices {
		distribute.secrets.Add(o.Password.Reveal())
	}
	out.progress.expect(lastRestart(c.state, c.URL))
	report, err := j.do(ctx)
	return report, c.languageError(err)
}

func (j *job) onSimulation(ctx context.Context) (report *rekey.Report, err error) {
	sim, err := simulate(j.config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sim.end()) }()
	if j.dev, err = sim.access(j.opts); err != nil {
		return nil, err
	}
	j.out.text.Dir = j.opts.Dir
	j.out.show(j.out.told(sim.intro(j.dev)))
	if report, err = j.do(ctx); sim.dir != "" {
		j.out.show(j.out.told(sim.farewell()))
	}
	return report, err
}

// do does the job, or with -plan only looks and plans, which writes nothing but
// that a password was refused.
func (j *job) do(ctx context.Context) (*rekey.Report, error) {
	switch {
	case j.plan && j.backOut:
		return j.planned(ctx, func(a *rekey.Assessment) (*rekey.Plan, error) { return a.PlanBackOut(j.dev, j.opts) })
	case j.plan:
		return j.planned(ctx, func(a *rekey.Assessment) (*rekey.Plan, error) { return a.Plan(j.opts) })
	case j.apply != "":
		return j.applied(ctx)
	case j.backOut:
		return j.change(ctx, rekey.BackOut)
	}
	return j.change(ctx, rekey.Remediate)
}

// change shows the plan before, and the report after the work.
func (j *job) change(ctx context.Context, do func(context.Context, rekey.Device, *rekey.Options) (*rekey.Report, error)) (*rekey.Report, error) {
	j.opts.Approve = func(p *rekey.Plan) error {
		if j.finish && slices.ContainsFunc(p.Changes, isNew) {
			return usagef("-finish: there are keys to be replaced, not only old ones to be deleted: run without -finish")
		}
		return j.approve(ctx, p)
	}
	report, err := do(ctx, j.dev, j.opts)
	j.out.report(report, err)
	return report, err
}

// isNew reports whether a change is more than the end of an earlier one.
func isNew(c rekey.Change) bool { return c.From == usage.FromGenerate || c.From == usage.FromRequest }

// approve shows a plan, and asks a person where there is one.
func (j *job) approve(ctx context.Context, p *rekey.Plan) error {
	if p.Empty() && !j.verbose {
		return nil // the report says so
	}
	asks := j.prompt != nil && !j.yes && !p.Empty()
	j.out.showPlan(p, !asks)
	if !asks {
		return nil
	}
	return j.prompt.agree(ctx, p)
}

// planned looks at the device and shows a plan.
func (j *job) planned(ctx context.Context, plan func(*rekey.Assessment) (*rekey.Plan, error)) (*rekey.Report, error) {
	assessment, err := rekey.Assess(ctx, j.dev, j.opts)
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
	j.out.showPlan(p, false)
	if j.config.out != "" {
		if err = writePlan(j.config.out, p); err == nil {
			j.out.progress.note(fmt.Sprintf("the plan is kept: -apply %s carries it out", wording.Quote(j.config.out)))
		}
	}
	return assessment.Report(p), err
}

// applied carries out a plan that was kept.
func (j *job) applied(ctx context.Context) (*rekey.Report, error) {
	p, err := readPlan(j.apply)
	if err != nil {
		return nil, err
	}
	if err := j.approve(ctx, p); err != nil {
		return nil, err
	}
	report, err := rekey.Apply(ctx, j.dev, p, j.opts)
	j.out.report(report, err)
	return report, err
}
