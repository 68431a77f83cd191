package rekey

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"sync"
	"time"

	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/share"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// FleetOptions tune [AssessAll] and [RemediateAll]; nil works. Callbacks of
// Options are called for several devices at a time, but OnEvent, which is called for
// one after another.
type FleetOptions struct {
	// Options for every device whose Member names no others; nil: see [Options].
	Options *Options
	// Member says what is particular to a device; it is asked once for each, before
	// the first is contacted. Nil: nothing is.
	Member func(Device) FleetMember
	// Concurrency is how many devices are worked on at once; zero: 10. Each may
	// take the memory that docs/limits.md says.
	Concurrency int
	// MemoryLimit is how many bytes the devices at work may take together; one may be
	// at work whatever it takes. Each is given 20 MiB, many times what any that is known
	// needs, and the others wait for room. One that needs more ends at a safe point
	// and is begun again, once there is room for all that it may take (256 MiB): see
	// docs/limits.md. A process should have GOMEMLIMIT set, too, so that it collects
	// its garbage in time. Zero: no limit, and each may take all that.
	MemoryLimit int64
	// MaxRefusals: once a credential was refused so many times, the rest of the
	// devices that it is for are held; zero: 1. Until one device has taken it, it is
	// sent to one at a time. Credentials are the same where user, department ID and
	// password are.
	MaxRefusals int

	// What follows is for RemediateAll.

	// Waves of devices: the next begins once the last has ended, and was judged. What
	// is left over is the last wave. A wave in which every device was unreachable,
	// unsupported or held shows nothing: another of its size comes next. Nil: 1, 10,
	// 10 % and the rest; empty: all at once.
	Waves []Wave
	// Gate judges a wave before the next; an error holds all that is left. It may
	// ask a person, or an authentication server, and take its time. Nil: a wave
	// passes if none failed in it.
	Gate func(context.Context, WaveResult) error
	// MaxFailures: once so many devices have failed, none begins any more; those at
	// work are let finish. MaxFailurePercent likewise, of those tried, from the
	// fifth on. Unreachable devices are neither. Zero: no limit.
	MaxFailures, MaxFailurePercent int
	// MaxRestarts is how many devices of a group restart at once; zero: any number.
	MaxRestarts int
	// CAInterval lies at least between two requests to one CA, of which CAOutstanding
	// are under way at most; zero: no time, and any number. A CA is known by
	// its [Options].Issuer, or by the server of [Options].SCEP; its Challenge is called
	// once the turn has come, so one-time passwords are fetched when they are needed.
	CAInterval    time.Duration
	CAOutstanding int
	// DeviceTime is what a device may take: with less left of its window, it is not
	// begun. Zero: once each of what Options gives for making a key, for jobs to end
	// and for a restart; 35 min if it gives nothing.
	DeviceTime time.Duration

	open      bool       // windows are not looked at
	lingering func() int // scripts that could not be stopped; nil: those of the process
}

// FleetMember is what is particular to a device of a fleet. The zero value is
// nothing.
type FleetMember struct {
	// Options for this device; nil: those of the fleet.
	Options *Options
	// Window in which it may be worked on and restarted; nil: at any time. It is
	// looked at before the device is contacted, before the wait for jobs that precedes
	// a restart, and right before the restart, which has to end within it even if jobs
	// and restart take all the time that Options allow. AssessAll does not look at it:
	// who plans by day for the night only reads.
	Window *window.Window
	// Plan that was made before, and approved: it is carried out in the place of a new
	// one, and refused with a [*DriftError] if the device has changed since. What an
	// interrupted run left of it is planned anew, within it ([Plan.Within]). Nil: the
	// device is looked at, and planned for.
	Plan *Plan
	// Groups that it restarts with, such as its site and its subnet; nil: none.
	Groups []string
}

// Wave is a count of devices, or a share of all in percent, rounded up; the zero
// value is all that are left.
type Wave struct{ Count, Percent int }

// WaveResult is how a wave ended.
type WaveResult struct {
	Number int // from 1
	Left   int // devices not begun yet
	Counts map[FleetOutcome]int
}

// FleetOutcome is what became of a device of a fleet.
type FleetOutcome string

// What can become of a device of a fleet; see [FleetOutcomeOf].
const (
	FleetDone        = FleetOutcome(fleet.Done)
	FleetWithheld    = FleetOutcome(fleet.Withheld)    // left undone on purpose, or waiting
	FleetHeld        = FleetOutcome(fleet.Held)        // never contacted: see [HeldError]
	FleetUnsupported = FleetOutcome(fleet.Unsupported) // its firmware or its policy has to be changed first
	FleetUnreachable = FleetOutcome(fleet.Unreachable) // and unchanged
	FleetFailed      = FleetOutcome(fleet.Failed)
	FleetInterrupted = FleetOutcome(fleet.Interrupted) // at a safe point
	FleetNotStarted  = FleetOutcome(fleet.NotStarted)  // never contacted: the call ended
)

