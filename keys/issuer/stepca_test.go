package issuer_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
)

func newStepCA(t *testing.T, c caserver.StepCA) *issuer.StepCA {
	t.Helper()
	s, err := issuer.NewStepCA(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStepCAIssues(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		key  crypto.Signer
	}{
		{"ES256", ecKey()},
		{"ES384", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))},
		{"ES512", must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))},
		{"EdDSA", edKey()},
		{"RS256", rsaKey()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeStepCA(t)
			kid := f.provision("printers", tc.key.Public())
			s := newStepCA(t, caserver.StepCA{URL: f.URL + "/", Fingerprint: strings.ToUpper(f.fingerprint()), Provisioner: "printers", Key: tc.key})
			info, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(info.CAs) != 1 || !info.CAs[0].Equal(f.root.cert) || info.Names == "" || !strings.Contains(info.Name, "printers") {
				t.Errorf("%+v", info)
			}
			csr := newCSR(t, otherRSA(), "192.0.2.7")
			chain, err := s.Issue(t.Context(), csr)
			if err != nil {
				t.Fatal(err)
			}
			if len(chain) != 2 || !chain[1].Equal(f.ca.cert) {
				t.Fatalf("chain of %d", len(chain))
			}
			if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: "192.0.2.7", Roots: pool(f.root.cert), Intermediates: pool(chain[1])}); err != nil {
				t.Error(err)
			}
			if f.last.Root != f.fingerprint() || kid == "" {
				t.Errorf("token %+v", f.last)
			}
			if f.hits["/root/"+f.fingerprint()] != 1 {
				t.Errorf("the root was fetched %d times", f.hits["/root/"+f.fingerprint()])
			}
		})
	}
}

