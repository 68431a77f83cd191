package revocation_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// Progress is kept beside its record, survives the store's closing, and makes
// no record of its own. // V-1
func TestProgress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	receipt, err := s.Put(t.Context(), details("TLS2021"))
	if err != nil {
		t.Fatal(err)
	}
	want := revocation.Progress{
		Due: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Reason: revocation.KeyCompromise,
		Asked: time.Date(2026, 11, 25, 12, 1, 0, 0, time.UTC), By: "CA", Problem: "",
	}
	for _, p := range []revocation.Progress{{Due: want.Due, Reason: want.Reason}, want} {
		if err := s.SetProgress(t.Context(), receipt.Record(), p); err != nil {
			t.Fatal(err)
		}
		got := records(t, open(t, dir), revocation.Query{})
		if len(got) != 1 || got[0].Name != receipt.Record() || !reflect.DeepEqual(got[0].Progress, p) || got[0].Progress.Open() != p.Asked.IsZero() {
			t.Errorf("got %+v, want %+v", got, p)
		}
	}
	if n := len(records(t, s, revocation.Query{Key: "another"})); n != 0 {
		t.Errorf("%d records of another key", n)
	}
	if _, err := s.Put(t.Context(), details("TLS2021")); err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, err := range s.All() {
		if all++; err != nil {
			t.Error(err)
		}
	}
	if all != 1 {
		t.Errorf("%d records, want one", all)
	}
}

func TestProgressRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	receipt, err := s.Put(t.Context(), details("TLS2021"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "no-such-device/no-such-key.json", "../elsewhere.json", receipt.Record() + "x"} {
		if err := s.SetProgress(t.Context(), name, revocation.Progress{}); err == nil {
			t.Errorf("progress of %q was written", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.SetProgress(ctx, receipt.Record(), revocation.Progress{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// A damaged file is no reason to take a certificate for one that needs nothing.
	if err := s.SetProgress(t.Context(), receipt.Record(), revocation.Progress{}); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.revocation.json"))
	if len(files) != 1 || os.WriteFile(files[0], []byte(`{"due":`), 0o600) != nil {
		t.Fatalf("files %q", files)
	}
	for _, err := range s.Records(revocation.Query{}) {
		if _, ok := errors.AsType[*revocation.RecordError](err); !ok {
			t.Errorf("damaged: %v", err)
		}
	}
}

func records(t *testing.T, s *revocation.Store, q revocation.Query) []revocation.Record {
	t.Helper()
	var all []revocation.Record
	for r, err := range s.Records(q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// What has become of a revocation is one of six things, whatever else is known
// beside it. // V-1 to V-4
func TestRecordOutcome(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	seen := &revocation.Status{Answer: revocation.StateRevoked, At: at}
	later := &revocation.Status{Answer: revocation.StateRevoked, At: at, Checks: []revocation.Check{{Source: revocation.CRL, Answer: revocation.StateRevoked, RevokedAt: at.AddDate(0, 1, 0)}}}
	for _, tc := range []struct {
		name     string
		p        revocation.Progress
		selfMade bool
		want     revocation.Outcome
		why      bool
	}{
		{"nothing known", revocation.Progress{}, false, revocation.OutcomeKept, true},
		{"self-signed", revocation.Progress{Due: at}, true, revocation.OutcomeNothing, true},
		{"expired", revocation.Progress{Due: at, Moot: "it has expired", Problem: "refused"}, false, revocation.OutcomeNothing, true},
		{"key not seen to be gone", revocation.Progress{Planned: at}, false, revocation.OutcomeKept, true},
		{"due", revocation.Progress{Planned: at, Due: at}, false, revocation.OutcomeByHand, false},
		{"refused", revocation.Progress{Due: at, Problem: "refused"}, false, revocation.OutcomeFailed, true},
		{"refused, though self-signed", revocation.Progress{Due: at, Problem: "refused"}, true, revocation.OutcomeFailed, true},
		{"asked", revocation.Progress{Due: at, Asked: at}, false, revocation.OutcomeAsked, false},
		{"asked, and listed for a day to come", revocation.Progress{Due: at, Asked: at, Status: later}, false, revocation.OutcomeAsked, false},
		{"listed", revocation.Progress{Due: at, Asked: at, Status: seen}, false, revocation.OutcomeConfirmed, false},
		{"listed, and nobody was asked", revocation.Progress{Due: at, Problem: "refused", Status: seen}, false, revocation.OutcomeConfirmed, false},
	} {
		r := revocation.Record{Progress: tc.p}
		if tc.selfMade {
			r.Evidence.Certificate = &revocation.CertificateRecord{SelfSigned: revocation.Yes}
		}
		if got, why := r.Outcome(); got != tc.want || (why != "") != tc.why {
			t.Errorf("%s: %q, %q; want %q", tc.name, got, why, tc.want)
		}
	}
}
