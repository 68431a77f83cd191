package revocation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"crypto/rand"

	"github.com/rekey-go/rekey/revocation"
)

// states makes statements of a CA about one certificate.
type states struct {
	t   *testing.T
	ca  *x509.Certificate
	key *ecdsa.PrivateKey
	e   revocation.Evidence
}

const stateSerial = 77

func newStates(t *testing.T, urls ...string) *states {
	t.Helper()
	cas, key := newCA(t, "States")
	template := &x509.Certificate{SerialNumber: big.NewInt(stateSerial), NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0)}
	for _, u := range urls {
		if strings.HasSuffix(u, "ocsp") {
			template.OCSPServer = append(template.OCSPServer, u)
		} else {
			template.CRLDistributionPoints = append(template.CRLDistributionPoints, u)
		}
	}
	_, device := newCA(t)
	der, err := x509.CreateCertificate(rand.Reader, template, cas[0], device.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	e, err := revocation.NewEvidence(revocation.Evidence{Device: revocation.Device{URL: "https://mfp.example"}, Key: "K", Certificate: &revocation.CertificateRecord{DER: der}})
	if err != nil {
		t.Fatal(err)
	}
	return &states{t, cas[0], key, e}
}

func (s *states) verifier() *revocation.Verifier {
	return &revocation.Verifier{Issuers: []*x509.Certificate{s.ca}}
}

// list is a CRL from "age" ago; reason < 0: the certificate is not on it.
func (s *states) list(number int64, age, valid time.Duration, reason int, at time.Time) []byte {
	l := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: time.Now().Add(-age), NextUpdate: time.Now().Add(valid)}
	if reason >= 0 {
		l.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(stateSerial), RevocationTime: at, ReasonCode: reason}}
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, s.ca, s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	return der
}

// response is an OCSP response from "age" ago.
func (s *states) response(status, reason int, age, valid time.Duration, at time.Time) []byte {
	der, err := ocsp.CreateResponse(s.ca, s.ca, ocsp.Response{Status: status, SerialNumber: big.NewInt(stateSerial), ThisUpdate: time.Now().Add(-age), NextUpdate: time.Now().Add(valid),
		RevokedAt: at, RevocationReason: reason, IssuerHash: crypto.SHA1}, s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	return der
}

const day24 = 24 * time.Hour

// What is on hold, or will be revoked, is not revoked; what was said years ago
// says nothing, whatever it says of itself.
func TestNotRevokedYet(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for name, tc := range map[string]struct {
		c    revocation.Check
		want revocation.State
		why  string
	}{
		"CRL, revoked":         {s.verifier().CheckCRL(s.e, s.list(1, time.Hour, day24, 1, past)), revocation.StateRevoked, ""},
		"CRL, hold":            {s.verifier().CheckCRL(s.e, s.list(1, time.Hour, day24, 6, past)), revocation.StateUnknown, "on hold"},
		"CRL, in an hour":      {s.verifier().CheckCRL(s.e, s.list(1, time.Hour, day24, 1, future)), revocation.StateUnknown, "not yet"},
		"CRL, three years old": {s.verifier().CheckCRL(s.e, s.list(1, 3*365*day24, 3650*day24, -1, past)), revocation.StateUnknown, "Verifier.Oldest"},
		"CRL, a month old":     {s.verifier().CheckCRL(s.e, s.list(1, 30*day24, 30*day24, -1, past)), revocation.StateGood, ""},
		"OCSP, revoked":        {s.verifier().CheckOCSP(s.e, s.response(ocsp.Revoked, 1, time.Hour, day24, past)), revocation.StateRevoked, ""},
		"OCSP, hold":           {s.verifier().CheckOCSP(s.e, s.response(ocsp.Revoked, 6, time.Hour, day24, past)), revocation.StateUnknown, "on hold"},
		"OCSP, in an hour":     {s.verifier().CheckOCSP(s.e, s.response(ocsp.Revoked, 1, time.Hour, day24, future)), revocation.StateUnknown, "not yet"},
		"OCSP, a year old":     {s.verifier().CheckOCSP(s.e, s.response(ocsp.Good, 0, 365*day24, 3650*day24, past)), revocation.StateUnknown, "Verifier.Oldest"},
	} {
		if tc.c.Answer != tc.want || !strings.Contains(tc.c.Why, tc.why) {
			t.Errorf("%s: %v %q", name, tc.c.Answer, tc.c.Why)
		}
		p := revocation.Progress{Due: past, Asked: past, Status: &revocation.Status{Answer: revocation.StateRevoked, At: time.Now(), Checks: []revocation.Check{tc.c}}}
		p.Status.Checks[0].Answer = revocation.StateRevoked // as earlier versions wrote it
		if unsure := tc.why == "on hold" || tc.why == "not yet"; p.Confirmed() == unsure || p.Pending() != unsure {
			t.Errorf("%s: confirmed: %v, pending: %v", name, p.Confirmed(), p.Pending())
		}
	}
	v := s.verifier()
	v.Oldest = 4 * 365 * day24
	if c := v.CheckCRL(s.e, s.list(1, 3*365*day24, 3650*day24, -1, past)); c.Answer != revocation.StateGood {
		t.Errorf("settable: %+v", c)
	}
}

// Once revoked, always revoked: an answer from before, played back, changes
// nothing, in this run and in every other; and the newer statement counts.
func TestRevokedStaysRevoked(t *testing.T) {
	t.Parallel()
	var answer, list atomic.Pointer[[]byte]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = w.Write(*answer.Load())
			return
		}
		_, _ = w.Write(*list.Load())
	}))
	t.Cleanup(server.Close)
	s := newStates(t, server.URL+"/ocsp", server.URL+"/crl")
	past := time.Now().Add(-time.Hour)
	replayed := s.response(ocsp.Good, 0, 6*day24, day24, past)
	listed, clear := s.list(9, time.Minute, day24, 1, past), s.list(8, 2*time.Hour, day24, -1, past)
	set := func(a, l []byte) { answer.Store(&a); list.Store(&l) }

	// An old answer beside a newer list.
	set(replayed, listed)
	if got, err := s.verifier().Check(t.Context(), s.e); err != nil || got.Answer != revocation.StateRevoked || got.Disagreement == "" {
		t.Errorf("%v, %v", got, err)
	}
	// A newer answer beside an old list.
	set(s.response(ocsp.Revoked, 1, time.Minute, day24, past), clear)
	if got, err := s.verifier().Check(t.Context(), s.e); err != nil || got.Answer != revocation.StateRevoked {
		t.Errorf("%v, %v", got, err)
	}
	// One Verifier remembers.
	v := s.verifier()
	if c := v.CheckOCSP(s.e, s.response(ocsp.Revoked, 1, time.Minute, day24, past)); c.Answer != revocation.StateRevoked {
		t.Fatal(c)
	}
	for _, c := range []revocation.Check{v.CheckOCSP(s.e, replayed), v.CheckCRL(s.e, clear)} {
		if c.Answer != revocation.StateUnknown || !strings.Contains(c.Why, "never taken back") {
			t.Errorf("%+v", c)
		}
	}
	// A store remembers, with the evidence, for every run.
	store := open(t, t.TempDir())
	record := put(t, store, s.e).Record()
	if err := store.SetProgress(t.Context(), record, revocation.Progress{Due: past, Asked: past, Reason: 1}); err != nil {
		t.Fatal(err)
	}
	set(replayed, listed)
	for i := range 3 {
		for r, err := range revocation.VerifyRevocation(t.Context(), store, s.verifier()) {
			if c, ok := r.Progress.Status.Decisive(); err != nil || !r.Progress.Confirmed() || !ok || c.Number != "9" {
				t.Errorf("run %d: %v, %v", i, r.Progress, err)
			}
		}
		set(replayed, clear)
	}
	numbers, err := store.CRLNumbers()
	if err != nil {
		t.Fatal(err)
	}
	v = s.verifier()
	v.Numbers = numbers
	if c := v.CheckOCSP(s.e, replayed); c.Answer != revocation.StateUnknown {
		t.Errorf("another run: %+v", c)
	}
}

