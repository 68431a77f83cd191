package keys

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// Clearance is a proof that nothing needs a key any more: its successor was
// proved in use, or it is an unused key of ours. Only verification makes one.
type Clearance = proof.Clearance

// Removal says how a key was deleted.
type Removal struct {
	// Gone: it was not there any more, and nothing was done.
	Gone bool
	// Named: the device asked, and named this key. Otherwise it was deleted by its
	// place in a list that was read right before, and from then to the request
	// nobody could look: on a device whose requests go by position somebody else
	// must not have worked meanwhile. The list was looked at again afterwards.
	Named bool
}

// Delete is [Remove] for those who need not know how it was done.
func Delete(ctx context.Context, s *remoteui.Session, key proof.Key, receipt revocation.Receipt, proofs ...Clearance) error {
	_, err := Remove(ctx, s, key, receipt, proofs...)
	return err
}

// Remove deletes a key, which takes a receipt of its stored evidence and proofs
// that nothing needs it, one for each setting that had it, all about this very
// key. Right before, its details page is held to what the evidence says, and the
// list is loaded anew, in which nothing may have changed; a question that names
// another key is answered no. Success is this row gone and every other still
// there. A key that is gone already is a success. Errors: [*OtherKeyError],
// [*LostKeysError], [*remoteui.QuestionError], [*remoteui.RefusedError] with the
// device's words. // D-1, W-1, W-4
func Remove(ctx context.Context, s *remoteui.Session, key proof.Key, receipt revocation.Receipt, proofs ...Clearance) (Removal, error) {
	switch {
	case Reserved(key.Name):
		return Removal{}, fmt.Errorf("key %q is one that the device needs: it is never deleted (W-1)", key.Name)
	case !receipt.Covers(key):
		return Removal{}, fmt.Errorf("key %q is not deleted: there is no receipt that its evidence is stored (W-4)", key.Name)
	case !cleared(key, proofs):
		return Removal{}, fmt.Errorf("key %q is not deleted: there is no proof that nothing needs it", key.Name)
	}
	r := removing{s: s, name: key.Name, recorded: receipt.Shown()}
	for try := 1; ; try++ {
		again, err := r.once(ctx)
		if !again || try == deleteTries {
			return r.how, err
		}
	}
}

// deleteTries bounds how often a key is deleted that is still there after an
// answer that was lost, or was none, or while somebody else changes the list.
const deleteTries = 3

// removing is a key being deleted.
type removing struct {
	s        *remoteui.Session
	name     string
	recorded []proof.Shown
	before   *List // as it was when it was first pressed; nil: it was not yet
	how      Removal
}

// once deletes the key if it is there and in no use. The error may be cured by
// doing it again if the device may not have understood, or the list changed.
func (r *removing) once(ctx context.Context) (again bool, err error) {
	live, again, err := r.ready(ctx)
	if err != nil || live == nil {
		return again && ctx.Err() == nil, err
	}
	press, err := live.table.Ready(ctx, remoteui.Delete, live.rows[r.name])
	if err != nil {
		return false, fmt.Errorf("key %q: the device does not let it be deleted: %w", r.name, err)
	}
	press.About = &remoteui.Object{Names: []string{r.name}}
	for name := range live.rows {
		if name != r.name {
			press.About.Others = append(press.About.Others, name)
		}
	}
	shown := live.Text()
	answer, err := live.Press(ctx, remoteui.Delete, press)
	if err == nil {
		answer, err = confirmDeletion(ctx, answer, press.About)
	}
	if _, other := errors.AsType[*remoteui.QuestionError](err); other {
		return ctx.Err() == nil, fmt.Errorf("key %q was not deleted: %w", r.name, err)
	}
	doubtful := remoteui.Doubtful(answer, err)
	if err != nil {
		if !doubtful {
			return false, fmt.Errorf("deleting key %q: %w", r.name, err)
		}
		answer = nil
	}
	r.how.Named = press.About.Named
	err = r.check(ctx, answer, shown)
	if _, lost := errors.AsType[*LostKeysError](err); lost {
		return false, err
	}
	return err != nil && doubtful && ctx.Err() == nil, err
}

