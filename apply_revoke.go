package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// RevocationReport is what became of an old certificate. // V-1 to V-4
type RevocationReport struct {
	Key    string     `json:"key"` // name that its key had
	Usages []keys.Use `json:"usages"`
	// Issuer, Serial (hex) and SHA256 name the certificate, as far as it is known.
	Issuer string `json:"issuer"`
	Serial string `json:"serial"`
	SHA256 string `json:"sha256"`
	// Outcome: where it is due and nobody was asked, a task says what to do; where it
	// failed, the next run asks again.
	Outcome revocation.Outcome `json:"outcome"`
	Reason  string             `json:"reason"` // given to the CA (RFC 5280), or why nothing or nobody was asked
	Asked   time.Time          `json:"asked,omitzero"`
	By      string             `json:"by,omitempty"` // who was asked
	// Status is what the CA's lists and responders say; nil: nobody looked.
	Status *revocation.Status `json:"status,omitempty"`
	File   string             `json:"file"` // of the evidence, within [Options.Dir]
}

// origin says where the key's certificate comes from.
func (k *oldKey) origin() origin {
	if c := k.evidence.Certificate; c != nil {
		switch c.SelfSigned {
		case revocation.Yes:
			return ownSignature
		case revocation.No:
			return fromCA
		}
	}
	o, _ := originOf(k.cert(), k.Details)
	return o
}

// markPlanned notes that a certificate is to be revoked once its key is gone,
// before it is deleted: afterwards nothing on the device reminds of it. Until it
// was seen to be gone nothing is due: the deletion may fail, and then there is a
// way back.
func (r *runner) markPlanned(ctx context.Context, k *oldKey) error {
	record, from := k.receipt.Record(), k.origin()
	if from == unknownOrigin || record == "" {
		return nil
	}
	p := revocation.Progress{Planned: r.o.Now().UTC().Truncate(time.Second), Reason: revocation.DefaultReason(k.evidence)}
	if from == ownSignature {
		p.Moot = revocation.ErrSelfSigned.Error()
	}
	for rec, err := range r.store.Records(revocation.Query{Device: r.report.Device.URL, Key: k.Name}) {
		if err == nil && rec.Name == record && rec.Progress != (revocation.Progress{}) {
			if p = rec.Progress; p.Due.IsZero() {
				return nil // by an earlier run
			}
			p.Withdraw() // it came back
		}
	}
	return r.store.SetProgress(ctx, record, p)
}

// checkRevoker looks whether the CA can be asked, before the device is touched.
func (r *runner) checkRevoker(ctx context.Context) error {
	checker, ok := r.o.Revoker.(revocation.RevokerChecker)
	if !ok {
		return nil
	}
	info, err := checker.Check(ctx)
	if err != nil {
		return fmt.Errorf("checking who revokes: %w; nothing was changed", err)
	}
	r.follower.Name = info.Name
	r.o.event(EventProgress, row.DisableOldTLS, "old certificates are revoked by "+info.Name)
	for _, note := range info.Notes {
		r.notice("revoker " + info.Name + ": " + note)
	}
	return nil
}

// followUp asks for the revocation of the device's certificates that are due, of
// this run and of earlier ones, and looks what became of it. It needs no session.
// What could not be asked for does not undo what is done: the next run asks
// again.
func (r *runner) followUp(ctx context.Context) error {
	if r.store == nil {
		return nil
	}
	var errs []error
	for rec, err := range r.store.Records(revocation.Query{Device: r.report.Device.URL}) {
		switch {
		case err != nil:
			r.notice(err.Error())
		case r.ofThisRun(rec) || r.o.Revoker != nil && rec.Progress.Open() || r.o.Verifier != nil && rec.Progress.Pending():
			errs = append(errs, r.followUpOne(ctx, rec))
		}
	}
	return errors.Join(errs...)
}

// mine finds the old key that a record of this run is about.
func (r *runner) ofThisRun(rec revocation.Record) bool {
	return slices.ContainsFunc(r.changes, func(c *change) bool { return c.proved && c.old.receipt.Record() == rec.Name })
}

