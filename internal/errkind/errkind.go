// Package errkind tells what kind of error a system reports. The numbers differ:
// on Windows a connection that was reset is WSAECONNRESET and a full disk
// ERROR_DISK_FULL, and package syscall's ECONNRESET and ENOSPC there are numbers
// that no system call returns.
package errkind

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"syscall"
)

// Kind is a kind of error.
type Kind int

// The kinds.
const (
	Reset    Kind = iota // the other end dropped the connection
	Refused              // nobody takes connections there
	Full                 // no room on the disk, or in a quota
	ReadOnly             // a file system that takes no writes
	Obstacle             // a file stands where a directory is wanted
	kinds                // how many there are
)

// Is reports whether an error is of a kind.
func (k Kind) Is(err error) bool {
	var number syscall.Errno
	return errors.As(err, &number) && k.has(runtime.GOOS, number)
}

// BrokeOff reports whether a connection ended where something was due.
func BrokeOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || Reset.Is(err)
}

func (k Kind) has(system string, number syscall.Errno) bool {
	if system == "windows" && slices.Contains(windows[k], number) {
		return true
	}
	return slices.Contains(portable[k], number)
}

// portable are the numbers under their names, which package syscall has on every
// system.
var portable = [kinds][]syscall.Errno{
	Reset:    {syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE},
	Refused:  {syscall.ECONNREFUSED},
	Full:     {syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG},
	ReadOnly: {syscall.EROFS},
	Obstacle: {syscall.ENOTDIR},
}

// windows are those of Windows ("System Error Codes", "Windows Sockets Error
// Codes").
var windows = [kinds][]syscall.Errno{
	Reset: {
		10054, // WSAECONNRESET
		10053, // WSAECONNABORTED
		109,   // ERROR_BROKEN_PIPE
		232,   // ERROR_NO_DATA: the pipe is being closed
		64,    // ERROR_NETNAME_DELETED
	},
	Refused: {
		10061, // WSAECONNREFUSED
		1225,  // ERROR_CONNECTION_REFUSED
	},
	Full: {
		112,  // ERROR_DISK_FULL
		39,   // ERROR_HANDLE_DISK_FULL
		1295, // ERROR_DISK_QUOTA_EXCEEDED
		223,  // ERROR_FILE_TOO_LARGE
	},
	ReadOnly: {19},  // ERROR_WRITE_PROTECT
	Obstacle: {267}, // ERROR_DIRECTORY: the directory name is invalid
}
