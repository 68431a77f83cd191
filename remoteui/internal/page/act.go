package page

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// act is one load, click or change: its answers, its budget, and what came of
// it.
type act struct {
	ctx    context.Context   // lives as long as the act, which is one call
	budget time.Duration     // script time that is left
	begun  float64           // virtual ms when it began
	passed float64           // virtual ms since, without an engine
	answer func(string) bool // to a question; nil: no
	denied bool              // a question was answered with no

	patience time.Duration // real time that may pass between polls
	slept    time.Duration // of it, so far
	requests int           // that scripts have made
	answered int
	clicking bool // the handlers of a click run, and nothing that comes later
	settling bool // ends as soon as something changes
	paused   bool // stopped before a timer of a page that polls
	changed  bool // what a person sees is not what it was
	look     uint64
	looking  time.Duration // time spent looking at the page

	behind     *act            // what it does to the page that opened its window; nil: nothing yet
	lookBehind uint64          // what was seen of that before
	closing    bool            // its small window is to be closed
	closes     map[string]bool // small windows that it closes

	alerts, asked []string
	failed        *ScriptError // the first thing a handler threw
	pending       *Navigation
	elsewhere     []*Request // for other frames of the window, in order
	opened        string
	file          *File // that a script made, and has saved

	parsing bool             // the parser waits: what is written goes into the source
	written strings.Builder  // by the running script
	rewrite *strings.Builder // a new document that replaces this one
	deaf    bool             // what is written is ignored, as from late script files
	queue   []func() error   // what happens when the running script has ended
}

// maxDialogs bounds the messages of one act.
const maxDialogs = 1000

// note records the text of a dialog.
func (o *act) note(texts *[]string, text string) error {
	if len(*texts) >= maxDialogs {
		return &LimitError{Limit: "dialogs", Max: fmt.Sprint(maxDialogs)}
	}
	*texts = append(*texts, clip(text, 4000))
	return nil
}

// actPatience is the real time that an act waits for the timers of a page that
// polls; what comes later is for [Page.Settle].
const actPatience = 300 * time.Millisecond

// perform runs do as one act, then what it left to be done, the requests that
// scripts made, and timers up to horizon. answer answers questions; nil: no.
func (p *Page) perform(ctx context.Context, answer func(string) bool, horizon time.Duration, do func() error) (*act, error) {
	return p.proceed(&act{ctx: ctx, budget: p.limits.ScriptTime, answer: answer, patience: actPatience}, horizon, do)
}

