package rekey

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"reflect"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/internal/permit"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// maxPasses bounds how often one Remediate plans: once, once more to finish
// what an earlier run left, and once more where the device turns out to have no
// room.
const maxPasses = 4

// Remediate is [Assess], Plan and [Apply] in one: it replaces every weak key of
// a device, in every usage that has to be, and proves it. A report is returned
// in every case in which the device was reached, also with an error.
func Remediate(ctx context.Context, d Device, o *Options) (_ *Report, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	return opts.remediate(ctx, d)
}

func (opts *call) remediate(ctx context.Context, d Device) (*Report, error) {
	var whole *Report
	for pass := 1; ; pass++ {
		r, err := remediateOnce(ctx, d, opts)
		if whole = whole.with(r); whole == nil {
			return nil, err
		}
		full, noRoom := errors.AsType[*KeyStoreError](err)
		switch {
		case pass == maxPasses || ctx.Err() != nil:
		case noRoom && full.Said != "" && opts.KeySlots == 0:
			opts.KeySlots = full.Keys
			opts.event(EventNotice, "", err.Error()+"; planning anew for that many")
			continue
		case errors.Is(err, ErrUnfinished) && r.Plan != nil && r.Plan.More:
			continue
		}
		return whole.end(opts, err)
	}
}

// remediateOnce assesses, plans and applies once.
func remediateOnce(ctx context.Context, d Device, o *call) (*Report, error) {
	return inOneVisit(ctx, d, o, func(a *Assessment) (*Plan, error) {
		p, err := a.plan(o)
		if err == nil {
			o.event(EventPhase, "", "planned: "+p.summary())
		}
		return p, err
	})
}

// inOneVisit looks at a device, and carries out what is planned then in the same
// session, if it is approved.
func inOneVisit(ctx context.Context, d Device, o *call, plan func(*Assessment) (*Plan, error)) (*Report, error) {
	allowed := new(permit.Permit)
	v, err := look(ctx, d, o, allowed)
	defer v.close(ctx) // also if a callback panics
	var p *Plan
	if err == nil {
		p, err = plan(v.a)
	}
	if err == nil {
		err = o.approve(p)
	}
	if err != nil {
		v.close(ctx)
		return failedReport(v.a, o, err)
	}
	allowed.Grant()
	r, err := apply(ctx, pinnedTo(d, v.a), v, p, o)
	v.close(ctx)
	if r != nil {
		r.Requests, r.LookedAt = r.Requests+v.a.Requests, v.a.LookedAt
		r.Started = v.a.Taken
		r.UnverifiedLabels = mergeLabels(v.a.UnverifiedLabels, r.UnverifiedLabels)
		r.Notices = append(r.Notices, v.left...)
	}
	return r, err
}

// approve asks for a plan, unless one that was approved in this call covers it: a
// run that plans anew, where the device has no room, say, does what was agreed to.
func (o *call) approve(p *Plan) error {
	if o.Approve == nil {
		return nil
	}
	if o.approved.covers(p) {
		o.event(EventNotice, "", "planned anew, within what was approved: "+p.summary())
		return nil
	}
	if err := o.Approve(p); err != nil {
		return fmt.Errorf("%w%s", err, doneText(o.done()))
	}
	o.approved = o.approved.with(p)
	return nil
}

// approval is what was agreed to in a call; nil: nothing yet.
type approval struct {
	acts     map[string]bool
	restarts int
}

func actsOf(p *Plan) (all []string) {
	for _, c := range p.Changes {
		all = append(all, fmt.Sprintf("%s %q %s, delete %v", c.ID(), c.OldKey.Name, c.Kind, c.DeleteOld))
	}
	for _, name := range p.Drop {
		all = append(all, fmt.Sprintf("drop %q", name))
	}
	return all
}

func (a *approval) covers(p *Plan) bool {
	return a != nil && p.Restarts <= a.restarts && !slices.ContainsFunc(actsOf(p), func(act string) bool { return !a.acts[act] })
}

func (a *approval) with(p *Plan) *approval {
	if a == nil {
		a = &approval{acts: map[string]bool{}}
	}
	for _, act := range actsOf(p) {
		a.acts[act] = true
	}
	a.restarts = max(a.restarts, p.Restarts)
	return a
}

// Within returns nil if a plan does nothing that another does not, which was
// approved: no other replacement or deletion, and no more restarts. So what an
// interrupted run left of an approved plan is within it. Else it returns a
// [*DriftError] that names what is more.
func (p *Plan) Within(approved *Plan) error {
	of := (*approval)(nil).with(approved)
	if of.covers(p) {
		return nil
	}
	e := &DriftError{}
	for _, act := range actsOf(p) {
		if !of.acts[act] {
			e.Changes = append(e.Changes, "not in what was approved: "+act)
		}
	}
	if p.Restarts > of.restarts {
		e.Changes = append(e.Changes, fmt.Sprintf("%d restarts, and %d were approved", p.Restarts, of.restarts))
	}
	return e
}

