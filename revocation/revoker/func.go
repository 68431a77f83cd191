package revoker

import (
	"context"
	"errors"
	"fmt"

	"github.com/rekey-go/rekey/revocation"
)

// Func is a callback as a [revocation.Revoker], for CAs that have none here. It
// must keep the interface's promises, above all that it asks about no
// certificate but the CA's own. It is not called for a self-signed certificate,
// nor with a reason that cannot be asked for; it is called where there is no
// certificate, and may then return a [*revocation.NeedError].
type Func func(ctx context.Context, e revocation.Evidence, r revocation.Reason) error

var (
	_ revocation.Revoker = Func(nil)
	_ revocation.Needer  = Func(nil)
)

// Needs says that nothing is needed: the callback knows.
func (f Func) Needs() revocation.Need { return revocation.NeedNothing }

// Revoke calls f.
func (f Func) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	if f == nil {
		return errors.New("revoker: the callback is nil")
	}
	if err := r.CheckRequest(); err != nil {
		return err
	}
	if err := revocation.Lacks(f, e); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return f(ctx, e, r)
}

// First chooses, for every certificate, the first revoker that is for it: the
// first of which neither [revocation.Lacks] nor CanRevoke says that it cannot
// be. A revoker that is no [revocation.Prechecker] cannot say so: put those, and
// [Instructions], at the end.
//
// If none is, the error holds what every one said. It is [revocation.ErrSelfSigned]
// for self-signed certificates, whatever there is.
type First []revocation.Revoker

var _ revocation.Revoker = First(nil)

// Needs is the least that one of them needs.
func (all First) Needs() revocation.Need {
	least := revocation.NeedCertificate
	for _, r := range all {
		switch need := needsOf(r); {
		case need == revocation.NeedNothing:
			return need
		case need == revocation.NeedSerial:
			least = need
		}
	}
	return least
}

func needsOf(r revocation.Revoker) revocation.Need {
	if n, ok := r.(revocation.Needer); ok {
		return n.Needs()
	}
	return revocation.NeedCertificate
}

// Revoke asks the one that is for it, and no other: when a CA cannot be reached,
// that is the error, and the next is not asked instead.
func (all First) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	chosen, err := all.choose(ctx, e)
	if err != nil {
		return err
	}
	return chosen.Revoke(ctx, e, r)
}

// CanRevoke returns nil if one of them is for it.
func (all First) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	_, err := all.choose(ctx, e)
	return err
}

func (all First) choose(ctx context.Context, e revocation.Evidence) (revocation.Revoker, error) {
	var said []error
	for _, r := range all {
		err := revocation.Lacks(r, e)
		if f, ok := r.(revocation.Prechecker); ok && err == nil {
			err = f.CanRevoke(ctx, e)
		}
		_, lacks := errors.AsType[*revocation.NeedError](err)
		switch {
		case err == nil:
			return r, nil
		case errors.Is(err, revocation.ErrSelfSigned):
			return nil, revocation.ErrSelfSigned
		case lacks || errors.Is(err, revocation.ErrOtherIssuer):
			said = append(said, err)
		default:
			return nil, err
		}
	}
	if said == nil {
		return nil, errors.New("revoker: there is no revoker")
	}
	return nil, fmt.Errorf("revoker: none of them is for this certificate: %w", errors.Join(said...))
}

// Check checks them all; one that fails fails it.
func (all First) Check(ctx context.Context) (*revocation.RevokerInfo, error) {
	info := new(revocation.RevokerInfo)
	for _, r := range all {
		c, ok := r.(revocation.RevokerChecker)
		if !ok {
			continue
		}
		one, err := c.Check(ctx)
		if err != nil {
			return nil, err
		}
		if info.Name != "" {
			info.Name += "; "
		}
		info.Name += one.Name
		for _, n := range one.Notes {
			info.Notes = append(info.Notes, one.Name+": "+n)
		}
		info.CAs = append(info.CAs, one.CAs...)
	}
	return info, nil
}
