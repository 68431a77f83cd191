//go:build !unix

package race

import "time"

var began = time.Now()

// Worked is the time since the beginning, where processor time is not known.
func Worked() time.Duration { return time.Since(began) }
