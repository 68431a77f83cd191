package fleet_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/fleet"
)

// store is what units take of the room, as they see it themselves.
type store struct {
	mu          sync.Mutex
	taken, most int64
	start       time.Time
	begun       []beginning
	alone       bool // the last was, when it began
}

// unit needs so much for its first minute, and more, unless that is 0, for its second.
func (s *store) unit(i int, needs, more int64) fleet.Unit[int] {
	now := needs
	return fleet.Unit[int]{Needs: needs, Do: func(context.Context) fleet.End[int] {
		mine := now
		s.add(i, mine)
		defer s.add(-1, -mine)
		time.Sleep(time.Minute)
		if more > mine {
			now = more
			return fleet.End[int]{Needs: more, Outcome: fleet.Failed, Err: errSmall, Login: fleet.LoginAccepted}
		}
		return fleet.End[int]{Outcome: fleet.Done, Login: fleet.LoginAccepted}
	}}
}

var errSmall = errors.New("too small")

func (s *store) add(i int, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i >= 0 {
		s.begun, s.alone = append(s.begun, beginning{i, time.Since(s.start)}), s.taken == 0
	}
	s.taken += n
	s.most = max(s.most, s.taken)
}

// beginning is when a unit began. Units that begin at one moment have no order, nor
// have those that are begun again after they ended at one moment.
type beginning struct {
	unit  int
	after time.Duration // 0 for one that is begun again
}

// order is the units as they began, and then as they were begun again, those that have
// no order by their numbers.
func (s *store) order() []int {
	first := map[int]bool{}
	var firsts, again []beginning
	for _, b := range s.begun {
		if first[b.unit] {
			again = append(again, beginning{unit: b.unit})
			continue
		}
		first[b.unit] = true
		firsts = append(firsts, b)
	}
	var units []int
	for _, list := range [][]beginning{firsts, again} {
		slices.SortFunc(list, func(a, b beginning) int { return cmp.Or(cmp.Compare(a.after, b.after), cmp.Compare(a.unit, b.unit)) })
		for _, b := range list {
			units = append(units, b.unit)
		}
	}
	return units
}

// What is at work never needs more than there is, whenever it begins and whatever it
// turns out to need; one alone may. Who needs more than he was given has all that he
// needs when he is begun again, after the others, and is told of once.
func TestRoom(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		room        int64
		needs, more []int64
		begun       []int
		most        int64
		took        time.Duration
	}{
		"all at once":             {10, []int64{2, 2, 2}, make([]int64, 3), []int{0, 1, 2}, 6, time.Minute},
		"two at once":             {5, []int64{2, 2, 2, 2}, make([]int64, 4), []int{0, 1, 2, 3}, 4, 2 * time.Minute},
		"one alone":               {5, []int64{2, 9, 2}, make([]int64, 3), []int{0, 1, 2}, 9, 3 * time.Minute},
		"no room":                 {-1, []int64{2, 2}, make([]int64, 2), []int{0, 1}, 2, 2 * time.Minute},
		"one grows":               {5, []int64{1, 1, 1}, []int64{0, 5, 0}, []int{0, 1, 2, 1}, 5, 2 * time.Minute},
		"all grow":                {5, []int64{1, 1, 1}, []int64{5, 5, 5}, []int{0, 1, 2, 0, 1, 2}, 5, 4 * time.Minute},
		"growing holds up nobody": {2, []int64{1, 1, 1, 1, 1, 1}, []int64{2, 0, 0, 0, 0, 0}, []int{0, 1, 2, 3, 4, 5, 0}, 2, 4 * time.Minute},
		"beyond all room":         {5, []int64{1, 1, 1}, []int64{9, 9, 0}, []int{0, 1, 2, 0, 1}, 9, 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := store{start: time.Now()}
				var units []fleet.Unit[int]
				for i, n := range tc.needs {
					units = append(units, s.unit(i, n, tc.more[i]))
				}
				got := outcomes(t, units, fleet.Options{Concurrency: 9, Room: func() int64 { return tc.room }})
				order := s.order()
				if !slices.Equal(order, tc.begun) || s.most != tc.most || time.Since(s.start) != tc.took {
					t.Errorf("begun %v, want %v; %d at once, want %d; took %v, want %v", order, tc.begun, s.most, tc.most, time.Since(s.start), tc.took)
				}
				if want := times(len(units), fleet.Done); !slices.Equal(got, want) {
					t.Errorf("%v", got)
				}
				if tc.most > tc.room && !s.alone && name == "beyond all room" {
					t.Error("it was not alone")
				}
			})
		})
	}
}

// Who needs more, and is not begun again, has ended as he did: he was met, and is not
// told to be untouched. It counts once, and not before it is told.
func TestRoomNeverComes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		o     fleet.Options
		first fleet.Outcome // of the unit before
		until time.Duration
	}{
		"canceled":          {fleet.Options{}, fleet.Done, 90 * time.Second},
		"too many failures": {fleet.Options{MaxFailures: 1}, fleet.Failed, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f floor
				var s store
				last := f.unit(tc.first)
				units := []fleet.Unit[int]{s.unit(0, 1, 5), last}
				ctx, cancel := context.WithTimeout(t.Context(), tc.until)
				defer cancel()
				tc.o.Room = func() int64 { return 1 }
				units[1].Needs = 1
				var got []string
				for r := range fleet.Run(ctx, units, tc.o) {
					text := string(r.Outcome)
					if r.Err != nil {
						text += ": " + r.Err.Error()
					}
					got = append(got, text)
				}
				want := map[string][]string{
					"canceled":          {"interrupted: context deadline exceeded", "failed: too small"},
					"too many failures": {"failed", "failed: too small"},
				}[name]
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			})
		})
	}
}
