package rekey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// What an approved plan has not is more than it, each by itself, and is named; what it
// has, in part, is not.
func TestFleetPlanWithin(t *testing.T) {
	t.Parallel()
	plan := func(change func(*rekey.Plan)) *rekey.Plan {
		p := &rekey.Plan{
			Restarts: 1, Drop: []string{"Spare"},
			Changes: []rekey.Change{
				{Place: usage.Place{Use: keys.UseTLS}, OldKey: rekey.KeyRef{Name: "TLS-2021"}, Kind: rekey.SelfSigned, DeleteOld: true},
				{Place: usage.Place{Use: keys.UseSIP}, OldKey: rekey.KeyRef{Name: "SIP-2021"}, Kind: rekey.SelfSigned},
			},
		}
		if change != nil {
			change(p)
		}
		return p
	}
	for name, change := range map[string]func(*rekey.Plan){
		"the same":     nil,
		"one of two":   func(p *rekey.Plan) { p.Changes = p.Changes[:1] },
		"no restart":   func(p *rekey.Plan) { p.Restarts = 0 },
		"nothing lost": func(p *rekey.Plan) { p.Drop = nil },
		"nothing":      func(p *rekey.Plan) { *p = rekey.Plan{} },
	} {
		if err := plan(change).Within(plan(nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for says, change := range map[string]func(*rekey.Plan){
		"2 restarts, and 1 were approved":                      func(p *rekey.Plan) { p.Restarts++ },
		`not in what was approved: drop "Other"`:               func(p *rekey.Plan) { p.Drop = append(p.Drop, "Other") },
		`"TLS-2021" csr, delete true`:                          func(p *rekey.Plan) { p.Changes[0].Kind = rekey.ByCSR },
		`"SIP-2021" self-signed, delete true`:                  func(p *rekey.Plan) { p.Changes[1].DeleteOld = true },
		`"Another" self-signed, delete true`:                   func(p *rekey.Plan) { p.Changes[0].OldKey.Name = "Another" },
		string(keys.UseIPSec) + ` "SIP-2021" self-signed, del`: func(p *rekey.Plan) { p.Changes[1].Use = keys.UseIPSec },
	} {
		err := plan(change).Within(plan(nil))
		if drift, ok := errors.AsType[*rekey.DriftError](err); !ok || len(drift.Changes) != 1 || !strings.Contains(drift.Changes[0], says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	more := plan(func(p *rekey.Plan) { p.Restarts, p.Drop = 3, []string{"x"} })
	if drift, ok := errors.AsType[*rekey.DriftError](more.Within(&rekey.Plan{})); !ok || len(drift.Changes) != 4 {
		t.Errorf("%v", drift)
	}
}
