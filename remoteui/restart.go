package remoteui

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// RestartOptions say how to wait for a restart.
type RestartOptions struct {
	// Timeout for the whole restart; zero: 15 min.
	Timeout time.Duration
	// DownTimeout for the device to be seen going down; zero: Timeout.
	DownTimeout time.Duration
	// Interval between looks at the device; zero: 2 s.
	Interval time.Duration
	// IgnoreSession: that the device no longer knows the session is no sign of a
	// restart, because it may have forgotten it before.
	IgnoreSession bool
	// Successor decides whether a certificate seen after the restart belongs to
	// the key that was bound; nil: the key must not change. Until then the old
	// key is accepted too, afterwards only the new one.
	Successor func(*x509.Certificate) error
}

// AwaitRestart waits for a restart that was just asked for: first for positive
// evidence that the device went down (connections refused, or the old session
// forgotten, and a minute gone by), then for its Remote UI to answer with a known identity, and logs
// in anew. It tells its progress by events. Errors: [ErrRestartNotSeen];
// [*IdentityError] if something else answers in the device's place;
// [*LoginError] if it no longer lets us in.
func (s *Session) AwaitRestart(ctx context.Context, o RestartOptions) error {
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Minute
	}
	if o.Interval <= 0 {
		o.Interval = 2 * time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.awaiting = true
	s.t.spacing.setAway(true)
	defer func() {
		s.awaiting = false
		s.t.spacing.setAway(false)
	}()
	began := s.cfg.Now()
	deadline, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("not within %v", o.Timeout))
	defer cancel()
	s.t.id.expect(o.Successor)
	defer s.t.id.expect(nil)
	s.setLive(nil)
	s.event(EventWaiting, "waiting for the device to go down")
	down, cancelDown := context.WithTimeout(deadline, cmp.Or(o.DownTimeout, o.Timeout))
	defer cancelDown()
	if err := s.awaitDown(down, o); err != nil {
		if ctx.Err() == nil && down.Err() != nil {
			return ErrRestartNotSeen
		}
		return err
	}
	s.loggedIn, s.logout = false, nil
	s.logins = maxLogins - restartLogins
	s.event(EventWaiting, "device is down, waiting for it to come back")
	if err := s.awaitUp(deadline, o.Interval, began); err != nil {
		if ctx.Err() == nil && deadline.Err() != nil {
			return fmt.Errorf("device did not come back within %v: %w; look at the device, then run again", o.Timeout, err)
		}
		return err
	}
	s.logins = 0 // the restart ended the session: logging in anew was no sign of trouble
	s.event(EventWaiting, fmt.Sprintf("device is back after %v", s.cfg.Now().Sub(began).Round(time.Second)))
	return nil
}

// glance is the time between two attempts to connect while the device is
// expected to go down: they cost it little, and a quick restart is not missed.
const glance = 250 * time.Millisecond

// farewell is how long a device that has forgotten the session is expected to go
// down yet: it may end all sessions first, and its web server a while later. The
// work that follows would fall into the restart. None is known to be back so soon
// that its absence is not seen at all.
const farewell = time.Minute

// awaitDown looks until there is positive evidence of a restart: connections
// are refused, the device presents the successor, which it does not before it has
// restarted, or it no longer knows the session, and stays.
func (s *Session) awaitDown(ctx context.Context, o RestartOptions) (err error) {
	_, before := s.t.id.current()
	var forgotten time.Time // when the session was seen to be; zero: it was not
	defer func() {
		if ctx.Err() != nil && !forgotten.IsZero() {
			err = nil // that much was seen
		}
	}()
	for looked := s.cfg.Now(); ; {
		conn, err := s.t.dial(ctx, "tcp", hostPort(s.entry))
		if err != nil {
			return overdue(ctx) // nil: it is down
		}
		conn.Close()
		if now := s.cfg.Now(); now.Sub(looked) >= o.Interval {
			looked = now
			switch restarted, err := s.lookRestarted(ctx, before); {
			case restarted || err != nil:
				return err
			case !forgotten.IsZero():
				if now.Sub(forgotten) >= farewell {
					return nil
				}
			case s.form != nil && !o.IgnoreSession && s.sessionForgotten(ctx):
				forgotten = now
			}
		}
		if err := sleep(ctx, min(o.Interval, glance)); err != nil {
			return err
		}
	}
}

// overdue returns why ctx has ended, nil if it has not. A dialer reads the
// deadline off the context and can give up a moment before the context itself
// ends: that is no sign of the device being down.
func overdue(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return context.Cause(ctx)
}

// lookRestarted looks at the certificate.
func (s *Session) lookRestarted(ctx context.Context, before SPKIHash) (bool, error) {
	s.t.base.CloseIdleConnections()
	if _, err := s.handshake(ctx, s.entry); err != nil {
		if _, ok := errors.AsType[*IdentityError](err); ok {
			return false, err
		}
		late := overdue(ctx)
		return late == nil, late
	}
	_, now := s.t.id.current()
	return now != before, nil
}

// sessionForgotten asks for the portal page with the old cookies: the login
// form in its place means that the device begins anew, or is about to.
func (s *Session) sessionForgotten(ctx context.Context) bool {
	s.loggedIn = true
	_, err := s.get(ctx, s.homeURL(), nil)
	return lost(err)
}

// awaitUp looks until logging in works. A refused credential ends it at once:
// every further attempt could lock the account.
func (s *Session) awaitUp(ctx context.Context, interval time.Duration, began time.Time) error {
	var last error
	told := began
	for {
		if err := sleep(ctx, interval); err != nil {
			if last != nil {
				err = fmt.Errorf("%w: %w", err, last)
			}
			return err
		}
		s.t.base.CloseIdleConnections()
		last = s.tryUp(ctx)
		if last == nil {
			return nil
		}
		if final(last) {
			return last
		}
		if now := s.cfg.Now(); now.Sub(told) >= 15*time.Second {
			told = now
			s.event(EventWaiting, fmt.Sprintf("still waiting after %v", now.Sub(began).Round(time.Second)))
		}
	}
}

// tryUp looks at the address in use, then at the one the user gave (a device
// may come back at another port).
func (s *Session) tryUp(ctx context.Context) error {
	if err := s.findAgain(ctx); err != nil {
		return err
	}
	return s.loginLocked(ctx)
}

func (s *Session) findAgain(ctx context.Context) error {
	if _, err := s.handshake(ctx, s.entry); err != nil {
		if final(err) {
			return err
		}
		moved := s.findMoved(ctx)
		if moved == nil {
			return err
		}
		s.enter(moved)
	}
	return nil
}

func (s *Session) findMoved(ctx context.Context) *url.URL {
	starts, err := s.cfg.startURLs()
	if err != nil {
		return nil
	}
	for _, u := range starts {
		if u.Scheme == "http" && !s.inClear {
			continue // whoever is on the path could answer in the place of a device that is away
		}
		if entry, err := s.tryStart(ctx, u); err == nil && entry.Host != s.entry.Host {
			return entry
		}
	}
	return nil
}

// final reports errors that waiting does not cure.
func final(err error) bool {
	if _, ok := errors.AsType[*IdentityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*LoginError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*tooManyLoginsError](err); ok {
		return true
	}
	_, ok := errors.AsType[*LockedError](err)
	return ok || errors.Is(err, ErrPasswordExpired) || errors.Is(err, ErrOneTimeCode)
}
