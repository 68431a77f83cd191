// Package fleet decides when each of many pieces of work begins, and when none
// begins any more. It knows nothing of devices.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Outcome is how a piece of work ended, as far as it matters to the others.
type Outcome string

// The outcomes.
const (
	Done        Outcome = "done"
	Withheld    Outcome = "withheld"    // begun, and left undone on purpose
	Held        Outcome = "held"        // not begun, because of others or of the hour
	Unsupported Outcome = "unsupported" // it cannot be done there
	Unreachable Outcome = "unreachable"
	Failed      Outcome = "failed"
	Interrupted Outcome = "interrupted" // begun, and ended at a safe point
	NotStarted  Outcome = "not started" // not begun, because the context ended
)

// tried reports whether the work was begun, and met what it was to work on.
func (o Outcome) tried() bool {
	return o == Done || o == Withheld || o == Failed || o == Interrupted
}

// Login is what became of a credential.
type Login uint8

// What can become of a credential.
const (
	LoginUnknown  Login = iota // not sent, or nothing was said of it
	LoginAccepted              // it opens what it is for
	LoginRefused
)

// End is how a piece of work ended.
type End[R any] struct {
	// Needs is more than it had: it has not ended, and is begun again once there is so
	// much room. If it never is, this is its end. Zero: it has ended.
	Needs   int64
	Value   R
	Err     error
	Outcome Outcome
	Login   Login
}

// Unit is a piece of work.
type Unit[R any] struct {
	// Credential that it logs in with, as a key for comparing; empty: none.
	Credential string
	// MayStart is asked right before the start; an error holds the work. Nil: it may.
	MayStart func() error
	// Needs is what it takes of the room of all; zero: none.
	Needs int64
	Do    func(context.Context) End[R]

	before *End[R] // when it was begun with less room than it needs
}

// Result is what is told of a unit. Err is a [*NotRun] if it was never begun.
type Result[R any] struct {
	Index int // of the unit
	End[R]
}

// NotRun says why a unit was not begun.
type NotRun struct {
	Outcome Outcome // Held or NotStarted
	Why     string
	Err     error // nil: Why is all
}

func (e *NotRun) Error() string { return e.Why }
func (e *NotRun) Unwrap() error { return e.Err }

// Size of a wave: a count, or a share of all in percent, rounded up. The zero
// value is all that is left.
type Size struct{ Count, Percent int }

// Of is the size of a wave, of all units and of those that are left.
func (s Size) Of(all, left int) int {
	n := s.Count
	switch {
	case s.Percent > 0:
		n = (all*s.Percent + 99) / 100
	case n == 0:
		n = left
	}
	return min(max(n, 1), left)
}

// ParseSizes reads sizes as people write them, such as 1,10,10%; "all" are none.
func ParseSizes(text string) ([]Size, error) {
	sizes := []Size{}
	if text == "all" {
		return sizes, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		number, percent := strings.CutSuffix(part, "%")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || percent && n > 100 {
			return nil, fmt.Errorf("%q is no size of a wave", part)
		}
		if percent {
			sizes = append(sizes, Size{Percent: n})
		} else {
			sizes = append(sizes, Size{Count: n})
		}
	}
	return sizes, nil
}

// Wave is what became of a wave.
type Wave struct {
	Number int // from 1
	Left   int // units after it
	Counts map[Outcome]int
}

// Met reports whether a wave met anything: else it showed nothing, and another of its
// size comes next.
func (w *Wave) Met() bool {
	for o, n := range w.Counts {
		if n > 0 && o.tried() {
			return true
		}
	}
	return false
}

// Clean is an error if a wave that nobody judges was not as it should be.
func (w *Wave) Clean() error {
	if n := w.Counts[Failed]; n > 0 {
		return fmt.Errorf("%d failed in it", n)
	}
	return nil
}

