package rekey

import (
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/usage"
)

// planner works out one plan: first what has to be replaced in each place,
// then by which keys, and in which order.
type planner struct {
	a *Assessment
	o *Options
	p *Plan
	// done is what was done to the device since the call began.
	done []string
	// holds says of a key why it has to stay although its changes are done.
	holds map[string]string
	// unread says which page is there and could not be read: it may name any key.
	unread string
	// rounds are the parts of the work that one restart each puts in effect.
	rounds []round
	// claimed are the names of the keys that groups have for their successors.
	claimed map[string]bool
}

// decideAll goes over the places that name a key, and then over the keys.
func (pl *planner) decideAll() error {
	if _, ok := pl.a.tlsUser(); !ok {
		return &UnknownError{"the key list does not say which one key TLS uses: nothing can be planned; look at the list in a browser"}
	}
	pl.holds = map[string]string{}
	for _, s := range pl.a.places() {
		if err := pl.decidePlace(s); err != nil {
			return err
		}
	}
	for i := range pl.a.Keys {
		if err := pl.decideRest(&pl.a.Keys[i]); err != nil {
			return err
		}
	}
	for i := range pl.p.Changes {
		pl.planDeletion(&pl.p.Changes[i])
	}
	pl.dropFinished()
	return nil
}

// dropFinished drops what an earlier run left to be deleted and what must not
// be deleted: then nothing is left to do.
func (pl *planner) dropFinished() {
	pl.p.Changes = slices.DeleteFunc(pl.p.Changes, func(c Change) bool {
		if c.From != usage.FromDelete || c.DeleteOld {
			return false
		}
		pl.keep(c.Place, pl.a.key(c.New.Name), "made by rekey; the key before it is kept: "+c.Keep, false)
		if c.Keep == keptAsAsked {
			pl.hold(pl.a.key(c.OldKey.Name), "kept as asked")
			pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("key %q, which is replaced, is still on the device: a run that keeps none (KeepOldKeys) deletes it", c.OldKey.Name))
		}
		return true
	})
}

// decidePlace decides on one place. // C-1 to C-4
func (pl *planner) decidePlace(s usage.Setting) error {
	switch s.Need {
	case usage.Needed:
		return pl.decideNeeded(s)
	case usage.NotNeeded:
		if k := pl.a.key(s.Key); k != nil {
			// Who switches the function on again must find a key there.
			pl.hold(k, fmt.Sprintf("%s names it, though nothing has to be done there (%s)", s.Title(), s.Reason))
			pl.keep(s.Place, k, s.Reason, false)
		}
		return nil
	}
	if !s.Missing && pl.unread == "" {
		pl.unread = fmt.Sprintf("%s: %s", s.Title(), s.Reason)
		if k := pl.a.key(s.Key); k == nil {
			pl.p.Kept = append(pl.p.Kept, Kept{Place: s.Place, Reason: "it is not known whether a key is used: " + s.Reason, Unresolved: true})
		}
	}
	for i := range pl.a.Keys {
		k := &pl.a.Keys[i]
		if !k.UsedBy(s.Use) && k.Name != s.Key {
			continue
		}
		d := pl.a.decide(k, pl.o)
		pl.hold(k, fmt.Sprintf("%s may use it: %s", s.Title(), s.Reason))
		pl.keep(s.Place, k, d.reason+"; but it is not known how it is used: "+s.Reason, d.replace || d.open)
	}
	return nil
}

