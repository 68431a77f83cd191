package acceptance_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// A key is deleted only while its evidence is on disk, and says what was
// written; what can be written again is. // W-4
func TestEvidenceIsReadBack(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, dir string, files []string)
		deleted bool
	}{
		"files removed": {func(t *testing.T, dir string, files []string) {
			for _, f := range files {
				check(t, os.Remove(f))
			}
		}, true},
		"files cut short": {func(t *testing.T, dir string, files []string) {
			for _, f := range files {
				check(t, os.Truncate(f, 10))
			}
		}, true},
		"another's certificate": {func(t *testing.T, dir string, files []string) {
			for _, f := range files {
				if filepath.Ext(f) != ".json" {
					check(t, os.WriteFile(f, []byte("another"), 0o600))
				}
			}
		}, true},
		"directory removed": {func(t *testing.T, dir string, files []string) { check(t, os.RemoveAll(dir)) }, false},
		"directory elsewhere": {func(t *testing.T, dir string, files []string) {
			check(t, os.Rename(dir, dir+"-moved"))
			check(t, os.Symlink(t.TempDir(), dir))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				dev := start(t, simdevice.Config{Seed: 2})
				o := options(t)
				old, dir := bound(dev), filepath.Join(o.Dir, "evidence")
				o.OnEvent = func(e rekey.Event) {
					if strings.Contains(e.Text, "serves key") {
						files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
						if err != nil || len(files) < 3 {
							t.Error(files, err)
						}
						c.spoil(t, dir, files)
					}
				}
				r, err := rekey.Remediate(bounded(t), access(dev, simdevice.Config{}), o)
				if (err == nil) != c.deleted || slices.Contains(names(dev), old.Name) == c.deleted {
					t.Fatalf("%v; keys %q", err, names(dev))
				}
				if !c.deleted {
					return
				}
				if !slices.ContainsFunc(r.Notices, func(n string) bool { return strings.Contains(n, "written again") }) {
					t.Errorf("notices %q", r.Notices)
				}
				whole, err := filepath.Glob(filepath.Join(dir, "*", "*.cer"))
				if err != nil || !slices.ContainsFunc(whole, func(f string) bool {
					der, err := os.ReadFile(f)
					return err == nil && slices.Equal(der, old.Certificate.Raw)
				}) {
					t.Errorf("%q, %v: none is the old certificate", whole, err)
				}
			})
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
