package rekey

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/keys"
)

// Owed is another device on which the S/MIME certificate is to be replaced,
// and was not: it trusts the old one until then. // V-5, E-2
type Owed struct {
	Host string `json:"host"`
	Old  []byte `json:"old"` // DER
	New  []byte `json:"new"`
	Done bool   `json:"done,omitempty"` // in the journal: it is owed no more
}

// owes takes a record of the journal. A device may be owed several certificates:
// the newest counts, and all old ones are to go.
func (l *lineage) owes(o Owed) {
	same := func(other Owed) bool { return other.Host == o.Host && slices.Equal(other.Old, o.Old) }
	l.owed = slices.DeleteFunc(l.owed, same)
	if o.Done {
		return
	}
	for i := range l.owed {
		if l.owed[i].Host == o.Host {
			l.owed[i].New = o.New
		}
	}
	l.owed = append(l.owed, o)
}

// noteOwed journals that something is to be done on another device, or is done.
func (r *runner) noteOwed(o Owed) error {
	r.line.owes(o)
	data, err := json.Marshal(generatorNote{Owed: &o})
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Step: "V-5", Usage: string(keys.UseDeviceSignature), Note: o.Host, Data: data})
}

// payOwed does what earlier runs could not do on another device. What it cannot
// do either, or is not told how to, is left to a task until it is done.
func (r *runner) payOwed(ctx context.Context, host string) error {
	for _, o := range slices.Clone(r.line.owed) { // a renewal of this run may have changed what is new
		planned := slices.ContainsFunc(r.plan.Owed, func(p Owed) bool { return p.Host == o.Host && slices.Equal(p.Old, o.Old) })
		c := o.change()
		if o.Host != host || !planned || c.new.cert == nil {
			continue
		}
		i := slices.IndexFunc(r.o.Others, func(d Device) bool { return address.Host(d.URL) == o.Host })
		err := fmt.Errorf("%w: %s still trusts the old S/MIME certificate: give it as one of the other devices (Others)", ErrUnfinished, o.Host)
		if i >= 0 {
			err = r.replaceOn(ctx, r.o.Others[i], c)
		}
		if err == nil {
			o.Done = true
			if err := r.noteOwed(o); err != nil {
				return err
			}
			continue
		}
		r.owedErrs = append(r.owedErrs, err)
		before, after := infoOf(c.old.cert, nil), infoOf(c.new.cert, nil)
		r.report.addTask(r.o.language(r.s.Language()), Task{ID: task.EnableNewSignature, Place: c.Place, Old: &before, New: &after}, task.SelfSigned, task.Facts{
			Device: r.report.Device.Model, URL: r.s.URL(), Failed: []string{o.Host},
			Old: certFacts(keys.DeviceSignatureKey, before), New: certFacts(keys.DeviceSignatureKey, after),
		})
	}
	return nil
}

// change stands for the renewal that the device is owed.
func (o Owed) change() *change {
	return &change{
		Change: &Change{Place: signaturePlace, OldKey: KeyRef{Name: keys.DeviceSignatureKey}},
		old:    &oldKey{cert: parsed(o.Old)}, new: &newKey{cert: parsed(o.New)},
	}
}
