package state_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

const host = "192.0.2.7"

func open(t testing.TB, dir string) *state.Dir {
	t.Helper()
	d, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	state.SetIterations(d)
	t.Cleanup(func() { d.Close() })
	return d
}

func openReadOnly(t testing.TB, dir string) *state.Dir {
	t.Helper()
	d, err := state.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	state.SetIterations(d)
	t.Cleanup(func() { d.Close() })
	return d
}

// tree lists a directory with every file's content and time.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, path, info.Mode(), info.ModTime())
		if e.Type().IsRegular() {
			content, err := os.ReadFile(path)
			b.WriteString(hex.EncodeToString(content) + "\n")
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// find returns the one file whose name matches, and its content.
func find(t *testing.T, dir, pattern string) (path string, content []byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "devices", "*", pattern))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: found %q, %v: want one", pattern, paths, err)
	}
	content, err = os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return paths[0], content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesWhatIsNoDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if _, err := state.Open(file); err == nil {
		t.Error("Open took a file")
	}
	if _, err := state.OpenReadOnly(file); err == nil {
		t.Error("OpenReadOnly took a file")
	}
	if _, err := state.Open(""); err == nil {
		t.Error(`Open took ""`)
	}
}

func TestReadOnlyWritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	d := open(t, full)
	fill(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{full, filepath.Join(dir, "missing")} {
		before := tree(t, dir)
		d := openReadOnly(t, at)
		if err := d.SetPin(host, [32]byte{2}); !errors.Is(err, state.ErrReadOnly) {
			t.Errorf("SetPin: %v", err)
		}
		if _, err := d.Lock(t.Context(), host); !errors.Is(err, state.ErrReadOnly) {
			t.Errorf("Lock: %v", err)
		}
		if err := journal(t, d, host).Append(state.Record{Event: state.Noted}); !errors.Is(err, state.ErrReadOnly) {
			t.Errorf("Append: %v", err)
		}
		_, pinned, err := d.Pin(host)
		if err != nil || pinned != (at == full) {
			t.Errorf("Pin: %v, %v", pinned, err)
		}
		records, err := journal(t, d, host).Records()
		if err != nil || (len(records) == 1) != (at == full) {
			t.Errorf("Records: %v, %v", records, err)
		}
		if after := tree(t, dir); after != before {
			t.Errorf("%s: changed\n%s\nto\n%s", at, before, after)
		}
	}
}

// fill writes one of everything.
func fill(t *testing.T, d *state.Dir) {
	t.Helper()
	release := lock(t, d, host)
	defer release()
	err := errors.Join(
		d.SetPin(host, [32]byte{1}),
		d.Remember(remoteui.DeviceID{Host: host}, remoteui.Credentials{UserName: "admin"}),
		journal(t, d, host).Append(state.Record{Event: state.Noted, Note: "n"}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean little there")
	}
	dir := filepath.Join(t.TempDir(), "new", "state")
	fill(t, open(t, dir))
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHostileHosts(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	d := open(t, filepath.Join(parent, "state"))
	hosts := []string{
		"../../etc/passwd", "/etc/passwd", "..", "....", "a/b", "a_b", `a\b`, "a:b", "CON", "con.txt", "nul",
		"fe80::1%eth0", "プリンター", "x\x00y", "x\ny", "\u202ex", "\xff\xfe", strings.Repeat("a", 253), strings.Repeat("a", 253) + "b",
	}
	for i, h := range hosts {
		if err := d.SetPin(h, [32]byte{byte(i + 1)}); err != nil {
			t.Errorf("%.20q: %v", h, err)
		}
	}
	for i, h := range hosts {
		pin, ok, err := d.Pin(h)
		if err != nil || !ok || pin != [32]byte{byte(i + 1)} {
			t.Errorf("%.20q: pin %x, %v, %v: two hosts share a file", h, pin[:1], ok, err)
		}
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside of the directory: %v, %v", entries, err)
	}
	for _, h := range []string{"", " ", ".", strings.Repeat("a", 1<<20)} {
		if err := d.SetPin(h, [32]byte{1}); err == nil {
			t.Errorf("host %.20q was taken", h)
		}
	}
}

func TestLinkOutOfTheDirectoryIsNotFollowed(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "devices")); err != nil {
		t.Skip(err)
	}
	if err := open(t, dir).SetPin(host, [32]byte{1}); err == nil {
		t.Error("a link led out of the directory")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

func TestClosedDirRefuses(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Pin(host); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Pin: %v", err)
	}
}
