package revocation

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Follower follows up the revocation of old certificates: it asks their CAs,
// and looks whether the world can see it. // V-1 to V-4
type Follower struct {
	// Revoker asks the CA; nil: nobody is asked.
	Revoker Revoker
	// Name of whom the Revoker asks, for reports; empty: "the CA".
	Name string
	// Now is the clock; nil: [time.Now].
	Now func() time.Time
}

// Ask asks for the revocation of a record's certificate if that is due and was
// not asked for, and writes down how it went. The error is the Revoker's, also
// in Progress.Problem; [ErrSelfSigned] and [ErrExpired] are none: then nothing
// is left to do.
func (f *Follower) Ask(ctx context.Context, s *Store, r Record) (Record, error) {
	if f.Revoker == nil || !r.Progress.Open() {
		return r, nil
	}
	err := Lacks(f.Revoker, r.Evidence)
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

func (f *Follower) now() time.Time {
	if f.Now == nil {
		return time.Now().UTC().Truncate(time.Second)
	}
	return f.Now().UTC().Truncate(time.Second)
}
