package revoker_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// servers are one of each kind, with a certificate that each would revoke.
func servers(t *testing.T, timeout time.Duration) map[string]struct {
	server
	*fake
	e revocation.Evidence
} {
	type one = struct {
		server
		*fake
		e revocation.Evidence
	}
	step, j, v, a := newStepCA(t), newEJBCA(t), newVault(t), newACME(t)
	der := v.ca.weak(0xc0ffee)
	v.stored["c0:ff:ee"] = der
	return map[string]one{
		"step-ca": {step.open(t, func(c *caserver.StepCA) { c.Timeout = timeout }), step.fake, evidence(t, step.ca.weak(0xc0ffee))},
		"EJBCA":   {j.open(t, func(c *revoker.EJBCAConfig) { c.Timeout = timeout }), j.fake, evidence(t, j.ca.weak(0xc0ffee))},
		"Vault":   {v.open(t, func(c *revoker.VaultConfig) { c.Timeout = timeout }), v.fake, evidence(t, der)},
		"ACME":    {a.open(t, func(c *caserver.ACME) { c.Timeout = timeout }), a.fake, evidence(t, a.issued)},
	}
}

// revokes are the requests that revoke.
func revokes(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/revoke") }

// No answer that is not the one expected passes for a success.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirection was followed")
	}))
	t.Cleanup(elsewhere.Close)
	for name, tc := range map[string]struct {
		serve func(w http.ResponseWriter, r *http.Request)
		want  string
	}{
		"HTML": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><html><title>Wel\x1b[31mcome</title>")
		}, "Wel[31mcome"},
		"redirection": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "not followed"},
		"huge": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"`+strings.Repeat("A", 4<<20))
		}, "more than 1048576 bytes"},
		"text":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") }, ""},
		"empty":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, ""},
		"nothing":    {func(w http.ResponseWriter, _ *http.Request) {}, ""},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ""},
		"list":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) }, ""},
		"other 400":  {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 400, "not\x1b[31m today") }, "not[31m today"},
		"other 409":  {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 409, "a conflict") }, "a conflict"},
		"unavailable": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "down for today", http.StatusNotImplemented)
		}, "down for today"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, s := range servers(t, 0) {
				if kind == "ACME" && (name == "text" || name == "empty" || name == "nothing" || name == "list" || name == "HTML" || name == "huge") {
					continue // RFC 8555, 7.6: status 200 is success, with no body
				}
				s.set(func(w http.ResponseWriter, r *http.Request) bool {
					if revokes(r) {
						tc.serve(w, r)
					}
					return revokes(r)
				})
				err := s.Revoke(t.Context(), s.e, revocation.KeyCompromise)
				if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") {
					t.Errorf("%s: %v", kind, err)
				} else if kind != "EJBCA" && (kind != "ACME" || !strings.HasPrefix(name, "other")) && !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s: %v, want %q", kind, err, tc.want)
				}
				if len(s.revoked) > 0 {
					t.Errorf("%s: %v", kind, s.revoked)
				}
			}
		})
	}
}

func TestTimeAndCancellation(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	why := errors.New("the operator gave up")
	for kind, s := range servers(t, 300*time.Millisecond) {
		if err := s.Revoke(cancelled(t, why), s.e, 1); !errors.Is(err, why) || len(s.hits) != 0 {
			t.Errorf("%s: %v, asked for %v", kind, err, s.hits)
		}
		if err := s.CanRevoke(cancelled(t, why), s.e); !errors.Is(err, why) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := s.Check(cancelled(t, why)); !errors.Is(err, why) {
			t.Errorf("%s: %v", kind, err)
		}
		s.set(func(_ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-r.Context().Done():
			case <-stop:
			}
			return true
		})
		if err := s.Revoke(t.Context(), s.e, 1); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not done within 300ms") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// Nothing that is secret is in what is printed.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	step, j, v := newStepCA(t), newEJBCA(t), newVault(t)
	acmeKey := ecKey()
	a := newACME(t).open(t, func(c *caserver.ACME) { c.Key = acmeKey })
	ac := caserver.ACME{DirectoryURL: "https://ca.example", Key: acmeKey}
	all := printed(step.config(), step.open(t, nil), j.config(), j.open(t, nil), v.config(), v.open(t, nil), ac, a,
		revoker.First{step.open(t, nil), v.open(t, nil)}, struct{ C revoker.VaultConfig }{v.config()})
	secrets := []string{vaultToken, hex.EncodeToString([]byte(vaultToken)), fmt.Sprint([]byte(vaultToken)), base64.StdEncoding.EncodeToString([]byte(vaultToken))}
	for _, key := range []any{step.key, acmeKey, j.admin.PrivateKey} {
		der := must(x509.MarshalPKCS8PrivateKey(key))
		secrets = append(secrets, fmt.Sprint(der[40:60]), hex.EncodeToString(der[40:60]), "PrivateKey")
		if d, ok := key.(interface{ Bytes() ([]byte, error) }); ok {
			raw := must(d.Bytes())
			secrets = append(secrets, fmt.Sprint(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw))
		}
	}
	for _, secret := range secrets {
		if strings.Contains(all, strings.Trim(secret, "[]")) {
			t.Errorf("%.60q is printed", secret)
		}
	}
	for _, want := range []string{"step-ca at", "EJBCA at", "Vault at", "ACME server"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %.2000s", want, all)
		}
	}
}

func TestConfigurationsRefused(t *testing.T) {
	t.Parallel()
	key := ecKey()
	j, v := newEJBCA(t).config(), newVault(t).config()
	refuse := func(name string, err error) {
		if err == nil {
			t.Errorf("%s was accepted", name)
		} else if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, address := range []string{"http://ca.example", "", "ca.example", "https://", "https://user:SECRET@ca.example", "https://user:SECRET@%zz"} {
		_, err := revoker.NewStepCA(caserver.StepCA{URL: address, Provisioner: "p", Key: key})
		refuse("step-ca "+address, err)
		_, err = revoker.NewACME(caserver.ACME{DirectoryURL: address, Key: key})
		refuse("ACME "+address, err)
		jj, vv := j, v
		jj.URL, vv.URL = address, address
		_, err = revoker.NewEJBCA(jj)
		refuse("EJBCA "+address, err)
		_, err = revoker.NewVault(vv)
		refuse("Vault "+address, err)
	}
	for _, c := range []any{caserver.StepCA{URL: "https://user:SECRET@ca.example"}, revoker.VaultConfig{URL: "https://user:SECRET@ca.example"}} {
		if all := fmt.Sprint(c); strings.Contains(all, "SECRET") || !strings.Contains(all, "ca.example") {
			t.Error(all)
		}
	}
	_, err := revoker.NewStepCA(caserver.StepCA{URL: "https://ca.example"})
	refuse("step-ca without key", err)
	_, err = revoker.NewACME(caserver.ACME{DirectoryURL: "https://ca.example"})
	refuse("ACME without key", err)
	j.Certificate.PrivateKey = nil
	_, err = revoker.NewEJBCA(j)
	refuse("EJBCA without key", err)
	v.Mount = "a/../../sys"
	_, err = revoker.NewVault(v)
	refuse("Vault with a mount elsewhere", err)
	v.Mount, v.Token = "pki", nil
	_, err = revoker.NewVault(v)
	refuse("Vault without token", err)
}
