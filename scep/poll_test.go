package scep_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

// within runs a test with a false clock against a server without network.
func within(t *testing.T, cfg testca.SCEP, o scep.ClientOptions, test func(t *testing.T, server *testca.Server, c *scep.Client)) {
	ca := plainCA()
	csrKeys() // made before the clock stops
	server, err := ca.Server(cfg)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		o.HTTP = &http.Client{Transport: handler{server}}
		// The false clock stands at the year 2000, before the CA began.
		time.Sleep(time.Until(ca.Root().NotBefore.Add(2 * time.Hour)))
		test(t, server, client(t, "http://ca.example/scep", ca, o))
	})
}

func csrKeys() { rsaKey(); ecdsaKey() }

// What is not issued in time is pending, and a later call goes on from there.
func TestPollDeadline(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		cfg   testca.SCEP
		o     scep.ClientOptions
		takes time.Duration
		kinds []string // of the first call
		later []string // of the second
	}{
		{"default", testca.SCEP{Pending: 11}, scep.ClientOptions{PollInterval: 30 * time.Second}, 5 * time.Minute,
			slices.Concat([]string{"19"}, slices.Repeat([]string{"20"}, 10)), []string{"20"}},
		{"interval longer than the time", testca.SCEP{Pending: 2}, scep.ClientOptions{PollInterval: time.Hour, PollFor: time.Minute}, time.Minute,
			[]string{"19", "20"}, []string{"20"}},
		{"not at all", testca.SCEP{Pending: 1}, scep.ClientOptions{PollFor: -1}, 0, []string{"19"}, []string{"20"}},
		{"no CertPoll", testca.SCEP{Pending: 2, NoCertPoll: true}, scep.ClientOptions{PollInterval: time.Hour, PollFor: time.Hour}, time.Hour,
			[]string{"19", "20", "19"}, []string{"20", "19"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			within(t, tc.cfg, tc.o, func(t *testing.T, server *testca.Server, c *scep.Client) {
				began := time.Now()
				csr := request(t, rsaKey(), "")
				_, err := c.Issue(t.Context(), csr)
				e, ok := errors.AsType[*scep.PendingError](err)
				if !ok || !errors.Is(err, keys.ErrPending) || e.Transaction != server.Requests()[2].TransactionID || e.Last != nil {
					t.Fatalf("%+v", err)
				}
				if took := time.Since(began); took != tc.takes {
					t.Errorf("took %v, want %v", took, tc.takes)
				}
				first := kinds(server)
				if !slices.Equal(first, tc.kinds) {
					t.Errorf("messages %q, want %q", first, tc.kinds)
				}
				chain, err := c.Issue(t.Context(), csr)
				if err != nil {
					t.Fatal(err)
				}
				checkChain(t, plainCA(), csr, chain)
				if later := kinds(server)[len(first):]; !slices.Equal(later, tc.later) {
					t.Errorf("later %q, want %q", later, tc.later)
				}
			})
		})
	}
}

// A server that breaks off on CertPoll is asked by PKCSReq from the second
// time on; a hiccup of the network must not end a wait of hours.
func TestPollClosed(t *testing.T) {
	t.Parallel()
	cfg := testca.SCEP{Pending: 2, NoCertPoll: true, Faults: []testca.Fault{testca.FaultPollClosed}}
	server, c := serve(t, plainCA(), cfg, scep.ClientOptions{})
	csr := request(t, rsaKey(), "")
	chain, err := c.Issue(bounded(t), csr)
	if err != nil {
		t.Fatal(err)
	}
	checkChain(t, plainCA(), csr, chain)
	if got, want := kinds(server), []string{"19", "20", "20", "19", "19"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Another process, days later: the one-time password is used up, so the request
// is refused, but the certificate is there.
func TestPollLaterProcess(t *testing.T) {
	t.Parallel()
	for _, pending := range []int{1, 2} {
		server, c := serve(t, plainCA(), testca.SCEP{Pending: pending, RefuseRepeated: true, OneTime: []string{"once"}}, scep.ClientOptions{PollFor: -1})
		csr := request(t, rsaKey(), "once")
		if _, err := c.Issue(t.Context(), csr); !errors.Is(err, keys.ErrPending) {
			t.Fatal(err)
		}
		c = client(t, c.URL(), plainCA(), scep.ClientOptions{})
		chain, err := c.Issue(bounded(t), csr)
		if err != nil {
			t.Fatal(err)
		}
		checkChain(t, plainCA(), csr, chain)
		want := []string{"19", "19", "20", "20"}[:2+pending]
		if got := kinds(server); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Refused while it was waited for: final, and the next call asks afresh.
func TestPollRefused(t *testing.T) {
	t.Parallel()
	server, c := serve(t, plainCA(), testca.SCEP{Pending: 1, RefusePoll: true, FailText: "not ours"}, scep.ClientOptions{})
	for range 2 {
		_, err := c.Issue(t.Context(), request(t, rsaKey(), ""))
		if e, ok := errors.AsType[*scep.FailureError](err); !ok || e.Text != "not ours" || errors.Is(err, keys.ErrPending) {
			t.Fatalf("%v", err)
		}
	}
	if got, want := kinds(server)[:3], []string{"19", "20", "19"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Cancelled while it waits: at once, and still said to be pending.
func TestPollCancelled(t *testing.T) {
	t.Parallel()
	within(t, testca.SCEP{Pending: 100}, scep.ClientOptions{PollInterval: time.Hour, PollFor: 24 * time.Hour},
		func(t *testing.T, server *testca.Server, c *scep.Client) {
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
			defer cancel()
			began := time.Now()
			_, err := c.Issue(ctx, request(t, rsaKey(), ""))
			if !errors.Is(err, keys.ErrPending) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "run again") {
				t.Errorf("%v", err)
			}
			if took := time.Since(began); took != 90*time.Minute {
				t.Errorf("took %v", took)
			}
		})
}
