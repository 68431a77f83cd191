package rekey

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// Generator is what is known of how a device makes keys. A version that counts
// as fixed proves nothing by itself: a key has to have been seen that it made.
type Generator struct {
	// Proved: a key that this controller version made was seen, and is not weak.
	Proved bool `json:"proved,omitempty"`
	// Weak are the controller versions, whatever the advisory says of them, that
	// were caught making a weak key. None of their keys is trusted, and nothing is
	// made by them any more.
	Weak []string `json:"weak,omitempty"`
	// Requests: the device offers the form for a CSR, which shows a new key at
	// once. It is looked for only where nothing else will show one.
	Requests bool `json:"requests,omitempty"`
	// Leftover are keys that an interrupted run made only to look at them.
	Leftover []string `json:"leftover,omitempty"`
	// Asked is one that it asked for, and that the device does not have.
	Asked string `json:"asked,omitempty"`
}

// Probe is how a plan sees a key that the device has made, before it trusts
// those that nobody can see. The other new keys, or the key of TLS, may do.
type Probe struct {
	By ProbeKind `json:"by"`
	// Key is made for its CSR, and deleted again once that is tested.
	Key keys.Spec `json:"key,omitzero"`
}

// ProbeKind says which key is looked at, the cheapest first.
type ProbeKind string

// The kinds.
const (
	ByRequest   ProbeKind = "csr"       // a key made for a CSR, and deleted again
	BySignature ProbeKind = "signature" // the device signature, which is to be renewed anyway, first
	ByShowing   ProbeKind = "tls"       // one of the new keys, which TLS serves for one restart
)

// generatorNote is what the journal keeps of it.
type generatorNote struct {
	Generator *generatorSeen `json:"generator,omitempty"`
	Probe     string         `json:"probe,omitempty"` // a key that is about to be made for a look
	Told      string         `json:"told,omitempty"`  // a place whose peers know the new key
	Owed      *Owed          `json:"owed,omitempty"`
}

type generatorSeen struct {
	Controller string `json:"controller"`
	Key        string `json:"key"`
	Weak       bool   `json:"weak"`
}

// note takes a record of the journal.
func (l *keyHistory) note(r state.Record) {
	var n generatorNote
	var made asked
	switch {
	case r.Event == state.IntentGenerate && json.Unmarshal(r.Data, &made) == nil && made.Controller != "":
		if l.madeBy == nil {
			l.madeBy = map[string]string{}
		}
		l.madeBy[r.NewKey] = made.Controller
	case r.Event == state.Deleted:
		l.probes = slices.DeleteFunc(l.probes, func(name string) bool { return name == r.OldKey })
	case r.Event != state.Noted || json.Unmarshal(r.Data, &n) != nil:
	case n.Owed != nil:
		l.owes(*n.Owed)
	case n.Told != "":
		l.told = append(l.told, n.Told+" "+r.NewKey)
	case n.Probe != "":
		l.probes = append(l.probes, n.Probe)
	case n.Generator != nil:
		l.saw(*n.Generator)
	}
}

// saw notes what a key says of the version that made it. Once caught is caught.
func (l *keyHistory) saw(g generatorSeen) {
	if l.generators == nil {
		l.generators = map[string]keys.Weakness{}
	}
	switch {
	case g.Weak:
		l.generators[g.Controller] = keys.Proved
	case l.generators[g.Controller] != keys.Proved:
		l.generators[g.Controller] = keys.NotFound
	}
}

// readGenerator takes what the journal knows, and looks whether the device
// offers CSRs where the served key will not show how it makes keys.
func (a *Assessment) readGenerator(ctx context.Context, s *remoteui.Session, l *keyHistory, o *call) error {
	g := &a.Generator
	g.Proved = l.generators[a.Device.Controller] == keys.NotFound
	for version, w := range l.generators {
		if w == keys.Proved {
			g.Weak = append(g.Weak, version)
		}
	}
	slices.Sort(g.Weak)
	for i := range a.Keys {
		k := &a.Keys[i]
		if k.MadeBy = l.madeBy[k.Name]; slices.Contains(l.probes, k.Name) && a.idle(k) {
			g.Leftover = append(g.Leftover, k.Name)
		}
	}
	for _, name := range l.probes {
		if a.key(name) == nil {
			g.Asked = name
		}
	}
	elsewhere := slices.ContainsFunc(a.places(), func(p usage.Setting) bool { return !p.Function().RemoteUI && p.Need == usage.Needed })
	if cert := a.certs.parse(a.Served); g.Proved || !elsewhere || cert == nil {
		return nil
	} else if f, _ := a.certs.key(cert); f.State == keys.Proved {
		return nil // TLS gets a new key, and shows it
	}
	err := keys.CheckForm(ctx, s, true)
	if err != nil && ends(ctx, err) {
		return err
	}
	g.Requests = err == nil
	return nil
}

// caught reports whether a version is known to make weak keys.
func (g *Generator) caught(version string) bool {
	return version != "" && slices.Contains(g.Weak, version)
}

// rsa reports whether a new key is one that the flaw can be in.
func (g *group) rsa() bool { return g.spec.Algorithm.Curve == "" }

