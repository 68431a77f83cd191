package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/scep"
)

// DeviceSCEP has devices ask a SCEP server for certificates themselves. They
// speak plain HTTP to it: the request, with the challenge password in it, and the
// certificate are encrypted by SCEP's own means only, to whatever certificate
// the server shows. Whoever is between the two can pose as the server, unless
// the device looks at more than anybody has published. // G-7 to G-9
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
	// Location names the usage in the request, as the advisory does: the device
	// gives the key to it by itself, and is restarted for each key. By default
	// keys are asked for without one, and are chosen and put in effect like all
	// others, with one restart. // G-9
	Location bool
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
func (run *run) enrol(ctx context.Context, k *newKey, cs []*change) error {
	u, name := cs[0].Use, k.spec.Name
	if cs[0].From == FromGenerate {
		if err := run.step(ctx, "G-8", u, "see that the device can be told to ask", func(ctx context.Context) error { return run.readyToAsk(ctx) }); err != nil {
			return err
		}
	}
	var pending error
	err := run.step(ctx, "G-7", u, "have the device get key "+quote(name)+" a certificate by SCEP", func(ctx context.Context) error {
		d, err := run.askBySCEP(ctx, k, cs)
		no, refused := errors.AsType[*remoteui.RefusedError](err)
		// What a server refused says nothing of the device's room, whatever the number
		// of its keys.
		if refused && no.NoRoom() {
			err = run.full(ctx, k.spec.Name, err)
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
		k.details = d
		return run.journal(state.Record{Event: state.Generated, Step: "G-7", NewKey: name})
	})
	if pending != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, pending)
	}
	return err
}

func (run *run) askBySCEP(ctx context.Context, k *newKey, cs []*change) (*keys.Details, error) {
	w := run.wait()
	w.Timeout = run.o.SCEP.Timeout
	if cs[0].From == FromRequest {
		return scep.Await(ctx, run.s, k.spec.Name, "", w)
	}
	r := scep.DeviceRequest{Spec: k.spec}
	if cs[0].Located {
		r.Location = cs[0].Use
	}
	if run.o.SCEP.Challenge != nil {
		var err error
		if r.Challenge, err = run.o.SCEP.Challenge(ctx, run.r.Device); err != nil {
			return nil, fmt.Errorf("challenge password: %w", err)
		}
	}
	if err := run.beginAll(cs); err != nil {
		return nil, err
	}
	run.o.event(EventProgress, "G-7", "the device makes a key and asks its SCEP server; this takes a while")
	return scep.Enrol(ctx, run.s, r, w)
}

// checkServer looks at the server that the device will ask, before anything is
// changed. // G-7
func (run *run) checkServer(ctx context.Context) error {
	if !slices.ContainsFunc(run.plan.Changes, func(c Change) bool { return c.Kind == BySCEP && c.From == FromGenerate }) {
		return nil
	}
	if run.o.SCEP == nil {
		return errors.New("the plan has the device ask a SCEP server, and there is no SCEP: give the options that it was made with; nothing was changed")
	}
	if run.o.SCEP.Check == nil {
		return nil
	}
	d, err := scep.ReadDevice(ctx, run.s)
	if err != nil {
		return err
	}
	address := d.With(run.o.SCEP.Server).URL()
	if err := run.o.SCEP.Check(ctx, address); err != nil {
		return fmt.Errorf("the device's SCEP server %q: %w; nothing was changed", address, err)
	}
	return nil
}

// readyToAsk switches off the timer, which forbids requests by hand, and writes
// the server's address where that was asked for. // G-8
func (run *run) readyToAsk(ctx context.Context) error {
	d, err := scep.ReadDevice(ctx, run.s)
	if err != nil {
		return err
	}
	if d.Timer {
		if err := run.noteTimer(true); err != nil {
			return err
		}
		run.notice("the timer for automatic certificate requests is switched off, for as long as the device is told to ask by hand")
		if err := scep.SetTimer(ctx, run.s, false); err != nil {
			return err
		}
		run.o.deeds = append(run.o.deeds, deed{text: "SCEP timer switched off"})
	}
	if want := run.o.SCEP.Server; want.Differs(*d) {
		if err := scep.SetServer(ctx, run.s, want); err != nil {
			return err
		}
		run.notice(fmt.Sprintf("the device's SCEP server is set to %s", d.With(want).URL()))
		run.o.deeds = append(run.o.deeds, deed{text: "SCEP server set"})
	}
	return nil
}

// smallNote is what the journal keeps of the timer while it is not as it was, and
// of the registration authority.
type smallNote struct {
	Timer *bool `json:"scepTimerOff,omitempty"`
	// Agent is the hex SHA-256 of the certificate of who reads requests in the
	// CA's place.
	Agent string `json:"agent,omitempty"`
}

// noteTimer journals that the timer is about to be switched off, or is on
// again: a run that dies in between must not leave it off.
func (run *run) noteTimer(off bool) error {
	data, err := json.Marshal(smallNote{Timer: &off})
	if err != nil {
		return err
	}
	run.line.timerOff = off
	return run.journal(state.Record{Event: state.Noted, Step: "G-8", Data: data})
}

// putTimerBack switches the timer on again, if a run switched it off; also when
// what came in between failed or was stopped. // G-8
func (run *run) putTimerBack(ctx context.Context, before error) error {
	if !run.line.timerOff {
		return before
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := run.step(ctx, "G-8", "", "switch the timer for automatic certificate requests on again", func(ctx context.Context) error {
		if err := scep.SetTimer(ctx, run.s, true); err != nil {
			return fmt.Errorf("%w; it is off: run again, or switch it on by hand", err)
		}
		return run.noteTimer(false)
	})
	return errors.Join(before, err)
}
