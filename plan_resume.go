package rekey

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// Unfinished is a successor that an earlier run made, or meant to make, and
// did not bring to its end.
type Unfinished struct {
	usage.Place
	OldKey  string    `json:"oldKey"`
	OldSPKI string    `json:"oldSPKI"` // hex; empty if it was not known
	NewKey  string    `json:"newKey"`
	Spec    keys.Spec `json:"spec"`
	// Kind of its certificate. Request is the CSR (DER) that the device made for
	// it, and Certificate what a CA issued; empty if it did not come to that.
	Kind        CertificateKind `json:"kind"`
	Request     []byte          `json:"request,omitempty"`
	Certificate []byte          `json:"certificate,omitempty"`
	// MadeBy is the controller version that made the key, empty if not known.
	MadeBy string `json:"madeBy,omitempty"`
	// Told: its peers were told of its certificate.
	Told bool `json:"told,omitempty"`
	// From says where the journal says that it goes on.
	From usage.Stage `json:"from"`
}

// read takes what the journal keeps of the new key.
func (u *Unfinished) read(s state.Successor) error {
	what, ca := asked{Kind: SelfSigned}, ordered{}
	for _, part := range []struct {
		data json.RawMessage
		into any
	}{{s.Spec, &what}, {s.Request, &ca}, {s.Certificate, &ca}} {
		if len(part.data) == 0 {
			continue
		}
		if err := json.Unmarshal(part.data, part.into); err != nil {
			return err
		}
	}
	u.Spec, u.Kind, u.Request, u.Certificate = what.Spec, what.Kind, ca.CSR, ca.Certificate
	u.MadeBy = what.Controller
	return nil
}

// waits reports whether the key's certificate is still to be registered.
func (u *Unfinished) waits() bool {
	return u.From == usage.FromGenerate || u.From == usage.FromRequest
}

// unfinishedFrom finds what an earlier run left of replacing a key in a place.
func (a *Assessment) unfinishedFrom(p usage.Place, old string) (Unfinished, bool) {
	for _, u := range a.Unfinished {
		if u.Place == p && u.OldKey == old {
			return u, true
		}
	}
	return Unfinished{}, false
}

// resumePlace finds a change that an earlier run began and that the place
// already shows as bound: what is left is the restart, or only the deletion.
func (pl *planner) resumePlace(p usage.Place, user *KeyState) (bool, error) {
	if user.Finding.State == keys.Proved || pl.a.Generator.caught(user.MadeBy) || !user.Ours && user.Name != keys.DefaultKey {
		return false, nil // a successor that is weak itself is replaced like any other
	}
	for _, u := range pl.a.Unfinished {
		old := pl.a.key(u.OldKey)
		if u.Place != p || u.NewKey != user.Name || old == nil || old.Name == user.Name {
			continue
		}
		c := old.leaves(p, usage.FromRestart, fmt.Sprintf("an earlier run chose %q in its place and was interrupted", u.NewKey))
		c.New, c.Kind, c.Certificate, c.MadeBy = u.Spec, u.Kind, u.Certificate, u.MadeBy
		c.New.Name = u.NewKey
		if c.OldKey.SPKI == "" {
			c.OldKey.SPKI = u.OldSPKI
		}
		if pl.inEffect(u, user) {
			c.From = usage.FromDelete
			c.Reason = fmt.Sprintf("an earlier run replaced it by %q, and it is still there", u.NewKey)
		}
		if p.Function().OwnPort && (u.Kind == SelfSigned || u.Kind == LikeForLike) && !u.Told {
			// Its peers are told once it is in effect: that may have failed.
			var withheld string
			if c.Trust, withheld = pl.trust(p); withheld != "" {
				c.Keep = withheld
				pl.keep(p, user, withheld, true)
			}
		}
		pl.p.Changes = append(pl.p.Changes, c)
		// What it was parked on is not where it is to stay.
		pl.p.More = pl.p.More || user.Name == keys.DefaultKey
		return true, nil
	}
	if p.Function().RemoteUI {
		return pl.resumeServed(user), nil
	}
	return pl.resumeListed(p, user), nil
}