// Runs side by side lose no number that one of them has seen, whichever ends
// last.
func TestNumbersAreMerged(t *testing.T) {
	t.Parallel()
	s := newStates(t)
	dir := t.TempDir()
	past := time.Now().Add(-time.Hour)
	old, fresh := s.list(7, 2*time.Hour, day24, -1, past), s.list(8, time.Minute, day24, -1, past)
	verifier := func(store *revocation.Store) *revocation.Verifier {
		n, err := store.CRLNumbers()
		if err != nil {
			t.Error(err)
		}
		v := s.verifier()
		v.Numbers = n
		return v
	}
	first, second := open(t, dir), open(t, dir) // two processes
	a, b := verifier(first), verifier(second)
	if x, y := b.CheckCRL(s.e, old), a.CheckCRL(s.e, fresh); x.Answer != revocation.StateGood || y.Answer != revocation.StateGood {
		t.Fatal(x, y)
	}
	for _, step := range []struct {
		store *revocation.Store
		n     *revocation.CRLNumbers
	}{{first, a.Numbers}, {second, b.Numbers}} {
		if err := step.store.SetCRLNumbers(t.Context(), step.n); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []*revocation.Verifier{verifier(first), b} {
		if c := v.CheckCRL(s.e, old); c.Answer != revocation.StateUnknown || !strings.Contains(c.Why, "older than number 8") {
			t.Errorf("%+v", c)
		}
	}
	// Many at once, each with a list of its own.
	var wg sync.WaitGroup
	for i := range 4 {
		other := newStates(t)
		crl := other.list(int64(100+i), time.Minute, day24, -1, past)
		wg.Go(func() {
			store, err := revocation.OpenStore(dir)
			if err != nil {
				t.Error(err)
				return
			}
			defer store.Close()
			v := other.verifier()
			v.Numbers = new(revocation.CRLNumbers)
			v.CheckCRL(other.e, crl)
			if err := store.SetCRLNumbers(t.Context(), v.Numbers); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n, err := first.CRLNumbers()
	if err != nil {
		t.Fatal(err)
	}
	text, err := n.MarshalJSON()
	for _, want := range []string{`"8"`, `"100"`, `"101"`, `"102"`, `"103"`} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s, %v", want, text, err)
		}
	}
}
