package rekey

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// Change is the replacement of a key in one usage, for IPSec in one policy.
type Change struct {
	usage.Place
	OldKey KeyRef `json:"oldKey"`
	Reason string `json:"reason"`
	// From says where it begins: at the beginning, or where an earlier run left off.
	From usage.Stage `json:"from"`
	// New is the key to make, or the one that is there already. Several changes
	// may share one.
	New  keys.Spec       `json:"new"`
	Kind CertificateKind `json:"kind,omitempty"`
	// Request is the CSR (DER) of a key that waits for its certificate, and
	// Certificate the new key's (DER), where an earlier run got that far.
	Request     []byte `json:"request,omitempty"`
	Certificate []byte `json:"certificate,omitempty"`
	// MadeBy is the controller version that made the new key, where an earlier run
	// had it made; empty if it is not known.
	MadeBy string `json:"madeBy,omitempty"`
	// Trust says how peers come to trust the new certificate.
	Trust Trust `json:"trust,omitempty"`
	// DeleteOld: the old key is deleted once all its changes are proved. Keep
	// says why not.
	DeleteOld bool   `json:"deleteOld"`
	Keep      string `json:"keep,omitempty"`
	// OldCertificate in DER, where it could be had, and where it was.
	OldCertificate []byte            `json:"oldCertificate,omitempty"`
	OldSource      revocation.Source `json:"oldSource,omitempty"`
}

// makes reports whether there is still something to do for the new key itself.
func (c *Change) makes() bool { return c.From == usage.FromGenerate || c.From == usage.FromRequest }

// Kept is a usage whose key stays, and why.
type Kept struct {
	usage.Place
	Key    KeyRef `json:"key"`
	Reason string `json:"reason"`
	// Unresolved: it could not be decided, or not be done yet.
	Unresolved bool `json:"open,omitempty"`
	// BackedOut: an earlier call of [BackOut] bound it again.
	BackedOut bool `json:"backedOut,omitempty"`
}

// Plan is what would be done, as a value: it can be shown, kept as JSON, and
// applied later, if the device has not changed since.
type Plan struct {
	// Version of the form; another version of rekey may read an older one, and
	// refuses a newer one.
	Version     int            `json:"version"`
	Device      DeviceInfo     `json:"device"`
	Eligibility models.Verdict `json:"eligibility"`
	Made        time.Time      `json:"made"`
	// Clock is the device's at that time; zero if it is not known.
	Clock   time.Time `json:"clock,omitzero"`
	Changes []Change  `json:"changes"`
	// Steps are all that is done, in this order; see [Step].
	Steps    []Step   `json:"steps"`
	Kept     []Kept   `json:"kept"`
	Restarts int      `json:"restarts"`
	Notices  []string `json:"notices"`
	// Probe is how a key of this firmware is seen first; nil if that is not needed,
	// or the new keys show it themselves. Drop are keys that an earlier run
	// made for a look only, or for a place that gets another one now: they go first.
	// // M-5
	Probe *Probe   `json:"probe,omitempty"`
	Drop  []string `json:"drop,omitempty"`
	// Owed is what an earlier run could not do on other devices. // V-5, E-2
	Owed []Owed `json:"owed,omitempty"`
	// More: what an earlier run left is finished first; plan again afterwards.
	More bool `json:"more,omitempty"`
	// TimerBack: an earlier run left the timer for automatic certificate requests
	// switched off. // G-8
	TimerBack bool `json:"timerBack,omitempty"`
	// People are the functions whose keys renew themselves with the firmware and
	// leave something to people: "bluetooth", "ams". // B-1, A-1
	People []keys.Use `json:"people,omitempty"`
	// Language of the device's pages.
	Language string `json:"language,omitempty"`
	// BackOut: the plan binds old keys again; see [BackOut].
	BackOut bool `json:"backOut,omitempty"`
	// Precondition is the state of the device that the plan rests on, line by
	// line; Digest is a SHA-256 of it and of what is to be done: a plan that was
	// edited is refused.
	Precondition []string `json:"precondition"`
	Digest       string   `json:"digest"`

	// known are the details of all keys, as far as this plan was not read from
	// JSON: if one gets lost, nothing else remembers it.
	known map[string]*keys.Details
	// served is the key that was being served, as far as this plan was not read
	// from JSON.
	served string

	secrets *scrub.Scrubber // nil: no text of the plan holds one
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	return len(p.Changes) == 0 && len(p.Drop) == 0 && len(p.Owed) == 0 && !p.TimerBack
}

