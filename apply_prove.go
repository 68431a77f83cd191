package rekey

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// proveAll proves each binding. With again, those that are not in effect are
// returned for another restart, in place of an error.
func (r *runner) proveAll(ctx context.Context, bs []*binding, again bool) (late []*binding, err error) {
	r.listAfter = nil
	for _, b := range bs {
		var proveErr error
		text := fmt.Sprintf("prove key %q in %s", b.Key, b.Title())
		err := r.stepIn(ctx, b.Function().NeededRow, b.Place, text, func(ctx context.Context) error {
			if proveErr = r.prove(ctx, b); proveErr != nil && again && notYet(ctx, proveErr) {
				return &skipped{Withheld, "not in effect yet: " + proveErr.Error()}
			}
			return proveErr
		})
		switch {
		case err != nil:
			return nil, err
		case proveErr != nil:
			b.late = proveErr
			late = append(late, b)
		}
	}
	return late, nil
}

// notYet reports whether an error may mean that a binding is not in effect.
func notYet(ctx context.Context, err error) bool {
	_, verify := errors.AsType[*VerifyError](err)
	_, unsure := errors.AsType[*SuccessorError](err)
	return ctx.Err() == nil && !verify && !unsure && !errors.Is(err, ErrStillWeak)
}

// prove proves one binding. // C-1 to C-4
func (r *runner) prove(ctx context.Context, b *binding) error {
	var err error
	if b.Function().RemoteUI {
		err = r.proveTLS(ctx, b)
	} else {
		err = r.proveOther(ctx, b)
	}
	if err != nil {
		return b.explain(err)
	}
	if b.c != nil {
		b.c.proved, b.c.row.Verified = true, true
	}
	return nil
}

// explain adds what the device said when the key was chosen.
func (b *binding) explain(err error) error {
	if b.said == "" {
		return err
	}
	return fmt.Errorf("%w; when the key was chosen, the device said %q", err, b.said)
}

// proveTLS shows that the new key serves TLS, that it is another key and not a
// weak one, and that nothing else on the page changed. // C-1, W-2
func (r *runner) proveTLS(ctx context.Context, b *binding) error {
	old := r.proofKey(b.leavingKey())
	page, pageErr := r.pageAfter(ctx, b) // first: the list is where a deletion begins
	p, err := r.provenServed(ctx, b, old)
	if err != nil {
		return err
	}
	cert := p.Certificate
	if err := r.checkSuccessor(b, cert); err != nil {
		return err
	}
	if err := r.pin(cert); err != nil {
		return err
	}
	r.listAfter = p.List
	if pageErr != nil {
		return pageErr
	}
	if err := b.unchanged(page); err != nil {
		return err
	}
	r.clear(old.Name, p.InUse)
	if b.c != nil {
		b.c.row.Proof = Proof(p.InUse.Grade().String())
	}
	r.o.event(EventProgress, row.TLSInUse, fmt.Sprintf("%s serves key %s; %s", r.s.URL(), remoteui.HashSPKI(cert), p.Match))
	data, err := json.Marshal(pinChange{OldPin: r.oldPin(b), NewPin: remoteui.HashSPKI(cert).String()})
	if err != nil {
		return err
	}
	r.history.expected = nil
	return r.journal(state.Record{Event: state.Proved, Usage: b.ID(), NewKey: b.Key, Data: data})
}

// provenServed proves that the new key serves TLS. Where the device shows nothing
// that proves it, somebody has to have looked.
func (r *runner) provenServed(ctx context.Context, b *binding, old proof.Key) (*usage.Proved, error) {
	p, err := usage.ProveTLS(ctx, r.s, old, b.key.details, b.key.spec.CommonName, r.o.Now())
	unsure, ok := errors.AsType[*remoteui.UnconfirmedError](err)
	if !ok {
		return p, err
	}
	if !r.s.Vouched() {
		if err := r.o.confirm(ctx, r.s.URL(), unsure); err != nil {
			return nil, err
		}
	}
	b.key.details.Certificate = unsure.Certificate
	return usage.ProveTLS(ctx, r.s, old, b.key.details, b.key.spec.CommonName, r.o.Now())
}

