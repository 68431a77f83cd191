package acceptance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/revocation"
)

// revokingCA is a CA that is asked to revoke, and answers as it is told.
type revokingCA struct {
	t   *testing.T
	dev *simdevice.Device
	// answers are given in order, the last one again and again.
	answers []error
	checked error
	before  func()

	mu      sync.Mutex
	asked   []revocation.Evidence
	reasons []revocation.Reason
}

func (ca *revokingCA) Check(context.Context) (*revocation.RevokerInfo, error) {
	return &revocation.RevokerInfo{Name: "Test CA"}, ca.checked
}

// Revoke holds that nothing is asked for before the successor is in use and the
// old key gone.
func (ca *revokingCA) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if slices.Contains(names(ca.dev), e.Key) || bound(ca.dev).Weak {
		ca.t.Errorf("V-1: asked while key %q is on the device, TLS has %q", e.Key, bound(ca.dev).Name)
	}
	if ca.dev.OpenSessions() > 0 {
		ca.t.Error("asked with a session open")
	}
	if ca.before != nil {
		ca.before()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ca.asked, ca.reasons = append(ca.asked, e), append(ca.reasons, r)
	return ca.answers[min(len(ca.asked), len(ca.answers))-1]
}

// The old certificate is revoked when its key is gone, and not before; what
// failed is asked for again, and what was done is not. // V-1
func TestRevocation(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	byHand := &revocation.ByHandError{Instruction: revocation.Instruction{CA: "ad-cs", Commands: []revocation.Command{{Line: "certutil -revoke 5e 1"}}}}
	for _, tc := range []struct {
		name    string
		answers []error
		outcome revocation.Outcome // of the first run
		text    string             // in its report
		asked   int                // over three runs
	}{
		{"done", []error{nil}, revocation.OutcomeAsked, "Test CA was asked to revoke it", 1},
		{"failed, then done", []error{errors.New("CA is down"), nil}, revocation.OutcomeFailed, "CA is down", 2},
		{"waits for approval", []error{revocation.ErrPending, nil}, revocation.OutcomeFailed, "approval", 2},
		{"expired", []error{revocation.ErrExpired}, revocation.OutcomeNothing, "expired", 1},
		{"by hand", []error{byHand}, revocation.OutcomeByHand, "certutil -revoke 5e 1", 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := issuedTLS(3)
				dev, o := start(t, cfg), options(t)
				ca := &revokingCA{t: t, dev: dev, answers: tc.answers}
				o.Issuer, o.Revoker = newIssuer(t), ca
				old := bound(dev).Certificate
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				if failed := tc.outcome == revocation.OutcomeFailed; errors.Is(err, rekey.ErrUnfinished) != failed || !failed && err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				if len(r.Revocations) != 1 || r.Revocations[0].Outcome != tc.outcome || !strings.Contains(r.String(), tc.text) {
					t.Errorf("%+v\n%v", r.Revocations, r)
				}
				e := ca.asked[0]
				if e.Certificate == nil || !slices.Equal(e.Certificate.DER, old.Raw) || ca.reasons[0] != revocation.KeyCompromise {
					t.Errorf("asked about %+v, reason %v", e.Certificate, ca.reasons[0])
				}
				i := slices.IndexFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "V-1" })
				if handled := tc.outcome == revocation.OutcomeAsked; i < 0 || handled == strings.Contains(r.Tasks[i].Text, "keyCompromise") {
					t.Errorf("task V-1: %v", r.Tasks)
				}
				for run := 2; run <= 3; run++ {
					if again, err := rekey.Remediate(bounded(t), access(dev, cfg), o); err != nil {
						t.Errorf("run %d: %v\n%v", run, err, again)
					}
				}
				if len(ca.asked) != tc.asked {
					t.Errorf("asked %d times in three runs, want %d", len(ca.asked), tc.asked)
				}
			})
		})
	}
}

// A run that is stopped when the key is gone and the CA not yet asked leaves
// nothing on the device; the next one asks. // V-1
func TestRevocationStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := issuedTLS(3)
		dev, o := start(t, cfg), options(t)
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		ca := &revokingCA{t: t, dev: dev, answers: []error{nil}, before: cancel}
		o.Issuer, o.Revoker = newIssuer(t), ca
		r, err := rekey.Remediate(ctx, access(dev, cfg), o)
		if err == nil || len(ca.asked) != 0 {
			t.Fatalf("not stopped: %v\n%v", err, r)
		}
		ca.before = nil
		r, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil || len(ca.asked) != 1 || len(r.Revocations) != 1 || r.Revocations[0].Outcome != revocation.OutcomeAsked {
			t.Errorf("%v, asked %d times\n%v", err, len(ca.asked), r)
		}
	})
}

// A CA that cannot be reached is found out before the device is touched; one
// that nobody needs is not asked; and a key that is kept keeps its certificate.
// // V-1
func TestRevocationNotAsked(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, tc := range []struct {
		name string
		cfg  simdevice.Config
		set  func(*rekey.Options, *revokingCA)
		want revocation.Outcome // empty: the run fails
	}{
		{"down", issuedTLS(3), func(_ *rekey.Options, ca *revokingCA) { ca.checked = errors.New("CA is down") }, ""},
		{"kept", issuedTLS(3), func(o *rekey.Options, _ *revokingCA) { o.KeepOldKeys = true }, revocation.OutcomeKept},
		{"self-signed", simdevice.Config{Seed: 3}, func(o *rekey.Options, _ *revokingCA) {}, revocation.OutcomeNothing},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				dev, o := start(t, tc.cfg), options(t)
				ca := &revokingCA{t: t, dev: dev}
				o.Issuer, o.Revoker = newIssuer(t), ca
				tc.set(o, ca)
				changes := dev.StateChanges()
				r, err := rekey.Remediate(bounded(t), access(dev, tc.cfg), o)
				if tc.want == "" {
					if err == nil || !strings.Contains(err.Error(), "nothing was changed") || dev.StateChanges() != changes {
						t.Errorf("%v, %d changes\n%v", err, dev.StateChanges()-changes, r)
					}
					return
				}
				if err != nil || len(ca.asked) > 0 || len(r.Revocations) != 1 || r.Revocations[0].Outcome != tc.want {
					t.Errorf("%v, asked %d times\n%v", err, len(ca.asked), r)
				}
				store, err := revocation.OpenStore(o.Dir + "/evidence")
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				for record, err := range store.Records(revocation.Query{}) {
					if moot := record.Progress.Moot != ""; err != nil || moot != (tc.want == revocation.OutcomeNothing) {
						t.Errorf("kept as moot: %v, %v", moot, err)
					}
				}
			})
		})
	}
}
