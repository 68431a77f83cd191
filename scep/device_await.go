package scep

import (
	"context"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Defaults of the wait for a certificate.
const (
	awaitTimeout  = 10 * time.Minute
	awaitInterval = 2 * time.Second
)

// Await waits until a key that was asked for stands in the list with its
// certificate. said is what the device answered, for the error at the deadline.
// The error then is [keys.ErrPending]: a CA may want somebody's approval.
func Await(ctx context.Context, s *remoteui.Session, name, said string, w keys.Wait) (*keys.Details, error) {
	if w.Timeout <= 0 {
		w.Timeout = awaitTimeout
	}
	if w.Interval <= 0 {
		w.Interval = awaitInterval
	}
	late := fmt.Errorf("key %q has no certificate after %v (the device said %q): look at the SCEP server and at the device's request status; %w", name, w.Timeout, said, keys.ErrPending)
	limit, cancel := context.WithTimeoutCause(ctx, w.Timeout, late)
	defer cancel()
	for {
		d, err := read(limit, s, name)
		if limit.Err() != nil {
			return nil, context.Cause(limit)
		}
		if err != nil || d != nil {
			return d, err
		}
		t := time.NewTimer(w.Interval)
		select {
		case <-t.C:
		case <-limit.Done():
			t.Stop()
			return nil, context.Cause(limit)
		}
	}
}

// read returns the key's details once it is in the list with a certificate: its
// page names an issuer then.
func read(ctx context.Context, s *remoteui.Session, name string) (*keys.Details, error) {
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return nil, err
	}
	if _, there := l.Find(name); !there {
		return nil, nil
	}
	d, err := keys.ReadDetails(ctx, s, name)
	if err != nil {
		// A request that failed takes its key away, perhaps just now.
		if l, listErr := keys.ReadList(ctx, s); listErr == nil {
			if _, there := l.Find(name); !there {
				return nil, nil
			}
		}
		return nil, err
	}
	if d.Issuer == "" {
		return nil, nil
	}
	return d, nil
}
