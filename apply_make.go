package rekey

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// newKey is a successor, of one place or several.
type newKey struct {
	spec    keys.Spec
	details *keys.Details
	checked bool                     // details are as asked for
	csr     *x509.CertificateRequest // nil but where a CA issues the certificate
	cert    *x509.Certificate        // nil until it was issued, or seen in a handshake
	issued  bool                     // cert is a CA's
}

// generate makes a new key. // G-1, G-2, G-3
func (r *runner) generate(ctx context.Context, k *newKey, changes []*change) error {
	w := r.wait()
	if err := r.beginAll(changes); err != nil {
		return err
	}
	r.o.event(EventProgress, row.GenerateKey, "the device makes the key; this takes a while")
	w.List = r.listMade
	var err error
	if r.listMade, err = keys.Generate(ctx, r.s, k.spec, w); err != nil {
		return r.full(ctx, k.spec.Name, err)
	}
	if err := r.journal(state.Record{Event: state.Generated, NewKey: k.spec.Name}); err != nil {
		return err
	}
	// The list is in front, and what is next, another key or a choice, leads away from
	// it. A page that cannot be read yet, or has no certificate yet, is read again
	// before the key is chosen.
	if d, err := keys.ReadDetails(ctx, r.s, k.spec.Name); err == nil && d.HasCertificate() && d.Algorithm != "" {
		k.details = d
	}
	return nil
}

// wait is how a key is waited for, and which others may appear meanwhile: those
// that the device was asked for until now.
func (r *runner) wait() keys.Wait {
	return keys.Wait{Timeout: r.o.Timeouts.Generate, Interval: r.o.Timeouts.Poll, Expected: slices.Clone(r.asked)}
}

// asked is what the journal keeps of a new key: what was asked for.
type asked struct {
	keys.Spec
	Kind CertificateKind `json:"kind,omitempty"`
	// Controller is the version that made it.
	Controller string `json:"controller,omitempty"`
}

func (r *runner) beginAll(cs []*change) error {
	data, err := json.Marshal(asked{cs[0].New, cs[0].Kind, r.plan.Device.Controller})
	if err != nil {
		return err
	}
	r.asked = append(r.asked, cs[0].New.Name)
	for _, c := range cs {
		if err := r.begin(c, data); err != nil {
			return err
		}
	}
	return nil
}

// begin journals that a key is to replace another in a place.
func (r *runner) begin(c *change, spec []byte) error {
	note := ""
	if r.plan.BackOut {
		note = backOutNote
	}
	return r.journal(state.Record{
		Event: state.IntentGenerate, Note: note, Usage: c.ID(), OldKey: c.leaving, OldSPKI: c.OldKey.SPKI,
		OldFingerprint: c.old.key.Fingerprint, NewKey: c.New.Name, Data: spec,
	})
}

// knownSizes are the sizes of key stores that manuals name.
var knownSizes = []int{3, 5, 8}

// full says that a refused key may not have found room: by the device's words, or,
// since no public text tells them in every language, by how many keys there are.
func (r *runner) full(ctx context.Context, name string, err error) error {
	refused, ok := errors.AsType[*remoteui.RefusedError](err)
	if !ok {
		return err
	}
	l, readErr := keys.ReadList(ctx, r.s)
	if readErr != nil {
		return err
	}
	n := len(l.Entries)
	if !refused.NoRoom() && (refused.Busy() || !slices.Contains(knownSizes, n) && n != r.o.KeySlots) {
		return err
	}
	r.o.refusedKey(name)
	e := &KeyStoreError{Slots: n, Keys: n, Needed: 1, Said: refused.Text, Done: r.o.done()}
	for _, entry := range l.Entries {
		if entry.Unused() && !entry.Reserved() && !r.needs(entry.Name) {
			e.Deletable = append(e.Deletable, entry.Name)
		}
	}
	return fmt.Errorf("%w; %w", e, err)
}

// needs reports whether rekey made a key, meant to, or met it in a usage: the list
// may not say so yet.
func (r *runner) needs(name string) bool {
	return named(name) || r.news[name] != nil || slices.Contains(r.asked, name) ||
		slices.ContainsFunc(r.plan.Kept, func(k Kept) bool { return k.Key.Name == name })
}

// readBack checks that a new key is what was asked for, and looks whether TLS serves
// it already. // W-2
func (r *runner) readBack(ctx context.Context, k *newKey) error {
	if k.details == nil {
		d, err := keys.ReadDetails(ctx, r.s, k.spec.Name)
		if err != nil {
			return err
		}
		k.details = d
	}
	d := k.details
	k.checked = true
	if k.cert != nil && k.issued {
		if ok, _, reason := d.Matches(k.cert, k.cert.Subject.CommonName); !ok {
			return &VerifyError{Addr: "details of key " + quote(d.Name), Want: "the certificate that was registered", Got: reason}
		}
		d.Certificate = k.cert
	}
	if !k.spec.Algorithm.IsZero() && !d.Is(k.spec.Algorithm) {
		return &VerifyError{Addr: "details of key " + quote(d.Name), Want: k.spec.Algorithm.String(), Got: fmt.Sprintf("%s %d", d.Algorithm, d.Bits)}
	}
	if cert := r.s.Certificate(); cert != nil && k.cert == nil {
		if ok, sure, _ := d.Matches(cert, k.spec.CommonName); ok && sure {
			k.cert = cert
		}
	}
	return nil
}