func (r *runner) followUpOne(ctx context.Context, rec revocation.Record) (err error) {
	if rec.Progress.Open() && r.o.Revoker != nil && r.looked {
		row, u := rowOf(rec), keys.Use("")
		if len(row.Usages) > 0 {
			u = row.Usages[0]
		}
		var hand *skipped
		text := fmt.Sprintf("ask for the revocation of certificate %s of key %q (%s)", row.Serial, row.Key, rec.Progress.Reason)
		err = r.step(ctx, usage.Of(u).DisableRow, u, text, func(ctx context.Context) error {
			rec, err = r.follower.Ask(ctx, r.store, rec)
			if instructed, ok := errors.AsType[*revocation.ByHandError](err); ok {
				r.byHand[rec.Name] = instructed.Instruction
			}
			if err != nil && byHand(err) {
				hand = &skipped{Skipped, err.Error()}
				return hand
			}
			return err
		})
		if hand != nil {
			rec.Progress.Problem = ""
		}
	}
	rec, looking := r.look(ctx, rec)
	r.report.Revocations = append(r.report.Revocations, rowOf(rec))
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return errors.Join(err, looking)
}

// look looks whether a certificate that is due is revoked.
func (r *runner) look(ctx context.Context, rec revocation.Record) (revocation.Record, error) {
	if r.o.Verifier == nil || !rec.Progress.Pending() {
		return rec, nil
	}
	rec, err := r.follower.Look(ctx, r.store, rec)
	if err == nil {
		r.o.event(EventProgress, row.DisableOldTLS, fmt.Sprintf("certificate of key %q: %v", rec.Evidence.Key, rec.Progress))
	}
	return rec, err
}

// byHand reports whether an error means that people have to ask.
func byHand(err error) bool {
	_, instructed := errors.AsType[*revocation.ByHandError](err)
	_, lacks := errors.AsType[*revocation.NeedError](err)
	return instructed || lacks || errors.Is(err, revocation.ErrOtherIssuer) || errors.Is(err, revocation.ErrNotSeen)
}

// rowOf is the report's row of a record.
func rowOf(r revocation.Record) RevocationReport {
	row := RevocationReport{
		Key: r.Evidence.Key, Reason: r.Progress.Reason.String(), Asked: r.Progress.Asked, By: r.Progress.By, Status: r.Progress.Status,
		File: evidenceFile(r.Name),
	}
	for _, u := range r.Evidence.Usages {
		row.Usages = append(row.Usages, keys.Use(u))
	}
	row.Usages = orEmpty(row.Usages)
	if c := r.Evidence.Certificate; c != nil {
		row.Issuer, row.Serial, row.SHA256 = c.Issuer, c.SerialHex, c.SHA256
	}
	var why string
	if row.Outcome, why = r.Outcome(); why != "" {
		row.Reason = why
	}
	return row
}

// present is what a device has at a moment: the names of its keys, the public
// keys that are known (hex SHA-256), and the details pages of those in use.
type present struct {
	names, known []string
	inUse        []*keys.Details
	certs        *certificates
}

// present is what the assessment saw.
func (a *Assessment) present() *present {
	p := &present{certs: a.certs}
	for _, k := range a.Keys {
		p.names = append(p.names, k.Name)
		p.known = append(p.known, k.SPKI)
		if !k.Unused() && k.Details != nil {
			p.inUse = append(p.inUse, k.Details)
		}
	}
	if cert := a.certs.parse(a.Served); cert != nil {
		p.known = append(p.known, usage.Fingerprint(cert))
	}
	return p
}

// readPresent reads it in the run's session. The keys that this run made are
// none that it found.
func (r *runner) readPresent(ctx context.Context) (*present, error) {
	l, err := keys.ReadList(ctx, r.s)
	if err != nil {
		return nil, err
	}
	served, err := r.s.Handshake(ctx)
	if err != nil {
		return nil, err
	}
	p := &present{names: l.Names(), known: []string{usage.Fingerprint(served)}, certs: r.o.certs}
	for _, e := range l.Entries {
		if e.Unused() || r.news[e.Name] != nil {
			continue
		}
		d, err := keys.ReadDetails(ctx, r.s, e.Name)
		if err != nil {
			return nil, err
		}
		p.inUse = append(p.inUse, d)
	}
	return p, nil
}

