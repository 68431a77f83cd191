package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// What the command line is to blame for is told apart; the rest is package
// rekey's to class.
func TestExitOf(t *testing.T) {
	t.Parallel()
	lost := &rekey.Report{Error: "lost", Exit: rekey.Exit{Code: exitFailed, Class: rekey.ExitFailed}}
	gone := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, tt := range []struct {
		report *rekey.Report
		err    error
		want   int
	}{
		{nil, nil, exitDone},
		{nil, usagef("flag"), exitUsage},
		{nil, errors.Join(usagef("-lang"), &rekey.UnknownError{}), exitUsage},
		{nil, &rekey.VerifyError{}, exitUnverified},
		{nil, rekey.ErrUnfinished, exitDecision},
		{nil, context.Canceled, exitInterrupted},
		{nil, gone, exitUnreachable},
		{lost, gone, exitFailed}, // it had been changed
	} {
		err := tt.err
		if got := exitOf(tt.report, err).Code; got != tt.want {
			t.Errorf("%v: %d, want %d", err, got, tt.want)
		}
		if err == nil {
			continue
		}
		if got := exitOf(tt.report, fmt.Errorf("step: %w", err)).Code; got != tt.want {
			t.Errorf("wrapped %v: %d, want %d", err, got, tt.want)
		}
	}
}

// What is advised about a device that is not known is true in every run: first use
// is asked where nothing else is given or known.
func TestAdviceOnIdentity(t *testing.T) {
	t.Parallel()
	e := &remoteui.IdentityError{Addr: "mfp:443", Got: remoteui.SPKIHash{1}}
	text := strings.Join(advice(e, ""), "\n")
	for _, want := range []string{"-pin " + e.Got.String(), "-ca FILE", "-trust-on-first-use believes whoever answers, where nothing else is given or known"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// docs/exit-codes.md and the help text name every code with its class.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| `(\\w+)` \\| (\\w+) \\|").FindAllStringSubmatch(string(page), -1)
	if len(rows) != 17 {
		t.Errorf("%d codes in the page", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(usageText, "\n  "+row[1]+"  ") {
			t.Errorf("the help text lacks code %s", row[1])
		}
	}
	for _, e := range []rekey.Exit{rekey.ExitOf(nil), rekey.ExitOf(rekey.ErrUnfinished), rekey.ExitOf(&rekey.VerifyError{}), rekey.ExitOf(context.Canceled), exitOf(nil, usagef("x"))} {
		want := fmt.Sprintf("| %d | `%s` | %s |", e.Code, e.Class, e.Retry)
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
