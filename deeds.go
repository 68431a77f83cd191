package rekey

import (
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

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
