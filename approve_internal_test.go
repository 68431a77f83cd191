package rekey

import (
	"errors"
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// Who agreed to a plan is asked again only about what that had not: another
// change, a deletion, a key that goes, one more restart.
func TestApprovalCoversTheRun(t *testing.T) {
	t.Parallel()
	tls := Change{Place: usage.Place{Use: keys.UseTLS}, OldKey: KeyRef{Name: "old"}, DeleteOld: true}
	kept, sip, other := tls, tls, tls
	kept.DeleteOld, sip.Use, other.OldKey.Name = false, keys.UseSIP, "another"
	first := &Plan{Changes: []Change{tls, sip}, Restarts: 1}
	for name, tc := range map[string]struct {
		next  *Plan
		asked bool
	}{
		"the same":            {&Plan{Changes: []Change{tls, sip}, Restarts: 1}, false},
		"its rest":            {&Plan{Changes: []Change{sip}}, false},
		"one more restart":    {&Plan{Changes: []Change{tls, sip}, Restarts: 2}, true},
		"another key":         {&Plan{Changes: []Change{other}}, true},
		"a key kept that was": {&Plan{Changes: []Change{kept}}, true},
		"a key that goes":     {&Plan{Drop: []string{"ours"}}, true},
	} {
		asked := 0
		o, err := (&Options{Approve: func(*Plan) error { asked++; return nil }}).begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(o.approve(first), o.approve(tc.next)); err != nil || (asked == 2) != tc.asked {
			t.Errorf("%s: asked %d times, %v", name, asked, err)
		}
	}
	declined := errors.New("no")
	o, _ := (&Options{Approve: func(*Plan) error { return declined }}).begin()
	for range 2 {
		if err := o.approve(first); !errors.Is(err, declined) {
			t.Errorf("what was declined is not approved: %v", err)
		}
	}
}
