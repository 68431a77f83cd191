package acceptance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// Old keys that were kept on request are deleted by the next run that does not ask
// for that, without a restart; until then a task says that they are there, and
// nothing is made anew. Every event says of which device and call it is.
func TestKeptKeysAreFinished(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 4, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "ipsec", Weak: true, Uses: []string{"IPSec"}},
		}, Policies: []simdevice.PolicySpec{{Name: "HQ", Key: "ipsec"}, {Name: "Lab", Key: "ipsec"}}}
		dev, o := start(t, cfg), options(t)
		o.AssumeTrusted, o.KeepOldKeys = true, true
		d := access(dev, cfg)
		var calls []string
		o.OnEvent = func(e rekey.Event) {
			if !strings.Contains(d.URL, e.Device) || e.Device == "" || e.Run == "" {
				t.Errorf("device %q, run %q: %s", e.Device, e.Run, e.Text)
			}
			if !slices.Contains(calls, e.Run) {
				calls = append(calls, e.Run)
			}
		}
		r, err := rekey.Remediate(bounded(t), d, o)
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		told := 0
		for _, task := range r.Tasks {
			if task.ID == "P-3" {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d tasks about keys that are still there, want one for each of two keys, of which two policies had one:\n%v", told, r)
		}
		if i := slices.IndexFunc(r.Tasks, func(task rekey.Task) bool { return task.Use == "tls" }); r.Tasks[0].ID != "P-2" || i != 0 || !strings.HasPrefix(r.Tasks[0].Summary, "Compare the new key") {
			t.Errorf("the most urgent task is %+v", r.Tasks[0])
		}
		// A step that is about one policy says which.
		for _, id := range []string{"R-3", "C-3"} {
			var policies []string
			for _, s := range r.Steps {
				if s.ID == id {
					policies = append(policies, s.Policy)
				}
			}
			if slices.Sort(policies); !slices.Equal(policies, []string{"HQ", "Lab"}) {
				t.Errorf("%s of the policies %q, want HQ and Lab", id, policies)
			}
		}
		changes, restarts := dev.StateChanges(), dev.Restarts()
		r, err = rekey.Remediate(bounded(t), d, o)
		if err != nil || dev.StateChanges() != changes || !strings.Contains(strings.Join(r.Notices, "\n"), "still on the device") {
			t.Fatalf("asked to keep them again: %v, %d changes\n%v", err, dev.StateChanges()-changes, r)
		}
		o.KeepOldKeys = false
		r, err = rekey.Remediate(bounded(t), d, o)
		if left := names(dev); err != nil || slices.Contains(left, "tls") || slices.Contains(left, "ipsec") || dev.Restarts() != restarts {
			t.Fatalf("%v: keys %q, %d restarts\n%v", err, left, dev.Restarts()-restarts, r)
		}
		if text := r.Plan.String(); !strings.Contains(text, "Plan: 2 old keys to delete, 0 restarts.") || !strings.Contains(text, "and it is still there") || strings.Contains(text, "interrupted") {
			t.Errorf("the plan speaks of more than is left:\n%s", text)
		}
		if r.Exit != rekey.ExitOf(nil) || len(calls) != 3 {
			t.Errorf("exit %+v; runs %q, want three", r.Exit, calls)
		}
	})
}
