package state

import "time"

// SetHeartbeat shortens the heartbeat, for tests with real processes.
func SetHeartbeat(d *Dir, beat time.Duration) { d.beat = beat }
