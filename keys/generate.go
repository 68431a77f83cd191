package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// Wait says how long and how often to look for something the device takes its
// time for.
type Wait struct {
	Timeout  time.Duration // zero: 10 min
	Interval time.Duration // zero: 2 s
}

func (w Wait) withDefaults() Wait {
	if w.Timeout <= 0 {
		w.Timeout = 10 * time.Minute
	}
	if w.Interval <= 0 {
		w.Interval = 2 * time.Second
	}
	return w
}

// ExistsError means that a key of that name is in the list already.
type ExistsError struct{ Name string }

func (e *ExistsError) Error() string { return fmt.Sprintf("a key named %q exists already", e.Name) }

// Generate makes a key with a self-signed certificate and waits until the
// device has registered it. Success is exactly one new row in the list, with
// the name asked for. The list as read afterwards is returned. Errors:
// [*FieldError] (nothing was sent); [*ExistsError];
// [remoteui.RefusedError] with the device's words; and if the answer was lost
// and no key appeared until the deadline, that. // G-1, G-2, G-3
func Generate(ctx context.Context, s *remoteui.Session, spec Spec, w Wait) (*List, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	_, l, err := makeKey(ctx, s, spec, remoteui.NetworkCommunication, w)
	return l, err
}

// makeKey has the device make a key by one of its forms.
func makeKey(ctx context.Context, s *remoteui.Session, spec Spec, form remoteui.Label, w Wait) (*making, *List, error) {
	var before *List
	var last *making
	for try := 1; ; try++ {
		m, err := askForKey(ctx, s, spec, form, before)
		if _, late := errors.AsType[*ExistsError](err); late && last != nil {
			// It was made after all, just when it was no longer waited for.
			now, err := last.await(ctx, before, w.withDefaults())
			return last, now, err
		}
		if err != nil {
			return nil, nil, err
		}
		last = m
		if before == nil {
			before = m.before
		}
		now, err := m.await(ctx, before, w.withDefaults())
		if absent, ok := errors.AsType[*absentError](err); !ok || !absent.doubtful || try == generateTries {
			return m, now, err
		}
	}
}

// generateTries bounds how often a key is asked for that does not appear after
// an answer that was lost, or was none: a device that made it all the same takes
// no second one of its name.
const generateTries = 3

// making is a key that was asked for.
type making struct {
	s        *remoteui.Session
	name     string
	before   *List
	answer   *remoteui.Page           // nil if it was lost
	csr      *x509.CertificateRequest // of the form for CSRs, if the answer shows it
	refused  error                    // what the answer says, if it is the form once more
	doubtful bool                     // the device may not have understood
	stray    bool                     // it showed something else
	logins   int                      // of the session by then
}

// promptly is how long a form takes at the most that the device had not to be
// waited for.
const promptly = 500 * time.Millisecond

