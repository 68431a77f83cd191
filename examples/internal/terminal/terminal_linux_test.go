package terminal_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/terminal"
	"github.com/rekey-go/rekey/examples/internal/terminal/pseudo"
)

// Lines are as wide as the terminal is, unless somebody says otherwise; what is no
// terminal has no width of its own.
func TestWidth(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, wide := pseudo.Terminal(t, 133)
	_, tiny := pseudo.Terminal(t, 3)
	for name, c := range map[string]struct {
		stream  any
		columns string
		want    int
	}{
		"terminal": {wide, "", 133}, "COLUMNS": {wide, "100", 100}, "nonsense": {wide, "1", 133}, "no number": {wide, "x", 133},
		"too narrow": {tiny, "", 80}, "null": {null, "", 80}, "file": {&bytes.Buffer{}, "", 80}, "file and COLUMNS": {&bytes.Buffer{}, "120", 120},
	} {
		env := func(string) (string, bool) { return c.columns, c.columns != "" }
		if got := terminal.Width(c.stream, env); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if !terminal.Is(wide) || terminal.Is(null) || terminal.Is(&bytes.Buffer{}) {
		t.Error("what is a terminal?")
	}
	for kind, want := range map[string]bool{"xterm": true, "dumb": false} {
		if got := terminal.Colours(wide, func(name string) (string, bool) { return map[string]string{"TERM": kind}[name], true }); got != want {
			t.Errorf("%s: colours %v", kind, got)
		}
	}
	if terminal.Colours(wide, func(string) (string, bool) { return "1", true }) {
		t.Error("colours in spite of NO_COLOR")
	}
}
