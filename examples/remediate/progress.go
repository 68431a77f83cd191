package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/wording"
)

// progress shows what goes on while it goes on. Its methods may be called
// from several goroutines.
type progress interface {
	// event shows an event of the library.
	event(rekey.Event)
	// note prints a line of the program's own that stays.
	note(text string)
	// expect says how long the device took to restart the last time.
	expect(restart time.Duration)
	// pause takes away whatever does not stay, before something else is printed.
	pause()
	// close ends it.
	close()
}

// newProgress chooses: live on a terminal, plain lines elsewhere.
func newProgress(w io.Writer, env program.Env, lang wording.Lang, verbose bool) progress {
	if kind, _ := env("TERM"); kind == "dumb" || !terminal.Is(w) {
		return newLines(w, terminal.Width(w, env), lang, verbose)
	}
	return newLive(w, terminal.Width(w, env), lang, terminal.Colours(w, env), verbose)
}

// group are the steps of one kind that follow on one another, told on one line:
// a device with six keys has thirty steps.
type group struct {
	id      string
	first   string // what was done first
	outcome string // of one that ended otherwise than done
	n       int
	since   time.Time
}

// add takes an event of a step. It reports whether the step belongs to another
// group, which begins with it; the one before is returned.
func (g *group) add(e rekey.Event) (before group, ended bool) {
	if e.Kind == rekey.EventStep {
		if e.Step != g.id || g.n == 0 {
			before, ended = *g, g.n > 0
			*g = group{id: e.Step, first: oneLine(e.Text), since: time.Now()}
		}
		g.n++
	} else if text := oneLine(e.Text); e.Step == g.id && !strings.HasPrefix(text, "done") {
		switch g.outcome = text; {
		case strings.HasPrefix(text, "failed: ") && strings.Contains(text, context.Canceled.Error()):
			g.outcome = "interrupted"
		case strings.HasPrefix(text, "failed: "):
			g.outcome = "failed" // why ends the run, and is told there
		case strings.HasPrefix(text, "withheld: "):
			g.outcome = "withheld" // the report says why
		}
	}
	return before, ended
}

// take ends a group.
func (g *group) take() group {
	was := *g
	*g = group{}
	return was
}

// line is the line of a group: what was done, how it ended, its row of the
// procedure and how long it took.
func (g group) line(l wording.Lang) string {
	text := l.More(g.first, g.n-1)
	if g.outcome != "" {
		text = l.Ended(g.first, g.n-1, g.outcome)
	}
	return fmt.Sprintf("  %s [%s %s]", named(text), g.id, l.Lasting(time.Since(g.since), 0))
}

// named has a text of the library name flags.
func named(text string) string { return wording.Named(text, flagNames) }

// heartbeat is the longest silence in a log: who reads it wants to know that
// something goes on.
const heartbeat = 30 * time.Second

// lines prints what happens on lines of their own.
type lines struct {
	w       io.Writer
	width   int
	lang    wording.Lang
	verbose bool
	done    chan struct{}
	ticker  sync.WaitGroup

	mu      sync.Mutex
	last    string    // line printed
	spoke   time.Time // when
	doing   string    // what was heard last
	since   time.Time // since when that step is under way
	restart time.Duration
	group   group
}

func newLines(w io.Writer, width int, lang wording.Lang, verbose bool) *lines {
	p := &lines{w: w, width: width, lang: lang, verbose: verbose, done: make(chan struct{}), spoke: time.Now(), since: time.Now()}
	p.ticker.Go(p.beat)
	return p
}

func (p *lines) beat() {
	t := time.NewTicker(heartbeat / 6)
	defer t.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-t.C:
			p.mu.Lock()
			if time.Since(p.spoke) >= heartbeat-heartbeat/6 && p.doing != "" {
				p.print(fmt.Sprintf("  … %s (%s)", named(p.lang.Sentence(p.doing)), p.lang.Lasting(time.Since(p.since), p.usual())))
			}
			p.mu.Unlock()
		}
	}
}

// usual is how long what is under way took the last time, zero if that is not
// known.
func (p *lines) usual() time.Duration {
	if p.group.id == row.Restart {
		return p.restart
	}
	return 0
}

func (p *lines) event(e rekey.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = oneLine(e.Text)
	if e.Kind == rekey.EventStep {
		p.since = time.Now()
	}
	if p.verbose {
		text := format(e, p.lang)
		if e.Kind == rekey.EventStep {
			text += " …"
		}
		p.print(text)
		p.group.add(e)
		return
	}
	switch e.Kind {
	case rekey.EventPhase:
		p.flush()
		p.since = time.Now()
		p.print(format(e, p.lang))
	case rekey.EventNotice:
		p.print(format(e, p.lang))
	case rekey.EventStep, rekey.EventStepDone:
		if before, ended := p.group.add(e); ended {
			p.print(before.line(p.lang))
		}
	}
}

func (p *lines) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print(p.lang.Sentence(oneLine(text)))
}

func (p *lines) expect(restart time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restart = restart
}

// flush prints the group under way.
func (p *lines) flush() {
	if g := p.group.take(); g.n > 0 && !p.verbose {
		p.print(g.line(p.lang))
	}
}

// print leaves out repetitions: waiting says the same again and again.
func (p *lines) print(text string) {
	if text != p.last {
		fmt.Fprintln(p.w, wording.Wrap(text, p.width, 2))
	}
	p.last, p.spoke = text, time.Now()
}

func (p *lines) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush()
	p.doing = ""
}

func (p *lines) close() {
	close(p.done)
	p.ticker.Wait()
	p.pause()
}

// format is an event's line.
func format(e rekey.Event, l wording.Lang) string {
	text := oneLine(e.Text)
	switch {
	case e.Kind == rekey.EventPhase:
		return named(l.Sentence(text))
	case e.Kind == rekey.EventNotice:
		return "  " + named(l.Note(text))
	}
	return fmt.Sprintf("  %-4s %s", oneLine(e.Step), named(l.Sentence(text)))
}
