package revoker_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// stepCA speaks as much of step-ca's API as is used here, as version 0.30 was
// seen to: it revokes unknown serial numbers too.
type stepCA struct {
	*fake
	key  *ecdsa.PrivateKey // of the provisioner
	used map[string]bool   // token IDs
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, map[string]any{"status": status, "message": fmt.Sprintf(format, args...)})
}

func newStepCA(t testing.TB) *stepCA {
	f := &stepCA{newFake(t, nil), ecKey(), map[string]bool{}}
	f.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]string{"status": "ok"}) })
	f.mux.HandleFunc("GET /root/{sha}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]string{"ca": certPEM(f.root.cert.Raw)})
	})
	f.mux.HandleFunc("GET /intermediates", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 201, map[string][]string{"crts": {certPEM(f.ca.cert.Raw)}})
	})
	f.mux.HandleFunc("GET /provisioners", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"provisioners": []any{map[string]any{"type": "JWK", "name": "printers", "key": f.jwk(true)}}})
	})
	f.mux.HandleFunc("GET /1.0/crl", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "0...") })
	f.mux.HandleFunc("POST /1.0/revoke", f.revoke)
	return f
}

func (f *stepCA) jwk(kid bool) map[string]string {
	point := must(f.key.PublicKey.Bytes())
	enc := base64.RawURLEncoding.EncodeToString
	key := map[string]string{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:])}
	if kid {
		sum := sha256.Sum256(must(json.Marshal(key))) // sorted: RFC 7638
		key["kid"] = enc(sum[:])
	}
	return key
}

func (f *stepCA) revoke(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Serial, OTT, Reason string
		ReasonCode          int
		Passive             bool
	}
	_ = json.NewDecoder(r.Body).Decode(&ask)
	serial, ok := new(big.Int).SetString(ask.Serial, 0)
	switch {
	case !ok:
		refuse(w, 400, "'%s' is not a valid serial number", ask.Serial)
		return
	case !ask.Passive:
		refuse(w, 501, "non-passive revocation not implemented")
		return
	}
	claims, err := f.token(ask.OTT)
	if err != nil {
		refuse(w, 401, "%v", err)
		return
	}
	if claims.Sub != serial.String() {
		refuse(w, 403, "token subject and serial number do not match")
		return
	}
	if _, ok := f.revoked[serial.String()]; ok {
		refuse(w, 400, "certificate with serial number '%s' is already revoked", serial)
		return
	}
	f.revoked[serial.String()] = fmt.Sprint(ask.ReasonCode, " ", ask.Reason)
	answer(w, 200, map[string]string{"status": "ok"})
}

type stepClaims struct{ Iss, Aud, Sub, Jti, Sha string }

// token checks a token as a JWK provisioner does.
func (f *stepCA) token(ott string) (*stepClaims, error) {
	parts := strings.Split(ott, ".")
	if len(parts) != 3 {
		return nil, errors.New("error parsing token")
	}
	b64 := base64.RawURLEncoding.DecodeString
	var header struct{ Alg, Kid string }
	var claims stepClaims
	_ = json.Unmarshal(must(b64(parts[0])), &header)
	_ = json.Unmarshal(must(b64(parts[1])), &claims)
	sig := must(b64(parts[2]))
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	aud, _ := url.Parse(claims.Aud)
	switch {
	case header.Alg != "ES256" || header.Kid != f.jwk(true)["kid"] || len(sig) != 64 ||
		!ecdsa.Verify(&f.key.PublicKey, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])):
		return nil, errors.New("error parsing jwk claims: signature")
	case claims.Iss != "printers" || aud.Hostname() != "127.0.0.1" || aud.Path != "/1.0/revoke":
		return nil, fmt.Errorf("invalid jwk token audience claim (aud); token %s", ott)
	case claims.Jti == "" || f.used[claims.Jti]:
		return nil, errors.New("token already used")
	}
	f.used[claims.Jti] = true
	return &claims, nil
}

func (f *stepCA) config() caserver.StepCA {
	sum := sha256.Sum256(f.root.cert.Raw)
	return caserver.StepCA{URL: f.URL, Fingerprint: hex.EncodeToString(sum[:]), Provisioner: "printers", Key: f.key}
}