func TestStepCANames(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	key := ecKey()
	f.provision("printers", key.Public())
	for _, tc := range []struct {
		name  string
		cn    string
		names []string
		extra []string
		want  string
	}{
		{"common name", "mfp.example", nil, nil, "mfp.example [mfp.example] []"},
		{"address", "192.0.2.7", nil, nil, "192.0.2.7 [] [192.0.2.7]"},
		{"for people", "Canon", nil, nil, "Canon [Canon] []"},
		{"asked for", "mfp.example", []string{"mfp.example", "192.0.2.7"}, nil, "mfp.example [mfp.example] [192.0.2.7]"},
		{"without common name", "", []string{"a.example"}, nil, "a.example [a.example] []"},
		{"added address", "mfp.example", []string{"mfp.example"}, []string{"192.0.2.7"}, "mfp.example [mfp.example] [192.0.2.7]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newStepCA(t, caserver.StepCA{URL: f.URL, Roots: pool(f.root.cert), Provisioner: "printers", Key: key,
				ExtraNames: func(*x509.CertificateRequest) []string { return tc.extra }})
			chain, err := s.Issue(ordered(t, tc.cn, tc.names...), newCSR(t, ecKey(), tc.cn, tc.names...))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(chain[0].Subject.CommonName, " ", chain[0].DNSNames, chain[0].IPAddresses); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// Requests that cannot become certificates do not reach the CA.
func TestStepCASendsNoBadRequest(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	key := ecKey()
	f.provision("printers", key.Public())
	s := newStepCA(t, caserver.StepCA{URL: f.URL, Roots: pool(f.root.cert), Provisioner: "printers", Key: key})
	if _, err := s.Issue(t.Context(), newCSR(t, ecKey(), "")); err == nil || !strings.Contains(err.Error(), "without an order") {
		t.Errorf("a request without any name: %v", err)
	}
	if _, err := s.Issue(t.Context(), tampered(t, newCSR(t, ecKey(), "mfp.example"))); err == nil || !strings.Contains(err.Error(), "own key") {
		t.Errorf("a tampered request: %v", err)
	}
	if len(f.hits) != 0 {
		t.Errorf("the CA was asked: %v", f.hits)
	}
	if _, err := s.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err != nil || f.hits["/1.0/sign"] != 1 {
		t.Errorf("the good one: %v, %v", err, f.hits)
	}
}

func TestStepCAToken(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	var asked caserver.TokenRequest
	c := caserver.StepCA{URL: f.URL, Roots: pool(f.root.cert), Token: func(_ context.Context, want caserver.TokenRequest) (string, error) {
		asked = want
		return " some.secret.token\n", nil
	}}
	f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/1.0/sign" {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		var ask map[string]string
		_ = json.Unmarshal(body, &ask)
		refuse(w, 401, "no such\x1b[31m token: %s", ask["ott"])
		return true
	}
	_, err := newStepCA(t, c).Issue(ordered(t, "mfp.example", "192.0.2.7"), newCSR(t, ecKey(), "mfp.example", "192.0.2.7"))
	refused, ok := errors.AsType[*caserver.ServerError](err)
	if !ok || refused.Status != 401 || !strings.Contains(refused.Message, "token: [redacted]") || strings.ContainsAny(err.Error(), "\x1b") {
		t.Errorf("got %v", err)
	}
	if fmt.Sprint(asked) != fmt.Sprintf("{mfp.example [192.0.2.7] %s/1.0/sign}", f.URL) {
		t.Errorf("asked for %v", asked)
	}
	named := c
	named.KnownAs = "https://ca.internal/pki"
	if _, err := newStepCA(t, named).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || asked.Audience != "https://ca.internal/pki/1.0/sign" {
		t.Errorf("asked for %v, %v", asked, err)
	}
	if info, err := newStepCA(t, c).Check(t.Context()); err != nil || !info.CAs[0].Equal(f.root.cert) {
		t.Errorf("check: %v, %v", info, err)
	}
	failed := errors.New("no card in the reader")
	for want, token := range map[string]func(context.Context, caserver.TokenRequest) (string, error){
		failed.Error():   func(context.Context, caserver.TokenRequest) (string, error) { return "", failed },
		"token is empty": func(context.Context, caserver.TokenRequest) (string, error) { return "\n", nil },
	} {
		c.Token = token
		if _, err := newStepCA(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestStepCAValidity(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	f.max = 400 * 24 * time.Hour
	key := ecKey()
	f.provision("printers", key.Public())
	c := caserver.StepCA{URL: f.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key, Validity: 365 * 24 * time.Hour}
	chain, err := newStepCA(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example"))
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(chain[0].NotAfter); d < 364*24*time.Hour || d > 366*24*time.Hour {
		t.Errorf("lasts %v", d)
	}
	c.Validity *= 2
	if _, err := newStepCA(t, c).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || !strings.Contains(err.Error(), "authorized maximum") {
		t.Errorf("too long: %v", err)
	}
}

func TestStepCAConcurrent(t *testing.T) {
	t.Parallel()
	f := newFakeStepCA(t)
	key := ecKey()
	f.provision("printers", key.Public())
	s := newStepCA(t, caserver.StepCA{URL: f.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key})
	var wg sync.WaitGroup
	for range 8 {
		csr := newCSR(t, ecKey(), "mfp.example")
		wg.Go(func() {
			if _, err := s.Issue(t.Context(), csr); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(f.tokens) != 8 {
		t.Errorf("%d tokens for 8 certificates", len(f.tokens))
	}
}

// No way of printing shows the key. An Ed25519 key is a slice of bytes, which
// every printer follows.
func TestStepCAHidesTheKey(t *testing.T) {
	t.Parallel()
	key := edKey()
	c := caserver.StepCA{URL: "https://ca.example", Provisioner: "printers", Key: key}
	s := newStepCA(t, c)
	raw := must(json.Marshal(key))
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "config", c, "issuer", s)
	all := fmt.Sprintf("%v %+v %#v %s %d %x %v %+v %#v %s %s %s", c, c, c, c, c, c, s, s, s, s, must(json.Marshal(c)), log.String())
	for _, secret := range []string{fmt.Sprint(key), fmt.Sprintf("%x", key), string(raw[1:20]), base64.RawURLEncoding.EncodeToString(must(x509.MarshalPKCS8PrivateKey(key))), "PrivateKey"} {
		if strings.Contains(all, strings.Trim(secret, "[]")) {
			t.Errorf("%q is in %s", secret, all)
		}
	}
	if !strings.Contains(all, "printers") {
		t.Error(all)
	}
}
