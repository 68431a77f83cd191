package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

func asking(in io.Reader, w io.Writer) *prompt {
	return &prompt{bufio.NewReader(in), w, func() {}, "en", 80}
}

// Before what cannot be undone a person is asked, with what is lost; only yes goes
// on.
func TestAskPlan(t *testing.T) {
	t.Parallel()
	plan := &rekey.Plan{Device: rekey.DeviceInfo{URL: "https://192.0.2.7/"}, Restarts: 2,
		Changes: []rekey.Change{
			{Place: usage.Place{Use: keys.UseTLS}, OldKey: rekey.KeyRef{Name: "old\x1b"}, DeleteOld: true}, {Place: usage.Place{Use: keys.UseDeviceSignature}}}}
	for said, want := range map[string]error{"yes\n": nil, "\n": rekey.ErrDeclined, "y\n": rekey.ErrDeclined, "": rekey.ErrDeclined} {
		var shown bytes.Buffer
		if err := asking(strings.NewReader(said), &shown).agree(t.Context(), plan); !errors.Is(err, want) {
			t.Errorf("%q: %v", said, err)
		}
		for _, part := range []string{"192.0.2.7", "2 times", `old\u{1b}`, "Mail encrypted"} {
			if !strings.Contains(shown.String(), part) {
				t.Errorf("lacks %q:\n%s", part, shown.String())
			}
		}
		for line := range strings.Lines(shown.String()) {
			if wording.Cells(line) > 81 {
				t.Errorf("too wide: %s", line)
			}
		}
	}
	if err := asking(strings.NewReader(""), io.Discard).agree(t.Context(), &rekey.Plan{}); err != nil {
		t.Errorf("asked about nothing: %v", err)
	}
}

func aSuccessor() rekey.Successor {
	return rekey.Successor{
		Device: "https://192.0.2.7:8443/", Key: "rktls\x1b[2J", Pin: remoteui.SPKIHash{1},
		New: rekey.CertificateInfo{SHA1: "aa11", SHA256: "bb22"}, Compared: []string{"key rsa2048"},
	}
}

// Only a typed yes lets the password go to a key that nothing proves.
func TestAskSuccessor(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{"yes\n": true, " yes \r\n": true, "yes": true, "\n": false, "y\n": false, "no\n": false, "": false, "YES\n": false} {
		var shown bytes.Buffer
		err := asking(strings.NewReader(said), &shown).successor()(t.Context(), aSuccessor())
		if (err == nil) != want {
			t.Errorf("%q: %v", said, err)
		}
		for _, part := range []string{"192.0.2.7", "aa11", "bb22", "rsa2048", "panel"} {
			if !strings.Contains(shown.String(), part) {
				t.Errorf("lacks %q:\n%s", part, shown.String())
			}
		}
		if strings.Contains(shown.String(), "\x1b") {
			t.Errorf("shown: %q", shown.String())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, _ := io.Pipe()
	if err := asking(silent, io.Discard).successor()(ctx, aSuccessor()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// The null device is a character device, and nobody sits there.
func TestNullDeviceIsNoTerminal(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if terminal.Is(null) || (&config{}).newPrompt(null, &output{stderr: null}) != nil {
		t.Error("somebody is asked who is not there")
	}
}

// Where nobody can be asked the run ends, and says how to go on.
func TestSuccessorUnattended(t *testing.T) {
	t.Parallel()
	c := &config{}
	p := c.newPrompt(strings.NewReader("yes\n"), &output{stderr: io.Discard})
	if p.successor() != nil {
		t.Error("somebody is asked who is not there")
	}
	plan := &rekey.Plan{Changes: []rekey.Change{{}}, Restarts: 1}
	if err := p.agree(t.Context(), plan); err != nil {
		t.Errorf("a script has agreed by its flags: %v", err)
	}
	err := fmt.Errorf("restart: %w", &rekey.SuccessorError{Addr: "https://192.0.2.7:8443/", Successor: aSuccessor()})
	if code := exitOf(nil, err).Code; code != exitDecision {
		t.Errorf("exit code %d", code)
	}
	pin := "-pin " + remoteui.SPKIHash{1}.String()
	if text := strings.Join(advice(err, ""), "\n"); !strings.Contains(text, pin) || !strings.Contains(err.Error(), "aa11") {
		t.Errorf("%v\n%s", err, text)
	}
}
