package rekey

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// expectedKey is what the journal keeps of a successor before it is bound, and
// before the restart that shows it for the first time: a run that dies in between must find the device
// again, and all it can know of the new certificate is its details page.
type expectedKey struct {
	OldPin     string         `json:"oldPin"` // of the key served until then
	Details    keys.Details   `json:"details"`
	CommonName string         `json:"commonName"`
	Key        keys.Algorithm `json:"key,omitzero"` // as asked for
	// NewPin is the key itself, where it is known beforehand: by its CSR. Empty: by
	// the thumbprint on its details page, or not at all.
	NewPin string `json:"newPin,omitempty"`
}

// recognise returns what tells the successor from another key, see
// [keys.Details.Recognise].
func (e *expectedKey) recognise() func(*x509.Certificate) error {
	byPage := e.Details.Recognise(e.CommonName)
	return func(c *x509.Certificate) error {
		switch {
		case !e.Key.Fits(c.PublicKey):
			return fmt.Errorf("its key is not %s, as was asked for", e.Key)
		case e.NewPin == "":
			return byPage(c)
		case e.NewPin != remoteui.HashSPKI(c).String():
			return fmt.Errorf("it is not the key of the certificate that was registered for %q", e.Details.Name)
		}
		return nil
	}
}

// pinChange is what the journal keeps once the successor is proved.
type pinChange struct {
	OldPin string `json:"oldPin"`
	NewPin string `json:"newPin"`
}

// keyHistory is what the journal knows of the keys by which a device was and will
// be recognised.
type keyHistory struct {
	expected   *expectedKey // nil: no restart is unaccounted for
	pinChanges []pinChange
	agent      string // hex SHA-256 of the certificate of who read the requests last
	// generators says of controller versions whether a key of theirs was seen, and
	// madeBy which made a key; probes are keys made for a look only.
	generators map[string]keys.Weakness
	madeBy     map[string]string
	probes     []string
	owed       []Owed
	told       []string // places and new keys that their peers were told of
	plans      []string // digests of kept plans that were begun
	timerOff   bool     // the timer of the device's SCEP pages was switched off by a run
}

func readHistory(j *state.Journal) (keyHistory, error) {
	var l keyHistory
	records, err := j.Records()
	if err != nil {
		return l, err
	}
	for _, r := range records {
		l.note(r)
		switch r.Event {
		case state.IntentBind, state.IntentRestart:
			if len(r.Data) == 0 && r.Event == state.IntentBind {
				continue // of another usage
			}
			l.expected = new(expectedKey)
			if err := json.Unmarshal(r.Data, l.expected); err != nil {
				l.expected = nil
			}
		case state.Proved:
			var s pinChange
			if json.Unmarshal(r.Data, &s) == nil && s.NewPin != "" {
				l.pinChanges = append(l.pinChanges, s)
			}
			l.expected = nil
		case state.Noted:
			var n smallNote
			if json.Unmarshal(r.Data, &n) == nil && n.Timer != nil {
				l.timerOff = *n.Timer
			}
			l.agent = cmp.Or(n.Agent, l.agent)
			if n.Plan != "" {
				l.plans = append(l.plans, n.Plan)
			}
		}
	}
	return l, nil
}

// replacePins puts in the place of each pin its proved successor: who pinned the old
// key of a device that rekey has given a new one means the same device. The
// old pin means nothing any more: its key could be factored.
func (l keyHistory) replacePins(pins []remoteui.SPKIHash) []remoteui.SPKIHash {
	pins = slices.Clone(pins)
	for _, s := range l.pinChanges {
		from, err1 := remoteui.ParsePin(s.OldPin)
		to, err2 := remoteui.ParsePin(s.NewPin)
		if i := slices.Index(pins, from); err1 == nil && err2 == nil && i >= 0 {
			pins[i] = to
		}
	}
	return pins
}

