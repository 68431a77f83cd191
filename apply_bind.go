package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// binding is the choice of a key being carried out.
type binding struct {
	Step
	key *newKey
	c   *change // nil if it is temporary
	// leaving is the key that the place has until then.
	leaving string
	before  usage.Setting
	said    string // by the device when the key was chosen
	late    error  // why it was not in effect after the restart
}

// pending reports whether the binding is still to be put in effect.
func (b *binding) pending() bool { return b.c == nil || b.c.From != usage.FromDelete }

// carryOut does steps, and those of a kind that follow one another together.
func (r *runner) carryOut(ctx context.Context, steps []Step) error {
	for len(steps) > 0 {
		n := slices.IndexFunc(steps, func(s Step) bool { return s.kind() != steps[0].kind() })
		if n < 0 {
			n = len(steps)
		}
		if err := r.together(ctx, steps[:n]); err != nil {
			return err
		}
		steps = steps[n:]
	}
	return nil
}

// together does steps of one kind.
func (r *runner) together(ctx context.Context, steps []Step) error {
	switch steps[0].kind() {
	case makeStep:
		return r.putTimerBack(ctx, each(steps, func(s Step) error { return r.make(ctx, s) }))
	case readStep:
		return r.readRound(ctx, steps)
	case tellStep:
		return r.makeKnown(ctx, r.inRound(steps))
	case chooseStep:
		return r.bindAll(ctx, r.inRound(steps))
	case effectStep:
		return r.effectRound(ctx, !steps[0].Done)
	}
	return each(steps, func(s Step) error {
		switch s.kind() {
		case recordStep:
			return r.record(ctx, s.Key)
		case probeStep:
			return r.proveGenerator(ctx)
		case deleteStep:
			return r.leave(ctx, s.Key)
		case renewStep:
			return r.renewSignature(ctx)
		case exportStep:
			return r.spreadSignature(ctx)
		case registerStep:
			return r.payOwed(ctx, s.Key)
		case timerStep:
			return r.putTimerBack(ctx, nil)
		}
		return s.check()
	})
}

// each does something with each step, up to the first error.
func each(steps []Step, do func(Step) error) error {
	for _, s := range steps {
		if err := do(s); err != nil {
			return err
		}
	}
	return nil
}

// readRound begins a round: its new keys are there, and are read back.
func (r *runner) readRound(ctx context.Context, steps []Step) error {
	r.park(steps)
	r.round = nil
	for _, s := range steps {
		r.round = append(r.round, r.binding(s))
	}
	r.leaveOut()
	if err := r.readNew(ctx, r.round); err != nil {
		return err
	}
	r.holdUnseen(r.round)
	r.leaveOut()
	return nil
}

// leaveOut takes out of the round what was given up for this time.
func (r *runner) leaveOut() {
	r.round = slices.DeleteFunc(r.round, func(b *binding) bool { return b.c != nil && b.c.failed != nil })
}

// inRound are the bindings of steps, without those that were given up.
func (r *runner) inRound(steps []Step) (bs []*binding) {
	for _, b := range r.round {
		if slices.ContainsFunc(steps, func(s Step) bool { return s.choice() == b.choice() }) {
			bs = append(bs, b)
		}
	}
	return bs
}

// effectRound puts the choices of the round in effect, and proves them.
func (r *runner) effectRound(ctx context.Context, restart bool) error {
	r.leaveOut()
	bs := r.round
	if err := r.restartAndProve(ctx, bs, restart); err != nil {
		return r.putBack(ctx, bs, err)
	}
	return nil
}

// park notes which change of TLS starts from the key that it is parked on: the
// next run must find its way from there.
func (r *runner) park(steps []Step) {
	for _, s := range steps {
		if !s.Temporary || s.Key != keys.DefaultKey {
			continue
		}
		for _, c := range r.changes {
			if c.Function().RemoteUI {
				c.leaving = s.Key
			}
		}
	}
}

// putBack gives TLS the key back that it had before it was to show a new one,
// if that turned out weak: it must not be left with a worse key than it had.
func (r *runner) putBack(ctx context.Context, bs []*binding, err error) error {
	for _, b := range bs {
		if !b.Function().RemoteUI || !b.Temporary || b.leaving == b.Key || b.leaving == "" || !errors.Is(err, ErrStillWeak) {
			continue
		}
		back := round{bind: []choice{{Place: tlsPlace, key: b.leaving, temporary: true}}, restart: true}
		return errors.Join(err, r.carryOut(ctx, r.plan.stepsOf(back)))
	}
	return err
}

