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
	ctx     context.Context // lives as long as the act, which is one call
	budget  time.Duration   // script time that is left
	begun   float64         // virtual ms when it began
	confirm bool            // the answer to questions

	alerts, asked []string
	failed        *ScriptError // the first thing a handler threw
	pending       *Navigation
	elsewhere     []*Request // for other frames of the window, in order
	opened        string

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

// perform runs do as one act, then what it left to be done and its timers up
// to horizon.
func (p *Page) perform(ctx context.Context, confirm bool, horizon time.Duration, do func() error) (*act, error) {
	if p.closed {
		return nil, ErrClosed
	}
	p.op = &act{ctx: ctx, budget: p.limits.ScriptTime, confirm: confirm}
	if err := p.beginTime(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{do, p.drain, func() error { return p.runTimers(horizon) }} {
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

// runTimers lets virtual time pass, up to horizon or until the page leaves for
// another. One-shot timers beyond it are dropped: nobody waits that long.
func (p *Page) runTimers(horizon time.Duration) error {
	if !p.timed {
		return nil
	}
	end := p.op.begun + float64(horizon.Milliseconds())
	for range p.limits.Timers {
		at, err := p.call("nextTimer")
		if err != nil {
			return err
		}
		if at == nil || number(at) < 0 || number(at) > end || p.op.pending != nil {
			break
		}
		if _, err := p.call("runTimer"); err != nil {
			return err
		}
		if p.op.pending != nil {
			p.op.pending.Delay = time.Duration(number(at)-p.op.begun) * time.Millisecond
		}
		if err := p.drain(); err != nil {
			return err
		}
	}
	_, err := p.call("dropTimers")
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
	if (p.vm == nil || fired[event] && !p.heard[event]) && !p.hasHandler(n, event) {
		return true, nil
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
