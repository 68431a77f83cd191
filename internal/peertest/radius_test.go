package peertest

import (
	"bytes"
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// radius is a FreeRADIUS server on loopback that admits by EAP-TLS whoever
// shows one of the certificates of its trust list.
//
// Established with FreeRADIUS 3.2 and OpenSSL 3.0: a self-signed end-entity
// certificate, with no basicConstraints at all, is its own trust anchor when it
// stands in ca_file. The list is read when the server starts.
type radius struct {
	t     *testing.T
	dir   string
	port  int
	trust map[string]string // PEM by fingerprint
	stop  func()
}

const secret = "testing-secret"

var peers = flag.Bool("peers", false, "fail where a program is missing, instead of skipping the test")

// need skips a test where a program is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("real peers are left out with -short")
	}
	for _, p := range programs {
		_, err := exec.LookPath(p)
		if err != nil && *peers {
			t.Fatal(err)
		}
		if err != nil {
			t.Skipf("%s is not installed (Debian: freeradius, eapoltest, openssl)", p)
		}
	}
}

// newRadius prepares a server with an identity of its own; start runs it.
func newRadius(t *testing.T) *radius {
	t.Helper()
	need(t, "freeradius", "eapol_test")
	r := &radius{t: t, dir: t.TempDir(), port: freePort(t), trust: map[string]string{}, stop: func() {}}
	cert, key := selfSigned(t, "radius.example")
	r.write("server.pem", cert)
	r.write("server.key", key)
	t.Cleanup(func() { r.stop() })
	return r
}

func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

func (r *radius) write(name, content string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

const radiusConfig = `
name = freeradius
confdir = %[1]s
logdir = %[1]s
radacctdir = %[1]s
pidfile = %[1]s/pid
libdir = /usr/lib/freeradius
max_request_time = 10
log {
	destination = stdout
}
modules {
	eap {
		default_eap_type = tls
		tls-config one {
			private_key_file = %[1]s/server.key
			certificate_file = %[1]s/server.pem
			ca_file = %[1]s/trusted.pem
			tls_min_version = "1.2"
			tls_max_version = "1.2"
		}
		tls {
			tls = one
		}
	}
}
client here {
	ipaddr = 127.0.0.1
	secret = %[3]s
}
server default {
	listen {
		type = auth
		ipaddr = 127.0.0.1
		port = %[2]d
	}
	authorize {
		eap
	}
	authenticate {
		eap
	}
}
`

// start runs the server with the trust list as it is, in the place of the one
// before.
func (r *radius) start() {
	r.t.Helper()
	r.stop()
	all := ""
	for _, cert := range r.trust {
		all += cert
	}
	if all == "" { // the server does not start without any
		all, _ = selfSigned(r.t, "nobody.example")
	}
	r.write("trusted.pem", all)
	r.write("radiusd.conf", fmt.Sprintf(radiusConfig, r.dir, r.port, secret))
	ctx, cancel := context.WithCancel(context.Background()) // ended by stop
	cmd := exec.CommandContext(ctx, "freeradius", "-X", "-d", r.dir)
	out := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		r.t.Fatal(err)
	}
	r.stop = func() {
		cancel()
		_ = cmd.Wait() // killed
		r.stop = func() {}
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(out.String(), "Ready to process requests"); {
		if time.Now().After(deadline) {
			r.t.Fatalf("freeradius does not start:\n%s", out.String())
		}
		<-time.After(20 * time.Millisecond)
	}
}

// admits tells whether somebody with this certificate and key gets in.
func (r *radius) admits(certPEM, keyPEM string) bool {
	r.t.Helper()
	r.write("client.pem", certPEM)
	r.write("client.key", keyPEM)
	r.write("eapol.conf", fmt.Sprintf("network={\n key_mgmt=WPA-EAP\n eap=TLS\n identity=\"mfp\"\n ca_cert=\"%[1]s/server.pem\"\n client_cert=\"%[1]s/client.pem\"\n private_key=\"%[1]s/client.key\"\n}\n", r.dir))
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "eapol_test", "-c", filepath.Join(r.dir, "eapol.conf"), "-a", "127.0.0.1", "-p", fmt.Sprint(r.port), "-s", secret, "-t", "5")
	out, err := cmd.CombinedOutput()
	ok := err == nil && bytes.HasSuffix(bytes.TrimSpace(out), []byte("SUCCESS"))
	if !ok && !bytes.Contains(out, []byte("EAP-Failure")) && !bytes.Contains(out, []byte("FAILURE")) {
		r.t.Fatalf("eapol_test: %v\n%s", err, out)
	}
	return ok
}

// The harness itself tells good from bad.
func TestRadiusHarness(t *testing.T) {
	t.Parallel()
	r := newRadius(t)
	known, knownKey := selfSigned(t, "known.example")
	unknown, unknownKey := selfSigned(t, "unknown.example")
	r.trust["known"] = known
	r.start()
	if !r.admits(known, knownKey) {
		t.Error("a trusted certificate is not admitted")
	}
	if r.admits(unknown, unknownKey) {
		t.Error("an unknown certificate is admitted")
	}
	delete(r.trust, "known")
	r.start()
	if r.admits(known, knownKey) {
		t.Error("a removed certificate is admitted")
	}
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