func (f *stepCA) open(t *testing.T, change func(*caserver.StepCA)) *revoker.StepCA {
	t.Helper()
	c := f.config()
	if change != nil {
		change(&c)
	}
	s, err := revoker.NewStepCA(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStepCARevokes(t *testing.T) {
	t.Parallel()
	f := newStepCA(t)
	s := f.open(t, nil)
	info, err := s.Check(t.Context())
	if err != nil || len(info.CAs) != 1 || !info.CAs[0].Equal(f.ca.cert) || info.Notes != nil {
		t.Fatalf("%+v, %v", info, err)
	}
	e := evidence(t, f.ca.weak(0xc0ffee))
	if err := s.CanRevoke(t.Context(), e); err != nil || len(f.revoked) != 0 {
		t.Fatalf("%v, %v", err, f.revoked)
	}
	for range 2 { // the second time it is revoked already
		if err := s.Revoke(t.Context(), e, revocation.KeyCompromise); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(f.revoked) != "map[12648430:1 keyCompromise]" || f.count("POST /1.0/revoke") != 2 {
		t.Errorf("%v, %v", f.revoked, f.hits)
	}
}

// step-ca says "ok" to serial numbers that it never issued: so nothing that is
// not signed by it may reach it.
func TestStepCARevokesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	f := newStepCA(t)
	sibling := newAuthority(t, "Issuing", f.root)  // the same name and root, another key
	stranger := newAuthority(t, "Elsewhere", nil)  // another name
	forged := bytes.Clone(f.ca.weak(0x1234567890)) // another serial than the one that was signed
	forged[bytes.Index(forged, []byte{0x12, 0x34, 0x56})] = 0x13
	noCertificate := revocation.Evidence{Device: revocation.Device{URL: "mfp"}, Key: "K", Certificate: &revocation.CertificateRecord{Issuer: "CN=Issuing,O=Example", RawIssuer: f.ca.cert.RawSubject, SerialHex: "1234"}}
	for name, tc := range map[string]struct {
		e    revocation.Evidence
		want error
	}{
		"sibling":     {evidence(t, sibling.weak(99)), revocation.ErrOtherIssuer},
		"stranger":    {evidence(t, stranger.weak(99)), revocation.ErrOtherIssuer},
		"forged":      {evidence(t, forged), revocation.ErrOtherIssuer},
		"self-signed": {evidence(t, stranger.cert.Raw), revocation.ErrSelfSigned},
	} {
		s := f.open(t, nil)
		if err := s.CanRevoke(t.Context(), tc.e); !errors.Is(err, tc.want) {
			t.Errorf("%s can be revoked: %v", name, err)
		}
		if err := s.Revoke(t.Context(), tc.e, revocation.Superseded); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := f.open(t, nil)
	for name, e := range map[string]revocation.Evidence{"no certificate": noCertificate, "nothing": {}} {
		if _, ok := errors.AsType[*revocation.NeedError](s.Revoke(t.Context(), e, 1)); !ok {
			t.Errorf("%s: no NeedError", name)
		}
	}
	if err := s.Revoke(t.Context(), evidence(t, f.ca.negative(t)), 1); err == nil || !strings.Contains(err.Error(), "negative") {
		t.Errorf("negative: %v", err)
	}
	if err := s.Revoke(t.Context(), evidence(t, f.ca.weak(5)), revocation.CertificateHold); err == nil || !strings.Contains(err.Error(), "taken back") {
		t.Errorf("hold: %v", err)
	}
	if n := f.count("POST /1.0/revoke"); n != 0 || len(f.revoked) != 0 {
		t.Errorf("asked %d times: %v", n, f.revoked)
	}
}

// Without a list of intermediates the caller must say what the CA issues with.
func TestStepCAIssuers(t *testing.T) {
	t.Parallel()
	f := newStepCA(t)
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/intermediates" {
			refuse(w, 501, "method not implemented")
		}
		return r.URL.Path == "/intermediates"
	})
	e := evidence(t, f.ca.weak(1))
	if err := f.open(t, nil).Revoke(t.Context(), e, 1); err == nil || !strings.Contains(err.Error(), "give its intermediate certificates") {
		t.Errorf("%v", err)
	}
	s := f.open(t, func(c *caserver.StepCA) { c.Issuers = append(c.Issuers, f.ca.cert) })
	if err := s.Revoke(t.Context(), e, 1); err != nil {
		t.Error(err)
	}
}

func TestStepCARefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*caserver.StepCA)
		want   string
	}{
		{"other audience", func(c *caserver.StepCA) { c.KnownAs = "https://elsewhere.example" }, "status 401"},
		{"other provisioner", func(c *caserver.StepCA) { c.Provisioner = "others" }, "status 401"},
		{"other key", func(c *caserver.StepCA) { c.Key = ecKey() }, "signature"},
		{"token of another", func(c *caserver.StepCA) {
			own := *c
			c.Key, c.Token = nil, func(context.Context, caserver.TokenRequest) (string, error) { return tokenFor(own.Key, "99"), nil }
		}, "status 403, \"token subject and serial number do not match\""},
		{"no token", func(c *caserver.StepCA) {
			c.Key, c.Token = nil, func(context.Context, caserver.TokenRequest) (string, error) { return " ", nil }
		}, "token is empty"},
		{"other CA", func(c *caserver.StepCA) { c.Fingerprint = strings.Repeat("ab", 32) }, "not your CA"},
		{"untrusted", func(c *caserver.StepCA) { c.Fingerprint = "" }, "give the CA's root certificate"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newStepCA(t)
			err := f.open(t, tc.change).Revoke(t.Context(), evidence(t, f.ca.weak(0xc0ffee)), revocation.KeyCompromise)
			if err == nil || !strings.Contains(err.Error(), tc.want) || len(f.revoked) != 0 {
				t.Errorf("%v, %v", err, f.revoked)
			}
			for _, b := range f.bodies {
				var ask struct{ OTT string }
				if _ = json.Unmarshal([]byte(b), &ask); ask.OTT != "" && strings.Contains(err.Error(), ask.OTT[:60]) {
					t.Errorf("the token is in %v", err)
				}
			}
		})
	}
}

// tokenFor is a good token, for another serial number.
func tokenFor(key any, serial string) string {
	k := key.(*ecdsa.PrivateKey)
	enc := base64.RawURLEncoding.EncodeToString
	kid := (&stepCA{key: k}).jwk(true)["kid"]
	signed := enc(must(json.Marshal(map[string]string{"alg": "ES256", "kid": kid}))) + "." +
		enc(must(json.Marshal(map[string]string{"iss": "printers", "aud": "https://127.0.0.1/1.0/revoke", "sub": serial, "jti": "1"})))
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(nil, k, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + enc(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// A CA without a revocation list revokes to no effect: that is said beforehand.
func TestStepCACheckNotesThatThereIsNoCRL(t *testing.T) {
	t.Parallel()
	f := newStepCA(t)
	status := 404
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/1.0/crl" {
			refuse(w, status, "no CRL available")
		}
		return r.URL.Path == "/1.0/crl"
	})
	info, err := f.open(t, nil).Check(t.Context())
	if err != nil || len(info.Notes) != 1 || !strings.Contains(info.Notes[0], "publishes no revocation list") {
		t.Errorf("%+v, %v", info, err)
	}
	status = 502
	if info, err := f.open(t, nil).Check(t.Context()); err == nil {
		t.Errorf("%+v", info)
	}
	if _, err := f.open(t, func(c *caserver.StepCA) { c.Provisioner = "nobody" }).Check(t.Context()); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("%v", err)
	}
}

// A fingerprint is not ignored because there are roots, too.
func TestStepCAFingerprintBesideRoots(t *testing.T) {
	t.Parallel()
	f := newStepCA(t)
	for name, tc := range map[string]struct {
		change func(*caserver.StepCA)
		want   string
	}{
		"both right":        {func(c *caserver.StepCA) { c.Roots = pool(f.root.cert) }, ""},
		"wrong fingerprint": {func(c *caserver.StepCA) { c.Roots, c.Fingerprint = pool(f.root.cert), strings.Repeat("ab", 32) }, "not your CA"},
		"wrong roots":       {func(c *caserver.StepCA) { c.Roots = pool(newAuthority(t, "Other", nil).cert) }, "certificate"},
	} {
		s := f.open(t, tc.change)
		_, err := s.Check(t.Context())
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		before := len(f.revoked)
		if err := s.Revoke(t.Context(), evidence(t, f.ca.weak(1)), 1); (err == nil) != (tc.want == "") || err != nil && len(f.revoked) != before {
			t.Errorf("%s: %v, %v", name, err, f.revoked)
		}
	}
}
