package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
)

// A wave is judged by none having failed in it, and then by a program or a person, who
// alone can overrule a failure.
func TestGate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	dir := t.TempDir()
	program := func(name, script string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := program("good", `read json; test "$json" = '{"counts":{"done":9},"left":5,"wave":2}'`)
	bad, cannot := program("bad", "echo CUPS stopped >&2; exit 1"), program("cannot", "echo nobody at RADIUS; exit 2")
	for _, tc := range []struct {
		name, judge, typed string // typed: -, nobody is there
		failed             int
		wants              string // of the error; empty: none
		json               bool
	}{
		{"clean", "", "-", 0, "", false},
		{"failed", "", "-", 1, "1 failed in it", false},
		{"a program", good, "-", 0, "", false},
		{"a program after a failure", good, "yes", 1, "1 failed in it", false},
		{"a program says no", bad, "-", 0, "CUPS stopped", false},
		{"unsure, nobody there", cannot, "-", 0, "nobody at RADIUS", false},
		{"unsure, a person says yes", cannot, "yes", 0, "", false},
		{"unsure, a person says nothing", cannot, "", 0, "nobody said", false},
		{"no program", filepath.Join(dir, "absent"), "-", 0, "no such file", false},
		{"a person", askGate, "yes", 0, "", false},
		{"a person after a failure", askGate, "yes", 1, "", false},
		{"a person says no", askGate, "no", 0, "nobody said", false},
		{"unsure, and the output is JSON", cannot, "yes", 0, "nobody at RADIUS", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			c := &config{judge: tc.judge, json: tc.json, streams: &streams{in: strings.NewReader(tc.typed + "\n"), stdout: &out, errs: &errs, asks: tc.typed != "-"}}
			counts := map[rekey.FleetOutcome]int{rekey.FleetDone: 9}
			if tc.failed > 0 {
				counts[rekey.FleetFailed] = tc.failed
			}
			err := (&tally{config: c}).gate(context.Background(), rekey.WaveResult{Number: 2, Left: 5, Counts: counts})
			if (err == nil) != (tc.wants == "") || err != nil && !strings.Contains(err.Error(), tc.wants) {
				t.Errorf("%v, want %q\n%s%s", err, tc.wants, &out, &errs)
			}
			if !strings.HasPrefix(errs.String(), "wave 2 has ended: ") || tc.json && out.Len() > 0 {
				t.Errorf("%s%s", &out, &errs)
			}
		})
	}
	if code, out, errs := fleet(t, "-inventory", "x", "-gate", "ask"); code != exitUsage || out != "" || !strings.Contains(errs, "there is none") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
}

// While somebody is asked, nothing is drawn over what he types; then the display is back.
func TestAside(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := &live{w: &b, width: func() int { return 80 }, head: head{all: 3}}
	l.change(func() {})
	before := b.Len()
	err := l.aside(func() error {
		erased := b.Len()
		l.change(func() { l.head.ended++ })
		if _, err := l.Write([]byte("?")); err != nil || b.Len() != erased+1 || erased <= before {
			t.Errorf("drawn: %q", b.String()[before:])
		}
		return rekey.ErrDeclined
	})
	if err != rekey.ErrDeclined {
		t.Error(err)
	}
	if l.change(func() {}); !strings.Contains(b.String()[before:], "1 of 3") {
		t.Errorf("the display is not back: %q", b.String()[before:])
	}
}
