package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
)

const (
	frameTime  = 150 * time.Millisecond
	frames     = `|/-\`
	eraseLine  = "\r\x1b[K"
	bold       = "\x1b[1m"
	yellow     = "\x1b[33m"
	plainStyle = "\x1b[0m"
)

// live is progress on a terminal: lines that stay, and below them one that
// says what is waited for and since when.
type live struct {
	w      io.Writer
	width  int
	colour bool
	done   chan struct{}
	ticker sync.WaitGroup

	mu     sync.Mutex
	step   rekey.Event // the one under way
	since  time.Time   // when it began, or the last one ended
	status string      // empty: no status line is shown
	frame  int
}

func newLive(w io.Writer, width int, colour bool) *live {
	p := &live{w: w, width: width, colour: colour, done: make(chan struct{}), since: time.Now()}
	p.ticker.Go(p.tick)
	return p
}

func (p *live) tick() {
	t := time.NewTicker(frameTime)
	defer t.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-t.C:
			p.mu.Lock()
			p.frame++
			p.draw()
			p.mu.Unlock()
		}
	}
}

func (p *live) event(e rekey.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case rekey.EventPhase:
		p.print(format(e), bold)
		p.since = time.Now()
	case rekey.EventStep:
		p.step, p.since = e, time.Now()
		p.wait(format(e))
	case rekey.EventStepDone:
		p.print(p.outcome(e), "")
		p.since = time.Now()
	case rekey.EventNotice:
		p.print(format(e), yellow)
	default:
		p.wait(format(e))
	}
}

func (p *live) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print(oneLine(text), yellow)
}

func (p *live) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

func (p *live) close() {
	close(p.done)
	p.ticker.Wait()
	p.pause()
}

// outcome is the line that stays of a step: what was done, how it ended, and
// how long it took if that was long.
func (p *live) outcome(e rekey.Event) string {
	text := format(e)
	if p.step.Step == e.Step {
		text = format(p.step) + ": " + oneLine(e.Text)
	}
	if took := time.Since(p.since); took >= time.Second {
		text += fmt.Sprintf(" (%ds)", int(took.Seconds()))
	}
	return text
}

// wait shows text in the status line.
func (p *live) wait(text string) {
	p.status = text
	p.draw()
}

// print writes a line that stays, in place of the status line.
func (p *live) print(text, style string) {
	p.erase()
	if style != "" && p.colour {
		text = style + text + plainStyle
	}
	fmt.Fprintln(p.w, text)
}

func (p *live) erase() {
	if p.status != "" {
		fmt.Fprint(p.w, eraseLine)
	}
	p.status = ""
}

// draw shows the status line; the spinner stands in the first column of its
// indentation.
func (p *live) draw() {
	if p.status == "" {
		return
	}
	tail := fmt.Sprintf("  %ds", int(time.Since(p.since).Seconds()))
	head := fit(strings.TrimPrefix(p.status, " "), p.width-len(tail)-2)
	fmt.Fprintf(p.w, "%s%c%s%s", eraseLine, frames[p.frame%len(frames)], head, tail)
}