// FleetOutcomeOf classes what [RemediateAll] yields for a device: the Exit of its
// report, and the error.
func FleetOutcomeOf(e Exit, err error) FleetOutcome {
	if held, ok := errors.AsType[*HeldError](err); ok && held.NotStarted {
		return FleetNotStarted
	} else if ok {
		return FleetHeld
	}
	drift, _ := errors.AsType[*DriftError](err)
	switch e.Class {
	case ExitDrift:
		if drift != nil && len(drift.Done) == 0 { // a plan that is out of date, and nothing more
			return FleetWithheld
		}
		if _, unknown := errors.AsType[*remoteui.AmbiguousWriteError](err); errors.Is(err, remoteui.ErrSucceeded) && !unknown {
			return FleetInterrupted // by a restart that an earlier run asked for
		}
	case ExitDone:
		return FleetDone
	case ExitDecision, ExitDeclined, ExitWaiting, ExitLocked:
		return FleetWithheld
	case ExitFirmware, ExitPolicy:
		return FleetUnsupported
	case ExitUnreachable:
		return FleetUnreachable
	case ExitInterrupted:
		return FleetInterrupted
	}
	return FleetFailed
}

// AssessAll is [Assess] for many devices, several at a time. It yields one
// assessment for each, in the order in which they end; it is never nil, and with an
// error holds what was read until then. How the sequences and the context end is as
// for [RemediateAll].
func AssessAll(ctx context.Context, devices iter.Seq2[Device, error], o *FleetOptions) iter.Seq2[*Assessment, error] {
	f := o.begin()
	f.Waves, f.MaxFailures, f.MaxFailurePercent = []Wave{}, 0, 0
	f.open = true
	return all(ctx, devices, f, func(ctx context.Context, d Device, _ FleetMember, c *call) (*Assessment, Exit, error) {
		a, err := c.assess(ctx, d)
		if a != nil {
			a.Address = addressOf(d.URL)
		}
		return a, ExitOf(err), err
	}, func(d Device, _ *call, _ error) *Assessment {
		return &Assessment{Address: addressOf(d.URL), Device: DeviceInfo{URL: addressOf(d.URL)}}
	})
}

// RemediateAll is [Remediate] for many devices, several at a time. It yields one
// report for each, in the order in which they end; it is never nil, also where
// nothing was reached or begun, and [FleetOutcomeOf] classes it. A slow loop does
// not slow the devices.
//
// The devices are read to their end before the first is contacted. An error among
// them is yielded first, with a nil report, and keeps no device from its turn: who
// does not want to go on breaks the loop, and no device was contacted then.
//
// Whoever breaks the loop ends the work as the end of the context does: devices at
// work stop at their next safe point, as in Remediate, which is waited for. The rest
// are not begun ([HeldError]).
func RemediateAll(ctx context.Context, devices iter.Seq2[Device, error], o *FleetOptions) iter.Seq2[*Report, error] {
	return remediateAll(ctx, devices, o, func(ctx context.Context, d Device, m FleetMember, c *call) (*Report, error) {
		if m.Plan != nil {
			return c.carryOut(ctx, d, m.Plan)
		}
		return c.remediate(ctx, d)
	})
}

// remediateAll is RemediateAll, whatever is done to a device.
func remediateAll(ctx context.Context, devices iter.Seq2[Device, error], o *FleetOptions,
	do func(context.Context, Device, FleetMember, *call) (*Report, error),
) iter.Seq2[*Report, error] {
	f := o.begin()
	slots := &fleet.Slots{N: f.MaxRestarts}
	var pace *fleet.Pace
	if f.CAInterval > 0 || f.CAOutstanding > 0 {
		pace = &fleet.Pace{Every: f.CAInterval, N: f.CAOutstanding}
	}
	return all(ctx, devices, f, func(ctx context.Context, d Device, m FleetMember, c *call) (*Report, Exit, error) {
		ask := c.BeforeRestart
		defer func() { c.BeforeRestart = ask }() // who is begun again takes one place for his restart, not two
		c.BeforeRestart, c.pace = restartIn(m, slots, ask, c.Options), pace
		if m.Window != nil {
			c.mayRestart = func() error { return m.Window.Fits(c.Now(), c.Timeouts.Restart) }
		}
		r, err := do(ctx, d, m, c)
		if c.before != nil {
			r, err = c.before.with(r).end(c, err)
		}
		if r == nil {
			return nil, ExitOf(err), err
		}
		if c.short(err) && ctx.Err() == nil && !errors.Is(err, errShare) {
			r, err = r.end(c, fmt.Errorf("%w: %w", errShare, err))
		}
		r.Address = addressOf(d.URL)
		if len(c.deeds) > 0 {
			c.before = r
		}
		return r, r.Exit, err
	}, func(d Device, c *call, err error) *Report {
		r, _ := (&Report{Address: addressOf(d.URL), Device: DeviceInfo{URL: addressOf(d.URL)}, Started: c.Now()}).end(c, err)
		return r
	})
}

