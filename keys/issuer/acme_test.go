package issuer_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
)

// solver makes answers public at the fake server, and takes them back.
func (f *fakeACME) solver() caserver.ACMESolver {
	return caserver.ACMESolver{
		Present: func(_ context.Context, c caserver.ACMEChallenge) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.public[c.Where] = c.Value
			return nil
		},
		CleanUp: func(ctx context.Context, c caserver.ACMEChallenge) {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.public, c.Where)
			f.cleaned = append(f.cleaned, fmt.Sprint(c.Type, " ", c.Name, " ", ctx.Err()))
		},
	}
}

func (f *fakeACME) config(key crypto.Signer) caserver.ACME {
	return caserver.ACME{DirectoryURL: f.URL + "/dir", Key: key, Roots: pool(f.root.cert), HTTP01: f.solver(), DNS01: f.solver()}
}

func newACME(t *testing.T, c caserver.ACME) *issuer.ACME {
	t.Helper()
	a, err := issuer.NewACME(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestACMEIssues(t *testing.T) {
	t.Parallel()
	dns01, http01 := "dns-01", "http-01"
	for _, tc := range []struct {
		name   string
		key    crypto.Signer
		cn     string
		names  []string
		change func(*fakeACME, *caserver.ACME)
		want   string // challenges cleaned up
	}{
		{"common name", ecKey(), "mfp.example", nil, nil, dns01 + " mfp.example"},
		{"RSA account", rsaKey(), "MFP.example", []string{"mfp.example"}, nil, dns01 + " mfp.example"},
		{"upper case", ecKey(), "MFP.example", nil, nil, dns01 + " mfp.example"},
		{"http-01 alone", ecKey(), "mfp.example", nil, func(_ *fakeACME, c *caserver.ACME) { c.DNS01 = caserver.ACMESolver{} }, http01 + " mfp.example"},
		{"http-01 offered", ecKey(), "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.challenges = []string{"http-01"} }, http01 + " mfp.example"},
		{"names", ecKey(), "mfp.example", []string{"a.example", "192.0.2.7"}, nil, dns01 + " a.example, " + dns01 + " mfp.example, " + http01 + " 192.0.2.7"},
		{"IPv6", ecKey(), "2001:db8::7", nil, nil, http01 + " 2001:db8::7"},
		{"for people", ecKey(), "Canon MFP", []string{"a.example"}, nil, dns01 + " a.example"},
		{"wildcard", ecKey(), "*.mfp.example", nil, nil, dns01 + " mfp.example"},
		{"slow CA", ecKey(), "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) { f.processing = true }, dns01 + " mfp.example"},
		{"root first", ecKey(), "mfp.example", nil, func(f *fakeACME, _ *caserver.ACME) {
			f.chainOrder = func(leaf *x509.Certificate) []*x509.Certificate {
				return []*x509.Certificate{f.root.cert, f.ca.cert, leaf}
			}
		}, dns01 + " mfp.example"},
		{"terms", ecKey(), "mfp.example", nil, func(f *fakeACME, c *caserver.ACME) {
			f.terms, c.AgreeTerms = "https://ca.example/terms", true
		}, dns01 + " mfp.example"},
		{"external account", ecKey(), "mfp.example", nil, func(f *fakeACME, c *caserver.ACME) {
			f.eab = map[string][]byte{"kid-1": []byte("mac key")}
			c.ExternalAccount = &caserver.ACMEExternalAccount{KeyID: "kid-1", Key: []byte("mac key")}
		}, dns01 + " mfp.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeACME(t)
			c := f.config(tc.key)
			c.Contact = []string{"mailto:pki@ca.example"}
			if tc.change != nil {
				tc.change(f, &c)
			}
			a := newACME(t, c)
			info, err := a.Check(t.Context())
			if err != nil || len(f.accounts) != 0 || len(f.orders) != 0 || !strings.Contains(fmt.Sprint(info.Notes), "will be registered") {
				t.Fatalf("check: %+v, %v", info, err)
			}
			for range 2 {
				chain, err := a.Issue(t.Context(), newCSR(t, ecKey(), tc.cn, tc.names...))
				if err != nil {
					t.Fatal(err)
				}
				if len(chain) < 2 || !chain[1].Equal(f.ca.cert) || chain[0].IsCA {
					t.Errorf("chain of %d", len(chain))
				}
				slices.Sort(f.cleaned)
				var want []string
				for s := range strings.SplitSeq(tc.want, ", ") {
					want = append(want, s+" <nil>")
				}
				slices.Sort(want)
				if !slices.Equal(f.cleaned, want) || len(f.public) != 0 {
					t.Errorf("cleaned up %q, want %q; left %v", f.cleaned, want, f.public)
				}
				f.cleaned = nil
			}
			if len(f.accounts) != 1 || fmt.Sprint(f.contacts) != "[mailto:pki@ca.example]" {
				t.Errorf("accounts %v, contacts %v", f.accounts, f.contacts)
			}
			// One look by Check, one look and the registration by the first Issue.
			if n := f.hits["/account"]; n != 3 {
				t.Errorf("asked for the account %d times", n)
			}
			if info, err := a.Check(t.Context()); err != nil || strings.Contains(fmt.Sprint(info.Notes), "registered") {
				t.Errorf("check with an account: %+v, %v", info, err)
			}
		})
	}
}

// Requests that cannot become certificates do not reach the CA.
func TestACMESendsNoBadRequest(t *testing.T) {
	t.Parallel()
	f := newFakeACME(t)
	a := newACME(t, f.config(ecKey()))
	der := must(x509.CreateCertificateRequest(nil, &x509.CertificateRequest{
		DNSNames: []string{"mfp.example"}, URIs: []*url.URL{{Scheme: "sip", Opaque: "mfp@sip.example"}}}, ecKey()))
	for want, csr := range map[string]*x509.CertificateRequest{
		"sip:mfp@sip.example": must(x509.ParseCertificateRequest(der)),
		"own key":             tampered(t, newCSR(t, ecKey(), "mfp.example")),
		"is neither":          newCSR(t, ecKey(), "mfp.example", "bad name"),
	} {
		if _, err := a.Issue(t.Context(), csr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if len(f.hits) != 0 {
		t.Errorf("the CA was asked: %v", f.hits)
	}
}

// Whatever ends it, the answers to challenges are taken back, in time of their
// own.
func TestACMECancelled(t *testing.T) {
	t.Parallel()
	f := newFakeACME(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := f.config(ecKey())
	c.DNS01.Present = func(context.Context, caserver.ACMEChallenge) error { cancel(); return nil }
	if _, err := newACME(t, c).Issue(ctx, newCSR(t, ecKey(), "mfp.example")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if fmt.Sprint(f.cleaned) != "[dns-01 mfp.example <nil>]" {
		t.Errorf("cleaned up %q", f.cleaned)
	}
	f.cleaned = nil
	c = f.config(ecKey())
	c.Timeout = 300 * time.Millisecond
	c.DNS01.Present = func(ctx context.Context, _ caserver.ACMEChallenge) error { <-ctx.Done(); return ctx.Err() }
	_, err := newACME(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example"))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not done within 300ms") {
		t.Errorf("got %v", err)
	}
	if fmt.Sprint(f.cleaned) != "[dns-01 mfp.example <nil>]" {
		t.Errorf("cleaned up %q", f.cleaned)
	}
}

// However a server says when to look again, it is looked again, and not all the
// time.
func TestACMELooksAgain(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"-5", "0", "", "Sat, 01 Jan 2050 00:00:00 GMT"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			f := newFakeACME(t)
			f.processing = true
			f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Retry-After", after)
				if r.URL.Path != "/order/0" || f.orders[0].status != "processing" {
					return false
				}
				answer(w, 200, f.view(0))
				return true
			}
			c := f.config(ecKey())
			c.Timeout = 2500 * time.Millisecond
			if _, err := newACME(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if n := f.hits["/order/0"]; n < 3 || n > 5 {
				t.Errorf("looked %d times in %v", n, c.Timeout)
			}
		})
	}
}

func TestACMEConcurrent(t *testing.T) {
	t.Parallel()
	f := newFakeACME(t)
	a := newACME(t, f.config(ecKey()))
	var wg sync.WaitGroup
	for i := range 8 {
		csr := newCSR(t, ecKey(), fmt.Sprintf("mfp%d.example", i))
		wg.Go(func() {
			chain, err := a.Issue(t.Context(), csr)
			if err != nil || chain[0].VerifyHostname(csr.Subject.CommonName) != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(f.accounts) != 1 || len(f.orders) != 8 {
		t.Errorf("%d accounts, %d orders", len(f.accounts), len(f.orders))
	}
}

func TestNewACMERefuses(t *testing.T) {
	t.Parallel()
	s := caserver.ACMESolver{Present: func(context.Context, caserver.ACMEChallenge) error { return nil }}
	for name, c := range map[string]caserver.ACME{
		"http":      {DirectoryURL: "http://ca.example/dir", Key: ecKey(), DNS01: s},
		"none":      {Key: ecKey(), DNS01: s},
		"no key":    {DirectoryURL: "https://ca.example/dir", DNS01: s},
		"Ed25519":   {DirectoryURL: "https://ca.example/dir", Key: edKey(), DNS01: s},
		"no solver": {DirectoryURL: "https://ca.example/dir", Key: ecKey()},
		"negative":  {DirectoryURL: "https://ca.example/dir", Key: ecKey(), DNS01: s, Timeout: -1},
	} {
		if _, err := issuer.NewACME(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestACMEHidesSecrets(t *testing.T) {
	t.Parallel()
	f := newFakeACME(t)
	c := f.config(rsaKey())
	c.ExternalAccount = &caserver.ACMEExternalAccount{KeyID: "kid-1", Key: []byte("SECRETMAC")}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "config", c, "account", c.ExternalAccount)
	e := *c.ExternalAccount
	all := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %x %s %s", c, c, c, newACME(t, c), e, e, &e, e, must(json.Marshal(e)), log.String())
	for _, secret := range []string{"SECRETMAC", "U0VDUkVU", fmt.Sprintf("%x", "SECRETMAC"), "83 69 67", "Precomputed"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in %s", secret, all)
		}
	}
	if !strings.Contains(all, "kid-1") || !strings.Contains(all, "/dir") {
		t.Error(all)
	}
}
