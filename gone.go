package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// present is what a device has at a moment: the names of its keys, the public
// keys that are known (hex SHA-256), and the details pages of those in use.
type present struct {
	names, known []string
	inUse        []*keys.Details
}

// present is what the assessment saw.
func (a *Assessment) present() *present {
	p := new(present)
	for _, k := range a.Keys {
		p.names = append(p.names, k.Name)
		p.known = append(p.known, k.SPKI)
		if !k.Unused() && k.Details != nil {
			p.inUse = append(p.inUse, k.Details)
		}
	}
	if cert := parsed(a.Served); cert != nil {
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
	p := &present{names: l.Names(), known: []string{usage.Fingerprint(served)}}
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
		cert = parsed(e.Certificate.DER)
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
func waiting(store *revocation.Store, device string) (records []revocation.Record) {
	for r, err := range store.Records(revocation.Query{Device: device}) {
		if p := r.Progress; err == nil && p.Moot == "" && p.Asked.IsZero() && !(p.Planned.IsZero() && p.Due.IsZero()) {
			records = append(records, r)
		}
	}
	return records
}

// waits reports whether the state directory has such records.
func (o *Options) waits(device string) bool {
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
	return len(waiting(store, device)) > 0
}

// settleGone holds what is to be revoked against what the device has: a
// certificate is due when its key was seen to be gone, by the journal and by the
// device, and is due no more when the key, or who uses it, is there. So a
// deletion that failed, a way back ([BackOut]) and a key that is kept after all
// leave nothing due, whoever asks next. // V-1
func (r *runner) settleGone(ctx context.Context, read func(context.Context) (*present, error)) error {
	r.looked = false
	if r.store == nil {
		return nil
	}
	records := waiting(r.store, r.report.Device.URL)
	if len(records) > 0 {
		now, err := read(ctx)
		if err != nil {
			return fmt.Errorf("what is to be revoked waits, since the keys could not be read once more: %w", err)
		}
		for _, rec := range records {
			if err := r.settleRecord(ctx, rec, now); err != nil {
				return err
			}
		}
	}
	r.looked = true
	return nil
}

func (r *runner) settleRecord(ctx context.Context, rec revocation.Record, now *present) error {
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
	if err := r.journal(state.Record{Event: state.Deleted, Step: "D-1", OldKey: name}); err != nil {
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