// checkSuccessor tests a certificate that a new key is served with. The key
// counts: a subject or a date that the device set otherwise must not keep the
// weak key alive.
func (r *runner) checkSuccessor(b *binding, cert *x509.Certificate) error {
	b.key.cert = cert
	user := b.c
	if user == nil { // passing: shown for the changes that are to have the key
		cs := r.of(func(c *change) bool { return c.new == b.key })
		if len(cs) == 0 {
			return nil // Default Key, or the key that TLS had
		}
		user = cs[0]
	}
	if usage.Fingerprint(cert) == user.OldKey.SPKI {
		return &VerifyError{Addr: r.s.URL(), Want: "a new key", Got: "a new certificate over the old key"}
	}
	if want := b.key.spec.Algorithm; !want.Fits(cert.PublicKey) {
		return &VerifyError{Addr: r.s.URL(), Want: "a key " + want.String(), Got: cert.PublicKeyAlgorithm.String() + " of another kind"}
	}
	if err := r.testNewKey(user, cert); err != nil {
		return err
	}
	if wrong := user.New.Check(cert); len(wrong) > 0 {
		r.notice(fmt.Sprintf("the new certificate is not in all as planned: %v", wrong))
	}
	return nil
}

// leavingKey is the key that the place had: by the journal, if an earlier run
// bound the new one.
func (b *binding) leavingKey() string {
	if b.c != nil {
		return b.c.leaving
	}
	return b.leaving
}

// proofKey identifies a key in proofs.
func (r *runner) proofKey(name string) proof.Key {
	if k := r.olds[name]; k != nil && k.key.Valid() {
		return k.key
	}
	return proof.Key{Device: proof.DeviceOf(r.s.URL()), Name: name, Fingerprint: "name:" + name}
}

// clear notes that one place of an old key has a proved successor.
func (r *runner) clear(old string, p proof.Clearance) {
	if k := r.olds[old]; k != nil {
		k.cleared = append(k.cleared, p)
	}
}

// oldPin is the pin of the key that was replaced, empty if it was never seen.
func (r *runner) oldPin(b *binding) string {
	if r.history.expected != nil {
		return r.history.expected.OldPin // of the run that restarted the device
	}
	if b.c == nil || b.c.old.cert() == nil {
		return ""
	}
	return remoteui.HashSPKI(b.c.old.cert()).String()
}

// pageAfter is what the page of TLS shows after the binding; which key it has by
// then the list tells. It says nothing where nobody saw the page before.
func (r *runner) pageAfter(ctx context.Context, b *binding) (usage.Setting, error) {
	if b.before.Fields == nil {
		return usage.Setting{}, nil
	}
	t, err := usage.ReadTLS(ctx, r.s)
	if err != nil {
		return usage.Setting{}, err
	}
	return usage.Setting{Place: b.Place, Need: usage.Needed, Key: b.Key, Fields: t.Fields}, nil
}

// unchanged compares a page with what it was before the binding; the key's name
// is what was meant to change.
func (b *binding) unchanged(now usage.Setting) error {
	if b.before.Fields == nil {
		return nil // bound by an earlier run
	}
	if changed := b.before.Changes(now, b.leaving, b.Key); len(changed) > 0 {
		return &VerifyError{Addr: b.Title() + " settings", Want: "nothing but the key changed", Got: fmt.Sprint(changed)}
	}
	return nil
}

// proveOther proves a binding of IEEE 802.1X, IPSec or SIP. // C-2, C-3, C-4
func (r *runner) proveOther(ctx context.Context, b *binding) error {
	p, seen, err := usage.ProveBound(ctx, r.s, r.listAfter, r.proofKey(b.leavingKey()), b.key.details, b.Place, r.o.Now())
	if err != nil {
		return err
	}
	if b.Function().OwnPort {
		if p, err = r.proveServed(ctx, b, p); err != nil {
			return err
		}
	}
	if p.Grade() < proof.Served && r.o.Verify != nil {
		err := r.o.Verify(ctx, Verification{
			Device: r.report.Device, Place: b.Place, NewKey: b.c.row.NewKey, New: infoOf(b.key.cert, b.key.details),
		})
		if err != nil {
			return &VerifyError{Addr: b.Title(), Want: "a peer that saw key " + quote(b.Key), Got: err.Error()}
		}
		p = usage.SeenByPeer(p)
	}
	if want := r.o.requiredGrade(); p.Grade() < want {
		return &VerifyError{Addr: b.Title(), Want: fmt.Sprintf("proof %q", want), Got: fmt.Sprintf("%q", p.Grade())}
	}
	if err := b.unchanged(seen); err != nil {
		return err
	}
	r.clear(b.leavingKey(), p)
	b.c.row.Proof = Proof(p.Grade().String())
	return r.journal(state.Record{Event: state.Proved, Usage: b.ID(), NewKey: b.Key})
}

