package revocation_test

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// withCRLAt puts an address into a certificate octet by octet.
func withCRLAt(t testing.TB, address string) func(*x509.Certificate) {
	t.Helper()
	wrap := func(class, tag int, content []byte) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: tag != 6, Bytes: content})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	value := wrap(2, 6, []byte(address))
	value = wrap(0, 16, wrap(0, 16, wrap(2, 0, wrap(2, 0, value))))
	return func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: value}}
	}
}

// CAs write addresses with blanks and letters beyond ASCII: they are asked as
// browsers would ask them, and what cannot be asked is named.
func TestCRLAddresses(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	for address, want := range map[string]string{ // the path asked for; or, in brackets, what is said
		"/CertEnroll/Office%20CA.crl": "/CertEnroll/Office CA.crl",
		"/CertEnroll/Office CA.crl":   "/CertEnroll/Office CA.crl",
		" /x.crl":                     "[the URL cannot be read]",
		"/Büro.crl":                   "/Büro.crl",
		"/B\xfcro.crl":                "/B\xfcro.crl",
		"/x.crl ":                     "/x.crl",
		"/x.crl\r\n":                  "/x.crl",
		"ldap:///CN=Office CA,DC=example?certificateRevocationList": "[LDAP is not supported]",
		"file:////server/Office CA.crl":                             "[only http and https]",
	} {
		asked := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			_, _ = w.Write(ca.crl(t, ca.cert.RawSubject))
		}))
		full := address
		if !strings.Contains(address, ":") {
			full = server.URL + address
		}
		s, err := ca.verifier().Check(t.Context(), evidenceFor(t, ca.device(t, ca.cert.RawSubject, withCRLAt(t, full))))
		server.Close()
		said := ""
		for _, c := range s.Checks {
			said += c.Why
		}
		if words, is := strings.CutPrefix(want, "["); is {
			if err != nil || !strings.Contains(said+s.Why, strings.TrimSuffix(words, "]")) {
				t.Errorf("%q: %v %v %q", address, s, err, said)
			}
		} else if err != nil || s.Answer != revocation.StateRevoked || asked != want {
			t.Errorf("%q: asked %q: %v %v %q", address, asked, s, err, said)
		}
	}
}

// Servers that pack without being asked are understood, within the limits.
func TestPackedAnswers(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	pack := func(body []byte) []byte {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		return packed.Bytes()
	}
	for _, tc := range []struct {
		name, encoding string
		body           []byte
		want           revocation.State
	}{
		{"plain", "", ca.crl(t, ca.cert.RawSubject), revocation.StateRevoked},
		{"gzip", "gzip", pack(ca.crl(t, ca.cert.RawSubject)), revocation.StateRevoked},
		{"too much", "gzip", pack(make([]byte, 1<<20)), revocation.StateUnknown},
		{"unknown", "br", ca.crl(t, ca.cert.RawSubject), revocation.StateUnknown},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("%s: asks for %q", tc.name, r.Header.Get("Accept-Encoding"))
			}
			if tc.encoding != "" {
				w.Header().Set("Content-Encoding", tc.encoding)
			}
			_, _ = w.Write(tc.body)
		}))
		v := ca.verifier()
		v.CRLURLs, v.MaxCRL = []string{server.URL + "/ca.crl"}, 64<<10
		s, err := v.Check(t.Context(), evidenceFor(t, ca.device(t, ca.cert.RawSubject, nil)))
		server.Close()
		if got := s.Checks[0].Answer; err != nil || got != tc.want {
			t.Errorf("%s: %v %v", tc.name, s, err)
		}
	}
}

// A responder that takes GET only is asked by GET next (RFC 6960, A.1).
func TestOCSPByGet(t *testing.T) {
	t.Parallel()
	ca := newNamedCA(t)
	for name, refuse := range map[string]http.HandlerFunc{
		"405":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"404":    http.NotFound,
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html></html>")) },
	} {
		for _, path := range []string{"", "/", "/ocsp", "/ocsp/"} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					refuse(w, r)
					return
				}
				request, ok := strings.CutPrefix(r.URL.Path, strings.TrimSuffix(path, "/")+"/")
				if _, err := base64.StdEncoding.DecodeString(request); err != nil || !ok || strings.ContainsAny(strings.TrimPrefix(r.URL.EscapedPath(), strings.TrimSuffix(path, "/")+"/"), "/+=") {
					t.Errorf("%s: asked for %q", name, r.URL.EscapedPath())
				}
				_, _ = w.Write(ca.ocsp(t, ca.cert, nil))
			}))
			v := ca.verifier()
			v.OCSPURLs = []string{server.URL + path}
			s, err := v.Check(t.Context(), evidenceFor(t, ca.device(t, ca.cert.RawSubject, nil)))
			server.Close()
			if err != nil || s.Answer != revocation.StateRevoked {
				t.Errorf("%s at %q: %v %v", name, path, s, err)
			}
		}
	}
}
