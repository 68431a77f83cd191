package acceptance_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// A state directory that cannot be made or written is told of before anything
// is changed on the device.
func TestDirUnusable(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, name := range []string{"file", "devices is a file", "read-only"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, full(4), func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				switch name {
				case "file":
					o.Dir = filepath.Join(o.Dir, "file")
					writeFile(t, o.Dir, "")
				case "devices is a file":
					writeFile(t, filepath.Join(o.Dir, "devices"), "")
				case "read-only":
					if os.Geteuid() == 0 {
						t.Skip("root writes everywhere")
					}
					if err := os.Chmod(o.Dir, 0o500); err != nil {
						t.Fatal(err)
					}
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if err == nil || dev.StateChanges() != 0 || dev.OpenSessions() != 0 {
					t.Errorf("%v, %d changes, %d sessions\n%v", err, dev.StateChanges(), dev.OpenSessions(), r)
				}
			})
		})
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A state directory that is older than the device, because a backup was put
// back, whose journal ends in a torn line, or that knows the device by another
// address: the next run converges all the same.
func TestOldState(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		name        string
		saved, step string // steps before which the backup was made, and the run stopped
		tear        int    // bytes off the end of the journal
		unknown     bool   // the journal says nothing of the old keys: they may stay
	}{
		{"backup from before the bindings", "R-2", "D-1", 0, false},
		{"backup from before the keys", "G-1", "R-5", 0, true},
		{"backup from before the restart", "R-5", "S-1", 0, false},
		{"torn after the restart", "D-1", "D-1", 7, false},
		{"torn before the bindings", "R-3", "R-3", 40, false},
		{"two names", "D-1", "D-1", 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := full(2)
			cfg.HideApplyUntilPending = simdevice.No
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				before := dev.Settings()
				backup := t.TempDir()
				saved := false
				o.OnEvent = func(e rekey.Event) {
					if e.Kind == rekey.EventStep && e.Step == tc.saved && !saved {
						saved = true
						if err := os.CopyFS(backup, os.DirFS(o.Dir)); err != nil {
							t.Error(err)
						}
					}
				}
				stopAtAlso(t, d, o, tc.step)
				tear(t, backup, tc.tear)
				o.Dir, o.OnEvent = backup, nil
				if tc.name == "two names" {
					d.URL = strings.Replace(d.URL, "printer.example", "mfp.example", 1)
				}
				r, err := rekey.Remediate(t.Context(), d, o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				if tc.unknown {
					for _, k := range dev.Keys() {
						if k.Weak && len(k.Active) > 0 {
							t.Errorf("%q is in use for %q", k.Name, k.Active)
						}
					}
					return
				}
				if !slices.ContainsFunc(dev.Keys(), func(k simdevice.KeyState) bool { return k.Weak }) {
					finished(t, dev, before)
					return
				}
				t.Errorf("keys %q\n%v", names(dev), r)
			})
		})
	}
}

// stopAtAlso is stopAt with what OnEvent does besides.
func stopAtAlso(t *testing.T, d rekey.Device, o *rekey.Options, step string) {
	t.Helper()
	also := o.OnEvent
	stop := *o
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop.OnEvent = func(e rekey.Event) {
		also(e)
		if e.Kind == rekey.EventStep && e.Step == step {
			cancel()
		}
	}
	if _, err := rekey.Remediate(ctx, d, &stop); err == nil {
		t.Fatalf("not stopped at %s", step)
	}
}

// tear cuts the end off the journal in a state directory.
func tear(t *testing.T, dir string, n int) {
	t.Helper()
	if n == 0 {
		return
	}
	paths, err := filepath.Glob(filepath.Join(dir, "devices", "*", "journal.jsonl"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("journals %q, %v", paths, err)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, paths[0], string(bytes.Clone(b[:len(b)-n])))
}
