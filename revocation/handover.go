package revocation

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/proof"
)

// handOverName is the table's name in the store's directory.
const handOverName = "revocation.csv"

// HandOverOptions say what goes into the table beside the records. Nil, and the
// zero value, take it from [Progress].
type HandOverOptions struct {
	// Status gives what has become of a revocation, in words. Nil is
	// [Progress.String]. Of several records of one certificate it is asked about
	// the latest.
	Status func(Evidence) string
	// Reason gives the reason to propose to the CA. Nil is the one in Progress or,
	// before the certificate is due, [DefaultReason].
	Reason func(Evidence) Reason
}

// HandOver is the result of [Store.WriteHandOver].
type HandOver struct {
	// Path of the table within the store.
	Path string
	// Rows of the table without its header: certificates, keys without one, and
	// unreadable records.
	Rows int
	// Problems are what could not be read ([*RecordError]) or listed
	// ([*StoreError]). The table names the records; what could not be listed is
	// missing.
	Problems []error
}

// WriteHandOver writes revocation.csv into the store's directory, which makes it
// a complete hand-over to the team of a CA: see the package comment. An earlier
// table is replaced, atomically and durably; calling it again after every change
// is what it is made for. opts may be nil.
//
// Errors: [*StoreError] if the table could not be written, and ctx's.
func (s *Store) WriteHandOver(ctx context.Context, opts *HandOverOptions) (*HandOver, error) {
	if opts == nil {
		opts = new(HandOverOptions)
	}
	out := &HandOver{Path: handOverName}
	var entries []*entry
	for name, err := range s.records(Query{}) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			out.Problems = append(out.Problems, err)
			continue
		}
		e := s.entry(name)
		if e.err != nil {
			out.Problems = append(out.Problems, e.err)
		}
		entries = append(entries, e)
	}
	entries = merge(entries)
	out.Rows = len(entries)
	table, err := tableOf(entries, opts)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := durable.WriteFile(s.root, handOverName, table); err != nil {
		return nil, &StoreError{"write", handOverName, err}
	}
	if err := durable.SyncDir(s.root, "."); err != nil {
		return nil, &StoreError{"write", handOverName, err}
	}
	return out, nil
}

// entry is what becomes a row: all records of one certificate.
type entry struct {
	Evidence          // the latest
	progress Progress // the furthest
	files    []string // with those beside the JSON
	unread   bool     // the one record cannot be read
	err      error    // what cannot be read
}

// entry reads a record and what is beside it. Progress that cannot be read
// leaves the record as it is.
func (s *Store) entry(name string) *entry {
	e := &entry{files: []string{name}}
	evidence, err := s.borneOut(name)
	if err != nil {
		e.unread, e.err = true, &RecordError{name, err}
		return e
	}
	e.Evidence = evidence
	stem := strings.TrimSuffix(name, path.Ext(name))
	if e.Certificate != nil {
		e.files = append(e.files, stem+".cer", stem+".pem")
	}
	r, err := s.record(name)
	e.progress, e.err = r.Progress, err
	if err != nil || r.Progress != (Progress{}) {
		e.files = append(e.files, stem+progressSuffix)
	}
	return e
}

// merge makes one entry of all records of a key's certificate: later runs know
// other usages, or more of its weakness. A record of the details page alone is
// one of the certificate that was found for the same page later.
func merge(all []*entry) []*entry {
	type id struct{ device, key, certificate string }
	byID := map[id]*entry{}
	var kept []*entry
	for _, e := range all {
		k := id{proof.DeviceOf(e.Device.URL), e.Key, e.Fingerprint}
		if e.Certificate != nil {
			k.certificate = e.Certificate.SHA256
		}
		switch earlier := byID[k]; {
		case e.unread:
			kept = append(kept, e)
		case earlier == nil:
			byID[k] = e
			kept = append(kept, e)
		default:
			earlier.add(e)
		}
	}
	return slices.DeleteFunc(kept, func(e *entry) bool {
		if e.unread || e.Certificate != nil || e.PublicKey != nil || len(e.Fields) == 0 {
			return false
		}
		i := slices.IndexFunc(kept, func(o *entry) bool {
			return o.Certificate != nil && o.Key == e.Key && proof.DeviceOf(o.Device.URL) == proof.DeviceOf(e.Device.URL) && slices.Equal(o.Fields, e.Fields)
		})
		if i >= 0 {
			kept[i].add(e)
		}
		return i >= 0
	})
}

// add takes over what another record of the certificate says.
func (e *entry) add(other *entry) {
	a, b := e.Evidence, other.Evidence
	if b.Certificate != nil && b.TakenAt.After(a.TakenAt) {
		a, b = b, a
	}
	for _, u := range b.Usages {
		if !slices.Contains(a.Usages, u) {
			a.Usages = append(slices.Clip(a.Usages), u)
		}
	}
	if weight(b.Weakness) > weight(a.Weakness) {
		a.Weakness = b.Weakness
	}
	if len(a.Fields) == 0 {
		a.Fields = b.Fields
	}
	a.Device.Model = cmp.Or(a.Device.Model, b.Device.Model)
	a.Device.Serial = cmp.Or(a.Device.Serial, b.Device.Serial)
	a.Device.Controller = cmp.Or(a.Device.Controller, b.Device.Controller)
	if further(other.progress) > further(e.progress) {
		e.progress = other.progress
	}
	e.Evidence, e.files = a, append(e.files, other.files...)
	e.err = cmp.Or(e.err, other.err)
}

// further orders progress.
func further(p Progress) int {
	o, _ := Record{Progress: p}.Outcome()
	return slices.Index([]Outcome{OutcomeKept, OutcomeByHand, OutcomeFailed, OutcomeNothing, OutcomeAsked, OutcomeConfirmed}, o)
}

// weight orders findings: a proof beats everything, then the longer search.
func weight(w Weakness) int64 {
	switch w.State {
	case "proved":
		return 1 << 40
	case "not-found":
		return 1 + int64(w.Rounds)
	}
	return 0
}
