package state

import (
	"time"

	"github.com/rekey-go/rekey/internal/refusal"
)

// SetHeartbeat shortens the heartbeat, for tests with real processes.
func SetHeartbeat(d *Dir, beat time.Duration) { d.beat = beat }

// SetIterations makes hashing cheaper, down to what is still accepted.
func SetIterations(d *Dir) { d.iterations = refusal.MinIterations }
