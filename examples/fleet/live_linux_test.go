package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/terminal/pseudo"
	"github.com/rekey-go/rekey/internal/wording"
)

// screen is what a person sees: it knows what the display uses, and no more. Lines that
// are wider than it go on in the next, as on a terminal.
type screen struct {
	mu      sync.Mutex
	columns int
	lines   []string
	bad     []string
	rest    string   // of a write: a sequence that is not whole
	seen    []string // every picture after a write, for what came and went
}

var begun = regexp.MustCompile("^\x1b(\\[[0-9]*)?$")

var control = regexp.MustCompile("^\x1b\\[([0-9]*)([AJm])")

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == 0 {
		s.lines = []string{""}
	}
	text := s.rest + string(b)
	s.rest = ""
	for text != "" {
		last := len(s.lines) - 1
		if begun.MatchString(text) || !utf8.FullRuneInString(text) {
			s.rest = text
			break
		}
		if m := control.FindStringSubmatch(text); m != nil {
			text = text[len(m[0]):]
			n, _ := strconv.Atoi(m[1])
			switch m[2] {
			case "A":
				if n > last {
					s.bad = append(s.bad, "up beyond the top")
					n = last
				}
				s.lines = s.lines[:last+1-n] // what the display erases then anyway
				s.lines[last-n] = ""
			}
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch {
		case r == '\n':
			s.lines = append(s.lines, "")
		case r == '\r':
		case r < ' ':
			s.bad = append(s.bad, fmt.Sprintf("%q", r))
		case wording.Cells(s.lines[last]+string(r)) > s.columns:
			s.lines = append(s.lines, string(r))
		default:
			s.lines[last] += string(r)
		}
	}
	s.seen = append(s.seen, strings.Join(s.lines, "\n"))
	return len(b), nil
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Lines stay, the display below them is drawn anew, and nothing of it is left.
func TestLive(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{40, 120} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{columns: columns}
			l := showOn(s, func() int { return columns }, true)
			l.change(func() {
				l.head = head{all: 30, ended: 12, restarting: 2, wave: 2, inWave: 11, until: time.Now().Add(3 * time.Minute),
					counts: map[rekey.FleetOutcome]int{rekey.FleetDone: 9, rekey.FleetFailed: 1, rekey.FleetWithheld: 2}}
			})
			for i := range 12 {
				l.event(rekey.Event{Device: fmt.Sprintf("d%02d.example:8443", i), Kind: rekey.EventStep, Step: "G-1", Text: "產生新金鑰 " + strings.Repeat("long ", 30)})
				time.Sleep(time.Second)
			}
			fmt.Fprintln(l, "done  https://a.example/")
			l.ended("https://D00.example:8443/")
			time.Sleep(time.Second)
			synctest.Wait()
			text := s.text()
			for _, want := range []string{"done  https://a.example/\n[#######", "] 12 of 30", "wave 2: 11 ended, 11 at work; 2 resta", "d01.example:8443", "  0:12\n", "and 4 more\n"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if columns > 100 && !strings.Contains(text, "9 done, 2 withheld, 1 failed") || columns > 100 && !strings.Contains(text, "2 restarting; about 2m47s left") {
				t.Error(text)
			}
			if strings.Contains(text, "d00.example") || strings.Count(text, "\n") != 1+2+mostRows || len(s.bad) > 0 {
				t.Errorf("%q\n%s", s.bad, text)
			}
			l.event(rekey.Event{Device: "d01.example:8443", Kind: rekey.EventPaused, Text: "it is begun again when there is room"})
			time.Sleep(time.Second)
			synctest.Wait()
			if text := s.text(); strings.Contains(text, "d01.example") || !strings.Contains(text, "and 3 more\n") {
				t.Errorf("one that waits is shown:\n%s", text)
			}
			l.close()
			if s.text() != "done  https://a.example/\n" {
				t.Errorf("left:\n%s", s.text())
			}
		})
	}
}

// On a terminal the display is there, and what is said is what is said without.
func TestFleetOnTerminal(t *testing.T) {
	t.Parallel()
	f := newFrame(t, 2*time.Second) // many pictures of it
	person, program := pseudo.Terminal(t, 90)
	s := &screen{columns: 90}
	var once sync.Once
	read := make(chan struct{})
	go func() {
		defer close(read)
		for b := make([]byte, 4096); ; {
			n, err := person.Read(b)
			if err != nil {
				return
			}
			_, _ = s.Write(b[:n])
			text := s.text()
			if strings.Contains(text, "Type yes") {
				once.Do(func() { _, _ = person.WriteString("yes\n") })
			}
			if strings.HasSuffix(text, "\nthe end\n") {
				return
			}
		}
	}()
	code := run(t.Context(), []string{"-inventory", f.list, "-run", "-state-dir", f.at("state")}, &streams{in: program, stdout: program, errs: program, asks: true, adjust: quick})
	fmt.Fprintln(program, "the end")
	select {
	case <-read:
	case <-time.After(30 * time.Second):
		t.Fatal("the terminal does not end")
	}
	text := s.text()
	if code != 9 || f.dev.Restarts() != 1 || !strings.Contains(text, "1 usage with a new key") || !strings.Contains(text, "\n2 devices, 1 done, 1 unreachable\nthe end\n") {
		t.Errorf("%d\n%s", code, text)
	}
	if strings.Contains(text, " at work") || strings.Contains(text, "[#") {
		t.Errorf("something of the display is left:\n%s", text)
	}
	for _, want := range []string{"] 0 of 2", "at work; 1 restarting", " R-5 ", "wave 1: "} {
		if !slices.ContainsFunc(s.seen, func(picture string) bool { return strings.Contains(picture, want) }) {
			t.Errorf("%q was never seen", want)
		}
	}
	if len(s.bad) > 0 {
		t.Errorf("%q", s.bad)
	}
	var none *os.File
	if newLive(&streams{in: none, stdout: program}, (&config{}).Voice) != nil {
		t.Error("a display where nobody types")
	}
}
