package rekey

import (
	"errors"
	"net"
	"testing"
)

// That a device cannot be reached is to be tried again later only where nothing was
// changed; whoever changed it and lost it has to look at it.
func TestExitOfALostDevice(t *testing.T) {
	t.Parallel()
	off := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, c := range []struct {
		err     error
		changed bool
		class   ExitClass
	}{
		{off, false, ExitUnreachable}, {off, true, ExitFailed}, {&BudgetError{}, true, ExitFailed}, {ErrUnfinished, true, ExitDecision}, {nil, true, ExitDone},
	} {
		if got := new(Report).exit(c.err, c.changed); got.Class != c.class || got.Code != exits[c.class].Code {
			t.Errorf("%v, changed %t: %+v, want %s", c.err, c.changed, got, c.class)
		}
	}
}
