package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
)

// Without flags: a simulated device, remediated; plan, progress and report are
// shown, and nothing is left behind.
func TestNoFlags(t *testing.T) {
	tooSlowForRace(t)
	picture, err := os.ReadFile("../../docs/terminal.svg")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP"} { // Unix, Windows
		t.Setenv(name, temp)
	}
	t.Chdir(t.TempDir())
	r := invoke(t)
	r.want(t, exitDone)
	for _, want := range []string{"simulated device at https://127.0.0.1:", "sha256//", "Plan: 1 key to replace, 1 restart", "verified (served)"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("stdout does not show %q:\n%s", want, r.stdout)
		}
	}
	r.narrow(t, 80, 45)
	sameAsPicture(t, string(picture), r.stdout)
	if !strings.Contains(r.stderr, "G-1") {
		t.Errorf("stderr shows no progress:\n%s", r.stderr)
	}
	for _, dir := range []string{temp, "."} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind in %s: %v, %v", dir, left, err)
		}
	}
}

func TestRemediateJSON(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 7}))
	state := stateDir(t)
	old := tlsKey(t, dev)
	oldPin := flagsOf(t, dev, state, "-json")

	r := invoke(t, oldPin...)
	r.want(t, exitDone)
	report := r.report(t)
	tls := usageOf(t, report, "tls")
	now := tlsKey(t, dev)
	switch {
	case tls.OldKey.Name != old.Name || tls.OldKey.SPKI != old.SPKI || tls.OldKey.Weak != keys.Proved:
		t.Errorf("old key %+v, want %s %s, proved weak", tls.OldKey, old.Name, old.SPKI)
	case tls.NewKey.Name != now.Name || tls.NewKey.SPKI != now.SPKI || tls.NewKey.Weak != keys.NotFound:
		t.Errorf("new key %+v, want %s %s, not found weak", tls.NewKey, now.Name, now.SPKI)
	case !tls.Affected || !tls.Verified || tls.Proof != "served":
		t.Errorf("usage %+v, want affected, verified, served", tls)
	case report.Restarts != 1 || dev.Restarts() != 1:
		t.Errorf("%d restarts reported, %d seen, want 1", report.Restarts, dev.Restarts())
	case report.Requests != len(dev.Log()):
		t.Errorf("%d requests reported, %d seen", report.Requests, len(dev.Log()))
	case report.Plan == nil || report.Error != "":
		t.Errorf("plan %v, error %q", report.Plan, report.Error)
	}
	if slices.ContainsFunc(dev.Keys(), func(k simdevice.KeyState) bool { return k.SPKI == old.SPKI }) {
		t.Error("the old key is still there")
	}

	t.Run("second run finds nothing to do", func(t *testing.T) {
		changes := dev.StateChanges()
		r := invoke(t, oldPin...) // the state directory knows the old pin's successor
		r.want(t, exitDone)
		if tls := usageOf(t, r.report(t), "tls"); tls.Affected {
			t.Errorf("still affected: %+v", tls)
		}
		if dev.StateChanges() != changes {
			t.Error("the device was changed")
		}
		text := invoke(t, slices.DeleteFunc(slices.Clone(oldPin), func(flag string) bool { return flag == "-json" })...)
		if strings.Contains(text.stdout, "Plan: ") || strings.Count(text.stdout, ": nothing to do.\n") != 2 { // first and last
			t.Errorf("it is said more than once:\n%s", text.stdout)
		}
	})
}

func TestPlanOnly(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 8}))
	state := stateDir(t)
	flags := flagsOf(t, dev, state, "-plan")

	t.Run("text", func(t *testing.T) {
		r := invoke(t, flags...)
		r.want(t, exitDone)
		if !strings.Contains(r.stdout, "Plan: 1 key to replace") {
			t.Errorf("no plan:\n%s", r.stdout)
		}
	})
	t.Run("json", func(t *testing.T) {
		r := invoke(t, append(slices.Clone(flags), "-json")...)
		r.want(t, exitDone)
		report := r.report(t)
		tls := usageOf(t, report, "tls")
		if report.Plan == nil || report.Plan.Empty() || !tls.Affected || tls.Reason == "" || tls.Verified {
			t.Errorf("plan %+v, usage %+v", report.Plan, tls)
		}
	})
	if n := dev.StateChanges(); n != 0 {
		t.Errorf("%d changes of the device", n)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("the state directory was made")
	}
}

func TestSimulatedPlan(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	r := invoke(t, "-plan", "-json", "-lang", "ja", "-key", "ecdsa-p256", "-cn", "printer.test", "-validity", "2y", "-cert", "self-signed")
	r.want(t, exitDone)
	plan := r.report(t).Plan
	if plan == nil || len(plan.Changes) != 1 {
		t.Fatalf("plan %+v, want one change", plan)
	}
	spec := plan.Changes[0].New
	if spec.Algorithm.String() != "ecdsa-p256" || spec.CommonName != "printer.test" || spec.NotAfter.Sub(spec.NotBefore) != 730*day {
		t.Errorf("the flags are not in the plan: %+v", spec)
	}
}

