package issuer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
)

func TestStepCACheckFinds(t *testing.T) {
	t.Parallel()
	key := ecKey()
	for _, tc := range []struct {
		name   string
		change func(*fakeStepCA, *caserver.StepCA)
		want   string // in the error; with "note:" in the notes
	}{
		{"other name", func(_ *fakeStepCA, c *caserver.StepCA) { c.Provisioner = "nobody" }, `no JWK provisioner "nobody"`},
		{"other key ID", func(_ *fakeStepCA, c *caserver.StepCA) { c.KeyID = "abc" }, `with the key "abc", but "acme`},
		{"other key", func(f *fakeStepCA, c *caserver.StepCA) {
			c.Key = ecKey()
			c.KeyID = f.provisioners[2].Key["kid"]
		}, "another than the one given"},
		{"other CA", func(f *fakeStepCA, c *caserver.StepCA) { c.Fingerprint = strings.Repeat("ab", 32) }, "could not be found"},
		{"untrusted", func(f *fakeStepCA, c *caserver.StepCA) { c.Fingerprint = "" }, "give the CA's root certificate or its fingerprint"},
		{"not well", func(f *fakeStepCA, _ *caserver.StepCA) {
			f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/health" {
					answer(w, 200, map[string]string{"status": "tired"})
				}
				return r.URL.Path == "/health"
			}
		}, `not well: "tired"`},
		{"endless list", func(f *fakeStepCA, c *caserver.StepCA) {
			c.Provisioner = "nobody"
			f.intercept = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/provisioners" {
					answer(w, 200, map[string]any{"provisioners": []any{nil}, "nextCursor": "again"})
				}
				return r.URL.Path == "/provisioners"
			}
		}, "no JWK provisioner"},
		{"default validity", func(*fakeStepCA, *caserver.StepCA) {}, "note:24 hours"},
		{"own default", func(f *fakeStepCA, _ *caserver.StepCA) {
			f.provisioners[2].Claims = map[string]string{"defaultTLSCertDuration": "8760h0m0s"}
		}, "note:8760h0m0s"},
		{"unknown limit", func(_ *fakeStepCA, c *caserver.StepCA) { c.Validity = time.Hour }, "note:longer ones are refused"},
		{"too long", func(f *fakeStepCA, c *caserver.StepCA) {
			c.Validity = 48 * time.Hour
			f.provisioners[2].Claims = map[string]string{"maxTLSCertDuration": "24h0m0s"}
		}, "note:it will refuse"},
		{"long enough", func(f *fakeStepCA, c *caserver.StepCA) {
			c.Validity = 48 * time.Hour
			f.provisioners[2].Claims = map[string]string{"maxTLSCertDuration": "96h0m0s"}
		}, "note:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeStepCA(t)
			f.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // of refused handshakes
			f.provisioners, f.pageSize = []fakeProvisioner{{Type: "ACME", Name: "acme"}, {Type: "SCEP", Name: "printers"}}, 1
			f.provision("printers", key.Public())
			c := caserver.StepCA{URL: f.URL, Fingerprint: f.fingerprint(), Provisioner: "printers", Key: key}
			tc.change(f, &c)
			info, err := newStepCA(t, c).Check(t.Context())
			note, isNote := strings.CutPrefix(tc.want, "note:")
			switch {
			case !isNote && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want %q", err, tc.want)
			case isNote && (err != nil || (note == "") != (len(info.Notes) == 0) || !strings.Contains(fmt.Sprint(info.Notes), note)):
				t.Errorf("got %+v, %v, want %q", info, err, note)
			}
			if f.hits["/1.0/sign"] != 0 {
				t.Error("Check asked for a certificate")
			}
		})
	}
}

func TestNewStepCARefuses(t *testing.T) {
	t.Parallel()
	key := ecKey()
	token := func(context.Context, caserver.TokenRequest) (string, error) { return "", nil }
	for name, c := range map[string]caserver.StepCA{
		"http":              {URL: "http://ca.example", Token: token},
		"no host":           {URL: "https:///x", Token: token},
		"password":          {URL: "https://a:b@ca.example", Token: token},
		"no key":            {URL: "https://ca.example"},
		"two":               {URL: "https://ca.example", Token: token, Key: key, Provisioner: "p"},
		"no provisioner":    {URL: "https://ca.example", Key: key},
		"fingerprint":       {URL: "https://ca.example", Token: token, Fingerprint: "abcd"},
		"negative validity": {URL: "https://ca.example", Token: token, Validity: -1},
		"negative timeout":  {URL: "https://ca.example", Token: token, Timeout: -1},
		"known by http":     {URL: "https://ca.example", Token: token, KnownAs: "http://ca.example"},
		"P-224":             {URL: "https://ca.example", Key: must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)), Provisioner: "p"},
	} {
		if _, err := issuer.NewStepCA(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