// resumeListed finds an interrupted change without a journal, where the list gives
// a usage to the key in use as well as to one of ours that its page names as
// chosen. Of several IPSec policies it does not say which had the other key.
func (pl *planner) resumeListed(p usage.Place, user *KeyState) bool {
	if !user.Ours {
		return false
	}
	users, places := pl.a.users(p.Use), 0
	for _, s := range pl.a.places() {
		if s.Use == p.Use && s.Need != usage.NotNeeded {
			places++
		}
	}
	if places != 1 || len(users) != 2 || !user.UsedBy(p.Use) {
		return false
	}
	old := users[0]
	if old.Name == user.Name {
		old = users[1]
	}
	c := pl.pending(p, old, user)
	c.MadeBy = user.MadeBy
	if user.kind() == SelfSigned {
		var withheld string
		if c.Trust, withheld = pl.trust(p); withheld != "" {
			c.Keep = withheld
		}
	}
	pl.p.Changes = append(pl.p.Changes, c)
	return true
}

// inEffect reports whether a successor that is bound works already, as far as
// can be seen before the proof.
func (pl *planner) inEffect(u Unfinished, user *KeyState) bool {
	if u.Function().RemoteUI {
		return pl.a.ServedKey == user.Name
	}
	return u.From == usage.FromDelete
}

// resumeServed finds an interrupted change of TLS without a journal: a key of
// ours is bound, and another one is still being served.
func (pl *planner) resumeServed(user *KeyState) bool {
	if !user.Ours {
		return false
	}
	a := pl.a
	if f := a.servedUnmatched(); f.State == keys.Proved {
		// Our key is bound, and an old one that cannot be named is in effect.
		cert := a.certs.parse(a.Served) // it was read a moment ago
		pl.p.Changes = append(pl.p.Changes, Change{
			Place: tlsPlace, OldKey: KeyRef{Name: unnamedKey, SPKI: usage.Fingerprint(cert), Weak: f.State}, OldCertificate: a.Served,
			From: usage.FromRestart, New: keys.Spec{Name: user.Name, CommonName: a.commonName(&KeyState{Certificate: a.Served, certs: a.certs}, pl.o)}, Kind: user.kind(),
			Reason: fmt.Sprintf("%q is bound and not yet in effect", user.Name), Keep: "it cannot be told which key of the list it is",
		})
		return true
	}
	served := a.key(a.ServedKey)
	if served == nil || served.Name == user.Name {
		return false
	}
	pl.p.Changes = append(pl.p.Changes, pl.pending(tlsPlace, served, user))
	return true
}

// pending is the change to a key that was chosen and waits for the restart.
func (pl *planner) pending(p usage.Place, old, chosen *KeyState) Change {
	c := old.leaves(p, usage.FromRestart, fmt.Sprintf("%q is bound and not yet in effect", chosen.Name))
	c.New, c.Kind = keys.Spec{Name: chosen.Name, CommonName: pl.a.commonName(old, pl.o)}, chosen.kind()
	return c
}

// unnamedKey stands for a key that is served and cannot be found in the list.
const unnamedKey = "(key being served)"

// resumeGroup goes on with a key that an earlier run made for a place of the
// group, by the journal, and did not bind there.
func (pl *planner) resumeGroup(g *group) bool {
	for _, i := range g.changes {
		c := &pl.p.Changes[i]
		u, ok := pl.a.unfinishedFrom(c.Place, c.OldKey.Name)
		k := pl.a.key(u.NewKey)
		if !ok || u.Kind != g.kind || k == nil || k.Finding.State == keys.Proved || pl.madeByOther(&u) || k.Reserved() || pl.claimed[k.Name] || pl.takenByOther(g, k.Name) {
			continue
		}
		g.spec, g.from, g.left = u.Spec, usage.FromBind, &u
		g.spec.Name = k.Name
		if u.Kind != SelfSigned && u.waits() {
			g.from = usage.FromRequest
		}
		return true
	}
	return pl.askAgain(g)
}

// askAgain takes the name that an earlier run asked the device for, where no such
// key came: it may come yet, and a second one must not stand beside it. What is
// asked for is the same, unless the caller wants something else by now or the dates
// are out of date.
func (pl *planner) askAgain(g *group) bool {
	for _, i := range g.changes {
		c := &pl.p.Changes[i]
		u, ok := pl.a.unfinishedFrom(c.Place, c.OldKey.Name)
		if !ok || u.From != usage.FromGenerate || u.Spec.Name != u.NewKey || u.Kind != g.kind || pl.a.key(u.NewKey) != nil || pl.madeByOther(&u) || pl.taken(u.NewKey) {
			continue
		}
		if !stillWanted(u.Spec, g.spec) {
			u.Spec = g.spec
		}
		g.spec, g.spec.Name = u.Spec, u.NewKey
		return true
	}
	return false
}

