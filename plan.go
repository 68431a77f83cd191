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

// planVersion is that of a plan's form. Before it had one, it had turns.
const planVersion = 2

// Step is one step of a plan. A plan is carried out, shown and reported step by
// step, in the order of its list.
type Step struct {
	Row string `json:"row"` // of the procedure, e.g. "G-1"
	// Place whose key it is about; of several, the first; empty: none.
	usage.Place
	Key string `json:"key,omitempty"` // name of the key; for V-5, the other device
	// Temporary: the key is chosen for one restart. TLS is parked on Default Key to
	// make room, or shows a new certificate before its peers must know it.
	Temporary bool `json:"temporary,omitempty"`
	// Done: an earlier run did it.
	Done bool `json:"done,omitempty"`
}

// stepKind is what is done in a step. Steps of a kind that follow one another are
// done together.
type stepKind int

const (
	unknownStep  stepKind = iota
	recordStep            // evidence of an old key
	probeStep             // a key made for a look
	makeStep              // a new key, with its certificate
	readStep              // a new key, read back
	tellStep              // peers that have to trust a certificate
	chooseStep            // a key, in its place
	effectStep            // the restart, and the proof of each choice
	deleteStep            // an old key goes, or is kept
	renewStep             // the device signature
	exportStep            // its new certificate, for the other devices
	registerStep          // on another device, as owed by an earlier run
	timerStep             // of the device's SCEP client
)

var stepKinds = map[string]stepKind{
	row.RecordEvidence: recordStep, row.UpdateFirmware: probeStep,
	row.GenerateKey: makeStep, row.MakeCSR: makeStep, row.IssueCertificate: makeStep, row.RequestBySCEP: makeStep, row.TestKey: readStep,
	row.EnableNew: tellStep, row.Restart: effectStep, row.DeleteKey: deleteStep,
	row.RenewSignature: renewStep, row.EnableNewSignature: exportStep, row.DisableOldSignature: registerStep, row.SuspendTimer: timerStep,
}

func (s *Step) kind() stepKind {
	switch f := s.Function(); {
	case f.BindingRow == "":
	case s.Row == f.BindingRow:
		return chooseStep
	case s.Row == f.NeededRow:
		return effectStep
	}
	return stepKinds[s.Row]
}

// round is the work that one restart puts in effect.
type round struct {
	make    []string // names of the keys made in it
	bind    []choice
	restart bool
	delete  []string // names of the old keys that go at its end
}

// choice is a key in its place.
type choice struct {
	usage.Place
	key       string
	temporary bool
}

// layOut puts all that is to be done in its order: this is the one place that
// knows it. Evidence comes before anything is changed, and what shows whether the
// firmware makes sound keys before any key is relied on.
func (p *Plan) layOut(rounds []round) {
	add := func(s Step) { p.Steps = append(p.Steps, s) }
	for _, c := range p.byOldKey() {
		add(Step{Row: row.RecordEvidence, Place: c.Place, Key: c.OldKey.Name})
	}
	for _, name := range p.Drop {
		add(Step{Row: row.DeleteKey, Key: name})
	}
	signatureFirst := p.Probe != nil && p.Probe.By == BySignature
	switch {
	case signatureFirst:
		p.layOutSignature()
	case p.Probe != nil && p.Probe.By == ByRequest:
		add(Step{Row: row.UpdateFirmware, Key: p.Probe.Key.Name})
	}
	var gone []string
	for _, r := range rounds {
		p.Steps = append(p.Steps, p.stepsOf(r)...)
		gone = append(gone, r.delete...)
	}
	for _, c := range p.byOldKey() {
		if !c.Function().InPlace && !slices.Contains(gone, c.OldKey.Name) {
			add(Step{Row: row.DeleteKey, Place: c.Place, Key: c.OldKey.Name})
		}
	}
	if !signatureFirst {
		p.layOutSignature()
	}
	for i, o := range p.Owed {
		if !slices.ContainsFunc(p.Owed[:i], func(other Owed) bool { return other.device() == o.device() }) {
			add(Step{Row: row.DisableOldSignature, Place: signaturePlace, Key: o.device()})
		}
	}
	if p.TimerBack {
		add(Step{Row: row.SuspendTimer})
	}
}

