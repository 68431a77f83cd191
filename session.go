package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// connection is a device as a call meets it: all that a session with it needs.
type connection struct {
	o      *call
	device Device
	host   string     // names the device in the state directory
	dir    *state.Dir // what earlier calls kept of it; nil: not opened yet
}

func (o *call) connection(d Device, dir *state.Dir) *connection {
	return &connection{o: o, device: d, host: o.hostOf(d), dir: dir}
}

// openState opens Options.Dir; without one, a directory that holds nothing and
// keeps nothing.
func (o *Options) openState(readOnly bool) (*state.Dir, error) {
	if o.Dir == "" || readOnly {
		return state.OpenReadOnly(o.Dir)
	}
	return state.Open(o.Dir)
}

// mode is what a session is for.
type mode struct {
	readOnly bool
	permit   *permit.Permit                // may end readOnly; nil: nothing does
	also     func(*x509.Certificate) error // has to be pleased by the device's certificate, too; nil: nobody
}

// dial opens a session with the device.
func (c *connection) dial(ctx context.Context, m mode) (*remoteui.Session, error) {
	d, o := c.device, c.o
	if _, err := address.Parse(d.URL); err != nil {
		return nil, err
	}
	o.meet(d)
	s, err := c.dialOnce(ctx, m)
	if o.roster != nil && o.known == "" && address.Device(d.URL) == o.device {
		if refused, ok := errors.AsType[*remoteui.IdentityError](err); ok {
			if err := o.met(ctx, d, refused); err != nil {
				return nil, unconfirmed(d.URL, err)
			}
			c.host = o.hostOf(d)
			return c.dialOnce(ctx, m)
		}
	}
	if err == nil && o.roster != nil {
		o.roster.atHome.Store(c.host, true)
	}
	return s, err
}

func (c *connection) dialOnce(ctx context.Context, m mode) (*remoteui.Session, error) {
	d, o := c.device, c.o
	id, err := c.identity()
	if err != nil {
		return nil, err
	}
	if also := id.Also; o.roster != nil && o.known == "" && address.Device(d.URL) == o.device {
		id.Also = func(cert *x509.Certificate) error {
			if known, _ := o.roster.moved(o.Dir, d, remoteui.HashSPKI(cert)); known != "" {
				return errMoved
			}
			return also(cert)
		}
	}
	if known := id.Also; m.also != nil {
		id.Also = func(c *x509.Certificate) error {
			if err := known(c); err != nil {
				return err
			}
			return m.also(c)
		}
	}
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL: d.URL,
		Credentials: remoteui.Credentials{
			UserName: d.UserName, DepartmentID: d.DepartmentID,
			Password: d.Password, Destination: d.LoginDestination,
		},
		Identity: id, ConfirmSuccessor: c.askSuccessor,
		Language: d.Language, Profiles: d.Profiles, Recorder: o.recorder, LegacyTLS: d.LegacyTLS, ReadOnly: m.readOnly, Permit: m.permit, Share: o.share, Memory: c.dir,
		Spacing: o.spacing, Awaited: o.reached, RequestTimeout: o.Timeouts.Request, ReturnTimeout: o.Timeouts.Restart, DialContext: d.DialContext, Now: o.Now, Logger: o.Logger, Scrubber: o.secrets,
		OnEvent: func(e remoteui.Event) {
			kind := EventProgress
			o.loggedIn = o.loggedIn || e.Kind == remoteui.EventLoggedIn
			if e.Kind == remoteui.EventNotice {
				kind = EventNotice
			}
			o.eventOf(c.host, kind, "", e.Text)
		},
	})
	if err != nil {
		return nil, unconfirmed(d.URL, err)
	}
	usage.Foresee(s)
	// From the first login on the device is known by its key; and by another one from
	// when a person named that, who had the device's board changed, say: where a serial
	// number is kept, from when that was compared (keepSerial). Not while a
	// key waits to be proved in place of the stored one: the pin moves by the proof.
	served := remoteui.HashSPKI(s.Certificate())
	named := id.Stored != served && id.Successor == nil && slices.Contains(d.Pins, served)
	if (id.Stored.IsZero() || named) && o.Dir != "" {
		var kept string
		if kept, err = c.keptSerial(); err == nil && kept == "" {
			err = c.pinTo(served)
		}
		if err != nil && !errors.Is(err, state.ErrReadOnly) {
			s.Close(ctx)
			return nil, err
		}
	}
	return s, nil
}

// leftBehind is the notice about scripts of the device that could not be
// stopped; none where there were none.
func leftBehind(s *remoteui.Session) []string {
	n := s.LeftBehind()
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of the device's pages could not be stopped in time and left behind; "+
		"%d in this process still run, each with at most 64 MiB. No honest page does that: look at the device", count(n, "script", "scripts"), remoteui.Lingering())}
}

func (o *call) event(kind EventKind, step, text string) { o.eventOf(o.device, kind, step, text) }

