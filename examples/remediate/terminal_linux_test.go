package main

import (
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/terminal/pseudo"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/wording"
)

// On a terminal a person is asked, in lines as wide as the terminal is; whoever does
// not agree leaves the device as it was, and nobody is asked again.
func TestAskOnTerminal(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	const columns = 64
	person, program := pseudo.Terminal(t, columns)
	dev := device(t, quick(simdevice.Config{Seed: 33}))
	var shown buffer
	var answer sync.Once
	read := make(chan struct{})
	go func() {
		defer close(read)
		for b := make([]byte, 4096); ; {
			n, err := person.Read(b)
			if err != nil {
				return
			}
			shown.Write(b[:n])
			if strings.Contains(shown.String(), "Type yes") {
				answer.Do(func() { person.WriteString("no\n") })
			}
		}
	}()
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"DEVICE_PASSWORD": password, "NO_COLOR": "1", "TERM": "xterm"}[name]
		return v, ok
	}
	code := run(t.Context(), flagsOf(t, dev, stateDir(t)), program, program, program, env, often)
	program.Close()
	<-read // all of it
	text := shown.String()
	if code != exitDeclined || dev.StateChanges() != 0 || !strings.Contains(text, eraseLine) {
		t.Errorf("exit code %d, %d changes:\n%s", code, dev.StateChanges(), text)
	}
	if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, "no way back to the keys that are deleted: TLS-2021.") || strings.Count(words, "Type yes") != 1 {
		t.Errorf("asked otherwise than once, or without what is lost:\n%s", text)
	}
	if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, "Exit code 15: nobody agreed") || !strings.Contains(words, "Next: run again and agree.") {
		t.Errorf("how it ended is not said:\n%s", text)
	}
	widest := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if i := strings.LastIndex(line, eraseLine); i >= 0 {
			line = line[i+len(eraseLine):]
		}
		if widest = max(widest, wording.Cells(line)); wording.Cells(line) > columns {
			t.Errorf("wider than the terminal: %s", line)
		}
	}
	if widest < columns-12 {
		t.Errorf("no line is wider than %d", widest)
	}
}
