//go:build unix

package page_test

import (
	"syscall"
	"time"
)

// worked is the processor time that this process has had so far, which, unlike
// the clock, others on the machine do not lengthen.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
