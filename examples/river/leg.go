package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

var (
	errLost    = errors.New("this worker may not work on the device any more: its lease is over, or the database is away")
	errLegOver = fmt.Errorf("the leg is over, the next one goes on: %w", context.Canceled)
)

// legs works on devices, a leg at a time. What River sees is a job that is snoozed
// until the device is finished.
type legs struct {
	river.WorkerDefaults[legArgs]
	*store
	config *workConfig
	me     string
	locks  locks
}

// leg is a worker's time with a device.
type leg struct {
	*legs
	args   legArgs
	job    *river.Job[legArgs]
	n      int64
	site   string
	groups []string
	target target
	misses int
	since  *time.Time    // when a restart began
	takes  time.Duration // so long the window has to be open
	lock   *pgx.Conn
	lose   context.CancelCauseFunc

	mu       sync.Mutex
	deadline time.Time // of the lease, by this machine's clock
	dir      *directory
	events   []rekey.Event
	told     int // of events
	accepted bool
	// mayRestart: the device was, or is about to be, told to; restart: it was doing so
	// when the leg ended.
	mayRestart, restart bool
	waits               bool // for its turn to restart
	patience            *time.Timer
}

func (w *legs) Work(ctx context.Context, job *river.Job[legArgs]) error {
	l, wait, err := w.claim(ctx, job)
	switch {
	case err != nil:
		return err
	case wait > 0:
		return river.JobSnooze(wait)
	case l == nil:
		return nil
	}
	defer l.unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, w.config.leg, errLegOver)
	defer cancel()
	ctx, l.lose = context.WithCancelCause(ctx)
	defer l.lose(nil)
	beating := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(beating); l.beat(stop) }()
	snooze, err := l.run(ctx)
	close(stop)
	<-beating
	switch {
	case err != nil:
		return err // nothing of the end was stored: the supervisor sees to it
	case snooze > 0:
		return river.JobSnooze(snooze)
	}
	return nil
}

// claim makes the device this worker's: first by a lock that ends with the process,
// then by the lease. No leg and no time to wait: the job is one of the past.
func (w *legs) claim(ctx context.Context, job *river.Job[legArgs]) (_ *leg, wait time.Duration, err error) {
	l := &leg{legs: w, args: job.Args, job: job}
	if l.lock, err = w.locks.take(ctx, job.Args.Device); err != nil || l.lock == nil {
		return nil, w.config.lease / 6, err // its last worker still breathes
	}
	began := time.Now()
	err = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		var credential string
		var entry []byte
		var cut int
		var accepted bool
		err := tx.QueryRow(ctx, `SELECT credential, entry, site, groups, cut, accepted, misses, restarting FROM rekey_device
			WHERE id = $1 AND ticket = $2 AND state IN ('queued', 'snoozed') AND owner IS NULL FOR UPDATE`,
			l.args.Device, l.args.Ticket).Scan(&credential, &entry, &l.site, &l.groups, &cut, &accepted, &l.misses, &l.since)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(entry, &l.target); err != nil {
			return err
		}
		if cut >= w.config.maxLegs {
			return l.leave(ctx, tx, rekey.FleetFailed, fmt.Sprintf("not finished: %d legs were cut short", cut))
		}
		if why, err := stopped(ctx, tx); err != nil {
			return err
		} else if why != "" && !accepted && l.since == nil && cut == 0 { // what was begun is finished
			return l.leave(ctx, tx, rekey.FleetHeld, why)
		}
		if err := l.opens(accepted || cut > 0); err != nil {
			wait = w.config.wait
			_, err = tx.Exec(ctx, `UPDATE rekey_device SET says = $2 WHERE id = $1`, l.args.Device, err.Error())
			return err
		}
		if held, alone, err := brake(ctx, tx, l.args.Device, credential); err != nil {
			return err
		} else if held {
			return l.leave(ctx, tx, rekey.FleetHeld, "its password was refused by another device")
		} else if alone {
			wait = w.config.lease / 6
			return nil
		}
		err = tx.QueryRow(ctx, `UPDATE rekey_device SET state = 'working', says = '', owner = $2, until = now() + $3::interval, leg = leg + 1, updated = now()
			WHERE id = $1 RETURNING leg`, l.args.Device, w.me, w.config.lease).Scan(&l.n)
		if err != nil {
			return err
		}
		return record(ctx, tx, l.message("begun", ""))
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	if err != nil || l.n == 0 {
		l.unlock()
		return nil, wait, err
	}
	l.deadline = began.Add(w.config.lease)
	return l, 0, nil
}

