package revocation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Follower follows up the revocation of old certificates: it asks their CAs,
// and looks whether the world can see it. // V-1 to V-4
type Follower struct {
	// Revoker asks the CA; nil: nobody is asked.
	Revoker Revoker
	// Name of whom the Revoker asks, for reports; empty: "the CA".
	Name string
	// Confirmed are the SHA-256 of certificates, in hex, that a person confirms to
	// be the devices': of those that were only recognised by details pages nothing
	// else is asked for ([ErrNotSeen]).
	Confirmed []string
	// Bears says, before a CA is asked, what else speaks against it: that no journal
	// bears the record out, for example. Nil: nothing.
	Bears func(Record) error
	// Known are certificates of the CA's, in which those are looked for that only a
	// details page tells of; nil: none.
	Known *KnownIndex
	// Verifier looks whether certificates are revoked; nil: nobody looks.
	Verifier *Verifier
	// Await has it look again until the revocation of what was asked for is seen
	// or the Verifier's time is over.
	Await bool
	// Now is the clock; nil: [time.Now].
	Now func() time.Time
}

// Ask asks for the revocation of a record's certificate if that is due and was
// not asked for, and writes down how it went. The error is the Revoker's,
// [ErrNotSeen] or that of Bears, also in Progress.Problem; [ErrSelfSigned] and [ErrExpired] are none: then nothing
// is left to do.
func (f *Follower) Ask(ctx context.Context, s *Store, r Record) (Record, error) {
	if f.Revoker == nil || !r.Progress.Open() {
		return r, nil
	}
	err := Lacks(f.Revoker, r.Evidence)
	if err == nil {
		err = f.allows(r)
	}
	if err == nil {
		err = f.Revoker.Revoke(ctx, r.Evidence, r.Progress.Reason)
	}
	if ctx.Err() != nil && err != nil {
		return r, err // nothing is known, and the next run asks again
	}
	p := &r.Progress
	p.By, p.Problem = cmp.Or(f.Name, "the CA"), ""
	switch {
	case err == nil:
		p.Asked = f.now()
	case errors.Is(err, ErrSelfSigned), errors.Is(err, ErrExpired):
		p.Moot, err = err.Error(), nil
	default:
		p.Problem = err.Error()
	}
	// Also where the context ends right now: what was done must be known.
	return r, errors.Join(err, s.SetProgress(context.WithoutCancel(ctx), r.Name, *p))
}

// allows says why nobody may be asked about a record.
func (f *Follower) allows(r Record) error {
	if c := r.Evidence.Certificate; c != nil && !r.Evidence.Source.seen() && !slices.ContainsFunc(f.Confirmed, func(s string) bool { return compact(s) == c.SHA256 }) {
		return fmt.Errorf("%w (SHA-256 %s)", ErrNotSeen, c.SHA256)
	}
	if f.Bears != nil {
		return f.Bears(r)
	}
	return nil
}

func (f *Follower) now() time.Time {
	if f.Now == nil {
		return time.Now().UTC().Truncate(time.Second)
	}
	return f.Now().UTC().Truncate(time.Second)
}

// recognise looks for the certificate of a record that has none, among the known
// ones. What is found is a record of its own beside it, with what was due, and
// nothing is left to do for the first.
func (f *Follower) recognise(ctx context.Context, s *Store, r Record) (Record, error) {
	if f.Known == nil || r.Evidence.Certificate != nil || !r.Progress.Pending() {
		return r, nil
	}
	e, found, err := f.Known.Complete(r.Evidence)
	if err != nil || found == nil {
		return r, nil // it stays as it was: not known, or one of several
	}
	receipt, err := s.Put(ctx, e)
	if err != nil {
		return r, err
	}
	full, err := s.record(receipt.Record())
	if err != nil {
		return r, err
	}
	if full.Progress == (Progress{}) {
		full.Progress = Progress{Due: r.Progress.Due, Reason: r.Progress.Reason}
		if err := s.SetProgress(ctx, full.Name, full.Progress); err != nil {
			return r, err
		}
	}
	r.Progress.Moot = "its certificate was recognised, and has a record of its own: " + full.Name
	return full, s.SetProgress(ctx, r.Name, r.Progress)
}

// Look looks whether a record's certificate is revoked, and writes down what was
// found. What was seen to be revoked stays so, with what showed it: lists drop
// what has expired (RFC 5280, 3.3), and a statement that says otherwise is one
// from before. What the verifier has seen of lists is kept in the store, for
// every run. The error is ctx's or the store's.
func (f *Follower) Look(ctx context.Context, s *Store, r Record) (Record, error) {
	if f.Verifier == nil || r.Progress.Moot != "" {
		return r, nil
	}
	look := f.Verifier.Check
	if f.Await && !r.Progress.Asked.IsZero() {
		look = f.Verifier.Await
	}
	if err := s.recall(f.Verifier); err != nil {
		return r, err
	}
	status, err := look(ctx, r.Evidence)
	if kept := s.keep(context.WithoutCancel(ctx), f.Verifier); err == nil {
		err = kept
	}
	if err != nil {
		return r, err
	}
	if r.Progress.Confirmed() && status.Answer != StateRevoked {
		return r, nil
	}
	r.Progress.Status = &status
	return r, s.SetProgress(ctx, r.Name, r.Progress)
}

// All asks for what is due and looks at every record that matches q, and gives
// them as they are then. Errors belong to single records ([*RecordError], the
// Revoker's, the store's), and the others go on; the record is the zero value if
// it could not be read. It ends with the context's error.
func (f *Follower) All(ctx context.Context, s *Store, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range s.Records(q) {
			if ctx.Err() != nil {
				yield(Record{}, context.Cause(ctx))
				return
			}
			if err == nil {
				var finding, asking, looking error
				r, finding = f.recognise(ctx, s, r)
				r, asking = f.Ask(ctx, s, r)
				r, looking = f.Look(ctx, s, r)
				err = errors.Join(finding, asking, looking)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// VerifyRevocation goes through the evidence of a store again, looks what has
// become of every certificate, and writes it down beside its record: [Follower]
// without a Revoker. // V-1 to V-4
func VerifyRevocation(ctx context.Context, s *Store, v *Verifier) iter.Seq2[Record, error] {
	return (&Follower{Verifier: v}).All(ctx, s, Query{})
}
