package revocation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/rekey-go/rekey/revocation"
)

// office is a CA's web server, on loopback under the names that the
// certificates have. It fails the test at a request that carries what it must
// not.
type office struct {
	t        *testing.T
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc // by host and path
	requests []*http.Request
	bodies   [][]byte
	addr     string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, handlers: map[string]http.HandlerFunc{}}
	server := httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(server.Close)
	o.addr = server.Listener.Addr().String()
	return o
}

func (o *office) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	for _, h := range []string{"Cookie", "Authorization", "Referer", "Proxy-Authorization"} {
		if r.Header.Get(h) != "" {
			o.t.Errorf("%s %s carries %s", r.Method, r.URL, h)
		}
	}
	o.mu.Lock()
	o.requests, o.bodies = append(o.requests, r), append(o.bodies, body)
	h := o.handlers[r.Host+r.URL.Path]
	o.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "track", Value: "you"})
	if h == nil {
		http.NotFound(w, r)
		return
	}
	h(w, r)
}

func (o *office) handle(place string, h http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.handlers[place] = h
}

func (o *office) file(place, name string) {
	o.handle(place, content(fixture(o.t, name)))
}

func content(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) }
}

func (o *office) client() *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, o.addr)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

func (o *office) verifier() *revocation.Verifier {
	return &revocation.Verifier{
		Issuers: certificates(o.t, "root ca other"), HTTP: o.client(), Now: clock(ocspMade(o.t).Add(time.Minute)),
		Interval: 5 * time.Millisecond, Timeout: 5 * time.Second, RequestTimeout: 2 * time.Second,
	}
}

const (
	crlPlace  = "crl.office.example/1.crl"
	ocspPlace = "ocsp.office.example/"
)

func check(t *testing.T, v *revocation.Verifier, cert string) revocation.Status {
	t.Helper()
	s, err := v.Check(t.Context(), evidenceOf(t, cert))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Both kinds of sources are asked; a responder's answer goes before a CRL's,
// and what contradicts is reported. // V-1 to V-4
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, ocsp, crl string
		answer          revocation.State
		begins          string
		disagree        bool
		text            []string
	}{
		{"both good", "good.ocsp", "now-clear.crl", revocation.StateGood, "not yet: ", false, []string{"not yet: OCSP http://ocsp.office.example/ says not revoked, valid until 20"}},
		{"both revoked", "revoked.ocsp", "now-listed.crl", revocation.StateRevoked, "confirmed by ", false, []string{"confirmed by OCSP http://ocsp.office.example/ at 20", "revoked at 2026-11-05T12:00:00Z, superseded"}},
		{"responder ahead", "revoked.ocsp", "now-clear.crl", revocation.StateRevoked, "confirmed by ", true, []string{"confirmed by OCSP", "disagree", "CRL number 20 of", "says not revoked"}},
		{"CRL ahead", "good.ocsp", "now-listed.crl", revocation.StateGood, "not yet: ", true, []string{"not yet", "disagree", "CRL number 21 says revoked at 2026-11-05T12:00:00Z, keyCompromise"}},
		{"no responder", "", "now-listed.crl", revocation.StateRevoked, "confirmed by ", false, []string{"confirmed by CRL number 21 at 20", "keyCompromise"}},
		{"responder does not know", "unknown.ocsp", "now-clear.crl", revocation.StateGood, "not yet: ", false, []string{"not yet: CRL number 20"}},
		{"neither", "status3.ocsp", "", revocation.StateUnknown, "not yet: ", false, []string{"not yet: OCSP http://ocsp.office.example/: the responder says: try later (3); CRL http://crl.office.example/1.crl: the server answers with HTTP status 404"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			if tc.ocsp != "" {
				o.file(ocspPlace, tc.ocsp)
			}
			if tc.crl != "" {
				o.file(crlPlace, tc.crl)
			}
			s := check(t, o.verifier(), "device")
			if s.Answer != tc.answer || !strings.HasPrefix(s.String(), tc.begins) || (s.Disagreement != "") != tc.disagree || len(s.Checks) != 2 {
				t.Errorf("%+v", s)
			}
			for _, text := range tc.text {
				text = strings.ReplaceAll(text, "says not revoked, valid", "of "+stampOf(s)+" says not revoked, valid")
				if !strings.Contains(s.String(), text) {
					t.Errorf("%q is not in %q", text, s)
				}
			}
			if s.SerialHex != "1001" || s.Issuer != "CN=Office CA 1,O=Office" || len(s.SHA256) != 64 || s.At.IsZero() {
				t.Errorf("%+v", s)
			}
			roundTrip(t, s)
		})
	}
}

func stampOf(s revocation.Status) string {
	c, _ := s.Decisive()
	return c.ThisUpdate.Format(time.RFC3339)
}

func roundTrip(t *testing.T, s revocation.Status) {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back revocation.Status
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(s, back) {
		t.Errorf("%v\n%+v\n%+v", err, s, back)
	}
	if strings.Contains(string(b), `"0001-`) || !strings.Contains(string(b), `"answer":"`+s.Answer.String()+`"`) {
		t.Errorf("%s", b)
	}
}

// What is sent is one request for this certificate by its own octets, and
// nothing beside it.
func TestOCSPRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.file(ocspPlace, "good-negative.ocsp")
	if s := check(t, o.verifier(), "negative"); s.Answer != revocation.StateGood {
		t.Fatal(s)
	}
	r, body := o.requests[0], o.bodies[0]
	if r.Method != http.MethodPost || r.Host+r.URL.Path != ocspPlace || r.Header.Get("Content-Type") != "application/ocsp-request" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	q, err := ocsp.ParseRequest(body)
	if err != nil || q.SerialNumber.Int64() != -129 || len(body) > 90 {
		t.Errorf("%v %x", err, body)
	}
}

