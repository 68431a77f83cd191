package rekey

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
)

// Stage says where a change begins: at the beginning, or where an earlier run
// left off.
type Stage string

// The stages.
const (
	FromGenerate Stage = "generate" // make the new key
	FromBind     Stage = "bind"     // it is there, unused
	FromRestart  Stage = "restart"  // it is bound, and not yet in effect
	FromDelete   Stage = "delete"   // it is in effect; the old key is still there
)

// Change is the replacement of one key in one usage.
type Change struct {
	Usage  keys.Use `json:"usage"`
	OldKey KeyRef   `json:"oldKey"`
	Reason string   `json:"reason"`
	From   Stage    `json:"from"`
	// New is the key to make, or the one that an earlier run made.
	New keys.Spec `json:"new"`
	// DeleteOld: the old key is deleted after the proof. Keep says why not.
	DeleteOld bool   `json:"deleteOld"`
	Keep      string `json:"keep,omitempty"`
}

// Kept is a usage whose key stays, and why. Open means that it could not be
// decided, or not be done yet.
type Kept struct {
	Usage  keys.Use `json:"usage"`
	Key    KeyRef   `json:"key"`
	Reason string   `json:"reason"`
	Open   bool     `json:"open,omitempty"`
}

// Plan is what would be done, as a value: it can be shown, kept as JSON, and
// applied later, if the device has not changed since.
type Plan struct {
	Device      DeviceInfo     `json:"device"`
	Eligibility models.Verdict `json:"eligibility"`
	Made        time.Time      `json:"made"`
	Changes     []Change       `json:"changes"`
	Kept        []Kept         `json:"kept"`
	Restarts    int            `json:"restarts"`
	Notices     []string       `json:"notices"`
	// Precondition is the state of the device that the plan rests on, line by
	// line; Digest is a SHA-256 of it and of the changes: a plan that was edited
	// is refused.
	Precondition []string `json:"precondition"`
	Digest       string   `json:"digest"`
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// open reports whether something is left undone on purpose.
func (p *Plan) open() bool { return slices.ContainsFunc(p.Kept, func(k Kept) bool { return k.Open }) }

// Plan decides what is to be done. It asks the device nothing, and the same
// assessment and options give the same plan. Errors: [*FirmwareError] if the
// firmware still makes weak keys (M-5); [*UnknownError] if something needed
// could not be read.
func (a *Assessment) Plan(o *Options) (*Plan, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return a.plan(&opts)
}

func (a *Assessment) plan(o *Options) (*Plan, error) {
	if a.Eligibility.Verdict == models.Vulnerable {
		return nil, &FirmwareError{Model: a.Device.Model, Version: a.Device.Controller, Row: a.Eligibility.Row}
	}
	p := &Plan{
		Device: a.Device, Eligibility: a.Eligibility.Verdict, Made: a.Taken,
		Notices: slices.Clone(a.Notices), Precondition: a.precondition(),
	}
	if err := a.planTLS(p, o); err != nil {
		return nil, err
	}
	for _, k := range a.Keys {
		if err := a.planOther(p, &k, o); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(p.Changes, func(c Change) bool { return c.From != FromDelete }) {
		p.Restarts = 1
	}
	p.Changes, p.Kept, p.Notices = orEmpty(p.Changes), orEmpty(p.Kept), orEmpty(p.Notices)
	p.Digest = p.digest()
	return p, nil
}

// planTLS plans for the key of TLS. // C-1
func (a *Assessment) planTLS(p *Plan, o *Options) error {
	k, ok := a.user(keys.UseTLS)
	if !ok {
		return &UnknownError{"the key list does not say which one key TLS uses: nothing can be planned; look at the list in a browser"}
	}
	if k.Details == nil || k.Details.Problem != "" {
		return &UnknownError{fmt.Sprintf("the details of key %q, which TLS uses, could not be read: nothing can be planned", k.Name)}
	}
	if c, ok := a.resume(k, o); ok {
		p.Changes = append(p.Changes, c)
		return nil
	}
	d, err := a.decide(k, o)
	if err != nil {
		return err
	}
	if f := a.servedUnmatched(o); f.State == keys.Proved && !d.replace {
		d = decision{replace: true, reason: "the certificate that TLS is served with could not be matched with it, and is " + f.String()}
	}
	if !d.replace {
		p.Kept = append(p.Kept, Kept{Usage: keys.UseTLS, Key: k.ref(), Reason: d.reason, Open: d.open})
		return nil
	}
	if why := notSelfSigned(k); why != "" && o.Kind == LikeForLike {
		p.Kept = append(p.Kept, Kept{Usage: keys.UseTLS, Key: k.ref(), Reason: d.reason + "; but " + why, Open: true})
		return nil
	}
	spec, err := a.spec(k, o)
	if err != nil {
		return err
	}
	c := Change{Usage: keys.UseTLS, OldKey: k.ref(), Reason: d.reason, From: FromGenerate, New: spec}
	if mine, ok := a.orphan(k, spec); ok {
		c.From, c.New = FromBind, mine
	}
	a.planDeletion(&c, k, o)
	p.Changes = append(p.Changes, c)
	return nil
}

// notSelfSigned says why a key's certificate cannot be replaced like for like
// by a self-signed one; empty if it can.
func notSelfSigned(k *KeyState) string {
	const ask = "ask for a self-signed one (Kind) to replace it all the same"
	if cert, err := x509.ParseCertificate(k.Certificate); err == nil {
		if selfSigned(cert) {
			return ""
		}
		return fmt.Sprintf("its certificate was issued by %q, and certificates from a CA are not handled yet: %s", cert.Issuer, ask)
	}
	if d := k.Details; d != nil && d.Issuer != "" && d.Issuer == d.Subject {
		return ""
	}
	return "it cannot be told whether its certificate is self-signed: " + ask
}

// planDeletion says whether the old key can go, as far as is known before.
func (a *Assessment) planDeletion(c *Change, old *KeyState, o *Options) {
	others := slices.DeleteFunc(slices.Clone(old.Uses), func(u keys.Use) bool { return u == c.Usage })
	switch {
	case old.Reserved():
		c.Keep = "the device needs it" // W-1
	case o.KeepOldKeys:
		c.Keep = "as asked"
	case o.Dir == "":
		c.Keep = "no evidence store (Options.Dir)"
	case len(others) > 0:
		c.Keep = fmt.Sprintf("also used for %v", others)
	case old.UseText != "":
		c.Keep = fmt.Sprintf("its usage %q is not understood", old.UseText)
	default:
		c.DeleteOld = true
	}
}

// planOther says what becomes of everything but TLS.
func (a *Assessment) planOther(p *Plan, k *KeyState, o *Options) error {
	for _, u := range k.Uses {
		if u == keys.UseTLS {
			continue
		}
		d, err := a.decide(k, o)
		if err != nil {
			return err
		}
		kept := Kept{Usage: u, Key: k.ref(), Reason: d.reason, Open: d.open}
		if d.replace {
			kept.Open, kept.Reason = true, "has to be replaced, and this usage is not handled yet: "+d.reason
		}
		p.Kept = append(p.Kept, kept)
	}
	planned := slices.ContainsFunc(p.Changes, func(c Change) bool { return c.OldKey.Name == k.Name || c.New.Name == k.Name })
	if k.UseText != "" {
		p.Notices = append(p.Notices, fmt.Sprintf("key %q: its usage %q is not understood, so it is left alone", k.Name, k.UseText))
	}
	if k.Unused() && !k.Reserved() && !planned && k.Details != nil && k.Details.RSA() {
		p.Notices = append(p.Notices, fmt.Sprintf("key %q is an RSA key in no usage: nothing is done with it; delete it if nobody needs it (W-5)", k.Name))
	}
	return nil
}

// precondition is what must still hold when the plan is applied: the keys,
// their uses, and the key behind the certificate that is served.
func (a *Assessment) precondition() []string {
	lines := stateLines(a.Device.Controller, a.list())
	return append(lines, servedLine(a.Served))
}

func servedLine(der []byte) string {
	sum := sha256.Sum256(der)
	return "served certificate " + hex.EncodeToString(sum[:])
}

func (a *Assessment) list() *keys.List {
	l := &keys.List{}
	for _, k := range a.Keys {
		l.Entries = append(l.Entries, k.Entry)
	}
	return l
}

func stateLines(controller string, l *keys.List) []string {
	lines := []string{"controller " + controller}
	for _, e := range l.Entries {
		uses := make([]string, 0, len(e.Uses))
		for _, u := range e.Uses {
			uses = append(uses, string(u))
		}
		slices.Sort(uses)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("key %q: %s%s", e.Name, strings.Join(uses, ", "), e.UseText)))
	}
	slices.Sort(lines[1:])
	return lines
}

func (p *Plan) digest() string {
	b, err := json.Marshal([]any{p.Device, p.Precondition, p.Changes})
	if err != nil {
		panic(err) // nothing in it can fail to marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newName makes the name of a key: "rk", the use, the first day of validity and
// six letters that follow from the assessment, free in the list. They need not
// be secret, but must differ between devices and runs.
func (a *Assessment) newName(u keys.Use, first time.Time) string {
	for n := range 1000 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %x %d", u, a.Device.URL, a.Taken.Format(time.RFC3339Nano), a.Served, n))
		name := "rk" + string(u) + first.Format("20060102") + nameEncoding.EncodeToString(sum[:])[:6]
		if a.key(name) == nil {
			return name
		}
	}
	panic("no free name among a thousand")
}
