// Package terminal says what is at the other end of a stream.
package terminal

import (
	"os"
	"strconv"
)

// Is reports whether somebody sits at the other end. The null device, which is what
// cron and service managers give a program, is a character device, too.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// Colours reports whether a stream takes colours: https://no-color.org.
func Colours(stream any, env func(string) (string, bool)) bool {
	none, _ := env("NO_COLOR")
	kind, _ := env("TERM")
	return none == "" && kind != "dumb" && Is(stream)
}

// The widths that are believed, in cells. A file has the usual one.
const narrowest, usual, widest = 20, 80, 1000

// Width is the width of lines on a stream, in cells: what COLUMNS says, who sets it
// has a reason; else that of the terminal; else 80.
func Width(stream any, env func(string) (string, bool)) int {
	columns, _ := env("COLUMNS")
	if n, err := strconv.Atoi(columns); err == nil && believed(n) {
		return n
	}
	if f, ok := stream.(*os.File); ok && Is(f) {
		if n := columnsOf(f.Fd()); believed(n) {
			return n
		}
	}
	return usual
}

// Bound is [Width] where somebody sits, or says by COLUMNS how wide it is to be; zero
// in a file, whose lines are as long as they are.
func Bound(stream any, env func(string) (string, bool)) int {
	columns, _ := env("COLUMNS")
	if n, err := strconv.Atoi(columns); !Is(stream) && (err != nil || !believed(n)) {
		return 0
	}
	return Width(stream, env)
}

func believed(n int) bool { return n >= narrowest && n <= widest }

// Same reports whether what is written to both ends up in one place, so that who
// reads one reads the other. What is no file may.
func Same(a, b any) bool {
	f, one := a.(*os.File)
	g, other := b.(*os.File)
	if !one || !other {
		return true
	}
	x, errX := f.Stat()
	y, errY := g.Stat()
	return errX != nil || errY != nil || os.SameFile(x, y)
}
