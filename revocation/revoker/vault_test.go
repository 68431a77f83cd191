package revoker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// vault speaks as much of Vault's API as is used here.
type vault struct {
	*fake
	stored       map[string][]byte // by serial number, as Vault writes it
	expired      bool
	sealed       bool
	capabilities []string
}

const vaultToken = "hvs.SECRETTOKEN0123456789"

func newVault(t testing.TB) *vault {
	f := &vault{fake: newFake(t, nil), stored: map[string][]byte{}, capabilities: []string{"update"}}
	handle := func(pattern string, serve http.HandlerFunc) {
		f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("X-Vault-Namespace") != "printing":
				answer(w, 404, map[string][]string{"errors": {"no handler for route"}})
			case r.Header.Get("X-Vault-Token") != vaultToken:
				answer(w, 403, map[string][]string{"errors": {"permission denied", "invalid token " + r.Header.Get("X-Vault-Token")}})
			default:
				serve(w, r)
			}
		})
	}
	f.mux.HandleFunc("GET /v1/sys/health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[bool]int{false: 429, true: 503}[f.sealed], map[string]bool{"initialized": true, "sealed": f.sealed})
	})
	handle("POST /v1/sys/capabilities-self", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"data": map[string]any{"capabilities": f.capabilities, "pki/int/revoke": f.capabilities}})
	})
	handle("GET /v1/pki/int/cert/{serial}", func(w http.ResponseWriter, r *http.Request) {
		serial := r.PathValue("serial")
		if serial == "ca_chain" {
			answer(w, 200, map[string]any{"data": map[string]string{"certificate": certPEM(f.ca.cert.Raw)}})
			return
		}
		if f.stored[serial] == nil {
			answer(w, 404, map[string][]string{"errors": {}})
			return
		}
		at := map[bool]int{true: 1700000000}[f.revoked[serial] != ""]
		answer(w, 200, map[string]any{"data": map[string]any{"certificate": certPEM(f.stored[serial]), "revocation_time": at}})
	})
	handle("POST /v1/pki/int/revoke", func(w http.ResponseWriter, r *http.Request) {
		var ask map[string]string
		_ = json.NewDecoder(r.Body).Decode(&ask)
		serial := ask["serial_number"]
		switch {
		case f.stored[serial] == nil:
			answer(w, 400, map[string][]string{"errors": {"certificate with serial " + serial + " not found."}})
		case f.expired:
			answer(w, 200, map[string]any{"data": nil, "warnings": []string{"certificate with serial " + serial + " already expired; refusing to add to CRL"}})
		default:
			f.revoked[serial] = fmt.Sprint(ask)
			answer(w, 200, map[string]any{"data": map[string]any{"revocation_time": 1700000000, "state": "revoked"}})
		}
	})
	return f
}

func (f *vault) config() revoker.VaultConfig {
	return revoker.VaultConfig{URL: f.URL, Mount: "/pki/int/", Namespace: "printing", Token: revoker.StaticToken(vaultToken), Roots: pool(f.root.cert)}
}

