package rekey

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// putInEffect restarts the device and proves every binding. That several
// bindings share one restart is inferred: what did not take effect is bound
// again and gets a restart of its own, as long as each puts something in
// effect. // R-5
func (r *runner) putInEffect(ctx context.Context, bs []*binding, restart bool) error {
	if restart {
		if err := r.restartStep(ctx, bs); err != nil {
			return err
		}
	} else {
		for _, b := range bs {
			r.doneBefore("R-5", b.Use)
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
	if !r.o.IgnoreJobs {
		if err := r.awaitIdle(ctx, u); err != nil {
			return err
		}
	}
	return r.step(ctx, "R-5", u, "restart the device", func(ctx context.Context) error { return r.restart(ctx, bs) })
}

// awaitIdle waits until no job runs and no received fax waits in memory.
func (r *runner) awaitIdle(ctx context.Context, u keys.Use) error {
	err := usage.AwaitIdle(ctx, r.s, usage.Wait{Timeout: r.o.JobTimeout, Interval: r.o.PollInterval})
	if err != nil {
		r.report.step("R-5", u, Failed, err.Error())
		return fmt.Errorf("before the restart: %w", err)
	}
	return nil
}

// restart puts the bindings in effect and comes back with the identity of the
// key that TLS has then. // R-5
func (r *runner) restart(ctx context.Context, bs []*binding) error {
	tls := tlsOf(bs)
	if len(bs) == 1 && tls != nil && tls.c != nil && tls.c.From == FromRestart {
		if done, err := r.inEffect(ctx, tls); done || err != nil {
			return cmp.Or[error](err, &skipped{Skipped, "in effect already"})
		}
	}
	if r.s.CameBack() {
		if err := r.journal(state.Record{Event: state.Restarted, Step: "R-5", Note: "by itself"}); err != nil {
			return err
		}
		r.report.Restarts++
		return &skipped{Skipped, "the device has restarted by itself since the keys were chosen"}
	}
	rec := state.Record{Event: state.IntentRestart, Step: "R-5"}
	o := usage.RestartOptions{Timeout: r.o.RestartTimeout, Interval: r.o.PollInterval}
	if slices.ContainsFunc(bs, func(b *binding) bool { return b.c != nil && b.c.From == FromRestart }) {
		o.ByHand = func() {
			r.notice("the device offers no [Apply Setting Changes], perhaps because it was restarted since the keys were chosen: restart it by hand now, a restart must be seen")
		}
	}
	if tls != nil {
		expected := tls.key.expectation(r.s.Certificate())
		o.Successor = expected.recognise()
	}
	if err := r.expect(rec, tls); err != nil {
		return err
	}
	if err := usage.Restart(ctx, r.s, o); err != nil {
		return err
	}
	r.report.Restarts++
	return r.journal(state.Record{Event: state.Restarted, Step: "R-5"})
}

// expect journals what is about to happen, and by what the device will be
// known if it restarts: by the key of the binding to TLS too, if there is one.
func (r *runner) expect(rec state.Record, tls *binding) error {
	if tls != nil && tls.key.details != nil {
		expected := tls.key.expectation(r.s.Certificate())
		data, err := json.Marshal(expected)
		if err != nil {
			return err
		}
		r.line.expected, rec.Data = &expected, data
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

// expectation is all that is known of the key, of the time before anybody
// presents it.
func (k *newKey) expectation(old *x509.Certificate) expectation {
	e := expectation{OldPin: remoteui.HashSPKI(old).String(), CommonName: k.spec.CommonName, Key: k.spec.Algorithm}
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
	return r.dir.SetPin(r.host, remoteui.HashSPKI(cert))
}