func (o *Options) requiredGrade() (g proof.Grade) {
	_ = g.UnmarshalText([]byte(o.RequireProof)) // checked by validate
	return max(g, proof.Bound)
}

// proveServed raises the proof where one of the device's ports serves the new
// key. // C-4
func (r *runner) proveServed(ctx context.Context, b *binding, p proof.InUse) (proof.InUse, error) {
	addrs := r.device.ports(r.s.URL())
	if len(addrs) == 0 {
		return p, nil
	}
	var old *keys.Details
	if k := r.olds[b.leavingKey()]; k != nil {
		old = k.Details
	}
	cert, served, err := usage.ProveServed(ctx, r.device.DialContext, addrs, p, old, b.key.details, b.key.spec.CommonName)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, usage.ErrOldServed) {
			return p, err
		}
		r.notice(fmt.Sprintf("%s: its key was seen on its page only, at no port of the device (%v)", b.Title(), err))
		return p, nil
	}
	return served, r.checkSuccessor(b, cert)
}

// restartAndProve restarts the device and proves every binding. That several
// bindings share one restart is inferred: what did not take effect is bound
// again and gets a restart of its own, as long as each puts something in
// effect. // R-5
func (r *runner) restartAndProve(ctx context.Context, bs []*binding, restart bool) error {
	if restart {
		if err := r.restartStep(ctx, bs); err != nil {
			return err
		}
	} else {
		for _, b := range bs {
			r.doneBefore(row.Restart, b.Use)
		}
	}
	late, err := r.proveAll(ctx, bs, restart && len(bs) > 1)
	for err == nil && len(late) > 0 {
		late, err = r.bindLate(ctx, late)
	}
	return err
}

// bindLate binds again what did not take effect, with a restart of its own, and
// returns what is still not in effect, fewer than there were.
func (r *runner) bindLate(ctx context.Context, bs []*binding) ([]*binding, error) {
	r.notice(fmt.Sprintf("after the restart %s not in effect: bound again, with a restart of its own", count(len(bs), "binding was", "bindings were")))
	for _, b := range bs {
		now, err := r.read(ctx, b.Place)
		if err != nil {
			return nil, err
		}
		if now.Key == b.Key {
			continue // stored, and waiting
		}
		if err := r.drifted(b, now); err != nil {
			return nil, err
		}
		if _, err := usage.Bind(ctx, r.s, b.Place, b.Key); err != nil {
			return nil, err
		}
	}
	if err := r.restartStep(ctx, bs); err != nil {
		for _, b := range bs { // what is wrong is this; no restart is offered, perhaps, where nothing waits
			err = fmt.Errorf("%w; before: %w", err, b.late)
		}
		return nil, err
	}
	late, err := r.proveAll(ctx, bs, len(bs) > 1)
	if err == nil && len(late) == len(bs) {
		return r.proveAll(ctx, late, false) // nothing came of it: that is the error
	}
	return late, err
}

func (r *runner) restartStep(ctx context.Context, bs []*binding) error {
	if len(bs) == 0 {
		return nil
	}
	u := bs[0].Use
	if r.o.BeforeRestart != nil {
		done, err := r.o.BeforeRestart(ctx, r.report.Device)
		if done != nil {
			defer done()
		}
		if err != nil {
			r.report.step(row.Restart, u, Withheld, err.Error())
			return fmt.Errorf("before the restart: %w", err)
		}
	}
	if !r.o.IgnoreJobs {
		if err := r.awaitIdle(ctx, u); err != nil {
			return err
		}
	}
	if r.o.mayRestart != nil {
		if err := r.o.mayRestart(); err != nil {
			r.report.step(row.Restart, u, Withheld, err.Error())
			return fmt.Errorf("before the restart: %w", err)
		}
	}
	return r.step(ctx, row.Restart, u, "restart the device", func(ctx context.Context) error { return r.restart(ctx, bs) })
}

