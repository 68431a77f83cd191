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
func (run *run) readPresent(ctx context.Context) (*present, error) {
	l, err := keys.ReadList(ctx, run.s)
	if err != nil {
		return nil, err
	}
	served, err := run.s.Handshake(ctx)
	if err != nil {
		return nil, err
	}
	p := &present{names: l.Names(), known: []string{usage.Fingerprint(served)}}
	for _, e := range l.Entries {
		if e.Unused() || run.news[e.Name] != nil {
			continue
		}
		d, err := keys.ReadDetails(ctx, run.s, e.Name)
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
func (run *run) settleGone(ctx context.Context, read func(context.Context) (*present, error)) error {
	run.looked = false
	if run.store == nil {
		return nil
	}
	records := waiting(run.store, run.r.Device.URL)
	if len(records) > 0 {
		now, err := read(ctx)
		if err != nil {
			return fmt.Errorf("what is to be revoked waits, since the keys could not be read once more: %w", err)
		}
		for _, r := range records {
			if err := run.settleRecord(ctx, r, now); err != nil {
				return err
			}
		}
	}
	run.looked = true
	return nil
}

func (run *run) settleRecord(ctx context.Context, r revocation.Record, now *present) error {
	p := r.Progress
	switch why := now.has(r.Evidence); {
	case why != "" && !p.Due.IsZero():
		p.Withdraw()
		run.notice(fmt.Sprintf("the certificate of key %q is not to be revoked any more: %s", r.Evidence.Key, why))
	case why != "" || !p.Due.IsZero():
		return nil
	default:
		gone, err := run.wasDeleted(r.Evidence)
		if err != nil || !gone {
			return err
		}
		p.Due = run.o.Now().UTC().Truncate(time.Second)
	}
	return run.store.SetProgress(ctx, r.Name, p)
}

// wasDeleted reports whether the journal has the key, which is not on the device,
// as one that rekey deleted. A run that died in the act left its intent only.
func (run *run) wasDeleted(e revocation.Evidence) (bool, error) {
	name := e.Key
	gone, err := run.j.Gone(name, spkiOf(e))
	if err != nil || gone {
		return gone, err
	}
	records, err := run.j.Records()
	if err != nil || !slices.ContainsFunc(records, func(r state.Record) bool { return r.Event == state.IntentDelete && r.OldKey == name }) {
		return false, err
	}
	if err := run.journal(state.Record{Event: state.Deleted, Step: "D-1", OldKey: name}); err != nil {
		return false, err
	}
	return run.j.Gone(name, spkiOf(e))
}

// bears holds a record against the journal before a CA is asked: what stands in
// the state directory beside it may have been put there by others.
func (run *run) bears(r revocation.Record) error {
	gone, err := run.j.Gone(r.Evidence.Key, spkiOf(r.Evidence))
	if err == nil && !gone {
		err = errors.New("the journal does not say that its key was deleted")
	}
	return err
}
