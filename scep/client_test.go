package scep_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/scep"
)

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, url string
		o         *scep.ClientOptions
		want      string
	}{
		{"no URL", "", nil, "want a URL"},
		{"no host", "http:///scep", nil, "want a URL"},
		{"other scheme", "ftp://ca.example/", nil, "want a URL"},
		{"malformed", "http://user:s3cret@ca.example:x/", nil, "not a URL"},
		{"operation", "http://user:s3cret@ca.example/scep?operation=GetCACert", nil, "without ?operation="},
		{"fingerprint", "http://ca.example/", &scep.ClientOptions{Fingerprint: "AB:CD"}, "want 64"},
	} {
		_, err := scep.NewClient(tc.url, tc.o)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// Spellings of fingerprints as pages and programs show them.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	p := scep.Fingerprints(plainCA().Root())
	if groups := strings.Split(p.MD5, " "); len(groups) != 4 || len(groups[0]) != 8 || strings.ToUpper(p.MD5) != p.MD5 {
		t.Errorf("MD5 %q", p.MD5)
	}
	bare := func(s string) string { return strings.NewReplacer(":", "", " ", "").Replace(s) }
	for _, tc := range []struct {
		text string
		ok   bool
	}{
		{p.SHA256, true}, {p.SHA1, true}, {p.MD5, true},
		{strings.ToLower(bare(p.SHA256)), true},
		{strings.ReplaceAll(p.SHA1, ":", " "), true},
		{strings.ReplaceAll(p.SHA1, ":", "-"), true},
		{"sha256 Fingerprint=" + p.SHA256, true},
		{"SHA1 Fingerprint=" + p.SHA1 + "\n", true},
		{"SHA-256: " + bare(p.SHA256), true},
		{"md5:" + bare(p.MD5), true},
		{"\u200e" + strings.ToLower(strings.ReplaceAll(p.SHA1, ":", " ")), true},
		{"sha256 Fingerprint=" + p.SHA1, false},
		{"MD5:" + p.SHA1, false},
		{bare(p.SHA1)[1:], false},
		{bare(p.SHA1) + "00", false},
		{"x" + bare(p.SHA1)[1:], false},
		{"ａ" + bare(p.SHA1)[1:], false},
		{"=", false},
	} {
		c, err := scep.NewClient("http://ca.example/", &scep.ClientOptions{Fingerprint: tc.text})
		if (err == nil) != tc.ok {
			t.Errorf("%q: %v", tc.text, err)
		}
		if err == nil && c.URL() != "http://ca.example/" {
			t.Errorf("URL %q", c.URL())
		}
	}
	// One digit of the right length off is another CA.
	server, err := plainCA().Server(testca.SCEP{})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{p.SHA256, p.SHA1, p.MD5} {
		last := byte('0')
		if text[len(text)-1] == '0' {
			last = '1'
		}
		o := scep.ClientOptions{Fingerprint: text[:len(text)-1] + string(last), HTTP: &http.Client{Transport: handler{server}}}
		if _, err := client(t, "http://ca.example/", nil, o).Check(t.Context()); err == nil || !untrusted("has the fingerprint given")(err) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		body string
		code int
		want []string
	}{
		{"AES\nPOSTPKIOperation\n", 200, []string{"AES", "POSTPKIOperation"}},
		{" aes \r\n\r\nSHA-256\r\nUnknown thing\r\n", 200, []string{"aes", "SHA-256", "Unknown thing"}},
		{"", 200, nil},
		{"AES", 404, nil},
		{"<html><body>AES\nSHA-256\n</body></html>", 200, nil},
	} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(tc.code)
			_, _ = w.Write([]byte(tc.body))
		}))
		defer web.Close()
		caps, err := client(t, web.URL, plainCA(), scep.ClientOptions{}).Capabilities(t.Context())
		if err != nil || !slices.Equal(caps, tc.want) {
			t.Errorf("%q: %q, %v", tc.body, caps, err)
		}
		if len(tc.want) > 0 && (!caps.Has("AES") || caps.Has("AE") || caps.Has("SHA-1")) {
			t.Errorf("%q", caps)
		}
	}
}

// What goes over the wire, octet for octet as far as it is fixed.
func TestRequests(t *testing.T) {
	t.Parallel()
	server, err := plainCA().Server(testca.SCEP{Caps: []string{"AES", "SHA-256"}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var queries []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		queries = append(queries, r.URL.RawQuery)
		mu.Unlock()
		if _, _, ok := r.BasicAuth(); !ok {
			t.Error("the password of the URL was not sent")
		}
		server.ServeHTTP(w, r)
	}))
	defer web.Close()
	c := client(t, strings.Replace(web.URL, "http://", "http://user:s3cret@", 1)+"/scep?profile=x", plainCA(), scep.ClientOptions{CA: "a +&ü"})
	if strings.Contains(c.URL(), "s3cret") {
		t.Error(c.URL())
	}
	if _, err := c.Issue(t.Context(), request(t, rsaKey(), "")); err != nil {
		t.Fatal(err)
	}
	const ident = "&message=a%20%2B%26%C3%BC"
	if len(queries) != 3 || queries[0] != "profile=x&operation=GetCACaps"+ident || queries[1] != "profile=x&operation=GetCACert"+ident {
		t.Fatalf("%.300q", queries)
	}
	message, ok := strings.CutPrefix(queries[2], "profile=x&operation=PKIOperation&message=MII")
	if !ok || strings.ContainsAny(message, "+/=-_ ") {
		t.Errorf("%.300q", queries[2])
	}
}

// Of a page with an error status the title is quoted, and no more.
func TestErrorPage(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "<html><title>401 - Unauthorized</title><body>password 0123456789ABCDEF", http.StatusUnauthorized)
	})
	c := client(t, "http://ca.example/", plainCA(), scep.ClientOptions{HTTP: &http.Client{Transport: handler{h}}})
	_, err := c.Check(t.Context())
	if e, ok := errors.AsType[*scep.HTTPError](err); !ok || e.Status != 401 || e.Text != "401 - Unauthorized" {
		t.Errorf("%v", err)
	}
}

// The administrator's page is named as such.
func TestAdminPage(t *testing.T) {
	t.Parallel()
	server, err := plainCA().Server(testca.SCEP{Faults: []testca.Fault{testca.FaultHTML}})
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, "http://ca.example/certsrv/mscep_admin/", plainCA(), scep.ClientOptions{HTTP: &http.Client{Transport: handler{server}}})
	if _, err := c.Check(t.Context()); err == nil || !page(err) || !says("mscep.dll")(err) {
		t.Errorf("%v", err)
	}
}