// Authorization says who allowed a run, as programs give it: nothing of it is
// checked here.
type Authorization struct {
	Change   string `json:"change"` // number of the change
	Author   string `json:"author"`
	Approver string `json:"approver"`
	Digest   string `json:"digest"` // of what was approved
}

// noteBegun journals whose leave a run has, and that a kept plan is begun: when it
// is carried out again, the device is no longer as the plan has it.
func (r *runner) noteBegun() error {
	if r.visit != nil && r.o.Authorization == nil {
		return nil
	}
	n := smallNote{Authorization: r.o.Authorization}
	if r.visit == nil {
		n.Plan = r.plan.Digest
	}
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Data: data})
}

// carryOut applies a kept plan, or does what is left of it where an earlier run
// began it.
func (o *call) carryOut(ctx context.Context, d Device, p *Plan) (*Report, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	dir, err := o.openState(true)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := o.recognise(ctx, d, dir, p.Device.URL); err != nil {
		return nil, err
	}
	j, err := dir.Journal(o.hostOf(d))
	if err != nil {
		return nil, err
	}
	l, err := readHistory(j)
	if err != nil {
		return nil, err
	}
	if slices.Contains(l.plans, p.Digest) {
		o.Approve = func(now *Plan) error { return now.Within(p) }
		return o.remediate(ctx, d)
	}
	return apply(ctx, d, nil, p, o)
}

// pinnedTo is the device as the assessment met it: a device that was trusted on
// first use has to show the same key again.
func pinnedTo(d Device, a *Assessment) Device {
	cert, err := oddcert.Parse(a.Served)
	if err == nil && len(d.Pins) == 0 && d.Roots == nil {
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(cert)}
	}
	return d
}

// failedReport reports an assessment that led to no plan; nil if there was not
// even one.
func failedReport(a *Assessment, o *call, err error) (*Report, error) {
	if a == nil {
		return nil, err
	}
	return a.Report(nil).end(o, err)
}

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
	// MemoryLimit is how many bytes the heap of the process may have in use: while it
	// has more, no device begins before another has ended. What one may take at worst
	// stands in docs/limits.md; a process should have GOMEMLIMIT set, too, so that it
	// collects its garbage before. Zero: no limit.
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
	// are under way at most; zero: no time, and any number. A CA is told by
	// [Options].Issuer, or by the server of [Options].SCEP; its Challenge is called
	// once the turn has come, so one-time passwords are fetched when they are needed.
	CAInterval    time.Duration
	CAOutstanding int
	// DeviceTime is what a device may take: with less left of its window, it is not
	// begun. Zero: once each of what Options gives for making a key, for jobs to end
	// and for a restart; 35 min if it gives nothing.
	DeviceTime time.Duration

	open bool // windows are not looked at
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
		c.BeforeRestart, c.pace = restartIn(m, slots, c.BeforeRestart, c.Options), pace
		if m.Window != nil {
			c.mayRestart = func() error { return m.Window.Fits(c.Now(), c.Timeouts.Restart) }
		}
		r, err := do(ctx, d, m, c)
		if r == nil {
			return nil, ExitOf(err), err
		}
		r.Address = addressOf(d.URL)
		return r, r.Exit, err
	}, func(d Device, c *call, err error) *Report {
		r, _ := (&Report{Address: addressOf(d.URL), Device: DeviceInfo{URL: addressOf(d.URL)}, Started: c.Now()}).end(c, err)
		return r
	})
}

// restartIn waits for the group's turn, looks at the window, and asks whom the
// caller wants asked.
func restartIn(m FleetMember, slots *fleet.Slots, also func(context.Context, DeviceInfo) (func(), error), o *Options) func(context.Context, DeviceInfo) (func(), error) {
	return func(ctx context.Context, d DeviceInfo) (func(), error) {
		release, err := slots.Take(ctx, m.Groups)
		if err != nil {
			return nil, err
		}
		done := release
		if also != nil {
			theirs, err := also(ctx, d)
			done = func() {
				defer release()
				if theirs != nil {
					theirs()
				}
			}
			if err != nil {
				return done, err
			}
		}
		if m.Window != nil {
			return done, m.Window.Fits(o.Now(), o.Timeouts.Jobs+o.Timeouts.Restart)
		}
		return done, nil
	}
}

// roster is what AssessAll and RemediateAll know of where devices are and were: an
// address says little of which device has it today.
type roster struct {
	listed map[string]Device                         // of the call, by host
	pinned map[string]map[remoteui.SPKIHash][]string // by Options.Dir, from before the call
	atHome sync.Map                                  // hosts that were met where they were known
}

var errMoved = errors.New("it is known under another address")

// add notes a device of the call, and reads what its state directory knows.
func (r *roster) add(d Device, o *Options) error {
	r.listed[address.Device(d.URL)] = d
	if r.pinned[o.Dir] != nil {
		return nil
	}
	dir, err := o.openState(true)
	if err != nil {
		return err
	}
	defer dir.Close()
	r.pinned[o.Dir], err = dir.Pinned()
	return err
}

