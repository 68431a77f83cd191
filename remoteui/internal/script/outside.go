package script

import "context"

// Outside runs what waits for something else than this engine, within a host
// call: an answer from the network, or another engine's work.
func (v *VM) Outside(_ context.Context, wait func()) { wait() }
