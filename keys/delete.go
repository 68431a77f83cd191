package keys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
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
// key. Right before, its details page is compared with the evidence, and the list
// is loaded anew, in which nothing may have changed; a question that names
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
	r := removing{s: s, name: key.Name, recorded: receipt.Shown(), about: remoteui.Object{Names: []string{key.Name}}}
	var err error
	for range deleteTries {
		_, err = s.Do(ctx, r.intent())
		r.how.Named = r.about.Named
		_, other := errors.AsType[*remoteui.QuestionError](err)
		if !other && !errors.Is(err, errChanging) {
			break
		}
	}
	return r.how, err
}

// deleteTries bounds how often a key is deleted while somebody else changes the
// list.
const deleteTries = 3

// errChanging means that the list is not the same from one look to the next.
var errChanging = errors.New("the list changes while it is read: somebody else is working on this device")

// removing is a key being deleted.
type removing struct {
	s        *remoteui.Session
	name     string
	recorded []proof.Shown
	about    remoteui.Object
	before   *List // as it was when it was first pressed; nil: it was not yet
	live     *listPage
	how      Removal
}

// intent is the act of deleting the key if it is there and in no use.
func (r *removing) intent() remoteui.Intent {
	return remoteui.Intent{
		Name: fmt.Sprintf("deleting key %q", r.name),
		Open: r.open,
		Steps: []remoteui.Step{{
			Labels: []remoteui.Label{labels.Delete}, Writes: true,
			Row: func(context.Context, *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
				return r.live.table, r.live.rows[r.name], nil
			},
		}},
		About: &r.about,
		Done:  r.done,
	}
}

// open loads the list for the click.
func (r *removing) open(ctx context.Context) (*remoteui.Page, error) {
	live, err := r.ready(ctx)
	if err != nil {
		return nil, err
	}
	r.live, r.about.Others = live, nil
	for name := range live.rows {
		if name != r.name {
			r.about.Others = append(r.about.Others, name)
		}
	}
	return live.Page, nil
}

// ready loads the list for the click, after it has seen by its details that the
// row is the key that was meant. Nothing is loaded between that list and the click.
func (r *removing) ready(ctx context.Context) (live *listPage, err error) {
	l, first, err := openListAt(ctx, r.s, r.s.Here(listPath...), r.name)
	if err != nil {
		return nil, err
	}
	e, there := l.Find(r.name)
	switch {
	case !there && r.before == nil:
		r.how.Gone = true
		return nil, remoteui.ErrDone
	case !there:
		return nil, cmp.Or(r.others(l), remoteui.ErrDone)
	case !e.Unused():
		return nil, fmt.Errorf("key %q is not deleted: the list says it is used for %v%s", r.name, e.Uses, e.UseText)
	}
	d, p, detailsErr := first.details(ctx, r.name)
	if detailsErr == nil && first.pages == 1 {
		live = goBack(ctx, p)
	}
	var now *List
	if live != nil {
		now = live.list
	} else if now, live, err = openListAt(ctx, r.s, nil, r.name); err != nil {
		return nil, err
	}
	switch {
	case !reflect.DeepEqual(l.Entries, now.Entries):
		return nil, errChanging
	case detailsErr != nil:
		return nil, fmt.Errorf("key %q is not deleted: it cannot be told whether it is still the one that was recorded: %w", r.name, detailsErr)
	}
	if why := d.differs(r.recorded); why != "" {
		return nil, &OtherKeyError{Name: r.name, Why: why}
	}
	if r.before == nil {
		r.before = now
	}
	return live, nil
}

func cleared(key proof.Key, proofs []Clearance) bool {
	for _, p := range proofs {
		if p == nil || !p.Clears(key) {
			return false
		}
	}
	return len(proofs) > 0
}

// done looks at the list afterwards, whole.
func (r *removing) done(ctx context.Context) (bool, error) {
	now, err := ReadList(ctx, r.s)
	if err != nil {
		return false, fmt.Errorf("it cannot be told whether it was deleted: %w", err)
	}
	_, still := now.Find(r.name)
	if r.before == nil {
		return !still, nil
	}
	return !still, r.others(now)
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