func TestM5_VulnerableFirmware(t *testing.T) {
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 9, Version: "37.30", MakesWeakKeys: true})
	r := invoke(t, flagsOf(t, dev, stateDir(t), "-json")...)
	r.want(t, exitFirmware)
	if report := r.report(t); report.Eligibility != models.Vulnerable || report.Device.Controller != "37.30" || report.Error == "" {
		t.Errorf("report %+v", report)
	}
	if !strings.Contains(r.stderr, "update the firmware first") {
		t.Errorf("stderr does not say what to do:\n%s", r.stderr)
	}
	if dev.StateChanges() != 0 {
		t.Error("the device was changed")
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 10})
	wrong := invocation{args: flagsOf(t, dev, stateDir(t), "-json"), env: map[string]string{"DEVICE_PASSWORD": "battery staple"}}
	r := wrong.run(t)
	r.want(t, exitLogin)
	if report := r.report(t); !strings.Contains(report.Error, "refused") || strings.Contains(r.stdout+r.stderr, "staple") {
		t.Errorf("error %q, stderr:\n%s", report.Error, r.stderr)
	}
	if !strings.Contains(r.stderr, "-password-env") {
		t.Errorf("stderr does not say what to do:\n%s", r.stderr)
	}

	// A second run must not try it again, a corrected one must get in.
	wrong.run(t).want(t, exitLogin)
	if n := dev.LoginAttempts(); n != 1 {
		t.Errorf("%d logins tried, want 1", n)
	}
	invoke(t, flagsOf(t, dev, stateDir(t), "-plan")...).want(t, exitDone)
}

func TestIdentity(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 11})
	login := []string{"-url", dev.URL(), "-dept-id", "4711", "-password-env", "DEVICE_PASSWORD", "-plan"}
	for name, more := range map[string][]string{
		"unknown":   nil,
		"wrong pin": {"-pin", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	} {
		t.Run(name, func(t *testing.T) {
			r := invoke(t, slices.Concat(login, more, []string{"-state", stateDir(t)})...)
			r.want(t, exitLogin)
			if !strings.Contains(r.stderr, "-pin "+pin(t, dev)) {
				t.Errorf("stderr does not print the pin:\n%s", r.stderr)
			}
		})
	}
	if n := len(dev.Log()); n != 0 {
		t.Errorf("%d requests were sent to a device that was not known", n)
	}
	t.Run("first use", func(t *testing.T) {
		invoke(t, slices.Concat(login, []string{"-trust-on-first-use", "-state", stateDir(t)})...).want(t, exitDone)
	})
}

func TestPlainHTTPOnly(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 12, PlainHTTPOnly: true})
	r := invoke(t, "-url", dev.URL(), "-dept-id", "4711", "-password-env", "DEVICE_PASSWORD", "-trust-on-first-use", "-state", stateDir(t))
	r.want(t, exitLogin)
	if !strings.Contains(r.stderr, "switch on TLS") || dev.LoginAttempts() != 0 {
		t.Errorf("%d logins; stderr:\n%s", dev.LoginAttempts(), r.stderr)
	}
}

func TestUnplugged(t *testing.T) {
	t.Parallel()
	r := invoke(t, "-url", "https://"+devicetest.Nobody(t)+"/", "-trust-on-first-use", "-json", "-state", stateDir(t))
	r.want(t, exitUnreachable)
	if e := r.report(t).Exit; e != (rekey.Exit{Code: 9, Class: rekey.ExitUnreachable, Retry: rekey.RetryLater}) {
		t.Errorf("exit %+v", e)
	}
	if r.report(t).Error == "" || !strings.Contains(r.stderr, "switched on") {
		t.Errorf("stderr does not say what to do:\n%s", r.stderr)
	}
}

func TestPasswordSources(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 13})
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\r\nnot this\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	flags := []string{"-url", dev.URL(), "-dept-id", "4711", "-pin", pin(t, dev), "-plan", "-state", stateDir(t)}
	t.Run("file", func(t *testing.T) {
		r := invoke(t, append(slices.Clone(flags), "-password-file", file)...)
		r.want(t, exitDone)
		if !strings.Contains(r.stderr, "chmod 600") {
			t.Errorf("no warning about a file that others can read:\n%s", r.stderr)
		}
	})
	t.Run("standard input", func(t *testing.T) {
		invocation{args: append(slices.Clone(flags), "-password-file", "-"), stdin: password + "\n"}.run(t).want(t, exitDone)
	})
}

// An interrupted run ends at a safe point; the next one finishes the work.
func TestInterrupted(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 17}))
	flags := flagsOf(t, dev, stateDir(t), "-json")
	ctx, interrupt := context.WithCancel(t.Context())
	r := invocation{args: flags, ctx: ctx, onStderr: func(text string) {
		if strings.Contains(text, "G-1 ") {
			interrupt()
		}
	}}.run(t)
	r.want(t, exitInterrupted)
	if report := r.report(t); report.Error == "" || !strings.Contains(r.stderr, "interrupted") || !strings.Contains(r.stderr, "Run the same again") {
		t.Errorf("error %q, stderr:\n%s", report.Error, r.stderr)
	}
	if n := dev.OpenSessions(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
	// In words: who interrupts has not failed, and Go's words are nobody's.
	ctx, interrupt = context.WithCancel(t.Context())
	r = invocation{args: slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return f == "-json" }), ctx: ctx, onStderr: func(text string) {
		if strings.Contains(text, "[W-2 ") || strings.Contains(text, "[R-1 ") {
			interrupt()
		}
	}}.run(t)
	r.want(t, exitInterrupted)
	if said := r.stdout + r.stderr; strings.Contains(said, "failed") || strings.Contains(said, "context canceled") || !strings.Contains(r.stdout, "0 of 1 usage done, 1 not ") {
		t.Errorf("an interruption reads:\n%s%s", r.stdout, r.stderr)
	}
	r = invoke(t, flags...)
	r.want(t, exitDone)
	if tls := usageOf(t, r.report(t), "tls"); !tls.Verified {
		t.Errorf("not finished: %+v", tls)
	}
	if made := slices.DeleteFunc(dev.Keys(), func(k simdevice.KeyState) bool { return !k.Generated }); len(made) != 1 {
		t.Errorf("%d keys were made, want 1", len(made))
	}
}
