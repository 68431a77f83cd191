package rekey

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// change carries out one Change, step by step. Each step reads the device
// before it writes, and reads back what it wrote.
type change struct {
	*run
	*Change
	report *UsageReport

	oldCert *x509.Certificate // what was served before; nil on a late resume
	oldKey  proof.Key
	receipt revocation.Receipt
	before  *usage.TLSSettings
	details *keys.Details // of the new key
	said    string        // by the device when the key was chosen
	proved  *usage.Proved
}

func evidenceDir(dir string) string { return filepath.Join(dir, "evidence") }

func (c *change) apply(ctx context.Context) error {
	steps := []struct {
		id   string
		from []Stage // stages at which the step is still to be done
		text string
		do   func(context.Context) error
	}{
		{"W-4", []Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "record the evidence of key " + quote(c.OldKey.Name), c.recordEvidence},
		{"G-1", []Stage{FromGenerate}, "make key " + quote(c.New.Name), c.generate},
		{"W-2", []Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "read back key " + quote(c.New.Name), c.readBack},
		{"R-1", []Stage{FromGenerate, FromBind}, "bind it to TLS", c.bind},
		{"R-5", []Stage{FromGenerate, FromBind, FromRestart}, "restart the device", c.restart},
		{"C-1", []Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "prove by a fresh handshake", c.prove},
		{"D-1", []Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "delete key " + quote(c.OldKey.Name), c.delete},
	}
	for _, step := range steps {
		if !slices.Contains(step.from, c.From) {
			c.r.step(step.id, c.Usage, Skipped, "done by an earlier run")
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped before %s (%s): %w; running again goes on from here", step.id, step.text, context.Cause(ctx))
		}
		c.o.event(EventStep, step.id, step.text)
		err := step.do(ctx)
		outcome, note := Done, ""
		if skip, ok := errors.AsType[*skipped](err); ok {
			outcome, note, err = skip.outcome, skip.why, nil
		}
		if err != nil {
			c.r.step(step.id, c.Usage, Failed, err.Error())
			c.o.event(EventStepDone, step.id, "failed: "+err.Error())
			if e := c.journal(state.Record{Event: state.Failed, Step: step.id, Usage: string(c.Usage), Note: err.Error()}); e != nil {
				c.o.event(EventNotice, step.id, e.Error())
			}
			return fmt.Errorf("%s: %w", step.text, err)
		}
		c.r.step(step.id, c.Usage, outcome, note)
		c.o.event(EventStepDone, step.id, string(outcome)+suffix(note))
	}
	c.addTasks()
	return nil
}

// skipped ends a step without doing it, and without failing.
type skipped struct {
	outcome Outcome
	why     string
}

func (s *skipped) Error() string { return s.why }

func quote(s string) string { return fmt.Sprintf("%q", s) }

