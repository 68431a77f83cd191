package script_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// What is said against code is what running it says, and it is not run.
func TestCheck(t *testing.T) {
	t.Parallel()
	if err := start(t, echo).Eval(t.Context(), new(time.Minute), "missing()", 1); err == nil {
		t.Fatal("the code of this test has to fail when it is run")
	}
	for _, tc := range []struct {
		code string
		line int
		want string // its beginning
		at   int
	}{
		{"missing()", 1, "", 0},
		{"function f() {}", 7, "", 0},
		{"function f() { 1 2 }", 1, "SyntaxError: expecting ';'", 1},
		{"\nfunction f() { 1 2 }", 7, "SyntaxError: expecting ';'", 8},
		{"function f() {", 7, "SyntaxError", 7},
	} {
		for range 2 { // a second time it may be remembered
			left, err := script.Check(t.Context(), new(time.Minute), tc.code, tc.line, 32<<20, t.Name())
			e, _ := errors.AsType[*script.Error](err)
			if left || (err == nil) != (tc.want == "") || err != nil && (e == nil || !strings.HasPrefix(e.Message, tc.want) || e.Line != tc.at) {
				t.Errorf("%q: %t, %#v", tc.code, left, err)
			}
		}
	}
}

// Checking has the limits of running.
func TestCheckLimits(t *testing.T) {
	t.Parallel()
	const code = "function unsaid() { return 1 }"
	if _, err := script.Check(t.Context(), new(time.Duration), code, 1, 32<<20, t.Name()); !errors.Is(err, script.ErrTime) {
		t.Errorf("without time: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := script.Check(stopped, new(time.Minute), code, 1, 32<<20, t.Name()); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	large := "function large() { return '" + strings.Repeat("x", 2<<20) + "' }"
	if _, err := script.Check(t.Context(), new(time.Minute), large, 1, 2<<20, t.Name()); !errors.Is(err, script.ErrMemory) {
		t.Errorf("without memory: %v", err)
	}
}
