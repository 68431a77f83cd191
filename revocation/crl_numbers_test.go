package revocation_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// A CRL that is older than one seen is not used, also in the next run.
func TestCRLNumbers(t *testing.T) {
	t.Parallel()
	numbers := &revocation.CRLNumbers{}
	verifier := func() *revocation.Verifier {
		return &revocation.Verifier{Issuers: certificates(t, "ca rekeyed other crlissuer"), Now: clock(crlDay), Numbers: numbers}
	}
	judge := func(v *revocation.Verifier, cert, crl string, want revocation.State, why string) {
		t.Helper()
		if c := v.CheckCRL(evidenceOf(t, cert), fixture(t, crl+".crl")); c.Answer != want || !strings.Contains(c.Why, why) {
			t.Errorf("%s: %v %q", crl, c.Answer, c.Why)
		}
	}
	v := verifier()
	judge(v, "device", "future", revocation.StateUnknown, "future") // must not shut out the rest
	judge(v, "device", "badsig", revocation.StateUnknown, "signature")
	judge(v, "device", "clear", revocation.StateGood, "")
	judge(v, "device", "clear", revocation.StateGood, "") // the same once more
	judge(v, "device", "hold", revocation.StateUnknown, "on hold")
	judge(v, "device", "listed", revocation.StateUnknown, "it says that the certificate is revoked, but its number is 11, older than number 12 which was seen before")
	judge(v, "device", "clear", revocation.StateUnknown, "older than number 12")
	judge(v, "device", "version1", revocation.StateUnknown, "has no number")
	judge(v, "device", "stale", revocation.StateUnknown, "older than number 12")
	judge(v, "othersame", "other-listed", revocation.StateRevoked, "") // numbers are the issuer's
	judge(v, "device", "part", revocation.StateGood, "")               // and the scope's
	judge(v, "device", "delta", revocation.StateUnknown, "delta")

	b, err := json.Marshal(numbers)
	if err != nil || !strings.Contains(string(b), `"issuer":"CN=Office CA 1,O=Office","number":"12","thisUpdate":"2026-11-01T00:00:00Z"`) {
		t.Fatalf("%s, %v", b, err)
	}
	numbers = &revocation.CRLNumbers{}
	if err := json.Unmarshal(b, numbers); err != nil {
		t.Fatal(err)
	}
	judge(verifier(), "device", "clear", revocation.StateUnknown, "older than number 12")
	numbers = nil
	judge(verifier(), "device", "clear", revocation.StateGood, "")

	for _, bad := range []string{"[]", `{"a":{"number":"x"}}`, `{"a":1}`, ""} {
		if json.Unmarshal([]byte(bad), &revocation.CRLNumbers{}) == nil {
			t.Errorf("%s is read", bad)
		}
	}
	if b, err := json.Marshal(&revocation.CRLNumbers{}); err != nil || string(b) != "{}" {
		t.Errorf("%s, %v", b, err)
	}
}

// Without numbers the dates must do.
func TestCRLDatesGoBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	v := o.verifier()
	v.Numbers = &revocation.CRLNumbers{}
	if c := v.CheckCRL(evidenceOf(t, "device"), fixture(t, "now-clear.crl")); c.Answer != revocation.StateGood {
		t.Fatal(c)
	}
	b, err := json.Marshal(v.Numbers)
	if err != nil {
		t.Fatal(err)
	}
	b = []byte(strings.Replace(string(b), `"number":"20",`, "", 1))
	v = o.verifier()
	v.Numbers = &revocation.CRLNumbers{}
	if err := json.Unmarshal(b, v.Numbers); err != nil {
		t.Fatal(err)
	}
	if c := v.CheckCRL(evidenceOf(t, "device"), fixture(t, "version1.crl")); c.Answer != revocation.StateUnknown || !strings.Contains(c.Why, "it is of 2026-11-01") {
		t.Error(c)
	}
}

// One Verifier serves a fleet.
func TestVerifierConcurrent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.file(crlPlace, "now-listed.crl")
	o.file(ocspPlace, "revoked.ocsp")
	v := o.verifier()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if s, err := v.Check(t.Context(), evidenceOf(t, "device")); err != nil || s.Answer != revocation.StateRevoked || s.Disagreement != "" {
				t.Error(s, err)
			}
		})
	}
	wg.Wait()
}