// A responder that will not take SHA-1 is asked by SHA-256.
func TestOCSPRequestSHA256(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	refused, good := fixture(t, "status6.ocsp"), fixture(t, "good-sha256.ocsp")
	o.handle(ocspPlace, func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		body := o.bodies[len(o.bodies)-1]
		o.mu.Unlock()
		if q, err := ocsp.ParseRequest(body); err != nil || len(q.IssuerKeyHash) != 32 {
			content(refused)(w, r)
			return
		}
		content(good)(w, r)
	})
	if s := check(t, o.verifier(), "device"); s.Answer != revocation.StateGood || len(s.Checks) != 2 {
		t.Error(s)
	}
}

// Self-signed certificates, and evidence that nobody can be asked about.
func TestCheckWithoutSources(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	v := o.verifier()
	if s := check(t, v, "selfsigned"); s.Answer != revocation.StateNothing || !strings.HasPrefix(s.String(), "nothing to revoke: ") {
		t.Error(s)
	}
	if c := v.CheckCRL(evidenceOf(t, "selfsigned"), fixture(t, "now-listed.crl")); c.Answer != revocation.StateNothing {
		t.Error(c)
	}
	served := evidenceOf(t, "device")
	served.Certificate.Chain = [][]byte{fixture(t, "ca.der")}
	for _, tc := range []struct {
		name    string
		e       revocation.Evidence
		issuers string
		want    string
	}{
		{"details page only", details("TLS"), "ca", "only the details page"},
		{"no URL", evidenceOf(t, "bare"), "ca", "names neither"},
		{"issuer not known", evidenceOf(t, "device"), "other", `names "http://ca.office.example/1.cer"`},
		{"issuer from the device", served, "other", "the device sent one with the SHA-256"},
		{"LDAP", evidenceOf(t, "ldap"), "ca", "LDAP is not supported"},
		{"not a CA", evidenceOf(t, "device"), "device", "not among Verifier.Issuers"},
	} {
		v := o.verifier()
		v.Issuers = certificates(t, tc.issuers)
		s, err := v.Await(t.Context(), tc.e) // returns at once
		if err != nil || s.Answer != revocation.StateUnknown || !strings.Contains(s.String(), tc.want) {
			t.Errorf("%s: %v, %v", tc.name, s, err)
		}
		roundTrip(t, s)
	}
	if len(o.requests) > 0 {
		t.Errorf("%d requests", len(o.requests))
	}
}

// A record of a CA's list, without certificate, does where it names one key.
func TestCheckRecord(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cert, issuers, aki string
		want               revocation.State
	}{
		{"device", "ca", "", revocation.StateRevoked},
		{"device", "ca rekeyed", "", revocation.StateUnknown},
		{"device", "rekeyed ca", "own", revocation.StateRevoked},
		{"negative", "ca", "own", revocation.StateRevoked},
	} {
		e := evidenceOf(t, tc.cert)
		e.Certificate.DER = nil
		if tc.aki == "" {
			e.Certificate.AKI = ""
		}
		crl := "listed.crl"
		if tc.cert == "negative" {
			crl = "negative-listed.crl"
		}
		v := &revocation.Verifier{Issuers: certificates(t, tc.issuers), Now: clock(crlDay)}
		if c := v.CheckCRL(e, fixture(t, crl)); c.Answer != tc.want {
			t.Errorf("%+v: %+v", tc, c)
		}
	}
}

// Await goes on until a source says revoked, and no longer than it may.
func TestAwait(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	clear, listed := fixture(t, "now-clear.crl"), fixture(t, "now-listed.crl")
	var rounds atomic.Int32
	o.handle(crlPlace, func(w http.ResponseWriter, r *http.Request) {
		switch n := rounds.Add(1); {
		case n == 2:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case n < 5:
			content(clear)(w, r)
		default:
			content(listed)(w, r)
		}
	})
	s, err := o.verifier().Await(t.Context(), evidenceOf(t, "device"))
	if c, ok := s.Decisive(); err != nil || s.Answer != revocation.StateRevoked || !ok || c.Number != "21" || rounds.Load() != 5 {
		t.Errorf("%v after %d rounds: %v", s, rounds.Load(), err)
	}

	o.file(crlPlace, "now-clear.crl")
	v := o.verifier()
	v.Timeout = 50 * time.Millisecond
	began := time.Now()
	if s, err := v.Await(t.Context(), evidenceOf(t, "device")); err != nil || !strings.HasPrefix(s.String(), "not yet: ") || time.Since(began) < v.Timeout {
		t.Errorf("%v, %v", s, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	v = o.verifier()
	if s, err := v.Await(ctx, evidenceOf(t, "device")); err != context.DeadlineExceeded || s.Answer != revocation.StateGood || s.At.IsZero() {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := v.Check(ctx, evidenceOf(t, "device")); err != context.DeadlineExceeded {
		t.Error(err)
	}
}

// The words before anybody has looked.
func TestStatusWords(t *testing.T) {
	t.Parallel()
	var s revocation.Status
	if s.String() != "not looked at" || s.Answer != revocation.StateUnknown {
		t.Error(s)
	}
	s.Asked = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	if s.String() != "asked at 2026-11-25T12:00:00Z" {
		t.Error(s)
	}
	roundTrip(t, s)
	var state revocation.State
	for _, word := range []string{"true", "Revoked", ""} {
		if err := json.Unmarshal(fmt.Appendf(nil, "%q", word), &state); err != nil || state != revocation.StateUnknown {
			t.Errorf("%q: %v, %v", word, state, err)
		}
	}
}