func (p *Page) proceed(o *act, horizon time.Duration, do func() error) (*act, error) {
	if p.closed {
		return nil, ErrClosed
	}
	p.op = o
	if err := p.beginTime(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{do, p.drain, func() error { o.clicking = false; return p.goOn(horizon) }, p.finishBehind} {
		if err := step(); err != nil {
			return nil, p.ended(err)
		}
	}
	return p.op, nil
}

// ended makes the page unusable where a limit left it half done.
func (p *Page) ended(err error) error {
	err = limitError(err)
	if _, ok := errors.AsType[*LimitError](err); ok || errors.Is(err, ErrClosed) || p.op.ctx.Err() != nil {
		p.Close()
	}
	return err
}

func (p *Page) beginTime() error {
	if !p.timed {
		return nil
	}
	ms, err := p.call("virtual")
	p.op.begun = number(ms)
	return err
}

// drain does what scripts asked for, until nothing is left.
func (p *Page) drain() error {
	for len(p.op.queue) > 0 || p.op.rewrite != nil {
		if len(p.op.queue) == 0 {
			if err := p.replaceDocument(); err != nil {
				return err
			}
			continue
		}
		next := p.op.queue[0]
		p.op.queue = p.op.queue[1:]
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// goOn makes the requests of scripts and runs timers, up to horizon or until
// the page leaves for another. The time of a page without requests is virtual:
// one-shot timers beyond the horizon are dropped, for nobody waits that long. A
// page that has made a request may poll: its time is real, and what it still
// waits for when the act has no more patience is kept for [Page.Settle].
func (p *Page) goOn(horizon time.Duration) error {
	end := p.op.begun + float64(horizon.Milliseconds())
	for range p.limits.Timers {
		next, err := p.nextEvent(end)
		if err != nil || next == nil {
			return err
		}
		if err := next(); err != nil {
			return err
		}
		if err := p.drain(); err != nil {
			return err
		}
		if p.op.settling {
			if done, err := p.happened(); done || err != nil {
				return err
			}
		}
	}
	if p.polls {
		return nil
	}
	_, err := p.call("dropTimers")
	return err
}

// nextEvent is what happens next: the answer to a request, or a timer; nil if
// nothing does within this act.
func (p *Page) nextEvent(end float64) (func() error, error) {
	if len(p.requests) > 0 {
		return p.answer, nil
	}
	if p.soon != nil {
		if p.op.pending != nil || p.soon.at > end {
			p.soon = nil
			return nil, nil
		}
		return p.runSoon, nil
	}
	if !p.timed {
		return nil, nil
	}
	due, err := p.call("nextTimer")
	if err != nil {
		return nil, err
	}
	at := number(due)
	left := due == nil || at < 0 || p.op.pending != nil
	switch {
	case !p.polls && (left || at > end):
		_, err := p.call("dropTimers")
		return nil, err
	case left:
		return nil, nil
	case !p.polls:
		return func() error { return p.runTimer(at, false) }, nil
	}
	return p.realTimer(at)
}

// realTimer lets the time until a timer really pass, if the act has the
// patience.
func (p *Page) realTimer(at float64) (func() error, error) {
	now, err := p.call("virtual")
	if err != nil {
		return nil, err
	}
	wait := time.Duration(max(at-number(now), 0) * float64(time.Millisecond))
	if p.op.slept+wait > p.op.patience {
		p.op.paused = true
		return nil, nil
	}
	return func() error {
		if err := p.sleep(wait); err != nil {
			return err
		}
		return p.runTimer(at, true)
	}, nil
}

// sleep lets real time pass. Scripts have their time anew after a wait that a
// person would notice.
func (p *Page) sleep(d time.Duration) error {
	o := p.op
	if d > 0 {
		if err := p.opts.sleep(o.ctx, d); err != nil {
			return err
		}
	}
	if o.slept += d; d >= 100*time.Millisecond {
		o.budget = max(o.budget, p.limits.ScriptTime)
	}
	return nil
}

func (p *Page) runTimer(at float64, passed bool) error {
	_, err := p.call("runTimer", passed)
	if p.op.pending != nil {
		p.op.pending.Delay = time.Duration(at-p.op.begun) * time.Millisecond
		if passed {
			p.op.pending.Delay = 0
		}
	}
	return err
}

func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// fire runs the handlers of an event on n, nil being the window, and reports
// whether the default action may follow. Where nobody listens, as to most
// events of most pages, the engine is left alone.
func (p *Page) fire(n *html.Node, event string) (bool, error) {
	if p.opts.Inert {
		return true, nil
	}
	if (p.vm == nil || fired[event] && !p.heard[event]) && !p.hasHandler(n, event) {
		return true, nil
	}
	if done, proceed, err := p.foreseeEvent(n, event); done || err != nil {
		return proceed, err
	}
	if err := p.nameGlobals(); err != nil {
		return false, err
	}
	proceed, err := p.call("fire", p.id(n), event, cancelable[event])
	if err != nil {
		return false, err
	}
	return proceed != false, nil
}

// fired are the events of which scripts say that they listen for them. Others
// would have to be kept by whatever name a script makes up.
var fired = map[string]bool{
	"DOMContentLoaded": true, "load": true, "mousedown": true, "mouseup": true, "click": true, "focus": true, "blur": true,
	"keydown": true, "keypress": true, "keyup": true, "input": true, "change": true, "submit": true, "reset": true,
}

// heard notes that a script listens for an event somewhere.
func heard(p *Page, a arguments) (any, error) {
	if event := a.text(0); fired[event] {
		p.heard[event] = true
	}
	return nil, nil
}

var cancelable = map[string]bool{
	"click": true, "mousedown": true, "mouseup": true, "keydown": true, "keypress": true, "keyup": true, "submit": true, "reset": true,
}
