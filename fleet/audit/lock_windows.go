package audit

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock is as on Unix. It is of a byte that no log reaches: a lock on what is written
// would keep those out who read it.
func lock(f *os.File) error {
	at := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrOtherWriter
	}
	return err
}
