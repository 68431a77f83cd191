package state

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// lock is a lock that this Dir has won.
type lock struct {
	dev     *device
	number  int
	stop    chan struct{}
	beating sync.WaitGroup
	release func() // idempotent
}

// hold keeps the lock alive from now on.
func (dev *device) hold(number int) *lock {
	l := &lock{dev: dev, number: number, stop: make(chan struct{})}
	l.release = sync.OnceFunc(l.end)
	dev.lock.Store(l)
	l.beating.Go(l.keep)
	return l
}

// keep gives a sign of life every heartbeat, until the lock is released or
// lost. A beat that fails is tried again at the next: only others can judge
// how long the silence was.
func (l *lock) keep() {
	beat := time.NewTicker(l.dev.beat)
	defer beat.Stop()
	for {
		select {
		case <-l.stop:
			return
		case now := <-beat.C:
			if lost, err := l.lost(); err == nil && lost {
				return
			}
			_ = l.dev.root.Chtimes(l.dev.lockFile(l.number), now, now)
		}
	}
}

// end stops the heartbeat and lets go. If the lock is lost, nobody reads this
// number any more; if it cannot be written to, it is dead in twelve seconds.
func (l *lock) end() {
	close(l.stop)
	l.beating.Wait()
	l.dev.lock.CompareAndSwap(l, nil)
	_ = l.dev.writeJSON(l.dev.lockFile(l.number), lockRecord{Format: format, Holder: self(), Released: true})
}

// lost reports whether another run took the lock over.
func (l *lock) lost() (bool, error) {
	top, err := l.dev.lookAtLock()
	return top.number != l.number, err
}

// checkLock returns [ErrNotLocked] unless this Dir holds the device's lock.
func (dev *device) checkLock() error {
	l := dev.lock.Load()
	if l == nil {
		return ErrNotLocked
	}
	lost, err := l.lost()
	if lost && err == nil {
		return ErrNotLocked
	}
	return err
}

// self is this process as a holder.
func self() Holder {
	machine, err := os.Hostname()
	if err != nil {
		machine = "unknown"
	}
	return Holder{PID: os.Getpid(), Machine: machine, Since: time.Now().UTC()}
}

func (dev *device) lockFile(number int) string {
	return dev.file(lockPrefix + strconv.Itoa(number) + lockSuffix)
}

// lockNumbers lists the numbers of the lock files.
func (dev *device) lockNumbers() ([]int, error) {
	names, err := dev.names(dev.dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, lockPrefix)
		digits, isLock := strings.CutSuffix(digits, lockSuffix)
		if n, err := strconv.ParseUint(digits, 10, 31); ok && isLock && err == nil && n > 0 {
			numbers = append(numbers, int(n))
		}
	}
	return numbers, nil
}
