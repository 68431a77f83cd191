package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Wait says how long and how often to look for something the device takes its
// time for.
type Wait struct {
	Timeout  time.Duration // zero: 10 min
	Interval time.Duration // zero: 2 s
	// Expected are the names of keys that were asked for before, and that may
	// appear meanwhile. The name of the key itself among them means that it may be
	// there already, or come of the earlier asking: it is taken then.
	Expected []string
	// List is the key list as an earlier [Generate] returned it, after which nothing
	// was done but reading: where that was a moment ago, it is not read again before
	// the next key is asked for. Nil: it is.
	List *List
}

// ExistsError means that a key of that name is in the list already.
type ExistsError struct{ Name string }

func (e *ExistsError) Error() string { return fmt.Sprintf("a key named %q exists already", e.Name) }

// Generate makes a key with a self-signed certificate and waits until the
// device has registered it. Success is exactly one new row in the list, with
// the name asked for. The list as read afterwards is returned. A key that
// [Wait].Expected names is not asked for if it is there. Errors:
// [*FieldError] (nothing was sent); [*ExistsError];
// [remoteui.RefusedError] with the device's words; and if no key appeared until
// the deadline, that: it may still appear, under the name asked for. // G-1, G-2,
// G-3
func Generate(ctx context.Context, s *remoteui.Session, spec Spec, w Wait) (*List, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	m := &making{s: s, name: spec.Name, expected: w.Expected, now: w.List}
	if err := m.make(ctx, labels.NetworkCommunication, fields(spec, true), w); err != nil {
		return nil, err
	}
	return m.now, nil
}

// making is a key that is being asked for.
type making struct {
	s        *remoteui.Session
	name     string
	expected []string
	about    remoteui.Object
	before   *List
	now      *List                    // as read last
	csr      *x509.CertificateRequest // of the form for CSRs, if an answer shows it
	garbled  error                    // it shows one that cannot be read
}

// make has the device make a key by one of the forms behind [Generate Key].
func (m *making) make(ctx context.Context, form remoteui.Label, fields []remoteui.Field, w Wait) error {
	in := generation(form, fields)
	in.Name = fmt.Sprintf("generating key %q", m.name)
	in.Open, in.Seen, in.Steps[0].Check = m.open, m.seen, m.checkList
	m.about.Names = []string{m.name}
	in.About, in.Done = &m.about, m.done
	in.Slow, in.Timeout, in.Interval = true, w.Timeout, w.Interval
	if form == labels.CSR {
		in.See = m.see
	}
	began, most := time.Now(), w.Timeout
	if most <= 0 {
		most = 10 * time.Minute
	}
	for {
		_, err := m.s.Do(ctx, in)
		refused, ok := errors.AsType[*remoteui.RefusedError](err)
		switch {
		case !ok || !m.again() || refused.NoRoom():
			return err
		case m.cameAfterAll(ctx, in):
			return nil
		case ctx.Err() != nil || !refused.Busy() || time.Since(began) > most:
			return err
		}
		// It may be busy with the key.
	}
}

// again reports whether the key was asked for before.
func (m *making) again() bool { return slices.Contains(m.expected, m.name) }

// againLooks is how often the list is looked at after a device refused a key that
// it was asked for before: the first asking may be why, and be under way.
const againLooks = 10

func (m *making) cameAfterAll(ctx context.Context, in remoteui.Intent) bool {
	interval := in.Interval
	if interval <= 0 {
		interval = 2 * time.Second
	}
	for range againLooks {
		if done, err := m.done(ctx); err != nil || done {
			return done && err == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(interval):
		}
	}
	return false
}

// generation is the way to one of the forms.
func generation(form remoteui.Label, fields []remoteui.Field) remoteui.Intent {
	return remoteui.Intent{
		Way: listPath,
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.GenerateKey}},
			{Labels: []remoteui.Label{form}, Optional: true},
			{Labels: []remoteui.Label{labels.OK, labels.Generate, labels.Register}, Writes: true},
		},
		Fields: fields,
	}
}

