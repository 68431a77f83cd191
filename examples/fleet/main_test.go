package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/wording/english"
)

func fleet(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return answering(t, "", args...)
}

// answering is fleet with somebody at the terminal, who types so; empty: nobody.
func answering(t *testing.T, typed string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &streams{
		in: strings.NewReader(typed), stdout: &out, errs: &errs, asks: typed != "",
		adjust: quick,
	})
	return code, out.String(), errs.String()
}

func quick(o *rekey.Options) { o.Timeouts.Poll = 20 * time.Millisecond }

// TestMain sets for all what a test that runs beside others cannot: the passwords that
// lists name, and the kind of the terminal.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"FLEET_TEST": "7654321", "FLEET_GOOD": "7654321", "FLEET_WRONG": "9999999", "FLEET_LOCKED": "1111111", "FLEET_HOSTILE": hostile.Password,
		"TERM": "xterm",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(devicetest.SideBySide(m))
}

// frame is a list of two devices: one that is there, and one that is off.
type frame struct {
	dev  *simdevice.Device
	off  string
	dir  string
	list string // file
	text string // of it
}

func (f *frame) at(name string) string { return filepath.Join(f.dir, name) }

// newFrame has a device that restarts for a time; zero: a moment.
func newFrame(t *testing.T, restart time.Duration) *frame {
	t.Helper()
	if race.SlowScripts {
		t.Skip("page scripts run a hundred times slower under the race detector, unless it is kept from them: see .ci/run")
	}
	dev, err := simdevice.New(simdevice.Config{Seed: 4, RestartTime: restart, Errorf: t.Errorf})
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	f := &frame{dev: dev, off: devicetest.Nobody(t), dir: t.TempDir()}
	f.list = f.at("list.csv")
	f.text = "\ufeffaddress;name;dept-id;password-env;trust-on-first-use;site;\n" + dev.URL() + ";=First floor;7654321;FLEET_TEST;yes;B;\n" + f.off + ";;7654321;FLEET_TEST;yes;B;\n"
	if err := os.WriteFile(f.list, []byte(f.text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// From a list to devices with new keys.
func TestFleet(t *testing.T) {
	t.Parallel()
	f := newFrame(t, 0)
	dev, list := f.dev, f.list
	code, out, errs := fleet(t, "-inventory", list)
	if code != 9 || !strings.HasSuffix(errs, "2 of 2 looked at\n") || !strings.Contains(out, "1 of ") || !strings.Contains(out, "proved weak") || !strings.HasSuffix(out, "2 devices, 1 weak, 1 unreachable\n") || strings.Contains(out, "done") || dev.Restarts() != 0 {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	state := f.at("state")
	code, out, errs = answering(t, "no\n", "-inventory", list, "-run", "-state-dir", state)
	if code != 15 || !strings.Contains(out, "Do that?") || !strings.Contains(out, "to replace: TLS") || dev.Restarts() != 0 {
		t.Errorf("not agreed: %d\n%s%s", code, out, errs)
	}
	code, out, errs = answering(t, "yes\n", "-inventory", list, "-run", "-state-dir", state)
	if code != 9 || !strings.Contains(errs, dev.URL()+" restarts; ") || !strings.Contains(errs, " of 2 ended, 1 restarting") ||
		!strings.Contains(out, "1 usage with a new key") || !strings.HasSuffix(out, "2 devices, 1 done, 1 unreachable\n") || dev.Restarts() != 1 {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	code, out, _ = fleet(t, "-inventory", list, "-run", "-yes", "-resume", "-state-dir", state, "-json")
	objects := strings.Split(strings.TrimSpace(out), "\n")
	if code != 9 || len(objects) != 3 || !strings.HasPrefix(objects[0], `{"outcome":"left out","url":"`+dev.URL()+`","says":"done by an earlier run, `) || !strings.HasSuffix(objects[1], `"exit":{"code":9,"class":"unreachable","retry":"later"}}`) ||
		objects[2] != `{"counts":{"unreachable":1},"exit":{"code":9,"class":"unreachable","retry":"later"}}` {
		t.Errorf("as JSON: %d\n%s", code, out)
	}
	if _, out, errs := fleet(t, "-inventory", list, "-task-lang", "ja"); english.Words(out+errs) != "" || !strings.HasSuffix(out, "2 台、1 確認済み、1 応答なし\n") {
		t.Errorf("%s%s", out, errs)
	}
	code, out, errs = fleet(t, "-inventory", list, "-run", "-yes", "-resume", "-state-dir", state)
	if !strings.Contains(out, "left out     "+dev.URL()+"  done by an earlier run") || !strings.HasSuffix(out, "1 device, 1 unreachable\n") || code != 9 {
		t.Errorf("resumed: %d\n%s%s", code, out, errs)
	}
}

func TestFleetWrongCalls(t *testing.T) {
	t.Parallel()
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("address,password-env\na.example,FLEET_TEST_NOT_SET\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.csv")
	if err := os.WriteFile(plain, []byte("address\na.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		says string
		args []string
	}{
		{"-inventory is missing", nil},
		{"open absent", []string{"-inventory", "absent"}},
		{"FLEET_TEST_NOT_SET", []string{"-inventory", list}},
		{"-state-dir", []string{"-inventory", plain, "-run"}},
		{"absent", []string{"-inventory", plain, "-apply", "absent", "-state-dir", t.TempDir()}},
		{"absent", []string{"-approve", "absent"}},
		{"-change", []string{"-inventory", plain, "-plan", "-out", "p"}},
		{"one at a time", []string{"-inventory", plain, "-run", "-plan"}},
		{"-resume goes with", []string{"-inventory", plain, "-resume"}},
		{"-approval-key goes with", []string{"-inventory", plain, "-approval-key", "k"}},
		{"-approvers with", []string{"-inventory", plain, "-run", "-yes", "-state-dir", "s", "-approvers", "a"}},
		{"no size of a wave", []string{"-inventory", plain, "-waves", "1,x"}},
		{"-concurrency", []string{"-inventory", plain, "-concurrency", "0"}},
		{"is no flag", []string{"-inventory", plain, "more"}},
		{"-gate", []string{"-inventory", plain, "-gate", filepath.Join(t.TempDir(), "absent")}},
	} {
		if code, out, errs := fleet(t, tt.args...); code != exitUsage || out != "" || !strings.HasPrefix(errs, "fleet: ") || !strings.Contains(errs, tt.says) {
			t.Errorf("%v: %d, %q, %q", tt.args, code, out, errs)
		}
	}
	// Nothing that is no JSON among JSON, also with somebody at the terminal.
	code, out, _ := answering(t, "yes\n", "-inventory", list, "-run", "-yes", "-state-dir", t.TempDir(), "-json", "-gate", "ask")
	if code != exitUsage || !strings.Contains(out, `"error":"-json asks nobody`) {
		t.Errorf("%d, %s", code, out)
	}
	if err := os.WriteFile(list, []byte("address\n127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// What is no device's stands in the last object.
	code, out, errs := fleet(t, "-inventory", list, "-plan", "-change", "C", "-as", "a", "-out", filepath.Join(t.TempDir(), "absent", "p"), "-json")
	if objects := strings.Split(strings.TrimSpace(out), "\n"); code != exitUsage || !strings.Contains(objects[len(objects)-1], `"error":"`) {
		t.Errorf("%d, %s%s", code, out, errs)
	}
}
