package scep

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/wait"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// The wait for a certificate.
const (
	awaitTimeout  = 10 * time.Minute
	awaitInterval = 2 * time.Second
	// maxInterval bounds the time between two looks, which grows.
	maxInterval = 20 * time.Second
	// settledLooks is how often in a row a key that was there has to be gone, and
	// what is said of it the same, to be taken for given up.
	settledLooks = 3
)

// Await waits until a key that was asked for stands in the list with its
// certificate; it looks less and less often. said is what the device answered,
// for the errors. Errors: [*remoteui.RefusedError] with the row of the device's
// list of requests, as it stands, if that says no, or if the key is gone; at the
// deadline [keys.ErrPending]: a CA may want somebody's approval.
func Await(ctx context.Context, s *remoteui.Session, name, said string, w keys.Wait) (*keys.Details, error) {
	return (&requests{s: s, name: name}).await(ctx, said, w)
}

func (r *requests) await(ctx context.Context, said string, w keys.Wait) (*keys.Details, error) {
	if w.Timeout <= 0 {
		w.Timeout = awaitTimeout
	}
	if w.Interval <= 0 {
		w.Interval = awaitInterval
	}
	late := &lateError{name: r.name, after: w.Timeout, said: said}
	limit, cancel := context.WithTimeoutCause(ctx, w.Timeout, late)
	defer cancel()
	listed, gone := false, 0
	var before []string
	for look := 1; ; look++ {
		d, there, err := r.read(limit)
		if err == nil && d == nil {
			// Where no row was found yet, every page is looked at more and more seldom.
			if late.rows, err = r.rows(limit, bits.OnesCount(uint(look)) == 1); err == nil && r.denied(late.rows) {
				// The certificate may have come while the row was being read.
				if d, _, err = r.read(limit); err == nil && d == nil {
					return nil, r.refusal(late.rows, said)
				}
			}
		}
		if limit.Err() != nil {
			return nil, context.Cause(limit)
		}
		if err != nil || d != nil {
			return d, err
		}
		listed = listed || there
		if gone++; !listed || there || !slices.Equal(late.rows, before) {
			gone = 0
		}
		if before = late.rows; gone >= settledLooks && !r.underway(late.rows) {
			return nil, r.refusal(late.rows, said)
		}
		if err := wait.For(limit, w.Interval); err != nil {
			return nil, err
		}
		w.Interval = min(w.Interval*3/2, max(maxInterval, w.Interval))
	}
}

// lateError is the error at the deadline.
type lateError struct {
	name  string
	after time.Duration
	said  string
	rows  []string
}

func (e *lateError) Error() string {
	listed := ""
	if len(e.rows) > 0 {
		listed = fmt.Sprintf("; its list of requests says %q", e.rows)
	}
	return fmt.Sprintf("key %q has no certificate after %v (the device said %q%s): look at the SCEP server and at the device's request status; %v", e.name, e.after, e.said, listed, keys.ErrPending)
}

// Unwrap gives [keys.ErrPending].
func (e *lateError) Unwrap() error { return keys.ErrPending }

// read returns the key's details once it is in the list with a certificate: its
// page names an issuer then. there reports whether it is in the list.
func (r *requests) read(ctx context.Context) (d *keys.Details, there bool, err error) {
	l, err := keys.ReadList(ctx, r.s)
	if err != nil {
		return nil, false, err
	}
	if _, there = l.Find(r.name); !there {
		return nil, false, nil
	}
	d, err = keys.ReadDetails(ctx, r.s, r.name)
	if err != nil {
		// A request that failed takes its key away, perhaps just now.
		if l, listErr := keys.ReadList(ctx, r.s); listErr == nil {
			if _, there := l.Find(r.name); !there {
				return nil, false, nil
			}
		}
		return nil, true, err
	}
	if d.Issuer == "" {
		return nil, true, nil
	}
	return d, true, nil
}