// has says how the device still has the key of a record, or may have; empty if
// it has not. A key of the same name may be another one: then nobody can tell
// from here, and nothing is asked for.
func (p *present) has(e revocation.Evidence) string {
	var cert *x509.Certificate
	if e.Certificate != nil {
		cert = p.certs.parse(e.Certificate.DER)
	}
	switch {
	case slices.Contains(p.names, e.Key):
		return "a key of its name is on the device"
	case spkiOf(e) != "" && slices.Contains(p.known, spkiOf(e)):
		return "the device uses it under another name"
	case cert != nil && slices.ContainsFunc(p.inUse, func(d *keys.Details) bool {
		ok, strong, _ := d.Matches(cert, cert.Subject.CommonName)
		return ok && strong
	}):
		return "the device uses its certificate under another name"
	}
	return ""
}

// waiting are the records whose certificates are to be revoked, now or once their
// keys are gone, and of which no CA was asked.
func (o *call) waiting(store *revocation.Store, device string) (records []revocation.Record) {
	if o.known != "" && o.known != device {
		records = o.waiting(store, o.known) // it has moved since
	}
	for r, err := range store.Records(revocation.Query{Device: device}) {
		if p := r.Progress; err == nil && p.Moot == "" && p.Asked.IsZero() && !(p.Planned.IsZero() && p.Due.IsZero()) {
			records = append(records, r)
		}
	}
	return records
}

// waits reports whether the state directory has such records.
func (o *call) waits(device string) bool {
	if o.Dir == "" {
		return false
	}
	if _, err := os.Stat(evidenceDir(o.Dir)); err != nil {
		return false
	}
	store, err := revocation.OpenStore(evidenceDir(o.Dir))
	if err != nil {
		return true // and there it is said
	}
	defer store.Close()
	return len(o.waiting(store, device)) > 0
}

// markGone compares what is to be revoked with what the device has: a
// certificate is due when its key was seen to be gone, by the journal and by the
// device, and is due no more when the key, or who uses it, is there. So a
// deletion that failed, a way back ([BackOut]) and a key that is kept after all
// leave nothing due, whoever asks next. // V-1
func (r *runner) markGone(ctx context.Context, read func(context.Context) (*present, error)) error {
	r.looked = false
	if r.store == nil {
		return nil
	}
	records := r.o.waiting(r.store, r.report.Device.URL)
	if len(records) > 0 {
		now, err := read(ctx)
		if err != nil {
			return fmt.Errorf("what is to be revoked waits, since the keys could not be read once more: %w", err)
		}
		for _, rec := range records {
			if err := r.markRecordGone(ctx, rec, now); err != nil {
				return err
			}
		}
	}
	r.looked = true
	return nil
}

func (r *runner) markRecordGone(ctx context.Context, rec revocation.Record, now *present) error {
	p := rec.Progress
	switch why := now.has(rec.Evidence); {
	case why != "" && !p.Due.IsZero():
		p.Withdraw()
		r.notice(fmt.Sprintf("the certificate of key %q is not to be revoked any more: %s", rec.Evidence.Key, why))
	case why != "" || !p.Due.IsZero():
		return nil
	default:
		gone, err := r.wasDeleted(rec.Evidence)
		if err != nil || !gone {
			return err
		}
		p.Due = r.o.Now().UTC().Truncate(time.Second)
	}
	return r.store.SetProgress(ctx, rec.Name, p)
}

// wasDeleted reports whether the journal has the key, which is not on the device,
// as one that rekey deleted. A run that died in the act left its intent only.
func (r *runner) wasDeleted(e revocation.Evidence) (bool, error) {
	name := e.Key
	gone, err := r.j.Gone(name, spkiOf(e))
	if err != nil || gone {
		return gone, err
	}
	records, err := r.j.Records()
	if err != nil || !slices.ContainsFunc(records, func(rec state.Record) bool { return rec.Event == state.IntentDelete && rec.OldKey == name }) {
		return false, err
	}
	if err := r.journal(state.Record{Event: state.Deleted, Step: row.DeleteKey, OldKey: name}); err != nil {
		return false, err
	}
	return r.j.Gone(name, spkiOf(e))
}

// bears holds a record against the journal before a CA is asked: what stands in
// the state directory beside it may have been put there by others.
func (r *runner) bears(rec revocation.Record) error {
	gone, err := r.j.Gone(rec.Evidence.Key, spkiOf(rec.Evidence))
	if err == nil && !gone {
		err = errors.New("the journal does not say that its key was deleted")
	}
	return err
}