// restartIn waits for the group's turn, looks at the window, and asks whom the
// caller wants asked.
func restartIn(m FleetMember, slots *fleet.Slots, ask func(context.Context, DeviceInfo) (func(), error), o *Options) func(context.Context, DeviceInfo) (func(), error) {
	return func(ctx context.Context, d DeviceInfo) (func(), error) {
		release, err := slots.Take(ctx, m.Groups)
		if err != nil {
			return nil, err
		}
		done, err := also(ctx, d, ask, release)
		if err != nil {
			return done, err
		}
		if m.Window != nil {
			return done, m.Window.Fits(o.Now(), o.Timeouts.Jobs+o.Timeouts.Restart)
		}
		return done, nil
	}
}

// atCA waits for a turn at a CA, and returns what ends it.
func (o *call) atCA(ctx context.Context, d DeviceInfo, ca any) (done func(), err error) {
	done = func() {}
	if o.pace == nil && o.BeforeCA == nil {
		return done, nil
	}
	o.event(EventProgress, row.IssueCertificate, "waiting for a turn at the CA")
	if o.pace != nil {
		if !reflect.ValueOf(ca).Comparable() { // a CA of which only the type can be compared
			ca = reflect.TypeOf(ca)
		}
		if done, err = o.pace.Take(ctx, ca); err != nil {
			return nil, err
		}
	}
	if done, err = also(ctx, d, o.BeforeCA, done); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// also asks whom the caller wants asked, with a turn that is taken: done, never nil, ends
// both. A callback that panics keeps the turn from nobody.
func also(ctx context.Context, d DeviceInfo, ask func(context.Context, DeviceInfo) (func(), error), release func()) (done func(), err error) {
	if ask == nil {
		return release, nil
	}
	panics := true
	defer func() {
		if panics {
			release()
		}
	}()
	theirs, err := ask(ctx, d)
	panics = false
	return func() {
		defer release()
		if theirs != nil {
			theirs()
		}
	}, err
}

// begin copies the options, which may be nil.
func (o *FleetOptions) begin() *FleetOptions {
	var f FleetOptions
	if o != nil {
		f = *o
	}
	f.Concurrency = cmp.Or(f.Concurrency, 10)
	if f.Waves == nil {
		f.Waves = []Wave{{Count: 1}, {Count: 10}, {Percent: 10}}
	}
	return &f
}

// all runs one piece of work per device. none makes the result of a device that has
// none.
func all[R any](ctx context.Context, devices iter.Seq2[Device, error], f *FleetOptions,
	do func(context.Context, Device, FleetMember, *call) (*R, Exit, error), none func(Device, *call, error) *R,
) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		var units []fleet.Unit[*R]
		var targets []Device
		var calls []*call
		var events sync.Mutex
		salt := rand.Text()
		owned := new(owners)
		known := &roster{listed: map[string]Device{}, pinned: map[string]map[remoteui.SPKIHash][]state.Known{}}
		for d, err := range devices {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			var m FleetMember
			if f.Member != nil {
				m = f.Member(d)
			}
			c, err := cmp.Or(m.Options, f.Options).begin()
			if err == nil {
				c.owners = owned
				c.roster, err = known, known.add(d, c.Options)
			}
			u := fleet.Unit[*R]{Credential: d.credential(salt), Do: func(ctx context.Context) fleet.End[*R] {
				if err != nil {
					return fleet.End[*R]{Outcome: fleet.Failed, Err: err}
				}
				v, exit, err := do(ctx, d, m, c)
				err = ended(ctx, err)
				end := fleet.End[*R]{Value: v, Err: err, Outcome: fleet.Outcome(FleetOutcomeOf(exit, err)), Login: c.login(err)}
				if c.short(err) && ctx.Err() == nil {
					c.event(EventPaused, "", errShare.Error())
					c.share, end.Needs = nil, share.Most
				}
				return end
			}}
			if f.MemoryLimit > 0 {
				c.share, u.Needs = new(share.Share), share.Usual
			}
			tell := c.OnEvent
			c.OnEvent = func(e Event) {
				events.Lock()
				defer events.Unlock()
				tell(e)
			}
			if takes := cmp.Or(f.DeviceTime, c.Timeouts.Generate+c.Timeouts.Jobs+c.Timeouts.Restart); m.Window != nil && !f.open {
				u.MayStart = func() error { return m.Window.Fits(c.Now(), takes) }
			}
			units, targets, calls = append(units, u), append(targets, d), append(calls, c)
		}
		tell := func(text string) {
			if len(calls) == 0 || f.Options == nil || f.Options.OnEvent == nil {
				return
			}
			events.Lock()
			defer events.Unlock()
			f.Options.OnEvent(Event{Time: time.Now(), Kind: EventNotice, Text: text})
		}
		for r := range fleet.Run(ctx, units, f.scheduling(tell)) {
			d := targets[r.Index]
			if e, ok := errors.AsType[*fleet.NotRun](r.Err); ok {
				r.Err = &HeldError{URL: addressOf(d.URL), Why: e.Why, NotStarted: e.Outcome == fleet.NotStarted, Err: e.Err}
			}
			if r.Value == nil {
				r.Value = none(d, calls[r.Index], r.Err)
			}
			calls[r.Index] = nil // what it has found out
			if !yield(r.Value, r.Err) {
				return
			}
		}
	}
}

