package revocation_test

import (
	"context"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// followed is a store with one record of a certificate that was seen, and how far
// its revocation has come.
func followed(t *testing.T, p revocation.Progress) (*revocation.Store, revocation.Record) {
	t.Helper()
	cas, key := newCA(t, "A")
	cert, err := x509.ParseCertificate(issue(t, cas[0], key, "mfp.example", big.NewInt(7)))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, t.TempDir())
	if err := s.SetProgress(t.Context(), put(t, s, exampleEvidence(cert)).Record(), p); err != nil {
		t.Fatal(err)
	}
	return s, records(t, s, revocation.Query{})[0]
}

// A CA is asked about what is due, for which nobody was asked yet and which is not
// settled otherwise. Of a request that was broken off nothing is known, so nothing
// is written down, and the next run asks again; one that the CA took is written
// down also where the context ends right then. // V-1
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	no := errors.New("no")
	for name, c := range map[string]struct {
		p       revocation.Progress
		asks    int
		ends    bool  // the context, while the CA is asked
		answer  error // the CA's
		asked   bool  // what is written down
		problem string
	}{
		"not due":           {revocation.Progress{}, 0, false, nil, false, ""},
		"due":               {revocation.Progress{Due: due}, 1, false, nil, true, ""},
		"asked":             {revocation.Progress{Due: due, Asked: due}, 0, false, nil, true, ""},
		"moot":              {revocation.Progress{Due: due, Moot: "it has expired"}, 0, false, nil, false, ""},
		"refused":           {revocation.Progress{Due: due}, 1, false, no, false, "no"},
		"broken off":        {revocation.Progress{Due: due}, 1, true, no, false, ""},
		"taken at the last": {revocation.Progress{Due: due}, 1, true, nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := followed(t, c.p)
			ctx, end := context.WithCancel(t.Context())
			defer end()
			asks := 0
			f := &revocation.Follower{Revoker: revoker.Func(func(context.Context, revocation.Evidence, revocation.Reason) error {
				if asks++; c.ends {
					end()
				}
				return c.answer
			})}
			got, err := f.Ask(ctx, s, r)
			if asks != c.asks || !errors.Is(err, c.answer) || got.Progress.Asked.IsZero() == c.asked {
				t.Errorf("asked %d times, %v: %+v", asks, err, got.Progress)
			}
			if kept := records(t, s, revocation.Query{})[0].Progress; kept.Asked.IsZero() == c.asked || kept.Problem != c.problem || kept.Moot != c.p.Moot {
				t.Errorf("written down: %+v", kept)
			}
		})
	}
}

// Revoked is what is so for good, and by then. // V-2
func TestHoldIsNoConfirmation(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		reason revocation.Reason
		since  time.Time
		want   bool
	}{
		{revocation.KeyCompromise, at, true}, {revocation.CertificateHold, at, false}, {revocation.KeyCompromise, at.Add(time.Hour), false},
	} {
		p := revocation.Progress{Due: at, Status: &revocation.Status{Answer: revocation.StateRevoked, At: at, Checks: []revocation.Check{
			{Source: revocation.CRL, Answer: revocation.StateRevoked, Reason: c.reason, RevokedAt: c.since},
		}}}
		if p.Confirmed() != c.want || p.Pending() == c.want {
			t.Errorf("%v since %v: confirmed %t, pending %t", c.reason, c.since, p.Confirmed(), p.Pending())
		}
	}
}

// What was due is not, once the key is on the device again; what a CA was asked for
// stays so. // V-1
func TestWithdraw(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ p, want revocation.Progress }{
		"due":     {revocation.Progress{Due: at, Problem: "no"}, revocation.Progress{Planned: at}},
		"asked":   {revocation.Progress{Due: at, Asked: at, By: "CA"}, revocation.Progress{Due: at, Asked: at, By: "CA"}},
		"planned": {revocation.Progress{Planned: at}, revocation.Progress{Planned: at}},
	} {
		if c.p.Withdraw(); c.p != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.p, c.want)
		}
	}
}

// What became of a certificate is said in words that are true also of a device
// signature, which is renewed in place.
func TestProgressInWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for want, p := range map[string]revocation.Progress{
		"its key is still in use or on the device, or was renewed in place": {},
		"its key was to be deleted, and was not seen to be gone":            {Planned: at},
		"not revoked: no": {Due: at, Problem: "no"},
		"it has expired":  {Due: at, Moot: "it has expired"},
	} {
		if got := p.String(); !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}
