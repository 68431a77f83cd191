package advfleet

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// binding says which key (by id, 0 none) serves which function.
type binding struct {
	tls, x1, sip, sig int
	ipsec             map[int]int // by policy number, from 1
}

func (b binding) clone() binding {
	b.ipsec = maps.Clone(b.ipsec)
	return b
}

func (d *Device) key(id int) *key {
	for _, k := range d.keys {
		if k.id == id {
			return k
		}
	}
	return nil
}

func (d *Device) keyName(id int) string {
	if k := d.key(id); k != nil {
		return k.name
	}
	return ""
}

// uses names the functions of a key under a binding.
func (d *Device) uses(b binding, id int) []string {
	var out []string
	if b.tls == id {
		out = append(out, "TLS")
	}
	if b.x1 == id {
		out = append(out, "IEEE 802.1X")
	}
	for i, p := range d.policies {
		if b.ipsec[i+1] == id {
			out = append(out, "IPSec "+p)
		}
	}
	if b.sip == id {
		out = append(out, "SIP")
	}
	if b.sig == id {
		out = append(out, "Device Signature")
	}
	return out
}

// shown is the usage column: policy names are left out of it.
func (d *Device) shown(k *key) []string {
	b := d.live
	if d.model.listShowsSet {
		b = d.set
	}
	var out []string
	for _, u := range d.uses(b, k.id) {
		if strings.HasPrefix(u, "IPSec") {
			u = "IPSec"
		}
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	if k.other != "" {
		out = append(out, k.other)
	}
	return out
}

func (d *Device) inUse(k *key) bool {
	return len(d.uses(d.live, k.id))+len(d.uses(d.set, k.id)) > 0 || k.other != ""
}

// remove deletes a key that nothing uses, neither now nor after the restart.
func (d *Device) remove(k *key) error {
	if d.inUse(k) || k.fixed {
		d.Violate("deletion of a key in use attempted: %s", k.name)
		return errInUse
	}
	d.keys = slices.DeleteFunc(d.keys, func(x *key) bool { return x == k })
	for _, s := range d.sessions {
		maps.DeleteFunc(s.chosen, func(_ string, id int) bool { return id == k.id })
	}
	return nil
}

// usable tells whether a network function may take the key.
func (d *Device) usable(k *key) bool {
	return k != nil && k.cert != nil && k.other == "" && d.set.sig != k.id
}

// bind gives a function its key; it is in effect after the restart.
func (d *Device) bind(page string, policy, id int) {
	old := d.set.clone()
	switch {
	case page == "tls":
		d.set.tls = id
	case page == "1x":
		d.set.x1 = id
	case page == "sip":
		d.set.sip = id
	case policy > 0:
		d.set.ipsec[policy] = id
	}
	if old.tls != d.set.tls || old.x1 != d.set.x1 || old.sip != d.set.sip || !maps.Equal(old.ipsec, d.set.ipsec) {
		d.changed = true
	}
}

// field ties a stored setting to the name a page gives it.
type field struct {
	canon, name string
	box         bool // a check box: absent means off
	frozen      bool // greyed out: a browser sends nothing
}

// keep compares a posted form with the stored settings: only the key may differ.
func (d *Device) keep(page string, fs []field, form url.Values) {
	now := d.pages[page]
	for _, f := range fs {
		vals, present := form[f.name]
		got := ""
		if present {
			got = vals[len(vals)-1]
		}
		switch {
		case f.box:
			got = onOff(present && got != "0" && got != "off")
		case f.frozen && !present:
			continue
		case !present:
			d.Violate("other settings changed: %s: %s was dropped", page, f.canon)
			continue
		}
		if got != now[f.canon] {
			d.Violate("other settings changed: %s: %s from %q to %q", page, f.canon, now[f.canon], got)
			now[f.canon] = got
			d.changed = true
		}
	}
}

func onOff(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// on is the checked attribute.
func on(b bool) string {
	if b {
		return ` checked="checked"`
	}
	return ""
}

func sel(b bool) string {
	if b {
		return ` selected="selected"`
	}
	return ""
}
