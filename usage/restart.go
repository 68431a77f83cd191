package usage

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// RestartOptions say how to restart a device.
type RestartOptions struct {
	Timeout  time.Duration // zero: 15 min
	Interval time.Duration // zero: 2 s
	// Successor recognises the certificate of the key bound to TLS; nil: the
	// key does not change.
	Successor func(*x509.Certificate) error
	// ByHand is called where the device offers no [Apply Setting Changes]: a person
	// has to restart it now, which is waited for. Nil: that is an error.
	ByHand func()
}

// lostTimeout is how long to look for a restart whose request's answer was
// lost, or was a page with nothing known on it, before it is asked for once
// more: the request may not have arrived, or met a busy device.
const lostTimeout = 90 * time.Second

// Restart presses [Apply Setting Changes], or [Restart Device] on a device
// without it, waits until the device has
// positively been down and is back, and logs in anew. // R-5
func Restart(ctx context.Context, s *remoteui.Session, o RestartOptions) error {
	wait := remoteui.RestartOptions{Timeout: o.Timeout, Interval: o.Interval, Successor: o.Successor}
	answered, err := apply(ctx, s)
	if remoteui.Lacks(err, labels.ApplyChanges) {
		// Nothing waits to be put in effect, as on a device that was switched off and
		// on after the keys were chosen; or the item has another name. Which of them
		// cannot be told, and a restart must have been seen.
		if o.ByHand == nil {
			return err
		}
		o.ByHand()
		if byHand := s.AwaitRestart(ctx, wait); byHand != nil {
			return fmt.Errorf("%w; it offers nothing to apply: restart it by hand while it is being waited for (%w)", byHand, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	first := wait
	first.DownTimeout, first.IgnoreSession = lostTimeout, !answered
	if o.Timeout > 0 {
		first.DownTimeout = min(lostTimeout, o.Timeout)
	}
	err = s.AwaitRestart(ctx, first)
	if !errors.Is(err, remoteui.ErrRestartNotSeen) || ctx.Err() != nil {
		return err
	}
	// Its answer was lost, or words that nobody knows: what still offers to apply
	// the changes has not done so.
	if _, err := apply(ctx, s); err != nil && !(answered && remoteui.Lacks(err, labels.ApplyChanges)) {
		return err
	}
	return s.AwaitRestart(ctx, wait)
}

// apply asks for the restart; answered is false if the answer was lost, which
// is what a device does that goes down at once, or was no answer.
func apply(ctx context.Context, s *remoteui.Session) (answered bool, err error) {
	_, err = s.Do(ctx, restart(s))
	if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); lost {
		return false, nil
	}
	return err == nil, err
}

func restart(s *remoteui.Session) remoteui.Intent {
	return remoteui.Intent{
		Name: "restart", Leaves: true,
		Open:  func(ctx context.Context) (*remoteui.Page, error) { return findRestart(ctx, s) },
		Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.ApplyChanges, labels.RestartDevice}, Writes: true}},
	}
}

// findRestart goes to the page with the command. [Apply Setting Changes] stands
// on the first page of the settings. A device of the small-MF kind may have a
// page that restarts instead, in the menu there or in that of the device
// management.
func findRestart(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
	p, err := s.Walk(ctx, labels.Settings)
	if err != nil || p.Has(labels.ApplyChanges) || p.Has(labels.RestartDevice) {
		return p, err
	}
	if p.Has(labels.DeviceManagement) {
		m, err := p.Follow(ctx, labels.DeviceManagement)
		if err != nil || m.Has(labels.RestartDevice) {
			return m, err
		}
	}
	return s.Walk(ctx, labels.Settings)
}
