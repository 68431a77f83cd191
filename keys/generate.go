package keys

import (
	"context"
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
	before, live, err := openList(ctx, s)
	if err != nil {
		return nil, err
	}
	if _, exists := before.Find(spec.Name); exists {
		return nil, &ExistsError{Name: spec.Name}
	}
	form, err := openForm(ctx, live.Page, remoteui.NetworkCommunication)
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, form, spec, true); err != nil {
		return nil, fmt.Errorf("key generation form: %w", err)
	}
	shown := form.Text()
	answer, err := form.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	if err == nil {
		answer, err = confirm(ctx, answer)
	}
	if err != nil {
		if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); !lost {
			return nil, fmt.Errorf("key generation: %w", err)
		}
	}
	return awaitKey(ctx, s, before, spec.Name, refusal(ctx, answer, shown, spec.Name), w.withDefaults())
}

// confirm presses [OK] where the device asks once more on a page of its own,
// which is not the form again.
func confirm(ctx context.Context, answer *remoteui.Page) (*remoteui.Page, error) {
	if _, err := answer.Peek(remoteui.KeyName); err == nil || !answer.Has(remoteui.OK) {
		return answer, nil
	}
	return answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
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

// refusal tells whether the answer to the form is the form once more, and what
// it says that the form did not: a device that refuses shows its reason there,
// with status 200. nil if the answer is another page.
func refusal(ctx context.Context, answer *remoteui.Page, shown, name string) error {
	if answer == nil {
		return nil
	}
	again, err := answer.Peek(remoteui.KeyName)
	if err != nil || again.Value() != name {
		if len(answer.Alerts()) == 0 {
			return nil
		}
	}
	return &remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)}
}

// Said returns what a page says that the page before it did not, on one line
// and bounded: a device's words where nothing better is known.
func Said(answer *remoteui.Page, shown string) string {
	return strings.Join(append(answer.Alerts(), newLines(answer.Text(), shown)...), " ")
}

// newLines returns the lines of a page that were not on another, at most five.
func newLines(text, other string) []string {
	old := map[string]bool{"": true}
	for line := range strings.Lines(other) {
		old[strings.TrimSpace(line)] = true
	}
	var fresh []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); old[line] {
			continue
		}
		if fresh = append(fresh, clip(line)); len(fresh) == 5 {
			break
		}
	}
	return fresh
}

// clip shortens a line of a page for a message.
func clip(line string) string {
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return line
}

// awaitKey reads the list until the new key is in it. If the device seems to
// have refused, one look must do.
func awaitKey(ctx context.Context, s *remoteui.Session, before *List, name string, refused error, w Wait) (*List, error) {
	limit, cancel := context.WithTimeoutCause(ctx, w.Timeout,
		fmt.Errorf("key %q did not appear in the list within %v", name, w.Timeout))
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
		if err := pause(limit, w.Interval); err != nil {
			return nil, err
		}
	}
}

// oneNew holds the list to exactly one new row, and to nothing lost.
func oneNew(before, now *List, name string) error {
	for _, e := range now.Entries {
		if _, known := before.Find(e.Name); !known && e.Name != name {
			return fmt.Errorf("key list: %q appeared beside %q: somebody else is working on this device", e.Name, name)
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
