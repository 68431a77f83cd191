// Package share keeps a device of many that share the memory of a process to what a
// usual one needs, and tells when it needs more.
package share

import "sync"

// What one device may take of memory: docs/limits.md.
const (
	Usual  = 20 << 20  // with a Share
	Most   = 256 << 20 // without
	Script = 64 << 20  // of Most, by scripts: one that cannot be stopped keeps it
)

// Share is what one device has of the memory. A nil one is all that it may take.
type Share struct {
	mu       sync.Mutex
	exceeded bool
	end      func()
}

// Exceed says that the device needs more, and ends what goes on until then.
func (s *Share) Exceed() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exceeded = true
	if s.end != nil {
		s.end()
	}
}

// Exceeded reports whether it needs more.
func (s *Share) Exceeded() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exceeded
}

// Until has end called, at once if the device needs more as it is known; nil: nothing
// has to end.
func (s *Share) Until(end func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end = end; end != nil && s.exceeded {
		end()
	}
}
