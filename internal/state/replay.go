package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/usage"
)

// Event says what a journal record records. A key's replacement in one usage
// is a chain of them:
//
//	IntentGenerate ── Requested ── Issued ── Generated ── Bound ── Restarted ── Proved ── Deleted | Finished
//	  (generate)     (request)   (request)    (bind)   (restart)   (delete)   (delete)       (closed)
//
// Only a key whose certificate a CA issues has Requested, with its CSR, and Issued,
// with the certificate.
//
// The word in brackets is the chain's [usage.Stage] from then on. Intents after the
// first, and Failed, leave the stage as it is: whether the act took place is
// read from the device. A stage may be reached again (a binding that was lost
// is made again), and Abandoned closes the chain at any point. A second
// IntentGenerate for the same usage and old key begins a new chain in place of
// the open one.
//
// A record moves the chains that it does not contradict in Usage, OldKey and
// NewKey, an empty field standing for any: a Deleted of the old key alone
// closes its chains in every usage. Restarted moves only chains that are
// bound, since it is the device that restarts, not a key.
type Event string

// The events. Each intent is written before its act, each outcome after it was
// read back.
const (
	IntentGenerate Event = "intent-generate" // needs Usage, OldKey, NewKey; Data: what is asked for
	Requested      Event = "requested"       // needs NewKey; Data: the CSR
	Issued         Event = "issued"          // needs NewKey; Data: the certificate
	Generated      Event = "generated"       // needs NewKey: the key can be used
	IntentBind     Event = "intent-bind"     // needs NewKey
	Bound          Event = "bound"           // needs NewKey
	IntentRestart  Event = "intent-restart"
	Restarted      Event = "restarted"
	Proved         Event = "proved"        // needs NewKey
	IntentDelete   Event = "intent-delete" // needs OldKey
	Deleted        Event = "deleted"       // needs OldKey, the key that is gone
	Finished       Event = "finished"      // needs NewKey: done, the old key stays
	Abandoned      Event = "abandoned"     // needs NewKey: given up
	Failed         Event = "failed"        // a step failed, Note says how
	Noted          Event = "noted"         // nothing but Note and Data
)

// check refuses a record that replay could not place.
func (r *Record) check() error {
	need := func(fields ...string) error {
		if slices.Contains(fields, "") {
			return fmt.Errorf("state: journal record %q lacks a key or usage", r.Event)
		}
		return nil
	}
	switch r.Event {
	case IntentGenerate:
		return need(r.Usage, r.OldKey, r.NewKey)
	case Requested, Issued, Generated, IntentBind, Bound, Proved, Finished, Abandoned:
		return need(r.NewKey)
	case IntentDelete, Deleted:
		return need(r.OldKey)
	case IntentRestart, Restarted, Failed, Noted:
		return nil
	}
	return fmt.Errorf("state: journal record of unknown event %q", r.Event)
}

// Successor is a key that was made, or meant, to replace another in a usage.
type Successor struct {
	Usage          string
	NewKey         string
	OldKey         string
	OldSPKI        string
	OldFingerprint string
	Spec           json.RawMessage // Data of the IntentGenerate
	Note           string          // of the IntentGenerate
	// Request and Certificate are the Data of the last Requested and Issued.
	Request     json.RawMessage
	Certificate json.RawMessage
	From        usage.Stage
	// Closed is the event that ended the chain: Deleted, Finished or Abandoned;
	// empty while it is open.
	Closed Event
}

// Open reports whether the replacement has not come to its end.
func (s Successor) Open() bool { return s.Closed == "" }

// Successors returns every chain of the journal, the oldest first. At most one
// for each usage and old key is open.
func (j *Journal) Successors() ([]Successor, error) {
	records, err := j.Records()
	if err != nil {
		return nil, err
	}
	var chains []Successor
	for _, r := range records {
		chains = replay(chains, r)
	}
	return chains, nil
}