// askForKey fills in one of the forms behind [Generate Key] and presses [OK]. A
// key that another made in the meantime, or whose making an earlier run gave up
// waiting for, must not be followed by a second one: then nothing is asked for.
func askForKey(ctx context.Context, s *remoteui.Session, spec Spec, l remoteui.Label, first *List) (*making, error) {
	var form *remoteui.Page
	m := &making{s: s, name: spec.Name}
	err := s.Retry(ctx, func() (err error) {
		for {
			before, live, err := openList(ctx, s)
			if err != nil {
				return err
			}
			if _, exists := before.Find(spec.Name); exists {
				return &ExistsError{Name: spec.Name}
			}
			if first != nil {
				if err := oneNew(first, before, spec.Name); err != nil {
					return err
				}
			}
			began := time.Now()
			if form, err = openForm(ctx, live.Page, l); err != nil {
				return err
			}
			m.before = before
			if time.Since(began) < promptly || first != nil {
				break
			}
			first = before // it was busy, perhaps with a key: look again
		}
		if form, err = fill(ctx, form, spec, l == remoteui.NetworkCommunication); err != nil {
			return fmt.Errorf("key generation form: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown := form.Text()
	m.logins = s.Logins()
	m.answer, err = form.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	switch {
	case err != nil:
	case l == remoteui.CSR:
		m.answer, m.csr, err = readAnswer(ctx, m.answer)
	default:
		m.answer, err = confirm(ctx, m.answer)
	}
	if m.csr != nil {
		return m, nil
	}
	if m.doubtful = remoteui.Doubtful(m.answer, err); err != nil && !m.doubtful {
		return nil, fmt.Errorf("key generation: %w", err)
	}
	m.stray = m.doubtful && err == nil
	if err != nil {
		m.answer = nil
	}
	m.refused = refusal(m.answer, shown, spec)
	return m, nil
}

// await waits for the key, not as long where the device did not understand, by
// all that can be seen.
func (m *making) await(ctx context.Context, before *List, w Wait) (*List, error) {
	now, err := awaitKey(ctx, m.s, before, m.name, m.refused, w, func() bool { return m.stray || m.s.Logins() != m.logins })
	if absent, ok := errors.AsType[*absentError](err); ok {
		absent.doubtful = m.doubtful || m.s.Logins() != m.logins
	}
	return now, err
}

// absentError says that a key did not appear.
type absentError struct {
	name     string
	after    time.Duration
	doubtful bool // it may not have been asked for
}

func (e *absentError) Error() string {
	return fmt.Sprintf("key %q did not appear in the list within %v", e.name, e.after)
}

// confirm presses [OK] where the device asks once more on a page of its own,
// which is not the form again.
func confirm(ctx context.Context, answer *remoteui.Page) (*remoteui.Page, error) {
	if isForm(answer) || !answer.Has(remoteui.OK) {
		return answer, nil
	}
	return answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
}

// isForm reports whether a page is the form, or the last page of it.
func isForm(p *remoteui.Page) bool {
	for _, l := range []remoteui.Label{remoteui.KeyName, remoteui.CommonName} {
		if _, err := p.Peek(l); err == nil {
			return true
		}
	}
	return false
}

// openForm opens one of the forms behind [Generate Key].
func openForm(ctx context.Context, list *remoteui.Page, l remoteui.Label) (*remoteui.Page, error) {
	menu, err := list.Follow(ctx, remoteui.GenerateKey)
	if err != nil {
		return nil, fmt.Errorf("key generation: %w", err)
	}
	form, err := menu.Follow(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("key generation: %w", err)
	}
	return form, nil
}

// holds reports whether a page has a field with a value.
func holds(p *remoteui.Page, l remoteui.Label, value string) bool {
	c, err := p.Peek(l)
	return err == nil && c.Value() == value
}

// refusal tells whether the answer to the form is the form once more, and what
// it says that the form did not: a device that refuses shows its reason there,
// with status 200. nil if the answer is another page.
func refusal(answer *remoteui.Page, shown string, spec Spec) error {
	if answer == nil || len(answer.Alerts()) == 0 && !holds(answer, remoteui.KeyName, spec.Name) && !holds(answer, remoteui.CommonName, spec.CommonName) {
		return nil
	}
	return &remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)}
}

// Said returns what a page says that the page before it did not, on one line
// and bounded: a device's words where nothing better is known. What can be
// clicked and what is a label say nothing.
func Said(answer *remoteui.Page, shown string) string {
	old := map[string]bool{"": true}
	for line := range strings.Lines(shown) {
		old[strings.TrimSpace(line)] = true
	}
	for _, text := range answer.Actions() {
		old[strings.TrimSpace(text)] = true
	}
	said := answer.Alerts()
	for line := range strings.Lines(answer.Text()) {
		line = strings.TrimSpace(line)
		if old[line] || answer.Knows(line) {
			continue
		}
		if said = append(said, clip(line)); len(said) >= 5 {
			break
		}
	}
	return strings.Join(said, " ")
}

// clip shortens a line of a page for a message.
func clip(line string) string {
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return line
}

// strayWait is how long a key is waited for that the device has hardly begun to
// make: it showed another page, or forgot the session.
const strayWait = time.Minute

// awaitKey reads the list until the new key is in it. If the device seems to
// have refused, one look must do; if it has hardly begun, a shorter time.
func awaitKey(ctx context.Context, s *remoteui.Session, before *List, name string, refused error, w Wait, hardly func() bool) (*List, error) {
	began := time.Now()
	limit, cancel := context.WithTimeoutCause(ctx, w.Timeout, &absentError{name: name, after: w.Timeout})
	defer cancel()
	for {
		now, err := ReadList(limit, s)
		if err != nil {
			if limit.Err() != nil {
				return nil, context.Cause(limit)
			}
			return nil, err
		}
		if _, there := now.Find(name); there {
			return now, oneNew(before, now, name)
		}
		if refused != nil {
			return nil, refused
		}
		if hardly() && time.Since(began) >= strayWait {
			return nil, &absentError{name: name, after: strayWait}
		}
		if err := pause(limit, w.Interval); err != nil {
			return nil, err
		}
	}
}

// oneNew holds the list to exactly one new row, and to nothing lost.
func oneNew(before, now *List, name string) error {
	for _, e := range now.Entries {
		if _, known := before.Find(e.Name); !known && e.Name != name {
			return fmt.Errorf("key list: %q appeared, and not %q: somebody else is working on this device, or it had not finished what an earlier run asked for; run again", e.Name, name)
		}
	}
	for _, e := range before.Entries {
		if _, still := now.Find(e.Name); !still {
			return fmt.Errorf("key list: %q disappeared: somebody else is working on this device", e.Name)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// asked returns what a page said in an alert of its own, instead of asking the
// device.
func asked(err error) (string, bool) {
	refused, ok := errors.AsType[*remoteui.RefusedError](err)
	if !ok {
		return "", false
	}
	return refused.Text, true
}
