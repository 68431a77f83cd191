package revocation

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/rekey-go/rekey/internal/errkind"
)

// StoreError means that the store could not write or read. No receipt was
// given, so nothing may be deleted on the device.
type StoreError struct {
	Op   string // what was being done: "open", "write", "list"
	Path string // as the caller gave it, or within the store
	Err  error
}

// Error says what happened and what to do about it.
func (e *StoreError) Error() string {
	return fmt.Sprintf("revocation: evidence store: %s %q: %v%s", e.Op, e.Path, e.Err, advice(e.Err))
}

// Unwrap gives the cause.
func (e *StoreError) Unwrap() error { return e.Err }

func advice(err error) string {
	switch {
	case errkind.Full.Is(err):
		return " (no room: free some space or choose another directory, then run again)"
	case errkind.ReadOnly.Is(err):
		return " (read-only file system: choose another directory)"
	case errors.Is(err, fs.ErrPermission):
		return " (no permission: make the directory writable for this user or choose another)"
	case errkind.Obstacle.Is(err):
		return " (a file stands in the way: move it or choose another directory)"
	}
	return ""
}

// RecordError means that one record of the store cannot be read. The others
// can; the file is left as it is.
type RecordError struct {
	Path string // within the store
	Err  error
}

// Error names the record and the cause.
func (e *RecordError) Error() string {
	return fmt.Sprintf("revocation: evidence record %q cannot be read: %v (restore it from a backup, or set it aside)", e.Path, e.Err)
}

// Unwrap gives the cause.
func (e *RecordError) Unwrap() error { return e.Err }
