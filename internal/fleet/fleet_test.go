package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/fleet"
)

// floor is where the work of a test goes on.
type floor struct{ running, most, begun atomic.Int32 }

// unit takes a minute and ends so.
func (f *floor) unit(o fleet.Outcome) fleet.Unit[int] {
	return fleet.Unit[int]{Do: func(ctx context.Context) fleet.End[int] {
		f.begun.Add(1)
		n := f.running.Add(1)
		defer f.running.Add(-1)
		for old := f.most.Load(); n > old && !f.most.CompareAndSwap(old, n); old = f.most.Load() {
		}
		select {
		case <-ctx.Done():
			return fleet.End[int]{Outcome: fleet.Interrupted, Err: ctx.Err()}
		case <-time.After(time.Minute):
		}
		return fleet.End[int]{Outcome: o}
	}}
}

func (f *floor) units(outcomes ...fleet.Outcome) (all []fleet.Unit[int]) {
	for _, o := range outcomes {
		all = append(all, f.unit(o))
	}
	return all
}

func times(n int, o fleet.Outcome) []fleet.Outcome { return slices.Repeat([]fleet.Outcome{o}, n) }

// outcomes collects every result, and fails if a unit has none or two.
func outcomes(t *testing.T, units []fleet.Unit[int], o fleet.Options) []fleet.Outcome {
	t.Helper()
	all := make([]fleet.Outcome, len(units))
	for r := range fleet.Run(t.Context(), units, o) {
		if all[r.Index] != "" {
			t.Errorf("unit %d is told twice", r.Index)
		}
		all[r.Index] = r.Outcome
	}
	for i, o := range all {
		if o == "" {
			t.Errorf("nothing is told of unit %d", i)
		}
	}
	return all
}

func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		begun := time.Now()
		outcomes(t, f.units(times(20, fleet.Done)...), fleet.Options{Concurrency: 4})
		if f.most.Load() != 4 || time.Since(begun) != 5*time.Minute {
			t.Errorf("at most %d at once, %v in all", f.most.Load(), time.Since(begun))
		}
	})
}

// What one does to itself, a panic included, is no matter of the others.
func TestOneFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		units := f.units(fleet.Done, fleet.Failed, fleet.Done, fleet.Done)
		units[2].Do = func(context.Context) fleet.End[int] { panic("boom") }
		got := outcomes(t, units, fleet.Options{Concurrency: 1})
		if want := []fleet.Outcome{fleet.Done, fleet.Failed, fleet.Failed, fleet.Done}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Whoever leaves the loop finds nothing running behind him.
func TestBreakDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		for range fleet.Run(t.Context(), f.units(times(20, fleet.Done)...), fleet.Options{Concurrency: 4}) {
			break
		}
		if f.running.Load() != 0 || f.begun.Load() > 8 {
			t.Errorf("%d still run, %d were begun", f.running.Load(), f.begun.Load())
		}
	})
}

func TestCancelLeavesTheRestUnstarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		counts := map[fleet.Outcome]int{}
		for r := range fleet.Run(ctx, f.units(times(10, fleet.Done)...), fleet.Options{Concurrency: 3}) {
			counts[r.Outcome]++
			if e, ok := errors.AsType[*fleet.NotRun](r.Err); (r.Outcome == fleet.NotStarted) != ok || ok && !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("%s: %v", r.Outcome, r.Err)
			}
		}
		if want := map[fleet.Outcome]int{fleet.Done: 3, fleet.Interrupted: 3, fleet.NotStarted: 4}; !maps.Equal(counts, want) {
			t.Errorf("%v, want %v", counts, want)
		}
	})
}

// A loop that takes its time does not hold the work up.
func TestSlowReaderSlowsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		for range fleet.Run(t.Context(), f.units(times(6, fleet.Done)...), fleet.Options{Concurrency: 2}) {
			time.Sleep(time.Hour)
			if f.begun.Load() != 6 {
				t.Fatalf("%d begun after an hour", f.begun.Load())
			}
		}
	})
}

