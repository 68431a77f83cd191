package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	baddevice "github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

const password = "correct horse 7"

// device starts a simulated device that fails the test if a rule of safety is
// broken.
func device(t *testing.T, cfg simdevice.Config) *simdevice.Device {
	t.Helper()
	cfg.ID, cfg.Password = "4711", password
	if cfg.Errorf == nil {
		cfg.Errorf = t.Errorf
	}
	d, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

// tooSlowForRace leaves a test out under the race detector: the library's own
// tests cover runs there.
func tooSlowForRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("page scripts run a hundred times slower under the race detector")
	}
}

// pin is the pin of the key that the device serves TLS with.
func pin(t *testing.T, d *simdevice.Device) string {
	t.Helper()
	return remoteui.HashSPKI(tlsKey(t, d).Certificate).String()
}

func tlsKey(t *testing.T, d *simdevice.Device) simdevice.KeyState {
	t.Helper()
	all := d.Keys()
	i := slices.IndexFunc(all, func(k simdevice.KeyState) bool { return slices.Contains(k.Active, simdevice.UseTLS) })
	if i < 0 {
		t.Fatal("no key is in use for TLS")
	}
	return all[i]
}

// flagsOf are the flags with which the device lets us in; all state is kept in
// a directory of the test.
func flagsOf(t *testing.T, d *simdevice.Device, state string, more ...string) []string {
	t.Helper()
	flags := []string{"-url", d.URL(), "-dept-id", "4711", "-password-env", "DEVICE_PASSWORD", "-pin", pin(t, d), "-state", state}
	return append(flags, more...)
}

// result is what a run left behind.
type result struct {
	code           int
	stdout, stderr string
}

// invocation is a run of the program within the test's process.
type invocation struct {
	args  []string
	env   map[string]string // besides DEVICE_PASSWORD
	stdin string
	// onStderr is told everything written there so far.
	onStderr func(text string)
	ctx      context.Context // nil: the test's
}

func (v invocation) run(t *testing.T) result {
	t.Helper()
	ctx := v.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	env := func(name string) (string, bool) {
		if value, ok := v.env[name]; ok {
			return value, true
		}
		return password, name == "DEVICE_PASSWORD"
	}
	var stdout, stderr buffer
	stderr.onWrite = v.onStderr
	code := run(ctx, v.args, strings.NewReader(v.stdin), &stdout, &stderr, env, often)
	r := result{code, stdout.String(), stderr.String()}
	var secrets baddevice.Secrets
	secrets.Plant("password", password)
	for name, value := range v.env {
		if strings.Contains(name, "PASSWORD") || strings.Contains(name, "CHALLENGE") {
			secrets.Plant(name, value)
		}
	}
	if found := secrets.Find(r.stdout + r.stderr); len(found) > 0 {
		t.Errorf("%q was printed:\n%s%s", found, r.stdout, r.stderr)
	}
	return r
}

// often has a device that makes a key or restarts be looked at more often than a person's.
func often(o *rekey.Options) { o.Timeouts.Poll = 50 * time.Millisecond }

// invoke runs the program with flags alone.
func invoke(t *testing.T, args ...string) result {
	t.Helper()
	return invocation{args: args}.run(t)
}

// want fails the test unless the run ended with a code.
func (r result) want(t *testing.T, code int) {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", r.code, code, r.stdout, r.stderr)
	}
}

// report decodes the one object on stdout.
func (r result) report(t *testing.T) *rekey.Report {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	dec.DisallowUnknownFields()
	report := new(rekey.Report)
	if err := dec.Decode(report); err != nil {
		t.Fatalf("stdout is no report: %v\n%s", err, r.stdout)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("something follows the object: %v", err)
	}
	return report
}

// usage returns a usage's row of a report.
func usageOf(t *testing.T, r *rekey.Report, name string) rekey.UsageReport {
	t.Helper()
	i := slices.IndexFunc(r.Usages, func(u rekey.UsageReport) bool { return string(u.Use) == name })
	if i < 0 {
		t.Fatalf("the report has no usage %q: %+v", name, r.Usages)
	}
	return r.Usages[i]
}

// buffer is a bytes.Buffer that several goroutines may write to.
type buffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	onWrite func(all string)
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.b.Write(p)
	if b.onWrite != nil {
		b.onWrite(b.b.String())
	}
	return n, err
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// stateDir is a directory that does not exist yet.
func stateDir(t *testing.T) string { return filepath.Join(t.TempDir(), "state") }

// quick are the timings of a device that keeps no test waiting. Its seed decides
// whether a page waits two seconds for a key all the same: of half of them, those of 1, 9, 10,
// 12, 15 and 17 among others, none does.
func quick(cfg simdevice.Config) simdevice.Config {
	cfg.GenerateTime, cfg.RestartTime = 0, 300*time.Millisecond
	return cfg
}