// binding prepares the choice of a step.
func (r *runner) binding(s Step) *binding {
	b := &binding{Step: s, key: r.news[s.Key]}
	for _, c := range r.changes {
		if c.Place == s.Place && c.New.Name == s.Key && !s.Temporary {
			b.c, b.leaving = c, c.leaving
		}
	}
	if b.key == nil {
		b.key = &newKey{spec: keys.Spec{Name: s.Key}}
		if cert := r.served.cert; cert != nil && r.served.name == s.Key {
			b.key.cert, b.key.spec.CommonName = cert, cert.Subject.CommonName
		}
		r.news[s.Key] = b.key
	}
	return b
}

// make makes a new key, for all the changes that share it. Those whose
// certificate is not issued yet are given up for this time, and the others go
// on.
func (r *runner) make(ctx context.Context, s Step) error {
	if s.Done {
		r.doneBefore(s.Row, s.Use)
		return nil
	}
	name := s.Key
	k, cs := r.news[name], r.of(func(c *change) bool { return c.New.Name == name })
	var err error
	switch cs[0].Kind {
	case ByCSR:
		err = r.request(ctx, k, cs)
	case BySCEP:
		err = r.enrol(ctx, k, cs)
	default:
		return r.step(ctx, row.GenerateKey, cs[0].Use, "make key "+quote(name), func(ctx context.Context) error { return r.generate(ctx, k, cs) })
	}
	_, refused := errors.AsType[*remoteui.RefusedError](err)
	if refused = refused && errors.Is(err, ErrUnfinished); !refused && !errors.Is(err, keys.ErrPending) {
		return err
	}
	for i, c := range cs {
		if c.failed = ErrUnfinished; i == 0 {
			c.failed = err
		}
	}
	return nil
}

// readNew reads back the keys that are about to be bound.
func (r *runner) readNew(ctx context.Context, bs []*binding) error {
	for _, b := range bs {
		if b.key.checked {
			continue
		}
		err := r.step(ctx, row.TestKey, b.Use, "read back key "+quote(b.Key), func(ctx context.Context) error { return r.readBack(ctx, b.key) })
		if err != nil {
			return err
		}
	}
	return nil
}

// makeKnown has certificates known that peers must trust. // E-1
func (r *runner) makeKnown(ctx context.Context, bs []*binding) error {
	for _, b := range bs {
		if b.key.cert == nil && !b.Function().OwnPort {
			return &VerifyError{Addr: r.s.URL(), Want: "the certificate of key " + quote(b.Key) + " served by TLS", Got: "another one; nobody can be told to trust it"}
		}
		if err := r.tellPeers(ctx, b.c); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) tellPeers(ctx context.Context, c *change) error {
	return r.stepIn(ctx, row.EnableNew, c.Place, "have the new certificate of "+c.Title()+" trusted", func(ctx context.Context) error {
		err := r.distribute(ctx, c)
		if c.told = err == nil; err != nil {
			return err
		}
		data, err := json.Marshal(generatorNote{Told: c.ID()})
		if err != nil {
			return err
		}
		return r.journal(state.Record{Event: state.Noted, NewKey: c.New.Name, Data: data})
	})
}

// bindAll chooses the new keys. A place other than TLS that the device refuses
// or shows in a way that is not understood is given up, and the others go on.
func (r *runner) bindAll(ctx context.Context, bs []*binding) error {
	for _, b := range bs {
		row := b.Function().BindingRow
		if b.c != nil && !b.c.unbound() {
			r.doneBefore(row, b.Use)
			continue
		}
		text := fmt.Sprintf("bind key %q to %s", b.Key, b.Title())
		err := r.stepIn(ctx, row, b.Place, text, func(ctx context.Context) error { return r.bind(ctx, b) })
		if err == nil {
			if b.c != nil {
				b.c.row.Bound = true
			}
			continue
		}
		if b.c == nil || b.Function().RemoteUI || !givenUp(err) {
			return err
		}
		b.c.failed = err
	}
	return nil
}

// givenUp reports whether an error is about one page only.
func givenUp(err error) bool {
	_, refused := errors.AsType[*remoteui.RefusedError](err)
	_, page := errors.AsType[*remoteui.PageError](err)
	return refused || page
}

// bind chooses a key in a place; right before, nothing may have changed there.
// //
func (r *runner) bind(ctx context.Context, b *binding) error {
	id := b.ID()
	check := func(now usage.Setting) error {
		if err := r.drifted(b, now); err != nil {
			return err
		}
		b.leaving, b.before = now.Key, now
		if err := r.announce(b); err != nil {
			return err
		}
		return r.intend(b, state.Record{Event: state.IntentBind, Usage: id, NewKey: b.Key})
	}
	if err := r.bindIf(ctx, b, check); err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Bound, Usage: id, NewKey: b.Key})
}

