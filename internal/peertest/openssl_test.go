package peertest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/revocation"
)

// opensslCA is a CA run by hand with "openssl ca", as small offices have it,
// with its CRL on a web server and "openssl ocsp" as responder.
type opensslCA struct {
	t    *testing.T
	dir  string
	crls *httptest.Server
	ocsp string // URL
	// responding: the responder is there.
	responding bool
}

const opensslConfig = `[ca]
default_ca = office
[office]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
x509_extensions = device
crl_extensions = crl
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = dn
x509_extensions = root
[dn]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[responder]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[device]
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:%s/office.crl
authorityInfoAccess = OCSP;URI:%s
`

func newOpenSSLCA(t *testing.T) *opensslCA {
	t.Helper()
	need(t, "openssl")
	ca := &opensslCA{t: t, dir: t.TempDir()}
	ca.crls = httptest.NewServer(http.FileServer(http.Dir(ca.dir)))
	t.Cleanup(ca.crls.Close)
	responder := devicetest.Nobody(t)
	ca.ocsp = "http://" + responder
	for name, content := range map[string]string{
		"openssl.cnf": fmt.Sprintf(opensslConfig, ca.crls.URL, ca.ocsp),
		"index.txt":   "", "serial": "1001\n", "crlnumber": "01\n",
	} {
		if err := os.WriteFile(filepath.Join(ca.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ca.run("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "ca.key", "-subj", "/CN=Office CA", "-days", "30", "-out", "ca.pem", "-config", "openssl.cnf")
	ca.issue("responder", "responder")
	ca.publish()
	ca.respond(responder)
	return ca
}

func (ca *opensslCA) run(args ...string) {
	ca.t.Helper()
	cmd := exec.CommandContext(ca.t.Context(), "openssl", args...)
	cmd.Dir = ca.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		ca.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

// issue makes a key and a certificate NAME.pem.
func (ca *opensslCA) issue(name, extensions string) {
	ca.t.Helper()
	ca.run("req", "-new", "-newkey", "rsa:2048", "-noenc", "-keyout", name+".key", "-subj", "/CN="+name, "-out", name+".csr", "-config", "openssl.cnf")
	ca.run("ca", "-config", "openssl.cnf", "-batch", "-notext", "-in", name+".csr", "-out", name+".pem", "-extensions", extensions)
	ca.reread()
}

// reread has the responder read index.txt anew, which it does between one
// request and the wait for the next: the first after a change is answered by
// what was.
func (ca *opensslCA) reread() {
	ca.t.Helper()
	if !ca.responding {
		return
	}
	ca.run("ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", "-cert", "responder.pem", "-url", ca.ocsp)
}

func (ca *opensslCA) revoke(name, reason string) {
	ca.t.Helper()
	ca.run("ca", "-config", "openssl.cnf", "-revoke", name+".pem", "-crl_reason", reason)
	ca.reread()
}

// publish makes a new CRL, DER, and puts it in the place of the old one.
func (ca *opensslCA) publish() {
	ca.t.Helper()
	ca.run("ca", "-config", "openssl.cnf", "-gencrl", "-out", "new.pem")
	ca.run("crl", "-in", "new.pem", "-outform", "DER", "-out", "new.crl")
	if err := os.Rename(filepath.Join(ca.dir, "new.crl"), filepath.Join(ca.dir, "office.crl")); err != nil {
		ca.t.Fatal(err)
	}
}

// respond starts the responder and waits until it listens.
func (ca *opensslCA) respond(addr string) {
	ca.t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		ca.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "openssl", "ocsp", "-index", "index.txt", "-port", port, "-CA", "ca.pem",
		"-rsigner", "responder.pem", "-rkey", "responder.key", "-nmin", "5")
	cmd.Dir = ca.dir
	out, err := cmd.StderrPipe()
	if err != nil {
		ca.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		ca.t.Fatal(err)
	}
	ca.t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
	})
	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "waiting for OCSP client connections") {
				ready <- true
			}
		}
	}()
	// It says so itself: a connection without a request would keep it busy.
	select {
	case <-ready:
		ca.responding = true
	case <-time.After(20 * time.Second):
		ca.t.Fatal("the responder does not listen")
	}
}

func (ca *opensslCA) certificate(name string) *x509.Certificate {
	ca.t.Helper()
	content, err := os.ReadFile(filepath.Join(ca.dir, name+".pem"))
	if err != nil {
		ca.t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		ca.t.Fatal(err)
	}
	return c
}

func (ca *opensslCA) evidence(name string) revocation.Evidence {
	ca.t.Helper()
	e, err := revocation.NewEvidence(revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example"}, Key: name,
		Certificate: &revocation.CertificateRecord{DER: ca.certificate(name).Raw},
	})
	if err != nil {
		ca.t.Fatal(err)
	}
	return e
}

