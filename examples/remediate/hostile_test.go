package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	baddevice "github.com/rekey-go/rekey/internal/hostile"
)

// Whatever a device calls its keys, and whatever it says, the terminal shows it
// and obeys none of it; no file is made outside the state directory.
func TestHostileTexts(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	const evil = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\u2066\u0085"
	for name, dev := range map[string]*baddevice.Device{
		"key names":  {Keys: []string{"../../x" + evil, "-rf" + evil, "a/b\\c" + evil}},
		"model":      {Model: "iR-ADV C5560 III", Version: "99.01" + evil},
		"title":      {Pages: map[string]http.HandlerFunc{"keys": baddevice.Text("<title>" + evil + "</title>" + evil)}},
		"message":    {Pages: map[string]http.HandlerFunc{"login": baddevice.Text("<form><input name=deptid><input name=password></form><script>alert('" + evil + "')</script>")}},
		"error page": {Pages: map[string]http.HandlerFunc{"tls": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, evil, http.StatusTeapot) }}},
		"redirect": {Pages: map[string]http.HandlerFunc{"tls": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/%1b%5b2J%E2%80%AE/p", http.StatusFound)
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev.Start()
			defer dev.Close()
			top := t.TempDir()
			state := filepath.Join(top, "a", "state")
			for _, flags := range [][]string{nil, {"-json"}, {"-plan"}} {
				args := append([]string{"-url", dev.URL(), "-dept-id", baddevice.DepartmentID, "-password-env", "DEVICE_PASSWORD", "-trust-on-first-use", "-state", state}, flags...)
				r := invocation{args: args, env: map[string]string{"DEVICE_PASSWORD": baddevice.Password}}.run(t)
				if c, bad := baddevice.Unsafe(r.stdout + r.stderr); bad {
					t.Errorf("%q: %U was printed:\n%q\n%q", flags, c, r.stdout, r.stderr)
				}
			}
			entries, err := os.ReadDir(top)
			if err != nil || len(entries) != 1 || entries[0].Name() != "a" {
				t.Errorf("files: %v, %v", entries, err)
			}
			if inner, err := os.ReadDir(filepath.Join(top, "a")); err != nil || len(inner) != 1 {
				t.Errorf("files: %v, %v", inner, err)
			}
		})
	}
}
