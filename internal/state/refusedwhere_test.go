package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// A record of a device of another name is found at once, if it was written here;
// one that somebody puts into a folder is found soon; and neither counts any more
// once the file is gone.
func TestRefusedCopiedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		id := remoteui.DeviceID{Host: "192.0.2.71", Port: "8443", Addr: "192.0.2.71", Key: remoteui.SPKIHash{71}}
		refused := func(want bool, when string) {
			t.Helper()
			renamed := id
			renamed.Host = "other.example"
			if got, err := openReadOnly(t, dir).Refused(renamed, admin); got != want || err != nil {
				t.Errorf("%s: refused %t, %v", when, got, err)
			}
		}
		refused(false, "at first")
		if err := open(t, dir).Remember(id, admin); err != nil {
			t.Fatal(err)
		}
		refused(true, "at once")
		if marks, _ := filepath.Glob(filepath.Join(dir, "refused", "*")); len(marks) != 1 {
			t.Errorf("marked %q", marks)
		}
		file, record := find(t, dir, "refused-*.json")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		refused(false, "taken away")
		third := filepath.Join(dir, "devices", "third")
		if err := os.MkdirAll(third, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(third, "refused-copy.json"), record, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(false, "copied in, and all folders were looked through a moment ago")
		time.Sleep(2 * time.Second)
		refused(true, "copied in")
		if err := os.RemoveAll(third); err != nil {
			t.Fatal(err)
		}
		refused(false, "taken away again")
		if err := os.RemoveAll(filepath.Join(dir, "refused")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, record, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		refused(true, "of an older version, which marked nothing")
	})
}

// BenchmarkRefused is what the look for refused passwords costs before a login,
// beside a thousand other devices.
func BenchmarkRefused(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		if err := os.MkdirAll(filepath.Join(dir, "devices", fmt.Sprint("device", i)), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	d := openReadOnly(b, dir)
	for b.Loop() {
		if _, err := d.Refused(remoteui.DeviceID{Host: "one.example", Key: remoteui.SPKIHash{1}}, admin); err != nil {
			b.Fatal(err)
		}
	}
}
