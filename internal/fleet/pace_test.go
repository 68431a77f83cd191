package fleet_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/fleet"
)

// One server is asked in turns, so many at once at most, and another does not wait
// for it.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		every time.Duration
		n     int
		took  time.Duration // for 6 requests of 10 s each
		peak  int32
	}{
		{"no limit", 0, 0, 10 * time.Second, 6},
		{"two at once", 0, 2, 30 * time.Second, 2},
		{"one each 3 s", 3 * time.Second, 0, 25 * time.Second, 4},
		{"both", 7 * time.Second, 1, 60 * time.Second, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &fleet.Pace{Every: tc.every, N: tc.n}
				began := time.Now()
				var at, peak atomic.Int32
				var group sync.WaitGroup
				for range 6 {
					group.Go(func() {
						done, err := p.Take(t.Context(), "ca")
						if err != nil {
							t.Error(err)
							return
						}
						defer done()
						defer at.Add(-1)
						now := at.Add(1)
						for was := peak.Load(); now > was && !peak.CompareAndSwap(was, now); was = peak.Load() {
						}
						time.Sleep(10 * time.Second)
					})
				}
				synctest.Wait()
				done, err := p.Take(t.Context(), "another")
				if err != nil || time.Since(began) != 0 {
					t.Errorf("another server waits: %v, %v", time.Since(began), err)
				} else {
					done()
				}
				group.Wait()
				if took := time.Since(began); took != tc.took || peak.Load() != tc.peak {
					t.Errorf("took %v, %d at once; want %v, %d", took, peak.Load(), tc.took, tc.peak)
				}
			})
		})
	}
}

// Who is called off while he waits takes no turn from others.
func TestPaceCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &fleet.Pace{Every: time.Hour, N: 1}
		done, err := p.Take(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		mine := errors.New("enough")
		for _, after := range []func(){done, func() {}} { // for the place, then for the time
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Minute, func() { cancel(mine) })
			if _, err := p.Take(ctx, 1); !errors.Is(err, mine) {
				t.Error(err)
			}
			after()
		}
		if done, err := p.Take(t.Context(), 1); err != nil {
			t.Error(err)
		} else {
			done()
		}
	})
}