// decideNeeded decides on a place whose key is in use.
func (pl *planner) decideNeeded(s usage.Setting) error {
	k := pl.a.key(s.Key)
	if k == nil {
		pl.p.Kept = append(pl.p.Kept, Kept{Place: s.Place, Key: KeyRef{Name: s.Key}, Unresolved: true,
			Reason: "its page names a key that is not in the key list: look at both pages in a browser"})
		return nil
	}
	if k.Details == nil || k.Details.Problem != "" {
		if s.Function().RemoteUI {
			return &UnknownError{fmt.Sprintf("the details of key %q, which TLS uses, could not be read: nothing can be planned", k.Name)}
		}
		pl.hold(k, s.Title()+" uses it")
		pl.keep(s.Place, k, "its details page could not be read", true)
		return nil
	}
	if done, err := pl.resumePlace(s.Place, k); done || err != nil {
		return err
	}
	if now := pl.a.key(pl.a.ServedKey); s.Function().RemoteUI && !k.Ours && now != nil && now.Name != k.Name && now.UsedBy(s.Use) {
		pl.hold(now, "TLS is served with it")
		pl.hold(k, s.Title()+" uses it after the next restart")
		pl.keep(s.Place, k, fmt.Sprintf("somebody chose it, and it is not in effect: TLS is served with key %q until the device restarts; "+
			"restart it, or choose that key again, and run again", now.Name), true)
		return nil
	}
	d := pl.a.decide(k, pl.o)
	if f := pl.a.servedUnmatched(); s.Function().RemoteUI && f.State == keys.Proved && !d.replace {
		d = decision{replace: true, reason: "the certificate that TLS is served with could not be matched with it, and is " + f.String()}
	}
	if u, ok := pl.a.unfinishedFrom(s.Place, k.Name); ok && k.Name == keys.DefaultKey && !d.replace {
		d = decision{replace: true, reason: fmt.Sprintf("an earlier run parked it there until key %q is made", u.NewKey)}
	}
	if !d.replace {
		pl.hold(k, s.Title()+" uses it")
		pl.keep(s.Place, k, d.reason, d.open)
		return nil
	}
	kind, withheld := pl.kindFor(k, s.Use)
	trust := TrustIssued
	if kind == SelfSigned && withheld == "" {
		trust, withheld = pl.trust(s.Place)
	}
	if kind == SelfSigned && withheld == "" {
		withheld = pl.expiredAtOnce(k)
	}
	if withheld != "" {
		pl.hold(k, s.Title()+" uses it")
		pl.keep(s.Place, k, d.reason+"; but "+withheld, true)
		return nil
	}
	c := k.leaves(s.Place, usage.FromGenerate, d.reason)
	c.Kind, c.Trust = kind, trust
	pl.p.Changes = append(pl.p.Changes, c)
	return nil
}

// expiredAtOnce says why a certificate that the device would make by its own
// clock is of no use to anybody; empty if it is.
func (pl *planner) expiredAtOnce(old *KeyState) string {
	clock := pl.a.Clock
	if clock.IsZero() || pl.o.IgnoreClock {
		return ""
	}
	_, lasted := old.subject()
	if end := clock.AddDate(0, 0, -1).Add(validity(lasted, pl.o)); end.After(pl.a.Taken) {
		return ""
	}
	return fmt.Sprintf("the device's clock says %s, and a certificate made by it would have expired at once: set date and time at the device "+
		"(and its time server), and run again, or ask for it all the same (IgnoreClock)", clock.Format(time.DateOnly))
}

// trust says how the peers of a place come to trust its new certificate, or
// why the place is left alone.
func (pl *planner) trust(p usage.Place) (Trust, string) {
	switch {
	case p.Function().RemoteUI:
		return TrustNone, ""
	case pl.o.Distribute != nil:
		return TrustDistributed, ""
	case pl.o.AssumeTrusted:
		return TrustAssumed, ""
	}
	return TrustNone, fmt.Sprintf("whoever %s talks to has to trust the new certificate before the restart, and there is no way to see to it: "+
		"give a way to distribute it (Distribute), or say that it is seen to (AssumeTrusted)", p.Title())
}

func (pl *planner) hold(k *KeyState, why string) {
	if pl.holds[k.Name] == "" {
		pl.holds[k.Name] = why
	}
}

func (pl *planner) keep(p usage.Place, k *KeyState, why string, open bool) {
	pl.p.Kept = append(pl.p.Kept, Kept{Place: p, Key: k.ref(), Reason: why, Unresolved: open})
}

// decideRest looks at what no place accounts for: uses that the list tells and
// no page, and keys in no use. // W-5
func (pl *planner) decideRest(k *KeyState) error {
	for _, u := range k.Uses {
		if usage.Of(u).InPlace && k.Name == keys.DeviceSignatureKey || pl.accounted(k, u) {
			continue
		}
		d := pl.a.decide(k, pl.o)
		why, off := "the list says that it is used for this, and no page was read that names it there; where another key was chosen, a restart puts that in effect", pl.switchedOff(u)
		if off != "" {
			why = off
		}
		pl.hold(k, fmt.Sprintf("%s: %s", usage.Place{Use: u}.Title(), why))
		pl.keep(usage.Place{Use: u}, k, d.reason+"; but "+why, off == "" && (d.replace || d.open))
	}
	if k.UseText != "" {
		pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("key %q: its usage %q is not understood, so it is left alone", k.Name, k.UseText))
	}
	return nil
}

