package rekey

import (
	"slices"

	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// newReport begins the report of a plan.
func newReport(p *Plan) *Report {
	r := &Report{Device: p.Device, Eligibility: p.Eligibility, Plan: p, Notices: slices.Clone(p.Notices)}
	for _, c := range p.Changes {
		r.Usages = append(r.Usages, UsageReport{
			Place: c.Place, Affected: true, Reason: c.Reason, OldKey: c.OldKey, NewKey: KeyRef{Name: c.New.Name},
			Bound: c.From == FromRestart || c.From == FromDelete,
		})
	}
	for _, k := range p.Kept {
		r.Usages = append(r.Usages, UsageReport{Place: k.Place, Affected: k.Open, Reason: k.Reason, OldKey: k.Key, BackedOut: k.BackedOut})
		if k.Open {
			r.step("", k.Use, Withheld, k.Reason)
		}
	}
	return r
}

// usage returns the row of a change.
func (r *Report) usage(c Change) *UsageReport {
	i := slices.IndexFunc(r.Usages, func(u UsageReport) bool {
		return u.Use == c.Use && u.Policy == c.Policy && u.OldKey.Name == c.OldKey.Name
	})
	return &r.Usages[i]
}

// with joins the report of a later pass to that of the ones before; either may
// be nil.
func (r *Report) with(next *Report) *Report {
	switch {
	case r == nil:
		return next
	case next == nil:
		return r
	}
	for _, u := range next.Usages {
		r.addUsage(u)
	}
	if next.Plan != nil && !next.Plan.Empty() {
		r.Plan = next.Plan
	}
	r.Steps, r.Evidence = append(r.Steps, next.Steps...), append(r.Evidence, next.Evidence...)
	r.Revocations = slices.DeleteFunc(r.Revocations, func(row RevocationReport) bool {
		return slices.ContainsFunc(next.Revocations, func(later RevocationReport) bool { return later.File == row.File })
	})
	r.Revocations = append(r.Revocations, next.Revocations...)
	r.Tasks = union(r.Tasks, next.Tasks, func(a, b Task) bool { return a.ID == b.ID && a.Use == b.Use && a.Text == b.Text })
	r.Notices = union(r.Notices, next.Notices, func(a, b string) bool { return a == b })
	r.Restarts, r.Requests = r.Restarts+next.Restarts, r.Requests+next.Requests
	r.UnverifiedLabels = mergeLabels(r.UnverifiedLabels, next.UnverifiedLabels)
	return r
}

// addUsage adds a row, in the place of an earlier one about the same. That a
// key which the pass before has proved is left alone says nothing new.
func (r *Report) addUsage(u UsageReport) {
	for i, was := range r.Usages {
		if was.Use != u.Use || was.Policy != u.Policy {
			continue
		}
		if was.Verified && !u.Affected && u.OldKey.Name == was.NewKey.Name {
			return
		}
		if was.OldKey.Name == u.OldKey.Name {
			r.Usages[i] = u
			return
		}
	}
	r.Usages = append(r.Usages, u)
}

func (r *Report) step(id string, u keys.Use, out Outcome, note string) {
	r.Steps = append(r.Steps, StepReport{ID: id, Usage: u, Outcome: out, Note: note})
}

// end closes the report.
func (r *Report) end(o *call, err error) (*Report, error) {
	r.Ended, r.Error = o.Now(), ""
	if err != nil {
		r.Error = err.Error()
	}
	r.Exit = r.exit(err, len(o.deeds) > 0)
	r.byUrgency()
	r.noNil()
	*r = scrub.Value(o.secrets, *r)
	return r, o.clean(err)
}

// noNil makes lists empty rather than absent, so that their JSON is [].
func (r *Report) noNil() {
	r.Usages, r.Steps, r.Tasks = orEmpty(r.Usages), orEmpty(r.Steps), orEmpty(r.Tasks)
	r.Evidence, r.UnverifiedLabels, r.Notices = orEmpty(r.Evidence), orEmpty(r.UnverifiedLabels), orEmpty(r.Notices)
	r.Revocations = orEmpty(r.Revocations)
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func mergeLabels(a, b []remoteui.UnverifiedLabel) []remoteui.UnverifiedLabel {
	return orEmpty(union(a, b, func(a, b remoteui.UnverifiedLabel) bool { return a.Label == b.Label && a.Text == b.Text }))
}

// union appends to a what of b it does not hold already.
func union[T any](a, b []T, same func(T, T) bool) []T {
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y T) bool { return same(x, y) }) {
			a = append(a, x)
		}
	}
	return a
}
