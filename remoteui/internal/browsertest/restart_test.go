package browsertest

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// restart applies the changes or, where the menu has that instead, restarts the
// device; then it waits for the restart and logs in anew. // R-5
func (w *twins) restart(ctx context.Context) {
	w.do("restart", func() error {
		return usage.Restart(ctx, w.session, usage.RestartOptions{Interval: 50 * time.Millisecond, Successor: func(*x509.Certificate) error { return nil }})
	}, func() {
		w.walk(remoteui.Settings)
		command := remoteui.ApplyChanges
		if !w.has(command) {
			command = remoteui.RestartDevice
		}
		w.click(command)
		if w.theirs.Restarts() == 0 && w.has(remoteui.OK) {
			w.click(remoteui.OK)
		}
		w.awaitRestart()
		w.enter()
	})
}
