package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

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
		err := askSuccessor(strings.NewReader(said), &shown, func() {})(t.Context(), aSuccessor())
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
	if err := askSuccessor(silent, io.Discard, func() {})(ctx, aSuccessor()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// Where nobody can be asked the run ends, and says how to go on.
func TestSuccessorUnattended(t *testing.T) {
	t.Parallel()
	c := &config{}
	if c.asker(strings.NewReader("yes\n"), &output{stderr: io.Discard}) != nil {
		t.Error("somebody is asked who is not there")
	}
	err := fmt.Errorf("restart: %w", &rekey.SuccessorError{Addr: "https://192.0.2.7:8443/", Successor: aSuccessor()})
	if code := exitCode(err); code != exitUnfinished {
		t.Errorf("exit code %d", code)
	}
	pin := "-pin " + remoteui.SPKIHash{1}.String()
	if text := strings.Join(advice(err), "\n"); !strings.Contains(text, pin) || !strings.Contains(err.Error(), "aa11") {
		t.Errorf("%v\n%s", err, text)
	}
}
