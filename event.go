package rekey

import "time"

// Event is one line of progress.
type Event struct {
	Time time.Time
	// Device that it is about, the host of its URL with its port if that is not the
	// usual one. Run tells calls apart, of one device and of several at a time.
	Device string
	Run    string
	Kind   EventKind
	Step   string // ID of the step under way, e.g. "G-1"; empty between steps
	Text   string // one line, without secrets, safe to print
}

// EventKind classes events.
type EventKind string

// The kinds of events.
const (
	EventPhase    EventKind = "phase"     // assessment, plan, application begin
	EventStep     EventKind = "step"      // a step begins
	EventStepDone EventKind = "step-done" // a step ended, Text says how
	EventProgress EventKind = "progress"  // something goes on: connected, waiting …
	EventNotice   EventKind = "notice"    // worth reading afterwards
)