func suffix(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

// recordEvidence stores what is known of the old key. // W-4
func (c *change) recordEvidence(ctx context.Context) error {
	d := &keys.Details{Name: c.OldKey.Name}
	if c.OldKey.Name != unnamedKey {
		var err error
		if d, err = keys.ReadDetails(ctx, c.s, c.OldKey.Name); err != nil {
			return err
		}
	}
	e := c.evidence(d)
	if e.Certificate == nil {
		e = c.earlier(e)
	}
	e, err := revocation.NewEvidence(e)
	if err != nil {
		return err
	}
	if c.DeleteOld && !c.sameOldKey(e) {
		c.DeleteOld, c.Keep = false, "it cannot be shown to be the key that the earlier run replaced"
	}
	c.oldKey = proof.Key{Device: proof.DeviceOf(c.s.URL()), Name: e.Key, Fingerprint: e.Fingerprint}
	if e.Certificate != nil {
		c.oldCert, _ = x509.ParseCertificate(e.Certificate.DER) // nil: its fields are in e
	}
	if c.store == nil {
		return &skipped{Skipped, "no state directory (Options.Dir): nothing is recorded, and the old key will be kept"}
	}
	if c.receipt, err = c.store.Put(ctx, e); err != nil {
		return err
	}
	c.r.Evidence = append(c.r.Evidence, EvidenceRef{
		Key: e.Key, SPKI: spkiOf(e), File: filepath.Join("evidence", filepath.FromSlash(c.receipt.Record())),
	})
	return nil
}

// sameOldKey reports whether the evidence is of the key that was planned for. A
// run that goes on where an earlier one stopped knows the old key by its name
// in the journal only, and another may bear that name by now.
func (c *change) sameOldKey(e revocation.Evidence) bool {
	late := c.From == FromRestart || c.From == FromDelete
	return !late || c.OldKey.SPKI == "" || spkiOf(e) == c.OldKey.SPKI
}

func spkiOf(e revocation.Evidence) string {
	if e.PublicKey == nil {
		return ""
	}
	return e.PublicKey.SPKI
}

// evidence is the record of the old key: with the certificate if it is the one
// served, else with what its details page says.
func (c *change) evidence(d *keys.Details) revocation.Evidence {
	k := KeyState{Entry: keys.Entry{Name: c.OldKey.Name, Uses: []keys.Use{c.Usage}}, Details: d}
	k.Finding.State, k.SPKI = c.OldKey.Weak, c.OldKey.SPKI
	if cert := c.s.Certificate(); cert != nil && c.OldKey.SPKI == usage.Fingerprint(cert) {
		k.Certificate = cert.Raw
		k.Finding, _ = keys.CheckKey(cert.PublicKey, c.o.Rounds)
	}
	a := Assessment{Device: c.plan.Device, Taken: c.o.Now()}
	a.Device.URL = c.s.URL()
	return a.record(&k, nil)
}

// earlier returns the evidence that an earlier run stored of this key while it
// was still served, if its details page says the same as today's.
func (c *change) earlier(e revocation.Evidence) revocation.Evidence {
	if c.store == nil {
		return e
	}
	for old, err := range c.store.Find(revocation.Query{Device: c.s.URL(), Key: e.Key}) {
		if err == nil && old.Certificate != nil && slices.Equal(old.Fields, e.Fields) {
			return old
		}
	}
	return e
}

// generate makes the new key. // G-1, G-2, G-3
func (c *change) generate(ctx context.Context) error {
	spec, err := json.Marshal(c.New)
	if err != nil {
		return err
	}
	err = c.journal(state.Record{
		Event: state.IntentGenerate, Step: "G-1", Usage: string(c.Usage), OldKey: c.OldKey.Name, OldSPKI: c.OldKey.SPKI,
		OldFingerprint: c.oldKey.Fingerprint, NewKey: c.New.Name, Data: spec,
	})
	if err != nil {
		return err
	}
	c.o.event(EventProgress, "G-1", "the device makes the key; this takes a while")
	_, err = keys.Generate(ctx, c.s, c.New, keys.Wait{Timeout: c.o.GenerateTimeout, Interval: c.o.PollInterval})
	if err != nil {
		return err
	}
	return c.journal(state.Record{Event: state.Generated, Step: "G-1", Usage: string(c.Usage), NewKey: c.New.Name})
}

// readBack holds the new key to what was asked for. // W-2
func (c *change) readBack(ctx context.Context) error {
	d, err := keys.ReadDetails(ctx, c.s, c.New.Name)
	if err != nil {
		return err
	}
	c.details = d
	if !c.New.Algorithm.IsZero() && !d.Is(c.New.Algorithm) {
		return &VerifyError{Addr: "details of key " + quote(d.Name), Want: c.New.Algorithm.String(), Got: fmt.Sprintf("%s %d", d.Algorithm, d.Bits)}
	}
	return nil
}

// bind chooses the new key for TLS; right before, nothing may have changed.
// //
func (c *change) bind(ctx context.Context) error {
	l, err := keys.ReadList(ctx, c.s)
	if err != nil {
		return err
	}
	e, ok := l.User(keys.UseTLS)
	if !ok || (e.Name != c.OldKey.Name && e.Name != c.New.Name) {
		return &DriftError{Changes: []string{fmt.Sprintf("TLS was used by %q, now by %q", c.OldKey.Name, e.Name)}}
	}
	if c.before, err = usage.ReadTLS(ctx, c.s); err != nil {
		return err
	}
	if err := c.journal(state.Record{Event: state.IntentBind, Step: "R-1", Usage: string(c.Usage), NewKey: c.New.Name}); err != nil {
		return err
	}
	if c.said, err = usage.BindTLS(ctx, c.s, c.New.Name); err != nil {
		return err
	}
	return c.journal(state.Record{Event: state.Bound, Step: "R-1", Usage: string(c.Usage), NewKey: c.New.Name})
}

// restart puts the binding in effect and comes back with the new identity.
// //
func (c *change) restart(ctx context.Context) error {
	if c.From == FromRestart && c.inEffect(ctx) {
		return &skipped{Skipped, "in effect already"}
	}
	old := remoteui.HashSPKI(c.s.Certificate())
	c.line.expected = &expectation{OldPin: old.String(), Details: *c.details, CommonName: c.New.CommonName}
	expected, err := json.Marshal(c.line.expected)
	if err != nil {
		return err
	}
	if err := c.journal(state.Record{Event: state.IntentRestart, Step: "R-5", Usage: string(c.Usage), NewKey: c.New.Name, Data: expected}); err != nil {
		return err
	}
	// A device without a stored pin is found again only if there is one now.
	if err := c.pin(c.s.Certificate()); err != nil {
		return err
	}
	err = usage.Restart(ctx, c.s, usage.RestartOptions{
		Timeout: c.o.RestartTimeout, Interval: c.o.PollInterval,
		Successor: c.details.Recognise(c.New.CommonName),
	})
	if err != nil {
		return err
	}
	c.r.Restarts++
	return c.journal(state.Record{Event: state.Restarted, Step: "R-5", Usage: string(c.Usage), NewKey: c.New.Name})
}

// inEffect reports whether an earlier run's binding turns out to be in effect.
func (c *change) inEffect(ctx context.Context) bool {
	p, err := usage.ProveTLS(ctx, c.s, c.oldKey, c.details, c.New.CommonName, c.o.Now())
	return err == nil && c.OldKey.SPKI != "" && usage.Fingerprint(p.Certificate) != c.OldKey.SPKI
}

// prove shows that the new key serves TLS, that it is another key and not a
// weak one, and that nothing else on the page changed. // C-1, W-2
func (c *change) prove(ctx context.Context) error {
	p, err := usage.ProveTLS(ctx, c.s, c.oldKey, c.details, c.New.CommonName, c.o.Now())
	if err != nil {
		if c.said != "" {
			err = fmt.Errorf("%w; when the key was chosen, the device said %q", err, c.said)
		}
		return err
	}
	c.proved = p
	if !p.Sure {
		c.notice("the certificate served after the restart was recognised by its subject only: the details page shows neither thumbprint nor serial number")
	}
	spki := usage.Fingerprint(p.Certificate)
	c.report.NewKey.SPKI = spki
	c.report.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw}))
	finding, isRSA := keys.CheckKey(p.Certificate.PublicKey, c.o.Rounds)
	c.report.NewKey.Weak = finding.State
	switch {
	case spki == c.OldKey.SPKI:
		return &VerifyError{Addr: c.s.URL(), Want: "a new key", Got: "a new certificate over the old key"}
	case isRSA && finding.State == keys.Proved:
		err := c.journal(state.Record{Event: state.Abandoned, Step: "C-1", Usage: string(c.Usage), NewKey: c.New.Name, Note: finding.String()})
		return errors.Join(fmt.Errorf("%w (key %q: %s)", ErrStillWeak, c.New.Name, finding), err)
	}
	if err := c.pin(p.Certificate); err != nil {
		return err
	}
	// The key counts: a subject or a date that the device set otherwise must not
	// keep the weak key alive.
	if wrong := c.New.Check(p.Certificate); len(wrong) > 0 {
		c.notice("the new certificate is not in all as planned: " + strings.Join(wrong, "; "))
	}
	if err := c.unchanged(ctx); err != nil {
		return err
	}
	c.report.Verified, c.report.Proof = true, p.InUse.Grade().String()
	c.o.event(EventProgress, "C-1", fmt.Sprintf("%s serves key %s; %s", c.s.URL(), remoteui.HashSPKI(p.Certificate), p.Match))
	data, err := json.Marshal(succession{OldPin: c.oldPin(), NewPin: remoteui.HashSPKI(p.Certificate).String()})
	if err != nil {
		return err
	}
	return c.journal(state.Record{Event: state.Proved, Step: "C-1", Usage: string(c.Usage), NewKey: c.New.Name, Data: data})
}

