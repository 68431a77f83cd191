package rekey_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// A survey says what a run would press, and where it would stop, and presses
// nothing.
func TestSurveyLooksAhead(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	keys := []remoteuitest.KeySpec{{Name: "Default Key"}, {Name: "Device Signature Key"}, {Name: "tls", Uses: []string{"TLS"}}, {Name: "old"}, {Name: "waits", NoCertificate: true}}
	for name, c := range map[string]struct {
		labels map[string]string
		stops  string // the act that cannot be carried out
		why    string
	}{
		"understood": {nil, "", ""},
		"renamed":    {map[string]string{"Send Request": "Launch"}, "SCEP request", "Launch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev := simulated(t, remoteuitest.Config{Seed: 3, Language: "en", Keys: keys, Labels: c.labels, SCEPURL: "http://127.0.0.1:1/scep"})
			r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{
				"generating a key", "generating a key for a CSR", "deleting a key", "registering a certificate", "renewing the device signature",
				"registering an S/MIME certificate", "binding a key to tls", "binding a key to ieee8021x", "binding a key to sip", "SCEP request",
			} {
				i := slices.IndexFunc(r.Acts, func(a rekey.SurveyAct) bool { return a.Name == name })
				if i < 0 {
					t.Errorf("%s is not looked at", name)
					continue
				}
				a := r.Acts[i]
				last := ""
				if len(a.Steps) > 0 {
					last = a.Steps[len(a.Steps)-1]
				}
				switch {
				case name == c.stops:
					if a.Ready || !strings.Contains(a.Stop, c.why) {
						t.Errorf("%+v", a)
					}
				case !a.Ready && !strings.Contains(a.Stop, "may change the device"), a.Ready && !strings.HasPrefix(last, "ready to press ["):
					t.Errorf("%+v", a)
				}
			}
			if n := dev.StateChanges(); n != 0 || !strings.Contains(r.String(), "ready to press [") {
				t.Errorf("%d changes\n%s", n, r)
			}
		})
	}
}