// opens is an error if the device's window is not open for what is left to do: all of it,
// what is left before the next restart, or the look at a device that has restarted.
func (l *leg) opens(begun bool) error {
	e, err := l.target.entry()
	if err != nil || e.Window == nil {
		return err
	}
	t := l.config.options.Timeouts
	switch l.takes = jobsTime + t.Restart; {
	case l.since != nil:
		l.takes = 1
	case !begun:
		l.takes += generateTime
	}
	return e.Window.Fits(time.Now(), l.takes)
}

// The library's defaults.
const generateTime, jobsTime = 10 * time.Minute, 10 * time.Minute

// brake asks whether the device's password was refused elsewhere, and whether it has
// to wait because another device is being asked whether it takes it.
func brake(ctx context.Context, tx pgx.Tx, device, credential string) (held, alone bool, err error) {
	if credential == "" {
		return false, false, nil
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('rekey credential ' || $1, 0))`, credential); err != nil {
		return false, false, err
	}
	err = tx.QueryRow(ctx, `SELECT coalesce(bool_or(refused), false), NOT coalesce(bool_or(accepted), false) AND coalesce(bool_or(owner IS NOT NULL), false)
		FROM rekey_device WHERE credential = $1 AND id <> $2`, credential, device).Scan(&held, &alone)
	return held, alone, err
}

// leave finishes a device without speaking to it.
func (l *leg) leave(ctx context.Context, tx pgx.Tx, outcome rekey.FleetOutcome, why string) error {
	if _, err := tx.Exec(ctx, `UPDATE rekey_device SET state = $2, says = $3, down = false, updated = now() WHERE id = $1`, l.args.Device, outcome, why); err != nil {
		return err
	}
	if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, l.job); err != nil {
		return err
	}
	return record(ctx, tx, l.message(string(outcome), why))
}

func (l *leg) message(what, says string) message {
	return message{Device: l.args.Device, Site: l.site, Leg: l.n, What: what, By: l.me, Says: says}
}

// run is the leg itself. It returns how long to wait before the next, zero if there is
// none.
func (l *leg) run(ctx context.Context) (time.Duration, error) {
	var err error
	if l.dir, err = l.open(ctx); err != nil {
		return 0, err
	}
	defer l.dir.remove()
	r, err := l.remediate(ctx)
	return l.finish(ctx, r, err)
}

func (l *leg) remediate(ctx context.Context) (*rekey.Report, error) {
	entry, err := l.target.entry()
	if err != nil {
		return nil, err
	}
	device, err := entry.Device()
	if err != nil { // its password is not here
		return nil, &rekey.HeldError{URL: entry.Address, Why: err.Error(), Err: err}
	}
	o := l.config.options
	o.Dir = l.dir.path
	o.OnEvent = l.event
	ctx, over := context.WithCancelCause(ctx)
	defer over(nil)
	o.BeforeRestart = func(ctx context.Context, _ rekey.DeviceInfo) (func(), error) {
		if err := l.goDown(ctx); err != nil {
			return nil, err
		}
		l.restarts(true)
		return func() {
			l.restarts(false)
			if !l.snoozes() {
				l.isUp()
			}
		}, nil
	}
	o.BeforeCA = l.atCA
	dial := (&net.Dialer{}).DialContext
	if l.config.adjust != nil {
		dial = l.config.adjust(&o)
	}
	device.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := l.before(); err != nil {
			return nil, err
		}
		c, err := dial(ctx, network, address)
		if err != nil {
			l.down(over)
			return nil, err
		}
		return &gated{c, l}, nil
	}
	one := func(yield func(rekey.Device, error) bool) { yield(device, nil) }
	for r, err := range rekey.RemediateAll(ctx, one, &rekey.FleetOptions{
		Waves: []rekey.Wave{}, DeviceTime: l.takes,
		Member: func(rekey.Device) rekey.FleetMember { return entry.Member(&o) },
	}) {
		if err != nil && ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		return r, err
	}
	return nil, errors.New("no report")
}

// snoozes reports whether the leg ended while the device was down.
func (l *leg) snoozes() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since != nil && l.restart
}

func (l *leg) restarts(may bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted, l.mayRestart = true, may
	if !may && l.patience != nil {
		l.patience.Stop()
	}
}

// down says that the device takes no connection. If it was about to restart, it does:
// somebody else may have this worker after a while.
func (l *leg) down(over context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.mayRestart || l.patience != nil {
		return
	}
	if l.since == nil {
		now := time.Now()
		l.since = &now
	}
	l.patience = time.AfterFunc(l.config.patience, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.restart = true
		over(errLegOver)
	})
}

func (l *leg) event(e rekey.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// gated is a connection to the device. Nothing is sent before all that the state
// directory holds by then is in the database: whatever this request does to the
// device, another worker knows that it was about to happen.
type gated struct {
	net.Conn
	leg *leg
}

func (g *gated) Write(b []byte) (int, error) {
	if err := g.leg.before(); err != nil {
		_ = g.Conn.Close()
		return 0, err
	}
	return g.Conn.Write(b)
}

// before stores what is not stored, and says whether the device may be spoken to.
func (l *leg) before() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mine(); err != nil {
		return err
	}
	changed, err := l.dir.changed()
	if err == nil && len(changed) > 0 {
		ctx, cancel := context.WithDeadline(context.Background(), l.deadline)
		defer cancel()
		err = pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error { return l.write(ctx, tx, changed) })
		if err == nil {
			l.stored(changed)
		}
	}
	if err != nil {
		l.lose(errors.Join(errLost, err))
		return err
	}
	return l.mine()
}

// mine says whether the lease still holds, by both clocks: one of them stands still
// while a machine sleeps.
func (l *leg) mine() error {
	if now := time.Now(); now.After(l.deadline) || now.Round(0).After(l.deadline.Round(0)) {
		l.lose(errLost)
		return errLost
	}
	return nil
}

// fence keeps the row until the transaction ends, if it is still this leg's.
func (l *leg) fence(ctx context.Context, tx pgx.Tx) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM rekey_device WHERE id = $1 AND owner = $2 AND ticket = $3 AND leg = $4 AND until > now() FOR UPDATE`,
		l.args.Device, l.me, l.args.Ticket, l.n).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return errLost
	}
	return err
}