// dropSuperseded has keys deleted that an earlier run made, by the journal, for
// places that get another one now: the device turned out to have no room for all.
func (pl *planner) dropSuperseded() {
	for _, u := range pl.a.Unfinished {
		k := pl.a.key(u.NewKey)
		if k == nil || !k.Ours || !k.Unused() || k.Reserved() || pl.unread != "" || pl.taken(k.Name) || slices.Contains(pl.p.Drop, k.Name) {
			continue
		}
		if slices.ContainsFunc(pl.p.Changes, func(c Change) bool { return c.Place == u.Place && c.OldKey.Name == u.OldKey }) {
			pl.p.Drop = append(pl.p.Drop, k.Name)
		}
	}
}

// tellUnused tells of keys that neither the device nor the plan uses, which is
// known once every new key is chosen. // W-5
func (pl *planner) tellUnused() {
	for i := range pl.a.Keys {
		k := &pl.a.Keys[i]
		planned := slices.Contains(pl.p.Drop, k.Name) || slices.ContainsFunc(pl.p.Changes, func(c Change) bool { return c.OldKey.Name == k.Name || c.New.Name == k.Name })
		if pl.a.idle(k) && !k.Reserved() && !planned && pl.holds[k.Name] == "" && k.Details != nil && k.Details.RSA() {
			pl.p.Notices = append(pl.p.Notices, fmt.Sprintf("key %q is an RSA key in no usage: nothing is done with it; delete it if nobody needs it (W-5)", k.Name))
		}
	}
}

// switchedOff says why nothing has to be done for a usage, if its pages were
// all read and say so.
func (pl *planner) switchedOff(u keys.Use) (reason string) {
	for _, s := range pl.a.places() {
		if s.Use != u {
			continue
		}
		if s.Need != usage.NotNeeded {
			return ""
		}
		reason = s.Reason
	}
	return reason
}

// accounted reports whether a use that the list gives a key is spoken of
// already.
func (pl *planner) accounted(k *KeyState, u keys.Use) bool {
	return slices.ContainsFunc(pl.p.Changes, func(c Change) bool { return c.Use == u && (c.OldKey.Name == k.Name || c.New.Name == k.Name) }) ||
		slices.ContainsFunc(pl.p.Kept, func(kept Kept) bool { return kept.Use == u && kept.Key.Name == k.Name })
}

// Why an old key stays that could go: with [Options.KeepOldKeys], and without
// [Options.Dir].
const (
	keptAsAsked = "as asked"
	noStore     = "no evidence store (Options.Dir)"
)

// planDeletion says whether the old key of a change can go, as far as is known
// before.
func (pl *planner) planDeletion(c *Change) {
	old := pl.a.key(c.OldKey.Name)
	switch {
	case c.Keep != "": // said by who made the change
	case old == nil:
		c.Keep = "it is not in the key list"
	case old.Reserved():
		c.Keep = "the device needs it" // W-1
	case pl.o.KeepOldKeys:
		c.Keep = keptAsAsked
	case pl.o.Dir == "":
		c.Keep = noStore
	case old.UseText != "":
		c.Keep = fmt.Sprintf("its usage %q is not understood", old.UseText)
	case pl.holds[old.Name] != "":
		c.Keep = pl.holds[old.Name]
	case pl.unread != "":
		c.Keep = "a page that may name it could not be read: " + pl.unread
	default:
		c.DeleteOld = true
	}
}

// servedUnmatched is the finding on the certificate being served, if it could
// not be given to a key of the list; else nothing.
func (a *Assessment) servedUnmatched() keys.Finding {
	if a.ServedKey != "" {
		return keys.Finding{}
	}
	cert := a.certs.parse(a.Served)
	if cert == nil {
		return keys.Finding{}
	}
	f, _ := a.certs.key(cert)
	return f
}

// decision says whether a key has to be replaced, and why or why not.
type decision struct {
	replace bool
	// open: it could not be told; the reason says what would help.
	open   bool
	reason string
}

