package remoteui

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"
)

// returnInterval is the time between two looks at a device that went away.
const returnInterval = 2 * time.Second

// maxAbsences bounds how often a session waits for its device.
const maxAbsences = 5

// gone reports whether the device that this session works with takes no
// connections any more. One that was never reached is not gone, and one that is
// to restart is waited for by [Session.AwaitRestart].
func (s *Session) gone() bool {
	return s.settled && !s.awaiting && !s.closed && s.absences < maxAbsences && s.t.unreachable.Load()
}

// awaitReturn waits for a device that restarts without having been asked to: by
// a person, a power cut, its own timer.
func (s *Session) awaitReturn(ctx context.Context, why error) error {
	err := s.untilBack(ctx, why, func(ctx context.Context) error {
		s.t.base.CloseIdleConnections()
		return s.findAgain(ctx)
	})
	if err == nil {
		s.absences++
	}
	return err
}

// untilBack looks for a device that takes no connections, up to ReturnTimeout.
func (s *Session) untilBack(ctx context.Context, why error, look func(context.Context) error) error {
	s.event(EventNotice, "the device takes no connections any more: waiting for it to come back")
	s.t.spacing.setAway(true)
	defer s.t.spacing.setAway(false)
	began := s.cfg.Now()
	limit, cancel := context.WithTimeoutCause(ctx, s.cfg.ReturnTimeout, fmt.Errorf("device did not come back within %v: look at it, then run again", s.cfg.ReturnTimeout))
	defer cancel()
	for {
		if err := sleep(limit, returnInterval); err != nil {
			return fmt.Errorf("%w (%w)", err, why)
		}
		err := look(limit)
		if err == nil {
			s.event(EventNotice, fmt.Sprintf("device is back after %v", s.cfg.Now().Sub(began).Round(time.Second)))
			return nil
		}
		if final(err) {
			return err
		}
	}
}

// CameBack reports whether the device went away and came back by itself after
// the last [Page.Press] of this session: it has restarted then, and what was
// stored before is in effect.
func (s *Session) CameBack() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.absences > s.pressedAt
}

// ExpectSuccessor accepts, from now until the end of the next
// [Session.AwaitRestart], that the device presents another key, if successor
// returns nil for its certificate: the key was bound, and the device may restart
// before it is asked to. Nil: none is expected.
func (s *Session) ExpectSuccessor(successor func(*x509.Certificate) error) {
	s.t.id.expect(successor)
}
