package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/readme"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage/survey"
)

func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs, func(string) (string, bool) { return "7654321", true })
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector; the tests of runs cover the program there")
	}
	t.Parallel()
	dev, err := simdevice.New(simdevice.Config{Errorf: t.Errorf, Labels: map[string]string{"TLS設定": "TLS/SSL 通訊設定"}})
	if err == nil {
		err = dev.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	profile, bundle := filepath.Join(t.TempDir(), "my.profile"), filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(profile, []byte("[labels zh-TW]\ntls-settings = TLS/SSL 通訊設定\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	access := []string{"-url", dev.URL(), "-dept-id", "7654321", "-password-env", "P", "-trust-on-first-use"}
	code, out, _ := invoke(t, append(access, "-bundle", bundle)...)
	if info, err := os.Stat(bundle); code != exitPage || !strings.Contains(out, "TLS/SSL 通訊設定") || err != nil || info.Size() == 0 {
		t.Errorf("broken label: exit code %d, bundle %v\n%s", code, err, out)
	}
	if code, out, _ = invoke(t, append(access, "-profile", profile, "-json")...); code != exitDone {
		t.Errorf("with the profile: exit code %d\n%s", code, out)
	}
	for lang, want := range map[string]string{"zh-TW": "\n所需項目都已找到", "ja": "\n必要なものはすべて見つかりました"} {
		_, out, errs := invoke(t, append(access, "-profile", profile, "-task-lang", lang)...)
		if left := regexp.MustCompile(`[a-z'-]+(?: [a-z][a-z'-]*){3,}`).FindString(regexp.MustCompile("(?m)^.*  .*$").ReplaceAllString(out, "") + errs); left != "" || !strings.Contains(out, want) {
			t.Errorf("%s: %q is left in\n%s%s", lang, left, out, errs)
		}
	}
	var r struct {
		survey.Report
		Exit rekey.Exit
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || !r.Complete() || r.Exit != rekey.ExitOf(nil) {
		t.Errorf("-json: %v", err)
	}
	if code, _, errs := invoke(t, "-url", dev.URL(), "-dept-id", "7654321", "-password-env", "P"); code != exitLogin {
		t.Errorf("unknown identity: exit code %d: %s", code, errs)
	}
	for lang, want := range map[string]int{"xx": exitUsage, "zh-tw": exitUsage, "de": exitPage} {
		if code, _, errs := invoke(t, append(access, "-lang", lang)...); code != want {
			t.Errorf("-lang %s: exit code %d: %s", lang, code, errs)
		}
	}
	if code, out, errs := invoke(t, "wrong", "-json", "-task-lang", "ja"); code != exitUsage || !strings.Contains(out, `"class": "usage"`) || !strings.Contains(errs, "フラグ") {
		t.Errorf("an argument before -json: exit code %d: %s%s", code, out, errs)
	}
	if code, _, errs := invoke(t, append(access, "-profile", bundle)...); code != exitUsage {
		t.Errorf("a profile that is none: exit code %d: %s", code, errs)
	}
}

// The command of README.md does what is said of it.
func TestReadmeCommand(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector")
	}
	t.Parallel()
	dev, err := simdevice.New(simdevice.Config{Errorf: t.Errorf})
	if err == nil {
		err = dev.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	ran, bundle := 0, filepath.Join(t.TempDir(), "machine.zip")
	for _, words := range readme.Commands(t, "survey") {
		for i, w := range words {
			switch {
			case w == "https://192.0.2.7:8443/":
				words[i] = dev.URL()
			case w == "machine.zip":
				words[i] = bundle
			case strings.HasPrefix(w, "sha256//"):
				for _, k := range dev.Keys() {
					if slices.Contains(k.Active, simdevice.UseTLS) {
						words[i] = remoteui.HashSPKI(k.Certificate).String()
					}
				}
			}
		}
		ran++
		if code, out, errs := invoke(t, words[1:]...); code != exitDone {
			t.Errorf("%s: exit code %d\n%s%s", words, code, out, errs)
		}
	}
	if info, err := os.Stat(bundle); ran != 1 || err != nil || info.Size() == 0 || dev.StateChanges() > 0 {
		t.Errorf("%d commands, bundle %v, %d changes", ran, err, dev.StateChanges())
	}
}

// A wrong password is said once, and not repeated, in words or to the device.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{nil, {"-json"}} {
		dev, err := simdevice.New(simdevice.Config{Errorf: t.Errorf, Password: "right", ID: "admin"})
		if err == nil {
			err = dev.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(dev.Close)
		args := append([]string{"-url", dev.URL(), "-dept-id", "admin", "-password-env", "P", "-trust-on-first-use"}, more...)
		code, out, errs := invoke(t, args...)
		if code != exitLogin || strings.Count(errs, "refused") != 1 || strings.Contains(out+errs, "7654321") || (out != "") != (more != nil) {
			t.Errorf("%q: exit code %d\n%s\n%s", more, code, out, errs)
		}
	}
}

func TestVersionAndManual(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{"-version": "survey ", "-manual=man": ".TH SURVEY 1", "-manual=bash": "complete -F _survey survey", "-help": "Exit codes"} {
		if code, out, errs := invoke(t, flag); code != exitDone || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d\n%s%s", flag, code, out, errs)
		}
	}
}

// Whoever interrupts twice has the object all the same, with what happened.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	again := make(chan struct{})
	close(again)
	ctx, cancel := context.WithCancel(program.WithAgain(t.Context(), again))
	defer program.Ended(ctx)
	defer l.Close()
	defer cancel()
	var out, errs bytes.Buffer
	args := []string{"-url", "https://" + l.Addr().String() + "/", "-dept-id", "1", "-password-env", "P", "-trust-on-first-use", "-json"}
	code := run(ctx, args, strings.NewReader(""), &out, &errs, func(string) (string, bool) { return "7654321", true })
	var r struct {
		survey.Report
		Exit rekey.Exit
	}
	if err := json.Unmarshal(out.Bytes(), &r); code != exitInterrupted || err != nil || !strings.Contains(r.Error, "second interruption") || r.Exit != rekey.ExitOf(context.Canceled) {
		t.Errorf("exit code %d, %v\n%s", code, err, &out)
	}
}

func TestUnreachableAndUnwritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := filepath.Join(dir, "there.zip")
	if err := os.WriteFile(there, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	unplugged := []string{"-url", "https://127.0.0.1:1/", "-dept-id", "7654321", "-password-env", "P", "-trust-on-first-use"}
	for name, c := range map[string]struct {
		args []string
		want string
		code int
	}{
		"unplugged":        {unplugged, "127.0.0.1:1", 9},
		"no such folder":   {append(unplugged, "-bundle", filepath.Join(dir, "none", "b.zip")), "no file can be made there", exitFailed},
		"a file as folder": {append(unplugged, "-bundle", filepath.Join(there, "b.zip")), "-bundle: ", exitFailed},
		"bundle there":     {append(unplugged, "-bundle", there), "there already", exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := invoke(t, c.args...)
			if code != c.code || out != "" || strings.Count(errs, "survey: ") != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d\n%s\n%s", code, out, errs)
			}
		})
	}
	if text, err := os.ReadFile(there); string(text) != "older" {
		t.Errorf("the older bundle: %q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
}