// byOldKey are the first changes of each old key.
func (p *Plan) byOldKey() (all []Change) {
	for _, c := range p.Changes {
		if !slices.ContainsFunc(all, func(other Change) bool { return other.OldKey.Name == c.OldKey.Name }) {
			all = append(all, c)
		}
	}
	return all
}

func (p *Plan) layOutSignature() {
	for _, c := range p.Changes {
		if c.Function().InPlace {
			p.Steps = append(p.Steps, Step{Row: row.RenewSignature, Place: c.Place, Key: c.New.Name, Done: c.From != usage.FromGenerate}, Step{Row: row.EnableNewSignature, Place: c.Place, Key: c.New.Name})
		}
	}
}

// stepsOf are the steps of a round: new keys, choices, one restart, proofs,
// deletions; and in between whoever has to trust a certificate is told: before it
// is in effect, or, where it is seen at a port of its own only, right after.
// Choices begin with that of TLS: by its key the device is known.
func (p *Plan) stepsOf(r round) (all []Step) {
	add := func(row string, b choice, done bool) {
		all = append(all, Step{Row: row, Place: b.Place, Key: b.key, Temporary: b.temporary, Done: done})
	}
	bs := slices.Clone(r.bind)
	slices.SortStableFunc(bs, func(a, b choice) int { return boolOrder(a.Function().RemoteUI) - boolOrder(b.Function().RemoteUI) })
	for _, name := range r.make {
		c := p.Changes[slices.IndexFunc(p.Changes, func(c Change) bool { return c.New.Name == name })]
		all = append(all, Step{Row: c.makingRow(), Place: c.Place, Key: name})
	}
	for _, b := range bs {
		if c := p.changeOf(b); c != nil && !c.makes() {
			add(row.GenerateKey, b, true)
		}
	}
	for _, b := range bs {
		add(row.TestKey, b, false)
	}
	for _, b := range bs {
		if c := p.changeOf(b); c != nil && c.unbound() && c.Trust == TrustDistributed && !c.Function().OwnPort {
			add(row.EnableNew, b, false)
		}
	}
	for _, b := range bs {
		c := p.changeOf(b)
		add(b.Function().BindingRow, b, c != nil && !c.unbound())
	}
	all = append(all, Step{Row: row.Restart, Done: !r.restart})
	for _, b := range bs {
		add(b.Function().NeededRow, b, false)
	}
	for _, b := range bs {
		if c := p.changeOf(b); c != nil && c.Trust == TrustDistributed && c.Function().OwnPort {
			add(row.EnableNew, b, false)
		}
	}
	for _, name := range r.delete {
		c := p.Changes[slices.IndexFunc(p.Changes, func(c Change) bool { return c.OldKey.Name == name })]
		all = append(all, Step{Row: row.DeleteKey, Place: c.Place, Key: name})
	}
	return all
}

func boolOrder(first bool) int {
	if first {
		return 0
	}
	return 1
}

// makingRow is the row by which the new key and its certificate come about.
func (c *Change) makingRow() string {
	switch {
	case c.Kind == ByCSR && c.From == usage.FromRequest:
		return row.IssueCertificate
	case c.Kind == ByCSR:
		return row.MakeCSR
	case c.Kind == BySCEP:
		return row.RequestBySCEP
	}
	return row.GenerateKey
}

// unbound reports whether the new key is still to be chosen.
func (c *Change) unbound() bool { return c.makes() || c.From == usage.FromBind }

// changeOf is the change that a choice carries out; nil if it is temporary.
func (p *Plan) changeOf(b choice) *Change {
	i := slices.IndexFunc(p.Changes, func(c Change) bool { return !b.temporary && c.Place == b.Place && c.New.Name == b.key })
	if i < 0 {
		return nil
	}
	return &p.Changes[i]
}

func (s *Step) choice() choice { return choice{s.Place, s.Key, s.Temporary} }

// deletes reports whether an old key goes, and is not only told to stay.
func (p *Plan) deletes(old string) bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.OldKey.Name == old && c.DeleteOld })
}

// check refuses a step that is none of ours.
func (s *Step) check() error {
	kind := s.kind()
	if kind == unknownStep || kind == chooseStep && (s.Key == keys.AMSKey || s.Key == keys.DeviceSignatureKey) {
		return fmt.Errorf("plan: step %s for %q with key %q is not known", s.Row, s.ID(), s.Key)
	}
	return nil
}
