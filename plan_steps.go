package rekey

import (
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

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
