package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/scep"
	"github.com/rekey-go/rekey/usage"
)

// DeviceSCEP has devices ask a SCEP server for certificates themselves. They
// speak plain HTTP to it: the request, with the challenge password in it, and the
// certificate are encrypted by SCEP's own means only, to whatever certificate
// the server shows. Whoever is between the two can pose as the server, unless
// the device looks at more than anybody has published. No usage is named in the
// requests: keys are chosen and put in effect like all others. // G-7 to G-9
type DeviceSCEP struct {
	// Server is written to the device's communication settings where it differs
	// from them; empty fields leave what is there.
	Server scep.DeviceSettings
	// Challenge gives the challenge password of one request; it is asked for each
	// request anew, since many servers take a password once. Nil: none is sent.
	Challenge func(context.Context, DeviceInfo) (Secret, error)
	// Check looks at the server that the device will ask, before anything is
	// changed: the URL is Server's, or the device's setting. Nil: it is not
	// looked at.
	Check func(ctx context.Context, url string) error
	// Timeout bounds the wait for one certificate; zero: 10 min.
	Timeout time.Duration
}

// readSCEP reads the device's SCEP settings, where they will be needed.
func (a *Assessment) readSCEP(ctx context.Context, s *remoteui.Session, o *call) error {
	if o.SCEP == nil {
		return nil
	}
	var err error
	if a.SCEP, err = scep.ReadDevice(ctx, s); err != nil {
		if ends(ctx, err) {
			return err
		}
		a.SCEPProblem = err.Error()
	}
	return nil
}

// enrol has the device ask for a certificate, or waits for the one that an
// earlier run had it ask for. // G-7
func (r *runner) enrol(ctx context.Context, k *newKey, cs []*change) error {
	u, name := cs[0].Use, k.spec.Name
	if cs[0].From == usage.FromGenerate {
		if err := r.step(ctx, row.SuspendTimer, u, "see that the device can be told to ask", func(ctx context.Context) error { return r.prepareSCEP(ctx) }); err != nil {
			return err
		}
	}
	var pending error
	err := r.step(ctx, row.RequestBySCEP, u, "have the device get key "+quote(name)+" a certificate by SCEP", func(ctx context.Context) error {
		d, err := r.requestBySCEP(ctx, k, cs)
		no, refused := errors.AsType[*remoteui.RefusedError](err)
		// What a server refused says nothing of the device's room, whatever the number
		// of its keys.
		if refused && no.NoRoom() {
			err = r.full(ctx, k.spec.Name, err)
			_, full := errors.AsType[*KeyStoreError](err)
			refused = !full
		}
		// The server may have said no to this one only: passwords serve once.
		if refused || errors.Is(err, keys.ErrPending) {
			pending = err
			return &skipped{Withheld, err.Error()}
		}
		if err != nil {
			return err
		}
		k.details, k.checked = d, true
		return r.journal(state.Record{Event: state.Generated, NewKey: name})
	})
	if pending != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, pending)
	}
	return err
}

func (r *runner) requestBySCEP(ctx context.Context, k *newKey, cs []*change) (*keys.Details, error) {
	w := r.wait()
	w.Timeout = r.o.SCEP.Timeout
	if cs[0].From == usage.FromRequest {
		return scep.Await(ctx, r.s, k.spec.Name, "", w)
	}
	done, err := r.o.atCA(ctx, r.report.Device, r.o.SCEP.Server)
	if err != nil {
		return nil, err
	}
	defer done()
	rec := scep.DeviceRequest{Spec: k.spec}
	if r.o.SCEP.Challenge != nil {
		if rec.Challenge, err = r.o.SCEP.Challenge(ctx, r.report.Device); err != nil {
			return nil, fmt.Errorf("challenge password: %w", err)
		}
	}
	if err := r.beginAll(cs); err != nil {
		return nil, err
	}
	r.o.event(EventProgress, row.RequestBySCEP, "the device makes a key and asks its SCEP server; this takes a while")
	return scep.Enrol(ctx, r.s, rec, w)
}

// checkServer looks at the server that the device will ask, before anything is
// changed. // G-7
func (r *runner) checkServer(ctx context.Context) error {
	if !slices.ContainsFunc(r.plan.Changes, func(c Change) bool { return c.Kind == BySCEP && c.From == usage.FromGenerate }) {
		return nil
	}
	if r.o.SCEP == nil {
		return errors.New("the plan has the device ask a SCEP server, and there is no SCEP: give the options that it was made with; nothing was changed")
	}
	if r.o.SCEP.Check == nil {
		return nil
	}
	d, err := scep.ReadDevice(ctx, r.s)
	if err != nil {
		return err
	}
	address := d.With(r.o.SCEP.Server).URL()
	if err := r.o.SCEP.Check(ctx, address); err != nil {
		return fmt.Errorf("the device's SCEP server %q: %w; nothing was changed", address, err)
	}
	return nil
}

// prepareSCEP switches off the timer, which forbids requests by hand, and writes
// the server's address where that was asked for. // G-8
func (r *runner) prepareSCEP(ctx context.Context) error {
	d, err := scep.ReadDevice(ctx, r.s)
	if err != nil {
		return err
	}
	if d.Timer {
		if err := r.noteTimer(true); err != nil {
			return err
		}
		r.notice("the timer for automatic certificate requests is switched off, for as long as the device is told to ask by hand")
		if err := scep.SetTimer(ctx, r.s, false); err != nil {
			return err
		}
		r.o.deeds = append(r.o.deeds, deed{text: "SCEP timer switched off"})
	}
	if want := r.o.SCEP.Server; want.Differs(*d) {
		if err := scep.SetServer(ctx, r.s, want); err != nil {
			return err
		}
		r.notice(fmt.Sprintf("the device's SCEP server is set to %s", d.With(want).URL()))
		r.o.deeds = append(r.o.deeds, deed{text: "SCEP server set"})
	}
	return nil
}

// smallNote is what the journal keeps of the timer while it is not as it was, of
// the registration authority, and of what was begun by whose leave.
type smallNote struct {
	Timer *bool `json:"scepTimerOff,omitempty"`
	// Agent is the hex SHA-256 of the certificate of who reads requests in the
	// CA's place.
	Agent string `json:"agent,omitempty"`
	// Plan is the digest of a kept plan that is begun; Authorization who allowed it.
	Plan          string         `json:"plan,omitempty"`
	Authorization *Authorization `json:"authorization,omitempty"`
}

// noteTimer journals that the timer is about to be switched off, or is on
// again: a run that dies in between must not leave it off.
func (r *runner) noteTimer(off bool) error {
	data, err := json.Marshal(smallNote{Timer: &off})
	if err != nil {
		return err
	}
	r.history.timerOff = off
	return r.journal(state.Record{Event: state.Noted, Data: data})
}

// putTimerBack switches the timer on again, if a run switched it off; also when
// what came in between failed or was stopped. // G-8
func (r *runner) putTimerBack(ctx context.Context, before error) error {
	if !r.history.timerOff {
		return before
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := r.step(ctx, row.SuspendTimer, "", "switch the timer for automatic certificate requests on again", func(ctx context.Context) error {
		if err := scep.SetTimer(ctx, r.s, true); err != nil {
			return fmt.Errorf("%w; it is off: run again, or switch it on by hand", err)
		}
		return r.noteTimer(false)
	})
	return errors.Join(before, err)
}
