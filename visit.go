package rekey

import (
	"context"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// visit is a device that was looked at, in a session that is still open: what is
// planned and approved is carried out in the same one. Every login is one more
// password on its way, and one more chance to be shut out.
type visit struct {
	a *Assessment
	// s refuses every act until the permit is granted and BeginWriting called; nil:
	// the device was not reached.
	s      *remoteui.Session
	permit *permit.Permit // nil: only looked at
	dir    *state.Dir     // the session's memory
	left   []string       // to be told, once it is closed
}

// look assesses a device. With a permit it is a part of a run that goes on to
// change it, and more than refused passwords may be written to the state
// directory. The visit is never nil, also with an error, and has to be closed.
func look(ctx context.Context, d Device, o *call, p *permit.Permit) (*visit, error) {
	v := &visit{permit: p}
	var err error
	if v.dir, err = o.openState(p == nil); err != nil {
		return v, err
	}
	o.meet(d)
	o.event(EventPhase, "", "assessing "+address.Host(d.URL))
	a := &Assessment{Device: DeviceInfo{URL: addressOf(d.URL)}, Taken: o.Now()}
	v.a = a
	looked := false
	defer func() {
		if !looked { // a callback panics
			v.close(ctx)
		}
	}()
	within, over := withBudget(ctx, o)
	v.s, err = dial(within, d, o, v.dir, mode{readOnly: true, permit: p})
	if err == nil {
		err = a.read(within, v.s, d, o, v.dir)
	}
	looked = true
	err = over(err)
	if v.s == nil {
		return v, err
	}
	v.count()
	o.spacing, o.reached = max(o.spacing, v.s.Spacing()), true
	if err == nil {
		a.evidence(o)
	}
	a.secrets = needs(o.secrets, *a)
	return v, err
}

func (v *visit) count() {
	v.a.Requests, v.a.UnverifiedLabels = v.s.Requests(), v.s.UnverifiedLabels()
}

// close logs out. Whatever the session did is the assessment's then.
func (v *visit) close(ctx context.Context) {
	if v.s != nil {
		v.s.Close(ctx)
		v.count()
		v.left = leftBehind(v.s)
		v.a.Notices = append(v.a.Notices, v.left...)
		v.s = nil
	}
	if v.dir != nil {
		v.dir.Close()
		v.dir = nil
	}
}