// eventOf tells something of another device than the one that the call is about.
func (o *call) eventOf(device string, kind EventKind, step, text string) {
	o.OnEvent(Event{Time: o.Now(), Device: device, Run: o.run, Kind: kind, Step: step, Text: safe(strings.ReplaceAll(o.secrets.Message(text), "\n", "; "))})
}

// visit is a device that was looked at, in a session that is still open: what is
// planned and approved is carried out in the same one. Every login is one more
// password on its way, and one more chance to be shut out.
type visit struct {
	connection
	a *Assessment
	// s refuses every act until the permit is granted and BeginWriting called; nil:
	// the device was not reached.
	s      *remoteui.Session
	permit *permit.Permit // nil: only looked at
	left   []string       // to be told, once it is closed
	before int            // requests of an earlier look
	logins int            // when it had been looked at
}

// look assesses a device. With a permit it is a part of a run that goes on to
// change it, and more than refused passwords may be written to the state
// directory. The visit is never nil, also with an error, and has to be closed.
//
// An earlier run may have died when it had sent the restart command: then the device
// goes down while it is looked at, and comes back with the key which that run bound.
// That is looked at anew.
func look(ctx context.Context, d Device, o *call, p *permit.Permit) (*visit, error) {
	within, over := withBudget(ctx, o)
	v, err := lookOnce(ctx, within, d, o, p)
	if errors.Is(err, remoteui.ErrSucceeded) && within.Err() == nil {
		v.close(ctx)
		o.event(EventNotice, row.Restart, restartedMeanwhile)
		first := v
		v, err = lookOnce(ctx, within, d, o, p)
		if v.before = first.a.Requests; v.a != nil {
			v.a.Notices = append(first.left, v.a.Notices...) // what it read besides is out of date
		}
	}
	err = over(err)
	if v.a == nil { // there is no state directory to look with
		return v, err
	}
	err = o.withinShare(err)
	v.a.Requests = v.before
	if v.s == nil {
		return v, err
	}
	v.count()
	v.logins = v.s.Logins()
	o.spacing, o.reached = max(o.spacing, v.s.Spacing()), true
	if err == nil {
		v.a.evidence(o)
	}
	v.a.secrets = needs(o.secrets, *v.a)
	return v, err
}

const restartedMeanwhile = "the device restarted meanwhile, as an earlier run asked it to: looking at it anew"

// lookOnce looks at a device in one session, which is left open.
func lookOnce(ctx, within context.Context, d Device, o *call, p *permit.Permit) (*visit, error) {
	v := &visit{connection: *o.connection(d, nil), permit: p}
	var err error
	if v.dir, err = o.openState(p == nil); err != nil {
		return v, err
	}
	o.meet(d)
	o.over = ctx.Err
	o.event(EventPhase, "", "assessing "+address.Host(d.URL))
	v.a = &Assessment{Device: DeviceInfo{URL: addressOf(d.URL)}, Taken: o.Now(), certs: o.certs}
	looked := false
	defer func() {
		if !looked { // a callback panics
			v.close(ctx)
		}
	}()
	within, stop := context.WithCancel(within)
	defer stop()
	o.share.Until(stop) // what is too large is taken for unknown by much of the reading
	v.s, err = v.dial(within, mode{readOnly: true, permit: p})
	if err == nil {
		err = v.a.read(within, v.s, v.connection)
	}
	looked = true
	o.share.Until(nil)
	return v, err
}

func (v *visit) count() {
	v.a.Requests, v.a.UnverifiedLabels = v.before+v.s.Requests(), v.s.UnverifiedLabels()
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

// BudgetError says that looking at a device took longer than
// [Timeouts].Assess: it is slow, or asks to wait again and again. Looking changes
// nothing. What it was about to say is in Err.
type BudgetError struct {
	Max   time.Duration
	Doing string // what was last heard of it, as in an [Event]; empty: nothing was
	Err   error  // what was going on; nil: all was read, but parts of it too late
}

func (e *BudgetError) Error() string {
	text := fmt.Sprintf("looking at the device took longer than %v (Options.Timeouts.Assess)", e.Max)
	if e.Doing != "" {
		text = fmt.Sprintf("looking at the device took longer than %v (Options.Timeouts.Assess); the last that was heard: %s", e.Max, e.Doing)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *BudgetError) Unwrap() error { return e.Err }

var errBudget = errors.New("the time for looking at the device is over")

// withBudget bounds the time for looking at a device. over ends it, once the
// looking has ended with an error or nil, and returns a *BudgetError where the
// budget was the reason.
func withBudget(ctx context.Context, o *call) (_ context.Context, over func(error) error) {
	doing, tell := "", o.OnEvent
	o.OnEvent = func(e Event) {
		doing = e.Text
		tell(e)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeouts.Assess, errBudget)
	return ctx, func(err error) error {
		defer cancel()
		o.OnEvent = tell
		// What is read too late is taken for unknown by much of the reading.
		if errors.Is(context.Cause(ctx), errBudget) {
			return &BudgetError{Max: o.Timeouts.Assess, Doing: doing, Err: err}
		}
		return err
	}
}