// moved reports whether a key is that of one device, which is known under another
// address. Of devices that share a key nothing is known by it.
func (r *roster) moved(dir, host string, key remoteui.SPKIHash) bool {
	hosts := r.pinned[dir][key]
	return len(hosts) == 1 && hosts[0] != host
}

// met decides which device it is whose key was refused at its address: the one that
// has moved there, which is known then; a new one that shares its key, of which
// nothing is known; or the refusal stands.
func (o *call) met(ctx context.Context, d Device, refused *remoteui.IdentityError) error {
	r := o.roster
	if !r.moved(o.Dir, address.Device(d.URL), refused.Got) {
		return refused
	}
	known := r.pinned[o.Dir][refused.Got][0]
	there, listed := r.listed[known]
	if !listed {
		there = Device{URL: known, DialContext: d.DialContext}
	}
	_, atHome := r.atHome.Load(known)
	switch {
	case slices.Contains(d.Pins, refused.Got): // the list itself says which device it is
	case atHome || there.presents(ctx, refused.Got):
		o.roster = nil
		return nil
	case listed:
		return &remoteui.IdentityError{Addr: refused.Addr, Got: refused.Got, Reason: fmt.Sprintf("it is the device that was known as %s, which has a line of its own: addresses have changed since the list was made", known)}
	}
	o.known = known
	o.event(EventNotice, "", "it is the device that was known as "+known+": what is known of that goes on")
	return nil
}

// presents reports whether a key is seen at a device's address now.
func (d *Device) presents(ctx context.Context, key remoteui.SPKIHash) bool {
	u, err := address.Parse(d.URL)
	if err != nil {
		return false
	}
	ports := []string{"8443", "443"}
	if u.Port() != "" {
		ports = []string{u.Port()}
	}
	return slices.ContainsFunc(ports, func(port string) bool {
		return d.seen(ctx, net.JoinHostPort(u.Hostname(), port)) == key
	})
}

// seen is the key that is presented at an address; zero: none.
func (d *Device) seen(ctx context.Context, addr string) (key remoteui.SPKIHash) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	seen, err := keys.ServedCertificate(ctx, d.DialContext, addr)
	if err != nil {
		return key
	}
	if cert, err := oddcert.Parse(seen.Chain[0]); err == nil {
		key = remoteui.HashSPKI(cert)
	}
	return key
}

// recognise finds out, before the journal is read, under which address the device of a
// kept plan is known. The session looks at its key once more.
func (o *call) recognise(ctx context.Context, d Device, dir *state.Dir, at string) error {
	o.meet(d)
	host := address.Device(d.URL)
	u, err := address.Parse(at)
	if _, known, e := dir.Pin(host); err != nil || e != nil || known || o.roster == nil || len(o.roster.pinned[o.Dir]) == 0 {
		return errors.Join(err, e)
	}
	key := d.seen(ctx, u.Host)
	if !o.roster.moved(o.Dir, host, key) {
		return nil
	}
	return o.met(ctx, d, &remoteui.IdentityError{Addr: u.Host, Got: key, Reason: errMoved.Error()})
}

// atCA waits for a turn at a CA, and returns what ends it.
func (o *call) atCA(ctx context.Context, ca any) (done func(), err error) {
	if o.pace == nil {
		return func() {}, nil
	}
	if !reflect.ValueOf(ca).Comparable() { // a CA that can be told by its type alone
		ca = reflect.TypeOf(ca)
	}
	o.event(EventProgress, row.IssueCertificate, "waiting for a turn at the CA")
	return o.pace.Take(ctx, ca)
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
		known := &roster{listed: map[string]Device{}, pinned: map[string]map[remoteui.SPKIHash][]string{}}
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
				c.roster, err = known, known.add(d, c.Options)
			}
			u := fleet.Unit[*R]{Credential: d.credential(salt), Do: func(ctx context.Context) fleet.End[*R] {
				if err != nil {
					return fleet.End[*R]{Outcome: fleet.Failed, Err: err}
				}
				v, exit, err := do(ctx, d, m, c)
				err = ended(ctx, err)
				return fleet.End[*R]{Value: v, Err: err, Outcome: fleet.Outcome(FleetOutcomeOf(exit, err)), Login: c.login(err)}
			}}
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
		for r := range fleet.Run(ctx, units, f.scheduling()) {
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

func (o *FleetOptions) scheduling() fleet.Options {
	s := fleet.Options{Concurrency: o.Concurrency, MaxFailures: o.MaxFailures, MaxFailurePercent: o.MaxFailurePercent, MaxRefusals: o.MaxRefusals}
	if o.MemoryLimit > 0 {
		s.Full = func() bool { return heapInUse() > uint64(o.MemoryLimit) }
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

// heapInUse is what the objects on the heap take, garbage that was not collected yet
// included.
func heapInUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

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
