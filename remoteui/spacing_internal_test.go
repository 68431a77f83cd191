package remoteui

import (
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// How long a device is left alone, as docs/interruptions.md says: after a connection
// that broke, three requests are 2 s apart; one that breaks again soon is left 250 ms,
// doubled each time up to 2 s, and 2 s before each that changes something.
func TestSpacing(t *testing.T) {
	t.Parallel()
	const broke, refused, good = "broke", "refused", "good"
	for name, tc := range map[string]struct {
		habit  time.Duration // of an earlier session
		ends   []string      // how the exchanges before end
		reads  []time.Duration
		writes time.Duration
	}{
		"nothing broke":           {0, []string{good, good}, []time.Duration{0, 0}, 0},
		"once":                    {0, []string{broke}, []time.Duration{calm, calm, calm, 0, 0}, 0},
		"twice":                   {0, []string{broke, good, broke}, []time.Duration{calm, calm, calm, 250 * time.Millisecond}, calm},
		"three times":             {0, []string{broke, broke, broke}, []time.Duration{calm, calm, calm, 500 * time.Millisecond}, calm},
		"five times":              {0, []string{broke, broke, broke, broke, broke}, []time.Duration{calm, calm, calm, 2 * time.Second}, calm},
		"six times":               {0, []string{broke, broke, broke, broke, broke, broke}, []time.Duration{calm, calm, calm, 2 * time.Second}, calm},
		"again after a long time": {0, slices.Concat([]string{broke}, slices.Repeat([]string{good}, hasty+1), []string{broke}), []time.Duration{calm, calm, calm, 0}, 0},
		"refused twice":           {0, []string{refused, refused}, []time.Duration{250 * time.Millisecond, 250 * time.Millisecond}, 250 * time.Millisecond},
		"of an earlier session":   {time.Second, nil, []time.Duration{time.Second, time.Second}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sp := &spacing{habit: tc.habit}
				took := func(write bool) time.Duration {
					began := time.Now()
					if err := sp.wait(t.Context(), write, began); err != nil {
						t.Fatal(err)
					}
					return time.Since(began)
				}
				for _, end := range tc.ends {
					took(false)
					var err error
					if end == broke {
						err = io.ErrUnexpectedEOF
					}
					sp.done(err, end == refused, time.Now())
				}
				if tc.ends == nil {
					sp.done(nil, false, time.Now())
				}
				for i, want := range tc.reads {
					if got := took(false); got != want {
						t.Errorf("before request %d: %v, want %v", i+1, got, want)
					}
					sp.done(nil, false, time.Now())
				}
				if got := took(true); got != tc.writes {
					t.Errorf("before a write: %v, want %v", got, tc.writes)
				}
			})
		})
	}
}
