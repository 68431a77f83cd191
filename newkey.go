package rekey

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// newKey is a successor, of one place or several.
type newKey struct {
	spec    keys.Spec
	details *keys.Details
	csr     *x509.CertificateRequest // nil but where a CA issues the certificate
	cert    *x509.Certificate        // nil until it was issued, or seen in a handshake
	issued  bool                     // cert is a CA's
}

// generate makes a new key. // G-1, G-2, G-3
func (run *run) generate(ctx context.Context, k *newKey, changes []*change) error {
	w := run.wait()
	if err := run.beginAll(changes); err != nil {
		return err
	}
	run.o.event(EventProgress, "G-1", "the device makes the key; this takes a while")
	_, err := keys.Generate(ctx, run.s, k.spec, w)
	if err != nil {
		return run.full(ctx, k.spec.Name, err)
	}
	return run.journal(state.Record{Event: state.Generated, Step: "G-1", NewKey: k.spec.Name})
}

// wait is how a key is waited for, and which others may appear meanwhile: those
// that the device was asked for until now.
func (run *run) wait() keys.Wait {
	return keys.Wait{Timeout: run.o.GenerateTimeout, Interval: run.o.PollInterval, Expected: slices.Clone(run.asked)}
}

// asked is what the journal keeps of a new key: what was asked for.
type asked struct {
	keys.Spec
	Kind CertificateKind `json:"kind,omitempty"`
	// Controller is the version that made it.
	Controller string `json:"controller,omitempty"`
}

func (run *run) beginAll(cs []*change) error {
	data, err := json.Marshal(asked{cs[0].New, cs[0].Kind, run.plan.Device.Controller})
	if err != nil {
		return err
	}
	run.asked = append(run.asked, cs[0].New.Name)
	for _, c := range cs {
		if err := run.begin(c, data); err != nil {
			return err
		}
	}
	return nil
}

// begin journals that a key is to replace another in a place.
func (run *run) begin(c *change, spec []byte) error {
	note := ""
	if run.plan.BackOut {
		note = backOutNote
	}
	return run.journal(state.Record{
		Event: state.IntentGenerate, Note: note, Step: "G-1", Usage: c.ID(), OldKey: c.leaving, OldSPKI: c.OldKey.SPKI,
		OldFingerprint: c.old.key.Fingerprint, NewKey: c.New.Name, Data: spec,
	})
}

// knownSizes are the sizes of key stores that manuals name.
var knownSizes = []int{3, 5, 8}

// full says that a refused key may not have found room: by the device's words, or,
// since no public text tells them in every language, by how many keys there are.
func (run *run) full(ctx context.Context, name string, err error) error {
	refused, ok := errors.AsType[*remoteui.RefusedError](err)
	if !ok {
		return err
	}
	l, readErr := keys.ReadList(ctx, run.s)
	if readErr != nil {
		return err
	}
	n := len(l.Entries)
	if !refused.NoRoom() && (refused.Busy() || !slices.Contains(knownSizes, n) && n != run.o.KeySlots) {
		return err
	}
	run.o.refusedKey(name)
	e := &KeyStoreError{Slots: n, Keys: n, Needed: 1, Said: refused.Text, Done: run.o.done()}
	for _, entry := range l.Entries {
		if entry.Unused() && !entry.Reserved() && !run.needs(entry.Name) {
			e.Deletable = append(e.Deletable, entry.Name)
		}
	}
	return fmt.Errorf("%w; %w", e, err)
}

// needs reports whether rekey made a key, meant to, or met it in a usage: the list
// may not say so yet.
func (run *run) needs(name string) bool {
	return named(name) || run.news[name] != nil || slices.Contains(run.asked, name) ||
		slices.ContainsFunc(run.plan.Kept, func(k Kept) bool { return k.Key.Name == name })
}

// readBack holds a new key to what was asked for, and looks whether TLS serves
// it already. // W-2
func (run *run) readBack(ctx context.Context, k *newKey) error {
	d, err := keys.ReadDetails(ctx, run.s, k.spec.Name)
	if err != nil {
		return err
	}
	k.details = d
	if k.cert != nil && k.issued {
		if ok, _, reason := d.Matches(k.cert, k.cert.Subject.CommonName); !ok {
			return &VerifyError{Addr: "details of key " + quote(d.Name), Want: "the certificate that was registered", Got: reason}
		}
		d.Certificate = k.cert
	}
	if !k.spec.Algorithm.IsZero() && !d.Is(k.spec.Algorithm) {
		return &VerifyError{Addr: "details of key " + quote(d.Name), Want: k.spec.Algorithm.String(), Got: fmt.Sprintf("%s %d", d.Algorithm, d.Bits)}
	}
	if cert := run.s.Certificate(); cert != nil && k.cert == nil {
		if ok, sure, _ := d.Matches(cert, k.spec.CommonName); ok && sure {
			k.cert = cert
		}
	}
	return nil
}

// inspect tests a certificate of a new key that was seen. // W-2
func (run *run) inspect(c *change, cert *x509.Certificate) error {
	c.new.cert = cert
	finding, isRSA := keys.CheckKey(cert.PublicKey, run.o.Rounds)
	for _, other := range run.changes {
		if other.new == c.new {
			other.show(cert, finding.State)
		}
	}
	if isRSA && finding.State != keys.Unknown {
		if err := run.sawKey(run.madeBy(c), c.New.Name, finding.State == keys.Proved); err != nil {
			return err
		}
	}
	if isRSA && finding.State == keys.Proved && !run.plan.BackOut {
		err := run.journal(state.Record{Event: state.Abandoned, Step: "C-1", NewKey: c.New.Name, Note: finding.String()})
		return errors.Join(fmt.Errorf("%w (key %q: %s)", ErrStillWeak, c.New.Name, finding), err)
	}
	return nil
}

// named reports whether a key bears a name that rekey gives.
func named(name string) bool { return ourName.MatchString(name) || probeName.MatchString(name) }
