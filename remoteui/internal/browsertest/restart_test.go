package browsertest

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

// restart applies the changes or, where the menu has that instead, restarts the
// device; then it waits for the restart and logs in anew. // R-5
func (w *twins) restart(ctx context.Context) {
	w.do("restart", func() error {
		return usage.Restart(ctx, w.session, usage.RestartOptions{Interval: 50 * time.Millisecond, Successor: func(*x509.Certificate) error { return nil }})
	}, func() {
		w.walk(labels.Settings)
		command := labels.ApplyChanges
		if !w.has(command) {
			command = labels.RestartDevice
		}
		w.click(command)
		if w.theirs.Restarts() == 0 && w.has(labels.OK) {
			w.click(labels.OK)
		}
		w.awaitRestart()
		w.enter()
	})
}