// staleDates is how old the dates may be of a certificate that is asked for again.
const staleDates = 30 * 24 * time.Hour

// stillWanted reports whether what was asked for is what would be asked for now.
func stillWanted(then, now keys.Spec) bool {
	age := now.NotBefore.Sub(then.NotBefore)
	if age < -24*time.Hour || age > staleDates || then.NotAfter.Sub(then.NotBefore) != now.NotAfter.Sub(now.NotBefore) {
		return false
	}
	then.Name, then.NotBefore, then.NotAfter = now.Name, now.NotBefore, now.NotAfter
	return then == now
}

// madeByOther reports whether a key was made by other firmware than the device
// has now: this says nothing about that.
func (pl *planner) madeByOther(u *Unfinished) bool {
	return u.MadeBy != "" && u.MadeBy != pl.a.Device.Controller
}

// adoptOrphan takes a key that an earlier run made, found without a journal: by
// its name, and by fields that are those of the plan. A second key is not made
// while there is one.
func (pl *planner) adoptOrphan(g *group) {
	for i := range pl.a.Keys {
		k := &pl.a.Keys[i]
		m := ourName.FindStringSubmatch(k.Name)
		if m == nil || !pl.a.idle(k) || k.Finding.State == keys.Proved || k.MadeBy != "" && k.MadeBy != pl.a.Device.Controller || pl.taken(k.Name) {
			continue
		}
		from := usage.FromBind
		switch {
		case g.kind != SelfSigned && k.waits():
			from = usage.FromRequest
		case !k.Ours || !k.Details.Shows(g.spec) || (k.kind() == SelfSigned) != (g.kind == SelfSigned):
			continue
		}
		for _, i := range g.changes {
			if pl.p.Changes[i].Function().Code == m[1] {
				g.spec.Name, g.from = k.Name, from
				return
			}
		}
	}
}

// waits reports whether a key has no certificate yet.
func (k *KeyState) waits() bool {
	return k.Details != nil && k.Details.Problem == "" && !k.Details.HasCertificate()
}

// kind is that of a key's certificate, as far as it shows.
func (k *KeyState) kind() CertificateKind {
	if o, _ := originOf(k.cert(), k.Details); o == fromCA {
		return ByCSR // or by SCEP, which cannot be told from it
	}
	return SelfSigned
}

// takenByOther reports whether a key has gone to a place that may not share it
// with a group's: one that an earlier run made for both was bound in the first
// and not in the other.
func (pl *planner) takenByOther(g *group, name string) bool {
	return slices.ContainsFunc(pl.p.Changes, func(c Change) bool {
		if c.New.Name != name {
			return false
		}
		u, left := pl.a.unfinishedFrom(c.Place, c.OldKey.Name)
		own := c.Function().OwnKey || slices.ContainsFunc(g.changes, func(i int) bool { return pl.p.Changes[i].Function().OwnKey })
		return own || !left || u.NewKey != name
	})
}

// taken reports whether a change, or a group, has that key for its successor
// already.
func (pl *planner) taken(name string) bool {
	if pl.claimed[name] {
		return true
	}
	for _, c := range pl.p.Changes {
		if c.New.Name == name {
			return true
		}
	}
	return false
}

func unfinished(j *state.Journal) ([]Unfinished, error) {
	chains, err := j.Successors()
	if err != nil {
		return nil, err
	}
	var all []Unfinished
	for _, s := range chains {
		if !s.Open() || s.Note == backOutNote {
			continue
		}
		p := usage.PlaceOf(s.Usage)
		u := Unfinished{Place: p, OldKey: s.OldKey, OldSPKI: s.OldSPKI, NewKey: s.NewKey, From: s.From}
		if err := u.read(s); err != nil {
			return nil, fmt.Errorf("journal: key %q: %w", s.NewKey, err)
		}
		all = append(all, u)
	}
	return all, nil
}