func (r *runner) bindIf(ctx context.Context, b *binding, check func(usage.Setting) error) (err error) {
	if !b.Function().RemoteUI {
		b.said, err = usage.BindIf(ctx, r.s, b.Place, b.Key, check)
		return err
	}
	now, err := r.read(ctx, b.Place)
	if err == nil {
		err = check(now)
	}
	if err == nil {
		b.said, err = usage.BindTLS(ctx, r.s, b.Key)
	}
	return err
}

// drifted is the error if somebody else has given the place another key.
func (r *runner) drifted(b *binding, now usage.Setting) error {
	if b.leaving == "" || now.Key == b.leaving || now.Key == b.Key {
		return nil
	}
	return &DriftError{Changes: []string{fmt.Sprintf("%s was used by %q, now by %q", b.Title(), b.leaving, now.Key)}, Done: r.o.done()}
}

// intend journals that a key is about to be chosen. By the key of TLS the device
// is known as soon as it restarts, which it may do before it is asked to.
func (r *runner) intend(b *binding, rec state.Record) error {
	if !b.Function().RemoteUI || b.key.details == nil {
		return r.journal(rec)
	}
	expected := b.key.expectedKey(r.s.Certificate())
	r.s.ExpectSuccessor(expected.recognise())
	return r.expect(rec, b)
}

// announce journals what the journal does not know yet of a binding: that a
// key is there already, or that TLS is parked and has to go on from there.
func (r *runner) announce(b *binding) error {
	if b.c != nil {
		return r.adopt(b.c)
	}
	if b.Key != keys.DefaultKey || b.leaving == b.Key {
		return nil
	}
	for _, c := range r.changes {
		if !c.Function().RemoteUI {
			continue
		}
		err := r.journal(state.Record{
			Event: state.IntentGenerate, Usage: string(c.Use), OldKey: b.leaving, OldSPKI: c.OldKey.SPKI,
			OldFingerprint: c.old.key.Fingerprint, NewKey: b.Key, Note: "parked",
		})
		if err != nil {
			return err
		}
		spec, err := json.Marshal(c.New)
		if err != nil {
			return err
		}
		return r.begin(c, spec)
	}
	return nil
}

// adopt journals a key that is there already as the successor in a place, if
// the journal does not know it as that.
func (r *runner) adopt(c *change) error {
	if r.j == nil || c.From != usage.FromBind {
		return nil
	}
	open, err := r.j.Unfinished(c.ID())
	if err != nil || slices.ContainsFunc(open, func(s state.Successor) bool { return s.NewKey == c.New.Name && s.OldKey == c.leaving }) {
		return err
	}
	if err := r.begin(c, nil); err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Generated, Usage: c.ID(), NewKey: c.New.Name})
}

// read reads what a place shows. Which key TLS has, the key list says.
func (r *runner) read(ctx context.Context, p usage.Place) (usage.Setting, error) {
	if !p.Function().RemoteUI {
		return usage.Read(ctx, r.s, p)
	}
	l, err := keys.ReadList(ctx, r.s)
	if err != nil {
		return usage.Setting{}, err
	}
	e, ok := l.User(keys.UseTLS)
	for _, other := range l.Entries {
		if !ok && other.UsedBy(keys.UseTLS) && other.Name != r.served.name {
			e = other // chosen, and not in effect
		}
	}
	t, err := usage.ReadTLS(ctx, r.s)
	if err != nil {
		return usage.Setting{}, err
	}
	return usage.Setting{Place: p, Need: usage.Needed, Key: e.Name, Fields: t.Fields}, nil
}