// write writes the files that changed, and the events until now.
func (l *leg) write(ctx context.Context, tx pgx.Tx, changed map[string][]byte) error {
	if err := l.fence(ctx, tx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	for path, content := range changed {
		if content == nil { // evidence is never taken out
			b.Queue(`DELETE FROM rekey_file WHERE device = $1 AND path = $2 AND path NOT LIKE 'evidence/%'`, l.args.Device, path)
			continue
		}
		b.Queue(`INSERT INTO rekey_file (device, path, content, leg) VALUES ($1, $2, $3, $4)
			ON CONFLICT (device, path) DO UPDATE SET content = $3, leg = $4`, l.args.Device, path, content, l.n)
	}
	for i, e := range l.events[l.told:] {
		b.Queue(`INSERT INTO rekey_event VALUES ($1, $2, $3, $4, $5, $6, $7)`, l.args.Device, l.n, l.told+i, e.Time, e.Kind, e.Step, clean(e.Text))
	}
	return tx.SendBatch(ctx, b).Close()
}

func (l *leg) stored(changed map[string][]byte) {
	l.dir.stored(changed)
	l.told = len(l.events)
}

// clean is a text that PostgreSQL takes.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// finish stores how the leg ended and gives the device back, in one transaction.
func (l *leg) finish(ctx context.Context, r *rekey.Report, err error) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.judge(ctx, r, err)
	if lost := l.mine(); lost != nil {
		return 0, lost
	}
	changed, err := l.dir.changed()
	if err != nil {
		return 0, err
	}
	report, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	m := l.message(e.state, e.says)
	if r != nil {
		sum := sha256.Sum256(report)
		m.Exit, m.Report = r.Exit.Class, hex.EncodeToString(sum[:])
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), l.deadline)
	defer cancel()
	return e.snooze, pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		if err := l.write(ctx, tx, changed); err != nil {
			return err
		}
		if r != nil {
			if _, err := tx.Exec(ctx, `INSERT INTO rekey_report VALUES ($1, $2, $3)`, l.args.Device, l.n, string(report)); err != nil {
				return err
			}
		}
		// Who is snoozed is left alone by the supervisor until he is late.
		_, err := tx.Exec(ctx, `UPDATE rekey_device SET state = $2, owner = NULL, until = now() + $3::interval, misses = $4, restarting = $5,
			accepted = accepted OR $6, refused = $7, says = $8, cut = cut + $9, down = $10, asks = '', updated = now() WHERE id = $1`,
			l.args.Device, e.state, e.snooze+l.config.lease, e.misses, e.restarting, l.accepted || e.accepted, e.refused, e.says, e.cut, e.restarting != nil)
		if err != nil {
			return err
		}
		if e.snooze == 0 {
			if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, l.job); err != nil {
				return err
			}
		}
		return record(ctx, tx, m)
	})
}