func TestWaves(t *testing.T) {
	t.Parallel()
	usual := []fleet.Size{{Count: 1}, {Count: 10}, {Percent: 10}, {}}
	for _, tt := range []struct {
		name  string
		all   []fleet.Outcome
		gate  func(fleet.Wave) error
		waves []int // sizes of the waves after which the gate was asked
		held  int
	}{
		{"clean", times(200, fleet.Done), nil, []int{1, 10, 20}, 0},
		{"canary fails", append(times(1, fleet.Failed), times(199, fleet.Done)...), nil, []int{1}, 199},
		{"second fails", append(append(times(5, fleet.Done), fleet.Failed), times(50, fleet.Done)...), nil, []int{1, 10}, 45},
		{"what is off shows nothing", append(times(2, fleet.Unreachable), times(20, fleet.Done)...), nil, []int{1, 10, 3}, 0},
		{"somebody says no", times(50, fleet.Done), func(w fleet.Wave) error {
			if w.Number == 2 {
				return errors.New("CUPS stopped")
			}
			return nil
		}, []int{1, 10}, 39},
		{"nobody can say", times(50, fleet.Done), func(fleet.Wave) error { panic("the judge") }, []int{1}, 49},
		{"somebody says go", append(times(1, fleet.Failed), times(10, fleet.Done)...), func(fleet.Wave) error { return nil }, []int{1}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f floor
				var asked []int
				o := fleet.Options{Concurrency: 8, Waves: usual, Gate: func(_ context.Context, w fleet.Wave) error {
					n := 0
					for _, c := range w.Counts {
						n += c
					}
					asked = append(asked, n)
					if f.running.Load() != 0 {
						t.Error("a wave is judged that has not ended")
					}
					if tt.gate != nil {
						return tt.gate(w)
					}
					if w.Counts[fleet.Failed] > 0 {
						return errors.New("failed")
					}
					return nil
				}}
				got := outcomes(t, f.units(tt.all...), o)
				held := 0
				for _, g := range got {
					if g == fleet.Held {
						held++
					}
				}
				if !slices.Equal(asked, tt.waves) || held != tt.held {
					t.Errorf("asked after %v, want %v; held %d, want %d", asked, tt.waves, held, tt.held)
				}
				if tt.gate == nil { // as without a gate
					o.Gate = nil
					if again := outcomes(t, f.units(tt.all...), o); !slices.Equal(again, got) {
						t.Errorf("without a gate %v, with one %v", again, got)
					}
				}
			})
		})
	}
}

func TestMaximumOfFailures(t *testing.T) {
	t.Parallel()
	bad := times(40, fleet.Failed)
	for _, tt := range []struct {
		name  string
		all   []fleet.Outcome
		o     fleet.Options
		begun int32 // those at work when the limit is reached are let finish
	}{
		{"count", bad, fleet.Options{MaxFailures: 3}, 3},
		{"count, at once", bad, fleet.Options{MaxFailures: 3, Concurrency: 8}, 10},
		{"share, not before the fifth", bad, fleet.Options{MaxFailurePercent: 20}, 5},
		{"share of those tried", append(times(9, fleet.Done), bad...), fleet.Options{MaxFailurePercent: 20}, 12},
		{"what is off is no failure", times(30, fleet.Unreachable), fleet.Options{MaxFailures: 1, MaxFailurePercent: 1}, 30},
		{"nor is it tried", append(times(20, fleet.Unreachable), bad...), fleet.Options{MaxFailurePercent: 50}, 25},
		{"none", bad, fleet.Options{}, 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f floor
				got := outcomes(t, f.units(tt.all...), tt.o)
				if f.begun.Load() != tt.begun {
					t.Errorf("%d begun, want %d: %v", f.begun.Load(), tt.begun, got)
				}
				if slices.Contains(got, fleet.Interrupted) {
					t.Error("one at work was not let finish")
				}
			})
		})
	}
}

