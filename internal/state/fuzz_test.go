package state_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// fuzzDir is a state directory with a device in it, and where its files are.
func fuzzDir(f *testing.F) (*state.Dir, string) {
	f.Helper()
	root := f.TempDir()
	d, err := state.Open(root)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { d.Close() })
	state.SetIterations(d)
	if err := d.SetPin(host, [32]byte{1}); err != nil {
		f.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, "devices", "*"))
	if err != nil || len(found) != 1 {
		f.Fatal(found, err)
	}
	return d, found[0]
}

// FuzzJournal reads any file as a journal and goes on writing to it: what was
// read before is there afterwards, and nothing else but the new record.
func FuzzJournal(f *testing.F) {
	d, dir := fuzzDir(f)
	release, err := d.Lock(f.Context(), host)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(release)
	const one = `{"time":"2026-05-01T00:00:00Z","run":"r","step":"G-1","usage":"tls","event":"intent-generate","oldKey":"o","newKey":"n","data":{"a":1}}` + "\n"
	f.Add([]byte(nil))
	f.Add([]byte(one))
	f.Add([]byte(one + one[:40]))
	f.Add([]byte(one + strings.Repeat("\x00", 100)))
	f.Add([]byte(one + "\x00\x00\n"))
	f.Add([]byte("{}\n" + one))
	f.Add([]byte(one + `{"time":"2026-05-01T00:00:00Z","event":"deleted","oldKey":"o"}` + "\n"))
	f.Add([]byte(one + `{"time":"2026-05-01T00:00:00Z","event":"what"}` + "\n\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, "journal.jsonl"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := d.Journal(host)
		if err != nil {
			t.Fatal(err)
		}
		before, err := j.Records()
		if chains, chainsErr := j.Successors(); (chainsErr == nil) != (err == nil) || len(chains) > len(before) {
			t.Errorf("%d chains of %d records: %v", len(chains), len(before), chainsErr)
		}
		open := map[[2]string]int{}
		chains, _ := j.Successors()
		for _, s := range chains {
			if s.Open() {
				open[[2]string{s.Usage, s.OldKey}]++
			}
		}
		for place, n := range open {
			if n > 1 {
				t.Errorf("%d open successors of %q", n, place)
			}
		}
		if _, madeErr := j.Made("n"); (madeErr == nil) != (err == nil) {
			t.Errorf("Made: %v, Records: %v", madeErr, err)
		}
		if err := j.Append(state.Record{Event: state.Noted, Note: "added"}); err != nil {
			t.Fatal(err)
		}
		after, errAfter := j.Records()
		if err != nil {
			if errAfter == nil {
				t.Errorf("writing has mended %v", err)
			}
			return
		}
		if errAfter != nil || len(after) != len(before)+1 || after[len(before)].Note != "added" || !reflect.DeepEqual(after[:len(before)], before) && len(before) > 0 {
			t.Errorf("before: %+v\nafter: %+v, %v", before, after, errAfter)
		}
	})
}

// FuzzStateFiles reads any file as a pin, a refusal or a lock: it vouches for
// nothing that is not in it, and never lets a credential pass for want of
// understanding.
func FuzzStateFiles(f *testing.F) {
	d, dir := fuzzDir(f)
	c := remoteui.Credentials{UserName: "u", Password: remoteui.NewSecret("p")}
	if err := d.Remember(remoteui.DeviceID{Host: host}, c); err != nil {
		f.Fatal(err)
	}
	refused, err := filepath.Glob(filepath.Join(dir, "refused-*"))
	if err != nil || len(refused) != 1 {
		f.Fatal(refused, err)
	}
	for i, name := range []string{filepath.Join(dir, "pin.json"), refused[0]} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), b)
		f.Add(uint8(i), bytes.ReplaceAll(b, []byte(`":"`), []byte(`":"x`)))
		f.Add(uint8(i), []byte("null"))
		f.Add(uint8(i), []byte(nil))
	}
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		if which%2 == 0 {
			if err := os.WriteFile(filepath.Join(dir, "pin.json"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			pin, known, err := d.Pin(host)
			if known && (err != nil || !bytes.Contains(content, []byte("sha256//"))) || !known && pin != [32]byte{} {
				t.Errorf("%q: %x, %t, %v", content, pin, known, err)
			}
			return
		}
		// The slow hash is what a valid record costs: only the rest is of interest.
		if bytes.Contains(content, []byte("terations")) && !bytes.Contains(content, []byte("200000")) {
			return
		}
		if err := os.WriteFile(refused[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		before, err := d.Refused(remoteui.DeviceID{Host: host}, remoteui.Credentials{UserName: "other"})
		if before {
			t.Errorf("%q refuses a credential never seen (%v)", content, err)
		}
	})
}
