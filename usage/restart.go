package usage

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/remoteui"
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
	if remoteui.Lacks(err, remoteui.ApplyChanges) {
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
	if answered {
		return s.AwaitRestart(ctx, wait)
	}
	first := wait
	first.DownTimeout, first.IgnoreSession = lostTimeout, true
	err = s.AwaitRestart(ctx, first)
	if !errors.Is(err, remoteui.ErrRestartNotSeen) {
		return err
	}
	if _, err := apply(ctx, s); err != nil {
		return err
	}
	return s.AwaitRestart(ctx, wait)
}

// apply asks for the restart; answered is false if the answer was lost, which
// is what a device does that goes down at once, or was no answer.
func apply(ctx context.Context, s *remoteui.Session) (answered bool, err error) {
	var p *remoteui.Page
	var command remoteui.Label
	err = s.Retry(ctx, func() (err error) {
		if p, command, err = findRestart(ctx, s); err == nil {
			err = p.Await(ctx, command)
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("restart: %w", err)
	}
	before := make(map[remoteui.Label]bool)
	for _, l := range commands {
		before[l] = p.Has(l)
	}
	answer, err := p.Press(ctx, command, remoteui.Where{Confirm: true})
	if err == nil {
		if l, w, ok := confirmation(answer, before); ok {
			answer, err = answer.Press(ctx, l, w)
		}
	}
	if err == nil {
		return !answer.Stray(), nil
	}
	if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); lost {
		return false, nil
	}
	return false, fmt.Errorf("restart: %w", err)
}

// commands are what a page says on the button that confirms a restart.
var commands = []remoteui.Label{remoteui.OK, remoteui.Restart, remoteui.RestartDevice}

// confirmation finds what is to be pressed on the page that the command led to.
// If the command only asked for that page, its menu may still have the command,
// and the button may be called the same; an [OK] that is new is surely the
// question's, for a menu in a frame of its own stays, command and all. If something was sent already, a page
// that has the command may be the page before once more: there only what is new
// on it belongs to a question.
func confirmation(answer *remoteui.Page, before map[remoteui.Label]bool) (remoteui.Label, remoteui.Where, bool) {
	if !before[remoteui.OK] && answer.Has(remoteui.OK) {
		return remoteui.OK, remoteui.Where{Confirm: true}, true
	}
	if answer.Asked() {
		button := remoteui.Where{Confirm: true, Button: true}
		for _, l := range []remoteui.Label{remoteui.Restart, remoteui.RestartDevice, remoteui.ApplyChanges} {
			if answer.Has(l, button) {
				return l, button, true
			}
		}
	}
	again := !answer.Asked() && answer.Has(remoteui.ApplyChanges)
	for _, l := range commands {
		if answer.Has(l) && !(again && before[l]) {
			return l, remoteui.Where{Confirm: true}, true
		}
	}
	return "", remoteui.Where{}, false
}

// findRestart goes to the page with the command. [Apply Setting Changes] stands
// on the first page of the settings. A device of the small-MF kind may have a
// page that restarts instead, in the menu there or in that of the device
// management.
func findRestart(ctx context.Context, s *remoteui.Session) (*remoteui.Page, remoteui.Label, error) {
	p, err := s.Walk(ctx, remoteui.Settings)
	if err != nil || p.Has(remoteui.ApplyChanges) {
		return p, remoteui.ApplyChanges, err
	}
	if p.Has(remoteui.RestartDevice) {
		return p, remoteui.RestartDevice, nil
	}
	if p.Has(remoteui.DeviceManagement) {
		m, err := p.Follow(ctx, remoteui.DeviceManagement)
		if err != nil || m.Has(remoteui.RestartDevice) {
			return m, remoteui.RestartDevice, err
		}
	}
	p, err = s.Walk(ctx, remoteui.Settings)
	return p, remoteui.ApplyChanges, err // which is not there: the error says so
}
