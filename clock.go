package rekey

import (
	"context"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

const (
	// clockNear is how far from ours a printed time may be that is believed at once.
	clockNear = 24 * time.Hour
	// clockPause lies at least between two readings by which a clock is seen to go.
	clockPause = 2 * time.Second
	// clockSlack is by how much more than the time between them it may have gone on:
	// a clock does not jump, the time of the last change does.
	clockSlack = time.Minute
)

// printed is a time that a page shows and that may be the device's clock.
type printed struct {
	clock time.Time
	read  time.Time // by our own clock
}

// readClock reads the device's clock off the line in which a page tells when it
// was made. Some devices tell there when the settings were last changed: what is
// far off is returned, to be looked at again.
func (a *Assessment) readClock(line string) *printed {
	clock, ok := keys.ParseClock(line, a.Taken)
	if !ok {
		return nil
	}
	if clock.Sub(a.Taken).Abs() > clockNear {
		return &printed{clock, time.Now()}
	}
	a.Clock = clock
	return nil
}

// watchClock reads the line again, if it was far off: a clock has gone on.
func (a *Assessment) watchClock(ctx context.Context, s *remoteui.Session, first *printed) error {
	if first == nil {
		return nil
	}
	if err := pause(ctx, clockPause-time.Since(first.read)); err != nil {
		return err
	}
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return err
	}
	passed := time.Since(first.read)
	days := int(first.clock.Sub(a.Taken).Abs().Hours() / 24)
	second, ok := keys.ParseClock(l.Updated, first.clock)
	switch went := second.Sub(first.clock); {
	case ok && went > 0 && went <= passed+clockSlack:
		a.Clock = first.clock
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is %d days off (%s): "+
			"certificates it makes begin and end by that clock; set it right first if that matters", days, first.clock.Format(time.DateOnly)))
	default:
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is not known: its pages show a time %d days off (%s) that does not go on like a clock, "+
			"and may be that of the last change; ours is used", days, first.clock.Format(time.DateOnly)))
	}
	return nil
}

// pause waits; not at all if the time is not positive.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