// TooMany reports whether so many have failed, of those tried, that nothing begins any
// more: as many as may, or as large a share, in percent. Zero: no limit.
func TooMany(failed, tried, most, percent int) bool {
	return most > 0 && failed >= most || percent > 0 && tried >= percentFrom && failed > 0 && failed*100 >= percent*tried
}

// percentFrom is how many have to be tried before a share of failures counts.
const percentFrom = 5

// Options of a run. The zero value runs one after another, in one wave.
type Options struct {
	Concurrency int    // at most so many at once; less than one is one
	Waves       []Size // what is left after the last is a wave, too
	// Room is asked before each start: units at work need no more together. One alone
	// may need more. Nil: there is room for all.
	Room func() int64
	// Gate is asked between two waves; an error holds the rest. Nil: a failure does.
	Gate func(context.Context, Wave) error
	// MaxFailures and MaxFailurePercent of those tried, the latter from the fifth:
	// once so many have failed, nothing begins any more. Zero: no limit.
	MaxFailures, MaxFailurePercent int
	// MaxRefusals of one credential hold what is left of its units; zero: one.
	MaxRefusals int
}

// Run does the work, and yields each unit's end as soon as it is there. The units are
// used up: what one holds is let go when it has ended. Who stops
// the loop ends the context of the work, and Run returns once all that had begun
// has ended. What is yielded waits for the loop; the work does not.
func Run[R any](ctx context.Context, units []Unit[R], o Options) iter.Seq[Result[R]] {
	return func(yield func(Result[R]) bool) {
		ctx, cancel := context.WithCancel(ctx)
		out := make(chan Result[R], len(units))
		s := scheduler[R]{Options: o, units: units, out: out, ended: make(chan Result[R]), logins: map[string]*login{}}
		go func() {
			defer close(out)
			s.run(ctx)
		}()
		defer func() { // also if the loop panics
			cancel()
			for range out {
			}
		}()
		for r := range out {
			if !yield(r) {
				return
			}
		}
	}
}

// login is what is known of a credential.
type login struct {
	accepted, trying bool
	refused          int
}

type scheduler[R any] struct {
	Options
	units         []Unit[R]
	out           chan<- Result[R]
	ended         chan Result[R]
	running       int
	taken         int64 // by what runs
	logins        map[string]*login
	tried, failed int
	stop          *NotRun // why nothing begins any more; nil: it does
}

func (s *scheduler[R]) run(ctx context.Context) {
	sizes := slices.Clone(s.Waves)
	for from, number := 0, 1; from < len(s.units); number++ {
		var size Size
		if len(sizes) > 0 {
			size = sizes[0]
		}
		left := len(s.units) - from
		n := size.Of(len(s.units), left)
		w := Wave{Number: number, Left: left - n, Counts: map[Outcome]int{}}
		s.wave(ctx, from, n, w.Counts)
		from += n
		met := w.Met()
		if met && len(sizes) > 0 {
			sizes = sizes[1:]
		}
		if w.Left > 0 && met && s.stop == nil && ctx.Err() == nil {
			s.gate(ctx, w)
		}
	}
}

// gate holds all that is left if a wave was not as it should be.
func (s *scheduler[R]) gate(ctx context.Context, w Wave) {
	err := w.Clean()
	if s.Gate != nil {
		err = guarded(func() error { return s.Gate(ctx, w) })
	}
	if err != nil {
		s.stop = &NotRun{Held, fmt.Sprintf("held after wave %d: %v", w.Number, err), err}
	}
}

// guarded makes an error of a panic: it must not take those down that are at work.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do()
}

// wave does n units, and returns once all have ended.
func (s *scheduler[R]) wave(ctx context.Context, from, n int, counts map[Outcome]int) {
	pending := make([]int, n)
	for i := range pending {
		pending[i] = from + i
	}
	for len(pending) > 0 || s.running > 0 {
		pending = s.beginSome(ctx, pending, counts)
		if s.running > 0 {
			if r := <-s.ended; s.end(r, counts) {
				pending = append(pending, r.Index)
			}
		}
	}
}

