package rekey

import (
	"context"
	"errors"

	"github.com/rekey-go/rekey/remoteui"
)

// Successor is a key that a device presents and that may be the one it was to
// serve from then on: all that the device showed of it agrees, and nothing of
// that is proof.
type Successor struct {
	Device string            `json:"device"` // its address
	Key    string            `json:"key"`    // its name in the device's list
	Pin    remoteui.SPKIHash `json:"pin"`
	New    CertificateInfo   `json:"new"` // with the fingerprints to compare
	// Compared is what was compared, and agrees, in words.
	Compared []string `json:"compared"`
}

func successorOf(addr string, e *remoteui.UnconfirmedError) Successor {
	return Successor{Device: addr, Key: e.Key, Pin: remoteui.HashSPKI(e.Certificate), New: infoOf(e.Certificate, nil), Compared: e.Compared}
}

// confirm asks the caller for a key that nothing proves, once.
func (o *call) confirm(ctx context.Context, addr string, e *remoteui.UnconfirmedError) error {
	refused := &SuccessorError{Addr: addr, Successor: successorOf(addr, e)}
	switch {
	case refused.Pin == o.confirmed:
		return nil
	case o.refused != nil && refused.Pin == o.refused.Pin:
		return o.refused
	}
	if o.ConfirmSuccessor == nil {
		return refused
	}
	o.event(EventNotice, "R-5", "the device presents a key that may be the new one, and nothing it showed proves it: asking")
	if refused.Err = o.ConfirmSuccessor(ctx, refused.Successor); refused.Err != nil {
		o.refused = refused
		return refused
	}
	o.confirmed = refused.Pin
	return nil
}

// askSuccessor is [Options.confirm] for a session with a device.
func (o *call) askSuccessor(d Device) func(context.Context, *remoteui.UnconfirmedError) error {
	return func(ctx context.Context, e *remoteui.UnconfirmedError) error {
		return o.confirm(ctx, addressOf(d.URL), e)
	}
}

// unconfirmed puts a [*SuccessorError] in the place of an error of the session
// that is about a key nobody confirmed.
func unconfirmed(url string, err error) error {
	if _, about := errors.AsType[*remoteui.IdentityError](err); !about {
		return err
	}
	if said, ok := errors.AsType[*SuccessorError](err); ok {
		return said
	}
	if e, ok := errors.AsType[*remoteui.UnconfirmedError](err); ok {
		return &SuccessorError{Addr: addressOf(url), Successor: successorOf(addressOf(url), e)}
	}
	return err
}