// planProbe sees to it that a key is seen that this firmware makes, where the
// plan would trust new keys that nobody can see.
// It reports whether changes were withheld for want of a way.
func (pl *planner) planProbe(groups []*group) (withheld bool) {
	pl.p.Drop = pl.a.Generator.Leftover
	if pl.a.Generator.Proved || !pl.trustsUnseen(groups) || pl.shows(groups) {
		return false
	}
	switch {
	case pl.a.Generator.Requests && pl.o.Dir != "" && pl.free() >= 1 && pl.unread == "":
		key := pl.unseenKey(groups)
		if key.Algorithm.IsZero() {
			key.Algorithm = keys.Algorithm{RSABits: 2048}
		}
		key.Hash = cmp.Or(key.Hash, pl.o.Hash)
		key.NotBefore, key.NotAfter = time.Time{}, time.Time{} // its form asks for none
		key.Name = cmp.Or(pl.a.Generator.Asked, pl.a.freeName("rkprobe", "probe", "", cmp.Or(pl.a.Clock, pl.a.Taken)))
		pl.p.Probe = &Probe{By: ByRequest, Key: key}
		pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("nobody can see the new keys, and no key is known that controller %s made: "+
			"key %q is made first, only to look at its CSR, and deleted again", safe(pl.a.Device.Controller), key.Name))
	case pl.renewsSignature():
		pl.p.Probe = &Probe{By: BySignature}
		pl.p.Notices = append(pl.p.Notices, "nobody can see the new keys: the device signature is renewed first, since its new key shows whether the device makes sound ones")
	case slices.ContainsFunc(pl.p.Changes, pl.showable):
		pl.p.Probe = &Probe{By: ByShowing}
	default:
		pl.withholdUnseen(groups)
		return true
	}
	return false
}

// unseenKey is one of the keys that nobody can see.
func (pl *planner) unseenKey(groups []*group) keys.Spec {
	for _, g := range groups {
		if g.rsa() && !pl.seen(g) {
			return g.spec
		}
	}
	return pl.p.Changes[slices.IndexFunc(pl.p.Changes, pl.restsOnUnseen)].New
}

// restsOnUnseen: an earlier run bound a key that nobody can see, and the old
// one is to go for it.
func (pl *planner) restsOnUnseen(c Change) bool {
	return (c.From == usage.FromRestart || c.From == usage.FromDelete) && !c.Function().RemoteUI && c.DeleteOld && c.New.Algorithm.Curve == "" && len(c.Certificate) == 0
}

// trustsUnseen reports whether something rests on a new key that will not be
// seen itself.
func (pl *planner) trustsUnseen(groups []*group) bool {
	return slices.ContainsFunc(pl.p.Changes, pl.restsOnUnseen) || slices.ContainsFunc(groups, func(g *group) bool { return g.rsa() && !pl.seen(g) })
}

// seen reports whether a group's new key is seen before an old one goes for it:
// TLS serves it, or its CSR was tested.
func (pl *planner) seen(g *group) bool {
	return g.kind == ByCSR || slices.ContainsFunc(g.changes, func(i int) bool {
		return pl.p.Changes[i].Function().RemoteUI || pl.shownFirst(pl.p.Changes[i])
	})
}

// shows reports whether the plan shows a key of this firmware as it is: TLS
// serves one, or a CSR is made for one.
func (pl *planner) shows(groups []*group) bool {
	made := func(from usage.Stage, name string) bool {
		k := pl.a.key(name)
		return from == usage.FromGenerate || k != nil && k.MadeBy == pl.a.Device.Controller
	}
	if slices.ContainsFunc(groups, func(g *group) bool {
		return g.rsa() && pl.seen(g) && made(g.from, g.spec.Name)
	}) {
		return true
	}
	return slices.ContainsFunc(pl.p.Changes, func(c Change) bool {
		return c.Function().RemoteUI && (c.From == usage.FromRestart || c.From == usage.FromDelete) && made(c.From, c.New.Name)
	})
}

func (pl *planner) renewsSignature() bool {
	k := pl.a.key(keys.DeviceSignatureKey)
	return k != nil && k.Finding.State == keys.Proved && len(k.Certificate) > 0
}

// showable: TLS can serve the new key for a restart.
func (pl *planner) showable(c Change) bool {
	return !c.Function().RemoteUI && c.Kind == SelfSigned && c.From == usage.FromGenerate
}

// unseen says why what cannot be seen is not trusted.
func unseen(controller string) string {
	return fmt.Sprintf("nobody can see its new key, and no key was seen that controller %s made: "+
		"a version that counts as fixed proves nothing by itself", safe(controller))
}

// withholdUnseen leaves alone what would rest on keys that nobody can see.
func (pl *planner) withholdUnseen(groups []*group) {
	why := unseen(pl.a.Device.Controller)
	var some []Change
	for i, c := range pl.p.Changes {
		if slices.ContainsFunc(groups, func(g *group) bool { return g.rsa() && !pl.seen(g) && slices.Contains(g.changes, i) }) {
			if k := pl.a.key(c.OldKey.Name); k != nil {
				pl.keep(c.Place, k, c.Reason+"; but "+why, true)
			}
			continue
		}
		if pl.restsOnUnseen(c) {
			c.DeleteOld, c.Keep = false, why
		}
		some = append(some, c)
	}
	pl.p.Changes = some
}
