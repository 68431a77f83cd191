package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// A lock is a numbered file, and the highest number is the lock: its holder
// touches it every heartbeat and leaves "released" in it at the end. Who finds
// it released, or untouched for a while, takes the lock by creating the next
// number with O_EXCL. The highest file is never removed, so a number is never
// won twice, and whoever was given up for dead sees a higher one when it wakes.
// Times are never compared between machines: a lock is dead when its file
// has not changed while *this* process watched.

const (
	heartbeat   = 5 * time.Second
	deadBeats   = 2.4 // heartbeats without a change: 12 s
	looksInBeat = 5   // how often a watcher looks
	lockPrefix  = "lock-"
	lockSuffix  = ".json"
)

// Holder says who holds a lock. The zero value: the file does not say.
type Holder struct {
	PID     int       `json:"pid"`
	Machine string    `json:"machine"` // its host name
	Since   time.Time `json:"since"`
}

// lockRecord is the content of a lock file.
type lockRecord struct {
	Format int `json:"format"`
	Holder
	Released bool `json:"released,omitempty"`
}

// lockState is what a look at the lock files shows; number 0: never locked.
type lockState struct {
	number int
	lockRecord
	touched time.Time
}

// Lock makes this Dir the only one working on a device, until release is
// called (more than once does no harm) or Close.
//
// A lock that another run holds is watched: if there is a sign of life, within
// seconds, the error is a [*HeldError]; if it is let go, or there is none for
// twelve seconds, Lock takes it. Ending ctx ends the waiting, not the lock.
// Other errors: [ErrReadOnly], ctx's and the file system's.
func (d *Dir) Lock(ctx context.Context, host string) (release func(), err error) {
	dev, err := d.device(host)
	if err != nil {
		return nil, err
	}
	if err := dev.prepare(); err != nil {
		return nil, err
	}
	number, err := dev.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return dev.hold(number).release, nil
}

func (dev *device) prepare() error {
	dev.mu.Lock()
	defer dev.mu.Unlock()
	return dev.writable()
}

// acquire returns the number it has won.
func (dev *device) acquire(ctx context.Context) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		top, err := dev.lookAtLock()
		if err != nil {
			return 0, err
		}
		if top.number > 0 && !top.Released {
			if err := dev.watch(ctx, top); err != nil {
				return 0, err
			}
		}
		won, err := dev.claim(top.number + 1)
		if won || err != nil {
			return top.number + 1, err
		}
	}
}

// watch returns nil when the lock seen is let go or dead.
func (dev *device) watch(ctx context.Context, seen lockState) error {
	look := time.NewTicker(dev.beat / looksInBeat)
	defer look.Stop()
	dead := time.NewTimer(time.Duration(deadBeats * float64(dev.beat)))
	defer dead.Stop()
	for isDead := false; !isDead; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-dead.C:
			isDead = true // after one more look: this process may have slept
		case <-look.C:
		}
		now, err := dev.lookAtLock()
		if err != nil {
			return err
		}
		if now.Released || now.number == 0 {
			return nil
		}
		if now.number != seen.number || !now.touched.Equal(seen.touched) {
			return &HeldError{Host: dev.host, Holder: now.Holder, File: dev.location(dev.lockFile(now.number))}
		}
	}
	return nil
}

// claim tries to win a number. A loser of the race may still be able to create
// the file, if the winner's was cleared away by a later one; it sees the later
// one then.
func (dev *device) claim(number int) (won bool, err error) {
	name := dev.lockFile(number)
	f, err := dev.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("state: lock: %w", err)
	}
	err = errors.Join(json.NewEncoder(f).Encode(lockRecord{Format: format, Holder: self()}), f.Close())
	if err != nil {
		return false, fmt.Errorf("state: lock: %w", err)
	}
	numbers, err := dev.lockNumbers()
	if err != nil {
		return false, err
	}
	top := slices.Max(append(numbers, number))
	for _, n := range numbers {
		if n < top {
			_ = dev.root.Remove(dev.lockFile(n)) // one that stays is just out of date
		}
	}
	return number == top, nil
}

// lookAtLock returns the lock of the highest number. A file without sense in
// it is held by nobody knows whom: it may be being written.
func (dev *device) lookAtLock() (lockState, error) {
	for {
		numbers, err := dev.lockNumbers()
		if err != nil || len(numbers) == 0 {
			return lockState{}, err
		}
		s := lockState{number: slices.Max(numbers)}
		name := dev.lockFile(s.number)
		info, err := dev.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a higher one is there by now
		}
		if err != nil {
			return lockState{}, fmt.Errorf("state: lock: %w", err)
		}
		s.touched = info.ModTime()
		content, err := dev.readFile(name, maxSmallFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return lockState{}, err
		}
		if err := dev.checkFormat(name, content); err != nil {
			return lockState{}, err
		}
		if json.Unmarshal(bytes.TrimSpace(content), &s.lockRecord) != nil {
			s.lockRecord = lockRecord{}
		}
		return s, nil
	}
}
