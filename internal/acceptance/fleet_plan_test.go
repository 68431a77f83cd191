package acceptance_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/change"
)

// A plan for a fleet, kept in a file and approved, is carried out to the letter. A
// device that has changed since is refused, with what changed; one that was stopped in
// the middle is finished by the same call; and journal and report say by whose leave.
func TestFleetPlanKeptAndApproved(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		devs, devices := fleetOf(t, 3)
		o := options(t)
		file := filepath.Join(t.TempDir(), "plan.json")
		p := change.New("CHG7", "alice", time.Now(), time.Hour)
		for a, err := range rekey.AssessAll(bounded(t), sequence(devices), &rekey.FleetOptions{Options: o}) {
			p.Add(a, o, err)
		}
		p.Seal()
		if err := errors.Join(p.Approve("bob", p.Digest, time.Now()), p.Write(file)); err != nil {
			t.Fatal(err)
		}
		p, err := change.Read(file)
		if err == nil {
			err = p.Check(time.Now())
		}
		if err != nil || len(p.Devices) != 3 || len(p.Devices[0].Plan.Changes) == 0 {
			t.Fatalf("%v, %+v", err, p)
		}
		// Somebody else has given one of them a new key meanwhile.
		if _, err := rekey.Remediate(bounded(t), devices[2], options(t)); err != nil {
			t.Fatal(err)
		}
		f := &rekey.FleetOptions{Waves: []rekey.Wave{}, Member: func(d rekey.Device) rekey.FleetMember {
			m, err := p.Member(d, rekey.FleetMember{Options: o})
			if err != nil {
				t.Error(err)
			}
			return m
		}}
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		log := o.OnEvent
		o.OnEvent = func(e rekey.Event) {
			log(e)
			if e.Kind == rekey.EventStepDone && e.Step == "R-1" {
				cancel()
			}
		}
		if got := remediateAll(ctx, t, devices[:1], f); got[rekey.FleetInterrupted] != 1 || devs[0].Restarts() != 0 {
			t.Fatalf("%v", got)
		}
		o.OnEvent = log
		for r, err := range rekey.RemediateAll(bounded(t), sequence(devices), f) {
			outcome := rekey.FleetOutcomeOf(r.Exit, err)
			if changed := r.Address == devices[2].URL; changed {
				drift, ok := errors.AsType[*rekey.DriftError](err)
				if !ok || outcome != rekey.FleetWithheld || !strings.Contains(strings.Join(drift.Changes, "\n"), "now: served certificate") {
					t.Errorf("changed device: %s, %v", outcome, err)
				}
				continue
			}
			a := r.Authorization
			if outcome != rekey.FleetDone || a == nil || *a != (rekey.Authorization{Change: "CHG7", Author: "alice", Approver: "bob", Digest: p.Digest}) {
				t.Errorf("%s: %s, %+v, %v", r.Address, outcome, a, err)
			}
		}
		for i, dev := range devs {
			if dev.Restarts() != 1 {
				t.Errorf("device %d: %d restarts", i, dev.Restarts())
			}
		}
		journals, _ := filepath.Glob(filepath.Join(o.Dir, "devices", "*", "journal.jsonl"))
		for _, j := range journals {
			if b, err := os.ReadFile(j); err != nil || !strings.Contains(string(b), `"change":"CHG7","author":"alice","approver":"bob"`) {
				t.Errorf("%s: %v\n%s", j, err, b)
			}
		}
		if len(journals) != 2 {
			t.Errorf("%d journals", len(journals))
		}
	})
}