// awaitIdle waits until no job runs and no received fax waits in memory.
func (r *runner) awaitIdle(ctx context.Context, u keys.Use) error {
	err := usage.AwaitIdle(ctx, r.s, keys.Wait{Timeout: r.o.Timeouts.Jobs, Interval: r.o.Timeouts.Poll})
	if err != nil {
		r.report.step(row.Restart, u, Failed, err.Error())
		return fmt.Errorf("before the restart: %w; the new keys are chosen and take effect with the device's next restart, whoever asks for it: run the same again to have them proved", err)
	}
	return nil
}

// restart puts the bindings in effect and comes back with the identity of the
// key that TLS has then. // R-5
func (r *runner) restart(ctx context.Context, bs []*binding) error {
	tls := tlsOf(bs)
	lit := func() {
		for _, b := range bs {
			if b.c != nil {
				b.c.lit = true
			}
		}
	}
	if len(bs) == 1 && tls != nil && tls.c != nil && tls.c.From == usage.FromRestart {
		if done, err := r.inEffect(ctx, tls); done || err != nil {
			if done {
				lit()
			}
			return cmp.Or[error](err, &skipped{Skipped, "in effect already"})
		}
	}
	if r.s.CameBack() {
		lit()
		if err := r.journal(state.Record{Event: state.Restarted, Note: "by itself"}); err != nil {
			return err
		}
		r.report.Restarts++
		return &skipped{Skipped, "the device has restarted by itself since the keys were chosen"}
	}
	rec := state.Record{Event: state.IntentRestart}
	o := usage.RestartOptions{Timeout: r.o.Timeouts.Restart, Interval: r.o.Timeouts.Poll}
	if slices.ContainsFunc(bs, func(b *binding) bool { return b.c != nil && b.c.From == usage.FromRestart }) {
		o.ByHand = func() {
			r.notice("the device offers no [Apply Setting Changes], perhaps because it was restarted since the keys were chosen: restart it by hand now, a restart must be seen")
		}
	}
	if tls != nil {
		expected := tls.key.expectedKey(r.s.Certificate())
		o.Successor = expected.recognise()
	}
	if err := r.expect(rec, tls); err != nil {
		return err
	}
	lit()
	if err := usage.Restart(ctx, r.s, o); err != nil {
		return err
	}
	r.report.Restarts++
	return r.journal(state.Record{Event: state.Restarted})
}

// expect journals what is about to happen, and by what the device will be
// known if it restarts: by the key of the binding to TLS too, if there is one.
func (r *runner) expect(rec state.Record, tls *binding) error {
	if tls != nil && tls.key.details != nil {
		expected := tls.key.expectedKey(r.s.Certificate())
		data, err := json.Marshal(expected)
		if err != nil {
			return err
		}
		r.history.expected, rec.Data = &expected, data
	}
	if err := r.journal(rec); err != nil {
		return err
	}
	// A device without a stored pin is found again only if there is one now.
	return r.pin(r.s.Certificate())
}

func tlsOf(bs []*binding) *binding {
	for _, b := range bs {
		if b.Function().RemoteUI && b.pending() {
			return b
		}
	}
	return nil
}

// expectedKey is all that is known of the key, of the time before anybody
// presents it.
func (k *newKey) expectedKey(old *x509.Certificate) expectedKey {
	e := expectedKey{OldPin: remoteui.HashSPKI(old).String(), CommonName: k.spec.CommonName, Key: k.spec.Algorithm}
	if k.details != nil {
		e.Details = *k.details
	}
	if k.cert != nil {
		e.NewPin = remoteui.HashSPKI(k.cert).String()
	}
	return e
}

// inEffect reports whether an earlier run's binding turns out to be in effect. An
// error says that nobody could tell whose key is served.
func (r *runner) inEffect(ctx context.Context, b *binding) (bool, error) {
	p, err := r.provenServed(ctx, b, b.c.old.key)
	if _, unsure := errors.AsType[*SuccessorError](err); unsure {
		return false, err
	}
	return err == nil && b.c.OldKey.SPKI != "" && usage.Fingerprint(p.Certificate) != b.c.OldKey.SPKI, nil
}

// pin makes a key the one by which later runs know the device.
func (r *runner) pin(cert *x509.Certificate) error {
	if r.o.Dir == "" {
		return nil
	}
	return r.pinTo(remoteui.HashSPKI(cert))
}
