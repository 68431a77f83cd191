//go:build !unix

package page_test

import "time"

var began = time.Now()

// worked is the time since the beginning, where processor time is not known.
func worked() time.Duration { return time.Since(began) }
