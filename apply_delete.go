package rekey

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// oldKey is a key that is to be replaced, in one place or several. Until its
// evidence is recorded, no more is known of it than what the plan says.
type oldKey struct {
	KeyState
	evidence revocation.Evidence
	key      proof.Key
	receipt  revocation.Receipt
	cleared  []proof.Clearance // a proof for each place that left it
	mistaken string            // why it cannot be shown to be the key that was meant
}

func oldKeyOf(ref KeyRef, c *certificates) *oldKey {
	return &oldKey{KeyState: KeyState{Entry: keys.Entry{Name: ref.Name}, SPKI: ref.SPKI, Finding: keys.Finding{State: ref.Weak}, certs: c}}
}

func (k *oldKey) info() CertificateInfo { return infoOf(k.cert(), k.Details) }

func evidenceDir(dir string) string { return filepath.Join(dir, "evidence") }

// evidenceFile is the file of a record, within the state directory.
func evidenceFile(record string) string { return filepath.Join("evidence", filepath.FromSlash(record)) }

// detailsOf is what the details page of a key says that the plan is about. In the
// session in which the plan was made it was read a moment ago, and the list has the
// same row since; before the key is deleted, its page is compared with it.
func (r *runner) detailsOf(ctx context.Context, name string) (*keys.Details, error) {
	if r.visit != nil && r.isFresh() {
		if k := r.visit.a.key(name); k != nil && k.Details != nil && k.Details.Problem == "" {
			d := *k.Details
			return &d, nil
		}
	}
	return keys.ReadDetails(ctx, r.s, name)
}

// recordEvidence stores what is known of an old key. // W-4
func (r *runner) recordEvidence(ctx context.Context, k *oldKey, changes []*change) error {
	k.Details = &keys.Details{Name: k.Name}
	if k.Name != unnamedKey {
		var err error
		if k.Details, err = r.detailsOf(ctx, k.Name); err != nil {
			return err
		}
	}
	e := r.evidenceOf(k, changes)
	if known := r.o.KnownCertificates; known != nil {
		// Whoever revokes or verifies needs the issuer's certificate, too.
		if full, _, err := known.Complete(e); err == nil {
			e = full
		}
	}
	if e.Certificate == nil {
		e = r.earlier(e)
	}
	e, err := revocation.NewEvidence(e)
	if err != nil {
		return err
	}
	if same, err := r.sameKey(e, k, changes); err != nil {
		return err
	} else if !same {
		k.mistaken = "it cannot be shown to be the key that the earlier run replaced"
	}
	k.evidence = e
	if k.mistaken == "" && e.PublicKey != nil { // what is on record is what is reported
		for _, c := range changes {
			c.row.OldKey.SPKI = spkiOf(e)
			if e.Weakness.State == keys.Proved.String() {
				c.row.OldKey.Weak = keys.Proved
			}
		}
	}
	k.key = proof.Key{Device: proof.DeviceOf(r.s.URL()), Name: e.Key, Fingerprint: e.Fingerprint}
	if e.Certificate != nil {
		k.Certificate = e.Certificate.DER
	}
	if r.store == nil {
		return &skipped{Skipped, "no state directory (Options.Dir): nothing is recorded, and the old key will be kept"}
	}
	if err = r.putEvidence(ctx, k, e); err != nil {
		return err
	}
	r.report.Evidence = append(r.report.Evidence, EvidenceRef{
		Key: e.Key, SPKI: spkiOf(e), File: evidenceFile(k.receipt.Record()),
	})
	return nil
}

// sameKey reports whether the evidence is of the key that was planned for. A
// run that goes on where an earlier one stopped knows the old key by its name
// in the journal only, and another may bear that name by now: it has to be the
// one of the plan, and the one of which the earlier run stored the evidence.
func (r *runner) sameKey(e revocation.Evidence, k *oldKey, changes []*change) (bool, error) {
	late := slices.DeleteFunc(slices.Clone(changes), func(c *change) bool { return c.From != usage.FromRestart && c.From != usage.FromDelete })
	if len(late) == 0 {
		return true, nil
	}
	if k.SPKI != "" && spkiOf(e) != k.SPKI {
		return false, nil
	}
	if r.j == nil {
		return true, nil
	}
	for _, c := range late {
		chains, err := r.j.Unfinished(c.ID())
		if err != nil {
			return false, err
		}
		for _, s := range chains {
			if s.OldKey == k.Name && s.NewKey == c.New.Name && !r.recordedAs(e, s.OldFingerprint) {
				return false, nil
			}
		}
	}
	return true, nil
}

// recordedAs reports whether evidence is of the key with a fingerprint of the
// journal: it has that, or a stored record that has it says the same of the key.
func (r *runner) recordedAs(e revocation.Evidence, fingerprint string) bool {
	if fingerprint == "" || e.Fingerprint == fingerprint || r.store == nil {
		return true // nothing is known against it
	}
	now := keys.Details{Fields: pairs(e.Fields)}
	for old, err := range r.store.Find(revocation.Query{Device: r.s.URL(), Key: e.Key}) {
		if err == nil && old.Fingerprint == fingerprint && (slices.Equal(old.Fields, e.Fields) || now.Same(pairs(old.Fields))) {
			return true
		}
	}
	return false
}

func pairs(fields []revocation.Field) []remoteui.Pair {
	all := make([]remoteui.Pair, len(fields))
	for i, f := range fields {
		all[i] = remoteui.Pair(f)
	}
	return all
}

func spkiOf(e revocation.Evidence) string {
	if e.PublicKey == nil {
		return ""
	}
	return e.PublicKey.SPKI
}

