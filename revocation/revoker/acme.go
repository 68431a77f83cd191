package revoker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/revocation"
)

// ACME asks an ACME server by its revokeCert resource (RFC 8555, section 7.6).
// It needs the certificate itself. It is safe for concurrent use if the key is.
type ACME struct {
	c      caserver.ACME
	server *caclient.ACME
}

var (
	_ revocation.Revoker        = (*ACME)(nil)
	_ revocation.Needer         = (*ACME)(nil)
	_ revocation.Prechecker     = (*ACME)(nil)
	_ revocation.RevokerChecker = (*ACME)(nil)
)

// NewACME makes one. Nothing is asked of the server yet.
func NewACME(c caserver.ACME) (*ACME, error) {
	server, err := caclient.NewACME(c)
	if err != nil {
		return nil, fmt.Errorf("revoker: ACME: %w", err)
	}
	c.Issuers = slices.Clone(c.Issuers)
	return &ACME{c, server}, nil
}

// Needs says that the certificate itself is needed.
func (a *ACME) Needs() revocation.Need { return revocation.NeedCertificate }

// Revoke does as [revocation.Revoker] says. A refusal is a [*caserver.ServerError].
func (a *ACME) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	return a.within(ctx, func(ctx context.Context) error {
		if err := r.CheckRequest(); err != nil {
			return err
		}
		t, err := a.target(e)
		if err != nil {
			return err
		}
		client, err := a.account(ctx)
		if err != nil {
			return err
		}
		// A certificate that is revoked already is none to the library either.
		err = client.RevokeCert(ctx, nil, t.cert.Raw, acme.CRLReasonCode(r))
		if err == nil {
			return nil
		}
		if e, ok := errors.AsType[*acme.Error](err); ok && strings.HasSuffix(e.ProblemType, ":badRevocationReason") {
			return fmt.Errorf("%w: this CA does not take the reason %v from an account; give another, such as %v",
				caclient.ACMEError("revoke the certificate", err), r, revocation.Superseded)
		}
		return caclient.ACMEError("revoke the certificate", err)
	})
}

// CanRevoke does as [revocation.Prechecker] says.
func (a *ACME) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	return a.within(ctx, func(context.Context) error {
		_, err := a.target(e)
		return err
	})
}

func (a *ACME) target(e revocation.Evidence) (*target, error) {
	t, err := forServer(a, e)
	if err == nil {
		err = t.issuedBy(a.c.Issuers)
	}
	return t, err
}

// account connects as the account. None is registered: a new one could revoke
// nothing.
func (a *ACME) account(ctx context.Context) (*acme.Client, error) {
	client, err := a.server.Connect(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := client.Discover(ctx)
	if err != nil {
		return nil, caclient.ACMEError("give its directory", err)
	}
	if dir.RevokeURL == "" {
		return nil, errors.New("the server revokes nothing: its directory has no revokeCert")
	}
	if client.KID != "" {
		return client, nil
	}
	err = a.server.FindAccount(ctx, client)
	if errors.Is(err, acme.ErrNoAccount) {
		return nil, errors.New("the server has no account of this key: give the key of the account that had the certificate issued")
	}
	return client, err
}

// Check does as [revocation.RevokerChecker] says.
func (a *ACME) Check(ctx context.Context) (*revocation.RevokerInfo, error) {
	info := &revocation.RevokerInfo{Name: fmt.Sprint(a.c), CAs: slices.Clone(a.c.Issuers)}
	err := a.within(ctx, func(ctx context.Context) error {
		if len(a.c.Issuers) == 0 {
			return errors.New("the CA's certificates are not known, so that nothing is proved to be its own: give them (Issuers)")
		}
		_, err := a.account(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}

func (a *ACME) within(ctx context.Context, do func(context.Context) error) error {
	return within(ctx, a.c.Timeout, fmt.Sprint(a.c), do)
}

// Format writes the address, whatever the verb: never the key.
func (a *ACME) Format(f fmt.State, verb rune) { a.c.Format(f, verb) }

// LogValue is what Format writes.
func (a *ACME) LogValue() slog.Value { return a.c.LogValue() }
