package smallfleet

import (
	"slices"
	"strconv"
	"time"
)

func (d *Device) keyAt(no string) *key {
	n, _ := strconv.Atoi(no)
	for _, k := range d.keys {
		if k.slot == n {
			return k
		}
	}
	return nil
}

// add puts a key into the lowest free place.
func (d *Device) add(k *key) fault {
	if len(d.keys) >= d.p.max {
		return full
	}
	for n := 1; ; n++ {
		if d.keyAt(strconv.Itoa(n)) == nil {
			k.slot = n
			break
		}
	}
	d.keys = append(d.keys, k)
	slices.SortFunc(d.keys, func(a, b *key) int { return a.slot - b.slot })
	return ""
}

func (d *Device) used(k *key) bool {
	return k.fixed || len(d.usesIn(d.saved, k)) > 0 || len(d.usesIn(d.running, k)) > 0
}

// remove deletes a key unless it is stored or running anywhere.
func (d *Device) remove(no string) fault {
	k := d.keyAt(no)
	if k == nil {
		return noKey
	}
	if d.used(k) {
		d.Violate("deletion of a key in use attempted: %s", k.name)
		return inUse
	}
	d.keys = slices.DeleteFunc(d.keys, func(o *key) bool { return o == k })
	return ""
}

// bindable tells whether a selection list offers the key for a use.
func (d *Device) bindable(use string, k *key) bool {
	if k.fixed || k.cert == nil {
		return false
	}
	// The SIP list refuses keys another function uses.
	return use != useSIP || d.saved[useSIP] == k || !d.used(k)
}

// bind stores the key of a use; it works from the next restart on.
func (d *Device) bind(use, no string) fault {
	k := d.keyAt(no)
	if k == nil {
		return noKey
	}
	if !d.bindable(use, k) {
		return badChoice
	}
	if use == useIPSec+d.p.policies[1] {
		d.Violate("other settings changed: a key set for the pre-shared key policy %s", d.p.policies[1])
		return badChoice
	}
	if d.saved[use] != k {
		d.saved[use] = k
		d.changed = true
	}
	return ""
}

// admit checks a generate form against the store.
func (d *Device) admit(g *request) fault {
	if f := g.check(); f != "" {
		return f
	}
	if len(d.keys) >= d.p.max {
		return full
	}
	for _, k := range d.keys {
		if k.name == g.name {
			return dupName
		}
	}
	return ""
}

// generate makes the key while the request waits; mu is released meanwhile,
// so that the pages can still be read.
func (d *Device) generate(g *request) (*key, fault) {
	if f := d.admit(g); f != "" {
		return nil, f
	}
	d.generating = true
	d.Mu.Unlock()
	k, err := g.build()
	d.Mu.Lock()
	d.generating = false
	if err != nil {
		return nil, cantMake
	}
	return k, d.add(k)
}

// generateLater makes the key behind a wait page.
func (d *Device) generateLater(g *request, least time.Duration, done func(*key)) fault {
	if f := d.admit(g); f != "" {
		return f
	}
	d.generating, d.genFault = true, ""
	d.pending.Go(func() {
		t := time.Now()
		k, err := g.build()
		time.Sleep(least - time.Since(t))
		d.Mu.Lock()
		defer d.Mu.Unlock()
		d.generating = false
		if err != nil {
			d.genFault = cantMake
			return
		}
		if d.genFault = d.add(k); d.genFault == "" {
			done(k)
		}
	})
	return ""
}

// renewSignature replaces the one device signature key in place.
func (d *Device) renewSignature() fault {
	old := d.saved[useSign]
	now := d.cfg.Now().UTC().Truncate(24 * time.Hour)
	g := &request{name: "sign", sig: "SHA256", alg: "RSA", size: "2048", cn: old.cert.Subject.CommonName,
		org: "CANON", start: now, end: now.AddDate(5, 0, -1)}
	d.Mu.Unlock()
	k, err := g.build()
	d.Mu.Lock()
	if err != nil {
		return cantMake
	}
	k.name, k.slot, k.fixed = old.name, old.slot, true
	d.keys[slices.Index(d.keys, old)] = k
	d.saved[useSign], d.running[useSign] = k, k
	return ""
}
