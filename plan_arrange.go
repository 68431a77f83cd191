package rekey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// group is a set of changes that get one and the same new key.
type group struct {
	id      string
	shared  bool
	kind    CertificateKind
	changes []int // indices into Plan.Changes
	spec    keys.Spec
	from    usage.Stage // usage.FromGenerate, or where an earlier run left off
	left    *Unfinished
}

// arrange gives each change its new key and puts the work in rounds. One
// successor is made for each old key, and one more for a usage that takes no other's key (SIP), unless
// sharing saves something: a place in the key store, or restarts where a
// certificate has to be shown by TLS before its peers can trust it.
func (pl *planner) arrange() error {
	share := slices.ContainsFunc(pl.p.Changes, pl.shownFirst)
	groups, err := pl.groups(share)
	if err != nil {
		return err
	}
	if !pl.fits(groups) && pl.freedByEarlier() {
		pl.p.Changes = slices.DeleteFunc(pl.p.Changes, func(c Change) bool { return c.makes() || c.From == usage.FromBind })
		pl.p.More, groups = true, nil
	}
	if !pl.fits(groups) && !share {
		// Keys that an earlier run made are there anyway: sharing one of them would
		// leave the others over.
		each := toMake(groups)
		if groups, err = pl.groups(true); err != nil {
			return err
		}
		if share = toMake(groups) < each; share {
			pl.p.Notices = append(pl.p.Notices, "the key store has no room for a new key each: TLS, IEEE 802.1X and IPSec share one")
		} else if groups, err = pl.groups(false); err != nil {
			return err
		}
	}
	if pl.planProbe(groups) {
		if groups, err = pl.groups(share); err != nil {
			return err
		}
	}
	pl.tellOtherNames(groups)
	w := &work{pl: pl, groups: groups}
	if !pl.fits(groups) {
		if err := w.makeRoom(); err != nil {
			return err
		}
	}
	for _, g := range groups {
		for _, i := range g.changes {
			c := &pl.p.Changes[i]
			c.New, c.From = g.spec, g.from
			if k := pl.a.key(g.spec.Name); k != nil {
				c.MadeBy = k.MadeBy
			}
			if g.left != nil {
				c.Request, c.Certificate = g.left.Request, g.left.Certificate
			}
		}
	}
	w.lay()
	return nil
}

// shownFirst: the certificate must be known before the place is bound, and is
// known only once TLS has served it.
func (pl *planner) shownFirst(c Change) bool {
	return c.Trust == TrustDistributed && !c.Function().OwnPort
}

// groups puts together the changes that are to get a new key.
func (pl *planner) groups(share bool) ([]*group, error) {
	var all []*group
	for i := range pl.p.Changes {
		c := &pl.p.Changes[i]
		if c.From != usage.FromGenerate && c.From != usage.FromBind {
			continue
		}
		g := &group{id: "of " + c.OldKey.Name, kind: c.Kind}
		switch {
		case c.Function().OwnKey:
			g.id = string(c.Use) + " " + g.id
		case share:
			g.id, g.shared = "shared", true
		}
		at := slices.IndexFunc(all, func(other *group) bool { return other.id == g.id && other.kind == g.kind })
		if at < 0 {
			at, all = len(all), append(all, g)
		}
		all[at].changes = append(all[at].changes, i)
	}
	pl.claimed = map[string]bool{}
	for _, g := range all {
		if err := pl.specify(g); err != nil {
			return nil, err
		}
		pl.claimed[g.spec.Name] = true
	}
	return all, nil
}

// specify works out the group's new key: one that TLS serves already, one that
// an earlier run made, or a new one.
func (pl *planner) specify(g *group) error {
	first := &pl.p.Changes[g.changes[0]]
	if k := pl.servedSuccessor(g); k != nil {
		g.spec, g.from = keys.Spec{Name: k.Name, CommonName: pl.a.commonName(k, pl.o)}, usage.FromBind
		return nil
	}
	var err error
	if g.spec, err = pl.a.spec(pl.a.key(first.OldKey.Name), first.Use, g.kind, pl.o); err != nil {
		return err
	}
	if g.from = usage.FromGenerate; !pl.resumeGroup(g) {
		pl.adoptOrphan(g)
	}
	return nil
}

// tellOtherNames says where a shared key bears another name than the one that a
// place had: its peers may know the device by that.
func (pl *planner) tellOtherNames(groups []*group) {
	for _, g := range groups {
		for _, i := range g.changes {
			c := &pl.p.Changes[i]
			k := pl.a.key(c.OldKey.Name)
			if k == nil {
				continue
			}
			if c.From != usage.FromDelete {
				pl.tellLost(c, k, &g.spec)
			}
			if c.Function().RemoteUI {
				continue
			}
			if subject, _ := k.subject(); subject.CommonName != "" && keys.IsHost(subject.CommonName) && !strings.EqualFold(subject.CommonName, g.spec.CommonName) && pl.o.CommonName == "" {
				pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("%s gets a certificate for %q, whose old one is for %q: see that whoever it talks to goes by neither name, or make room for a key of its own",
					c.Title(), g.spec.CommonName, subject.CommonName))
			}
		}
	}
}

