package simdevice

import (
	"fmt"
	"slices"
	"strings"
)

// observer keeps what happened and checks, after every request, what must
// hold whoever operates the device.
type observer struct {
	tolerate     []Invariant
	log          []LogEntry
	changes      int
	violations   []string
	reported     int // of violations, already told
	lacking      map[string]bool
	spare        int
	timerChecked bool
	looked       map[string]bool // usages whose page was shown since their keys took effect
}

func (o *observer) begin(d *Device) {
	o.tolerate = d.cfg.Tolerate
	o.lacking = d.lackingUsages()
	o.looked = make(map[string]bool)
	o.inEffect(d, bindings{})
}

// inEffect notes which keys took effect, in the place of which, and that nobody
// has looked at the page of their usage since.
func (o *observer) inEffect(d *Device, before bindings) {
	for i, k := range d.store.active {
		if k != nil && k != before[i] {
			k.worked[i], o.looked[useAt(i)] = true, false
		}
	}
}

// shown notes which usage's key a page names.
func (o *observer) shown(page PageKind) {
	if page == PageIKE || page == PagePolicy {
		o.looked[UseIPSec] = true
	} else if place, ok := placeOfPage(page); ok && page == functions[place].page {
		o.looked[functions[place].use] = true
	}
}

func (o *observer) violate(i Invariant, format string, args ...any) {
	if i != "" && slices.Contains(o.tolerate, i) {
		return
	}
	text := fmt.Sprintf(format, args...)
	if i != "" {
		text = "[" + string(i) + "] " + text
	}
	o.violations = append(o.violations, text)
}

func (o *observer) takeUnreported() []string {
	fresh := slices.Clone(o.violations[o.reported:])
	o.reported = len(o.violations)
	return fresh
}

// secretFields are masked in the log.
var secretFields = []string{"password", "PASSWORD", "PASSWORD_T", "password2", "CHALLENGE", "Token", "iToken", "i0016", "i2101"}

func masked(fields []Field, secrets []string) []Field {
	safe := slices.Clone(fields)
	for i, f := range safe {
		if f.Value != "" && slices.Contains(secrets, f.Name) {
			safe[i].Value = "***"
		}
	}
	return safe
}

// lackingUsages returns the usages whose key is gone or does not work.
func (d *Device) lackingUsages() map[string]bool {
	lacking := make(map[string]bool)
	for i := range d.store.stored {
		for _, k := range []*key{d.store.stored[i], d.store.active[i]} {
			if k != nil && (!k.usable() || !d.store.has(k)) {
				lacking[useAt(i)] = true
			}
		}
	}
	return lacking
}

// checkInvariants runs after every request.
func (d *Device) checkInvariants() {
	lacking := d.lackingUsages()
	for use := range lacking {
		if !d.obs.lacking[use] {
			d.obs.violate(InvariantWorkingKey, "%s was left without a working key", use)
		}
	}
	d.obs.lacking = lacking
	d.checkSuccessors()
}

// checkSuccessors wants no more new keys waiting to be bound than there are
// usages they can be for: those that still have a key that was there before,
// or a weak one.
func (d *Device) checkSuccessors() {
	spare := 0
	var names []string
	count := func(k *key) {
		if k.generated && !k.bound {
			spare++
			names = append(names, k.name)
		}
	}
	for _, k := range d.store.keys {
		count(k)
	}
	if d.gen != nil {
		count(d.gen.key)
	}
	if d.enrol != nil && !d.enrol.listed {
		count(d.enrol.key)
	}
	room := 0
	for _, k := range d.store.stored {
		if k != nil && (!k.generated || k.weak) {
			room++
		}
	}
	if spare > room && spare > d.obs.spare {
		d.obs.violate(InvariantOneSuccessor, "%d new keys (%s) wait to be bound to %d usages", spare, strings.Join(names, ", "), room)
	}
	d.obs.spare = spare
}

// checkDeletion runs when k is about to be deleted.
func (d *Device) checkDeletion(k *key) {
	for i := range d.store.stored {
		if d.store.stored[i] == k || d.store.active[i] == k {
			d.obs.violate(InvariantProvedSuccessor, "key %q was deleted while %s has it", k.name, useAt(i))
		}
	}
	d.checkDeletionHook(k)
	for i, worked := range k.worked {
		if use := useAt(i); worked && use != UseTLS && d.store.active[i] != nil && !d.obs.looked[use] {
			d.obs.violate(InvariantProvedSuccessor, "key %q was deleted before anybody looked whether %s has its successor after the restart", k.name, use)
		}
	}
	if !k.served {
		return
	}
	successor := d.store.serving
	switch {
	case successor == k:
		d.obs.violate(InvariantProvedSuccessor, "key %q was deleted while TLS is served with it", k.name)
	case successor == nil || !successor.served:
		d.obs.violate(InvariantProvedSuccessor, "key %q was deleted before TLS was served with its successor", k.name)
	}
}

// checkDeletionHook asks what only the operator's side can know.
func (d *Device) checkDeletionHook(k *key) {
	if d.cfg.OnDelete == nil {
		return
	}
	if err := d.cfg.OnDelete(k.state(d.store)); err != nil {
		d.obs.violate(InvariantProvedSuccessor, "key %q was deleted: %v", k.name, err)
	}
}

func (d *Device) checkOpenSessions() {
	for _, s := range d.sessions.open() {
		d.obs.violate(InvariantNoOpenSession, "session %d was still open at the end", s.number)
	}
	d.sessions.forget()
}

// checkTimer wants the timer of SCEP as it was at first (G-8).
func (d *Device) checkTimer() {
	if d.timerOn() != d.cfg.SCEPTimer && !d.obs.timerChecked {
		d.obs.violate(InvariantTimerRestored, "the timer for automatic certificate requests was not put back")
	}
	d.obs.timerChecked = true
}
