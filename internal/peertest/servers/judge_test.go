package servers

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// peer is a SCEP server behind a proxy that keeps every message for OpenSSL to
// judge.
type peer struct {
	name     string
	url      string // of the proxy
	ca, root *x509.Certificate
	key      *rsa.PrivateKey

	mu       sync.Mutex
	messages []message
}

// message is one that went over the wire.
type message struct {
	der   []byte
	reply bool
}

func newPeer(t *testing.T, name, base, path string, ca, root *x509.Certificate, key *rsa.PrivateKey) *peer {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{name: name, ca: ca, root: root, key: key}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); p.keepRequest(t, r.In, r.Out) },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			r.Body.Close()
			r.Body = io.NopCloser(bytes.NewReader(body))
			if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-pki-message") {
				p.keep(message{der: body, reply: true})
			}
			return err
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	p.url = server.URL + path
	return p
}

func (p *peer) keepRequest(t *testing.T, in, out *http.Request) {
	if in.URL.Query().Get("operation") != "PKIOperation" {
		return
	}
	der, err := io.ReadAll(in.Body)
	if in.Method == http.MethodGet {
		der, err = base64.StdEncoding.DecodeString(in.URL.Query().Get("message"))
	}
	if err != nil {
		t.Error(err)
	}
	if in.Method == http.MethodPost {
		out.Body = io.NopCloser(bytes.NewReader(der))
	}
	p.keep(message{der: der})
}

func (p *peer) keep(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, m)
}

// judge has OpenSSL verify every message that went over the wire, and open the
// envelope of every request with the CA's key. It returns how many there were.
func (p *peer) judge(t *testing.T) (requests, replies int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	ssl := newOpenSSL(t)
	key := ssl.pem("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(p.key))
	cert := ssl.pem("CERTIFICATE", p.ca.Raw)
	for _, m := range p.messages {
		in := ssl.file(m.der)
		if m.reply {
			replies++
			// A failure has no content, which "-verify" does not object to.
			ssl.run("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", in, "-out", ssl.file(nil))
			continue
		}
		requests++
		envelope := ssl.file(ssl.run("cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", in))
		content := ssl.run("cms", "-decrypt", "-binary", "-inform", "DER", "-in", envelope, "-recip", cert, "-inkey", key)
		if csr, err := x509.ParseCertificateRequest(content); err == nil {
			ssl.run("req", "-verify", "-noout", "-inform", "DER", "-in", ssl.file(csr.Raw))
		}
	}
	return requests, replies
}

// openSSL is the program that judges.
type openSSL struct {
	t       *testing.T
	program string
	dir     string
	files   int
}

func newOpenSSL(t *testing.T) *openSSL {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("no openssl on PATH: it is the judge of this test")
	}
	return &openSSL{t: t, program: program, dir: t.TempDir()}
}

func (o *openSSL) file(content []byte) string {
	o.files++
	name := filepath.Join(o.dir, "f"+string(rune('a'+o.files/26%26))+string(rune('a'+o.files%26)))
	if err := os.WriteFile(name, content, 0o600); err != nil {
		o.t.Fatal(err)
	}
	return name
}

func (o *openSSL) pem(kind string, der ...[]byte) string {
	var all []byte
	for _, d := range der {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: d})...)
	}
	return o.file(all)
}

func (o *openSSL) run(args ...string) []byte {
	o.t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(o.t.Context(), o.program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		o.t.Errorf("openssl %q: %v\n%s", args, err, &stderr)
	}
	return out
}

// verify has OpenSSL verify a certificate up to the root, for a host name or an
// IP address if it names any.
func (o *openSSL) verify(cert *x509.Certificate, host string, root *x509.Certificate, between ...*x509.Certificate) {
	o.t.Helper()
	args := []string{"verify", "-CAfile", o.pem("CERTIFICATE", root.Raw)}
	for _, c := range between {
		args = append(args, "-untrusted", o.pem("CERTIFICATE", c.Raw))
	}
	switch {
	case host == "":
	case net.ParseIP(host) != nil:
		args = append(args, "-verify_ip", host)
	default:
		args = append(args, "-verify_hostname", host)
	}
	o.run(append(args, o.pem("CERTIFICATE", cert.Raw))...)
}