// decide is the table "Decision per RSA key" of the procedure, in its order.
func (a *Assessment) decide(k *KeyState, o *Options) decision {
	external := slices.Contains(o.ExternalKeys, k.Name)
	switch {
	case k.Finding.State == keys.Proved && external && !o.Strict:
		return decision{open: true, reason: fmt.Sprintf("it is declared as made outside the device, but it has the device's flaw (%s): "+
			"take it off the list of external keys (ExternalKeys), or replace it all the same (Strict)", k.Finding)}
	case k.Finding.State == keys.Proved:
		return decision{replace: true, reason: k.Finding.String()}
	case k.Details != nil && k.Details.Algorithm != "" && !k.Details.RSA():
		return decision{reason: "not an RSA key (" + k.Details.Algorithm + ")"} // W-2
	case k.Name == keys.DeviceSignatureKey && k.Finding.State == keys.NotFound: // it may have been renewed since it left the factory
		return decision{reason: k.Finding.String()}
	case k.Reserved():
		return decision{reason: "made at the factory: the advisory exempts it, and it was not found weak"} // W-1
	case k.Finding.State == keys.NotFound && o.Strict && !k.Ours:
		return decision{replace: true, reason: "strict: " + k.Finding.String()}
	case k.Finding.State == keys.NotFound:
		return decision{reason: k.Finding.String()}
	}
	return a.decideUnseen(k, o, external)
}

// decideUnseen decides on a key of which no modulus could be had.
func (a *Assessment) decideUnseen(k *KeyState, o *Options, external bool) decision {
	switch {
	case k.Ours && a.Generator.caught(k.MadeBy):
		return decision{replace: true, reason: fmt.Sprintf("its modulus could not be had, and controller %s, which made it, was caught making weak keys", safe(k.MadeBy))}
	case k.Ours:
		return decision{reason: "made by rekey on fixed firmware"}
	case external:
		return decision{reason: "made outside the device, as declared"} // W-3
	case a.Eligibility.Verdict == models.Fixed:
		return decision{replace: true, reason: "its modulus could not be had, and keys made before the firmware update are weak"}
	case o.AssumeWeak:
		return decision{replace: true, reason: "its modulus could not be had; assumed weak, as asked"}
	}
	return decision{open: true, reason: fmt.Sprintf("its modulus could not be had, and the advisory does not speak of this model and version (%s): "+
		"give it as external key, or assume it weak", a.Eligibility.Verdict)}
}

// planSignature plans for the device signature key, which is renewed in place.
// // C-5, S-1
func (pl *planner) planSignature() {
	k := pl.a.key(keys.DeviceSignatureKey)
	if k == nil {
		return
	}
	c := k.leaves(signaturePlace, usage.FromGenerate, k.Finding.String())
	c.New.Name, c.Keep = k.Name, "it is renewed in place"
	u, begun := pl.a.unfinishedFrom(c.Place, k.Name)
	switch {
	case k.Finding.State == keys.Proved:
		pl.p.Changes = append(pl.p.Changes, c)
	case begun && len(k.Certificate) > 0 && u.OldSPKI != k.SPKI:
		c.From, c.OldKey.SPKI, c.OldCertificate = usage.FromDelete, u.OldSPKI, nil
		c.OldKey.Weak = keys.Proved
		c.Reason = "an earlier run renewed it and was interrupted before everybody had the new certificate"
		pl.p.Changes = append(pl.p.Changes, c)
	case pl.a.SignatureProblem != "":
		pl.keep(c.Place, k, "its certificate could not be exported, so it is not known whether it is weak: "+pl.a.SignatureProblem, pl.a.SignatureUnread)
	default:
		d := pl.a.decide(k, pl.o)
		pl.keep(c.Place, k, d.reason, false)
	}
}

// planPeople says which functions renewed their keys by themselves and leave
// something to people. // C-6, C-7, B-1, A-1
func (pl *planner) planPeople() {
	if pl.a.Settings == nil {
		return
	}
	for _, f := range usage.Functions() {
		setting, switched := pl.a.Settings.Switch(f.Use)
		switch {
		case !switched:
		case setting.Need == usage.Needed:
			pl.p.People = append(pl.p.People, f.Use)
		case setting.Need == usage.Unknown && !setting.Missing:
			pl.p.Notices = append(pl.p.Notices, "it is not known whether "+string(f.Use)+" is on: "+setting.Reason)
		}
	}
}
