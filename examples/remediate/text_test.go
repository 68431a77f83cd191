package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/remoteui"
)

// hostile is what a device may call itself: it clears the screen, writes from
// right to left, hides letters and ends in a byte that is no UTF-8.
const hostile = "a\x1b[2J\u009b1mb\u202egnp\u2066.\u200bc\U000e0041\r\nd\x00\xff 影印機"

func TestPrintable(t *testing.T) {
	t.Parallel()
	want := `a\u{1b}[2J\u{9b}1mb\u{202e}gnp\u{2066}.\u{200b}c\u{e0041}` + "\n" + `d\u{0}\u{fffd} 影印機`
	if got := printable(hostile); got != want {
		t.Errorf("printable:\n got %q\nwant %q", got, want)
	}
	if got := oneLine(hostile); strings.ContainsFunc(got, unicode.IsControl) {
		t.Errorf("oneLine(%q) = %q", hostile, got)
	}
}

// Errors and reports hold text of the device: neither form may carry it to a
// terminal as it is.
func TestHostileTextInOutput(t *testing.T) {
	t.Parallel()
	for _, asJSON := range []bool{false, true} {
		var stdout, stderr bytes.Buffer
		out := newOutput(&stdout, &stderr, &config{json: asJSON, flags: program.NewFlags(usageText)}, noEnv)
		out.progress.event(rekey.Event{Kind: rekey.EventProgress, Text: hostile})
		out.show(hostile)
		report := &rekey.Report{Device: rekey.DeviceInfo{Model: hostile}}
		out.finish(report, &remoteui.PageError{Page: hostile, Reason: hostile, Snapshot: strings.Repeat(hostile, 100)})
		for _, text := range []string{stdout.String(), stderr.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("json %v: %q", asJSON, text[i:min(len(text), i+20)])
			}
			if strings.Count(text, "\n") > 100 {
				t.Errorf("json %v: a page is printed without bound", asJSON)
			}
		}
		var got rekey.Report
		if !asJSON {
			continue
		}
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(hostile, "\ufffd"); got.Device.Model != want {
			t.Errorf("model\n got %q\nwant %q", got.Device.Model, want)
		}
	}
}

// Lists in the object are never null, whatever is missing.
func TestJSONListsAreNeverNull(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := writeJSON(&b, nil, usagef("flag")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "null") {
		t.Errorf("null in %s", b.String())
	}
}

// What was read as it went on is not told again, however many lines it has.
func TestNoticesAreToldOnce(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	out := newOutput(&stdout, &stderr, &config{flags: program.NewFlags(usageText)}, noEnv)
	for _, text := range []string{"one", `the logs: a; b\u001b[2J`} { // as events have them
		out.event(rekey.Event{Kind: rekey.EventNotice, Text: text})
	}
	if left := out.untold([]string{"one", "the logs: a\nb\x1b[2J", "three"}); len(left) != 1 || left[0] != "three" {
		t.Errorf("told again: %q", left)
	}
}
