package state_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
)

// Devices behind one address share nothing, and what an earlier version kept of
// the address is what each begins with.
func TestStateByPort(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	old := open(t, dir)
	fill(t, old)
	first, second := host+":10443", host+":20443"
	before := tree(t, dir)
	look := openReadOnly(t, dir)
	for _, name := range []string{host, first, second} {
		if pin, ok, err := look.Pin(name); err != nil || !ok || pin != [32]byte{1} {
			t.Errorf("%s: %x, %v, %v", name, pin[:1], ok, err)
		}
		if records, err := journal(t, look, name).Records(); err != nil || len(records) != 1 {
			t.Errorf("%s: %v, %v", name, records, err)
		}
	}
	if tree(t, dir) != before {
		t.Error("looking has written")
	}
	d := open(t, dir)
	release := lock(t, d, first)
	if err := errors.Join(journal(t, d, first).Append(state.Record{Event: state.Noted, Note: "mine"}), d.SetPin(first, [32]byte{2})); err != nil {
		t.Fatal(err)
	}
	other := lock(t, d, second) // at the same time
	other()
	release()
	for name, want := range map[string]struct {
		pin     byte
		records int
	}{host: {1, 1}, first: {2, 2}, second: {1, 1}} {
		pin, _, err := openReadOnly(t, dir).Pin(name)
		records, err2 := journal(t, openReadOnly(t, dir), name).Records()
		if err != nil || err2 != nil || pin != [32]byte{want.pin} || len(records) != want.records {
			t.Errorf("%s: pin %x, %d records, %v, %v", name, pin[:1], len(records), err, err2)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "devices", ".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, ok, err := openReadOnly(t, dir).Pin("192.0.2.8:10443"); ok || err != nil {
		t.Errorf("another host: %v, %v", ok, err)
	}
}

// A file of a later format is refused by name, whichever it is, and not written.
func TestLaterFormat(t *testing.T) {
	t.Parallel()
	for pattern, use := range map[string]func(d *state.Dir) error{
		"pin.json": func(d *state.Dir) error { _, _, err := d.Pin(host); return err },
		"journal.jsonl": func(d *state.Dir) error {
			j, err := d.Journal(host)
			if err == nil {
				_, err = j.Records()
			}
			return err
		},
		"lock-*.json": func(d *state.Dir) error {
			release, err := d.Lock(t.Context(), host)
			if err == nil {
				release()
			}
			return err
		},
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := open(t, dir)
			fill(t, d)
			_, content := find(t, dir, pattern)
			if !strings.Contains(string(content), `"format":1`) {
				t.Fatalf("no format: %s", content)
			}
			if err := use(d); err != nil {
				t.Fatal(err)
			}
			path, content := find(t, dir, pattern)
			write(t, path, []byte(strings.ReplaceAll(string(content), `"format":1`, `"format":2`)))
			err := use(open(t, dir))
			later, ok := errors.AsType[*state.VersionError](err)
			if !ok || later.Format != 2 || later.File != path || !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("%v", err)
			}
			path, content = find(t, dir, pattern)
			write(t, path, []byte(strings.ReplaceAll(string(content), `"format":2,`, ``)))
			if err := use(open(t, dir)); err != nil {
				t.Errorf("of the time before there were formats: %v", err)
			}
		})
	}
}

// A directory that others may look into is closed to them; of one that is not
// ours alone, what is ours.
func TestOpenDirectoryIsClosed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean little there")
	}
	for _, mode := range []fs.FileMode{0o700, 0o750, 0o755, 0o777, 0o701} {
		for _, foreign := range []bool{false, true} {
			t.Run(fmt.Sprint(mode, foreign), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if foreign {
					write(t, filepath.Join(dir, "thesis.txt"), nil)
				}
				rooms := []string{"devices", "evidence", "refused", "requests"}
				for _, room := range rooms {
					room = filepath.Join(dir, room)
					if err := errors.Join(os.Mkdir(room, 0o700), os.Chmod(room, mode)); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chmod(dir, mode); err != nil {
					t.Fatal(err)
				}
				d, err := state.Open(dir)
				outside, err1 := os.Stat(dir)
				if err1 != nil {
					t.Fatal(err1)
				}
				var inside fs.FileMode // what any of them lets others do
				for _, room := range rooms {
					info, err := os.Stat(filepath.Join(dir, room))
					if err != nil {
						t.Fatal(err)
					}
					inside |= info.Mode().Perm()
				}
				refused := foreign && mode&0o022 != 0
				if (err != nil) != refused || refused && !strings.Contains(err.Error(), dir) {
					t.Errorf("%v", err)
				}
				if err == nil {
					d.Close()
				}
				private := outside.Mode().Perm()&inside&0o077 == 0
				if !refused && !private || foreign && outside.Mode().Perm() != mode || !foreign && outside.Mode().Perm() != 0o700 {
					t.Errorf("mode %v, what is in it %v", outside.Mode().Perm(), inside)
				}
			})
		}
	}
}
