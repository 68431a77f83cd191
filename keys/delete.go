package keys

import (
	"context"
	"fmt"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// Clearance is a proof that nothing needs a key any more: its successor was
// proved in use, or it is an unused key of ours. Only verification makes one.
type Clearance = proof.Clearance

// Delete deletes a key, which takes a receipt of its stored evidence and proofs
// that nothing needs it, one for each setting that had it, all about this very
// key. The list is read
// before and after; success is this row gone and every other still there. A
// key that is gone already is a success. // D-1, W-1, W-4
func Delete(ctx context.Context, s *remoteui.Session, key proof.Key, receipt revocation.Receipt, proofs ...Clearance) error {
	switch {
	case Reserved(key.Name):
		return fmt.Errorf("key %q is one that the device needs: it is never deleted (W-1)", key.Name)
	case !receipt.Covers(key):
		return fmt.Errorf("key %q is not deleted: there is no receipt that its evidence is stored (W-4)", key.Name)
	case !cleared(key, proofs):
		return fmt.Errorf("key %q is not deleted: there is no proof that nothing needs it", key.Name)
	}
	for try := 1; ; try++ {
		again, err := deleteOnce(ctx, s, key.Name)
		if !again || try == deleteTries {
			return err
		}
	}
}

// deleteTries bounds how often a key is deleted that is still there after an
// answer that was lost, or was none.
const deleteTries = 3

// deleteOnce deletes the key if it is there and in no use. The error may be
// cured by doing it again if the device may not have understood.
func deleteOnce(ctx context.Context, s *remoteui.Session, name string) (again bool, err error) {
	before, live, err := openList(ctx, s)
	if err != nil {
		return false, err
	}
	e, there := before.Find(name)
	if !there {
		return false, nil
	}
	if !e.Unused() {
		return false, fmt.Errorf("key %q is not deleted: the list says it is used for %v%s", name, e.Uses, e.UseText)
	}
	press, err := live.table.Ready(ctx, remoteui.Delete, live.rows[name])
	if err != nil {
		return false, fmt.Errorf("key %q: the device does not let it be deleted: %w", name, err)
	}
	press.Confirm = true
	shown := live.Text()
	answer, err := live.Press(ctx, remoteui.Delete, press)
	if err == nil {
		answer, err = confirmDeletion(ctx, answer)
	}
	doubtful := remoteui.Doubtful(answer, err)
	if err != nil {
		if !doubtful {
			return false, fmt.Errorf("deleting key %q: %w", name, err)
		}
		answer = nil
	}
	err = checkDeleted(ctx, s, before, name, answer, shown)
	return err != nil && doubtful && ctx.Err() == nil, err
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
func confirmDeletion(ctx context.Context, answer *remoteui.Page) (*remoteui.Page, error) {
	if !answer.Has(remoteui.OK) || answer.Has(remoteui.Delete) {
		return answer, nil
	}
	return answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
}

func checkDeleted(ctx context.Context, s *remoteui.Session, before *List, name string, answer *remoteui.Page, shown string) error {
	now, err := ReadList(ctx, s)
	if err != nil {
		return fmt.Errorf("key %q: cannot tell whether it was deleted: %w", name, err)
	}
	for _, e := range before.Entries {
		if _, still := now.Find(e.Name); !still && e.Name != name {
			return fmt.Errorf("key list: %q disappeared while %q was being deleted", e.Name, name)
		}
	}
	if _, still := now.Find(name); !still {
		return nil
	}
	if answer == nil {
		return fmt.Errorf("key %q was not deleted: the request or its answer was lost; run again", name)
	}
	return fmt.Errorf("key %q was not deleted; %w", name,
		&remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)})
}
