package state

import (
	"errors"
	"fmt"
	"time"
)

// The conditions a caller decides by.
var (
	// ErrReadOnly: the directory was opened by [OpenReadOnly].
	ErrReadOnly = errors.New("state: opened for reading only")
	// ErrNotLocked: [Journal.Append] without the device's lock. It was never
	// taken, or this process slept so long that another run took it over; stop,
	// and run again.
	ErrNotLocked = errors.New("state: this run does not hold the lock of the device (any more): run again")
)

// CorruptError names a file that does not hold what rekey wrote.
type CorruptError struct {
	File string // path
	Line int    // from 1; 0 where lines say nothing
	Err  error
}

// Error says where to look and what can be done.
func (e *CorruptError) Error() string {
	at := fmt.Sprintf("%q", e.File)
	if e.Line > 0 {
		at = fmt.Sprintf("%q line %d", e.File, e.Line)
	}
	return fmt.Sprintf("state: %s is damaged (%v): look at it, repair it from a copy or move it away", at, e.Err)
}

// Unwrap returns what is wrong with the content.
func (e *CorruptError) Unwrap() error { return e.Err }

// SizeError: a file that is, or would become, larger than it can sensibly be.
type SizeError struct {
	File  string // path
	Limit int64  // bytes
}

// Error says what to do with the file.
func (e *SizeError) Error() string {
	return fmt.Sprintf("state: %q would exceed %d bytes: look what fills it, and move it away once no run on the device is unfinished", e.File, e.Limit)
}

// HeldError: another run works on the device.
type HeldError struct {
	Host   string // the device
	Holder Holder
	File   string // path of the lock file
}

// Error names the holder and since when it works.
func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("state: another run is working on %q (lock %q): wait for it to end", e.Host, e.File)
	}
	return fmt.Sprintf("state: another run is working on %q: process %d on %q since %s: wait for it to end",
		e.Host, e.Holder.PID, e.Holder.Machine, e.Holder.Since.Format(time.RFC3339))
}