func (c *change) notice(text string) {
	c.r.Notices = append(c.r.Notices, text)
	c.o.event(EventNotice, "", text)
}

// oldPin is the pin of the key that was replaced, empty if it was never seen.
func (c *change) oldPin() string {
	if c.line.expected != nil {
		return c.line.expected.OldPin // of the run that restarted the device
	}
	if c.oldCert == nil {
		return ""
	}
	return remoteui.HashSPKI(c.oldCert).String()
}

// pin makes a key the one by which later runs know the device.
func (c *change) pin(cert *x509.Certificate) error {
	if c.o.Dir == "" {
		return nil
	}
	return c.dir.SetPin(c.host, remoteui.HashSPKI(cert))
}

// unchanged compares the TLS page with what it was before the binding; the
// key's name is what was meant to change.
func (c *change) unchanged(ctx context.Context) error {
	if c.before == nil {
		return nil // bound by an earlier run
	}
	now, err := usage.ReadTLS(ctx, c.s)
	if err != nil {
		return err
	}
	if changed := c.before.Changes(now, c.OldKey.Name, c.New.Name); len(changed) > 0 {
		return &VerifyError{Addr: "TLS settings", Want: "nothing but the key changed", Got: fmt.Sprint(changed)}
	}
	return nil
}

// delete removes the old key, if that was planned and is proved safe. // D-1
func (c *change) delete(ctx context.Context) error {
	if !c.DeleteOld {
		if err := c.journal(state.Record{Event: state.Finished, Step: "D-1", Usage: string(c.Usage), NewKey: c.New.Name, Note: c.Keep}); err != nil {
			return err
		}
		return &skipped{Skipped, "kept: " + c.Keep}
	}
	if err := c.journal(state.Record{Event: state.IntentDelete, Step: "D-1", Usage: string(c.Usage), OldKey: c.OldKey.Name, NewKey: c.New.Name}); err != nil {
		return err
	}
	if err := keys.Delete(ctx, c.s, c.oldKey, c.receipt, c.proved.InUse); err != nil {
		return err
	}
	return c.journal(state.Record{Event: state.Deleted, Step: "D-1", Usage: string(c.Usage), OldKey: c.OldKey.Name, NewKey: c.New.Name})
}
