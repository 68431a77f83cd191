package acceptance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// A process that allows nothing that FIPS 140 does not (GODEBUG=fips140=only)
// remediates a device: thumbprints are SHA-1, but nothing rests on them. Only
// the login that encrypts the password by PKCS #1 v1.5 does not work there, and
// is named.
func TestFIPSOnly(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for login, want := range map[simdevice.LoginKind]string{
		simdevice.LoginDepartmentID: "", simdevice.LoginRSAChallenge: "GODEBUG=fips140=only",
	} {
		t.Run(string(login), func(t *testing.T) {
			t.Parallel()
			cfg := full(2)
			cfg.Login = login
			dev := start(t, cfg)
			before := dev.Settings()
			text, err := json.Marshal(job{URL: dev.URL(), Dir: t.TempDir(), SIPPort: sipPortOf(t, dev)})
			if err != nil {
				t.Fatal(err)
			}
			process := exec.CommandContext(t.Context(), os.Args[0])
			process.Env = append(os.Environ(), childJob+"="+string(text), "GODEBUG=fips140=only")
			said, err := process.CombinedOutput()
			if (err == nil) != (want == "") || !strings.Contains(string(said), want) || strings.Contains(string(said), "goroutine") {
				t.Errorf("%v: %s", err, said)
			}
			if want == "" {
				finished(t, dev, before)
			}
			if n := dev.OpenSessions(); n != 0 {
				t.Errorf("%d sessions left open", n)
			}
		})
	}
}
