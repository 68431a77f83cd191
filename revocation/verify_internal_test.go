package revocation

import (
	"net/http"
	"testing"
	"time"
)

// Own clients use no proxy, whatever the environment says, and the caller's
// keeps what it has but for what would be carried along.
func TestClients(t *testing.T) {
	t.Parallel()
	if own := (&Verifier{}).newClient().Transport.(*http.Transport); own.Proxy != nil || !own.DisableCompression {
		t.Error("own client")
	}
	given := &http.Client{Transport: http.DefaultTransport, Timeout: time.Second}
	c := (&Verifier{HTTP: given}).newClient()
	if c == given || c.Transport != given.Transport || c.Timeout != given.Timeout || c.CheckRedirect == nil || given.CheckRedirect != nil {
		t.Error("the caller's client")
	}
}

// How long Await waits, and in which steps, follows from what is published.
func TestAwaitTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	status := func(next ...time.Duration) Status {
		s := Status{At: at}
		for _, n := range next {
			s.Checks = append(s.Checks, Check{Source: CRL, Answer: StateGood, NextUpdate: at.Add(n)})
		}
		s.Checks = append(s.Checks, Check{Source: CRL, Answer: StateUnknown, NextUpdate: at.Add(1000 * time.Hour)})
		return s
	}
	for _, tc := range []struct {
		v    *Verifier
		s    Status
		want time.Duration
	}{
		{&Verifier{}, status(), time.Hour},
		{&Verifier{}, status(time.Hour, 24*time.Hour), 24*time.Hour + 7*time.Minute},
		{&Verifier{Skew: -1}, status(time.Hour), time.Hour + 2*time.Minute},
		{&Verifier{Interval: time.Hour}, status(time.Hour), 3*time.Hour + 5*time.Minute},
		{&Verifier{}, status(-time.Minute), 7 * time.Minute},
		{&Verifier{}, status(10 * 365 * 24 * time.Hour), 8 * 24 * time.Hour},
		{&Verifier{Timeout: time.Second}, status(time.Hour), time.Second},
	} {
		if got := tc.v.timeout(tc.s); got != tc.want {
			t.Errorf("%v, want %v", got, tc.want)
		}
	}
	v, sum := &Verifier{}, time.Duration(0)
	for p, n := v.firstPause(), 0; n < 8; p, n = v.nextPause(p), n+1 {
		sum += p
	}
	if sum != 183*time.Second { // 1+2+4+8+16+32+60+60
		t.Error(sum)
	}
}
