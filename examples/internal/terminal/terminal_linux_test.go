package terminal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rekey-go/rekey/examples/internal/terminal"
)

// pseudo is a terminal of a width, as a program that is started in it sees it.
func pseudo(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: columns}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(filepath.Join("/dev/pts", strconv.Itoa(n)), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("the pseudo terminal cannot be opened: %v", err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

// Lines are as wide as the terminal is, unless somebody says otherwise; what is no
// terminal has no width of its own.
func TestWidth(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	wide, tiny := pseudo(t, 133), pseudo(t, 3)
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
