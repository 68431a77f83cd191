package remoteui

import (
	"context"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/errkind"
)

// Devices of the small-MF kind are said to close requests that follow each
// other closely; one program leaves 2 s between them. Which devices do, and how
// long they want to be left in peace, is not published, so it is found out: a
// connection that breaks where an answer was due may have been such a case.

const (
	// calm is what is left after a broken connection, and before every write once
	// a device was found to be one of these: what a lost write did is hard to tell.
	calm = 2 * time.Second
	// calmFor is how many requests the first broken connection slows down: it may
	// have been the network.
	calmFor = 3
	// hasty is how soon after that another one has to follow to count as a habit.
	hasty = 50
	// leastSpacing is tried first then; every further broken connection doubles it.
	leastSpacing = 250 * time.Millisecond
)

// spacing is the time that is left between an answer and the next request.
type spacing struct {
	mu     sync.Mutex
	habit  time.Duration // between any two requests; zero: none was seen to be needed
	broken bool          // a connection broke a moment ago
	since  int           // requests since then
	lossy  bool          // a connection broke ever: what a write did may be hard to tell
	last   time.Time     // end of the last exchange
	away   bool          // the device is away, and known to be: connections break
}

// wait sleeps until a request may be made.
func (sp *spacing) wait(ctx context.Context, write bool, now time.Time) error {
	sp.mu.Lock()
	gap := sp.habit
	if sp.lossy && (sp.habit > 0 && write || sp.broken && sp.since < calmFor) {
		gap = calm
	}
	left := gap - now.Sub(sp.last)
	sp.since++
	sp.mu.Unlock()
	if gap == 0 || left <= 0 {
		return nil
	}
	return sleep(ctx, min(left, calm))
}

// done takes note of how an exchange ended; refused: the device said that it is
// asked too hastily, which counts as a broken connection does. It reports whether
// the device was found now to want more time between requests.
func (sp *spacing) done(err error, refused bool, now time.Time) (habit time.Duration, learned bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.last = now
	if sp.away || !refused && !errkind.BrokeOff(err) {
		return sp.habit, false
	}
	again := sp.broken && sp.since <= hasty
	// A device that says that it is asked too hastily has lost nothing.
	sp.broken, sp.since, sp.lossy = true, 0, sp.lossy || !refused
	if !again || sp.habit == calm {
		return sp.habit, false
	}
	sp.habit = min(max(2*sp.habit, leastSpacing), calm)
	return sp.habit, true
}

// setAway says that the device is restarting, or that it is back: connections
// that break in between say nothing, nor does the one that went before.
func (sp *spacing) setAway(away bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.away, sp.broken = away, false
}

// Spacing is the time that the device was found to want between two requests;
// zero if it takes them as they come. See [Config.Spacing].
func (s *Session) Spacing() time.Duration {
	s.t.spacing.mu.Lock()
	defer s.t.spacing.mu.Unlock()
	return s.t.spacing.habit
}
