package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/durable"
)

func open(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	root, dir := open(t)
	for _, content := range []string{"first", "second, longer", ""} {
		if err := durable.WriteFile(root, "f", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := durable.ReadFile(root, "f", 100); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := durable.SyncDir(root, "."); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "f")); err != nil || info.Mode().Perm() != durable.FileMode {
		t.Errorf("%v, %v", info, err)
	}
}

// What cannot be written leaves nothing behind, and what was there as it was.
func TestWriteFileFails(t *testing.T) {
	t.Parallel()
	root, dir := open(t)
	if err := os.MkdirAll(filepath.Join(dir, "taken", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"taken", "missing/f", "../f"} {
		if err := durable.WriteFile(root, name, []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "taken" {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	root, dir := open(t)
	outside := filepath.Join(t.TempDir(), "outside")
	for path, content := range map[string]string{filepath.Join(dir, "large"): strings.Repeat("x", 11), outside: "x"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	for name, want := range map[string]error{"none": fs.ErrNotExist, ".": durable.ErrIrregular, "link": durable.ErrIrregular, "large": durable.ErrTooLarge} {
		if _, err := durable.ReadFile(root, name, 10); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := durable.ReadFile(root, "large", 11); err != nil {
		t.Error(err)
	}
}
