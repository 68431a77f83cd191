package revocation_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// Whatever is wrong with the answer or the way to it, the outcome is unknown
// and says why.
func TestFetchFailures(t *testing.T) {
	t.Parallel()
	redirect := func(to string, code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, code) }
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"not found", http.NotFound, "HTTP status 404"},
		{"not modified, though nobody asked", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, "HTTP status 304"},
		{"another host", redirect("http://elsewhere.example/1.crl", 302), "redirects"},
		{"another scheme", redirect("https://crl.office.example/1.crl", 302), "redirects"},
		{"another port", redirect("http://crl.office.example:8080/1.crl", 302), "redirects"},
		{"credentials", redirect("http://a:b@crl.office.example/2.crl", 302), "redirects"},
		{"in circles", redirect("http://crl.office.example/1.crl", 302), "redirects"},
		{"empty", func(http.ResponseWriter, *http.Request) {}, "empty"},
		{"a page", content([]byte("<html>Login</html>")), "neither DER nor PEM"},
		{"other PEM", content([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")), "neither DER nor PEM"},
		{"more than it should be", content(append(bytes.Clone(fixture(t, "now-clear.crl")), "tail"...)), "more follows"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(fixture(t, "now-clear.crl"))
		}, "the request failed"},
		{"too long", content(bytes.Repeat([]byte{0x30}, 5000)), "longer than 4096 bytes"},
		{"too slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within 100ms"},
		{"slowly", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte{0x30})
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
		}, "no whole answer within 100ms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.handle(crlPlace, tc.handler)
			v := o.verifier()
			v.MaxCRL, v.RequestTimeout = 4096, 2*time.Second
			if strings.Contains(tc.want, "100ms") {
				v.RequestTimeout = 100 * time.Millisecond
			}
			s := check(t, v, "device")
			c := s.Checks[1]
			if s.Answer != revocation.StateUnknown || c.Source != revocation.CRL || !strings.Contains(c.Why, tc.want) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// OCSP answers have a bound of their own.
func TestOCSPLimit(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.handle(ocspPlace, content(make([]byte, 64<<10+1)))
	if c := check(t, o.verifier(), "device").Checks[0]; !strings.Contains(c.Why, "longer than 65536 bytes") {
		t.Error(c)
	}
	o.handle(ocspPlace, content(make([]byte, 64<<10)))
	if c := check(t, o.verifier(), "device").Checks[0]; !strings.Contains(c.Why, "not an OCSP response") {
		t.Error(c)
	}
}

// On the same host a redirect is followed, and carries nothing along.
func TestRedirectOnHost(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.handle(crlPlace, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new/1.crl", http.StatusFound) })
	o.handle(ocspPlace, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/new", http.StatusTemporaryRedirect)
	})
	o.file("crl.office.example/new/1.crl", "now-clear.crl")
	o.file("ocsp.office.example/new", "good.ocsp")
	s := check(t, o.verifier(), "device")
	if s.Checks[0].Answer != revocation.StateGood || s.Checks[1].Answer != revocation.StateGood {
		t.Errorf("%+v", s)
	}
	for _, r := range o.requests {
		if strings.HasPrefix(r.Host, "ocsp") && r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.URL)
		}
	}
	// A redirect that turns POST into GET would lose the question.
	o.handle(ocspPlace, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusFound) })
	if c := check(t, o.verifier(), "device").Checks[0]; !strings.Contains(c.Why, "redirects") {
		t.Error(c)
	}
}

// URLs that are not asked, and those that the caller adds.
func TestURLs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.file("ca.example/own.crl", "now-listed.crl")
	v := o.verifier()
	v.CRLURLs = []string{"http://ca.example/own.crl", "ftp://ca.example/1.crl", "http://user:secret@ca.example/own.crl", "http://ca.example/own.crl", "http://[::1", "http:///1.crl"}
	s := check(t, v, "bare")
	if s.Answer != revocation.StateRevoked || len(s.Checks) != 5 || len(o.requests) != 1 {
		t.Fatalf("%d requests, %v", len(o.requests), s)
	}
	for i, want := range []string{"", "only http and https", "carries credentials", "cannot be read", "only http and https"} {
		if !strings.Contains(s.Checks[i].Why, want) {
			t.Errorf("%+v", s.Checks[i])
		}
	}
	// What the caller names is the part that the caller means.
	v = o.verifier()
	v.CRLURLs, v.Now = []string{"http://crl.office.example/1.crl"}, clock(crlDay)
	o.file(crlPlace, "part.crl")
	if s := check(t, v, "bare"); s.Answer != revocation.StateGood {
		t.Error(s)
	}
}

// The same CRL is not loaded twice, but asked for each time; where the server's
// dates cannot tell two versions apart it is loaded.
func TestConditionalGet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		age         time.Duration
		tag         string
		conditional string
	}{
		{"by date", time.Hour, "", "If-Modified-Since"},
		{"by tag", time.Hour, `"v1"`, "If-None-Match"},
		{"just written", time.Second, "", ""},
		{"just written, with tag", time.Second, `"v1"`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			written := time.Now().Add(-tc.age)
			body, loads, unchanged := fixture(t, "now-clear.crl"), 0, tc.conditional != ""
			o.handle(crlPlace, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Last-Modified", written.UTC().Format(http.TimeFormat))
				if tc.tag != "" {
					w.Header().Set("ETag", tc.tag)
				}
				if tc.conditional == "" && r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != "" {
					t.Errorf("asked with %v", r.Header)
				}
				if unchanged && r.Header.Get(tc.conditional) != "" {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				loads++
				_, _ = w.Write(body)
			})
			v := o.verifier()
			for range 3 {
				if s := check(t, v, "device"); s.Answer != revocation.StateGood {
					t.Fatal(s)
				}
			}
			if want := map[bool]int{true: 1, false: 3}[tc.conditional != ""]; loads != want {
				t.Errorf("loaded %d times, want %d", loads, want)
			}
			unchanged, body = false, fixture(t, "now-listed.crl")
			if s := check(t, v, "device"); s.Answer != revocation.StateRevoked {
				t.Error(s)
			}
		})
	}
}

// A proxy is used only where the caller's transport has one. The zero value's
// own client is used here, so the responder stands on loopback.
func TestOwnClient(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("NO_PROXY", "")
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(fixture(t, "now-listed.crl"))
	}))
	defer server.Close()
	v := &revocation.Verifier{Issuers: certificates(t, "ca"), CRLURLs: []string{server.URL + "/1.crl"}, Now: clock(ocspMade(t))}
	if s := check(t, v, "bare"); s.Answer != revocation.StateRevoked || asked.Load() != 1 {
		t.Error(s)
	}
}

// A request under way ends with its context, and the error is the context's.
func TestCheckCancelled(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.handle(ocspPlace, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	s, err := o.verifier().Check(ctx, evidenceOf(t, "device"))
	if !errors.Is(err, context.Canceled) || s.Answer != revocation.StateUnknown {
		t.Errorf("%v, %v", s, err)
	}
}
