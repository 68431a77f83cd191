package issuer_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/caserver"
)

func TestACMERefuses(t *testing.T) {
	t.Parallel()
	failed := errors.New("the DNS is read-only")
	for _, tc := range []struct {
		name    string
		cn      string
		names   []string
		change  func(*fakeACME, *caserver.ACME)
		want    string
		orders  int // that reached the server
		cleaned int
	}{
		{"nothing to certify", "Canon MFP", nil, nil, `"Canon MFP" is neither a host name`, 0, 0},
		{"IP without http-01", "192.0.2.7", nil, func(_ *fakeACME, c *caserver.ACME) { c.HTTP01.Present = nil }, "192.0.2.7 needs http-01", 0, 0},
		{"wildcard without dns-01", "*.example", nil, func(_ *fakeACME, c *caserver.ACME) { c.DNS01.Present = nil }, "needs dns-01", 0, 0},
		{"CA without IP", "192.0.2.7", nil, func(f *fakeACME, _ *caserver.ACME) { f.noIP = true }, "many CAs do not certify", 0, 0},
		{"policy", "mfp.invalid", nil, nil, "rejectedIdentifier: policy forbids mfp.invalid", 0, 0},
		{"terms", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.terms = "https://ca.example/terms" }, `consent to the terms of service at "https://ca.example/terms"`, 0, 0},
		{"external account missing", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.eab = map[string][]byte{} }, "external account binding", 0, 0},
		{"external account wrong", "mfp.example", nil, func(f *fakeACME, c *caserver.ACME) {
			f.eab = map[string][]byte{"kid-1": []byte("mac key")}
			c.ExternalAccount = &caserver.ACMEExternalAccount{KeyID: "kid-1", Key: []byte("SECRETMAC")}
		}, "externalAccountRequired", 0, 0},
		{"account closed", "mfp.example", nil, func(f *fakeACME, c *caserver.ACME) {
			a := newACME(t, *c)
			if _, err := a.Issue(t.Context(), newCSR(t, ecKey(), "first.example")); err != nil {
				t.Error(err)
			}
			f.accountGone, f.cleaned = true, nil
		}, `not valid any more but "deactivated"`, 1, 0},
		{"nothing we can answer", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.challenges = []string{"tls-alpn-01", "device-attest-01"} },
			`takes only "tls-alpn-01, device-attest-01"`, 1, 0},
		{"presenting fails", "mfp.example", nil, func(_ *fakeACME, c *caserver.ACME) {
			c.DNS01.Present = func(context.Context, caserver.ACMEChallenge) error { return failed }
		}, failed.Error(), 1, 1},
		{"presented in vain", "mfp.example", nil, func(_ *fakeACME, c *caserver.ACME) {
			c.DNS01.Present = func(context.Context, caserver.ACMEChallenge) error { return nil }
		}, "would not accept the proof for mfp.example: HTTP status 403, \"unauthorized: nothing to be seen", 1, 1},
		{"other name", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.otherName = "bank.example" }, `proof for "bank.example", which the request does not name`, 1, 0},
		{"the same name twice", "mfp.example", []string{"mfp.example", "b.example"}, func(f *fakeACME, _ *caserver.ACME) { f.otherName = "mfp.example" }, `"mfp.example", which the request does not name, or wants it twice`, 1, 1},
		{"token with a path", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.badToken = "../../index.html" }, "malformed", 1, 0},
		{"other key", "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) {
			f.chainOrder = func(*x509.Certificate) []*x509.Certificate { return []*x509.Certificate{f.ca.cert, f.root.cert} }
		}, "no certificate in it is for the key", 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeACME(t)
			c := f.config(ecKey())
			if tc.change != nil {
				tc.change(f, &c)
			}
			chain, err := newACME(t, c).Issue(t.Context(), newCSR(t, ecKey(), tc.cn, tc.names...))
			if err == nil || chain != nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if len(f.orders) != tc.orders || len(f.cleaned) != tc.cleaned {
				t.Errorf("%d orders, want %d; cleaned up %q", len(f.orders), tc.orders, f.cleaned)
			}
		})
	}
}

func TestACMEHostile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, path string
		serve      func(f *fakeACME, w http.ResponseWriter, r *http.Request)
		want       string
	}{
		{"HTML", "/dir", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><html><title>Welcome</title>")
		}, "is this the address of an ACME directory?"},
		{"not found", "/dir", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			fmt.Fprint(w, "<!DOCTYPE html><html><title>Lost</title>"+strings.Repeat("x", 100000))
		}, "Lost"},
		{"redirection", "/dir", func(_ *fakeACME, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/dir", http.StatusFound)
		}, "not followed"},
		{"plain http", "/dir", func(f *fakeACME, w http.ResponseWriter, _ *http.Request) {
			plain := strings.Replace(f.URL, "https:", "http:", 1)
			answer(w, 200, map[string]string{"newNonce": plain + "/nonce", "newAccount": plain + "/account", "newOrder": plain + "/order"})
		}, "not https"},
		{"huge", "/dir", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"newNonce":"`+strings.Repeat("A", 4<<20)+`"}`)
		}, "more than 1048576 bytes"},
		{"long refusal", "/order", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			problem(w, 403, "unauthorized", strings.Repeat("no ", 100000)+"\x1b[31m")
		}, "no no no"},
		{"always failing", "/order", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "Sat, 01 Jan 2050 00:00:00 GMT")
			problem(w, 503, "serverInternal", "down")
		}, "serverInternal: down"},
		{"no address", "/order", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			answer(w, 201, map[string]any{"status": "pending", "authorizations": []string{"https://x.example"}})
		}, "has no address"},
		{"more proofs than names", "/order", func(f *fakeACME, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", f.URL+"/order/0")
			answer(w, 201, map[string]any{"status": "pending", "authorizations": slices.Repeat([]string{f.URL + "/authz/0/0"}, 8000)})
		}, "8000 proofs for 1 names"},
		{"account nowhere", "/account", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			answer(w, 200, map[string]string{"status": "valid"})
		}, "does not say where the account is"},
		{"no certificate", "/cert/0", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") }, "empty"},
		{"broken certificate", "/cert/0", func(_ *fakeACME, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
		}, "certificate 1 of its answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeACME(t)
			f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == tc.path {
					tc.serve(f, w, r)
				}
				return r.URL.Path == tc.path
			}
			chain, err := newACME(t, f.config(ecKey())).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example"))
			if err == nil || chain != nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if len(err.Error()) > 700 || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if n := f.hits[tc.path]; n > 5 {
				t.Errorf("asked %d times", n)
			}
			if len(f.public) != 0 {
				t.Errorf("left %v", f.public)
			}
		})
	}
}
