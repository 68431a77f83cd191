package simdevice

import (
	"net/http"
	"time"
)

// FaultKind is what goes wrong at a request.
type FaultKind string

// The faults.
const (
	FaultResetBefore   FaultKind = "reset-before"   // the connection drops, nothing was done
	FaultResetAfter    FaultKind = "reset-after"    // it was done, but the connection drops instead of an answer
	FaultStatus500     FaultKind = "status-500"     // nothing was done, status 500
	FaultTruncate      FaultKind = "truncate"       // it was done, the answer breaks off half-way
	FaultExpireSession FaultKind = "expire-session" // the session ends just before
	FaultDelay         FaultKind = "delay"          // the answer takes Delay
	FaultBusy          FaultKind = "busy"           // nothing was done, a page says to come back later
	FaultRestartNow    FaultKind = "restart-now"    // it was done, then the power fails: no answer, then a restart
	FaultAnswer        FaultKind = "answer"         // it was done, and Answer speaks in the device's place
)

var faultKinds = []FaultKind{
	FaultResetBefore, FaultResetAfter, FaultStatus500, FaultTruncate, FaultExpireSession, FaultDelay, FaultBusy, FaultRestartNow, FaultAnswer,
}

// Fault makes requests go wrong.
type Fault struct {
	// Kind of the fault.
	Kind FaultKind
	// Page the request is for; empty means any.
	Page PageKind
	// Match further selects requests; nil means all. The body was read: Form has
	// the fields, but no files. It must not call the Device.
	Match func(*http.Request) bool
	// Skip is the number of matching requests that go well before.
	Skip int
	// Count is the number of requests that go wrong; zero means one, a negative
	// number all.
	Count int
	// Delay of [FaultDelay].
	Delay time.Duration
	// Answer of [FaultAnswer]: what a device says that is broken, or in other
	// hands. It must not call the Device.
	Answer http.HandlerFunc
}

// armedFault is a Fault with its progress.
type armedFault struct {
	Fault
	seen int
}

// hits counts a matching request and tells whether it goes wrong.
func (f *armedFault) hits(page PageKind, r *http.Request) bool {
	if f.Page != "" && f.Page != page {
		return false
	}
	if f.Match != nil && !f.Match(r) {
		return false
	}
	f.seen++
	count := f.Count
	if count == 0 {
		count = 1
	}
	return f.seen > f.Skip && (count < 0 || f.seen <= f.Skip+count)
}
