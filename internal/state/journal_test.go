package state_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/state"
)

func journal(t *testing.T, d *state.Dir, host string) *state.Journal {
	t.Helper()
	j, err := d.Journal(host)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func lock(t *testing.T, d *state.Dir, host string) (release func()) {
	t.Helper()
	release, err := d.Lock(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// locked returns an empty journal that can be written to.
func locked(t *testing.T) (dir string, j *state.Journal) {
	t.Helper()
	dir = t.TempDir()
	d := open(t, dir)
	t.Cleanup(lock(t, d, host))
	return dir, journal(t, d, host)
}

func add(t *testing.T, j *state.Journal, records ...state.Record) {
	t.Helper()
	for _, r := range records {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func notes(records []state.Record) string {
	var b strings.Builder
	for _, r := range records {
		b.WriteString(r.Note)
	}
	return b.String()
}

func TestJournalRoundTrip(t *testing.T) {
	t.Parallel()
	dir, j := locked(t)
	want := state.Record{
		Time: time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC), Run: "r1", Step: "G-1", Usage: "tls",
		Event: state.IntentGenerate, OldKey: "old\n鍵\u2028", OldSPKI: "ab", OldFingerprint: "f", NewKey: "rk1",
		Note: "<a> & \"b\"", Data: json.RawMessage(`{"a":[1]}`),
	}
	add(t, j, want)
	before := time.Now()
	add(t, j, state.Record{Event: state.Noted})
	records, err := journal(t, openReadOnly(t, dir), host).Records()
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %v", records, err)
	}
	if !reflect.DeepEqual(records[0], want) {
		t.Errorf("got  %+v\nwant %+v", records[0], want)
	}
	if at := records[1].Time; at.Before(before) || at.Location() != time.UTC {
		t.Errorf("time %v: want now in UTC", at)
	}
}

func TestJournalRefusesRecords(t *testing.T) {
	t.Parallel()
	_, j := locked(t)
	for name, r := range map[string]state.Record{
		"no event":           {},
		"unknown event":      {Event: "reborn"},
		"intent, no usage":   {Event: state.IntentGenerate, OldKey: "o", NewKey: "n"},
		"intent, no old key": {Event: state.IntentGenerate, Usage: "tls", NewKey: "n"},
		"intent, no new key": {Event: state.IntentGenerate, Usage: "tls", OldKey: "o"},
		"bound, no key":      {Event: state.Bound, OldKey: "o"},
		"deleted, no key":    {Event: state.Deleted, NewKey: "n"},
		"bad data":           {Event: state.Noted, Data: json.RawMessage("{")},
		"too large":          {Event: state.Noted, Note: strings.Repeat("x", 1<<20)},
	} {
		if err := j.Append(r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if records, err := j.Records(); len(records) > 0 || err != nil {
		t.Errorf("%v, %v", records, err)
	}
}

// A crash at any byte of a record loses that record alone, and the next one
// takes its place.
func TestJournalTornLastLine(t *testing.T) {
	t.Parallel()
	dir, j := locked(t)
	add(t, j, state.Record{Event: state.Noted, Note: "a"}, state.Record{Event: state.Noted, Note: "b"})
	path, whole := find(t, dir, "journal.jsonl")
	start := bytes.IndexByte(whole, '\n') + 1
	zeros := make([]byte, 1000)
	torn := [][]byte{zeros, append(zeros[:999:999], '\n')}
	for end := start; end < len(whole); end++ {
		torn = append(torn, whole[start:end])
	}
	for _, tail := range torn {
		write(t, path, append(whole[:start:start], tail...))
		if records, err := j.Records(); notes(records) != "a" || err != nil {
			t.Fatalf("tail %q: %q, %v", tail, notes(records), err)
		}
		add(t, j, state.Record{Event: state.Noted, Note: "c"})
		if records, err := j.Records(); notes(records) != "ac" || err != nil {
			t.Fatalf("tail %q, then c: %q, %v", tail, notes(records), err)
		}
		if _, content := find(t, dir, "journal.jsonl"); !bytes.HasSuffix(content, []byte("\"c\"}\n")) {
			t.Fatalf("tail %q is still there", tail)
		}
	}
}

func TestJournalDamaged(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"no JSON": "oops", "cut": `{"time":"2026-`, "null": "null", "no record": "{}", "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, j := locked(t)
			for _, n := range []string{"a", "b", "c"} {
				add(t, j, state.Record{Event: state.Noted, Note: n})
			}
			path, whole := find(t, dir, "journal.jsonl")
			lines := strings.SplitAfter(string(whole), "\n")
			lines[1] = line + "\n"
			write(t, path, []byte(strings.Join(lines, "")))
			records, err := j.Records()
			corrupt, is := errors.AsType[*state.CorruptError](err)
			if !is || corrupt.Line != 2 || corrupt.File != path || notes(records) != "a" {
				t.Errorf("%q, %v: want a and an error about line 2", notes(records), err)
			}
			if _, err := j.Unfinished("tls"); err == nil {
				t.Error("Unfinished guessed")
			}
			if _, err := j.Made("rk"); err == nil {
				t.Error("Made guessed")
			}
		})
	}
}

// Records of a later version do not stop this one.
func TestJournalFromLaterVersion(t *testing.T) {
	t.Parallel()
	dir, j := locked(t)
	add(t, j, state.Record{Event: state.Noted, Note: "a"})
	path, whole := find(t, dir, "journal.jsonl")
	later := `{"time":"2030-01-01T00:00:00Z","event":"attested","note":"b","more":1}` + "\n"
	write(t, path, append(whole, later...))
	if records, err := j.Records(); notes(records) != "ab" || err != nil {
		t.Errorf("%q, %v", notes(records), err)
	}
}

func TestJournalTooLarge(t *testing.T) {
	t.Parallel()
	dir, j := locked(t)
	add(t, j, state.Record{Event: state.Noted})
	path, line := find(t, dir, "journal.jsonl")
	const limit = 16 << 20
	full := bytes.Repeat(line, limit/len(line))
	write(t, path, full)
	err := j.Append(state.Record{Event: state.Noted})
	if tooLarge, ok := errors.AsType[*state.SizeError](err); !ok || tooLarge.File != path {
		t.Errorf("Append to 16 MB: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != int64(len(full)) {
		t.Errorf("the file changed: %v", err)
	}
	write(t, path, make([]byte, limit+1))
	_, err = j.Records()
	if _, ok := errors.AsType[*state.SizeError](err); !ok {
		t.Errorf("Records: %v", err)
	}
}

func TestJournalNeedsTheLock(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	j, note := journal(t, d, host), state.Record{Event: state.Noted}
	if err := j.Append(note); !errors.Is(err, state.ErrNotLocked) {
		t.Errorf("never locked: %v", err)
	}
	release := lock(t, d, host)
	add(t, j, note)
	if err := journal(t, d, "192.0.2.8").Append(note); !errors.Is(err, state.ErrNotLocked) {
		t.Errorf("another device locked: %v", err)
	}
	release()
	if err := j.Append(note); !errors.Is(err, state.ErrNotLocked) {
		t.Errorf("released: %v", err)
	}
}

func TestJournalConcurrently(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	release, err := d.Lock(context.Background(), host)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	const writers, each = 4, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				j, err := d.Journal(host)
				if err == nil {
					err = j.Append(state.Record{Event: state.Noted, Note: fmt.Sprint(w, i)})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	records, err := journal(t, d, host).Records()
	if err != nil || len(records) != writers*each {
		t.Errorf("%d records, %v: want %d", len(records), err, writers*each)
	}
}