// scheduling is when each begins; what is about no device is told.
func (o *FleetOptions) scheduling(tell func(string)) fleet.Options {
	s := fleet.Options{Concurrency: o.Concurrency, MaxFailures: o.MaxFailures, MaxFailurePercent: o.MaxFailurePercent, MaxRefusals: o.MaxRefusals}
	if o.MemoryLimit > 0 {
		lingering, most := o.lingering, 0
		if lingering == nil {
			lingering = remoteui.Lingering
		}
		s.Room = func() int64 {
			n := lingering()
			if n > most {
				most = n
				tell(fmt.Sprintf("%s of devices' pages could not be stopped and keep %d MiB of the memory limit until they end by themselves: fewer devices are at work together, at worst one after another", count(n, "script", "scripts"), int64(n)*share.Script>>20))
			}
			return o.MemoryLimit - int64(n)*share.Script
		}
	}
	for _, w := range o.Waves {
		s.Waves = append(s.Waves, fleet.Size(w))
	}
	if o.Gate != nil {
		s.Gate = func(ctx context.Context, w fleet.Wave) error {
			counts := map[FleetOutcome]int{}
			for outcome, n := range w.Counts {
				counts[FleetOutcome(outcome)] = n
			}
			return o.Gate(ctx, WaveResult{w.Number, w.Left, counts})
		}
	}
	return s
}

// withinShare is the error of a look at a device: that it needs more memory is why
// anything else went wrong, but a refused password.
func (o *call) withinShare(err error) error {
	if o.share.Exceeded() && !o.passwordSpent(err) {
		return errShare
	}
	return err
}

// passwordSpent reports whether a password was sent that was refused, or whose answer
// could not be read: it is not sent again for want of memory.
func (o *call) passwordSpent(err error) bool {
	_, unheard := errors.AsType[*remoteui.AmbiguousWriteError](err)
	return o.login(err) == fleet.LoginRefused || unheard && !o.loggedIn
}

// short reports whether a device ended with an error, and had less memory than it needs: it
// is begun again. Whoever said no is not asked again.
func (o *call) short(err error) bool {
	return err != nil && o.share.Exceeded() && !o.passwordSpent(err) && !errors.Is(err, ErrDeclined)
}

// errShare ends what was done with less memory than a device needs. It is an interruption:
// if there is never room, because the call or the window ends, say, the next run goes on.
var errShare = errors.New("the device's pages need more memory than others: it is begun again when there is room for that")

// credential tells credentials apart, and nothing of them; empty: there is none.
func (d Device) credential(salt string) string {
	if d.Password.Empty() {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", salt, d.UserName, d.DepartmentID, d.Password.Reveal())))
}

// login is what became of the credential of a call. Whatever the words of a
// refusal are, it was one.
func (o *call) login(err error) fleet.Login {
	_, locked := errors.AsType[*remoteui.LockedError](err)
	refused, ok := errors.AsType[*remoteui.LoginError](err)
	switch {
	case locked, ok && !refused.Missing && refused.Failure == remoteui.WrongCredential:
		return fleet.LoginRefused
	case o.loggedIn:
		return fleet.LoginAccepted
	}
	return fleet.LoginUnknown
}
