package errkind

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	all := []Kind{Reset, Refused, Full, ReadOnly, Obstacle}
	for _, tc := range []struct {
		system string
		number syscall.Errno
		want   Kind
	}{
		{"linux", syscall.ECONNRESET, Reset}, {"linux", syscall.EPIPE, Reset}, {"linux", syscall.ECONNREFUSED, Refused},
		{"linux", syscall.ENOSPC, Full}, {"linux", syscall.EDQUOT, Full}, {"linux", syscall.EROFS, ReadOnly}, {"linux", syscall.ENOTDIR, Obstacle},
		{"windows", 10054, Reset}, {"windows", 10053, Reset}, {"windows", 232, Reset}, {"windows", 10061, Refused},
		{"windows", 112, Full}, {"windows", 39, Full}, {"windows", 19, ReadOnly}, {"windows", 267, Obstacle},
		{"linux", 10054, -1}, {"linux", 267, -1}, {"linux", syscall.EACCES, -1}, {"windows", 5, -1},
	} {
		for _, k := range all {
			if got := k.has(tc.system, tc.number); got != (k == tc.want) {
				t.Errorf("%s %d: kind %d: %v", tc.system, tc.number, k, got)
			}
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	reset := fmt.Errorf("x: %w", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)})
	if !Reset.Is(reset) || !BrokeOff(reset) || Full.Is(reset) || Reset.Is(nil) || Reset.Is(io.EOF) || !BrokeOff(fmt.Errorf("y: %w", io.EOF)) {
		t.Error(reset)
	}
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	if !Refused.Is(refused) || BrokeOff(refused) {
		t.Error(refused)
	}
}
