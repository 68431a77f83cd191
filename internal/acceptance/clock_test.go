package acceptance_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// clock is off by some time when it is first looked at, in the bubble, and goes on
// by pace in each second.
func clock(off, pace time.Duration) func() time.Time {
	began := sync.OnceValue(time.Now)
	return func() time.Time {
		return began().Add(off + time.Duration(time.Since(began()).Seconds()*float64(pace)))
	}
}

// The line in which a page tells a time is the clock if it is near ours, or goes on
// like one; else it may be the time of the last change, and nothing is built on it.
func TestPrintedClock(t *testing.T) {
	t.Parallel()
	const (
		day  = 24 * time.Hour
		past = -41*day - time.Hour // not at the edge of a day
	)
	for _, tc := range []struct {
		name   string
		off    time.Duration
		pace   time.Duration // how it goes on, for each second of ours
		known  bool
		notice string
	}{
		{"near, in another time zone", -8 * time.Hour, time.Second, true, ""},
		{"near, and standing", -8 * time.Hour, 0, true, ""},
		{"far off, and going", past, time.Second, true, "clock is 41 days off"},
		{"years ahead, and going", 4000*day + time.Hour, time.Second, true, "clock is 4000 days off"},
		{"the last change", past, 0, false, "41 days off"},
		{"something else changed", past, 10 * time.Minute, false, "is not known"},
		{"backwards", past, -time.Second, false, "is not known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Layout: plain(), Now: clock(tc.off, tc.pace)}
			inBubble(t, cfg, func(t *testing.T, _ *simdevice.Device, d rekey.Device, o *rekey.Options) {
				a, err := rekey.Assess(t.Context(), d, o)
				if err != nil {
					t.Fatal(err)
				}
				notices := strings.Join(a.Notices, "\n")
				if a.Clock.IsZero() == tc.known || strings.Contains(notices, "clock") != (tc.notice != "") || !strings.Contains(notices, tc.notice) {
					t.Errorf("clock %v\n%s", a.Clock, notices)
				}
			})
		})
	}
}

// A CA's certificate that begins now is taken where the device prints its local
// time, or the time of its last change.
func TestIssuedByOurClock(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for name, now := range map[string]func() time.Time{
		"time zone": clock(-8*time.Hour, time.Second), "last change": clock(-41*24*time.Hour, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := simdevice.Config{Seed: 4, Layout: plain(), Now: now}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.Kind, o.Issuer = rekey.ByCSR, newIssuer(t)
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil || bound(dev).Weak {
					t.Errorf("%v\n%v", err, r)
				}
			})
		})
	}
}