// refuseReplaced refuses a key of the device that has a proved successor, whoever still
// vouches for it: a CA does until its certificate ends, and the key could be
// factored. One that the device was led back to, or is being led back to, is its
// key again.
func (l keyHistory) refuseReplaced(c *x509.Certificate) error {
	pin, replaced := remoteui.HashSPKI(c).String(), false
	for _, s := range l.pinChanges {
		if s.OldPin == pin || s.NewPin == pin {
			replaced = s.NewPin != pin
		}
	}
	if !replaced {
		return nil
	}
	if l.expected != nil {
		err := l.expected.recognise()(c)
		if _, unsure := errors.AsType[*remoteui.UnconfirmedError](err); err == nil || unsure {
			return nil
		}
	}
	return errors.New("its key is one that an earlier run replaced; if somebody has chosen it again at the device, choose the new one there")
}

// last is the key that was proved last, as a list of none or one.
func (l keyHistory) last() []remoteui.SPKIHash {
	if len(l.pinChanges) == 0 {
		return nil
	}
	pin, err := remoteui.ParsePin(l.pinChanges[len(l.pinChanges)-1].NewPin)
	if err != nil {
		return nil
	}
	return []remoteui.SPKIHash{pin}
}

// successor recognises the key that an interrupted run had bound, if the key
// it was to replace is one that the device is known by. What is known by its
// CA only has no pin to compare: that run had checked it.
func (l keyHistory) successor(known []remoteui.SPKIHash, byCA bool) func(*x509.Certificate) error {
	e := l.expected
	if e == nil {
		return nil
	}
	old, err := remoteui.ParsePin(e.OldPin)
	if err != nil || !byCA && !slices.Contains(known, old) {
		return nil
	}
	return e.recognise()
}

// deed is something that was done to the device; an open one was asked for, and
// not seen done.
type deed struct {
	id   string
	text string
	open bool
}

// did takes a record of the journal, written or not, for what it says was done to
// the device. An outcome takes the place of its intent.
func (o *call) did(rec state.Record) {
	var id, intent string
	switch rec.Event {
	case state.IntentGenerate, state.Requested, state.Generated:
		if rec.Event == state.IntentGenerate && len(rec.Data) == 0 && rec.NewKey != keys.DeviceSignatureKey {
			return // it is there
		}
		id, intent = fmt.Sprintf("key %q made", rec.NewKey), fmt.Sprintf("key %q asked for, and not seen", rec.NewKey)
		if rec.NewKey == keys.DeviceSignatureKey {
			id, intent = "device signature renewed", "device signature to be renewed, and not seen to be"
		}
	case state.IntentBind, state.Bound:
		id = fmt.Sprintf("key %q chosen for %s", rec.NewKey, usage.PlaceOf(rec.Usage).Title())
		intent = id + ", and not seen to be stored"
	case state.IntentRestart, state.Restarted:
		id, intent = "restarted", "restart asked for, and not seen"
	case state.IntentDelete, state.Deleted:
		id = fmt.Sprintf("key %q deleted", rec.OldKey)
		intent = id + ", and not seen to be gone"
	default:
		return
	}
	begins := slices.Contains([]state.Event{state.IntentGenerate, state.IntentBind, state.IntentRestart, state.IntentDelete}, rec.Event)
	i := slices.IndexFunc(o.deeds, func(d deed) bool { return d.id == id && d.open })
	switch {
	case begins && i < 0:
		o.deeds = append(o.deeds, deed{id, intent, true})
	case !begins && i >= 0:
		o.deeds[i] = deed{id, id, false}
	case !begins && rec.Event == state.Restarted: // by itself
		o.deeds = append(o.deeds, deed{id, id, false})
	}
}

// refusedKey takes back that a key was asked for: the device said no.
func (o *call) refusedKey(name string) {
	o.deeds = slices.DeleteFunc(o.deeds, func(d deed) bool { return d.open && d.id == fmt.Sprintf("key %q made", name) })
}

// done says what was done to the device since the call began, for the errors that
// tell of it.
func (o *call) done() (all []string) {
	for _, d := range o.deeds {
		all = append(all, d.text)
	}
	return all
}
