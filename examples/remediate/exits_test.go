package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/state"
)

// documented are the rows of docs/exit-codes.md by class.
func documented(t *testing.T) map[rekey.ExitClass]rekey.Exit {
	t.Helper()
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[rekey.ExitClass]rekey.Exit{}
	for _, m := range regexp.MustCompile("(?m)^\\| (\\d+) \\| `(\\w+)` \\| (\\w+) \\|").FindAllStringSubmatch(string(page), -1) {
		code, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		all[rekey.ExitClass(m[2])] = rekey.Exit{Code: code, Class: rekey.ExitClass(m[2]), Retry: rekey.Retry(m[3])}
	}
	return all
}

// Each situation ends with the code, class and time to try again of the page on exit
// codes, says the class in words and what comes next, or names what is at fault.
// TestIssuing has those of CSRs, TestAskOnTerminal that of who does not agree,
// TestInterrupted the last, TestSixKeys the missing decision.
func TestExitCodesAsRun(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	page := documented(t)
	off := devicetest.Nobody(t)
	dot1x := []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}}}
	for name, c := range map[string]struct {
		device simdevice.Config
		flags  []string
		before func(t *testing.T, d *simdevice.Device, state string)
		class  rekey.ExitClass
		says   []string // on standard error, or in the verdict
	}{
		"wrong usage":   {flags: []string{"-validity", "never"}, class: rekey.ExitUsage, says: []string{"-validity", "-help"}},
		"weak firmware": {device: simdevice.Config{Version: "37.30", MakesWeakKeys: true}, class: rekey.ExitFirmware, says: []string{"update the firmware"}},
		"unreachable":   {flags: []string{"-url", "https://" + off + "/"}, class: rekey.ExitUnreachable, says: []string{"switched on", "try again later"}},
		"page unknown":  {device: simdevice.Config{Broken: []simdevice.Rule{simdevice.RuleControllerShown}}, flags: []string{"-plan"}, class: rekey.ExitPage, says: []string{"-lang TAG", "docs/survey.md"}},
		"another run": {before: func(t *testing.T, d *simdevice.Device, dir string) {
			s, err := state.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			release, err := s.Lock(t.Context(), address.Device(d.URL()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { release(); s.Close() })
		}, class: rekey.ExitLocked, says: []string{"another run", "wait for the other run"}},
		"policy after a press": {device: simdevice.Config{Locked: []simdevice.PageKind{simdevice.PageTLSKeys}}, class: rekey.ExitPolicy, says: []string{"device refused", "security policy"}},
		"jobs running": {device: simdevice.Config{Jobs: 2}, flags: []string{"-jobs-timeout", "100ms"}, class: rekey.ExitWaiting,
			says: []string{"2 jobs are running", "run the same again later", "-ignore-jobs"}},
		"login refused":         {flags: []string{"-dept-id", "1234"}, class: rekey.ExitLogin, says: []string{"will not be sent again", "Correct -user or -dept-id", "correct the login"}},
		"a decision is missing": {device: simdevice.Config{Keys: dot1x}, class: rekey.ExitDecision, says: []string{"-distribute CMD", "-assume-trusted"}},
		"state unusable": {before: func(t *testing.T, _ *simdevice.Device, dir string) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "evidence"), nil, 0o600); err != nil { // a file where the directory belongs
				t.Fatal(err)
			}
		}, class: rekey.ExitState, says: []string{"evidence", "repair the file"}},
		"security policy": {device: simdevice.Config{Locked: []simdevice.PageKind{simdevice.PageGenerate}}, class: rekey.ExitPolicy, says: []string{"greyed out", "security policy"}},
		"never back":      {device: simdevice.Config{NeverComesBack: true}, flags: []string{"-restart-timeout", "2s"}, class: rekey.ExitFailed, says: []string{"did not come back", "running again is safe"}},
		"not verified": {device: simdevice.Config{Keys: dot1x, Broken: []simdevice.Rule{simdevice.RuleFormsKept}}, flags: []string{"-assume-trusted"}, class: rekey.ExitUnverified,
			says: []string{"nothing but the key changed", "the old key was kept"}},
	} {
		// What a run does to a device is not undone: as JSON it is another one.
		for _, as := range []string{"text", "JSON"} {
			t.Run(name+" as "+as, func(t *testing.T) {
				t.Parallel()
				cfg := quick(c.device)
				cfg.Seed = 10
				d := device(t, cfg)
				dir := stateDir(t)
				flags := flagsOf(t, d, dir, c.flags...)
				if c.before != nil {
					c.before(t, d, dir)
				}
				want := page[c.class]
				if as == "JSON" {
					r := invoke(t, append(flags, "-json")...)
					r.want(t, want.Code)
					if e := r.report(t); e.Exit != want || e.Error == "" {
						t.Errorf("%+v, want %+v; error %q", e.Exit, want, e.Error)
					}
					return
				}
				r := invoke(t, flags...)
				r.want(t, want.Code)
				words := strings.Join(strings.Fields(r.stdout+" "+r.stderr), " ")
				for _, part := range append(c.says, "Exit code "+strconv.Itoa(want.Code)+": ") {
					if !strings.Contains(words, part) {
						t.Errorf("it does not say %q:\n%s\n%s", part, r.stdout, r.stderr)
					}
				}
			})
		}
	}
	if got := rekey.ExitOf(nil); got != page[rekey.ExitDone] {
		t.Errorf("%+v", got)
	}
}