func (f *vault) open(t *testing.T, change func(*revoker.VaultConfig)) *revoker.Vault {
	t.Helper()
	c := f.config()
	if change != nil {
		change(&c)
	}
	v, err := revoker.NewVault(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVaultRevokes(t *testing.T) {
	t.Parallel()
	f := newVault(t)
	v := f.open(t, nil)
	info, err := v.Check(t.Context())
	if err != nil || len(info.CAs) != 1 || !strings.Contains(fmt.Sprint(info.Notes), "no reason") {
		t.Fatalf("%+v, %v", info, err)
	}
	der := f.ca.weak(0xc0ffee01)
	f.stored["c0:ff:ee:01"] = der
	e := evidence(t, der)
	if err := v.CanRevoke(t.Context(), e); err != nil || len(f.revoked) != 0 {
		t.Fatalf("%v, %v", err, f.revoked)
	}
	for range 2 {
		if err := v.Revoke(t.Context(), e, revocation.KeyCompromise); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(f.revoked) != "map[c0:ff:ee:01:map[serial_number:c0:ff:ee:01]]" || f.count("POST /v1/pki/int/revoke") != 1 {
		t.Errorf("%v, %v", f.revoked, f.hits)
	}
}

func TestVaultCases(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*vault, *revoker.VaultConfig, *revocation.Evidence)
		is     error
		want   string
	}{
		{"issuer and serial number only", func(f *vault, _ *revoker.VaultConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{RawIssuer: f.ca.cert.RawSubject, Issuer: "whatever", SerialHex: "C0FFEE01"}
		}, nil, "and SHA-256, which is not known"},
		{"issuer, serial number and SHA-256", func(f *vault, _ *revoker.VaultConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{RawIssuer: f.ca.cert.RawSubject, SerialHex: "C0FFEE01", SHA256: e.Certificate.SHA256}
		}, nil, ""},
		{"another SHA-256", func(f *vault, _ *revoker.VaultConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{RawIssuer: f.ca.cert.RawSubject, SerialHex: "C0FFEE01", SHA256: strings.Repeat("ab", 32)}
		}, revocation.ErrOtherIssuer, "has the SHA-256"},
		{"issuer in text", func(f *vault, _ *revoker.VaultConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{Issuer: "CN=Issuing,O=Example", SerialHex: "c0ffee01", SHA256: e.Certificate.SHA256}
		}, nil, ""},
		{"another issuer", func(f *vault, _ *revoker.VaultConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{Issuer: "CN=Elsewhere", SerialHex: "c0ffee01", SHA256: e.Certificate.SHA256}
		}, revocation.ErrOtherIssuer, "CN=Issuing"},
		{"another certificate of that serial number", func(f *vault, _ *revoker.VaultConfig, _ *revocation.Evidence) {
			f.stored["c0:ff:ee:01"] = f.ca.weak(0xc0ffee01)
		}, revocation.ErrOtherIssuer, "another one of this serial number"},
		{"not stored", func(f *vault, _ *revoker.VaultConfig, _ *revocation.Evidence) { delete(f.stored, "c0:ff:ee:01") }, revocation.ErrOtherIssuer, "keeps no certificate"},
		{"expired", func(f *vault, _ *revoker.VaultConfig, _ *revocation.Evidence) { f.expired = true }, revocation.ErrExpired, "refusing to add to CRL"},
		{"other token", func(_ *vault, c *revoker.VaultConfig, _ *revocation.Evidence) {
			c.Token = revoker.StaticToken("hvs.OTHERSECRET")
		}, nil, "permission denied; invalid token [redacted]"},
		{"no token", func(_ *vault, c *revoker.VaultConfig, _ *revocation.Evidence) { c.Token = revoker.StaticToken("\n") }, nil, "token is empty"},
		{"other namespace", func(_ *vault, c *revoker.VaultConfig, _ *revocation.Evidence) { c.Namespace = "" }, nil, "no handler for route"},
		{"other mount", func(_ *vault, c *revoker.VaultConfig, _ *revocation.Evidence) { c.Mount = "" }, nil, "404"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVault(t)
			der := f.ca.weak(0xc0ffee01)
			f.stored["c0:ff:ee:01"] = der
			e := evidence(t, der)
			v := f.open(t, func(c *revoker.VaultConfig) { tc.change(f, c, &e) })
			err := v.Revoke(t.Context(), e, revocation.KeyCompromise)
			if (err == nil) != (tc.want == "") || tc.is != nil && !errors.Is(err, tc.is) || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
			if tc.is == nil && errors.Is(err, revocation.ErrOtherIssuer) {
				t.Errorf("%v is ErrOtherIssuer", err)
			}
			if (len(f.revoked) > 0) != (err == nil) {
				t.Errorf("%v: revoked %v", err, f.revoked)
			}
			if err != nil && (strings.Contains(err.Error(), "OTHERSECRET") || strings.Contains(err.Error(), vaultToken)) {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func TestVaultCheckFinds(t *testing.T) {
	t.Parallel()
	f := newVault(t)
	f.capabilities = []string{"read", "list"}
	if _, err := f.open(t, nil).Check(t.Context()); err == nil || !strings.Contains(err.Error(), `may not update "pki/int/revoke"`) {
		t.Errorf("%v", err)
	}
	f.sealed = true
	if _, err := f.open(t, nil).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "unseal") {
		t.Errorf("%v", err)
	}
}
