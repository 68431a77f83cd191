package rekey

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// backOutNote marks in the journal that a key was bound again on the way back:
// from there no way leads back, or the next call would go forward.
const backOutNote = "back-out"

// BackOut binds the old keys again, in every place in which rekey replaced
// them and where they are still in the key store, restarts the device, and
// proves it. The keys that rekey made stay. It is for a device whose peers did
// not take the new certificates: an old key that is weak is weak still, and the
// report ends by saying so. Called again it finishes what was interrupted, and
// else does nothing. What was deleted cannot come back; [Options.KeepOldKeys]
// keeps the way open. It needs the journal in Options.Dir. With
// [Options.Approve] the plan is shown before anything is changed; see also
// [Assessment.PlanBackOut].
func BackOut(ctx context.Context, d Device, o *Options) (_ *Report, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	if opts.Dir == "" {
		return nil, errNoWayBack
	}
	var undone *Assessment // what is planned on
	r, err := inOneVisit(ctx, d, opts, func(a *Assessment) (*Plan, error) {
		p, err := a.backOut(d, opts)
		if err == nil {
			undone = a
		}
		return p, err
	})
	if r != nil && undone != nil {
		undone.tellWeakInUse(r, opts)
	}
	return r, err
}

var errNoWayBack = errors.New("back-out: there is no state directory (Options.Dir) that knows which keys were replaced")

// PlanBackOut is the plan that [BackOut] carries out on the device that was
// assessed. It asks the device nothing, and reads the journal in Options.Dir.
func (a *Assessment) PlanBackOut(d Device, o *Options) (*Plan, error) {
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	if opts.Dir == "" {
		return nil, errNoWayBack
	}
	return a.backOut(d, opts)
}

// tellWeakInUse says which weak keys are in use again, and what there is to do.
func (a *Assessment) tellWeakInUse(r *Report, o *call) {
	for _, u := range r.Usages {
		name := u.NewKey.Name
		if !u.Affected {
			name = u.OldKey.Name // it was bound again by an earlier call
		}
		k := a.key(name)
		if k == nil || k.Ours || u.Affected && !u.Verified || !u.Affected && !u.BackedOut {
			continue
		}
		weak := "not known to be sound"
		if k.Finding.State == keys.Proved {
			weak = "weak"
		}
		text := fmt.Sprintf("%s uses key %q again, which is %s (CVE-2022-26320): anybody may be able to work out its private key. "+
			"See that its peers take the new certificate, and run again without back-out", u.Title(), name, weak)
		r.Tasks = append(r.Tasks, Task{ID: row.BindTLS, Place: u.Place, Text: text})
		r.Notices = append(r.Notices, text)
		o.event(EventNotice, "", text)
	}
}

// backOut plans the way back.
func (a *Assessment) backOut(d Device, o *call) (*Plan, error) {
	dir, err := o.openState(true)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	j, err := dir.Journal(address.Device(d.URL))
	if err != nil {
		return nil, err
	}
	chains, err := j.Successors()
	if err != nil {
		return nil, err
	}
	p := a.newPlan()
	p.BackOut = true
	var way round
	for _, s := range a.places() {
		w := a.before(s, chains)
		switch {
		case w.old != nil:
			c := a.wayBack(s, w)
			p.Changes = append(p.Changes, c)
			way.bind = append(way.bind, choice{Place: c.Place, key: c.New.Name})
			way.restart = way.restart || c.From != usage.FromDelete
		case w.done:
			p.Kept = append(p.Kept, Kept{Place: s.Place, Key: a.key(s.Key).ref(), Reason: "it was bound again already, on the way back", BackedOut: true})
		case w.gone != "":
			p.Kept = append(p.Kept, Kept{Place: s.Place, Key: KeyRef{Name: s.Key}, Reason: fmt.Sprintf("the key before it, %q, was deleted: there is no way back", w.gone)})
		}
	}
	if len(way.bind) > 0 {
		p.layOut([]round{way})
	}
	p.seal()
	return p, nil
}

// back is the way back of a place.
type back struct {
	old  *KeyState // the key to bind, or that is bound and not proved yet
	new  *KeyState // the key that it had before; nil if that is gone
	gone string    // the name of the key that would be bound, and is gone
	from usage.Stage
	done bool // it was gone before
}

// before finds the key that a place had before rekey gave it the one it has,
// or how far an earlier call came on the way back.
func (a *Assessment) before(s usage.Setting, chains []state.Successor) back {
	for i := len(chains) - 1; i >= 0; i-- {
		c := chains[i]
		if usage.PlaceOf(c.Usage) != s.Place || c.NewKey != s.Key || a.key(s.Key) == nil {
			continue
		}
		k := a.key(c.OldKey)
		switch {
		case c.Note == backOutNote && !c.Open():
			return back{done: true}
		case c.Note == backOutNote:
			from := usage.FromRestart
			if s.Function().RemoteUI && a.ServedKey == s.Key || !s.Function().RemoteUI && c.From == usage.FromDelete {
				from = usage.FromDelete
			}
			return back{old: a.key(s.Key), new: k, from: from}
		case k != nil:
			return back{old: k, new: a.key(s.Key), from: usage.FromBind}
		}
		return back{gone: c.OldKey}
	}
	return back{}
}

// wayBack is the change from a key of ours to the one before it.
func (a *Assessment) wayBack(s usage.Setting, w back) Change {
	c := Change{
		Place: s.Place, Reason: "back-out", From: w.from, Trust: TrustAssumed,
		New: keys.Spec{Name: w.old.Name}, Keep: "the way forward again",
	}
	if cert := w.old.cert(); cert != nil {
		c.New.CommonName = cert.Subject.CommonName
	} else {
		c.New.CommonName = a.commonName(w.old, &Options{})
	}
	if k := w.new; k != nil {
		c.OldKey, c.OldCertificate, c.OldSource = k.ref(), k.Certificate, k.Source
	}
	return c
}
