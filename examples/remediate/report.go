package main

import (
	"slices"
	"time"

	"github.com/rekey-go/rekey"
)

// assessed is the report of a run that changed nothing: of what was seen and,
// if it came to a plan, of what would be done. It is nil without an assessment.
func assessed(a *rekey.Assessment, plan *rekey.Plan) *rekey.Report {
	if a == nil {
		return nil
	}
	report := a.Report()
	report.Plan, report.Ended = plan, time.Now()
	if plan == nil {
		return report
	}
	for i := range report.Usages {
		foresee(&report.Usages[i], plan)
	}
	return report
}

// foresee fills in what a plan says of a usage.
func foresee(u *rekey.UsageReport, plan *rekey.Plan) {
	for _, c := range plan.Changes {
		if c.Usage == u.Usage {
			u.Affected, u.Reason, u.OldKey, u.NewKey.Name = true, c.Reason, c.OldKey, c.New.Name
		}
	}
	for _, k := range plan.Kept {
		if k.Usage == u.Usage && k.Key.Name == u.OldKey.Name {
			u.Affected, u.Reason = k.Open, k.Reason
		}
	}
}

// include adds what the assessment took to the report of what followed.
func include(report *rekey.Report, a *rekey.Assessment) {
	report.Started = a.Taken
	report.Requests += a.Requests
	for _, label := range a.UnverifiedLabels {
		if !slices.Contains(report.UnverifiedLabels, label) {
			report.UnverifiedLabels = append(report.UnverifiedLabels, label)
		}
	}
}
