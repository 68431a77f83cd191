package rekey

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// BackOut binds the old keys again, in every place in which rekey replaced
// them and where they are still in the key store, restarts the device, and
// proves it. The keys that rekey made stay. It is for a device whose peers did
// not take the new certificates: an old key that is weak is weak still. What was
// deleted cannot come back; [Options.KeepOldKeys] keeps the way open. It needs
// the journal in Options.Dir. With [Options.Approve] the plan is shown before
// anything is changed.
func BackOut(ctx context.Context, d Device, o *Options) (*Report, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if opts.Dir == "" {
		return nil, errors.New("back-out: there is no state directory (Options.Dir) that knows which keys were replaced")
	}
	a, err := assess(ctx, d, &opts, false)
	if err != nil {
		return failedReport(a, &opts, err)
	}
	p, err := a.backOut(d, &opts)
	if err != nil {
		return failedReport(a, &opts, err)
	}
	return applyApproved(ctx, d, a, p, &opts)
}

// backOut plans the way back.
func (a *Assessment) backOut(d Device, o *Options) (*Plan, error) {
	dir, err := openState(o, true)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	j, err := dir.Journal(hostOf(d.URL))
	if err != nil {
		return nil, err
	}
	chains, err := j.Successors()
	if err != nil {
		return nil, err
	}
	p := a.newPlan()
	p.BackOut = true
	turn := Turn{Restart: true}
	for _, s := range a.places() {
		old, gone := a.before(s, chains)
		switch {
		case old != nil:
			c := a.wayBack(s, old)
			p.Changes = append(p.Changes, c)
			turn.Bind = append(turn.Bind, Binding{Usage: c.Usage, Policy: c.Policy, Key: c.New.Name})
		case gone != "":
			p.Kept = append(p.Kept, Kept{Usage: s.Use, Policy: s.Policy, Key: KeyRef{Name: s.Key}, Reason: fmt.Sprintf("the key before it, %q, was deleted: there is no way back", gone)})
		}
	}
	if len(turn.Bind) > 0 {
		p.Turns = []Turn{turn}
	}
	p.seal()
	return p, nil
}

// before finds the key that a place had before rekey gave it the one it has,
// or the name of one that is gone.
func (a *Assessment) before(s usage.Setting, chains []state.Successor) (old *KeyState, gone string) {
	for i := len(chains) - 1; i >= 0; i-- {
		c := chains[i]
		if placeOf(c.Usage) != s.Place || c.NewKey != s.Key {
			continue
		}
		if k := a.key(c.OldKey); k != nil {
			return k, ""
		}
		return nil, c.OldKey
	}
	return nil, ""
}

// wayBack is the change from a key of ours to the one before it.
func (a *Assessment) wayBack(s usage.Setting, old *KeyState) Change {
	c := Change{
		Usage: s.Use, Policy: s.Policy, Reason: "back-out", From: FromBind, Trust: TrustAssumed,
		New: keys.Spec{Name: old.Name}, Keep: "the way forward again",
	}
	if cert := parsed(old.Certificate); cert != nil {
		c.New.CommonName = cert.Subject.CommonName
	} else {
		c.New.CommonName = a.commonName(old, &Options{})
	}
	if k := a.key(s.Key); k != nil {
		c.OldKey, c.OldCertificate, c.OldSource = k.ref(), k.Certificate, k.Source
	}
	return c
}
