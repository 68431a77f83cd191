package remoteui

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// lookLoggedIn finds out what came of a login whose answer was lost. If the
// device shows its login form, the credential is sent once more: it was not seen
// refused, and whoever ran the program again would send it, too.
func (s *Session) lookLoggedIn(ctx context.Context, why error) (*Page, error) {
	s.loggedIn = false // its login form is no sign of a lost session
	p, err := s.get(ctx, s.entry, nil)
	if err != nil {
		s.loggedIn = true
		return nil, errors.Join(why, err)
	}
	form, kind := findLogin(p.p)
	if form == nil {
		if err := unknownLogin(p); err != nil {
			return nil, err
		}
		s.accepted = true
		return p, nil
	}
	return s.submitLogin(ctx, p, form, kind)
}

func (s *Session) checkMemory(c Credentials) error {
	if s.cfg.Memory == nil {
		return nil
	}
	before, err := s.cfg.Memory.Refused(s.t.host, c)
	if err != nil {
		return fmt.Errorf("cannot tell whether this credential was refused before, so it is not sent: %w", err)
	}
	if before {
		return &LoginError{Host: s.t.host, Before: true}
	}
	return nil
}

// loginRefused makes the error; before is the text of the page that had the
// form.
func (s *Session) loginRefused(c Credentials, kind *loginForm, p *Page, before string) error {
	if s.accepted {
		// It was right a moment ago: a device that is just starting, say.
		return errors.New("login: the device refuses the credential that it accepted before in this run")
	}
	err := error(&LoginError{Host: s.t.host, Form: kind.name, Reason: s.refusal(p, before)})
	if text := lockText(p.p.Text()); text != "" {
		// It may be a lock, or a refusal that warns of one: neither may be met
		// with the same credential again.
		err = &LockedError{Host: s.t.host, Text: s.scrub(text)}
	}
	if s.cfg.Memory != nil {
		err = errors.Join(err, s.cfg.Memory.Remember(s.t.host, c))
	}
	return err
}

// refusal is what the device says of a refused login: messages, and the lines
// that the page did not have when it was asked for. In which words it does, or
// where on the page, nobody has published.
func (s *Session) refusal(p *Page, before string) string {
	said := s.alerts(p.p.Alerts())
	known := map[string]bool{"": true}
	for line := range strings.Lines(before) {
		known[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(p.p.Text()) {
		if line = strings.TrimSpace(line); !known[line] {
			known[line] = true
			said = append(said, s.scrub(clip(line, 200)))
		}
	}
	return strings.Join(said, " ")
}
