package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/rekey-go/rekey"
)

// progress shows what goes on while it goes on. Its methods may be called
// from several goroutines.
type progress interface {
	// event shows an event of the library.
	event(rekey.Event)
	// note prints a line of the program's own that stays.
	note(text string)
	// pause takes away whatever does not stay, before something else is printed.
	pause()
	// close ends it.
	close()
}

// newProgress chooses: live on a terminal, plain lines elsewhere.
func newProgress(w io.Writer, env lookupEnv) progress {
	if kind, _ := env("TERM"); kind == "dumb" || !isTerminal(w) {
		return &lines{w: w}
	}
	plain, _ := env("NO_COLOR")
	return newLive(w, terminalWidth(env), plain == "")
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminalWidth is what the shell says: asking the terminal itself takes a
// system call of its own for each system.
func terminalWidth(env lookupEnv) int {
	columns, _ := env("COLUMNS")
	if n, err := strconv.Atoi(columns); err == nil && n >= 20 && n <= 1000 {
		return n
	}
	return 80
}

// lines prints every event on a line of its own.
type lines struct {
	mu   sync.Mutex
	w    io.Writer
	last string
}

func (p *lines) event(e rekey.Event) {
	text := format(e)
	if e.Kind == rekey.EventStep {
		text += " …"
	}
	p.print(text)
}

func (p *lines) note(text string) { p.print(oneLine(text)) }

// print leaves out repetitions: waiting says the same again and again.
func (p *lines) print(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if text != p.last {
		fmt.Fprintln(p.w, text)
	}
	p.last = text
}

func (*lines) pause() {}
func (*lines) close() {}

// format is an event's line.
func format(e rekey.Event) string {
	text := oneLine(e.Text)
	switch {
	case e.Kind == rekey.EventPhase:
		return text
	case e.Kind == rekey.EventNotice:
		return "  note: " + text
	}
	return fmt.Sprintf("  %-4s %s", oneLine(e.Step), text)
}