// ready loads the list for the click, after it has seen by its details that the
// row is the key that was meant; nil if it is gone. Nothing is loaded between
// that list and the click.
func (r *removing) ready(ctx context.Context) (live *listPage, again bool, err error) {
	l, first, err := openList(ctx, r.s)
	if err != nil {
		return nil, false, err
	}
	e, there := l.Find(r.name)
	switch {
	case !there && r.before == nil:
		r.how.Gone = true
		return nil, false, nil
	case !there:
		return nil, false, r.others(l)
	case !e.Unused():
		return nil, false, fmt.Errorf("key %q is not deleted: the list says it is used for %v%s", r.name, e.Uses, e.UseText)
	}
	d, p, detailsErr := first.details(ctx, r.name)
	if detailsErr == nil {
		live = goBack(ctx, p)
	}
	var now *List
	if live != nil {
		now = live.list
	} else if now, live, err = openList(ctx, r.s); err != nil {
		return nil, false, err
	}
	switch {
	case !reflect.DeepEqual(l.Entries, now.Entries):
		return nil, true, fmt.Errorf("key %q is not deleted: the list changes while it is read: somebody else is working on this device", r.name)
	case detailsErr != nil:
		return nil, false, fmt.Errorf("key %q is not deleted: it cannot be told whether it is still the one that was recorded: %w", r.name, detailsErr)
	}
	if why := d.differs(r.recorded); why != "" {
		return nil, false, &OtherKeyError{Name: r.name, Why: why}
	}
	if r.before == nil {
		r.before = now
	}
	return live, false, nil
}

func cleared(key proof.Key, proofs []Clearance) bool {
	for _, p := range proofs {
		if p == nil || !p.Clears(key) {
			return false
		}
	}
	return len(proofs) > 0
}

// confirmDeletion presses [OK] where the confirmation is a page of its own,
// and not the list again.
func confirmDeletion(ctx context.Context, answer *remoteui.Page, about *remoteui.Object) (*remoteui.Page, error) {
	if !answer.Has(remoteui.OK) || answer.Has(remoteui.Delete) {
		return answer, nil
	}
	return answer.Answer(ctx, remoteui.OK, about)
}

// check looks at the list afterwards, whole.
func (r *removing) check(ctx context.Context, answer *remoteui.Page, shown string) error {
	now, err := ReadList(ctx, r.s)
	if err != nil {
		return fmt.Errorf("key %q: cannot tell whether it was deleted: %w", r.name, err)
	}
	if err := r.others(now); err != nil {
		return err
	}
	if _, still := now.Find(r.name); !still {
		return nil
	}
	if answer == nil {
		return fmt.Errorf("key %q was not deleted: the request or its answer was lost; run again", r.name)
	}
	return fmt.Errorf("key %q was not deleted; %w", r.name,
		&remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)})
}

// others is the error if anything but the key is gone.
func (r *removing) others(now *List) error {
	lost := &LostKeysError{Meant: r.name}
	_, lost.Still = now.Find(r.name)
	for _, e := range r.before.Entries {
		if _, still := now.Find(e.Name); !still && e.Name != r.name {
			lost.Gone = append(lost.Gone, LostKey{Entry: e})
		}
	}
	if len(lost.Gone) == 0 {
		return nil
	}
	return lost
}

// LostKeysError means that other keys than the one that was being deleted are
// gone: the device, or somebody else who works on it, deleted them.
type LostKeysError struct {
	Gone  []LostKey
	Meant string // the key that was to be deleted
	Still bool   // it is there yet: then another may have gone in its place
}

// LostKey is a key that is gone, with what is known of it.
type LostKey struct {
	Entry
	Details *Details // what its page said earlier; nil if nobody remembers
}

func (e *LostKeysError) Error() string {
	var b strings.Builder
	for i, k := range e.Gone {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "key %q", clip(k.Name))
		if about := k.about(); about != "" {
			fmt.Fprintf(&b, " (%s)", about)
		}
	}
	verb, instead := "is", fmt.Sprintf("%q was being deleted", clip(e.Meant))
	if len(e.Gone) > 1 {
		verb = "are"
	}
	if e.Still {
		instead += ", which is still there"
	}
	return fmt.Sprintf("%s %s gone from the list while %s: look at once who missed it, nothing brings it back", b.String(), verb, instead)
}

func (k *LostKey) about() string {
	var known []string
	for _, u := range k.Uses {
		known = append(known, "used for "+string(u))
	}
	if k.UseText != "" {
		known = append(known, "used for "+clip(k.UseText))
	}
	if k.Unused() {
		known = append(known, "in no usage")
	}
	if k.Details != nil {
		for _, f := range k.Details.Fields[:min(len(k.Details.Fields), 20)] {
			known = append(known, clip(f.Label)+" "+clip(f.Value))
		}
	}
	return strings.Join(slices.Compact(known), "; ")
}
