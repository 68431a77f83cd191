package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/wording"
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
	w       io.Writer
	width   int
	lang    wording.Lang
	colour  bool
	verbose bool
	done    chan struct{}
	ticker  sync.WaitGroup

	mu      sync.Mutex
	since   time.Time // when the step began, or the last one ended
	status  string    // empty: no status line is shown
	frame   int
	group   group
	restart time.Duration
}

func newLive(w io.Writer, width int, lang wording.Lang, colour, verbose bool) *live {
	p := &live{w: w, width: width, lang: lang, colour: colour, verbose: verbose, done: make(chan struct{}), since: time.Now()}
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
		p.flush()
		p.print(format(e, p.lang), bold)
		p.since = time.Now()
	case rekey.EventStep:
		if before, ended := p.group.add(e); ended {
			p.print(before.line(p.lang), "")
		}
		p.since = time.Now()
		p.wait(format(e, p.lang))
	case rekey.EventStepDone:
		p.group.add(e)
		p.since = time.Now()
		if p.verbose {
			p.flush()
		}
	case rekey.EventNotice:
		p.print(format(e, p.lang), yellow)
	default:
		if p.verbose && e.Step == "" {
			p.print(format(e, p.lang), "")
			return
		}
		p.wait(format(e, p.lang))
	}
}

func (p *live) expect(restart time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restart = restart
}

// flush prints the group under way.
func (p *live) flush() {
	if g := p.group.take(); g.n > 0 {
		p.print(g.line(p.lang), "")
	}
}

func (p *live) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print(p.lang.Sentence(oneLine(text)), yellow)
}

func (p *live) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush()
	p.erase()
}

func (p *live) close() {
	close(p.done)
	p.ticker.Wait()
	p.pause()
}

// wait shows text in the status line.
func (p *live) wait(text string) {
	p.status = text
	p.draw()
}

// print writes a line that stays, in place of the status line.
func (p *live) print(text, style string) {
	p.erase()
	text = wording.Wrap(text, p.width, 2)
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
	var usual time.Duration
	if p.group.id == row.Restart {
		usual = p.restart
	}
	tail := "  " + p.lang.Lasting(time.Since(p.since), usual)
	head := wording.Fit(strings.TrimPrefix(p.status, " "), p.width-wording.Cells(tail)-2)
	fmt.Fprintf(p.w, "%s%c%s%s", eraseLine, frames[p.frame%len(frames)], head, tail)
}
