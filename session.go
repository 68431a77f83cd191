package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// openState opens Options.Dir; without one, a directory that holds nothing and
// keeps nothing.
func (o *Options) openState(readOnly bool) (*state.Dir, error) {
	if o.Dir == "" || readOnly {
		return state.OpenReadOnly(o.Dir)
	}
	return state.Open(o.Dir)
}

// mode is what a session is for.
type mode struct {
	readOnly bool
	permit   *permit.Permit                // may end readOnly; nil: nothing does
	also     func(*x509.Certificate) error // has to be pleased by the device's certificate, too; nil: nobody
}

// dial opens a session with a device.
func dial(ctx context.Context, d Device, o *call, dir *state.Dir, m mode) (*remoteui.Session, error) {
	if _, err := address.Parse(d.URL); err != nil {
		return nil, err
	}
	host := address.Device(d.URL)
	o.meet(d)
	id, err := identityOf(d, dir, host)
	if err != nil {
		return nil, err
	}
	if known := id.Also; m.also != nil {
		id.Also = func(c *x509.Certificate) error {
			if err := known(c); err != nil {
				return err
			}
			return m.also(c)
		}
	}
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL: d.URL,
		Credentials: remoteui.Credentials{
			UserName: d.UserName, DepartmentID: d.DepartmentID,
			Password: d.Password, Destination: d.LoginDestination,
		},
		Identity: id, ConfirmSuccessor: o.askSuccessor(d),
		Language: d.Language, Profiles: d.Profiles, Recorder: o.recorder, LegacyTLS: d.LegacyTLS, ReadOnly: m.readOnly, Permit: m.permit, Memory: dir,
		Spacing: o.spacing, Awaited: o.reached, RequestTimeout: o.RequestTimeout, ReturnTimeout: o.RestartTimeout, DialContext: d.DialContext, Now: o.Now, Logger: o.Logger, Scrubber: o.secrets,
		OnEvent: func(e remoteui.Event) {
			kind := EventProgress
			if e.Kind == remoteui.EventNotice {
				kind = EventNotice
			}
			o.eventOf(address.Device(d.URL), kind, "", e.Text)
		},
	})
	if err != nil {
		return nil, unconfirmed(d.URL, err)
	}
	// From the first login on the device is known by its key.
	if id.Stored.IsZero() && o.Dir != "" {
		err = dir.SetPin(host, remoteui.HashSPKI(s.Certificate()))
		if err != nil && !errors.Is(err, state.ErrReadOnly) {
			s.Close(ctx)
			return nil, err
		}
	}
	return s, nil
}

// leftBehind is the notice about scripts of the device that could not be
// stopped; none where there were none.
func leftBehind(s *remoteui.Session) []string {
	n := s.LeftBehind()
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of the device's pages could not be stopped in time and left behind; "+
		"%d in this process still run, each with at most 64 MiB. No honest page does that: look at the device", count(n, "script", "scripts"), remoteui.Lingering())}
}

// identityOf joins what the caller says about the device's identity with what
// the state directory knows.
func identityOf(d Device, dir *state.Dir, host string) (remoteui.Identity, error) {
	stored, known, err := dir.Pin(host)
	if err != nil {
		return remoteui.Identity{}, err
	}
	journal, err := dir.Journal(host)
	if err != nil {
		return remoteui.Identity{}, err
	}
	l, err := readLineage(journal)
	if err != nil {
		return remoteui.Identity{}, err
	}
	id := remoteui.Identity{Pins: l.heirs(d.Pins), Roots: d.Roots, Successors: l.last(), TrustOnFirstUse: d.TrustOnFirstUse}
	accepted := id.Pins
	if known {
		id.Stored = stored
		accepted = append(accepted[:len(accepted):len(accepted)], stored)
	}
	id.Successor = l.successor(accepted, d.Roots != nil && len(d.Pins) == 0)
	id.Also = l.outlived
	return id, nil
}

func (o *call) event(kind EventKind, step, text string) { o.eventOf(o.device, kind, step, text) }

// eventOf tells something of another device than the one that the call is about.
func (o *call) eventOf(device string, kind EventKind, step, text string) {
	o.OnEvent(Event{Time: o.Now(), Device: device, Run: o.run, Kind: kind, Step: step, Text: safe(o.secrets.Message(text))})
}

// meet notes which device a call is about: the first it is told.
func (o *call) meet(d Device) {
	if o.device == "" {
		o.device = address.Device(d.URL)
	}
}

// addressOf returns a device URL for a report, without what may be secret.
func addressOf(raw string) string {
	if u, err := url.Parse(strings.TrimSpace(raw)); err == nil && u.Host != "" {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	}
	return address.Host(raw)
}