// A wrong password of the fleet meets one device; a right one that some have not
// is stopped at the limit.
func TestLoginBrake(t *testing.T) {
	t.Parallel()
	with := func(f *floor, credential string, l fleet.Login) fleet.Unit[int] {
		o := fleet.Done
		if l == fleet.LoginRefused {
			o = fleet.Failed
		} else if l == fleet.LoginUnknown {
			o = fleet.Unreachable
		}
		u := f.unit(o)
		do := u.Do
		u.Credential = credential
		u.Do = func(ctx context.Context) fleet.End[int] {
			end := do(ctx)
			end.Login = l
			return end
		}
		return u
	}
	for _, tt := range []struct {
		name  string
		first fleet.Login
		max   int
		begun int32
		most  int32
	}{
		{"wrong", fleet.LoginRefused, 0, 1, 1},
		{"wrong, two allowed", fleet.LoginRefused, 2, 2, 1},
		{"right", fleet.LoginAccepted, 0, 20, 8},
		{"never asked", fleet.LoginUnknown, 0, 20, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f floor
				var units []fleet.Unit[int]
				for range 20 {
					units = append(units, with(&f, "fleet", tt.first))
				}
				outcomes(t, units, fleet.Options{Concurrency: 8, MaxRefusals: tt.max})
				if f.begun.Load() != tt.begun || f.most.Load() != tt.most {
					t.Errorf("%d begun, %d at once; want %d and %d", f.begun.Load(), f.most.Load(), tt.begun, tt.most)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the brake is each credential's own
		var f floor
		var units []fleet.Unit[int]
		for i := range 12 {
			l := fleet.LoginAccepted
			if i%3 == 0 {
				l = fleet.LoginRefused
			}
			units = append(units, with(&f, fmt.Sprint("site", i%3), l))
		}
		got := outcomes(t, units, fleet.Options{Concurrency: 8})
		for i, o := range got {
			want := fleet.Done
			if i%3 == 0 {
				want = fleet.Held
			}
			if i == 0 {
				want = fleet.Failed
			}
			if o != want {
				t.Errorf("unit %d: %s, want %s", i, o, want)
			}
		}
	})
}

func TestMayStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f floor
		closes := time.Now().Add(150 * time.Second)
		units := f.units(times(6, fleet.Done)...)
		for i := range units {
			units[i].MayStart = func() error {
				if time.Now().Add(time.Minute).After(closes) {
					return errors.New("the window closes")
				}
				return nil
			}
		}
		got := outcomes(t, units, fleet.Options{})
		if want := append(times(2, fleet.Done), times(4, fleet.Held)...); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := fleet.Slots{N: 2}
		var f floor
		units := f.units(times(8, fleet.Done)...)
		for i := range units {
			do := units[i].Do
			groups := []string{"site", "net"}
			if i%2 == 0 {
				groups = []string{"net", "site", "net"}
			}
			units[i].Do = func(ctx context.Context) fleet.End[int] {
				release, err := s.Take(ctx, groups)
				if err != nil {
					return fleet.End[int]{Outcome: fleet.Interrupted, Err: err}
				}
				defer release()
				return do(ctx)
			}
		}
		begun := time.Now()
		outcomes(t, units, fleet.Options{Concurrency: 8})
		if f.most.Load() != 2 || time.Since(begun) != 4*time.Minute {
			t.Errorf("%d at once, %v", f.most.Load(), time.Since(begun))
		}
		release, err := s.Take(t.Context(), []string{"net"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Take(t.Context(), []string{"net"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("enough"))
		if _, err := s.Take(ctx, []string{"net"}); err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("waits for ever: %v", err)
		}
		release()
		release() // once counts
		again()
	})
}

// Who gives up waiting for one group leaves the others to the rest.
func TestSlotsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := fleet.Slots{N: 1}
		if _, err := s.Take(t.Context(), []string{"net"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Take(ctx, []string{"a", "net"}); err == nil {
			t.Error("net was taken twice")
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Take(ctx, []string{"a"}); err != nil {
			t.Errorf("a is still held: %v", err)
		}
	})
}

// What one of many costs does not grow with their number: those that wait are not asked
// one after another each time when one ends.
func TestCostOfWaitingIsFlat(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var f floor
			asked := 0
			units := f.units(times(n, fleet.Done)...)
			for i := range units {
				units[i].MayStart = func() error { asked++; return nil }
			}
			for i := range units {
				units[i].Needs = 1
			}
			room := func() int64 { asked++; return 3 }
			outcomes(t, units, fleet.Options{Concurrency: 8, Room: room})
			if asked > 4*n || f.begun.Load() != int32(n) {
				t.Errorf("%d of %d begun, asked %d times", f.begun.Load(), n, asked)
			}
		})
	}
}

// Who had to wait for a password to be tried elsewhere comes before those that stand
// after him in the list.
func TestPassedOverComesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var units []fleet.Unit[int]
		begun, start := make([]time.Duration, 4), time.Now()
		for i, takes := range []time.Duration{time.Minute, time.Minute, time.Hour, time.Minute} {
			units = append(units, fleet.Unit[int]{Do: func(context.Context) fleet.End[int] {
				begun[i] = time.Since(start)
				time.Sleep(takes)
				return fleet.End[int]{Outcome: fleet.Done, Login: fleet.LoginAccepted}
			}})
		}
		units[0].Credential, units[1].Credential = "shared", "shared"
		outcomes(t, units, fleet.Options{Concurrency: 2})
		if want := []time.Duration{0, time.Minute, 0, 2 * time.Minute}; !slices.Equal(begun, want) {
			t.Errorf("begun after %v, want %v", begun, want)
		}
	})
}