// Unfinished returns the successors for a usage whose chain is open, at most
// one for each old key, the oldest chain first.
func (j *Journal) Unfinished(usage string) ([]Successor, error) {
	chains, err := j.Successors()
	return slices.DeleteFunc(chains, func(s Successor) bool { return !s.Open() || s.Usage != usage }), err
}

// replay applies a record to the chains.
func replay(chains []Successor, r Record) []Successor {
	for i := range chains {
		s := &chains[i]
		if !s.Open() || r.Usage != "" && r.Usage != s.Usage {
			continue
		}
		switch r.Event {
		case IntentGenerate:
			if s.OldKey == r.OldKey {
				s.Closed = Abandoned
			}
		case Deleted, Finished, Abandoned:
			if r.about(*s) {
				s.Closed = r.Event
			}
		default:
			if r.about(*s) {
				s.take(r)
			}
		}
	}
	if r.Event == IntentGenerate {
		chains = append(chains, Successor{
			Usage: r.Usage, NewKey: r.NewKey, OldKey: r.OldKey, OldSPKI: r.OldSPKI, OldFingerprint: r.OldFingerprint,
			Spec: r.Data, Note: r.Note, From: usage.FromGenerate,
		})
	}
	return chains
}

// take moves a chain by a record that is about it.
func (s *Successor) take(r Record) {
	switch r.Event {
	case Requested:
		s.Request, s.Certificate = r.Data, nil
	case Issued:
		s.Certificate = r.Data
	}
	s.From = next(s.From, r.Event)
}

// about reports whether the record is about the chain.
func (r Record) about(s Successor) bool {
	return (r.OldKey == "" || r.OldKey == s.OldKey) && (r.NewKey == "" || r.NewKey == s.NewKey)
}

// next is the stage of a chain after an event that is about it.
func next(from usage.Stage, e Event) usage.Stage {
	switch e {
	case Requested, Issued:
		return usage.FromRequest
	case Generated:
		return usage.FromBind
	case Bound:
		return usage.FromRestart
	case Restarted:
		if from == usage.FromRestart {
			return usage.FromDelete
		}
	case Proved:
		return usage.FromDelete
	}
	return from
}

// Made reports whether rekey asked the device for the key of this name, which
// the Data of an IntentGenerate shows, and has not deleted it since. An
// IntentGenerate without Data is about a key that was there. The names it gives are random, so a key that
// answers to one is its own even if the run died before it could read it back.
func (j *Journal) Made(name string) (bool, error) {
	asked, err := j.Asked()
	return slices.Contains(asked, name), err
}

// Asked returns the names of the keys of which [Journal.Made] is true, in no
// order. The device may have them, or still be making them, or never have heard
// that it was asked.
func (j *Journal) Asked() ([]string, error) {
	records, err := j.Records()
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, r := range records {
		switch {
		case r.Event == IntentGenerate && len(r.Data) > 0:
			asked[r.NewKey] = true
		case r.Event == Deleted:
			delete(asked, r.OldKey)
		}
	}
	return slices.Collect(maps.Keys(asked)), nil
}

// Gone reports whether the key of this name was deleted by rekey and is not
// known to have come back: nothing was made, bound or meant to be deleted under
// its name since. The SPKI (hex SHA-256) is that of the key that is meant: if the
// journal knows what was replaced under the name, it must be among it. Empty: the
// name alone counts.
func (j *Journal) Gone(name, spki string) (bool, error) {
	records, err := j.Records()
	if err != nil {
		return false, err
	}
	gone, known, same := false, false, false
	for _, r := range records {
		if r.OldKey == name && r.OldSPKI != "" {
			known, same = true, same || strings.EqualFold(r.OldSPKI, spki)
		}
		switch {
		case r.Event == Deleted && r.OldKey == name:
			gone = true
		case r.NewKey == name, r.Event == IntentDelete && r.OldKey == name:
			gone = false
		}
	}
	return gone && (same || !known || spki == ""), nil
}
