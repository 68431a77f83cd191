//go:build unix

package race

import (
	"syscall"
	"time"
)

// Worked is the processor time that this process has had so far, which, unlike
// the clock, others on the machine do not lengthen.
func Worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