// open reads the list, and goes back to its first page, from where the forms are
// reached.
func (m *making) open(ctx context.Context) (*remoteui.Page, error) {
	l, live, err := openListFrom(ctx, m.s, m.s.Here(listPath...))
	if err != nil {
		return nil, err
	}
	if m.now = l; live.pages == 1 {
		return live.Page, nil
	}
	return m.s.Walk(ctx, listPath...)
}

// seen reports whether the list was read a moment ago.
func (m *making) seen() bool { return m.now != nil && m.now.recent != nil && m.now.recent() }

// checkList looks at the list right before the form is opened: a key of that name
// that is there by now must not be followed by a second one.
func (m *making) checkList(context.Context, *remoteui.Page) error {
	now := m.now
	_, there := now.Find(m.name)
	switch {
	case m.before == nil && there && !m.again():
		return &ExistsError{Name: m.name}
	case m.before == nil && there:
		m.before = now
		return remoteui.ErrDone // an earlier run asked for it
	case m.before == nil:
		m.before, m.about.Others = now, now.Names()
	case there:
		return remoteui.ErrDone // it was made after all, just now
	default:
		return m.oneNew(now)
	}
	return nil
}

func (m *making) see(ctx context.Context, p *remoteui.Page) bool {
	m.csr, m.garbled = csrOn(ctx, p)
	return m.csr != nil || m.garbled != nil
}

// done reports whether the key is in the list.
func (m *making) done(ctx context.Context) (bool, error) {
	if m.csr != nil || m.garbled != nil {
		return true, m.garbled
	}
	now, err := ReadList(ctx, m.s)
	if err != nil {
		return false, err
	}
	if _, there := now.Find(m.name); !there {
		return false, m.oneNew(now)
	}
	m.now = now
	return true, m.oneNew(now)
}

// oneNew holds the list to at most one new row, and to nothing lost.
func (m *making) oneNew(now *List) error {
	for _, e := range now.Entries {
		if _, known := m.before.Find(e.Name); !known && e.Name != m.name && !slices.Contains(m.expected, e.Name) {
			return fmt.Errorf("key list: %q appeared, and not %q: somebody else is working on this device", e.Name, m.name)
		}
	}
	for _, e := range m.before.Entries {
		if _, still := now.Find(e.Name); !still {
			return fmt.Errorf("key list: %q disappeared: somebody else is working on this device", e.Name)
		}
	}
	return nil
}

// clip shortens a line of a page for a message.
func clip(line string) string {
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return line
}

// CheckForm checks that the form for a new key can be filled in and sent, without
// doing either, so that a missing or ambiguous label stops the run before the
// first change. Error: [*remoteui.PageError]. // G-1, G-4
func CheckForm(ctx context.Context, s *remoteui.Session, csr bool) error {
	in := formAhead(csr)
	in.Name = "key generation form"
	if here := s.Here(listPath...); here != nil {
		in.Open = func(ctx context.Context) (*remoteui.Page, error) {
			if p := s.Here(listPath...); p == here {
				return p, nil
			}
			return s.Walk(ctx, listPath...)
		}
	}
	_, err := s.Rehearse(ctx, in)
	return err
}

// formAhead is the act of making a key, with fields that are only looked for.
func formAhead(csr bool) remoteui.Intent {
	form := labels.NetworkCommunication
	if csr {
		form = labels.CSR
	}
	wanted := fields(Spec{}, !csr)
	for i, f := range wanted {
		wanted[i] = f.Ahead()
	}
	return generation(form, wanted)
}

// pressed says what a page said in a message of its own, instead of asking the
// device.
func pressed(err error) (string, bool) {
	refused, ok := errors.AsType[*remoteui.RefusedError](err)
	if !ok {
		return "", false
	}
	return refused.Text, true
}
