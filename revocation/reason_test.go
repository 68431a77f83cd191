package revocation_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	for number, name := range map[int]string{
		0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
		5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
	} {
		r := revocation.Reason(number)
		if r.String() != name || !r.Known() {
			t.Errorf("%d is %v", number, r)
		}
		if p, err := revocation.ParseReason(name); err != nil || p != r {
			t.Errorf("%s is read as %d, %v", name, p, err)
		}
		asked := map[int]bool{0: true, 1: true, 3: true, 4: true, 5: true, 9: true}[number]
		if (r.CheckRequest() == nil) != asked {
			t.Errorf("%v: %v", r, r.CheckRequest())
		}
	}
	for _, number := range []int{-1, 7, 11, 1 << 20} {
		r := revocation.Reason(number)
		if r.Known() || r.String() != fmt.Sprint("reason ", number) || r.CheckRequest() == nil {
			t.Errorf("%d: %v", number, r)
		}
	}
}

func TestReasonJSON(t *testing.T) {
	t.Parallel()
	for reason, want := range map[revocation.Reason]string{revocation.KeyCompromise: `"keyCompromise"`, 0: `"unspecified"`, 7: `"7"`, -3: `"-3"`} {
		b, err := json.Marshal(reason)
		if err != nil || string(b) != want {
			t.Errorf("%d: %s, %v", int(reason), b, err)
		}
		back := revocation.Reason(99)
		if err := json.Unmarshal(b, &back); err != nil || back != reason {
			t.Errorf("%s: %v, %v", b, back, err)
		}
	}
	for _, bad := range []string{`""`, `"KEYCOMPROMISE "`, `"x"`, `"99999999999"`} {
		if err := json.Unmarshal([]byte(bad), new(revocation.Reason)); err == nil {
			t.Errorf("%s is a reason", bad)
		}
	}
}

func TestParseReason(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]revocation.Reason{
		"KEY_COMPROMISE": revocation.KeyCompromise, "key compromise": revocation.KeyCompromise, "1": revocation.KeyCompromise,
		"Superseded": revocation.Superseded, "CESSATION_OF_OPERATION": revocation.CessationOfOperation, "0": revocation.Unspecified,
		"CA_COMPROMISE": revocation.CACompromise, "10": revocation.AACompromise,
	} {
		if r, err := revocation.ParseReason(s); err != nil || r != want {
			t.Errorf("%s: %v, %v", s, r, err)
		}
	}
	for _, s := range []string{"", "7", "-1", "11", "compromised"} {
		if r, err := revocation.ParseReason(s); err == nil {
			t.Errorf("%q: %v", s, r)
		}
	}
}

func TestDefaultReason(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]revocation.Reason{
		"proved": revocation.KeyCompromise, "not-found": revocation.Superseded, "unknown": revocation.Superseded, "": revocation.Superseded,
	} {
		if r := revocation.DefaultReason(revocation.Evidence{Weakness: revocation.Weakness{State: state}}); r != want {
			t.Errorf("%q: %v", state, r)
		}
	}
}