// testNewKey tests a certificate of a new key that was seen. // W-2
func (r *runner) testNewKey(c *change, cert *x509.Certificate) error {
	c.new.cert = cert
	finding, isRSA := r.o.certs.key(cert)
	for _, other := range r.changes {
		if other.new == c.new {
			other.show(cert, finding.State)
		}
	}
	if isRSA && finding.State != keys.Unknown {
		if err := r.sawKey(r.madeBy(c), c.New.Name, finding.State == keys.Proved); err != nil {
			return err
		}
	}
	if isRSA && finding.State == keys.Proved && !r.plan.BackOut {
		err := r.journal(state.Record{Event: state.Abandoned, NewKey: c.New.Name, Note: finding.String()})
		return errors.Join(fmt.Errorf("%w (key %q: %s)", ErrStillWeak, c.New.Name, finding), err)
	}
	return nil
}

// sawKey notes what a key that this device made says of its firmware.
func (r *runner) sawKey(controller, key string, weak bool) error {
	if controller == "" || r.plan.BackOut {
		return nil
	}
	seen := generatorSeen{Controller: controller, Key: key, Weak: weak}
	before := r.history.generators[controller]
	if r.history.saw(seen); r.history.generators[controller] == before {
		return nil
	}
	data, err := json.Marshal(generatorNote{Generator: &seen})
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Data: data})
}

// madeBy is the controller version that made the new key; empty if that is not
// known.
func (r *runner) madeBy(c *change) string {
	if c.From == usage.FromGenerate {
		return r.plan.Device.Controller
	}
	return c.MadeBy
}

// untrusted says why the new key of a change is not to be relied on: neither it
// nor another key of the firmware that made it was seen. Empty if it is.
func (r *runner) untrusted(c *change) string {
	by := cmp.Or(r.madeBy(c), r.plan.Device.Controller)
	switch {
	case r.plan.BackOut, c.Function().InPlace, c.New.Algorithm.Curve != "", c.new.details != nil && c.new.details.Algorithm == "ECDSA":
		return ""
	case c.row.NewKey.Weak == keys.NotFound && c.row.NewKey.SPKI != "", r.sound(c.new.cert):
		return ""
	case r.history.generators[by] == keys.NotFound:
		return ""
	}
	return unseen(by)
}

// sound reports whether a certificate is known, and its key not weak.
func (r *runner) sound(cert *x509.Certificate) bool {
	if cert == nil {
		return false
	}
	f, _ := r.o.certs.key(cert)
	return f.State == keys.NotFound
}

// holdUnseen gives up the bindings of keys that nobody can see, where no key of
// this firmware was seen nor will be before an old one is deleted.
func (r *runner) holdUnseen(bs []*binding) {
	for _, b := range bs {
		if b.Function().RemoteUI && (b.c != nil || b.Key != keys.DefaultKey && r.isNew(b.Key)) {
			return // it shows its key after the restart
		}
	}
	for _, b := range bs {
		if b.c == nil || !b.c.unbound() || b.c.failed != nil {
			continue
		}
		if why := r.untrusted(b.c); why != "" {
			b.c.failed = fmt.Errorf("%w: %s: %s", ErrUnfinished, b.Title(), why)
		}
	}
}

func (r *runner) isNew(name string) bool {
	return slices.ContainsFunc(r.changes, func(c *change) bool { return c.New.Name == name })
}

// proveGenerator has the device make a key that can be seen, if none was seen
// since the plan was made. // M-5
func (r *runner) proveGenerator(ctx context.Context) error {
	p := r.plan.Probe
	if p == nil || r.history.generators[r.plan.Device.Controller] == keys.NotFound {
		return nil
	}
	return r.step(ctx, row.UpdateFirmware, "", "see whether the firmware makes sound keys, by key "+quote(p.Key.Name), func(ctx context.Context) error { return r.probe(ctx, p.Key) })
}

func (r *runner) probe(ctx context.Context, spec keys.Spec) error {
	data, err := json.Marshal(generatorNote{Probe: spec.Name})
	if err != nil {
		return err
	}
	if err := r.journal(state.Record{Event: state.Noted, NewKey: spec.Name, Data: data}); err != nil {
		return err
	}
	r.o.event(EventProgress, row.UpdateFirmware, "the device makes the key; this takes a while")
	w := r.wait()
	r.asked = append(r.asked, spec.Name)
	csr, err := keys.GenerateCSR(ctx, r.s, spec, w)
	if err != nil && !errors.Is(err, keys.ErrCSRLost) {
		return r.full(ctx, spec.Name, err)
	}
	if err == nil {
		_, err = keys.CheckCSR(csr, spec, keys.DefaultRounds)
		weak, isWeak := errors.AsType[*keys.WeakKeyError](err)
		if isWeak {
			err = fmt.Errorf("%w (%w)", ErrStillWeak, weak)
		}
		if err == nil || isWeak {
			err = errors.Join(err, r.sawKey(r.plan.Device.Controller, spec.Name, isWeak))
		}
	}
	return errors.Join(err, r.dropUnused(ctx, spec.Name))
}
