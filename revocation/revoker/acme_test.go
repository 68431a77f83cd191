package revoker_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// acmeCA speaks as much of RFC 8555 as revoking needs. Signatures are those of a
// library and are not verified here.
type acmeCA struct {
	*fake
	issued  []byte
	account bool
	noKey   bool // keyCompromise is refused, as some public CAs do
}

func newACME(t testing.TB) *acmeCA {
	f := &acmeCA{fake: newFake(t, nil), account: true}
	f.issued = f.ca.weak(0xc0ffee)
	problem := func(w http.ResponseWriter, status int, kind, detail string) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "urn:ietf:params:acme:error:" + kind, "detail": detail})
	}
	nonce := func(w http.ResponseWriter) { w.Header().Set("Replay-Nonce", fmt.Sprint("n", len(f.hits))) }
	f.mux.HandleFunc("GET /dir", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]string{"newNonce": f.URL + "/nonce", "newAccount": f.URL + "/account", "newOrder": f.URL + "/order", "revokeCert": f.URL + "/revoke"})
	})
	f.mux.HandleFunc("/nonce", func(w http.ResponseWriter, _ *http.Request) { nonce(w) })
	payload := func(r *http.Request, header, out any) {
		var jws struct{ Protected, Payload string }
		_ = json.NewDecoder(r.Body).Decode(&jws)
		_ = json.Unmarshal(must(base64.RawURLEncoding.DecodeString(jws.Protected)), header)
		_ = json.Unmarshal(must(base64.RawURLEncoding.DecodeString(jws.Payload)), out)
	}
	f.mux.HandleFunc("POST /account", func(w http.ResponseWriter, r *http.Request) {
		nonce(w)
		var ask struct{ OnlyReturnExisting bool }
		payload(r, new(struct{}), &ask)
		if !f.account || !ask.OnlyReturnExisting {
			problem(w, 400, "accountDoesNotExist", "no such account")
			return
		}
		w.Header().Set("Location", f.URL+"/account/1")
		answer(w, 200, map[string]string{"status": "valid"})
	})
	f.mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		nonce(w)
		var header struct{ Kid string }
		var ask struct {
			Certificate string
			Reason      int
		}
		payload(r, &header, &ask)
		der := must(base64.RawURLEncoding.DecodeString(ask.Certificate))
		switch {
		case header.Kid != f.URL+"/account/1" || !bytes.Equal(der, f.issued):
			problem(w, 403, "unauthorized", "the account did not issue this certificate")
		case ask.Reason == 1 && f.noKey:
			problem(w, 400, "badRevocationReason", "unsupported revocation reason code provided: keyCompromise")
		case f.revoked["it"] != "":
			problem(w, 400, "alreadyRevoked", "Certificate already revoked")
		default:
			f.revoked["it"] = fmt.Sprint(ask.Reason)
		}
	})
	return f
}

func (f *acmeCA) open(t *testing.T, change func(*caserver.ACME)) *revoker.ACME {
	t.Helper()
	c := caserver.ACME{DirectoryURL: f.URL + "/dir", Key: ecKey(), Roots: pool(f.root.cert), Issuers: []*x509.Certificate{f.ca.cert}}
	if change != nil {
		change(&c)
	}
	a, err := revoker.NewACME(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestACMERevokes(t *testing.T) {
	t.Parallel()
	f := newACME(t)
	a := f.open(t, nil)
	if _, err := a.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Revoke(t.Context(), evidence(t, f.issued), revocation.KeyCompromise); err != nil {
			t.Fatal(err)
		}
	}
	if f.revoked["it"] != "1" || f.count("POST /revoke") != 2 || f.count("POST /account") != 1 {
		t.Errorf("%v, %v", f.revoked, f.hits)
	}
}

func TestACMECases(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*acmeCA, *caserver.ACME, *revocation.Evidence)
		want   string
		asked  int
	}{
		{"another account's", func(f *acmeCA, _ *caserver.ACME, e *revocation.Evidence) { f.issued = nil }, "unauthorized: the account did not issue", 1},
		{"no account", func(f *acmeCA, _ *caserver.ACME, _ *revocation.Evidence) { f.account = false }, "account that had the certificate issued", 0},
		{"reason", func(f *acmeCA, _ *caserver.ACME, _ *revocation.Evidence) { f.noKey = true }, "such as superseded", 1},
		{"another issuer", func(f *acmeCA, c *caserver.ACME, _ *revocation.Evidence) {
			c.Issuers = []*x509.Certificate{f.root.cert}
		}, "not issued by this CA", 0},
		{"issuer and serial number only", func(f *acmeCA, _ *caserver.ACME, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{Issuer: "CN=Issuing,O=Example", SerialHex: "c0ffee"}
		}, "needs the certificate itself", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newACME(t)
			e := evidence(t, f.issued)
			a := f.open(t, func(c *caserver.ACME) { tc.change(f, c, &e) })
			err := a.Revoke(t.Context(), e, revocation.KeyCompromise)
			if err == nil || !strings.Contains(err.Error(), tc.want) || f.count("POST /revoke") != tc.asked || len(f.revoked) != 0 {
				t.Errorf("%v, %v", err, f.hits)
			}
		})
	}
	f := newACME(t)
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		answer(w, 200, map[string]string{"newNonce": f.URL + "/nonce", "newAccount": f.URL + "/account", "newOrder": f.URL + "/order"})
		return true
	})
	if _, err := f.open(t, nil).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no revokeCert") {
		t.Errorf("%v", err)
	}
	if err := f.open(t, func(c *caserver.ACME) { c.Issuers = []*x509.Certificate{f.root.cert} }).CanRevoke(t.Context(), evidence(t, f.issued)); !errors.Is(err, revocation.ErrOtherIssuer) {
		t.Errorf("%v", err)
	}
}