// open reports whether something is left undone on purpose.
func (p *Plan) open() bool {
	return slices.ContainsFunc(p.Kept, func(k Kept) bool { return k.Unresolved })
}

// Plan decides what is to be done. It asks the device nothing, and the same
// assessment and options give the same plan. Errors: [*FirmwareError] if the
// firmware still makes weak keys (M-5); [*UnknownError] if something needed
// could not be read; [*KeyStoreError] if the device has no room for the new
// keys.
func (a *Assessment) Plan(o *Options) (*Plan, error) {
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	return a.plan(opts)
}

func (a *Assessment) plan(o *call) (*Plan, error) {
	if a.Eligibility.Verdict == models.Vulnerable {
		return nil, &FirmwareError{Model: a.Device.Model, Version: a.Device.Controller, Row: a.Eligibility.Row}
	}
	if a.Generator.caught(a.Device.Controller) {
		return nil, &FirmwareError{Model: a.Device.Model, Version: a.Device.Controller, Row: a.Eligibility.Row, Caught: true}
	}
	p := a.newPlan()
	pl := &planner{a: a, o: o.Options, p: p, done: o.done()}
	if err := pl.decideAll(); err != nil {
		return nil, err
	}
	if err := pl.arrange(); err != nil {
		return nil, err
	}
	for _, name := range o.ExternalKeys {
		if a.key(name) == nil {
			p.Notices = append(p.Notices, fmt.Sprintf("no key is named %q, which is declared as external (ExternalKeys): case and blanks count", name))
		}
	}
	p.Owed = a.Owed
	pl.dropSuperseded()
	pl.tellUnused()
	pl.planSignature()
	pl.planPeople()
	pl.planSCEP()
	p.layOut(pl.rounds)
	p.seal()
	return p, nil
}

func (a *Assessment) newPlan() *Plan {
	known := map[string]*keys.Details{}
	for _, k := range a.Keys {
		known[k.Name] = k.Details
	}
	return &Plan{known: known, served: a.ServedKey, secrets: a.secrets, Device: a.Device, Eligibility: a.Eligibility.Verdict, Made: a.Taken, Clock: a.Clock, TimerBack: a.TimerOff, Language: a.Language, Notices: slices.Clone(a.Notices), Precondition: a.precondition()}
}

// seal completes a plan.
func (p *Plan) seal() {
	p.Version = planVersion
	p.Restarts = 0
	for _, s := range p.Steps {
		if s.Row == row.Restart && !s.Done {
			p.Restarts++
		}
	}
	p.Changes, p.Steps, p.Kept, p.Notices = orEmpty(p.Changes), orEmpty(p.Steps), orEmpty(p.Kept), orEmpty(p.Notices)
	p.Digest = p.digest()
}

func (p *Plan) digest() string {
	b, err := json.Marshal([]any{p.Version, p.Device, p.Precondition, p.Changes, p.Steps, p.BackOut, p.TimerBack, p.Probe, p.Drop, p.Owed})
	if err != nil {
		panic(err) // nothing in it can fail to marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// precondition is what must still hold when the plan is applied: the keys,
// their uses, and the key behind the certificate that is served.
func (a *Assessment) precondition() []string {
	lines := stateLines(a.Device.Controller, a.list())
	return append(lines, servedLine(a.Served))
}

// servedPrefix begins the line of the certificate that the device served.
const servedPrefix = "served certificate "

func servedLine(der []byte) string {
	sum := sha256.Sum256(der)
	return servedPrefix + hex.EncodeToString(sum[:])
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
		lines = append(lines, keyLine(e))
	}
	slices.Sort(lines[1:])
	return lines
}

func keyLine(e keys.Entry) string {
	uses := make([]string, 0, len(e.Uses))
	for _, u := range e.Uses {
		uses = append(uses, string(u))
	}
	slices.Sort(uses)
	return strings.TrimSpace(fmt.Sprintf("key %q: %s%s", e.Name, strings.Join(uses, ", "), e.UseText))
}