// end is what comes of a leg.
type end struct {
	state             string
	says              string
	snooze            time.Duration // before the next; zero: there is none
	cut, misses       int
	restarting        *time.Time
	accepted, refused bool
}

func (l *leg) judge(ctx context.Context, r *rekey.Report, err error) end {
	exit := rekey.ExitOf(err)
	if r != nil {
		exit = r.Exit
	}
	e := end{state: snoozed, restarting: l.since}
	if err != nil {
		e.says, _, _ = strings.Cut(clean(err.Error()), "\n")
	}
	_, held := errors.AsType[*rekey.HeldError](err) // never contacted, the window is closed, say
	patient := e.restarting != nil && time.Since(*e.restarting) < l.config.options.Timeouts.Restart
	switch {
	case errors.Is(err, errLegOver) && l.restart:
		e.snooze, e.cut = l.config.restart, 1
	case exit.Class == rekey.ExitUnreachable && patient:
		e.snooze = l.config.restart
	case l.waits && (errors.Is(err, errLegOver) || exit.Class == rekey.ExitWaiting): // for others
		e.snooze = l.config.restart
	case errors.Is(err, errLegOver):
		e.snooze, e.cut = time.Second, 1
	case err != nil && ctx.Err() != nil:
		e.snooze = time.Second // the worker ends; the device goes on elsewhere
	case exit.Class == rekey.ExitWaiting, exit.Class == rekey.ExitLocked:
		e.snooze, e.accepted = l.config.wait, !held
	case exit.Class == rekey.ExitUnreachable && l.misses+1 < maxMisses:
		e.snooze, e.misses = l.config.wait, l.misses+1
	default:
		e.state, e.restarting = string(rekey.FleetOutcomeOf(exit, err)), nil
		e.accepted = !held && (exit.Class == rekey.ExitDone || exit.Class == rekey.ExitDecision)
	}
	_, locked := errors.AsType[*remoteui.LockedError](err)
	refused, ok := errors.AsType[*remoteui.LoginError](err)
	e.refused = locked || ok && !refused.Missing && refused.Failure == remoteui.WrongCredential
	return e
}

// maxMisses is how many legs in a row a device may not answer.
const maxMisses = 3

// beat tells the database that this worker lives, three times in a lease. It does so
// over the connection that has the lock: whoever lost one has lost both.
func (l *leg) beat(stop <-chan struct{}) {
	tick := time.NewTicker(l.config.lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		began := time.Now()
		ok, err := l.locks.beat(l.lock, l)
		if err != nil || !ok {
			l.lose(errors.Join(errLost, err))
			return
		}
		l.mu.Lock()
		l.deadline = began.Add(l.config.lease)
		l.mu.Unlock()
	}
}

func (l *leg) unlock() { l.locks.give(l.lock, l.args.Device) }

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "?"
	}
	return name
}
