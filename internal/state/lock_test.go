package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/state"
)

// In these tests testing/synctest is the clock, and fails a test that leaves a
// goroutine behind.

func TestLockHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := open(t, dir), open(t, dir)
		since := time.Now()
		release := lock(t, a, host)
		time.Sleep(time.Hour)
		asked := time.Now()
		_, err := b.Lock(t.Context(), host)
		held, ok := errors.AsType[*state.HeldError](err)
		if !ok {
			t.Fatalf("Lock: %v: want a HeldError", err)
		}
		if waited := time.Since(asked); waited > 6*time.Second {
			t.Errorf("it took %v to find the holder alive", waited)
		}
		machine, _ := os.Hostname()
		if h := held.Holder; h.PID != os.Getpid() || h.Machine != machine || !h.Since.Equal(since) {
			t.Errorf("holder %+v", h)
		}
		if s := err.Error(); !strings.Contains(s, machine) || !strings.Contains(s, since.UTC().Format(time.RFC3339)) {
			t.Errorf("error %q names no holder", s)
		}
		lock(t, b, "192.0.2.8")() // another device is free
		release()
		release()
		lock(t, b, host)()
	})
}

func TestLockWaitsForRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := open(t, dir), open(t, dir)
		release := lock(t, a, host)
		time.AfterFunc(2*time.Second, release)
		lock(t, b, host)()
	})
}

func TestLockCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := open(t, dir), open(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		release, err := a.Lock(ctx, host)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		cancel()
		if _, err := b.Lock(ctx, host); !errors.Is(err, context.Canceled) {
			t.Errorf("Lock: %v", err)
		}
		late, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := b.Lock(late, host); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock: %v", err)
		}
		if err := journal(t, a, host).Append(state.Record{Event: state.Noted}); err != nil {
			t.Errorf("the lock ended with its context: %v", err)
		}
	})
}

func TestLockEndsWithClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := open(t, dir), open(t, dir)
		release := lock(t, a, host)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		lock(t, b, host)()
		release()
		if time.Since(start) > 0 {
			t.Error("Close left the lock held")
		}
	})
}

// plant leaves the lock of a process that died: a copy of a held one.
func plant(t *testing.T, dir string) {
	t.Helper()
	d := open(t, dir)
	release := lock(t, d, host)
	path, content := find(t, dir, "lock-*.json")
	release()
	write(t, path, content)
}

func TestLockOfTheDead(t *testing.T) {
	t.Parallel()
	for name, age := range map[string]time.Duration{"just now": 0, "long ago": -1000 * time.Hour, "clock was set back": 1000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				plant(t, dir)
				path, _ := find(t, dir, "lock-*.json")
				at := time.Now().Add(age)
				if err := os.Chtimes(path, at, at); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				lock(t, open(t, dir), host)()
				if waited := time.Since(start); waited < 10*time.Second || waited > 15*time.Second {
					t.Errorf("waited %v: want 12s", waited)
				}
			})
		})
	}
}

func TestLockFileWithoutSense(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		plant(t, dir)
		path, _ := find(t, dir, "lock-*.json")
		write(t, path, []byte("{")) // its writer died
		lock(t, open(t, dir), host)()
	})
}

// A process that slept too long finds its lock gone: it writes no more, and
// its release leaves the new holder alone.
func TestLockLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := open(t, dir), open(t, dir)
		releaseA := lock(t, a, host)
		path, content := find(t, dir, "lock-*.json")
		taken := filepath.Join(filepath.Dir(path), "lock-7.json") // by a third, while a slept
		write(t, taken, content)
		note := state.Record{Event: state.Noted}
		if err := journal(t, a, host).Append(note); !errors.Is(err, state.ErrNotLocked) {
			t.Errorf("Append: %v: want ErrNotLocked", err)
		}
		releaseB := lock(t, b, host) // the third died
		time.Sleep(time.Minute)
		releaseA()
		if err := journal(t, b, host).Append(note); err != nil {
			t.Errorf("releasing a lost lock took it from its holder: %v", err)
		}
		if _, err := a.Lock(t.Context(), host); err == nil {
			t.Error("two hold the lock")
		}
		releaseB()
	})
}

// Many contenders for a lock, first that of a dead process: never two inside.
// Not parallel: the contenders need the processors to themselves to collide.
func TestLockExcludes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		plant(t, dir)
		var inside, entered atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			d := open(t, dir)
			wg.Go(func() {
				for range 20 {
					release, err := d.Lock(t.Context(), host)
					if err != nil {
						if _, ok := errors.AsType[*state.HeldError](err); !ok {
							t.Error(err)
						}
						continue
					}
					if inside.Add(1) > 1 {
						t.Error("two hold the lock")
					}
					entered.Add(1)
					time.Sleep(time.Millisecond)
					inside.Add(-1)
					release()
				}
			})
		}
		wg.Wait()
		if entered.Load() == 0 {
			t.Error("nobody got in")
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "devices", "*", "*")); len(files) != 1 {
			t.Errorf("left behind: %q", files)
		}
	})
}
