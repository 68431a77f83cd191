package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// What is printed is enough to remediate the device, and then it is content.
func TestServes(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector; internal/acceptance covers the library")
	}
	t.Parallel()
	ctx, switchOff := context.WithTimeout(t.Context(), 2*time.Minute)
	defer switchOff()
	r, w := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-keys", "shared", "-lang", "en", "-restart", "300ms", "-generate", "0s"}, w, &stderr)
		w.Close()
	}()
	lines, said := bufio.NewScanner(r), map[string]string{}
	for said["keys"] == "" && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		said[name] = strings.TrimSpace(value)
	}
	if !strings.Contains(said["try"], said["url"]) || !strings.Contains(said["try"], said["pin"]) || !strings.Contains(said["try"], "-dept-id "+password) {
		t.Errorf("the command does not name the device: %s", said["try"])
	}
	pin, err := remoteui.ParsePin(said["pin"])
	if err != nil || !strings.Contains(said["keys"], "WEAK") {
		t.Fatalf("%v: %v\n%s", err, said, &stderr)
	}
	report, err := rekey.Remediate(ctx, rekey.Device{
		URL: said["url"], DepartmentID: password, Password: rekey.NewSecret(password), Pins: []remoteui.SPKIHash{pin},
	}, &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true, Timeouts: rekey.Timeouts{Poll: 50 * time.Millisecond}})
	if err != nil {
		t.Errorf("%v\n%v", err, report)
	}
	switchOff()
	var rest []string
	for lines.Scan() {
		rest = append(rest, lines.Text())
	}
	if code := <-ended; code != 0 || len(rest) != 1 || strings.Contains(rest[0], "WEAK") {
		t.Errorf("exit code %d\n%q\n%s", code, rest, &stderr)
	}
}

// A device that was told to fails, once, and where it was told to; it has the
// address it was given.
func TestFailures(t *testing.T) {
	t.Parallel()
	address := devicetest.Nobody(t)
	cfg, _, err := parse(program.NewFlags(usageText), []string{"-addr", address, "-fail", "busy@key-list+1", "-fail", "reset-after", "-locked", "ieee8021x", "-lock-after", "3", "-jobs", "1", "-faxes", "2", "-never-back"})
	if err != nil {
		t.Fatal(err)
	}
	want := []simdevice.Fault{{Kind: simdevice.FaultBusy, Page: simdevice.PageKeyList, Skip: 1}, {Kind: simdevice.FaultResetAfter}}
	if !slices.EqualFunc(cfg.Faults, want, func(a, b simdevice.Fault) bool { return a.Kind == b.Kind && a.Page == b.Page && a.Skip == b.Skip }) {
		t.Errorf("faults %+v", cfg.Faults)
	}
	if !slices.Equal(cfg.Locked, []simdevice.PageKind{simdevice.PageIEEE8021X}) || cfg.MaxFailures != 3 || cfg.Jobs != 1 || cfg.Received != 2 || !cfg.NeverComesBack {
		t.Errorf("%+v", cfg)
	}
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	if err := dev.Start(); err != nil || dev.URL() != "https://"+address+"/" {
		t.Errorf("%s, %v: want %s", dev.URL(), err, address)
	}
}

// A device that was unplugged in the middle of the work is, once it is plugged in
// again, the one that it was, and the work goes on.
func TestKeptState(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector")
	}
	t.Parallel()
	file, dir := filepath.Join(t.TempDir(), "device.json"), t.TempDir()
	flags := []string{"-keys", "tls", "-lang", "en", "-restart", "300ms", "-generate", "0s", "-state", file}
	plug := func() (said map[string]string, unplug func()) {
		ctx, off := context.WithCancel(t.Context())
		r, w := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, flags, w, io.Discard)
			w.Close()
		}()
		lines := bufio.NewScanner(r)
		for said = map[string]string{}; said["keys"] == "" && lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), " ")
			said[name] = strings.TrimSpace(value)
		}
		go io.Copy(io.Discard, r)
		return said, func() { off(); <-ended }
	}
	remediate := func(ctx context.Context, said map[string]string, events func(rekey.Event)) (*rekey.Report, error) {
		pin, err := remoteui.ParsePin(said["pin"])
		if err != nil {
			t.Fatal(err)
		}
		return rekey.Remediate(ctx, rekey.Device{
			// The state directory knows a device by its address, which is another now.
			URL: said["url"], DepartmentID: password, Password: rekey.NewSecret(password), Pins: []remoteui.SPKIHash{pin},
		}, &rekey.Options{Dir: dir, Timeouts: rekey.Timeouts{Poll: 50 * time.Millisecond, Restart: 2 * time.Second}, OnEvent: events})
	}
	said, unplug := plug()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, err := remediate(ctx, said, func(e rekey.Event) {
		if e.Kind == rekey.EventStep && e.Step == "R-5" {
			unplug()
			stop()
		}
	})
	if err == nil {
		t.Fatalf("it was unplugged in vain:\n%v", r)
	}
	again, unplug := plug()
	defer unplug()
	if again["pin"] == said["pin"] || !strings.Contains(again["keys"], "WEAK") {
		t.Fatalf("it does not serve the key that was chosen: %v", again)
	}
	made := strings.Count(again["keys"], "rktls")
	r, err = remediate(t.Context(), again, nil)
	if err != nil || made != 1 {
		t.Errorf("%v, %d new keys\n%v", err, made, r)
	}
	flags = append(flags, "-seed", "2")
	if code := run(t.Context(), flags, io.Discard, io.Discard); code != 2 {
		t.Errorf("the state of another device: exit code %d", code)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, word := range append(slices.Clone(faultKinds), strings.Split(pageNames(), ", ")...) {
		if !regexp.MustCompile(`[ \n]` + word + `[,\n]`).MatchString(usageText) {
			t.Errorf("the help text lacks %s", word)
		}
	}
	for _, args := range [][]string{{"-keys", "none"}, {"-lang", "xx"}, {"-login", "xx"}, {"-seed"}, {"more"}, {"-keys", "all", "-slots", "3"},
		{"-addr", "8443"}, {"-fail", "xx"}, {"-fail", "busy@xx"}, {"-fail", "busy+x"}, {"-locked", "xx"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d, %q", args, code, &stderr)
		}
	}
}
