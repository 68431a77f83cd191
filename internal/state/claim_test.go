package state_test

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
)

// A key is whose who asked first for a certificate for it, also of several at a
// time and of several processes.
func TestClaimKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	first := state.Claim{Host: host, Key: "rk1"}
	for i, tc := range []struct {
		d     *state.Dir
		c     state.Claim
		other bool
	}{
		{a, first, false}, {b, first, false}, {a, state.Claim{Host: " " + host + ". ", Key: "rk1"}, false},
		{b, state.Claim{Host: "192.0.2.8", Key: "rk1"}, true}, {a, state.Claim{Host: host, Key: "rk2"}, true},
	} {
		if got, err := tc.d.ClaimKey([]byte("key"), tc.c); err != nil || (got != nil) != tc.other || got != nil && *got != first {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
	if got, err := a.ClaimKey([]byte("other"), state.Claim{Host: "192.0.2.8"}); err != nil || got != nil {
		t.Errorf("another key: %+v, %v", got, err)
	}
	// What cannot be read says of nobody that the key is his.
	files, _ := filepath.Glob(filepath.Join(dir, "requests", "*.json"))
	if len(files) != 2 {
		t.Fatalf("%q", files)
	}
	write(t, files[0], nil)
	write(t, files[1], nil)
	if _, err := b.ClaimKey([]byte("key"), first); err == nil {
		t.Error("a damaged claim is believed")
	}
	if _, err := openReadOnly(t, dir).ClaimKey([]byte("key"), first); !errors.Is(err, state.ErrReadOnly) {
		t.Errorf("read only: %v", err)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	owners := 0
	for i := range 20 {
		group.Go(func() {
			mine := state.Claim{Host: host, Key: string(rune('a' + i))}
			if other, err := a.ClaimKey([]byte("at once"), mine); err == nil && other == nil {
				mu.Lock()
				owners++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if owners != 1 {
		t.Errorf("%d have it", owners)
	}
}

// A key is known by the hosts of all devices that were recognised by it.
func TestPinned(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	key := sha256.Sum256([]byte("key"))
	for _, want := range [][]string{nil, {host}, {host, "192.0.2.8"}} {
		if len(want) > 0 {
			if err := d.SetPin(want[len(want)-1], key); err != nil {
				t.Fatal(err)
			}
		}
		all, err := d.Pinned()
		var hosts []string
		for _, k := range all[key] {
			hosts = append(hosts, k.Host)
		}
		if slices.Sort(hosts); err != nil || !slices.Equal(hosts, slices.Sorted(slices.Values(want))) || len(all) > 1 {
			t.Errorf("%v, %v, want %q", all, err, want)
		}
	}
}
