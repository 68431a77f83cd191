package revoker

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/revocation"
)

// StepCA asks a step-ca server (smallstep/certificates) by POST /1.0/revoke. It
// is safe for concurrent use if key and callbacks are.
//
// step-ca revokes serial numbers that it never issued, and says that all went
// well. So the certificate itself is needed, and must be signed with one of
// Issuers or, where there are none, of those that the CA names.
//
// Its revocation is "passive": the certificate cannot be renewed and, if the CA
// makes a revocation list (crl.enabled in ca.json), is on it. Without the list
// nobody learns of it; [StepCA.Check] notes that.
type StepCA struct {
	c      caserver.StepCA
	server *caclient.Step
}

var (
	_ revocation.Revoker        = (*StepCA)(nil)
	_ revocation.Needer         = (*StepCA)(nil)
	_ revocation.Prechecker     = (*StepCA)(nil)
	_ revocation.RevokerChecker = (*StepCA)(nil)
)

// NewStepCA makes one. Nothing is asked of the server yet.
func NewStepCA(c caserver.StepCA) (*StepCA, error) {
	server, err := caclient.NewStep(c)
	if err != nil {
		return nil, fmt.Errorf("revoker: step-ca: %w", err)
	}
	c.Issuers = slices.Clone(c.Issuers)
	return &StepCA{c, server}, nil
}

// Needs says that the certificate itself is needed.
func (s *StepCA) Needs() revocation.Need { return revocation.NeedCertificate }

// Revoke does as [revocation.Revoker] says. A refusal is a [*caserver.ServerError].
func (s *StepCA) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	return s.within(ctx, func(ctx context.Context) error {
		if err := r.CheckRequest(); err != nil {
			return err
		}
		t, err := forServer(s, e)
		if err != nil {
			return err
		}
		if err := s.ours(ctx, t); err != nil {
			return err
		}
		return s.revoke(ctx, t, r)
	})
}

// CanRevoke does as [revocation.Prechecker] says.
func (s *StepCA) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	return s.within(ctx, func(ctx context.Context) error {
		t, err := forServer(s, e)
		if err != nil {
			return err
		}
		return s.ours(ctx, t)
	})
}

func (s *StepCA) ours(ctx context.Context, t *target) error {
	issuers, err := s.issuers(ctx)
	if err != nil {
		return err
	}
	return t.issuedBy(issuers)
}

// issuers are the certificates that the CA issues with.
func (s *StepCA) issuers(ctx context.Context) ([]*x509.Certificate, error) {
	if s.c.Issuers != nil {
		return s.c.Issuers, nil
	}
	issuers, err := s.server.Intermediates(ctx)
	if err != nil {
		return nil, err
	}
	if issuers == nil {
		return nil, errors.New("the CA does not tell what it issues with: give its intermediate certificates (Issuers)")
	}
	return issuers, nil
}

func (s *StepCA) revoke(ctx context.Context, t *target, r revocation.Reason) error {
	client, err := s.server.Client(ctx)
	if err != nil {
		return err
	}
	token, err := s.server.Token(ctx, caserver.TokenRequest{Subject: t.serial.String(), Audience: s.server.Audience("revoke")})
	if err != nil {
		return err
	}
	ask := struct {
		Serial  string `json:"serial"`
		Token   string `json:"ott"`
		Code    int    `json:"reasonCode"`
		Reason  string `json:"reason"`
		Passive bool   `json:"passive"` // false is not implemented there
	}{t.serial.String(), token, int(r), r.String(), true}
	var answer struct {
		Status string `json:"status"`
	}
	_, err = caclient.Send(ctx, client, caclient.Request{Do: "revoke the certificate", URL: s.server.URL("1.0", "revoke"), JSON: ask, Secrets: caclient.TokenParts(token)}, &answer)
	if already(err, http.StatusBadRequest) {
		return nil
	}
	if err == nil && answer.Status != "ok" {
		return fmt.Errorf("the CA does not say that it revoked the certificate, but %s", quote(answer.Status))
	}
	return err
}

// already reports whether the CA's refusal is that the certificate is revoked.
func already(err error, status int) bool {
	refused, ok := errors.AsType[*caserver.ServerError](err)
	said := ""
	if ok {
		said = strings.ToLower(refused.Message)
	}
	return ok && refused.Status == status && strings.Contains(said, "already") && strings.Contains(said, "revoked")
}

// Check does as [revocation.RevokerChecker] says.
func (s *StepCA) Check(ctx context.Context) (*revocation.RevokerInfo, error) {
	info := &revocation.RevokerInfo{Name: fmt.Sprint(s.c)}
	err := s.within(ctx, func(ctx context.Context) (err error) {
		if _, err = s.server.Check(ctx); err != nil {
			return err
		}
		if info.CAs, err = s.issuers(ctx); err != nil {
			return err
		}
		info.Notes, err = s.notes(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}

func (s *StepCA) notes(ctx context.Context) ([]string, error) {
	has, err := s.server.HasCRL(ctx)
	if err != nil || has {
		return nil, err
	}
	return []string{"the CA publishes no revocation list (crl.enabled in ca.json): what it revokes cannot be renewed, and is believed by everybody until it expires"}, nil
}

func (s *StepCA) within(ctx context.Context, do func(context.Context) error) error {
	return within(ctx, s.c.Timeout, fmt.Sprint(s.c), do)
}

// Format writes the address and the provisioner, whatever the verb: never the
// key.
func (s *StepCA) Format(f fmt.State, verb rune) { s.c.Format(f, verb) }

// LogValue is what Format writes.
func (s *StepCA) LogValue() slog.Value { return s.c.LogValue() }