// beginSome starts what may start, and returns what has to wait for another's end. It
// asks no more units than it has to: what one costs is not to grow with their number.
func (s *scheduler[R]) beginSome(ctx context.Context, pending []int, counts map[Outcome]int) []int {
	var passed []int // over, while there was room for others
	for len(pending) > 0 && !s.busy(ctx, pending[0]) {
		if !s.begin(ctx, pending[0], counts) {
			passed = append(passed, pending[0])
		}
		pending = pending[1:]
	}
	if len(passed) == 0 {
		return pending
	}
	return append(passed, pending...)
}

// busy reports whether a unit, and what comes after it, has to wait for another's end.
func (s *scheduler[R]) busy(ctx context.Context, i int) bool {
	return s.stop == nil && ctx.Err() == nil && s.running > 0 &&
		(s.running >= s.Concurrency || s.Room != nil && s.taken+s.units[i].Needs > s.Room())
}

// begin starts a unit or says why not; false: it has to wait for another's end.
// Something runs then.
func (s *scheduler[R]) begin(ctx context.Context, i int, counts map[Outcome]int) bool {
	u := &s.units[i]
	why := s.stop
	if ctx.Err() != nil {
		why = &NotRun{NotStarted, "not started: " + context.Cause(ctx).Error(), ctx.Err()}
	}
	l := s.logins[u.Credential]
	if u.Credential != "" && l == nil {
		l = new(login)
		s.logins[u.Credential] = l
	}
	if why == nil && l != nil && l.refused >= max(s.MaxRefusals, 1) {
		why = &NotRun{Held, "held: the same credential was refused elsewhere, and is not tried again", nil}
	}
	if why == nil {
		if l != nil && !l.accepted && l.trying {
			return false
		}
		if u.MayStart != nil {
			if err := guarded(u.MayStart); err != nil {
				why = &NotRun{Held, "held: " + err.Error(), err}
			}
		}
	}
	if why != nil && u.before != nil {
		s.tell(Result[R]{i, *u.before}, counts)
		return true
	}
	if why != nil {
		counts[why.Outcome]++
		s.out <- Result[R]{i, End[R]{Err: why, Outcome: why.Outcome}}
		return true
	}
	if l != nil {
		l.trying = true
	}
	s.running++
	s.taken += u.Needs
	go func() {
		end := End[R]{Outcome: Failed}
		if err := guarded(func() error { end = u.Do(ctx); return nil }); err != nil {
			end = End[R]{Outcome: Failed, Err: err}
		}
		s.ended <- Result[R]{i, end}
	}()
	return true
}

// end is that of a unit, unless it has to be begun again.
func (s *scheduler[R]) end(r Result[R], counts map[Outcome]int) (again bool) {
	u := &s.units[r.Index]
	s.running--
	s.taken -= u.Needs
	if l := s.logins[u.Credential]; l != nil {
		l.trying = false
		switch r.Login {
		case LoginAccepted:
			l.accepted = true
		case LoginRefused:
			l.refused++
		}
	}
	if r.Needs > u.Needs {
		u.Needs, u.before = r.Needs, &r.End
		return true
	}
	s.tell(r, counts)
	return false
}

// tell counts what became of a unit.
func (s *scheduler[R]) tell(r Result[R], counts map[Outcome]int) {
	u := &s.units[r.Index]
	u.Do, u.MayStart, u.before = nil, nil, nil // what they hold goes with them
	counts[r.Outcome]++
	if r.Outcome.tried() {
		s.tried++
	}
	if r.Outcome == Failed {
		s.failed++
	}
	if s.stop == nil && TooMany(s.failed, s.tried, s.MaxFailures, s.MaxFailurePercent) {
		err := errors.New("too many failures")
		s.stop = &NotRun{Held, fmt.Sprintf("held: %d of %d tried have failed", s.failed, s.tried), err}
	}
	s.out <- r
}