// evidenceOf is the record of an old key: with its certificate where that was
// seen, else with what its details page says.
func (r *runner) evidenceOf(k *oldKey, changes []*change) revocation.Evidence {
	for _, c := range changes {
		if !slices.Contains(k.Uses, c.Use) {
			k.Uses = append(k.Uses, c.Use)
		}
		if len(c.OldCertificate) > 0 {
			k.Certificate, k.Source = c.OldCertificate, c.OldSource
		}
	}
	if cert := r.s.Certificate(); cert != nil && k.SPKI == usage.Fingerprint(cert) {
		k.Certificate, k.Source = cert.Raw, revocation.SourceHandshake
	}
	if cert := k.cert(); cert != nil {
		k.Finding, _ = r.o.certs.key(cert)
	}
	d := r.plan.Device
	d.URL = r.s.URL()
	e := k.record(d, r.o.Now())
	e.Device, e.Fields = scrub.Value(r.o.secrets, e.Device), scrub.Value(r.o.secrets, e.Fields)
	return e
}

// earlier returns the evidence that an earlier run stored of this key while it
// was still served, if its details page says the same as today's.
func (r *runner) earlier(e revocation.Evidence) revocation.Evidence {
	if r.store == nil {
		return e
	}
	for old, err := range r.store.Find(revocation.Query{Device: r.s.URL(), Key: e.Key}) {
		if err == nil && old.Certificate != nil && slices.Equal(old.Fields, e.Fields) {
			return old
		}
	}
	return e
}

// record stores the evidence of an old key. // W-4
func (r *runner) record(ctx context.Context, name string) error {
	k := r.olds[name]
	cs := r.of(func(c *change) bool { return c.old == k })
	return r.step(ctx, row.RecordEvidence, cs[0].Use, "record the evidence of key "+quote(name), func(ctx context.Context) error {
		return r.recordEvidence(ctx, k, cs)
	})
}

// leave ends with an old key: it goes, or it is told why it stays; or it is one
// that an earlier run made and nothing needs. // D-1
func (r *runner) leave(ctx context.Context, name string) error {
	k := r.olds[name]
	if k == nil {
		return r.step(ctx, row.DeleteKey, "", "delete key "+quote(name)+", which an earlier run made and nothing needs", func(ctx context.Context) error {
			return r.dropUnused(ctx, name)
		})
	}
	if r.plan.deletes(name) {
		return r.remove(ctx, name)
	}
	cs := r.of(func(c *change) bool { return c.old == k })
	return r.step(ctx, row.DeleteKey, cs[0].Use, "keep key "+quote(name), func(context.Context) error { return r.finish(cs, cs[0].Keep) })
}

// remove deletes an old key, if that was planned and every place that used it
// is proved to have left it. // D-1
func (r *runner) remove(ctx context.Context, name string) error {
	k := r.olds[name]
	cs := r.of(func(c *change) bool { return c.old == k })
	return r.step(ctx, row.DeleteKey, cs[0].Use, "delete key "+quote(name), func(ctx context.Context) error {
		why := k.mistaken
		for _, c := range cs {
			if c.failed != nil {
				why = c.Title() + " still uses it"
			} else if c.proved && why == "" {
				why = r.untrusted(c)
			}
		}
		if why != "" {
			return r.finish(cs, why)
		}
		if err := r.checkEvidence(ctx, k); err != nil {
			return err
		}
		if err := r.markPlanned(ctx, k); err != nil {
			return err
		}
		if err := r.journal(state.Record{Event: state.IntentDelete, OldKey: name}); err != nil {
			return err
		}
		how, err := keys.Remove(ctx, r.s, k.key, k.receipt, k.cleared...)
		if other, ok := errors.AsType[*keys.OtherKeyError](err); ok {
			r.notice(other.Error())
			return r.finish(cs, other.Error())
		}
		if err != nil {
			return r.tellLost(err)
		}
		if err := r.journal(state.Record{Event: state.Deleted, OldKey: name}); err != nil {
			return err
		}
		return &skipped{Done, removalNote(how)}
	})
}

// checkEvidence reads the evidence of a key back from the disk, right before the
// key goes, and writes it once more if it is not there as it was. // W-4
func (r *runner) checkEvidence(ctx context.Context, k *oldKey) error {
	err := r.store.Check(k.receipt, k.evidence)
	if err == nil {
		return nil
	}
	if err = r.putEvidence(ctx, k, k.evidence); err == nil {
		err = r.store.Check(k.receipt, k.evidence)
	}
	if err != nil {
		return fmt.Errorf("the evidence of key %q is not on disk any more; the key was kept: %w", k.Name, err)
	}
	r.notice(fmt.Sprintf("the evidence of key %q was not on disk any more as it had been written: it was written again", k.Name))
	return nil
}

// removalNote says how a key was deleted.
func removalNote(how keys.Removal) string {
	switch {
	case how.Gone:
		return "it was gone already"
	case how.Named:
		return "the device named it when it asked"
	}
	return "by its place in a list loaded right before: the device asked nothing that names a key"
}

// tellLost adds what is known of keys that are gone and were not to be.
func (r *runner) tellLost(err error) error {
	if lost, ok := errors.AsType[*keys.LostKeysError](err); ok {
		for i := range lost.Gone {
			lost.Gone[i].Details = r.plan.known[lost.Gone[i].Name]
		}
	}
	return err
}

// finish closes the changes of an old key that stays. What is kept on request only
// is left open: a run without [Options.KeepOldKeys] deletes it.
func (r *runner) finish(cs []*change, why string) error {
	for _, c := range cs {
		if !c.proved || why == keptAsAsked {
			continue
		}
		if err := r.journal(state.Record{Event: state.Finished, Usage: c.ID(), NewKey: c.New.Name, Note: why}); err != nil {
			return err
		}
	}
	return &skipped{Skipped, "kept: " + why}
}
