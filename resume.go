package rekey

import (
	"crypto/x509"
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// resume finds a change that an earlier run began and that the list already
// shows as bound: what is left is the restart, or only the deletion.
func (a *Assessment) resume(user *KeyState, o *Options) (Change, bool) {
	for _, u := range a.Unfinished {
		if u.NewKey != user.Name || user.Finding.State == keys.Proved {
			continue // a successor that is weak itself is replaced like any other
		}
		old := a.key(u.OldKey)
		if old == nil || old.Name == user.Name {
			continue
		}
		c := Change{
			Usage: keys.UseTLS, OldKey: old.ref(), From: FromRestart, New: u.Spec,
			Reason: fmt.Sprintf("an earlier run made %q for it and was interrupted", u.NewKey),
		}
		if c.OldKey.SPKI == "" {
			c.OldKey.SPKI = u.OldSPKI
		}
		if a.ServedKey == user.Name {
			c.From = FromDelete
		}
		a.planDeletion(&c, old, o)
		return c, c.From != FromDelete || c.DeleteOld
	}
	if f := a.servedUnmatched(o); user.Ours && user.Finding.State != keys.Proved && f.State == keys.Proved {
		// Our key is bound, and an old one that cannot be named is in effect.
		cert, _ := x509.ParseCertificate(a.Served) // it was read a moment ago
		return Change{
			Usage: keys.UseTLS, OldKey: KeyRef{Name: unnamedKey, SPKI: usage.Fingerprint(cert), Weak: f.State}, From: FromRestart,
			New:    keys.Spec{Name: user.Name, CommonName: a.commonName(&KeyState{Certificate: a.Served}, o)},
			Reason: fmt.Sprintf("%q is bound and not yet in effect", user.Name), Keep: "it cannot be told which key of the list it is",
		}, true
	}
	if served := a.key(a.ServedKey); user.Ours && served != nil && served.Name != user.Name {
		c := Change{
			Usage: keys.UseTLS, OldKey: served.ref(), From: FromRestart,
			New:    keys.Spec{Name: user.Name, CommonName: a.commonName(served, o)},
			Reason: fmt.Sprintf("%q is bound and not yet in effect", user.Name),
		}
		a.planDeletion(&c, served, o)
		return c, true
	}
	return Change{}, false
}

// unnamedKey stands for a key that is served and cannot be found in the list.
const unnamedKey = "(key being served)"

// servedUnmatched is the finding on the certificate being served, if it could
// not be given to a key of the list; else nothing.
func (a *Assessment) servedUnmatched(o *Options) keys.Finding {
	if a.ServedKey != "" {
		return keys.Finding{}
	}
	cert, err := x509.ParseCertificate(a.Served)
	if err != nil {
		return keys.Finding{}
	}
	f, _ := keys.CheckKey(cert.PublicKey, o.Rounds)
	return f
}

// orphan finds a key that an earlier run made for this one and did not bind:
// by the journal, or without one by its name and by fields that are those of
// the plan. A second key is not made while there is one.
func (a *Assessment) orphan(old *KeyState, want keys.Spec) (keys.Spec, bool) {
	for _, u := range a.Unfinished {
		if k := a.key(u.NewKey); k != nil && k.Unused() && u.OldKey == old.Name {
			return u.Spec, true
		}
	}
	for _, k := range a.Keys {
		if k.Ours && k.Unused() && ourName.MatchString(k.Name) && k.Details.Shows(want) {
			want.Name = k.Name
			return want, true
		}
	}
	return keys.Spec{}, false
}
