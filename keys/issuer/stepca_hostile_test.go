package issuer_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
)

// What comes back from the network is not trusted to be an answer.
func TestStepCAHostile(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirection was followed, token and all")
	}))
	t.Cleanup(elsewhere.Close)
	foreign := newAuthority(t, "Foreign", ecKey(), nil, nil)
	for _, tc := range []struct {
		name  string
		serve func(f *fakeStepCA, w http.ResponseWriter, r *http.Request)
		want  string
	}{
		{"HTML", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><html><title>Welcome</title>")
		}, "Welcome"},
		{"redirection", func(_ *fakeStepCA, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "not followed"},
		{"huge", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"crt":"`+strings.Repeat("A", 4<<20))
		}, "more than 1048576 bytes"},
		{"no JSON", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") }, "not what was expected"},
		{"empty", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, "no certificate"},
		{"no reason", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "status 500, without saying why"},
		{"plain text", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "down for today", http.StatusServiceUnavailable)
		}, `"down for today"`},
		{"cut off", func(_ *fakeStepCA, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"crt":`)
		}, "unexpected EOF"},
		{"other key", func(f *fakeStepCA, w http.ResponseWriter, _ *http.Request) {
			answer(w, 201, map[string]string{"crt": string(certPEM(foreign.issue(t, ecKey().Public(), "mfp.example", nil))), "ca": string(certPEM(foreign.cert))})
		}, "no certificate in it is for the key"},
		{"slow", func(_ *fakeStepCA, _ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-stop:
			}
			panic(http.ErrAbortHandler) // an answer to who hung up may still arrive
		}, "not done within 500ms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeStepCA(t)
			key := ecKey()
			f.provision("printers", key.Public())
			f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/1.0/sign" {
					return false
				}
				_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when we hang up
				tc.serve(f, w, r)
				return true
			}
			c := caserver.StepCA{URL: f.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key}
			if tc.name == "slow" {
				c.Timeout = 500 * time.Millisecond
			}
			chain, err := newStepCA(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example"))
			if err == nil || chain != nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if tc.name == "other key" && !errors.Is(err, issuer.ErrOtherKey) {
				t.Errorf("%v is not ErrOtherKey", err)
			}
			if tc.name == "slow" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is not DeadlineExceeded", err)
			}
		})
	}
}

// Somebody in between gives another root: the fingerprint tells.
func TestStepCAOtherRoot(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	key := ecKey()
	f.provision("printers", key.Public())
	foreign := newAuthority(t, "Step Root", ecKey(), nil, nil)
	f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/root/") {
			answer(w, 200, map[string]string{"ca": string(certPEM(foreign.cert))})
		}
		return strings.HasPrefix(r.URL.Path, "/root/")
	}
	s := newStepCA(t, caserver.StepCA{URL: f.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key})
	if _, err := s.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || !strings.Contains(err.Error(), "not your CA") {
		t.Errorf("got %v", err)
	}
	f.Close()
	// And a server that gives the right root but is not certified by it.
	f = newFakeStepCA(t)
	f.provision("printers", key.Public())
	impostor := httptest.NewUnstartedServer(f.Config.Handler)
	impostor.TLS = &tls.Config{Certificates: foreign.serverTLS(t).Certificates}
	impostor.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	impostor.StartTLS()
	t.Cleanup(impostor.Close)
	s = newStepCA(t, caserver.StepCA{URL: impostor.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key})
	if _, err := s.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("got %v", err)
	}
	if f.hits["/1.0/sign"] != 0 {
		t.Error("the impostor was given a token")
	}
}
