package page

import (
	"errors"
	"slices"
)

// A small window is a page of its own with an engine of its own. What its
// scripts do to the page that opened it happens there, while they wait; what
// that page then does by itself (a form that is sent, a timer) follows when the
// act in the window is over.

// actBehind is the act on the page that opened the window, within the one that
// goes on here.
func (p *Page) actBehind() *act {
	o := p.opts.Opener
	if p.op.behind == nil {
		p.op.lookBehind = o.sees()
		o.op = &act{ctx: p.op.ctx, budget: p.limits.ScriptTime, answer: p.op.answer}
		p.op.behind = o.op
	}
	return p.op.behind
}

// behind does what a script of the window asks of the page that opened it.
func behind(p *Page, a arguments) (any, error) {
	o := p.opts.Opener
	if o == nil || o.closed {
		return nil, errors.New("the window that opened this one is gone")
	}
	p.actBehind()
	result, err := p.callBehind("behind", a.text(0), a.number(1), a.text(2), a.text(3))
	if err != nil {
		return nil, err
	}
	if text, ok := result.(string); ok {
		return text, nil
	}
	return "{}", nil // its tools are broken, which is recorded there
}

// callBehind calls the engine of the page that opened the window, for which a
// script of the window may be waiting.
func (p *Page) callBehind(args ...any) (result any, err error) {
	o := p.opts.Opener
	p.vm.Outside(p.op.ctx, func() {
		if err = o.nameGlobals(); err == nil {
			result, err = o.call(args...)
		}
	})
	return result, err
}

// finishBehind does what the act left to be done in the page that opened the
// window.
func (p *Page) finishBehind() error {
	o := p.opts.Opener
	if p.op.behind == nil || o.closed {
		return nil
	}
	if err := o.beginTime(); err != nil {
		return err
	}
	if err := o.drain(); err != nil {
		return err
	}
	if err := o.goOn(settleTime); err != nil {
		return err
	}
	p.op.closing = p.op.closing || o.op.closes[p.opts.Window]
	return nil
}

// outcomeBehind is what an act did to the page that opened the window; nil if
// nothing.
func (p *Page) outcomeBehind(o *act) *Outcome {
	if o.behind == nil || p.opts.Opener.closed {
		return nil
	}
	behind := p.opts.Opener
	o.behind.changed = behind.sees() != o.lookBehind
	out := behind.outcome(o.behind)
	if out.Request == nil && !out.Changed && len(out.Alerts) == 0 {
		return nil
	}
	return out
}

// isBehind reports whether a target names the window that opened this one, or
// one of its frames.
func (p *Page) isBehind(target string) bool {
	o := p.opts.Opener
	if o.closed || !isNewWindow(target) {
		return false
	}
	if slices.Contains(o.opts.Frames, target) {
		return true
	}
	if o.vm == nil {
		return false
	}
	p.actBehind()
	name, err := p.callBehind("windowName")
	return err == nil && name == target
}

// closeWindow closes the small window that the page is in, or one that it
// opened.
func closeWindow(p *Page, a arguments) (any, error) {
	if a.text(0) == "_top" {
		p.op.closing = p.opts.Opener != nil && !p.opts.Inside
		return nil, nil
	}
	if p.op.closes == nil {
		p.op.closes = make(map[string]bool)
	}
	p.op.closes[a.text(0)] = true
	p.WindowClosed(a.text(0))
	return nil, nil
}