// tellLost names what the old certificate's subject has and the new one's will not
// have: whoever admits the device by it has to be told before.
func (pl *planner) tellLost(c *Change, old *KeyState, s *keys.Spec) {
	fields := map[string]string{"CN": s.CommonName, "O": s.Organization, "OU": s.OrganizationalUnit, "ST": s.State, "L": s.City, "C": s.Country}
	if pl.o.Organization != "" {
		delete(fields, "O") // asked for
	}
	// TLS is reached by a name that the factory did not know; see tellOtherNames for the others.
	if c.Function().RemoteUI || pl.o.CommonName != "" || keys.IsHost(firstCommonName(old)) {
		delete(fields, "CN")
	}
	var lost []string
	for _, a := range old.attributes() {
		field, known := fields[a.Type]
		isField := slices.Contains([]string{"CN", "O", "OU", "ST", "L", "C"}, a.Type)
		if isField && !known || strings.EqualFold(field, a.Value) {
			continue
		}
		lost = append(lost, a.Type+"="+quote(a.Value))
	}
	if len(lost) > 0 {
		pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("%s: of the old certificate's name the new one will not have %s: the device's form takes no such thing. See that whoever admits the device does not go by it",
			c.Title(), strings.Join(lost, ", ")))
	}
}

func firstCommonName(k *KeyState) string { n, _ := k.subject(); return n.CommonName }

// servedSuccessor is the key that TLS serves, if rekey made it and the group
// needs a certificate that has been seen: it need not be shown once more.
func (pl *planner) servedSuccessor(g *group) *KeyState {
	k := pl.a.key(pl.a.ServedKey)
	if !g.shared || g.kind != SelfSigned || k == nil || !k.Ours || k.Finding.State != keys.NotFound || pl.changesTLS(g) {
		return nil
	}
	return k
}

func (pl *planner) changesTLS(g *group) bool {
	return slices.ContainsFunc(g.changes, func(i int) bool { return pl.p.Changes[i].Function().RemoteUI })
}

// free is how many more keys the device can hold; many if that is not known.
func (pl *planner) free() int {
	if pl.o.KeySlots == 0 {
		return 1000
	}
	return pl.o.KeySlots - len(pl.a.Keys)
}

func (pl *planner) fits(groups []*group) bool { return toMake(groups) <= pl.free() }

func toMake(groups []*group) int {
	n := 0
	for _, g := range groups {
		if g.from == usage.FromGenerate {
			n++
		}
	}
	return n
}

// freedByEarlier reports whether finishing what an earlier run left makes
// room.
func (pl *planner) freedByEarlier() bool {
	return slices.ContainsFunc(pl.p.Changes, func(c Change) bool {
		return (c.From == usage.FromRestart || c.From == usage.FromDelete) && c.DeleteOld
	})
}

// work puts groups in rounds.
type work struct {
	pl     *planner
	groups []*group
	park   bool // TLS waits on Default Key
	later  bool // what has its own key has a turn of its own, after keys were deleted
}

// makeRoom finds a way to do the work in a key store that is too small, or
// refuses.
func (w *work) makeRoom() error {
	pl, free, need := w.pl, w.pl.free(), toMake(w.groups)
	if w.canPark() {
		w.park = true
		free++
		pl.p.Notices = append(pl.p.Notices, "the key store has no room: TLS is parked on Default Key, with one more restart, so that its old key can go first")
	}
	if need > free && free >= 1 && w.canSplit() {
		w.later = true
		free++
		pl.p.Notices = append(pl.p.Notices, "the key store has no room for all new keys at once: what has a key of its own (SIP) has its turn after old keys are gone, with one more restart")
	}
	if need <= free {
		return nil
	}
	e := &KeyStoreError{Slots: pl.o.KeySlots, Keys: len(pl.a.Keys), Needed: need - pl.free(), Done: pl.done}
	for _, k := range pl.a.Keys {
		wanted := slices.ContainsFunc(w.groups, func(g *group) bool { return g.spec.Name == k.Name })
		if pl.a.idle(&k) && !k.Reserved() && !k.Ours && !named(k.Name) && !wanted {
			e.Deletable = append(e.Deletable, k.Name)
		}
	}
	return e
}

