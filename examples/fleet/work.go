package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/fleet/compare"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys"
)

func sequence(devices []rekey.Device) iter.Seq2[rekey.Device, error] {
	return func(yield func(rekey.Device, error) bool) {
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// tally are the lines of the devices, and their count.
type tally struct {
	*config
	all    int
	looks  bool // nothing is done
	began  time.Time
	counts map[rekey.FleetOutcome]int

	mu           sync.Mutex // what follows is told while devices are at work
	ended        int
	told         int // tenths of all that have ended
	restarting   int
	wave, inWave int
}

// tally begins the display, where there is a terminal; last ends it.
func (c *config) tally(all int) *tally {
	t := &tally{config: c, all: all, began: time.Now(), counts: map[rekey.FleetOutcome]int{}}
	if !c.json {
		c.live = newLive(c.streams, c.Voice)
	}
	if c.live != nil {
		c.streams = &streams{in: c.in, stdout: c.live, errs: c.errs, asks: c.asks, adjust: c.adjust, under: c.streams}
		if terminal.Is(c.errs) {
			c.errs = c.live
		}
		t.progress("")
	}
	return t
}

// What is said of a device that was looked at, in the place of an outcome.
const (
	weak     rekey.FleetOutcome = "weak" // a key is proved weak
	lookedAt rekey.FleetOutcome = "looked at"
)

// outcomes in the order in which they are told.
var outcomes = []rekey.FleetOutcome{
	weak, lookedAt, rekey.FleetDone, rekey.FleetWithheld, rekey.FleetHeld, rekey.FleetUnsupported,
	rekey.FleetUnreachable, rekey.FleetFailed, rekey.FleetInterrupted, rekey.FleetNotStarted,
}

// line tells of a device that has ended.
func (t *tally) line(url string, outcome rekey.FleetOutcome, exit rekey.Exit, err error, says string) {
	if err != nil {
		says, _, _ = strings.Cut(err.Error(), "\n")
		says = strings.Replace(says, "planned: "+string(outcome)+": ", "planned: ", 1)
	}
	if t.live != nil {
		t.live.ended(url)
	}
	t.device(outcome, url, strings.TrimPrefix(says, string(outcome)+": "), &exit)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[outcome]++
	t.ended++
	t.inWave++
	t.progress("")
}

// device says what became of a device.
func (c *config) device(outcome rekey.FleetOutcome, url, says string, exit *rekey.Exit) {
	if !c.json {
		c.row(string(outcome), url, says)
		return
	}
	c.object(struct {
		Outcome rekey.FleetOutcome `json:"outcome"`
		URL     string             `json:"url"`
		Says    string             `json:"says"`
		Exit    *rekey.Exit        `json:"exit,omitempty"` // not of who was left out
	}{outcome, url, says, exit})
}

func (c *config) object(v any) {
	if err := program.Object(c.stdout, v); err != nil {
		c.note(err)
	}
}

// row is the line of a device, its first cell aligned with those of the others.
func (c *config) row(outcome, url, says string) {
	c.Print(c.stdout, wording.Pad(c.Tell(outcome), 11)+"  "+printable.Text(url)+"  "+c.Tell(says))
}

// progress says how far it is. The caller holds mu.
func (t *tally) progress(what string) {
	left, took := time.Duration(0), time.Since(t.began)
	if t.ended > 0 && t.ended < t.all && took > time.Second {
		left = took / time.Duration(t.ended) * time.Duration(t.all-t.ended)
	}
	if t.live != nil {
		h := head{all: t.all, ended: t.ended, restarting: t.restarting, counts: maps.Clone(t.counts), wave: t.wave, inWave: t.inWave}
		if left > 0 {
			h.until = time.Now().Add(left)
		}
		t.live.change(func() { t.live.head = h })
		return
	}
	// Of many, a line for each is a log that nobody reads.
	tenth := t.ended * 10 / max(t.all, 1)
	if what == "" && tenth == t.told {
		return
	}
	t.told = tenth
	if t.looks {
		t.Line(t.errs, "%d of %d looked at", t.ended, t.all)
		return
	}
	text := t.Say("%d of %d ended, %d restarting", t.ended, t.all, t.restarting)
	if left > 0 {
		text = t.Say("%d of %d ended, %d restarting, about %v left", t.ended, t.all, t.restarting, left.Round(time.Second))
	}
	t.Print(t.errs, what+text)
}

// last counts, and returns the exit code.
func (t *tally) last() int {
	if t.live != nil {
		t.live.close()
		t.streams, t.live = t.under, nil
	}
	parts := []string{t.Say("%d devices", t.all)}
	for _, o := range outcomes {
		if t.counts[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t.counts[o], t.Tell(string(o))))
		}
	}
	if t.config.counts = t.counts; !t.json {
		t.Print(t.stdout, t.List(parts...))
	}
	for _, e := range exits {
		for _, o := range e.of {
			if t.counts[o] > 0 {
				return e.exit.Code
			}
		}
	}
	return 0
}

