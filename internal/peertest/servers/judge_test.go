package servers

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
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
	// opens are the keys that answers are encrypted to, as far as the test has
	// them.
	opens []*rsa.PrivateKey

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

// judge has OpenSSL verify every message that went over the wire, those of the
// server up to the root, and open the envelope of every request with the CA's
// key, and of every answer with one of p.opens if there are any. It returns how
// many there were.
func (p *peer) judge(t *testing.T) (requests, replies int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	ssl := newOpenSSL(t)
	key := ssl.pem("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(p.key))
	cert, root := ssl.pem("CERTIFICATE", p.ca.Raw), ssl.pem("CERTIFICATE", p.root.Raw)
	for _, m := range p.messages {
		in := ssl.file(m.der)
		if m.reply {
			replies++
			// Else cms asks whether the CA is a mail client. A failure has no content,
			// which "-verify" does not object to.
			out := ssl.file(nil)
			ssl.run("cms", "-verify", "-purpose", "any", "-CAfile", root, "-certfile", cert, "-binary", "-inform", "DER", "-in", in, "-out", out)
			ssl.opened(out, p.opens)
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

// opened holds that an envelope, if it is one, has a certificate in it for the
// holder of one of the keys; with no keys nothing is looked at.
func (o *openSSL) opened(envelope string, keys []*rsa.PrivateKey) {
	o.t.Helper()
	if info, err := os.Stat(envelope); err != nil || info.Size() == 0 || len(keys) == 0 {
		return
	}
	for _, key := range keys {
		// The legacy provider has DES, in which micromdm answers, and step-ca does
		// by default. A wrong key gives nonsense rather than an error.
		content, err := o.try("cms", "-decrypt", "-provider", "default", "-provider", "legacy", "-binary", "-inform", "DER", "-in", envelope,
			"-inkey", o.pem("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)))
		if err != nil {
			continue
		}
		if text, err := o.try("pkcs7", "-inform", "DER", "-in", o.file(content), "-print_certs"); err == nil && bytes.Contains(text, []byte("BEGIN CERTIFICATE")) {
			return
		}
	}
	o.t.Errorf("none of %d keys opens an answer to a certificate", len(keys))
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
	name := filepath.Join(o.dir, fmt.Sprint("f", o.files))
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
	out, err := o.try(args...)
	if err != nil {
		o.t.Error(err)
	}
	return out
}

func (o *openSSL) try(args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(o.t.Context(), o.program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("openssl %q: %w\n%s", args, err, &stderr)
	}
	return out, err
}

// verify has OpenSSL verify a certificate up to the root, for a TLS server of a
// host name or IP address.
func (o *openSSL) verify(cert *x509.Certificate, host string, root *x509.Certificate, between ...*x509.Certificate) {
	o.t.Helper()
	args := []string{"verify", "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-CAfile", o.pem("CERTIFICATE", root.Raw)}
	for _, c := range between {
		args = append(args, "-untrusted", o.pem("CERTIFICATE", c.Raw))
	}
	if net.ParseIP(host) != nil {
		args = append(args, "-verify_ip", host)
	} else {
		args = append(args, "-verify_hostname", host)
	}
	o.run(append(args, o.pem("CERTIFICATE", cert.Raw))...)
}