// canPark reports whether TLS could be served with Default Key for a while,
// and its old key deleted then. // R-1
func (w *work) canPark() bool {
	k := w.pl.a.key(keys.DefaultKey)
	tls, ok := w.tls()
	if !ok || k == nil || k.Finding.State == keys.Proved || k.Details == nil || !tls.DeleteOld || tls.From != usage.FromGenerate {
		return false
	}
	return !slices.ContainsFunc(w.pl.p.Changes, func(c Change) bool { return c.OldKey.Name == tls.OldKey.Name && !c.Function().RemoteUI })
}

// tls is the change of TLS.
func (w *work) tls() (*Change, bool) {
	for i := range w.pl.p.Changes {
		if c := &w.pl.p.Changes[i]; c.Function().RemoteUI {
			return c, true
		}
	}
	return nil, false
}

// canSplit reports whether the changes before those of own keys set one free.
func (w *work) canSplit() bool {
	changes := w.pl.p.Changes
	byOwner := func(name string) bool {
		return slices.ContainsFunc(changes, func(c Change) bool { return c.Function().OwnKey && c.OldKey.Name == name })
	}
	parked := ""
	if tls, ok := w.tls(); ok && w.park {
		parked = tls.OldKey.Name // its place is counted already
	}
	two := toMake(w.groups) == 2
	return two && slices.ContainsFunc(changes, func(c Change) bool {
		return !c.Function().OwnKey && c.DeleteOld && !byOwner(c.OldKey.Name) && c.OldKey.Name != parked
	})
}

// lay puts the work in rounds.
func (w *work) lay() {
	p := w.pl.p
	if len(p.Changes) == 0 {
		return
	}
	if w.park {
		w.add(round{bind: []choice{{Place: tlsPlace, key: keys.DefaultKey, temporary: true}}, restart: true})
	}
	var main, shown, last round
	for i := range p.Changes {
		c := &p.Changes[i]
		b := choice{Place: c.Place, key: c.New.Name}
		t := &main
		switch {
		case c.From == usage.FromRestart || c.From == usage.FromDelete:
		case c.Function().OwnKey && w.later:
			t = &last
		case (w.pl.shownFirst(*c) || w.showsNew() && c.From != usage.FromRestart) && c.New.Name != w.pl.a.ServedKey:
			t = &shown
		}
		if c.makes() && !slices.Contains(t.make, c.New.Name) && !slices.Contains(main.make, c.New.Name) {
			t.make = append(t.make, c.New.Name)
		}
		t.bind = append(t.bind, b)
		t.restart = t.restart || c.From != usage.FromDelete
	}
	w.showFirst(&main, &shown)
	w.add(main)
	w.add(shown)
	w.add(last)
	w.delete()
}

// showFirst has TLS serve the key whose certificate has to be known, in the
// round before.
func (w *work) showFirst(main, shown *round) {
	if len(shown.bind) == 0 {
		return
	}
	key := shown.bind[0].key
	main.make, shown.make = append(main.make, shown.make...), nil
	if slices.ContainsFunc(main.bind, func(b choice) bool { return b.Function().RemoteUI }) {
		return // the shared key is TLS's new one
	}
	main.bind = append(main.bind, choice{Place: tlsPlace, key: key, temporary: true})
	main.restart = true
	user, _ := w.pl.a.tlsUser() // checked when the plan began
	shown.bind = append(shown.bind, choice{Place: tlsPlace, key: user.Name, temporary: true})
	w.pl.p.Notices = append(w.pl.p.Notices, fmt.Sprintf("TLS serves key %q for one restart, so that its certificate can be seen, and then %q again", key, user.Name))
}

// showsNew reports whether TLS serves a new key first, only for a look.
func (w *work) showsNew() bool { return w.pl.p.Probe != nil && w.pl.p.Probe.By == ByShowing }

func (w *work) add(t round) {
	if len(t.bind) > 0 {
		w.pl.rounds = append(w.pl.rounds, t)
	}
}

// delete puts the deletion of each old key at the end of the round in which the
// last place leaves it.
func (w *work) delete() {
	p := w.pl.p
	for _, c := range p.Changes {
		if !c.DeleteOld || slices.ContainsFunc(w.pl.rounds, func(t round) bool { return slices.Contains(t.delete, c.OldKey.Name) }) {
			continue
		}
		last := 0
		for _, other := range p.Changes {
			if other.OldKey.Name == c.OldKey.Name {
				last = max(last, w.leaves(&other))
			}
		}
		w.pl.rounds[last].delete = append(w.pl.rounds[last].delete, c.OldKey.Name)
	}
}

// leaves is the round in which a place leaves its old key.
func (w *work) leaves(c *Change) int {
	return slices.IndexFunc(w.pl.rounds, func(t round) bool {
		return slices.ContainsFunc(t.bind, func(b choice) bool { return b.Place == c.Place && b.key != c.OldKey.Name })
	})
}
