package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/internal/wording"
)

const (
	frameTime = 200 * time.Millisecond
	frames    = `|/-\`
	barCells  = 24
	mostRows  = 8 // devices that are shown at a time
)

// live is the display of a terminal: what was said stays and moves up, and below it
// stands how far all is, and what the devices are at. It is drawn anew several times a
// second. Whatever is written while it is there goes through it.
type live struct {
	program.Voice
	w      io.Writer
	width  func() int
	colour bool
	done   chan struct{}
	ticker sync.WaitGroup

	mu    sync.Mutex
	head  head
	work  map[string]*atWork // by change.Key
	frame int
	drawn int  // lines of it on the screen
	away  bool // somebody is asked
}

// head is how far all is.
type head struct {
	all, ended, restarting int
	counts                 map[rekey.FleetOutcome]int
	wave, inWave           int       // of which so many have ended; 0: there are none
	until                  time.Time // when all have ended, by what they took until now; zero: not known
}

// atWork is what a device is at.
type atWork struct {
	name       string
	since      time.Time // it was begun
	step, says string
}

// newLive is nil where nobody looks: a file, a pipe, a terminal that cannot go back.
func newLive(s *streams, v program.Voice) *live {
	kind, _ := os.LookupEnv("TERM")
	if !terminal.Is(s.in) || !terminal.Is(s.stdout) || kind == "dumb" {
		return nil
	}
	l := showOn(s.stdout, func() int { return terminal.Width(s.stdout, os.LookupEnv) }, terminal.Colours(s.stdout, os.LookupEnv))
	l.change(func() { l.Voice = v })
	return l
}

func showOn(w io.Writer, width func() int, colour bool) *live {
	l := &live{w: w, width: width, colour: colour, done: make(chan struct{}), work: map[string]*atWork{}}
	l.ticker.Go(func() {
		t := time.NewTicker(frameTime)
		defer t.Stop()
		for {
			select {
			case <-l.done:
				return
			case <-t.C:
				l.change(func() { l.frame++ })
			}
		}
	})
	return l
}

// change does something to what is shown, and draws it anew.
func (l *live) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	l.draw()
}

// Write writes lines that stay.
func (l *live) Write(b []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	n, err = l.w.Write(b)
	l.draw()
	return n, err
}

func (l *live) event(e rekey.Event) {
	key := change.Key(e.Device)
	if e.Device == "" || e.Kind == rekey.EventNotice || e.Kind == rekey.EventStepDone {
		return
	}
	l.mu.Lock() // drawn with the next frame: events are many
	defer l.mu.Unlock()
	if e.Kind == rekey.EventPaused {
		delete(l.work, key)
		return
	}
	if l.work[key] == nil {
		l.work[key] = &atWork{name: e.Device, since: time.Now()}
	}
	a := l.work[key]
	if a.step = cmp.Or(e.Step, a.step); e.Kind == rekey.EventPhase { // else it goes on with the step
		a.step = e.Step
	}
	a.says = e.Text
}

func (l *live) ended(url string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.work, change.Key(url))
}

// aside takes the display away while somebody is asked.
func (l *live) aside(ask func() error) error {
	away := func(is bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.erase()
		l.away = is
	}
	away(true)
	defer away(false)
	return ask()
}

func (l *live) close() {
	close(l.done)
	l.ticker.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.w, "\r\x1b[%dA\x1b[J", l.drawn)
	}
	l.drawn = 0
}

// draw writes all at once: a screen that is seen half erased flickers.
func (l *live) draw() {
	if l.away {
		return
	}
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA\x1b[J", l.drawn)
	}
	lines := l.lines()
	l.drawn = len(lines)
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	_, _ = io.WriteString(l.w, b.String())
}

func (l *live) lines() []string {
	h, width := l.head, l.width()-1 // the last cell would begin another line on some
	if h.all == 0 {
		return nil
	}
	counts := []string{" " + l.Say("%d of %d", h.ended, h.all)}
	for _, o := range outcomes {
		if n := h.counts[o]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, l.Tell(string(o))))
		}
	}
	all := []string{l.bar() + wording.Fit(l.List(counts...), width-barCells-2)}
	var parts []string
	if h.wave > 0 {
		parts = append(parts, l.Say("wave %d: %d ended, %d at work", h.wave, h.inWave, len(l.work)))
	} else {
		parts = append(parts, l.Say("%d at work", len(l.work)))
	}
	if h.restarting > 0 {
		parts = append(parts, l.Say("%d restarting", h.restarting))
	}
	if left := time.Until(h.until); !h.until.IsZero() && left > 0 {
		parts = append(parts, l.Say("about %v left", left.Round(time.Second)))
	}
	all = append(all, wording.Fit(strings.Join(parts, "; "), width))
	work := make([]*atWork, 0, len(l.work))
	for _, a := range l.work {
		work = append(work, a)
	}
	slices.SortFunc(work, func(a, b *atWork) int { // the longest at work, where something may be the matter
		return cmp.Or(a.since.Compare(b.since), strings.Compare(a.name, b.name))
	})
	for i, a := range work {
		if i == mostRows-1 && len(work) > mostRows {
			all = append(all, "  "+l.Say("and %d more", len(work)-i))
			break
		}
		took := time.Since(a.since).Round(time.Second)
		tail := fmt.Sprintf("  %d:%02d", int(took.Minutes()), int(took.Seconds())%60)
		all = append(all, fmt.Sprintf("%c %s%s", frames[l.frame%len(frames)], wording.Fit(a.name+"  "+strings.TrimSpace(a.step+" "+l.Tell(a.says)), width-2-len(tail)), tail))
	}
	return all
}

// bar is a cell for each share of the devices: done, failed, other, not ended.
func (l *live) bar() string {
	h := l.head
	cells := func(n int) int { return n * barCells / h.all }
	done, bad := h.counts[rekey.FleetDone]+h.counts[lookedAt], h.counts[rekey.FleetFailed]
	parts := []struct {
		n    int
		sign string
		code string
	}{
		{cells(done), "#", "32"}, {cells(done+bad) - cells(done), "!", "31"}, {cells(h.ended) - cells(done+bad), "-", "33"}, {barCells - cells(h.ended), ".", ""},
	}
	text := "["
	for _, p := range parts {
		part := strings.Repeat(p.sign, max(p.n, 0))
		if l.colour && p.code != "" && part != "" {
			part = "\x1b[" + p.code + "m" + part + "\x1b[0m"
		}
		text += part
	}
	return text + "]"
}