// From good to revoked at a CA of OpenSSL: the responder says it first, the CRL
// when it is published, its number rises, and an older one is not taken. // V-1 to V-4
func TestOpenSSLRevocation(t *testing.T) {
	t.Parallel()
	ca := newOpenSSLCA(t)
	ca.issue("mfp", "device")
	ca.issue("pc", "device")
	e := ca.evidence("mfp")
	v := &revocation.Verifier{Issuers: []*x509.Certificate{ca.certificate("ca")}, Interval: 50 * time.Millisecond, Timeout: 30 * time.Second}
	look := func(e revocation.Evidence, ocsp, crl revocation.State, number string) revocation.Status {
		t.Helper()
		s, err := v.Check(t.Context(), e)
		if err != nil || len(s.Checks) != 2 || s.Checks[0].Answer != ocsp || s.Checks[1].Answer != crl || s.Checks[1].Number != number {
			t.Fatalf("%v, %+v", err, s)
		}
		return s
	}
	look(e, revocation.StateGood, revocation.StateGood, "1")
	old, err := os.ReadFile(filepath.Join(ca.dir, "office.crl"))
	if err != nil {
		t.Fatal(err)
	}

	ca.revoke("mfp", "keyCompromise")
	s := look(e, revocation.StateRevoked, revocation.StateGood, "1")
	if s.Answer != revocation.StateRevoked || s.Disagreement == "" || !strings.Contains(s.String(), "keyCompromise") {
		t.Error(s)
	}
	ca.publish()
	s = look(e, revocation.StateRevoked, revocation.StateRevoked, "2")
	if s.Disagreement != "" || s.Checks[1].Reason != revocation.KeyCompromise || time.Since(s.Checks[1].RevokedAt) > time.Minute {
		t.Errorf("%+v", s)
	}
	look(ca.evidence("pc"), revocation.StateGood, revocation.StateGood, "2")

	if err := os.WriteFile(filepath.Join(ca.dir, "office.crl"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = v.Check(t.Context(), e)
	if err != nil || !strings.Contains(s.Checks[1].Why, "number is 1, older than number 2") {
		t.Errorf("%v, %v", s, err)
	}
}

// Await sees a revocation that is published while it waits, by the CRL alone.
func TestOpenSSLAwait(t *testing.T) {
	t.Parallel()
	ca := newOpenSSLCA(t)
	ca.issue("mfp", "device")
	e := ca.evidence("mfp")
	e.Certificate.OCSPURLs = nil
	v := &revocation.Verifier{Issuers: []*x509.Certificate{ca.certificate("ca")}, Interval: 20 * time.Millisecond, Timeout: 30 * time.Second}
	v.HTTP = &http.Client{Transport: crlOnly{}}
	looked := make(chan struct{}, 1000)
	v.Now = func() time.Time {
		select {
		case looked <- struct{}{}:
		default:
		}
		return time.Now()
	}
	done := make(chan revocation.Status, 1)
	go func() {
		s, err := v.Await(t.Context(), e)
		if err != nil {
			t.Error(err)
		}
		done <- s
	}()
	<-looked
	ca.revoke("mfp", "superseded")
	ca.publish()
	s := <-done
	if c, ok := s.Decisive(); !ok || c.Source != revocation.CRL || c.Number != "2" || !strings.HasPrefix(s.String(), "confirmed by CRL number 2 at ") {
		t.Error(s)
	}
}

// crlOnly is a network in which the responder cannot be reached.
type crlOnly struct{}

func (crlOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, net.ErrClosed
	}
	return http.DefaultTransport.RoundTrip(r)
}

// What OpenSSL's own client says of our questions' answers agrees with us: the
// same responder, both asking.
func TestOpenSSLClientAgrees(t *testing.T) {
	t.Parallel()
	ca := newOpenSSLCA(t)
	for i, reason := range []string{"", "superseded", "certificateHold", "cessationOfOperation"} {
		name := fmt.Sprintf("mfp%d", i)
		ca.issue(name, "device")
		if reason != "" {
			ca.revoke(name, reason)
		}
		cmd := exec.CommandContext(t.Context(), "openssl", "ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", "-cert", name+".pem", "-url", ca.ocsp)
		cmd.Dir = ca.dir
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("Response verify OK")) {
			t.Fatalf("%v\n%s", err, out)
		}
		v := &revocation.Verifier{Issuers: []*x509.Certificate{ca.certificate("ca")}}
		s, err := v.Check(t.Context(), ca.evidence(name))
		if err != nil {
			t.Fatal(err)
		}
		c := s.Checks[0]
		ours, theirs := revocation.StateRevoked, "revoked"
		switch reason {
		case "":
			ours, theirs = revocation.StateGood, "good"
		case "certificateHold": // can be taken back: no revocation to us
			ours = revocation.StateUnknown
		}
		if c.Answer != ours || !bytes.Contains(out, []byte(name+".pem: "+theirs)) || reason != "" && (c.Reason.String() != reason || !bytes.Contains(out, []byte("Reason: "+reason))) {
			t.Errorf("we say %v %v, OpenSSL says\n%s", c.Answer, c.Reason, out)
		}
	}
}
