package revoker_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

func TestFunc(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", nil)
	failed := errors.New("the HSM is on fire")
	var asked []string
	f := revoker.Func(func(_ context.Context, e revocation.Evidence, r revocation.Reason) error {
		asked = append(asked, e.Key+" "+r.String())
		return failed
	})
	if err := f.Revoke(t.Context(), evidence(t, ca.weak(1)), revocation.Superseded); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if err := f.Revoke(t.Context(), revocation.Evidence{Key: "details only"}, revocation.KeyCompromise); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	why := errors.New("enough")
	for want, err := range map[error]error{
		revocation.ErrSelfSigned: f.Revoke(t.Context(), evidence(t, ca.cert.Raw), 1),
		why:                      f.Revoke(cancelled(t, why), evidence(t, ca.weak(2)), 1),
	} {
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if err := f.Revoke(t.Context(), evidence(t, ca.weak(3)), revocation.RemoveFromCRL); err == nil || errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if err := revoker.Func(nil).Revoke(t.Context(), evidence(t, ca.weak(3)), 1); err == nil {
		t.Error("nil was called")
	}
	if strings.Join(asked, ", ") != "TLS2021 superseded, details only keyCompromise" {
		t.Errorf("asked for %q", asked)
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	step, j := newStepCA(t), newEJBCA(t)
	stranger := newAuthority(t, "Stranger", nil)
	all := revoker.First{step.open(t, nil), j.open(t, nil), revoker.Instructions{ADCS: `ca\CA`}}
	byHand := func(err error) bool { _, ok := errors.AsType[*revocation.ByHandError](err); return ok }
	if err := all.Revoke(t.Context(), evidence(t, step.ca.weak(0xc0ffee)), 1); err != nil || len(step.revoked) != 1 || len(j.revoked) != 0 {
		t.Errorf("step-ca's: %v", err)
	}
	if err := all.Revoke(t.Context(), evidence(t, j.ca.weak(0xc0ffee)), 1); err != nil || len(step.revoked) != 1 || len(j.revoked) != 1 {
		t.Errorf("EJBCA's: %v", err)
	}
	if err := all.Revoke(t.Context(), evidence(t, stranger.weak(9)), 1); !byHand(err) {
		t.Errorf("a stranger's: %v", err)
	}
	if err := all.Revoke(t.Context(), revocation.Evidence{Key: "K"}, 1); !byHand(err) {
		t.Errorf("without certificate: %v", err)
	}
	if err := all.Revoke(t.Context(), evidence(t, stranger.cert.Raw), 1); !errors.Is(err, revocation.ErrSelfSigned) {
		t.Errorf("self-signed: %v", err)
	}
	if err := all[:2].Revoke(t.Context(), evidence(t, stranger.weak(9)), 1); !errors.Is(err, revocation.ErrOtherIssuer) {
		t.Errorf("nobody's: %v", err)
	}
	if all.Needs() != revocation.NeedNothing || (revoker.First{step.open(t, nil), newVault(t).open(t, nil)}).Needs() != revocation.NeedSerial || all[:2].Needs() != revocation.NeedCertificate || all[:1].Needs() != revocation.NeedCertificate {
		t.Error("needs")
	}
	info, err := all.Check(t.Context())
	if err != nil || !strings.Contains(info.Name, "step-ca at") || !strings.Contains(info.Name, "EJBCA at") || len(info.CAs) != 1 {
		t.Errorf("%+v, %v", info, err)
	}
	// A CA that is down is not passed over: its certificates are its own.
	step.Close()
	if err := all.Revoke(t.Context(), evidence(t, stranger.weak(10)), 1); err == nil || byHand(err) {
		t.Errorf("with a CA down: %v", err)
	}
	if err := (revoker.First{}).Revoke(t.Context(), evidence(t, stranger.weak(10)), 1); err == nil {
		t.Error("nobody did it")
	}
}
