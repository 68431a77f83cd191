package revocation_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// One certificate costs so many requests, redirects included, and so much time,
// however many addresses it names and however slow these are.
func TestCostOfACertificate(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		switch {
		case strings.HasPrefix(r.URL.Path, "/slow"):
			<-r.Context().Done()
		case strings.HasPrefix(r.URL.Path, "/round"):
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	var urls []string
	for i := range 8 {
		urls = append(urls, fmt.Sprintf("%s/round/%d", server.URL, i))
	}
	s := newStates(t, urls...)
	for _, most := range []int{0, 1, 7} {
		hits.Store(0)
		v := s.verifier()
		v.MaxRequests = most
		got, err := v.Check(t.Context(), s.e)
		want := int32(most)
		if most == 0 {
			want = 20
		}
		if err != nil || hits.Load() != want || !strings.Contains(got.String(), "Verifier.MaxRequests") {
			t.Errorf("at most %d: %d requests, %v, %v", most, hits.Load(), err, got)
		}
	}
	urls = nil
	for i := range 8 {
		urls = append(urls, fmt.Sprintf("%s/slow/%d", server.URL, i))
	}
	s = newStates(t, urls...)
	v := s.verifier()
	v.MaxTime = 50 * time.Millisecond
	got, err := v.Check(t.Context(), s.e)
	if err != nil || got.Answer != revocation.StateUnknown || !strings.Contains(got.String(), "Verifier.MaxTime") {
		t.Errorf("%v, %v", got, err)
	}
	// Await ends in the middle of its first round, too; a request alone may take longer.
	v = s.verifier()
	v.Timeout, v.RequestTimeout = 50*time.Millisecond, time.Hour
	v.MaxTime = time.Hour
	if got, err := v.Await(t.Context(), s.e); err != nil || got.Answer != revocation.StateUnknown {
		t.Errorf("%v, %v", got, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := v.Await(ctx, s.e); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

// A certificate that is not proved to be the CA's chooses no address at all, and
// one that is chooses none that is not public, if that is wanted.
func TestAddressesOfCertificates(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits.Add(1) }))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		urls = append(urls, "http://"+net.JoinHostPort(strings.Trim(host, "[]"), u.Port())+"/crl")
	}
	s, other := newStates(t, append(urls, server.URL+"/ocsp")...), newStates(t)
	v := s.verifier()
	v.Issuers = other.verifier().Issuers // of the same name
	if got, err := v.Check(t.Context(), s.e); err != nil || hits.Load() != 0 || len(got.Checks) != 0 {
		t.Errorf("%d requests, %v, %v", hits.Load(), err, got)
	}
	for _, transport := range []http.RoundTripper{nil, &http.Transport{}} {
		v = s.verifier()
		v.PublicOnly = true
		if transport != nil {
			v.HTTP = &http.Client{Transport: transport}
		}
		got, err := v.Check(t.Context(), s.e)
		if err != nil || hits.Load() != 0 || strings.Count(got.String(), "Verifier.PublicOnly") != len(urls)+1 {
			t.Errorf("%d requests, %v, %v", hits.Load(), err, got)
		}
		v = s.verifier()
		v.PublicOnly, v.CRLURLs = true, []string{server.URL + "/given"}
		if _, err := v.Check(t.Context(), s.e); err != nil || hits.Load() != 1 {
			t.Errorf("%d requests, %v", hits.Load(), err)
		}
		hits.Store(0)
	}
	v = s.verifier()
	if _, err := v.Check(t.Context(), s.e); err != nil || hits.Load() == 0 {
		t.Errorf("%d requests, %v", hits.Load(), err)
	}
}
