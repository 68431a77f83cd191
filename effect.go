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
func (run *run) putInEffect(ctx context.Context, bs []*binding, restart bool) error {
	if restart {
		if err := run.restartStep(ctx, bs); err != nil {
			return err
		}
	} else {
		for _, b := range bs {
			run.doneBefore("R-5", b.Use)
		}
	}
	late, err := run.proveAll(ctx, bs, restart && len(bs) > 1)
	for err == nil && len(late) > 0 {
		late, err = run.bindLate(ctx, late)
	}
	return err
}

// bindLate binds again what did not take effect, with a restart of its own, and
// returns what is still not in effect, fewer than there were.
func (run *run) bindLate(ctx context.Context, bs []*binding) ([]*binding, error) {
	run.notice(fmt.Sprintf("after the restart %s not in effect: bound again, with a restart of its own", count(len(bs), "binding was", "bindings were")))
	for _, b := range bs {
		now, err := run.read(ctx, b.Place)
		if err != nil {
			return nil, err
		}
		if now.Key == b.Key {
			continue // stored, and waiting
		}
		if err := run.drifted(b, now); err != nil {
			return nil, err
		}
		if _, err := usage.Bind(ctx, run.s, b.Place, b.Key); err != nil {
			return nil, err
		}
	}
	if err := run.restartStep(ctx, bs); err != nil {
		for _, b := range bs { // what is wrong is this; no restart is offered, perhaps, where nothing waits
			err = fmt.Errorf("%w; before: %w", err, b.late)
		}
		return nil, err
	}
	late, err := run.proveAll(ctx, bs, len(bs) > 1)
	if err == nil && len(late) == len(bs) {
		return run.proveAll(ctx, late, false) // nothing came of it: that is the error
	}
	return late, err
}

func (run *run) restartStep(ctx context.Context, bs []*binding) error {
	if len(bs) == 0 {
		return nil
	}
	u := bs[0].Use
	if !run.o.IgnoreJobs {
		if err := run.awaitIdle(ctx, u); err != nil {
			return err
		}
	}
	return run.step(ctx, "R-5", u, "restart the device", func(ctx context.Context) error { return run.restart(ctx, bs) })
}

// awaitIdle waits until no job runs and no received fax waits in memory.
func (run *run) awaitIdle(ctx context.Context, u keys.Use) error {
	err := usage.AwaitIdle(ctx, run.s, usage.Wait{Timeout: run.o.JobTimeout, Interval: run.o.PollInterval})
	if err != nil {
		run.r.step("R-5", u, Failed, err.Error())
		return fmt.Errorf("before the restart: %w", err)
	}
	return nil
}

// restart puts the bindings in effect and comes back with the identity of the
// key that TLS has then. // R-5
func (run *run) restart(ctx context.Context, bs []*binding) error {
	tls := tlsOf(bs)
	if len(bs) == 1 && tls != nil && tls.c != nil && tls.c.From == FromRestart {
		if done, err := run.inEffect(ctx, tls); done || err != nil {
			return cmp.Or[error](err, &skipped{Skipped, "in effect already"})
		}
	}
	if run.s.CameBack() {
		if err := run.journal(state.Record{Event: state.Restarted, Step: "R-5", Note: "by itself"}); err != nil {
			return err
		}
		run.r.Restarts++
		return &skipped{Skipped, "the device has restarted by itself since the keys were chosen"}
	}
	rec := state.Record{Event: state.IntentRestart, Step: "R-5"}
	o := usage.RestartOptions{Timeout: run.o.RestartTimeout, Interval: run.o.PollInterval}
	if slices.ContainsFunc(bs, func(b *binding) bool { return b.c != nil && b.c.From == FromRestart }) {
		o.ByHand = func() {
			run.notice("the device offers no [Apply Setting Changes], perhaps because it was restarted since the keys were chosen: restart it by hand now, a restart must be seen")
		}
	}
	if tls != nil {
		expected := tls.key.expectation(run.s.Certificate())
		o.Successor = expected.recognise()
	}
	if err := run.expect(rec, tls); err != nil {
		return err
	}
	if err := usage.Restart(ctx, run.s, o); err != nil {
		return err
	}
	run.r.Restarts++
	return run.journal(state.Record{Event: state.Restarted, Step: "R-5"})
}

// expect journals what is about to happen, and by what the device will be
// known if it restarts: by the key of the binding to TLS too, if there is one.
func (run *run) expect(rec state.Record, tls *binding) error {
	if tls != nil && tls.key.details != nil {
		expected := tls.key.expectation(run.s.Certificate())
		data, err := json.Marshal(expected)
		if err != nil {
			return err
		}
		run.line.expected, rec.Data = &expected, data
	}
	if err := run.journal(rec); err != nil {
		return err
	}
	// A device without a stored pin is found again only if there is one now.
	return run.pin(run.s.Certificate())
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
func (run *run) inEffect(ctx context.Context, b *binding) (bool, error) {
	p, err := run.provenServed(ctx, b, b.c.old.key)
	if _, unsure := errors.AsType[*SuccessorError](err); unsure {
		return false, err
	}
	return err == nil && b.c.OldKey.SPKI != "" && usage.Fingerprint(p.Certificate) != b.c.OldKey.SPKI, nil
}

// pin makes a key the one by which later runs know the device.
func (run *run) pin(cert *x509.Certificate) error {
	if run.o.Dir == "" {
		return nil
	}
	return run.dir.SetPin(run.host, remoteui.HashSPKI(cert))
}