// look assesses all devices, says what their keys have in common, and plans.
func (c *config) look(ctx context.Context, devices []rekey.Device) (*change.Plan, int) {
	t, p := c.tally(len(devices)), change.New(c.change, c.as, time.Now(), c.expires)
	t.looks, c.unplanned = true, map[string]error{}
	var all compare.Keys
	for a, err := range rekey.AssessAll(ctx, sequence(devices), &c.fleet) {
		options := c.members[change.Key(a.Address)].Options
		c.assessed(a, err)
		all.Add(a)
		p.Add(a, options, err)
		proved := 0
		for i := range a.Keys {
			if a.Keys[i].Finding.State == keys.Proved {
				proved++
			}
		}
		says := fmt.Sprintf("%s, %d of %d keys proved weak", modelOf(a.Device), proved, len(a.Keys))
		if d := p.Device(a.Address); err == nil && (c.plan || c.run) {
			if says += "; " + planned(d); d.Plan == nil {
				_, err = a.Plan(options)
			}
		}
		if err != nil {
			c.unplanned[change.Key(a.Address)] = err
		}
		outcome := rekey.FleetOutcomeOf(rekey.ExitOf(err), err)
		if outcome == rekey.FleetDone { // nothing was done yet
			if outcome = lookedAt; proved > 0 {
				outcome = weak
			}
		}
		t.line(a.Address, outcome, rekey.ExitOf(err), err, says)
	}
	p.Seal()
	found, err := all.Findings(ctx)
	if err != nil {
		c.fail(fmt.Errorf("keys were not compared: %w", err))
	}
	c.records.fleet.Shared = found
	for _, f := range found {
		if c.json {
			c.object(map[string]compare.Finding{"finding": f})
			continue
		}
		c.row("finding", f.String(), "")
	}
	return p, t.last()
}

func modelOf(d rekey.DeviceInfo) string { return cmp.Or(d.Model, "a model that is not known") }

// planned says what a plan does to a device.
func planned(d *change.Device) string {
	switch p := d.Plan; {
	case p == nil:
		return "no plan: " + d.Why
	case p.Empty():
		return "nothing to do"
	default:
		var all []string
		for _, c := range p.Changes {
			all = append(all, fmt.Sprintf("%s of key %q", c.Title(), c.OldKey.Name))
		}
		return fmt.Sprintf("to replace: %s; restarts: %d", strings.Join(all, ", "), p.Restarts)
	}
}

func (c *config) show(p *change.Plan) {
	for i := range p.Devices {
		c.Print(c.stdout, printable.Text(p.Devices[i].URL)+"  "+c.Tell(planned(&p.Devices[i])))
	}
}

// remediate replaces weak keys, as a plan says that may be nil, and keeps what became
// of each device.
func (c *config) remediate(ctx context.Context, devices []rekey.Device, p *change.Plan) int {
	l, err := c.ledger()
	if err != nil {
		c.fail(err)
		return exitUsage
	}
	defer l.Close()
	digest := "" // of what -resume goes on with
	if c.apply != "" {
		digest = p.Digest
	}
	t := c.tally(len(devices))
	var left []rekey.Device
	var alone []func() // told once it is known of how many
	for _, d := range devices {
		m, says, err := c.members[change.Key(d.URL)], "", c.unplanned[change.Key(d.URL)]
		if p != nil && err == nil {
			if m, err = p.Member(d, m); err == nil && c.apply == "" {
				m.Options.Authorization = nil // somebody at the terminal agreed, and nothing was written down
			}
		}
		again := true
		if err == nil && (c.apply != "" || c.resume || c.onlyFailed) {
			var last *change.Entry
			if again, last, err = l.Left(d, digest, c.onlyFailed); err == nil && !again {
				says = "not asked for"
				if last != nil {
					says = fmt.Sprintf("%s by an earlier run, %s", last.Outcome, last.At.Local().Format(time.DateTime))
				}
			}
		}
		switch {
		case err != nil:
			exit := rekey.ExitOf(err)
			if u, ok := errors.AsType[*change.UnplannedError](err); ok {
				exit = u.Exit
			} else if _, other := errors.AsType[*rekey.SerialError](err); !other && c.unplanned[change.Key(d.URL)] == nil {
				exit = rekey.ExitOf(rekey.ErrUnfinished)
			}
			alone = append(alone, func() {
				c.leftAlone(d.URL, exit, err)
				t.line(d.URL, rekey.FleetOutcomeOf(exit, err), exit, err, "")
			})
		case !again:
			c.device("left out", d.URL, says, nil)
			t.all--
		default:
			c.members[change.Key(d.URL)] = m
			left = append(left, d)
		}
	}
	for _, tell := range alone {
		tell()
	}
	for url, m := range c.members {
		own := *m.Options
		own.BeforeRestart = t.restart
		m.Options = &own
		c.members[url] = m
	}
	if c.fleet.Gate = t.gate; c.fleet.Waves == nil || len(c.fleet.Waves) > 0 {
		t.wave = 1
	}
	t.inWave = 0 // who was left alone or out is in none
	for r, err := range rekey.RemediateAll(ctx, sequence(left), &c.fleet) {
		c.remediated(r, err)
		verified := 0
		for _, u := range r.Usages {
			if u.Verified {
				verified++
			}
		}
		outcome := rekey.FleetOutcomeOf(r.Exit, err)
		t.line(r.Address, outcome, r.Exit, err, fmt.Sprintf("%s, %d usages with a new key, %d tasks for people", modelOf(r.Device), verified, len(r.Tasks)))
		if err := l.Record(change.Entry{URL: r.Address, Serial: c.names[change.Key(r.Address)].Serial, Outcome: outcome, Exit: r.Exit, Says: r.Error, At: time.Now(), Plan: digest}); err != nil {
			c.fail(fmt.Errorf("what became of %s could not be kept: %w", r.Address, err))
		}
	}
	return t.last()
}

// restart counts the devices that restart.
func (t *tally) restart(_ context.Context, d rekey.DeviceInfo) (func(), error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restarting++
	t.progress(t.Say("%s restarts", d.URL) + "; ")
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.restarting--; t.live != nil {
			t.progress("")
		}
	}, nil
}
